package classify

import (
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// Table is what is proposed for a table.
type Table struct {
	Name       string
	Global     bool                // it has no tenant column where tenants share tables, so that it is taken for nobody's
	Masked     []string            // of a global table: the columns that would be masked if it held rows of tenants
	References []masking.Reference // that the database does not declare, guessed from names
	Columns    []Proposal
}

// ProposeSchema returns a proposal for every table of the schema, in its order. Shared says that tenants share the tables, and the tenant column, where it
// is known, which column tells them apart.
func ProposeSchema(s *schema.Schema, shared bool, tenantColumn string) []Table {
	further := map[string][]masking.Reference{}
	for _, t := range s.Tables {
		if !global(&t, tenantColumn) {
			further[t.Name] = References(s, t, tenantColumn)
		}
	}
	list := make([]Table, len(s.Tables))
	for i := range s.Tables {
		t := &s.Tables[i]
		list[i] = Table{Name: t.Name, Global: global(t, tenantColumn), References: further[t.Name]}
		if list[i].Global {
			list[i].Masked = masked(t)
		} else {
			list[i].Columns = Propose(*t, Setting{Shared: shared, TenantColumn: tenantColumn, References: further[t.Name], Referenced: Referenced(s, t.Name, further)})
		}
	}
	return list
}

func global(t *schema.Table, tenantColumn string) bool {
	_, found := t.Column(tenantColumn)
	return tenantColumn != "" && !found
}

// masked returns the columns that a proposal for the table does not pass.
func masked(t *schema.Table) []string {
	var names []string
	for _, p := range Propose(*t, Setting{}) {
		if p.Column.Mask != masking.Pass {
			names = append(names, p.Name)
		}
	}
	return names
}

// Rules returns the proposals as rules. Columns without a proposed rule are left out, so that a plan refuses them by name.
func Rules(tables []Table, tenantColumn string) masking.Rules {
	rules := masking.Rules{Version: masking.Version, TenantColumn: tenantColumn, Tables: map[string]masking.Table{}}
	for _, t := range tables {
		rule := masking.Table{Global: t.Global, References: t.References}
		for _, p := range t.Columns {
			if p.Column.Mask == "" {
				continue
			}
			if rule.Columns == nil {
				rule.Columns = map[string]masking.Column{}
			}
			rule.Columns[p.Name] = p.Column
		}
		rules.Tables[t.Name] = rule
	}
	return rules
}
