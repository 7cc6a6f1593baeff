package sqlite

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/jmoiron/sqlx"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// Mode says what a file is opened for.
type Mode string

// The modes of [Open].
const (
	ReadOnly  Mode = "ro"  // the file must exist and is not changed
	ReadWrite Mode = "rw"  // the file must exist
	Create    Mode = "rwc" // the file is made if it does not exist
)

// Open opens a SQLite file with the settings that retenant's own tables and a host with several writers need: transactions take the write lock when they
// begin, a writer waits up to 10 s for another, and foreign keys are checked. Files opened with Create get a write-ahead log, so
// that readers see the old data while a landing writes.
func Open(ctx context.Context, file string, mode Mode) (*sqlx.DB, error) {
	settings := url.Values{"mode": {string(mode)}, "_pragma": {"busy_timeout(10000)", "foreign_keys(1)"}}
	if mode == Create {
		settings.Add("_pragma", "journal_mode(wal)")
	}
	if mode != ReadOnly {
		settings.Set("_txlock", "immediate")
	}
	address := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(file)}).EscapedPath(), RawQuery: settings.Encode()}
	db, err := sqlx.Open("sqlite", address.String())
	if err != nil {
		return nil, err
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("SQLite file %s: %w", file, dialect{}.Explain(err)), db.Close())
	}
	return db, nil
}

// Shared returns the data of tenants that share the tables of one file. The database must have a write-ahead log ([Open] with Create sets
// one), since a landing reads and writes at once; a plan says so where it has none. The host's *sqlx.DB stays the host's: connections that had a
// landing are not given back to its pool.
func Shared(db *sqlx.DB, config sqldata.Config) *sqldata.Database {
	return sqldata.New(dialect{shared: true}, shared{db}, config)
}

type shared struct{ db *sqlx.DB }

// Open implements [sqldata.Place].
func (s shared) Open(context.Context, tenancy.ID, bool) (*sqlx.DB, func() error, error) {
	return s.db, func() error { return nil }, nil
}

// Keys implements [sqldata.Place].
func (shared) Keys() refresh.KeySpace { return refresh.SharedKeys }

// Describe implements [sqldata.Place].
func (shared) Describe(tenancy.ID) string { return "sqlite" } // the file's name comes from the connection

// Files returns the data of tenants that have a file each. A landing replaces the file's tables, triggers, indexes and views by those of the source in
// one transaction, and makes the file where there is none. A file without tables counts as not there yet.
//
// Plans and receipts name a file by its path as the function returns it, since a receipt is to tell which file was replaced: return paths from the working
// folder if the folders above it are nobody's business.
func Files(path func(tenancy.ID) string, config sqldata.Config) *sqldata.Database {
	return sqldata.New(dialect{}, files{path}, config)
}

type files struct{ path func(tenancy.ID) string }

// Open implements [sqldata.Place].
func (f files) Open(ctx context.Context, tenant tenancy.ID, create bool) (*sqlx.DB, func() error, error) {
	file := f.path(tenant)
	if file == "" {
		return nil, nil, fmt.Errorf("tenant %s: %w", tenant, sqldata.ErrNoDatabase)
	}
	mode := ReadWrite
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
		if !create {
			return nil, nil, fmt.Errorf("tenant %s: %w", tenant, sqldata.ErrNoDatabase)
		}
		mode = Create
	}
	if !create {
		mode = ReadOnly
	}
	db, err := Open(ctx, file, mode)
	if err != nil {
		return nil, nil, err
	}
	return db, db.Close, nil
}

// Keys implements [sqldata.Place].
func (files) Keys() refresh.KeySpace { return refresh.OwnKeys }

// Describe implements [sqldata.Place]. It names the file by the path that the host gave: files of tenants often have the same name in different folders.
func (f files) Describe(tenant tenancy.ID) string { return "sqlite:" + f.path(tenant) }

// Identity tells one file from another, whatever the path that leads to it.
func (f files) Identity(tenant tenancy.ID) string {
	file, err := filepath.Abs(f.path(tenant))
	if err != nil {
		return ""
	}
	if real, err := filepath.EvalSymlinks(file); err == nil {
		return real
	}
	if folder, err := filepath.EvalSymlinks(filepath.Dir(file)); err == nil { // the file is not there yet
		return filepath.Join(folder, filepath.Base(file))
	}
	return file
}

// Discard removes a file that was made for a landing: one that holds nothing but the fence.
func (f files) Discard(ctx context.Context, tenant tenancy.ID) error {
	file := f.path(tenant)
	db, release, err := f.Open(ctx, tenant, false)
	if errors.Is(err, sqldata.ErrNoDatabase) {
		return nil
	}
	if err != nil {
		return err
	}
	var others, own, version int
	err = errors.Join(db.GetContext(ctx, &others, "SELECT count(*) FROM sqlite_schema WHERE tbl_name NOT IN "+stateNames()),
		db.GetContext(ctx, &own, dialect{}.CountStateTables()), db.GetContext(ctx, &version, "PRAGMA user_version"))
	if err == nil && own == len(dialect{}.StateTables()) {
		var commits int
		err = db.GetContext(ctx, &commits, "SELECT count(*) FROM retenant_commit")
		own -= commits
	}
	if err := errors.Join(err, release()); err != nil {
		return err
	}
	if others > 0 || version != 0 || own != len(dialect{}.StateTables()) {
		return nil // it is somebody's
	}
	for _, name := range []string{file + "-wal", file + "-shm", file + "-journal", file} {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
