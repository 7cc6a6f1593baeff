package mysql_test

import (
	"context"
	"os"
	"testing"

	driver "github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/adaptertest"
	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/adapters/mysql"
	"github.com/retenant/retenant/adapters/sqldata"
)

// open opens a database until the end of the test.
func open(t testing.TB, dsn string) *sqlx.DB {
	t.Helper()
	db, err := mysql.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// with returns a DSN with parameters of the driver and variables of the session.
func with(t testing.TB, dsn string, change func(*driver.Config)) string {
	t.Helper()
	config, err := driver.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	if config.Params == nil {
		config.Params = map[string]string{}
	}
	change(config)
	return config.FormatDSN()
}

// inUTC is how a host opens the database that writes what the suites give it.
func inUTC(t testing.TB, dsn string) string {
	return with(t, dsn, func(c *driver.Config) { c.Params["time_zone"] = "'+00:00'" })
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

// harness has tenants that share the tables of a database, which retenant opens in its own way.
func harness(change func(*driver.Config)) adaptertest.DataHarness {
	return adaptertest.DataHarness{Stride: 11, Padded: true, New: func(t *testing.T) adaptertest.Database {
		dsn := testdb.MySQL(t)
		host := adaptertest.SQL{DB: open(t, inUTC(t, dsn)).DB, Dialect: adaptertest.MariaDB}
		if err := host.Install(t.Context()); err != nil {
			t.Fatal(err)
		}
		return host.Database(mysql.Shared(open(t, with(t, dsn, change)), sqldata.Config{}))
	}}
}

func plain(*driver.Config) {}

func TestConformance(t *testing.T) { adaptertest.Data(t, harness(plain)) }

// TestConformanceWithOtherParameters has a host's pool that is opened as differently as it can be.
func TestConformanceWithOtherParameters(t *testing.T) {
	h := harness(func(c *driver.Config) {
		c.ParseTime, c.InterpolateParams, c.ClientFoundRows, c.MultiStatements = true, true, true, true
		c.Params["time_zone"], c.Params["sql_mode"] = "'+10:00'", "'ANSI_QUOTES,PAD_CHAR_TO_FULL_LENGTH,NO_ZERO_DATE,NO_ZERO_IN_DATE'"
	})
	h.Brief = true
	adaptertest.Data(t, h)
}

// TestRuns injects faults at every third call, unless tests are to be short, and with RETENANT_TEST_EVERY_CALL set at every one: a commit takes long here. SQLite
// goes through the same code with a fault at every call.
func TestRuns(t *testing.T) {
	h := harness(plain)
	switch {
	case os.Getenv("RETENANT_TEST_EVERY_CALL") != "":
		h.Stride = 1
	case !testing.Short():
		h.Stride = 3
	}
	adaptertest.Runs(t, h)
}
