package main

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/retenant/retenant/adapters/postgres"
	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// database is where a tenant's rows are.
type database struct {
	url  string // as it is kept: without password, a file with its full path
	file string // of SQLite; "" is PostgreSQL
}

// path is the file's path as people see it in plans and receipts: from the working folder where the file is below it, else in full.
func (d database) path() string {
	folder, err := os.Getwd()
	if err != nil {
		return d.file
	}
	if short, err := filepath.Rel(folder, d.file); err == nil && filepath.IsLocal(short) {
		return short
	}
	return d.file
}

// parseDatabase reads a URL. Errors do not show it, since it may hold a password.
func parseDatabase(text string) (database, error) {
	switch scheme, rest, _ := strings.Cut(text, ":"); scheme {
	case "sqlite":
		rest = strings.TrimPrefix(rest, "//")
		if rest == "" || strings.Contains(rest, "?") {
			return database{}, errors.New("the database's URL names no file; write sqlite:FILE")
		}
		file, err := filepath.Abs(rest)
		return database{url: "sqlite:" + file, file: file}, err
	case "postgres", "postgresql":
		if err := checkPostgres(text); err != nil {
			return database{}, err
		}
		return database{url: text}, nil
	}
	return database{}, errors.New("the database's URL is of an unknown kind; write sqlite:FILE or postgres://user@host/database")
}

// same tells whether both are one database.
func (d database) same(other database) bool {
	if d.file == "" || other.file == "" {
		return d.url == other.url
	}
	return sameFile(d.file, other.file)
}

// postgresParameters are the parameters that a URL may have. None holds a secret, none changes what a statement does.
var postgresParameters = []string{"application_name", "connect_timeout", "dbname", "host", "port", "sslcert", "sslmode", "sslrootcert", "user"}

// checkPostgres refuses a URL that holds a password, or anything that might be one.
func checkPostgres(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || u.Fragment != "" {
		return errors.New("the database's URL cannot be read; write postgres://user@host:port/database, with special characters percent-encoded")
	}
	parameters, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return errors.New("the parameters of the database's URL cannot be read; write them as ?name=value&name=value, with special characters percent-encoded")
	}
	if _, set := u.User.Password(); set || parameters.Has("password") {
		return errors.New("the database's URL holds a password, which would be kept in the state file and shown to whoever lists processes; " +
			"leave it out, and set PGPASSWORD or write it to ~/.pgpass")
	}
	for name := range parameters {
		if !slices.Contains(postgresParameters, name) {
			return errors.New("the database's URL has a parameter that is not taken; it may have " + strings.Join(postgresParameters, ", ") +
				"; anything else comes from the PG… variables of the environment, from ~/.pgpass or from the role's settings")
		}
	}
	return nil
}

// sides are the databases of source and target, opened.
type sides struct {
	from, to database
	source   refresh.Source
	target   refresh.Target
	close    []func() error
}

// Close lets go of the databases.
func (s *sides) Close() {
	for _, end := range s.close {
		_ = end() // everything is committed or rolled back by now
	}
}

// openSides opens both databases, after checkFiles. Tenants of one SQLite file share its tables, and need a tenant column; those of different files have a
// file each. In PostgreSQL tenants share tables. A source that is another database than the target is opened for reading only.
func openSides(ctx context.Context, p pair) (*sides, error) {
	source, target := p.source, p.target
	s := &sides{from: source, to: target}
	if p.separateFiles() {
		files := sqlite.Files(func(id tenancy.ID) string {
			return map[tenancy.ID]string{p.from: source.path(), p.to: target.path()}[id]
		}, sqldata.Config{})
		s.source, s.target = files, files
		return s, nil
	}
	both, err := s.shared(ctx, target)
	if err != nil {
		return nil, err
	}
	s.source, s.target = both, both
	if !source.same(target) {
		if s.source, err = s.readOnly(ctx, source); err != nil {
			s.Close()
			return nil, err
		}
	}
	return s, nil
}

// shared opens a database whose tables tenants share.
func (s *sides) shared(ctx context.Context, d database) (*sqldata.Database, error) {
	if d.file != "" {
		db, err := sqlite.Open(ctx, d.file, sqlite.ReadWrite)
		if err != nil {
			return nil, err
		}
		s.close = append(s.close, db.Close)
		return sqlite.Shared(db, sqldata.Config{}), nil
	}
	db, err := postgres.Open(ctx, d.url)
	if err != nil {
		return nil, err
	}
	s.close = append(s.close, db.Close)
	return postgres.Shared(db, sqldata.Config{}), nil
}

// readOnly opens a database for reading alone. Whether tenants share its tables, only its kind tells: a file of SQLite counts as one tenant's own.
func (s *sides) readOnly(ctx context.Context, d database) (refresh.Source, error) {
	if d.file != "" {
		return sqlite.Files(func(tenancy.ID) string { return d.path() }, sqldata.Config{}), nil
	}
	db, err := postgres.Open(ctx, d.url)
	if err != nil {
		return nil, err
	}
	s.close = append(s.close, db.Close)
	return postgres.Source(db), nil
}
