package adaptertest

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

// The host's side of the CRM writes and reads back every row in each engine: what it reads as text or integer is what was written, and a second
// database with the same rows reads the same.
func TestD23_CRMInSQL(t *testing.T) {
	for _, engine := range []struct {
		dialect Dialect
		open    func(t *testing.T) *sql.DB
	}{
		{SQLite, func(t *testing.T) *sql.DB {
			return connect(t, "sqlite", "file:"+filepath.Join(t.TempDir(), "crm.db")+"?_pragma=foreign_keys(1)")
		}},
		{Postgres, func(t *testing.T) *sql.DB { return connect(t, "pgx", testdb.Postgres(t)) }},
	} {
		for _, layout := range []refresh.KeySpace{refresh.SharedKeys, refresh.OwnKeys} {
			t.Run(string(engine.dialect)+" "+string(layout), func(t *testing.T) {
				crm := CRM{Layout: layout}
				tenants := []tenancy.ID{production, neighbor}
				if crm.own() {
					tenants = tenants[:1]
				}
				var pictures [2]picture
				for i := range pictures {
					pictures[i] = written(t, SQL{DB: engine.open(t), CRM: crm, Dialect: engine.dialect}, tenants)
				}
				if difference := cmp.Diff(pictures[0], pictures[1]); difference != "" {
					t.Errorf("the same rows read otherwise in a second database:\n%s", difference)
				}
			})
		}
	}
}

func connect(t *testing.T, driver, source string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// written fills a database and returns what it holds.
func written(t *testing.T, s SQL, tenants []tenancy.ID) picture {
	t.Helper()
	if err := s.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows := s.CRM.populate(tenants, 9)
	db := s.Database(nil)
	for _, owner := range append([]tenancy.ID{""}, tenants...) {
		for _, table := range s.CRM.tables() {
			if err := db.Insert(t.Context(), owner, table.name, rows[owner][table.name]...); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := db.Insert(t.Context(), production, "items", (&stand{crm: s.CRM}).row(production, Row{"label": "plain"})); err != nil {
		t.Fatalf("an insert without a key after some with one: %v", err)
	}
	if err := db.Delete(t.Context(), production, "items", Row{"label": "plain"}); err != nil {
		t.Fatal(err)
	}
	found := s.CRM.picture(t, db, tenants)
	for owner, tables := range rows {
		for _, table := range s.CRM.tables() {
			byLabel := map[string]Row{}
			for _, row := range found[owner][table.name] {
				byLabel[row["label"]] = row
			}
			if len(byLabel) != len(tables[table.name]) {
				t.Errorf("%s of tenant %q: %d rows were written and %d read", table.name, owner, len(tables[table.name]), len(byLabel))
			}
			for _, row := range tables[table.name] {
				for _, column := range table.columns {
					want, given := row[column.name]
					got, there := byLabel[row["label"]][column.name]
					if exact := column.kind == schema.Text || column.kind == schema.Integer; given != there || exact && got != want {
						t.Errorf("%s.%s of %s: %s was written and %s read", table.name, column.name, row["label"], show(want, given), show(got, there))
					}
				}
			}
		}
	}
	return found
}
