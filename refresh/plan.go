package refresh

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/configuration"
	"github.com/retenant/retenant/tenancy/schema"
)

// Disposition says what becomes of a table's rows in the target (D2).
type Disposition string

// The dispositions. There are no others.
const (
	Copy      Disposition = "copy"      // the source's rows replace the target's; the default for a tenant's tables
	Keep      Disposition = "keep"      // the target's rows stay
	Empty     Disposition = "empty"     // the target's rows go, none come
	Untouched Disposition = "untouched" // the table belongs to no tenant; the default for global tables
)

// Profile says what this copy is to be. The zero value copies all of a tenant's tables.
type Profile struct {
	Dispositions map[string]Disposition `json:"dispositions,omitempty"` // by table; the default is told there
	Settings     configuration.Choices  `json:"settings,omitzero"`      // what becomes of each setting; the zero value reverts all to their defaults (B14, N5)
	Audience     string                 `json:"audience,omitempty"`     // whom the fakes are made for; "" is the target: no other target gets the same (N1)
	Keys         map[string]KeyChoice   `json:"keys,omitempty"`         // by table: what the rules leave to each copy, where they say `key: tag`, `offset` or `station`
	Uncounted    bool                   `json:"uncounted,omitempty"`    // what the target will lose is not counted, which spares a plan the reading of the target's rows (N6); digests of rows are kept only where `secret: keep` needs them
	Tolerance    Tolerance              `json:"tolerance,omitzero"`     // how much more may be lost than was agreed to
}

// KeyChoice says what the keys of this copy look like, where people assign them. It must stay the same for a target from refresh to refresh, and be
// another one for each target.
type KeyChoice struct {
	Prefix   string            `json:"prefix,omitempty"`   // of tag: before the original's key; without a suffix either, it is the target's id and a hyphen
	Suffix   string            `json:"suffix,omitempty"`   // of tag: behind it
	First    int64             `json:"first,omitempty"`    // of offset: the first number of the originals
	Last     int64             `json:"last,omitempty"`     // of offset: the last one
	Base     int64             `json:"base,omitempty"`     // of offset: the number of the copy of First
	Stations map[string]string `json:"stations,omitempty"` // of station: from each station of the source to the one that its copies have
}

// String says it behind the scheme's name, with a space before it; "" is nothing to say.
func (k KeyChoice) String() string {
	var b strings.Builder
	if k.Prefix != "" {
		fmt.Fprintf(&b, " %s…", k.Prefix)
	}
	if k.Suffix != "" {
		fmt.Fprintf(&b, " …%s", k.Suffix)
	}
	if k.Base != 0 {
		fmt.Fprintf(&b, " %d-%d to %d", k.First, k.Last, k.Base)
	}
	for _, station := range slices.Sorted(maps.Keys(k.Stations)) {
		fmt.Fprintf(&b, " %s→%s", station, k.Stations[station])
	}
	return b.String()
}

// Op is what the program does with a column.
type Op string

// The operations on a column.
const (
	OpPass      Op = "pass"      // copied as it is
	OpTenant    Op = "tenant"    // the tenant column: becomes the target
	OpKey       Op = "key"       // the row's own key: mapped
	OpReference Op = "reference" // another row's key: mapped as that row's
	OpMask      Op = "mask"      // replaced by a fake, NULL or a fixed value
)

