package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	driver "modernc.org/sqlite"
	code "modernc.org/sqlite/lib"

	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/tenancy/schema"
)

// dialect implements [sqldata.Dialect] and [sqldata.Suspender].
type dialect struct {
	shared bool // source and target are in one file
}

// Name implements [sqldata.Dialect].
func (dialect) Name() string { return "sqlite" }

// Quote implements [sqldata.Dialect].
func (dialect) Quote(name string) string { return quote(name) }

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func literal(text string) string { return `'` + strings.ReplaceAll(text, `'`, `''`) + `'` }

// Placeholder implements [sqldata.Dialect].
func (dialect) Placeholder(int) string { return "?" }

// MaxParameters implements [sqldata.Dialect]. SQLite takes 32766, but its driver looks for the value of each parameter among all of them, so the
// time for a row grows with their number; and each statement costs some microseconds, so it grows with few rows too. It is least at about 70.
func (dialect) MaxParameters() int { return 72 }

// Direct implements [sqldata.Direct].
func (dialect) Direct(conn any) (sqldata.Driver, bool) {
	d, ok := conn.(sqldata.Driver)
	return d, ok
}

// The memory that a connection's pages may take, in KiB. Making an index may take as much once more; what is beyond that goes to temporary files. A landing gets
// more, since it writes into indexes in another order than theirs.
const (
	snapshotKiB = 8 << 10
	landingKiB  = 32 << 10
)

// errNotReused makes a pool throw a connection away: its settings are no longer those it was opened with.
var errNotReused = errors.New("sqlite: the connection is not given back to the pool")

// BeginSnapshot implements [sqldata.Dialect].
func (dialect) BeginSnapshot(ctx context.Context, conn *sqlx.Conn) (time.Time, error) {
	for _, statement := range []string{"PRAGMA query_only = ON", fmt.Sprintf("PRAGMA cache_size = -%d", snapshotKiB), "PRAGMA temp_store = FILE", "BEGIN"} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return time.Time{}, err
		}
	}
	var at string // the first read fixes the point in time
	if err := conn.GetContext(ctx, &at, "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now') FROM (SELECT count(*) FROM sqlite_schema)"); err != nil {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339Nano, at)
}

// BeginStage implements [sqldata.Dialect]: the write lock of the whole file is taken here, so what others had open has ended.
func (dialect) BeginStage(ctx context.Context, conn *sqlx.Conn) error {
	for _, statement := range []string{
		"PRAGMA foreign_keys = OFF", // references are verified by set, and no cascade reaches the rows of others
		fmt.Sprintf("PRAGMA cache_size = -%d", landingKiB),
		"PRAGMA temp_store = FILE",
		"BEGIN IMMEDIATE",
	} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// End implements [sqldata.Dialect].
func (dialect) End(ctx context.Context, conn *sqlx.Conn) error {
	_, _ = conn.ExecContext(ctx, "ROLLBACK") // an error says that nothing is open
	return errNotReused
}

// Reserve implements [sqldata.Dialect]: under the write lock of the file nobody else takes a key.
func (dialect) Reserve(ctx context.Context, conn *sqlx.Conn, table *schema.Table, column schema.Column, above, n int64) (int64, error) {
	var last int64
	if err := conn.GetContext(ctx, &last, "SELECT coalesce(max("+quote(column.Name)+"), 0) FROM "+table.SQL); err != nil {
		return 0, err
	}
	last = max(last, above)
	var counter int64
	var counted bool
	if err := conn.GetContext(ctx, &counted, "SELECT count(*) > 0 FROM sqlite_schema WHERE name = 'sqlite_sequence'"); err != nil {
		return 0, err
	}
	if counted {
		if err := conn.GetContext(ctx, &counter, "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?1", table.Name); err != nil {
			return 0, err
		}
	}
	last = max(last, counter)
	if last > math.MaxInt64-n {
		return 0, fmt.Errorf("%s.%s: there are no %d keys left above %d", table.Name, column.Name, n, last)
	}
	return last + 1, nil
}

// Changes implements [sqldata.Dialect].
func (dialect) Changes(ctx context.Context, conn *sqlx.Conn) (int64, error) {
	var n int64
	err := conn.GetContext(ctx, &n, "SELECT total_changes()")
	return n, err
}

// Suspend implements [sqldata.Suspender]: SQLite cannot switch triggers off, but DDL is a part of the transaction.
func (dialect) Suspend(ctx context.Context, conn *sqlx.Conn, tables []*schema.Table) (func(context.Context) error, error) {
	var statements []string
	for _, t := range tables {
		var triggers []struct{ Name, SQL string }
		if err := conn.SelectContext(ctx, &triggers, "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE ORDER BY rowid", t.Name); err != nil {
			return nil, err
		}
		for _, trigger := range triggers {
			if _, err := conn.ExecContext(ctx, "DROP TRIGGER "+quote(trigger.Name)); err != nil {
				return nil, fmt.Errorf("suspending trigger %s: %w", trigger.Name, err)
			}
			statements = append(statements, trigger.SQL)
		}
	}
	return func(ctx context.Context) error {
		for _, statement := range statements {
			if _, err := conn.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("putting a trigger back: %w", err)
			}
		}
		return nil
	}, nil
}

