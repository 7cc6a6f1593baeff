package refresh

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// tables decides each table's disposition, tenant column and presence on both sides.
func (c *compiler) tables() {
	for i := range c.From.Schema.Tables {
		t := &c.From.Schema.Tables[i]
		rule, ruled := c.Rules.Tables[t.Name]
		plan := TablePlan{Name: t.Name, Disposition: c.disposition(t.Name)}
		if !ruled && plan.Disposition != Untouched {
			c.problem(Problem{Table: t.Name, Message: "the rules say nothing of this table",
				Remedy: "classify its columns, or write `global: true` if it belongs to no tenant"})
			continue
		}
		if rule.Global && c.plan.Keys == OwnKeys {
			c.problem(Problem{Line: rule.Line, Table: t.Name, Message: "a table cannot be global where each tenant has a database of its own",
				Remedy: "classify its columns, or keep it by the profile"})
		}
		if rule.Global && plan.Disposition != Untouched {
			c.problem(Problem{Line: rule.Line, Table: t.Name, Message: fmt.Sprintf("it is global, and the profile says %q", plan.Disposition),
				Remedy: "take it out of the profile: a refresh does not touch what other tenants share"})
		}
		if plan.Disposition == Untouched && !rule.Global {
			c.problem(Problem{Line: rule.Line, Table: t.Name, Message: "it belongs to the tenant and cannot be left untouched",
				Remedy: "write keep to leave the target's rows as they are"})
		}
		if !rule.Global {
			c.owner(&plan, t, rule)
		}
		if !c.compatible(t, c.plan.to.Table(t.Name), plan.Disposition) {
			continue
		}
		c.plan.Tables = append(c.plan.Tables, plan)
	}
	if !c.plan.Rebuild {
		for _, t := range c.To.Schema.Tables {
			if c.From.Schema.Table(t.Name) == nil {
				c.problem(Problem{Table: t.Name, Message: "the target has this table and the source does not", Remedy: "bring both schemas to the same version"})
			}
		}
	}
}

// owner finds the tenant column.
func (c *compiler) owner(plan *TablePlan, t *schema.Table, rule masking.Table) {
	name := cmp.Or(rule.TenantColumn, c.Rules.TenantColumn)
	column, found := t.Column(name)
	switch {
	case found:
		plan.TenantColumn, plan.Globals = name, column.Nullable
	case rule.TenantColumn != "":
		c.problem(Problem{Line: rule.Line, Table: t.Name, Column: name, Message: "the tenant column does not exist",
			Remedy: "name the column that holds the tenant" + didYouMean(name, columnNames(t))})
	case c.plan.Keys == SharedKeys:
		c.problem(Problem{Line: rule.Line, Table: t.Name, Message: "tenants share this table and it has no tenant column",
			Remedy: "write `tenant_column: …`, or `global: true` if it belongs to no tenant"})
	}
}

func (c *compiler) disposition(table string) Disposition {
	if d, said := c.Profile.Dispositions[table]; said {
		return d
	}
	if c.Rules.Tables[table].Global {
		return Untouched
	}
	return Copy
}

// compatible tells whether the target's table can take the source's rows.
func (c *compiler) compatible(from, to *schema.Table, d Disposition) bool {
	if d == Untouched {
		return true
	}
	if to == nil {
		c.problem(Problem{Table: from.Name, Message: "the target has no such table", Remedy: "bring both schemas to the same version"})
		return false
	}
	if d != Copy {
		return true
	}
	before := len(c.problems)
	for _, column := range from.Stored() {
		other, found := to.Column(column.Name)
		switch {
		case !found || other.Computed:
			c.problem(Problem{Table: from.Name, Column: column.Name, Message: "the target does not have this column", Remedy: "bring both schemas to the same version"})
		case other.Type != column.Type:
			c.problem(Problem{Table: from.Name, Column: column.Name,
				Message: fmt.Sprintf("it is %s in the source and %s in the target", column.Declared, other.Declared), Remedy: "bring both schemas to the same version"})
		}
	}
	for _, column := range to.Stored() {
		if other, found := from.Column(column.Name); !found || other.Computed {
			c.problem(Problem{Table: from.Name, Column: column.Name, Message: "the source does not have this column", Remedy: "bring both schemas to the same version"})
		}
	}
	if len(c.problems) == before && !slices.Equal(columnNames(from), columnNames(to)) {
		c.problem(Problem{Table: from.Name, Message: "source and target have the columns in another order", Remedy: "bring both tables to the same order of columns"})
	}
	return len(c.problems) == before
}

// triggers refuses triggers of the host that would fire on the rows of a copy.
func (c *compiler) triggers() {
	if !c.To.Facts.FireTriggers {
		return
	}
	for _, t := range c.plan.Tables {
		if t.Disposition != Copy && t.Disposition != Empty {
			continue
		}
		for _, trigger := range c.plan.to.Table(t.Name).Triggers {
			c.problem(Problem{Table: t.Name, Message: fmt.Sprintf("trigger %s would fire during the landing", trigger.Name),
				Remedy: "give the target's role the right to suspend triggers (PostgreSQL: GRANT SET ON PARAMETER session_replication_role), or drop the trigger"})
		}
	}
}

func tableNames(s *schema.Schema) []string {
	names := make([]string, len(s.Tables))
	for i, t := range s.Tables {
		names[i] = t.Name
	}
	return names
}

func columnNames(t *schema.Table) []string {
	stored := t.Stored()
	names := make([]string, len(stored))
	for i, column := range stored {
		names[i] = column.Name
	}
	return names
}
