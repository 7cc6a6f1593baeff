package classify

import (
	"slices"
	"strings"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// References proposes references that the database does not declare: columns that are named after another table and have the type of its key,
// such as owner_id where there is a table owners, and parent_id for the table itself. A run verifies them as it does the declared ones.
func References(s *schema.Schema, table schema.Table, tenantColumn string) []masking.Reference {
	declared := structural(&table, Setting{TenantColumn: tenantColumn})
	var list []masking.Reference
	for _, column := range table.Stored() {
		n := nameOf(column.Name)
		if declared[column.Name] || !identifier(n) || slices.Contains(table.PrimaryKey, column.Name) {
			continue
		}
		stem := strings.TrimSpace(n.spaced)
		stem = strings.ReplaceAll(stem[:max(0, strings.LastIndex(stem, " "))], " ", "")
		for i := range s.Tables {
			to := &s.Tables[i]
			_, bare, qualified := strings.Cut(to.Name, ".")
			if !qualified {
				bare = to.Name
			}
			named := stem != "" && singular(nameOf(bare).joined) == singular(stem)
			if stem == "parent" && to.Name == table.Name {
				named = true
			}
			if named && len(to.PrimaryKey) == 1 {
				if key, _ := to.Column(to.PrimaryKey[0]); key.Type == column.Type {
					list = append(list, masking.Reference{Columns: []string{column.Name}, To: to.Name})
					break
				}
			}
		}
	}
	return list
}

// Referenced returns the columns of the table that references of the schema lead to, declared or not, sorted by name; further are references
// that the schema does not declare, by the table that has them.
func Referenced(s *schema.Schema, table string, further map[string][]masking.Reference) []string {
	var columns []string
	to := s.Table(table)
	add := func(name string, names []string) {
		if name != table || to == nil {
			return
		}
		if len(names) == 0 {
			names = to.PrimaryKey
		}
		columns = append(columns, names...)
	}
	for _, t := range s.Tables {
		for _, key := range t.ForeignKeys {
			add(key.To, key.ToColumns)
		}
		for _, reference := range further[t.Name] {
			add(reference.To, reference.ToColumns)
		}
	}
	slices.Sort(columns)
	return slices.Compact(columns)
}

// TenantColumn returns the column that most tables have and that is named like the one that tells tenants apart, and the number of tables that
// have it; "" is none. It is a guess to tell a person, not more.
func TenantColumn(s *schema.Schema) (column string, tables int) {
	for _, candidate := range []string{"tenant id", "tenant", "tenant no", "tenant number", "tenant key", "tenant uuid", "mandant", "mandant id", "organization id", "organisation id", "org id", "workspace id",
		"account id", "site id", "customer id", "client id", "company id"} {
		count := map[string]int{}
		for _, t := range s.Tables {
			for _, c := range t.Stored() {
				if n := nameOf(c.Name); strings.TrimSpace(n.spaced) == candidate || n.joined == strings.ReplaceAll(candidate, " ", "") {
					count[c.Name]++
				}
			}
		}
		for name, n := range count {
			if n > tables || n == tables && name < column {
				column, tables = name, n
			}
		}
		if tables >= 2 && 2*tables >= len(s.Tables) {
			return column, tables
		}
		column, tables = "", 0
	}
	return "", 0
}
