package testdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

// MySQLEnv names the environment variable with the DSN of a server, MariaDB or MySQL, in which tests may create databases and users: in the form of
// the driver "mysql". Without it, a private server is started.
const MySQLEnv = "RETENANT_TEST_MYSQL"

// errNoMySQL says that there are no binaries to start a server from.
var errNoMySQL = errors.New("no MariaDB found; install it (Debian: apt-get install mariadb-server; macOS: brew install mariadb), or set " +
	MySQLEnv + " to the DSN of a server in which databases may be created")

// mysqlServer is started at most once for each test binary. It is kept here until the end, and its lifeline with it.
var mysqlServer = sync.OnceValues(func() (engine, error) {
	if dsn := os.Getenv(MySQLEnv); dsn != "" {
		if _, err := mysql.ParseDSN(dsn); err != nil {
			return engine{}, fmt.Errorf("%s is no DSN", MySQLEnv) // the cause may show its password
		}
		return engine{dsn: dsn}, nil
	}
	return startMySQL()
})

// MySQL returns the DSN of an empty database, for the driver "mysql". The database is dropped at the end of the test, with whoever is still connected
// to it. The user may do anything. Without an engine the test is skipped, and fails where CI is set.
func MySQL(t testing.TB) string {
	t.Helper()
	e, name := fresh(t, mysqlServer, errNoMySQL)
	if err := onMySQL(e.dsn, func(ctx context.Context, db *sql.DB) error {
		_, err := db.ExecContext(ctx, "CREATE DATABASE "+name)
		return err
	}); err != nil {
		t.Fatalf("creating a database for the test: %v", err)
	}
	t.Cleanup(func() {
		if err := onMySQL(e.dsn, func(ctx context.Context, db *sql.DB) error { return dropMySQL(ctx, db, name) }); err != nil {
			t.Errorf("dropping the test's database: %v", err)
		}
	})
	config, err := mysql.ParseDSN(e.dsn)
	if err != nil {
		t.Fatal("the server's DSN cannot be read")
	}
	config.DBName = name
	return config.FormatDSN()
}

// dropMySQL drops a database. Whoever still has a transaction open in it is ended, since the statement would wait for it.
func dropMySQL(ctx context.Context, db *sql.DB, name string) error {
	rows, err := db.QueryContext(ctx, "SELECT id FROM information_schema.processlist WHERE db = ?", name)
	if err != nil {
		return err
	}
	defer rows.Close()
	var sessions []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		sessions = append(sessions, id)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, id := range sessions {
		_, _ = db.ExecContext(ctx, fmt.Sprintf("KILL %d", id)) // it may be gone by now
	}
	_, err = db.ExecContext(ctx, "DROP DATABASE IF EXISTS "+name)
	return err
}

// onMySQL does something on the server.
func onMySQL(dsn string, do func(context.Context, *sql.DB) error) error {
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return do(ctx, db)
}
