package refresh

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// key chooses the scheme of a table's own key column.
func (c *compiler) key(t *TablePlan) {
	from, rule := c.From.Schema.Table(t.Name), c.Rules.Tables[t.Name]
	own, scoped := c.ownKey(t, from)
	problem := func(message, remedy string) {
		c.problem(Problem{Line: rule.Line, Table: t.Name, Message: message, Remedy: remedy})
	}
	if len(own) == 0 {
		if rule.Key != masking.KeyByPlan {
			problem("its key consists of references, or it has none, so there is nothing to map", "leave `key` out")
		}
		return
	}
	column := own[0]
	if rule.KeyColumn != "" {
		i := slices.IndexFunc(own, func(candidate schema.Column) bool { return candidate.Name == rule.KeyColumn })
		if i < 0 {
			problem(fmt.Sprintf("key_column names %s, which is no column of the primary key that the table has of its own", rule.KeyColumn),
				"name one of its columns that neither refers to another table nor is the tenant column"+didYouMean(rule.KeyColumn, from.PrimaryKey))
			return
		}
		column = own[i]
	}
	surrogate := column.Type == schema.Integer || column.Type == schema.UUID
	alone := len(own) == 1 && len(from.PrimaryKey) == 1 || slices.ContainsFunc(from.Unique, func(u schema.Unique) bool {
		return len(own) == 1 && slices.Equal(u.Columns, []string{column.Name}) && !u.Partial
	})
	asked := rule.Key != masking.KeyByPlan && rule.Key != masking.KeySame
	switch {
	case scoped && !alone:
		if asked {
			problem("its keys need no mapping: the tenant is a part of them", "leave `key` out")
		}
		if len(own) == 1 && surrogate {
			t.Scheme, t.KeyColumn = keys.SchemeSame, column.Name
		}
	case asked && (len(own) == 1 || rule.KeyColumn != ""):
		c.scheme(t, column, rule.Key)
	case c.plan.Keys == OwnKeys:
		if len(own) == 1 && surrogate {
			t.Scheme, t.KeyColumn = keys.SchemeSame, column.Name
		}
	case rule.Key == masking.KeySame:
		problem("tenants share this table, so a copy cannot have the original's keys", "leave `key` out")
	case len(own) > 1 && asked:
		problem(fmt.Sprintf("its key (%s) has several columns of its own", join(from.PrimaryKey)), "name the one to map as key_column")
	case len(own) > 1 && !referring(c, t, from):
		problem(fmt.Sprintf("its key (%s) is shared by all tenants and has several columns of its own", join(from.PrimaryKey)),
			"name the one to map as key_column with `key: station` or another scheme, add the tenant column to the key, or give the table a key of one integer column")
	case len(own) > 1: // references make it the tenant's own; the rest may stay
	case len(from.PrimaryKey) > 1 && !alone && referring(c, t, from):
		// a number within the row that the reference names: (order_id, line_no)
		if surrogate {
			t.Scheme, t.KeyColumn = keys.SchemeSame, column.Name
		}
	case column.Type == schema.Integer:
		c.scheme(t, column, masking.KeyGenerations)
	case column.Type == schema.UUID:
		c.scheme(t, column, masking.KeyUUID)
	case rule.Columns[column.Name].Mask != "" && rule.Columns[column.Name].Mask != masking.Pass:
		// a value that is masked; uniques sees to it that the mask keeps values apart
	default:
		problem(fmt.Sprintf("its key %s is of type %s, and tenants share this table", column.Name, column.Declared),
			"write `key: tag` where people assign the keys, give the column a mask that keeps values apart, such as token, or add the tenant column to the key")
	}
}

// ownKey returns the columns of the primary key that neither refer to another table nor are the tenant column, and whether that is one of them.
func (c *compiler) ownKey(t *TablePlan, from *schema.Table) (own []schema.Column, scoped bool) {
	for _, name := range from.PrimaryKey {
		if name == t.TenantColumn {
			scoped = true
		} else if _, refers := c.keys[columnID{t.Name, name}]; !refers {
			column, _ := from.Column(name)
			own = append(own, column)
		}
	}
	return own, scoped
}

// referring tells whether a column of the primary key refers to a row that is copied, so that the key differs from the original's.
func referring(c *compiler, t *TablePlan, from *schema.Table) bool {
	return slices.ContainsFunc(from.PrimaryKey, func(name string) bool {
		to, refers := c.keys[columnID{t.Name, name}]
		return refers && c.disposition(to.table) == Copy
	})
}

// schemeTypes are the types of column that a scheme can map.
var schemeTypes = map[masking.Key][]schema.Type{
	masking.KeyGenerations: {schema.Integer}, masking.KeyOffset: {schema.Integer}, masking.KeyTag: {schema.Text},
	masking.KeyUUID: {schema.UUID, schema.Text}, masking.KeyUUIDWithoutTime: {schema.UUID, schema.Text}, masking.KeyStation: {schema.Integer, schema.Text},
}

