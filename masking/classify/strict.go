package classify

import (
	"slices"
	"strings"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// strictest returns masks that leave nothing of the value, the best first, for a column that its class's own masks do not fit.
func strictest(column schema.Column) []masking.Column {
	list := []masking.Column{mask(masking.Null)}
	if column.Type == schema.Text {
		list = append(list, mask("redact"), mask("email"), compactEmail, masking.Column{Mask: "token", Alphabet: alphanumeric})
	}
	for _, value := range nothing(column) {
		list = append(list, masking.Column{Mask: masking.Fixed, Value: value})
	}
	return list
}

// nothing returns fixed values of a type that mean nothing.
func nothing(column schema.Column) []string {
	switch column.Type {
	case schema.Integer, schema.Real:
		return []string{"0"}
	case schema.Decimal:
		list := []string{"0"}
		for digits := 1; digits <= 30; digits++ {
			list = append(list, "0."+strings.Repeat("0", digits))
		}
		return list
	case schema.Boolean:
		return []string{"false"}
	case schema.Date:
		return []string{"1970-01-01"}
	case schema.Time:
		return []string{"00:00:00"}
	case schema.Timestamp:
		return []string{"1970-01-01 00:00:00"}
	case schema.TimestampTZ:
		return []string{"1970-01-01 00:00:00+00"}
	case schema.UUID:
		return []string{"00000000-0000-4000-8000-000000000000"}
	case schema.JSON:
		return []string{"{}"}
	case schema.Text, schema.Bytes:
		return []string{""}
	}
	return nil // what a type that is not known takes, nobody knows
}

// possible tells whether the column can have the rule: by its type and size, and by the table's unique keys.
func (c *classifier) possible(rule masking.Column, column schema.Column) bool {
	if len(rule.CheckFor(nil, c.table, column)) > 0 {
		return false
	}
	traits, _ := rule.Traits()
	switch {
	case rule.Malformed != masking.MalformedRefuse && slices.Contains(c.setting.Referenced, column.Name):
		return false // what refers to it may not be NULL
	case rule.Mask == masking.Null:
		return true // NULLs are distinct
	case rule.Mask == masking.Pass, traits.Uniqueness == masking.Bijective: // another value of the same form may be another tenant's
		return !c.setting.Shared || !slices.ContainsFunc(c.uniques(column.Name), func(u schema.Unique) bool { return !c.apart(u) })
	case traits.Uniqueness == masking.Lossy:
		return !c.unique(column.Name)
	}
	return true
}

// apart tells whether the unique key has a column whose copy differs from the original in any case.
func (c *classifier) apart(u schema.Unique) bool {
	return slices.ContainsFunc(u.Columns, func(name string) bool { return c.structural[name] })
}

// uniques returns the table's unique keys that the column is in, the primary key among them.
func (c *classifier) uniques(column string) []schema.Unique {
	all := append([]schema.Unique{{Columns: c.table.PrimaryKey}}, c.table.Unique...)
	return slices.DeleteFunc(all, func(u schema.Unique) bool { return !slices.Contains(u.Columns, column) })
}

// unique tells whether the column's values have to stay distinct: it is in a unique key that would not be one without it.
func (c *classifier) unique(column string) bool {
	all := append([]schema.Unique{{Columns: c.table.PrimaryKey}}, c.table.Unique...)
	return slices.ContainsFunc(c.uniques(column), func(u schema.Unique) bool {
		return !slices.ContainsFunc(all, func(other schema.Unique) bool {
			return !other.Partial && !other.Expression && len(other.Columns) > 0 && !slices.Contains(other.Columns, column) &&
				!slices.ContainsFunc(other.Columns, func(name string) bool { return !slices.Contains(u.Columns, name) })
		})
	})
}