// Plan is the compiled proposal of a run. Its hash covers every decision; the annex holds what may still change until the run.
type Plan struct {
	Source    tenancy.ID   `json:"source"`
	Target    tenancy.ID   `json:"target"`
	Places    [2]string    `json:"places"` // fingerprints of the source's and the target's database
	Kind      tenancy.Kind `json:"target_kind"`
	Masked    bool         `json:"masked"`
	Audience  string       `json:"audience"`
	Rules     string       `json:"rules"` // their hash
	Keys      KeySpace     `json:"keys"`
	Checking  Checking     `json:"checking"`
	Rebuild   bool         `json:"rebuild"` // the target's tables are made anew from the source's definitions
	Dropped   []string     `json:"dropped"` // tables that only the target has, which go with a rebuild (B11)
	Uncounted bool         `json:"uncounted,omitempty"`
	Tolerance Tolerance    `json:"tolerance,omitzero"`
	Tables    []TablePlan  `json:"tables"`         // in the order of writing: what is referred to comes first
	Warnings  []string     `json:"warnings"`       // what deserves a look before agreeing
	Annex     Annex        `json:"annex"`          // not covered by the hash
	Hash      string       `json:"hash,omitempty"` // over all of the above but the annex
	from, to  *schema.Schema
	old       *schema.Schema // the target's as it is, where a rebuild makes another
	defs      []Definition
	functions masking.Functions

	// Settings is what becomes of the host's settings, or nil where the directory keeps none. How far the hash covers it is told there.
	Settings *SettingsPlan `json:"settings,omitempty"`
}

// TablePlan is what is to be done with a table.
type TablePlan struct {
	Name         string          `json:"name"`
	Disposition  Disposition     `json:"disposition"`
	TenantColumn string          `json:"tenant_column,omitempty"` // "" is the whole table
	Scheme       keys.Scheme     `json:"scheme,omitempty"`        // of KeyColumn
	KeyColumn    string          `json:"key_column,omitempty"`    // the column whose values identify rows and are mapped by the scheme; "" where the key consists of references, or there is none
	KeyChoice    KeyChoice       `json:"key_choice,omitzero"`     // of tag, offset and station
	WithoutTime  bool            `json:"without_time,omitempty"`  // of uuid: the time of version 7 is permuted too
	Loosen       []string        `json:"loosen,omitempty"`        // the columns that become NULL in the target's old rows before these are taken out
	Globals      bool            `json:"globals,omitempty"`       // may hold rows of no tenant, which all may refer to
	Columns      []ColumnPlan    `json:"columns,omitempty"`       // the stored columns in order
	References   []ReferencePlan `json:"references,omitempty"`
}

// schemeText tells how the keys of the table are made.
func (t *TablePlan) schemeText() string {
	text := string(t.Scheme) + t.KeyChoice.String()
	if t.WithoutTime {
		text += " without time"
	}
	return text
}

// assignedByPeople tells whether the copy's keys are made of values that people assigned, so that these can still be seen.
func (t *TablePlan) assignedByPeople() bool {
	return t.Scheme == keys.SchemeTag || t.Scheme == keys.SchemeOffset || t.Scheme == keys.SchemeStation
}

// ColumnPlan is what the program does with a column.
type ColumnPlan struct {
	Name    string          `json:"name"`
	Op      Op              `json:"op"`
	Rule    masking.Column  `json:"rule,omitzero"`     // of OpMask and OpPass
	Version string          `json:"version,omitempty"` // of the mask, with its dictionaries
	Keys    string          `json:"keys,omitempty"`    // of OpKey: the scheme and what the copy's keys look like
	To      string          `json:"to,omitempty"`      // of OpReference: the table whose mapping applies
	Outside masking.Outside `json:"outside,omitempty"` // of OpReference: what becomes of a reference to another tenant's row
	Free    bool            `json:"free,omitempty"`    // of OpReference: to a table that no tenant owns, so it stays

	Deferred bool `json:"deferred,omitempty"` // written as NULL, and set in a second pass when all rows are there: references form a cycle through it
}

// Treatment tells in words what the program does with the column, as it stands in plans and receipts.
func (c ColumnPlan) Treatment() string {
	switch c.Op {
	case OpPass:
		return "pass: " + c.Rule.Reason
	case OpKey:
		text := "key by " + c.Keys
		if c.Rule.Reason != "" {
			text += ", pass: " + c.Rule.Reason
		}
		return text
	case OpMask:
		text := "mask " + c.Version
		if c.Rule.Domain != "" {
			text += ", domain " + c.Rule.Domain
		}
		if c.Rule.Audience != "" {
			text += ", audience " + c.Rule.Audience
		}
		return text
	case OpReference:
		if c.Outside != masking.OutsideRefuse {
			return fmt.Sprintf("reference to %s, outside: %s", c.To, c.Outside)
		}
		return "reference to " + c.To
	default:
		return string(c.Op)
	}
}

