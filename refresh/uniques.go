package refresh

import (
	"fmt"
	"slices"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// uniques holds what the program does against every unique key of the target (D11): a lossy mask on a unique column is refused, and so is a value
// that is copied as it is into a table where the source's row already has it.
func (c *compiler) uniques() {
	for i := range c.plan.Tables {
		t := &c.plan.Tables[i]
		if t.Disposition != Copy || len(t.Columns) == 0 {
			continue
		}
		to := c.plan.to.Table(t.Name)
		all := slices.Clone(to.Unique)
		if len(to.PrimaryKey) > 0 {
			all = append([]schema.Unique{{Name: "the primary key", Columns: to.PrimaryKey}}, all...)
		}
		for _, u := range all {
			c.unique(t, u, all)
		}
	}
}

func (c *compiler) unique(t *TablePlan, u schema.Unique, all []schema.Unique) {
	to := c.plan.to.Table(t.Name)
	var lossy []ColumnPlan
	var kept []string
	apart := c.plan.Keys == OwnKeys // whether the copy's value surely differs from the original's
	for _, name := range u.Columns {
		i := slices.IndexFunc(t.Columns, func(column ColumnPlan) bool { return column.Name == name })
		if i < 0 {
			return // a computed column: the index decides at the landing
		}
		column := t.Columns[i]
		switch {
		case column.Op == "":
			return // refused already
		case column.Op == OpMask && (column.Rule.Mask == masking.Null || c.blankIsNull(to, column)):
			return // NULLs are distinct, and so are the values of the target that stay
		case column.Op == OpMask && c.lossy(column):
			lossy = append(lossy, column)
			continue
		case column.Op == OpMask && (column.Rule.Audience != "" || c.Profile.Audience != ""):
			// another target may share the fakes
		case column.Op == OpTenant, column.Op == OpMask, column.Op == OpKey && t.Scheme != keys.SchemeSame, column.Op == OpReference && c.moves(column.To):
			apart = true
		}
		kept = append(kept, name)
	}
	if len(lossy) > 0 && !slices.ContainsFunc(all, func(other schema.Unique) bool {
		return !other.Partial && !other.Expression && subset(other.Columns, kept)
	}) {
		for _, column := range lossy {
			c.problem(Problem{Line: column.Rule.Line, Table: t.Name, Column: column.Name,
				Message: fmt.Sprintf("%s is unique over (%s), and the mask %s gives different values the same fake", u.Name, join(u.Columns), column.Rule.Mask),
				Remedy:  "use a mask that keeps values apart, such as email, or null"})
		}
		return
	}
	if !apart && len(lossy) == 0 {
		c.problem(Problem{Line: c.Rules.Tables[t.Name].Line, Table: t.Name, Column: u.Columns[0],
			Message: fmt.Sprintf("%s is unique over (%s) for all tenants, and the copy would have the source's values", u.Name, join(u.Columns)),
			Remedy:  "add the tenant column to the unique key, or use a mask that keeps values apart, such as email, or null"})
	}
}

// blankIsNull tells whether the copy has NULL in place of a secret, or the target's own value.
func (c *compiler) blankIsNull(to *schema.Table, column ColumnPlan) bool {
	stored, _ := to.Column(column.Name)
	return column.Rule.Mask == masking.Withhold && stored.Nullable
}

func (c *compiler) lossy(column ColumnPlan) bool {
	traits, _ := column.Rule.TraitsFor(c.Functions)
	return traits.Uniqueness == masking.Lossy
}

// moves tells whether the copies of a table's rows have other keys than the originals.
func (c *compiler) moves(table string) bool {
	t := c.plan.Table(table)
	return t != nil && t.Disposition == Copy && t.Scheme != "" && t.Scheme != keys.SchemeSame
}

func subset(part, whole []string) bool {
	return len(part) > 0 && !slices.ContainsFunc(part, func(name string) bool { return !slices.Contains(whole, name) })
}
