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
