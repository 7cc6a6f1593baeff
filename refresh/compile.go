package refresh

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/configuration"
	"github.com/retenant/retenant/tenancy/schema"
)

// Proposal is all that a plan is compiled from.
type Proposal struct {
	Source, Target tenancy.Tenant
	From, To       Description // of the source's and of the target's database
	Rules          masking.Rules
	Functions      masking.Functions // that rules call
	Profile        Profile
	Definitions    configuration.Definitions // of the host's settings
	Configuration  *configuration.Sides      // the settings of both tenants; nil where the directory keeps none
	Unmasked       bool                      // masks are turned off by an authorized request
}

// Compile decides everything that can be decided before the outage. It is pure. It returns the plan, or all that is wrong with
// the proposal at once, as [Problems]; a target that may not be replaced is [tenancy.ErrProduction] or [tenancy.ErrSameTenant] (A4).
//
// Every column of every table that is copied must be classified by the rules, or be a key, a reference or the tenant column (N3): a column that
// is new since the last run refuses the plan by name.
func Compile(p Proposal) (*Plan, error) {
	if err := p.Target.Guard(p.Source.ID); err != nil {
		return nil, err
	}
	c := &compiler{Proposal: p, plan: &Plan{
		Source: p.Source.ID, Target: p.Target.ID, Masked: !p.Unmasked,
		Audience: cmp.Or(p.Profile.Audience, string(p.Target.ID)), Keys: p.To.Facts.Keys,
		Checking: cmp.Or(p.To.Facts.Checking, CheckedAtOnce), Rebuild: p.To.Facts.Rebuild,
		Annex:     Annex{Source: p.From.Facts.Database, Target: p.To.Facts.Database, Create: !p.To.Facts.Exists, Generation: p.Target.Generation},
		Uncounted: p.Profile.Uncounted, Tolerance: p.Profile.Tolerance,
		Rules: p.Rules.Hash().String(), Tables: []TablePlan{}, Warnings: []string{}, Dropped: []string{},
		from: &p.From.Schema, defs: p.From.Facts.Definitions, functions: p.Functions,
	}}
	c.plan.to, c.plan.old = &c.To.Schema, &c.To.Schema
	c.plan.Kind, c.plan.Places = p.Target.Kind, [2]string{place(p.From.Facts), place(p.To.Facts)}
	c.plan.Warnings = append(c.plan.Warnings, p.From.Facts.Warnings...)
	c.preconditions()
	if c.plan.Rebuild {
		c.rebuilt()
	}
	c.tables()
	c.columns()
	c.uniques()
	c.secrets()
	c.closure()
	c.order()
	c.triggers()
	c.sameKeys()
	c.choices()
	c.configuration()
	c.tolerance()
	if len(c.problems) > 0 {
		c.sort()
		return nil, c.problems
	}
	if err := c.plan.seal(); err != nil {
		return nil, err
	}
	return c.plan, nil
}

// compiler carries a plan through the passes of Compile. Each pass adds what is wrong and leaves out what it cannot decide.
type compiler struct {
	Proposal
	plan     *Plan
	problems Problems
	keys     map[columnID]columnID // where the values of a reference column come from in the end
}

type columnID struct{ table, column string }

func (c *compiler) problem(p Problem) { c.problems = append(c.problems, p) }

