package refresh

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// columns decides what the program does with each column of the tables that are copied: keys and references by the schema, all
// others by the rules.
func (c *compiler) columns() {
	c.keys = map[columnID]columnID{}
	for i := range c.plan.Tables {
		c.references(&c.plan.Tables[i])
	}
	for i := range c.plan.Tables {
		if t := &c.plan.Tables[i]; t.Disposition == Copy {
			c.key(t)
		}
	}
	for i := range c.plan.Tables {
		if t := &c.plan.Tables[i]; t.Disposition == Copy {
			c.program(t)
		}
	}
}

// references collects the declared foreign keys of a table and those of the rules, and notes for each column what it refers to.
func (c *compiler) references(t *TablePlan) {
	from := c.From.Schema.Table(t.Name)
	rules := slices.Clone(c.Rules.Tables[t.Name].References)
	for _, key := range from.ForeignKeys {
		reference := ReferencePlan{Name: fmt.Sprintf("%s(%s) to %s", t.Name, join(key.Columns), key.To), Columns: key.Columns, To: key.To, ToColumns: key.ToColumns, Declared: true}
		if i := slices.IndexFunc(rules, func(r masking.Reference) bool { return slices.Equal(r.Columns, key.Columns) && r.To == key.To }); i >= 0 {
			reference.Outside = rules[i].Outside
			rules = slices.Delete(rules, i, i+1)
		}
		c.refer(t, from, reference, 0)
	}
	for _, rule := range rules {
		c.refer(t, from, ReferencePlan{Name: fmt.Sprintf("%s(%s) to %s", t.Name, join(rule.Columns), rule.To), Columns: rule.Columns,
			To: rule.To, ToColumns: rule.ToColumns, Outside: rule.Outside}, rule.Line)
	}
}

func (c *compiler) refer(t *TablePlan, from *schema.Table, r ReferencePlan, line int) {
	problem := func(column, message, remedy string) {
		c.problem(Problem{Line: line, Table: t.Name, Column: column, Message: message, Remedy: remedy})
	}
	to := c.From.Schema.Table(r.To)
	if to == nil {
		problem("", fmt.Sprintf("%s: there is no table %s", r.Name, r.To), "name the table that is referred to"+didYouMean(r.To, tableNames(&c.From.Schema)))
		return
	}
	if len(r.ToColumns) == 0 {
		r.ToColumns = to.PrimaryKey
	}
	if len(r.Columns) == 0 || len(r.Columns) != len(r.ToColumns) {
		problem("", fmt.Sprintf("%s: %d columns refer to %d", r.Name, len(r.Columns), len(r.ToColumns)), "name as many columns as the key has, in its order")
		return
	}
	if !identifies(to, r.ToColumns) {
		problem("", fmt.Sprintf("%s: (%s) is no key of %s", r.Name, join(r.ToColumns), r.To), "refer to its primary key or to a unique constraint")
		return
	}
	for i, name := range r.Columns {
		column, found := from.Column(name)
		if !found {
			problem(name, r.Name+": there is no such column", "name the column that refers"+didYouMean(name, columnNames(from)))
			return
		}
		if _, found := to.Column(r.ToColumns[i]); !found {
			problem(name, fmt.Sprintf("%s: %s has no column %s", r.Name, r.To, r.ToColumns[i]), "name the column that is referred to"+didYouMean(r.ToColumns[i], columnNames(to)))
			return
		}
		if name == t.TenantColumn {
			continue
		}
		if r.Outside == masking.OutsideNull && !column.Nullable {
			problem(name, r.Name+": a reference to another tenant's row cannot become NULL in a NOT NULL column", "write `outside: pass` or `outside: refuse`")
		}
		id, target := columnID{t.Name, name}, columnID{r.To, r.ToColumns[i]}
		if other, twice := c.keys[id]; twice && other != target {
			if c.origin(other) != c.origin(target) {
				problem(name, fmt.Sprintf("it refers to %s.%s and to %s.%s, which do not have the same keys", other.table, other.column, target.table, target.column),
					"declare one of the references")
			}
			continue
		}
		if id != target {
			c.keys[id] = target
		}
	}
	t.References = append(t.References, r)
}

// origin follows a chain of references to the column whose values they all repeat.
func (c *compiler) origin(id columnID) columnID {
	for range len(c.keys) {
		next, refers := c.keys[id]
		if !refers {
			break
		}
		id = next
	}
	return id
}

// identifies tells whether the columns are the primary key of the table or one of its unique keys.
func identifies(t *schema.Table, columns []string) bool {
	same := func(key []string) bool {
		a, b := slices.Sorted(slices.Values(key)), slices.Sorted(slices.Values(columns))
		return slices.Equal(a, b)
	}
	if len(t.PrimaryKey) > 0 && same(t.PrimaryKey) {
		return true
	}
	return slices.ContainsFunc(t.Unique, func(u schema.Unique) bool { return !u.Partial && !u.Expression && same(u.Columns) })
}

