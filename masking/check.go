package masking

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/retenant/retenant/tenancy/schema"
)

// Check does for a rule that calls no function of the host's what [Column.CheckFor] does, and leaves open whether the columns that it reads
// exist.
func (c Column) Check(col schema.Column) Problems { return c.CheckFor(nil, nil, col) }

// CheckFor reports why the rule cannot be used on the column: the mask is not for its type, a fake would not fit its size, it would be
// NULL where that is not allowed, the fixed value is none of its type, a column that it reads or a function that it calls does not exist, or
// the rule itself is wrong. It needs no secret. The problems have the column's name and the rule's line; the caller fills in the
// table. Nil is none.
//
// Uniqueness is not checked, since it takes the whole plan: see [Traits]. The one exception is a login or e-mail address of a person in a
// unique column: it is refused where no unique key of the table holds the subject apart.
func (c Column) CheckFor(functions Functions, table *schema.Table, col schema.Column) Problems {
	ps := c.problems()
	if len(ps) == 0 {
		ps = append(c.misfits(functions, col), c.unread(table, col)...)
	}
	for i := range ps {
		ps[i].Column = col.Name
	}
	return ps
}

// misfits reports why the mask, or one inside it, cannot be used on the column.
func (c Column) misfits(functions Functions, col schema.Column) Problems {
	var ps Problems
	add := func(message, remedy string) {
		ps = append(ps, Problem{Line: c.Line, Message: message, Remedy: remedy})
	}
	if f, found := functions[c.Name]; c.Mask == maskCustom && (!found || f.Make == nil) {
		add("custom calls "+shown(c.Name)+", and the host has no such function", "register it, or write one of "+strings.Join(slices.Sorted(maps.Keys(functions)), ", "))
		return ps
	}
	t, _ := c.TraitsFor(functions)
	if !t.Applies(col.Type) {
		remedy := "write null, fixed or pass"
		if !col.Nullable {
			remedy = "write fixed or pass; null takes a column that may be NULL"
		}
		add(fmt.Sprintf("%s %s, and the column is %s", t.Mask, purpose(t), described(col)), remedy)
		return ps
	}
	if (t.NeedsNullable && c.Mask != When || c.Malformed == MalformedNull) && !col.Nullable {
		add("null in a column that is NOT NULL", "write fixed with a value of type "+col.Type.String())
	}
	if col.Size > 0 && t.MaxLength > col.Size && c.Mask != When {
		remedy := "widen the column, or write redact, which keeps the length"
		short := c
		short.Compact = true
		length := func(c Column) int { t, _ := c.Traits(); return t.MaxLength }
		mail := c.Mask == maskEmail || c.Part == PartLogin || c.Part == PartEmail
		if mail && !c.Compact && length(short) <= col.Size {
			remedy = fmt.Sprintf("widen the column, or write compact: true for addresses of %d characters", length(short))
		} else if mail && c.Compact {
			remedy = "widen the column, or write null or fixed, or redact where it need not be unique"
		}
		add(fmt.Sprintf("%s needs %d characters, and the column has %d", t.Mask, t.MaxLength, col.Size), remedy)
	}
	if message, remedy := c.misfitForm(col); message != "" {
		add(message, remedy)
	}
	return append(ps, c.nestedMisfits(functions, col)...)
}