func (c *compiler) sort() {
	slices.SortStableFunc(c.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	c.problems = slices.Compact(c.problems)
}

// preconditions takes over what the databases and the rules say is wrong with themselves.
func (c *compiler) preconditions() {
	if !c.From.Facts.Exists {
		c.problem(Problem{Message: fmt.Sprintf("the source %s has no data: its database does not exist", c.Source.ID), Remedy: "check its address"})
	}
	if from, to := c.From.Facts, c.To.Facts; c.plan.Keys == OwnKeys && from.Identity != "" && from.Identity == to.Identity {
		c.problem(Problem{Message: fmt.Sprintf("source and target are one database, %s, in which each tenant is said to be alone", to.Database),
			Remedy: "give the target a database of its own, or name the tenant column and refresh in shared tables"})
	}
	seen := map[string]bool{}
	for _, text := range slices.Concat(c.From.Facts.Preconditions, c.To.Facts.Preconditions) {
		if !seen[text] {
			c.problem(Problem{Message: text})
			seen[text] = true
		}
	}
	if c.From.Facts.Keys != c.To.Facts.Keys && c.To.Facts.Exists {
		c.problem(Problem{Message: fmt.Sprintf("the source's tables are %s and the target's are %s", c.From.Facts.Keys, c.To.Facts.Keys),
			Remedy: "refresh between tenants that are stored alike"})
	}
	if c.From.Facts.Dialect != c.To.Facts.Dialect && c.To.Facts.Rebuild {
		c.problem(Problem{Message: fmt.Sprintf("the source is a %s database and the target a %s database", c.From.Facts.Dialect, c.To.Facts.Dialect),
			Remedy: "use one engine on both sides"})
	}
	for _, p := range c.Rules.Validate() {
		c.problem(Problem(p))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Rules.Tables)) {
		if c.From.Schema.Table(name) == nil {
			c.problem(Problem{Line: c.Rules.Tables[name].Line, Table: name, Message: "the source has no such table",
				Remedy: "take it out of the rules" + didYouMean(name, tableNames(&c.From.Schema))})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Profile.Dispositions)) {
		switch d := c.Profile.Dispositions[name]; {
		case c.From.Schema.Table(name) == nil:
			c.problem(Problem{Table: name, Message: "the profile names a table that the source does not have",
				Remedy: "take it out" + didYouMean(name, tableNames(&c.From.Schema))})
		case d != Copy && d != Keep && d != Empty && d != Untouched:
			c.problem(Problem{Table: name, Message: fmt.Sprintf("%q is no disposition", d), Remedy: "write copy, keep, empty or untouched"})
		}
	}
}

// rebuilt gives the target the schema that it will have: the source's, with the tables that are kept as they are.
func (c *compiler) rebuilt() {
	made := schema.Schema{}
	for _, t := range c.From.Schema.Tables {
		if own := c.To.Schema.Table(t.Name); own != nil && c.disposition(t.Name) != Copy && c.disposition(t.Name) != Empty {
			made.Tables = append(made.Tables, *own)
			continue
		}
		made.Tables = append(made.Tables, t)
	}
	c.plan.Dropped = []string{}
	for _, t := range c.To.Schema.Tables {
		if c.From.Schema.Table(t.Name) == nil {
			c.plan.Dropped = append(c.plan.Dropped, t.Name)
			c.plan.Warnings = append(c.plan.Warnings, fmt.Sprintf("table %s exists in the target alone and goes", t.Name))
		}
	}
	made.Sort()
	c.plan.to = &made
}

// place fingerprints a database, for the plan's hash: who agrees to a plan agrees to what it is read from and written to.
func place(f Facts) string {
	sum := sha256.Sum256([]byte(f.Dialect + "\x00" + cmp.Or(f.Identity, f.Database)))
	return hex.EncodeToString(sum[:8])
}

// sameKeys warns of keys that come over as they are: a number that names a person outside the product is not masked by being a key.
func (c *compiler) sameKeys() {
	var columns []string
	for _, t := range c.plan.Tables {
		if t.Disposition == Copy && t.Scheme == keys.SchemeSame {
			columns = append(columns, t.Name+"."+t.KeyColumn)
		}
	}
	if len(columns) > 0 {
		slices.Sort(columns)
		c.plan.Warnings = append(c.plan.Warnings, "keys that come over as they are, unmasked: "+join(columns)+" (`key: generations` or `key: uuid` in the rules gives copies others)")
	}
}

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