// program decides each column.
func (c *compiler) program(t *TablePlan) {
	from, rule := c.From.Schema.Table(t.Name), c.Rules.Tables[t.Name]
	for _, column := range from.Stored() {
		id := columnID{t.Name, column.Name}
		said, ruled := rule.Columns[column.Name]
		plan := ColumnPlan{Name: column.Name}
		structural := ""
		target, refers := c.keys[id]
		origin := c.origin(id)
		switch {
		case column.Name == t.TenantColumn:
			plan.Op, structural = OpTenant, "the tenant column"
		case refers && c.mapped(origin):
			plan.Op, plan.To, plan.Outside, structural = OpReference, origin.table, c.outside(t, column.Name), "a reference to "+target.table
			plan.Free = c.disposition(origin.table) == Untouched
		case refers && !ruled: // it repeats a value that the rules classify where it is defined
			said, ruled = c.Rules.Tables[origin.table].Columns[origin.column]
		case column.Name == t.KeyColumn:
			plan.Op, plan.Keys, structural = OpKey, t.schemeText(), "the table's key"
		}
		switch {
		case plan.Op == OpKey && t.assignedByPeople():
			plan.Rule = said
			if !ruled || said.Mask != masking.Pass {
				c.problem(Problem{Line: cmp.Or(said.Line, rule.Line), Table: t.Name, Column: column.Name, Message: fmt.Sprintf("`key: %s` leaves the values that people assigned in the copy's keys", rule.Key),
					Remedy: "write `pass` with the reason why they identify nobody, or leave `key` out and give the column a mask that keeps values apart, such as token"})
			}
		case structural != "" && ruled:
			c.problem(Problem{Line: said.Line, Table: t.Name, Column: column.Name, Message: "it is " + structural + " and takes no mask", Remedy: "take it out of the rules"})
		case structural == "" && !ruled:
			c.problem(Problem{Line: rule.Line, Table: t.Name, Column: column.Name, Message: "it is not classified",
				Remedy: "give it a mask, or write `pass` with the reason why its values identify nobody"})
		case structural == "":
			c.classified(&plan, t, column, said)
			if refers {
				c.agrees(t, column.Name, said, origin)
			}
		}
		t.Columns = append(t.Columns, plan)
	}
	for _, name := range slices.Sorted(maps.Keys(rule.Columns)) {
		if column, found := from.Column(name); !found {
			c.problem(Problem{Line: rule.Columns[name].Line, Table: t.Name, Column: name, Message: "there is no such column",
				Remedy: "take it out of the rules" + didYouMean(name, columnNames(from))})
		} else if column.Computed {
			c.problem(Problem{Line: rule.Columns[name].Line, Table: t.Name, Column: name, Message: "the database computes it", Remedy: "take it out of the rules"})
		}
	}
}

// mapped tells whether the column is a key that a mapping, be it the trivial one, applies to.
func (c *compiler) mapped(id columnID) bool {
	t := c.plan.Table(id.table)
	if t == nil {
		return true // its table is refused already
	}
	return t.Disposition != Copy || t.KeyColumn == id.column
}

// outside returns the rule for references of the column to rows of other tenants.
func (c *compiler) outside(t *TablePlan, column string) masking.Outside {
	for _, r := range t.References {
		if slices.Contains(r.Columns, column) && r.Outside != masking.OutsideRefuse {
			return r.Outside
		}
	}
	return masking.OutsideRefuse
}

// classified takes a column's rule into the plan.
func (c *compiler) classified(plan *ColumnPlan, t *TablePlan, column schema.Column, rule masking.Column) {
	for _, p := range rule.CheckFor(c.Functions, c.From.Schema.Table(t.Name), column) {
		p.Table, p.Column = t.Name, column.Name
		p.Line = cmp.Or(p.Line, rule.Line)
		c.problem(Problem(p))
	}
	traits, known := rule.TraitsFor(c.Functions)
	switch {
	case !known:
		return // Validate has said so
	case rule.Mask == masking.Pass:
		plan.Op, plan.Rule = OpPass, rule
	case !c.plan.Masked && rule.Mask != masking.Withhold: // a secret stays one (A8, D16)
		plan.Op, plan.Rule = OpPass, masking.Column{Mask: masking.Pass, Reason: "masking is turned off by request", Line: rule.Line}
	default:
		plan.Op, plan.Rule, plan.Version = OpMask, rule, traits.Identity()
	}
}

// agrees refuses another rule for a column that repeats the values of another than that column has.
func (c *compiler) agrees(t *TablePlan, column string, rule masking.Column, origin columnID) {
	there, ruled := c.Rules.Tables[origin.table].Columns[origin.column]
	rule.Reason, there.Reason = "", ""
	if ruled && !rule.Equal(there) {
		c.problem(Problem{Line: c.Rules.Tables[t.Name].Columns[column].Line, Table: t.Name, Column: column,
			Message: fmt.Sprintf("it refers to %s.%s, which has another rule, so the copies would not refer to each other", origin.table, origin.column),
			Remedy:  "give both the same mask and domain, or take this one out"})
	}
}