// misfitForm tells why the parameters do not suit the column.
func (c Column) misfitForm(col schema.Column) (message, remedy string) {
	switch {
	case c.Mask == Fixed:
		return misfit(c.Value, col)
	case c.Mask == maskToken && col.Type == schema.Text && c.Alphabet == "":
		return "token without an alphabet on text", "write {mask: token, alphabet: 0123456789ABCDEF}, with all characters that the values are made of"
	case c.Mask == maskToken && col.Type != schema.Text && c.Alphabet != "":
		return "an alphabet on " + col.Type.String(), "remove it"
	case c.Mask == maskXML && col.Type == schema.Other && col.Declared != "xml":
		return "xml is for text and xml, and the column is " + described(col), "write null, fixed or pass"
	case c.Mask == maskArray && !isArray(col):
		return "array is for arrays of PostgreSQL, and the column is " + described(col), "write null, fixed or pass"
	case c.Malformed == MalformedRedact && col.Type != schema.Text:
		return "malformed: redact on " + col.Type.String(), "write malformed: null, or remove it to refuse the run"
	case c.Mask == Withhold:
		if _, blank := Blank(col); !blank {
			return "a column that is NOT NULL, of a type without an empty value", "write fixed with a value of type " + described(col)
		}
	}
	return "", ""
}

// nestedMisfits reports rules inside the rule that cannot be used where they stand.
func (c Column) nestedMisfits(functions Functions, col schema.Column) Problems {
	var ps Problems
	c.eachNested(func(where string, line int, rule Column) {
		var found Problems
		switch c.Mask {
		case maskArray:
			found = rule.misfits(functions, elementColumn(col))
		case maskJSON:
			fits := false
			for _, typ := range leafTypes {
				ps := rule.misfits(functions, leafColumn(typ))
				fits = fits || len(ps) == 0
				if typ == schema.Text {
					found = ps
				}
			}
			if fits {
				found = nil
			}
		case maskXML:
			found = rule.misfits(functions, leafColumn(schema.Text))
		default:
			found = rule.misfits(functions, col)
		}
		for _, p := range found {
			p.Line = cmp.Or(p.Line, line, c.Line)
			p.Message = where + ": " + p.Message
			ps = append(ps, p)
		}
	})
	return ps
}

// unread reports columns that the rule reads and the table does not store, and a subject that does not tell the rows of a unique column apart.
func (c Column) unread(table *schema.Table, col schema.Column) Problems {
	if table == nil {
		return nil
	}
	var ps Problems
	var names []string
	for _, stored := range table.Stored() {
		names = append(names, stored.Name)
	}
	for _, name := range c.Reads() {
		if slices.Contains(names, name) {
			continue
		}
		remedy := "write a stored column of " + table.Name
		if near := closest(name, names); near != "" {
			remedy = "did you mean " + near + "?"
		}
		ps = append(ps, Problem{Line: c.Line, Message: "it reads " + shown(name) + ", which the table does not store", Remedy: remedy})
	}
	if c.Mask == maskPerson && (c.Part == PartLogin || c.Part == PartEmail) && isUnique(table, []string{col.Name}) && !isUnique(table, c.Subject) {
		ps = append(ps, Problem{Line: c.Line, Message: "the column is unique, and rows of one subject would have the same " + string(c.Part),
			Remedy: "write a subject that is unique in the table, or mask: email"})
	}
	return ps
}

// isUnique tells whether a unique key of the table lies within the columns.
func isUnique(table *schema.Table, columns []string) bool {
	within := func(key []string) bool {
		return len(key) > 0 && !slices.ContainsFunc(key, func(name string) bool { return !slices.Contains(columns, name) })
	}
	return within(table.PrimaryKey) || slices.ContainsFunc(table.Unique, func(u schema.Unique) bool { return !u.Partial && !u.Expression && within(u.Columns) })
}

// purpose tells people what a mask is for.
func purpose(t Traits) string {
	switch {
	case slices.Equal(t.Types, onText):
		return "makes text"
	case t.Mask == maskArray:
		return "is for arrays of PostgreSQL"
	}
	names := make([]string, len(t.Types))
	for i, typ := range t.Types {
		names[i] = typ.String()
	}
	return "is for " + conjunction(names)
}

// described names a column's type for people.
func described(col schema.Column) string {
	if col.Declared != "" && col.Declared != col.Type.String() {
		return col.Type.String() + " (" + col.Declared + ")"
	}
	return col.Type.String()
}