// stateTables are the tables of retenant, which stand beside the tenants' own.
var stateTables = []struct{ name, definition string }{
	{"retenant_fence", `(tenant TEXT PRIMARY KEY, token INTEGER NOT NULL, generation INTEGER NOT NULL) WITHOUT ROWID`},
	{"retenant_commit", `(run TEXT PRIMARY KEY, tenant TEXT NOT NULL, token INTEGER NOT NULL, source TEXT NOT NULL, as_of TEXT NOT NULL) WITHOUT ROWID`},
	{"retenant_key_set", `(target TEXT NOT NULL, source TEXT NOT NULL, table_name TEXT NOT NULL, generations BLOB NOT NULL, last_key INTEGER NOT NULL,
		PRIMARY KEY (target, source, table_name))`},
	{"retenant_retired_key", `(target TEXT NOT NULL, source TEXT NOT NULL, table_name TEXT NOT NULL, copy_key TEXT NOT NULL,
		PRIMARY KEY (target, source, table_name, copy_key)) WITHOUT ROWID`},
	{"retenant_row_digest", `(target TEXT NOT NULL, table_name TEXT NOT NULL, piece INTEGER NOT NULL, data BLOB NOT NULL,
		PRIMARY KEY (target, table_name, piece))`},
}

// stateNames returns the names of these tables as a list for IN.
func stateNames() string {
	names := make([]string, len(stateTables))
	for i, t := range stateTables {
		names[i] = literal(t.name)
	}
	return "(" + strings.Join(names, ", ") + ")"
}

// StateTables implements [sqldata.Dialect].
func (dialect) StateTables() []string {
	statements := make([]string, len(stateTables))
	for i, t := range stateTables {
		statements[i] = "CREATE TABLE IF NOT EXISTS " + t.name + " " + t.definition
	}
	return statements
}

// CountStateTables implements [sqldata.Dialect].
func (dialect) CountStateTables() string {
	return "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN " + stateNames()
}

// Explain implements [sqldata.Dialect].
func (dialect) Explain(err error) error {
	var e *driver.Error
	var done *explained
	if errors.As(err, &done) || !errors.As(err, &e) {
		return err
	}
	advice := ""
	switch e.Code() & 0xff {
	case code.SQLITE_BUSY, code.SQLITE_LOCKED:
		advice = "another connection holds the file's write lock; let it end, then run again"
	case code.SQLITE_READONLY:
		advice = "the file or its folder is read-only; give this process the right to write both"
	case code.SQLITE_FULL:
		advice = "the disk is full; free space, then run again"
	case code.SQLITE_CANTOPEN:
		advice = "the file cannot be opened; check its path and the rights on its folder"
	case code.SQLITE_NOTADB:
		advice = "the file is not a SQLite database; check its path"
	case code.SQLITE_CORRUPT:
		advice = "the file is damaged; run PRAGMA integrity_check on it"
	case code.SQLITE_IOERR:
		advice = "reading or writing the file failed; check the disk and its free space"
	default:
		return err
	}
	return &explained{advice, err}
}

// explained puts advice before an error of the driver. Explaining again adds nothing.
type explained struct {
	advice string
	err    error
}

// Error gives the advice and what the driver said.
func (e *explained) Error() string { return fmt.Sprintf("%s (%v)", e.advice, e.err) }

// Unwrap returns the driver's error.
func (e *explained) Unwrap() error { return e.err }
