package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/adapters/sqlstore"
)

// stateUse says what a command does with the state file.
type stateUse int

const (
	readState  stateUse = iota // the file may be read-only
	writeState                 // the file has its tables
	alterState                 // tables that the file lacks are made; the file is there
	makeState                  // the file and its tables are made where they are missing; for tenant add alone
)

// tenantctl_tenant says where tenants' rows are; tenantctl_run by which rules and profile a refresh is run, and between which databases, so that it can be
// resumed and verified by the same; tenantctl_unmask who may authorize a copy without masks.
const stateTables = `
CREATE TABLE IF NOT EXISTS tenantctl_tenant (id TEXT PRIMARY KEY NOT NULL, url TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tenantctl_run (id TEXT PRIMARY KEY NOT NULL, rules TEXT NOT NULL, profile TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tenantctl_unmask (name TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID;`

// openState opens the state file. A file that holds anything else is neither used nor changed.
func (a *app) openState(ctx context.Context, use stateUse) (*state, error) {
	mode := sqlite.ReadWrite
	if _, err := os.Stat(a.state); errors.Is(err, os.ErrNotExist) {
		if use != makeState {
			return nil, fmt.Errorf("there is no state file %s; name it by --state, or declare tenants first: tenantctl tenant add", a.state)
		}
		mode = sqlite.Create
	} else {
		db, tables, err := lookAt(ctx, a.state)
		if err != nil {
			return nil, err
		}
		if err := fits(a.state, tables, use); err != nil {
			return nil, errors.Join(err, db.Close())
		}
		if use == readState {
			return a.newState(db)
		}
		if err := db.Close(); err != nil {
			return nil, err
		}
		if len(tables) == 0 {
			mode = sqlite.Create
		}
	}
	if mode == sqlite.Create {
		if err := makePrivate(a.state); err != nil {
			return nil, fmt.Errorf("state file %s: %w", a.state, cause(err))
		}
	}
	db, err := sqlite.Open(ctx, a.state, mode)
	if err != nil {
		return nil, err
	}
	if use >= alterState {
		err := sqlstore.Install(ctx, db)
		if err == nil {
			_, err = db.ExecContext(ctx, stateTables)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("state file %s: %w", a.state, err), db.Close())
		}
	}
	return a.newState(db)
}

// makePrivate makes an empty file that only its owner may read and write; SQLite gives the same rights to the files that it puts beside it. A file that is
// there is left as it is.
func makePrivate(name string) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

func (a *app) newState(db *sqlx.DB) (*state, error) {
	s := &state{db: db}
	var err, errDirectory error
	s.store, err = sqlstore.NewStore(db)
	s.directory, errDirectory = sqlstore.NewDirectory(db)
	if err := errors.Join(err, errDirectory); err != nil {
		return nil, errors.Join(fmt.Errorf("state file %s: %w", a.state, err), db.Close())
	}
	return s, nil
}

// fits tells whether a file with these tables is a state file, or may become one.
func fits(file string, tables []string, use stateUse) error {
	if use == makeState {
		if i := slices.IndexFunc(tables, func(name string) bool {
			return !strings.HasPrefix(name, "retenant_") && !strings.HasPrefix(name, "tenantctl_") && !strings.HasPrefix(name, "sqlite_")
		}); i >= 0 {
			return fmt.Errorf("%w: %s is no state file: it has a table %s; name another file by --state, which is made", errRefused, file, tables[i])
		}
		return nil
	}
	if !slices.Contains(tables, "retenant_store_version") || !slices.Contains(tables, "tenantctl_tenant") || !slices.Contains(tables, "tenantctl_run") {
		return fmt.Errorf("%s is no state file; name it by --state, or declare tenants first: tenantctl tenant add", file)
	}
	return nil
}

// lookAt opens a file for reading and lists its tables.
func lookAt(ctx context.Context, file string) (*sqlx.DB, []string, error) {
	db, err := sqlite.Open(ctx, file, sqlite.ReadOnly)
	if err == nil {
		var tables []string
		if tables, err = tablesOf(ctx, db); err == nil {
			return db, tables, nil
		}
		err = errors.Join(err, db.Close())
	}
	// A write-ahead log wants files beside the database, which cannot be made where the folder is read-only. Where nobody has left any, nobody writes,
	// and the file can be read without.
	if _, errLog := os.Stat(file + "-wal"); errors.Is(errLog, os.ErrNotExist) {
		if frozen, errFrozen := openFrozen(file); errFrozen == nil {
			if tables, errFrozen := tablesOf(ctx, frozen); errFrozen == nil {
				return frozen, tables, nil
			}
			_ = frozen.Close() // the first error tells more
		}
	}
	return nil, nil, fmt.Errorf("state file %s: %w", file, err)
}

func tablesOf(ctx context.Context, db *sqlx.DB) ([]string, error) {
	var tables []string
	err := db.SelectContext(ctx, &tables, `SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
	return tables, err
}

// openFrozen opens a file that nobody writes to, without any file beside it.
func openFrozen(file string) (*sqlx.DB, error) {
	settings := url.Values{"mode": {"ro"}, "immutable": {"1"}}
	address := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(file)}).EscapedPath(), RawQuery: settings.Encode()}
	return sqlx.Open("sqlite", address.String())
}
