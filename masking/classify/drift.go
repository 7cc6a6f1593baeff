package classify

import (
	"cmp"
	"maps"
	"slices"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// Difference is a table or column that only the schema or only the rules know.
type Difference struct {
	Table    string
	Column   string   // "" is the table
	New      bool     // the schema has it, and the rules say nothing of it; otherwise the rules name it, and the schema does not have it
	Use      string   // what the rules name it for: "a rule", "a reference", "the tenant column", "the key", "a subject or case"; "" of what is new
	Line     int      // in the rules file, 0 where there is none
	Near     string   // a name of the other side that it may have become, or have been; "" is none
	Type     string   // of a new column, as the database declares it
	Proposal Proposal // of a new column
}

// Drift returns what the schema and the rules do not both know, by table, what is gone before what is new: nil where every column is classified and every
// rule has a column. Keys, references and tenant columns take no rule. It does not tell whether the rules fit: refresh.Compile does.
func Drift(rules masking.Rules, s *schema.Schema) []Difference {
	d := drift{rules: rules, schema: s}
	for _, t := range s.Tables {
		d.names = append(d.names, t.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(rules.Tables)) {
		if s.Table(name) == nil {
			d.gone(name, "", "a rule", rules.Tables[name].Line, masking.Suggest(name, d.unruled()))
		}
	}
	for i := range s.Tables {
		t := &s.Tables[i]
		if rule, ruled := rules.Tables[t.Name]; ruled {
			d.table(t, rule)
		} else {
			d.list = append(d.list, Difference{Table: t.Name, New: true})
		}
	}
	slices.SortStableFunc(d.list, func(a, b Difference) int { return cmp.Compare(a.Table, b.Table) })
	return d.list
}

type drift struct {
	rules  masking.Rules
	schema *schema.Schema
	names  []string // of the schema's tables
	list   []Difference
}

// unruled returns the tables that the rules say nothing of.
func (d *drift) unruled() []string {
	return slices.DeleteFunc(slices.Clone(d.names), func(name string) bool { _, ruled := d.rules.Tables[name]; return ruled })
}

func (d *drift) gone(table, column, use string, line int, near string) {
	d.list = append(d.list, Difference{Table: table, Column: column, Use: use, Line: line, Near: near})
}

func (d *drift) table(t *schema.Table, rule masking.Table) {
	tenantColumn := cmp.Or(rule.TenantColumn, d.rules.TenantColumn)
	if _, found := t.Column(tenantColumn); !found {
		tenantColumn = ""
	}
	setting := Setting{Shared: d.rules.TenantColumn != "" || rule.TenantColumn != "", TenantColumn: tenantColumn, Key: rule.Key, KeyColumn: rule.KeyColumn, References: rule.References,
		Referenced: Referenced(d.schema, t.Name, d.references())}
	var fresh []Difference
	var free []string // columns without a rule, which one that is gone may have become
	if !rule.Global {
		for _, p := range Propose(*t, setting) {
			if _, ruled := rule.Columns[p.Name]; !ruled {
				column, _ := t.Column(p.Name)
				free = append(free, p.Name)
				fresh = append(fresh, Difference{Table: t.Name, Column: p.Name, New: true, Type: cmp.Or(column.Declared, column.Type.String()), Proposal: p})
			}
		}
	}
	reported := map[string]bool{}
	missing := func(name, use string, line int, known []string) {
		if _, found := t.Column(name); found || reported[name] {
			return
		}
		reported[name] = true
		near := masking.Suggest(name, known)
		d.gone(t.Name, name, use, line, near)
		for i := range fresh {
			if fresh[i].Column == near {
				fresh[i].Near = name
			}
		}
	}
	all := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		all[i] = c.Name
	}
	if rule.TenantColumn != "" {
		missing(rule.TenantColumn, "the tenant column", rule.Line, all)
	}
	if rule.KeyColumn != "" {
		missing(rule.KeyColumn, "the key", rule.Line, all)
	}
	for _, name := range slices.Sorted(maps.Keys(rule.Columns)) {
		missing(name, "a rule", rule.Columns[name].Line, free)
	}
	for _, name := range slices.Sorted(maps.Keys(rule.Columns)) {
		for _, read := range rule.Columns[name].Reads() {
			missing(read, "a subject or case", rule.Columns[name].Line, all)
		}
	}
	for _, r := range rule.References {
		for _, name := range r.Columns {
			missing(name, "a reference", r.Line, all)
		}
		d.target(r)
	}
	d.list = append(d.list, fresh...)
}

// target reports what a reference leads to and is gone, unless the table is reported by itself.
func (d *drift) target(r masking.Reference) {
	to := d.schema.Table(r.To)
	if to == nil {
		if _, ruled := d.rules.Tables[r.To]; !ruled {
			d.gone(r.To, "", "a reference", r.Line, masking.Suggest(r.To, d.names))
		}
		return
	}
	for _, name := range r.ToColumns {
		if _, found := to.Column(name); !found {
			d.gone(r.To, name, "a reference", r.Line, "")
		}
	}
}

// references returns those of the rules by table.
func (d *drift) references() map[string][]masking.Reference {
	all := map[string][]masking.Reference{}
	for name, t := range d.rules.Tables {
		all[name] = t.References
	}
	return all
}
