package testdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// PostgresEnv names the environment variable with the URL of a server in which tests may create databases. Without it, a private server
// is started.
const PostgresEnv = "RETENANT_TEST_POSTGRES"

// errNoPostgres says that there are no binaries to start a server from.
var errNoPostgres = errors.New("no PostgreSQL found; install it (Debian: apt-get install postgresql; macOS: brew install postgresql), or set " +
	PostgresEnv + " to the URL of a server in which databases may be created")

// postgresServer is started at most once for each test binary. It is kept here until the end, and its lifeline with it.
var postgresServer = sync.OnceValues(func() (engine, error) {
	if dsn := os.Getenv(PostgresEnv); dsn != "" {
		return engine{dsn: dsn}, nil
	}
	return startPostgres()
})

// Postgres returns the URL of an empty database, for the driver "pgx". The database is dropped at the end of the test, with whoever is still connected
// to it. The user may do anything in it. Without an engine the test is skipped, and fails where CI is set.
func Postgres(t testing.TB) string {
	t.Helper()
	e, name := fresh(t, postgresServer, errNoPostgres)
	if err := administer(e.dsn, "CREATE DATABASE "+name); err != nil {
		t.Fatalf("creating a database for the test: %v", err)
	}
	t.Cleanup(func() {
		if err := administer(e.dsn, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("dropping the test's database: %v", err)
		}
	})
	dsn, err := inDatabase(e.dsn, name)
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}

// administer runs a statement on the server. A server that is just starting is waited for.
func administer(dsn, statement string) error {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err = db.ExecContext(ctx, statement)
	return err
}

// inDatabase replaces the database in a URL or in a list of settings.
func inDatabase(dsn, name string) (string, error) {
	if !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "postgresql://") {
		return dsn + " dbname=" + name, nil // the last one counts
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return "", fmt.Errorf("%s is no URL", PostgresEnv) // the cause would show its password
	}
	u.Path = "/" + name
	return u.String(), nil
}