// scheme takes the scheme that the rules ask for, or that the type suggests, into the plan.
func (c *compiler) scheme(t *TablePlan, column schema.Column, key masking.Key) {
	line := c.Rules.Tables[t.Name].Line
	problem := func(message, remedy string) {
		c.problem(Problem{Line: line, Table: t.Name, Column: column.Name, Message: message, Remedy: remedy})
	}
	if !slices.Contains(schemeTypes[key], column.Type) {
		problem(fmt.Sprintf("`key: %s` cannot map a key of type %s", key, column.Declared), "leave `key` out, or name another scheme")
		return
	}
	to, _ := c.plan.to.Table(t.Name).Column(column.Name)
	t.KeyColumn = column.Name
	switch key {
	case masking.KeyGenerations:
		t.Scheme = keys.SchemeGenerations
		if to.Sequence == "" && !c.To.Facts.ReservesKeys {
			c.problem(Problem{Line: line, Table: t.Name, Message: fmt.Sprintf("no sequence hands out the values of its key %s, so none can be reserved", column.Name),
				Remedy: "give the column a sequence it owns (PostgreSQL: GENERATED BY DEFAULT AS IDENTITY)"})
		}
		return
	case masking.KeyUUID, masking.KeyUUIDWithoutTime:
		t.Scheme, t.WithoutTime = keys.SchemeUUID, key == masking.KeyUUIDWithoutTime
		return
	}
	t.Scheme, t.KeyChoice = keys.Scheme(key), c.Profile.Keys[t.Name]
	if t.Scheme == keys.SchemeTag && t.KeyChoice.Prefix == "" && t.KeyChoice.Suffix == "" {
		t.KeyChoice.Prefix = string(c.Target.ID) + "-"
	}
	if _, err := t.assigned(to, nil); err != nil {
		problem(err.Error(), "say in the profile's keys what this copy's keys look like")
	}
	if to.Sequence != "" {
		problem(fmt.Sprintf("a sequence hands out its values, and would come to those of the copies (`key: %s`)", key), "leave `key` out: the copies' keys are then taken from the sequence")
	}
	if t.Scheme == keys.SchemeStation && t.Globals {
		problem("a row of no tenant may have the source's station, so a reference does not tell which of the two rows is meant", "make the tenant column NOT NULL, or use another scheme")
	}
	if column.Type == schema.Integer {
		for _, station := range slices.Sorted(maps.Values(t.KeyChoice.Stations)) {
			if _, ok := keys.ParseID([]byte(station)); !ok {
				problem(fmt.Sprintf("%q is no station: the column holds integers", station), "write a number in the profile's keys")
			}
		}
	}
}

// choices refuses a profile that says something of keys to which it does not apply, and rules for references that a scheme cannot follow.
func (c *compiler) choices() {
	for _, t := range c.plan.Tables {
		for _, column := range t.Columns {
			if to := c.plan.Table(column.To); to != nil && to.Scheme == keys.SchemeStation && column.Op == OpReference && column.Outside != masking.OutsideRefuse {
				c.problem(Problem{Table: t.Name, Column: column.Name, Message: fmt.Sprintf("a station does not tell whether a row of %s belongs to another tenant", to.Name),
					Remedy: "write `outside: refuse` for the reference"})
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Profile.Keys)) {
		t := c.plan.Table(name)
		if t == nil && c.From.Schema.Table(name) != nil {
			continue // refused already
		}
		problem := func(message, remedy string) { c.problem(Problem{Table: name, Message: message, Remedy: remedy}) }
		choice := c.Profile.Keys[name]
		tag, offset, station := choice.Prefix+choice.Suffix != "", choice.First != 0 || choice.Last != 0 || choice.Base != 0, len(choice.Stations) > 0
		switch {
		case t == nil:
			problem("the profile names keys of a table that the source does not have", "take it out"+didYouMean(name, tableNames(&c.From.Schema)))
		case t.Disposition != Copy: // for another day
		case !t.assignedByPeople():
			problem(fmt.Sprintf("the profile says how its keys are assigned, and they are made by %q", cmp.Or(string(t.Scheme), "references or masks")),
				"take it out, or write `key: tag`, `key: offset` or `key: station` in the rules")
		case tag && t.Scheme != keys.SchemeTag, offset && t.Scheme != keys.SchemeOffset, station && t.Scheme != keys.SchemeStation:
			problem(fmt.Sprintf("the profile says of its keys what is not of `key: %s`", t.Scheme), "write prefix or suffix for tag; first, last and base for offset; stations for station")
		}
	}
}
