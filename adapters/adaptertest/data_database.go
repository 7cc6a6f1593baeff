package adaptertest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// Database is a store with the tables of a [CRM], seen from two sides: by the engine through Target, and by a host through the functions, which must not use
// the adapter's code. The functions take the tenant whose database is meant; where tenants share tables it may be ignored.
type Database struct {
	Target refresh.Target
	// Directory has no tenants yet; nil is a directory of package memory.
	Directory HostDirectory
	// Insert adds rows. A row without id gets one from the database, as a host's own INSERT does; after rows with an id the database
	// hands out higher ones. Where tenants have databases of their own, it makes one that is missing.
	Insert func(ctx context.Context, tenant tenancy.ID, table string, rows ...Row) error
	// Update sets columns in all rows that have the values of where.
	Update func(ctx context.Context, tenant tenancy.ID, table string, where, set Row) error
	// Delete takes out all rows that have the values of where.
	Delete func(ctx context.Context, tenant tenancy.ID, table string, where Row) error
	// Rows reads all rows of a table in the tenant's database; there are none in one that does not exist. What it reads is committed.
	Rows func(ctx context.Context, tenant tenancy.ID, table string) ([]Row, error)
}

// Database returns the database of the host's side s and the adapter's target, for tables that tenants share.
func (s SQL) Database(target refresh.Target) Database {
	return Database{
		Target: target,
		Insert: func(ctx context.Context, _ tenancy.ID, table string, rows ...Row) error {
			return s.Insert(ctx, table, rows...)
		},
		Update: func(ctx context.Context, _ tenancy.ID, table string, where, set Row) error {
			return s.Update(ctx, table, where, set)
		},
		Delete: func(ctx context.Context, _ tenancy.ID, table string, where Row) error {
			return s.Delete(ctx, table, where)
		},
		Rows: func(ctx context.Context, _ tenancy.ID, table string) ([]Row, error) { return s.Rows(ctx, table) },
	}
}

// picture is everything that a database holds: rows by owner and table, in order of label. The owner "" is nobody.
type picture map[tenancy.ID]Rows

// picture reads the rows of all tenants.
func (c CRM) picture(t *testing.T, db Database, tenants []tenancy.ID) picture {
	t.Helper()
	p := picture{}
	spaces := tenants
	if !c.own() {
		spaces = tenants[:1]
	}
	for _, tenant := range spaces {
		for _, table := range c.tables() {
			rows, err := db.Rows(t.Context(), tenant, table.name)
			if err != nil {
				t.Fatalf("reading %s as a host: %v", table.name, err)
			}
			for _, row := range rows {
				owner := tenancy.ID(row[TenantColumn])
				if c.own() {
					owner = tenant
				}
				if p[owner] == nil {
					p[owner] = Rows{}
				}
				p[owner][table.name] = append(p[owner][table.name], row)
			}
		}
	}
	for _, rows := range p {
		for _, list := range rows {
			slices.SortFunc(list, func(a, b Row) int { return strings.Compare(order(a), order(b)) })
		}
	}
	return p
}

func order(r Row) string { return r["label"] + "\x00" + r["id"] + "\x00" + r["code"] }

// differs returns what differs between two pictures in the rows of all owners but those named.
func (p picture) differs(other picture, but ...tenancy.ID) string {
	a, b := maps.Clone(p), maps.Clone(other)
	for _, owner := range but {
		delete(a, owner)
		delete(b, owner)
	}
	return cmp.Diff(a, b)
}

// duplicates returns the keys that two rows have (C14).
func (c CRM) duplicates(p picture) []string {
	var found []string
	for _, table := range c.tables() {
		seen := map[string]bool{}
		for owner, rows := range p {
			for _, row := range rows[table.name] {
				var parts []string
				for _, name := range table.key {
					parts = append(parts, row[name])
				}
				key := strings.Join(parts, ", ")
				if c.own() {
					key = string(owner) + ": " + key
				}
				if seen[key] {
					found = append(found, fmt.Sprintf("%s: two rows have the key (%s)", table.name, key))
				}
				seen[key] = true
			}
		}
	}
	return found
}
