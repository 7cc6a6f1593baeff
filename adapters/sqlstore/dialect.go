package sqlstore

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"
)

// dialect is what differs between the engines.
type dialect struct {
	name    string
	types   *strings.Replacer // {id}, {text}, {instant}, …: the column types of the tables
	now     string            // the query for the database's clock
	lock    string            // ends a SELECT whose row is to be locked until the end of the transaction
	begin   []string          // begin a transaction that writes
	settle  string            // first statement of one; "" is none
	install string            // the query that lets one installation wait for another; "" is none
	let     string            // the query that lets the next one go, where the end of the transaction does not; "" is none
	durable string            // asks whether what is committed survives; "" where each transaction sees to it
	ignore  string            // ends an INSERT that adds nothing where the row is there already; "" where it fails instead
	taken   func(error) bool  // whether an INSERT failed for that reason; nil where ignore is set
	done    func(error) bool  // whether a statement of an installation was run before, where DDL is not a part of transactions; else nil
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
	case "mysql":
		return &mysql, nil
	default:
		return nil, fmt.Errorf("sqlstore: driver %q is not known; open the database with \"sqlite\" (modernc.org/sqlite), \"pgx\", \"postgres\" or \"mysql\"", name)
	}
}

// SQLite has one writer: its transactions take the write lock when they begin, and need no locks of rows.
var sqlite = dialect{
	name:    "sqlite",
	types:   strings.NewReplacer("{id}", "TEXT", "{text}", "TEXT", "{integer}", "INTEGER", "{boolean}", "BOOLEAN", "{instant}", "TEXT", "{serial}", "INTEGER PRIMARY KEY AUTOINCREMENT"),
	now:     `SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z'`,
	begin:   []string{"BEGIN IMMEDIATE"},
	ignore:  " ON CONFLICT DO NOTHING",
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
	types: strings.NewReplacer("{id}", `text COLLATE "C"`, "{text}", `text COLLATE "C"`, "{integer}", "bigint", "{boolean}", "boolean", "{instant}", "timestamptz",
		"{serial}", "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
	now:     `SELECT clock_timestamp()`,
	lock:    ` FOR UPDATE`,
	begin:   []string{"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"},
	ignore:  " ON CONFLICT DO NOTHING",
	settle:  "SET LOCAL synchronous_commit TO on",
	install: "SELECT 1 FROM pg_advisory_xact_lock(7306941563187)",
	again: func(err error) bool {
		state := sqlState(err)
		return state == "40001" || state == "40P01"
	},
	missing: func(err error) bool { return sqlState(err) == "42P01" && strings.Contains(err.Error(), "retenant_") },
}

// MySQL and MariaDB lock rows too. Ids are byte strings: of texts these servers find some equal that are not, with spaces at their end at least. Instants
// are texts, because the driver's parameters decide what becomes of others.
var mysql = dialect{
	name: "mysql",
	types: strings.NewReplacer("{id}", "VARBINARY(512)", "{text}", "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "{integer}", "BIGINT", "{boolean}", "BOOLEAN",
		"{instant}", "VARBINARY(27)", "{serial}", "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY"),
	now:     `SELECT CONCAT(DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%f'), 'Z')`,
	lock:    ` FOR UPDATE`,
	begin:   []string{"SET TRANSACTION ISOLATION LEVEL READ COMMITTED", "START TRANSACTION READ WRITE"},
	install: "SELECT coalesce(GET_LOCK('retenant install', 60), 0)",
	let:     "SELECT coalesce(RELEASE_LOCK('retenant install'), 0)",
	durable: `SELECT @@innodb_flush_log_at_trx_commit = 1`,
	taken:   func(err error) bool { return mysqlNumber(err) == 1062 },
	done:    func(err error) bool { return slices.Contains([]int{1050, 1060, 1061, 1062}, mysqlNumber(err)) },
	again:   func(err error) bool { return slices.Contains([]int{1020, 1205, 1213}, mysqlNumber(err)) },
	missing: func(err error) bool { return mysqlNumber(err) == 1146 && strings.Contains(err.Error(), "retenant_") },
}

var mysqlError = regexp.MustCompile(`(?:^|[^\w])Error (\d{4,5})(?: \(\w{5}\))?: `)

// mysqlNumber returns the number of an error of MySQL, without knowing the driver: its text begins with it.
func mysqlNumber(err error) int {
	if m := mysqlError.FindStringSubmatch(err.Error()); m != nil {
		n, _ := strconv.Atoi(m[1])
		return n
	}
	return 0
}

// sqlState returns PostgreSQL's code of an error, without knowing the driver.
func sqlState(err error) string {
	var coded interface{ SQLState() string }
	if !errors.As(err, &coded) {
		return ""
	}
	return coded.SQLState()
}
