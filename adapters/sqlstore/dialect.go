package sqlstore

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"
)

// dialect is what differs between the engines.
type dialect struct {
	name    string
	types   *strings.Replacer // {text}, {instant}, …: the column types of the tables
	now     string            // the query for the database's clock
	lock    string            // ends a SELECT whose row is to be locked until the end of the transaction
	begin   string            // begins a transaction that writes
	settle  string            // first statement of one; "" is none
	install string            // lets one installation wait for another; "" is none
	durable string            // asks whether what is committed survives; "" where each transaction sees to it
	again   func(error) bool  // whether a transaction that failed with it may succeed when it is run again
	missing func(error) bool  // whether a table is missing
}

// dialectOf chooses by the name of the database's driver.
func dialectOf(db *sqlx.DB) (*dialect, error) {
	if db == nil {
		return nil, errors.New("sqlstore: the database is missing")
	}
	switch name := db.DriverName(); name {
	case "sqlite":
		return &sqlite, nil
	case "pgx", "postgres":
		return &postgres, nil
	default:
		return nil, fmt.Errorf("sqlstore: driver %q is not known; open the database with \"sqlite\" (modernc.org/sqlite), \"pgx\" or \"postgres\"", name)
	}
}

// SQLite has one writer: its transactions take the write lock when they begin, and need no locks of rows.
var sqlite = dialect{
	name:    "sqlite",
	types:   strings.NewReplacer("{text}", "TEXT", "{integer}", "INTEGER", "{boolean}", "BOOLEAN", "{instant}", "TEXT", "{serial}", "INTEGER PRIMARY KEY AUTOINCREMENT"),
	now:     `SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z'`,
	begin:   "BEGIN IMMEDIATE",
	durable: `SELECT synchronous >= 2 FROM pragma_synchronous`,
	again: func(err error) bool { // SQLITE_BUSY and SQLITE_LOCKED, with all that extends them
		var coded interface{ Code() int }
		return errors.As(err, &coded) && (coded.Code()&0xff == 5 || coded.Code()&0xff == 6)
	},
	missing: func(err error) bool { return strings.Contains(err.Error(), "no such table: retenant_") },
}

// PostgreSQL locks rows. Texts compare by their bytes, whatever the database's collation.
var postgres = dialect{
	name: "postgres",
	types: strings.NewReplacer("{text}", `text COLLATE "C"`, "{integer}", "bigint", "{boolean}", "boolean", "{instant}", "timestamptz",
		"{serial}", "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
	now:     `SELECT clock_timestamp()`,
	lock:    ` FOR UPDATE`,
	begin:   "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
	settle:  "SET LOCAL synchronous_commit TO on",
	install: "SELECT pg_advisory_xact_lock(7306941563187)",
	again: func(err error) bool {
		state := sqlState(err)
		return state == "40001" || state == "40P01"
	},
	missing: func(err error) bool { return sqlState(err) == "42P01" && strings.Contains(err.Error(), "retenant_") },
}

// sqlState returns PostgreSQL's code of an error, without knowing the driver.
func sqlState(err error) string {
	var coded interface{ SQLState() string }
	if !errors.As(err, &coded) {
		return ""
	}
	return coded.SQLState()
}