// ReferencePlan is a reference that is verified after the copy.
type ReferencePlan struct {
	Name      string          `json:"name"`
	Columns   []string        `json:"columns"`
	To        string          `json:"to"`
	ToColumns []string        `json:"to_columns"`
	Outside   masking.Outside `json:"outside,omitempty"`
	Declared  bool            `json:"declared"` // by the database, not by the rules
}

// Annex is what the plan found but does not decide.
type Annex struct {
	Source     string           `json:"source_database"`
	Target     string           `json:"target_database"`
	Rows       map[string]int64 `json:"rows"`        // of the source in scope, by table
	TargetRows map[string]int64 `json:"target_rows"` // of the target so far, by table; none where its tables are made anew
	Create     bool             `json:"create"`      // the target has no place for its rows yet: it is made (A3)
	Generation int64            `json:"generation"`  // of the target so far; 0 is never refreshed
	Losses     Losses           `json:"losses"`
	Warnings   []string         `json:"warnings,omitempty"` // that depend on what the target holds
}

// Table returns the plan of a table, or nil.
func (p *Plan) Table(name string) *TablePlan {
	for i := range p.Tables {
		if p.Tables[i].Name == name {
			return &p.Tables[i]
		}
	}
	return nil
}

// replaced tells whether the target's rows of the table go.
func (t *TablePlan) replaced() bool { return t.Disposition == Copy || t.Disposition == Empty }

// extent returns the rows of a table that belong to a tenant, with the columns as that side has them.
func (p *Plan) extent(side *schema.Schema, t *TablePlan, tenant tenancy.ID) Extent {
	if t.TenantColumn == "" {
		tenant = ""
	}
	return Extent{Table: side.Table(t.Name), Column: t.TenantColumn, Tenant: tenant}
}

func (p *Plan) source(t *TablePlan) Extent { return p.extent(p.from, t, p.Source) }
func (p *Plan) target(t *TablePlan) Extent { return p.extent(p.to, t, p.Target) }

// landing lists what the stage has to know.
func (p *Plan) landing(run RunID, token Token) Landing {
	l := Landing{Run: run, Token: token, Source: p.Source, Target: p.Target, Keys: p.Keys, Rebuild: p.Rebuild, Definitions: p.defs,
		References: p.references()}
	for i := range p.Tables {
		t := &p.Tables[i]
		if t.replaced() {
			l.Replace = append(l.Replace, p.target(t))
			if len(t.Loosen) > 0 {
				old := p.target(t)
				old.Only = t.Loosen
				l.Loosen = append(l.Loosen, old)
			}
		} else {
			l.Keep = append(l.Keep, t.Name)
		}
	}
	return l
}

// references lists the references whose rows the landing writes or takes away, for the stage to check.
func (p *Plan) references() []Reference {
	var list []Reference
	for i := range p.Tables {
		t := &p.Tables[i]
		for _, r := range t.References {
			to := p.Table(r.To)
			if !t.replaced() && !to.replaced() {
				continue // nothing of it changes
			}
			list = append(list, Reference{Name: r.Name, From: p.target(t), Columns: r.Columns, To: p.target(to), ToKey: r.ToColumns,
				Any: r.Outside == masking.OutsidePass, Declared: r.Declared})
		}
	}
	return list
}

// seal computes the hash.
func (p *Plan) seal() error {
	open := *p
	open.Hash, open.Annex = "", Annex{}
	open.Settings = p.Settings.decisions()
	open.Tables = slices.Clone(p.Tables)
	for i := range open.Tables { // the places in the rules file are no decision
		columns := slices.Clone(open.Tables[i].Columns)
		for k := range columns {
			columns[k].Rule = columns[k].Rule.WithoutLines()
		}
		open.Tables[i].Columns = columns
	}
	data, err := json.Marshal(open)
	if err != nil {
		return fmt.Errorf("plan cannot be hashed: %w", err)
	}
	sum := sha256.Sum256(data)
	p.Hash = hex.EncodeToString(sum[:])
	return nil
}
