package postgres_test

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/adaptertest"
	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/adapters/postgres"
	"github.com/retenant/retenant/adapters/sqldata"
)

// open opens a database until the end of the test.
func open(t testing.TB, url string) *sqlx.DB {
	t.Helper()
	db, err := postgres.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// must runs statements.
func must(t testing.TB, db sqlx.ExecerContext, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := db.ExecContext(context.WithoutCancel(t.Context()), statement); err != nil {
			t.Fatalf("%v in %s", err, statement)
		}
	}
}

// plainRole makes a role without any right of its own and returns the URL by which it connects. The role is dropped with the test.
func plainRole(t *testing.T, address string) (role, asRole string) {
	t.Helper()
	admin := open(t, address)
	role = "plain_" + strings.ToLower(rand.Text()[:12])
	must(t, admin, "CREATE ROLE "+role+" LOGIN PASSWORD 'pässword'")
	t.Cleanup(func() {
		must(t, admin, "DROP OWNED BY "+role, "DROP ROLE "+role)
	})
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, "pässword")
	return role, u.String()
}

// harness has tenants that share the tables of a database. The host is the owner, retenant a role of its own.
func harness(superuser bool) adaptertest.DataHarness {
	return adaptertest.DataHarness{Stride: 11, Brief: !superuser, New: func(t *testing.T) adaptertest.Database {
		address := testdb.Postgres(t)
		db := open(t, address)
		host := adaptertest.SQL{DB: db.DB, Dialect: adaptertest.Postgres}
		if err := host.Install(t.Context()); err != nil {
			t.Fatal(err)
		}
		if superuser {
			return host.Database(postgres.Shared(db, sqldata.Config{}))
		}
		role, asRole := plainRole(t, address)
		must(t, db, "GRANT CREATE ON SCHEMA public TO "+role, "GRANT SELECT, INSERT, DELETE ON ALL TABLES IN SCHEMA public TO "+role,
			"GRANT USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA public TO "+role,
			"GRANT UPDATE (parent_id) ON activities, assets TO "+role, "GRANT UPDATE (part_of) ON parts TO "+role, // for the second pass
			"GRANT UPDATE (token, name) ON companies TO "+role,                        // to keep secrets, and for the suite
			"ALTER TABLE persons ALTER CONSTRAINT persons_company_id_fkey DEFERRABLE") // else no row may go to which another tenant's row refers, not even for a moment
		return host.Database(postgres.Shared(open(t, asRole), sqldata.Config{}))
	}}
}

func TestConformance(t *testing.T) { adaptertest.Data(t, harness(true)) }

// TestConformanceWithChecks has a role that cannot suspend the engine's checks.
func TestConformanceWithChecks(t *testing.T) { adaptertest.Data(t, harness(false)) }

// TestRuns injects faults at every third call, unless tests are to be short, and with RETENANT_TEST_EVERY_CALL set at every one: each takes a database of its own. SQLite
// goes through the same code with a fault at every call.
func TestRuns(t *testing.T) {
	h := harness(true)
	switch {
	case os.Getenv("RETENANT_TEST_EVERY_CALL") != "":
		h.Stride = 1
	case !testing.Short():
		h.Stride = 3
	}
	adaptertest.Runs(t, h)
}

// TestRunsWithChecks has a role that cannot suspend the engine's checks, so that references of activities to each other are set in a second pass.
func TestRunsWithChecks(t *testing.T) { adaptertest.Runs(t, harness(false)) }
