package sqlstore_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"
	_ "modernc.org/sqlite"

	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/adapters/sqlstore"
)

// testEngine is an engine that the tests run on.
type testEngine struct {
	name    string
	driver  string
	dsn     func(t *testing.T) string                   // of a new, empty database
	earlier func(column string, d time.Duration) string // an expression: the instant in a column, less d
}

var engines = []testEngine{
	{"SQLite", "sqlite", func(t *testing.T) string {
		return "file:" + filepath.Join(t.TempDir(), "store.db") + "?_pragma=journal_mode(WAL)"
	}, func(column string, d time.Duration) string {
		return fmt.Sprintf(`strftime('%%Y-%%m-%%dT%%H:%%M:%%f', %s, '-%d seconds') || '000Z'`, column, d/time.Second)
	}},
	{"PostgreSQL", "pgx", func(t *testing.T) string { return testdb.Postgres(t) }, func(column string, d time.Duration) string {
		return fmt.Sprintf(`%s - interval '%d seconds'`, column, d/time.Second)
	}},
	{"MariaDB", "mysql", func(t *testing.T) string { return testdb.MySQL(t) }, func(column string, d time.Duration) string {
		return fmt.Sprintf(`CONCAT(DATE_FORMAT(CAST(LEFT(%s, 26) AS DATETIME(6)) - INTERVAL %d SECOND, '%%Y-%%m-%%dT%%H:%%i:%%s.%%f'), 'Z')`, column, d/time.Second)
	}},
}

// onEach runs a test on each engine.
func onEach(t *testing.T, test func(t *testing.T, e testEngine)) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) { test(t, e) })
	}
}

func (e testEngine) open(t *testing.T, dsn string) *sqlx.DB {
	t.Helper()
	db, err := sqlx.Open(e.driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// installed returns an open database with our tables, and its DSN.
func (e testEngine) installed(t *testing.T) (*sqlx.DB, string) {
	t.Helper()
	dsn := e.dsn(t)
	db := e.open(t, dsn)
	if err := sqlstore.Install(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	return db, dsn
}

func (e testEngine) directory(t *testing.T, db *sqlx.DB) *sqlstore.Directory {
	t.Helper()
	d, err := sqlstore.NewDirectory(db)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (e testEngine) store(t *testing.T, db *sqlx.DB) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.NewStore(db)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustExec(t *testing.T, db *sqlx.DB, statement string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), db.Rebind(statement), args...); err != nil {
		t.Fatal(err)
	}
}
