package sqlstore

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"
	_ "modernc.org/sqlite"

	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/configuration"
)

// A run that was prepared with the tables of version 1 is settled after the upgrade, and leaves settings alone.
func TestN5_InstallUpgradesTablesWithoutSettings(t *testing.T) {
	for driver, address := range map[string]func() string{
		"sqlite": func() string { return "file:" + filepath.Join(t.TempDir(), "store.db") },
		"pgx":    func() string { return testdb.Postgres(t) },
		"mysql":  func() string { return testdb.MySQL(t) },
	} {
		t.Run(driver, func(t *testing.T) {
			db, err := sqlx.Open(driver, address())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			d, err := NewDirectory(db)
			if err != nil {
				t.Fatal(err)
			}
			run := func(statements ...string) {
				t.Helper()
				for _, statement := range statements {
					if _, err := db.ExecContext(t.Context(), d.dialect.types.Replace(statement)); err != nil {
						t.Fatal(err)
					}
				}
			}
			run(versions[0]...)
			run(`CREATE TABLE retenant_store_version (version {integer} NOT NULL)`, `INSERT INTO retenant_store_version (version) VALUES (1)`,
				`INSERT INTO retenant_tenant (id, name, kind, communications, callouts, workflows, generation, token, outage_token, outage_run)
					VALUES ('t', 'T', 'sandbox', true, false, true, 4, 0, 0, 'r1')`,
				`INSERT INTO retenant_handover (tenant, run, communications, callouts, workflows, source, source_run, masked, settled)
					VALUES ('t', 'r1', false, false, false, 'origin', 'r1', true, false), ('t', 'r0', false, false, false, 'origin', 'r0', true, true)`)
			for range 2 {
				if err := Install(t.Context(), db); err != nil {
					t.Fatal(err)
				}
			}
			for _, id := range []refresh.RunID{"r0", "r1", "r1"} {
				if err := d.Settle(t.Context(), "t", id); err != nil {
					t.Fatal(err)
				}
			}
			if err := d.Open(t.Context(), "t", "r1"); err != nil {
				t.Fatal(err)
			}
			if tenant, err := d.Tenant(t.Context(), "t"); err != nil || tenant.Generation != 5 || !tenant.Settings.Quiet() || tenant.Provenance.Run != "r1" {
				t.Fatalf("%+v, %v", tenant, err)
			}
			want := configuration.Values{"theme": "dark", "": "refused"}
			set := func(configuration.Values) (configuration.Values, error) { return want, nil }
			if _, err := d.Configure(t.Context(), "t", set); err == nil {
				t.Fatal("a setting without name was kept")
			}
			delete(want, "")
			if _, err := d.Configure(t.Context(), "t", set); err != nil {
				t.Fatal(err)
			}
			if state, err := d.Configuration(t.Context(), "t"); err != nil || !maps.Equal(state.Values, want) || state.Baseline != nil {
				t.Fatalf("%+v, %v", state, err)
			}
		})
	}
}

// What a run was to set does not stay behind once it is in effect, and a damaged record shows no setting.
func TestN5_HandoversDoNotStayBehind(t *testing.T) {
	db, err := sqlx.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if err := Install(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	d, err := NewDirectory(db)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Declare(t.Context(), tenancy.Tenant{ID: "t", Kind: tenancy.Sandbox}); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(t.Context(), "t", tenancy.Outage{Run: "r1"}); err != nil {
		t.Fatal(err)
	}
	handover := refresh.Handover{Run: "r1", Target: "t", Configuration: &configuration.Change{Set: configuration.Values{"a": "text of a setting"}}}
	if err := d.Prepare(t.Context(), handover); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `UPDATE retenant_handover SET configuration = '{"sett": {"a": "text of a setting"}}'`); err != nil {
		t.Fatal(err)
	}
	if err := d.Settle(t.Context(), "t", "r1"); err == nil || strings.Contains(err.Error(), "text of a setting") {
		t.Fatalf("a damaged record: %v", err)
	}
	if _, err := db.ExecContext(t.Context(), `UPDATE retenant_handover SET configuration = NULL`); err != nil {
		t.Fatal(err)
	}
	if err := d.Prepare(t.Context(), handover); err != nil {
		t.Fatal(err)
	}
	if err := d.Settle(t.Context(), "t", "r1"); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := db.GetContext(t.Context(), &left, `SELECT count(*) FROM retenant_handover WHERE configuration IS NOT NULL`); err != nil || left != 0 {
		t.Fatalf("%d records of what was set are left, %v", left, err)
	}
}
