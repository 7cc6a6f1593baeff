package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// Open opens the database of a URL or of a list of settings, and checks that it answers. Values come in the formats that package schema
// documents, and statements are not cached on the server, so that a change of the schema, or a pooler in between, does no harm. The
// error never shows the password. The caller closes the database.
func Open(ctx context.Context, url string) (*sqlx.DB, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil { // its text repeats parts of the URL
		return nil, errors.New("postgres: the URL cannot be read; write it as postgres://user:password@host:5432/database?sslmode=verify-full")
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeDescribeExec
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "retenant"
	}
	config.RuntimeParams["timezone"] = "UTC"
	config.RuntimeParams["datestyle"] = "ISO"
	db := sqlx.NewDb(stdlib.OpenDB(*config), "pgx")
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("postgres: %w", explain(err)), db.Close())
	}
	return db, nil
}

// Shared returns the data of tenants that share the tables of one database. The driver of db is that of pgx. It stays the caller's, who
// closes it. A run takes two connections of it, for the snapshot and the stage, and a third one at moments.
func Shared(db *sqlx.DB, config sqldata.Config) *sqldata.Database {
	return sqldata.New(dialect{}, &shared{db: db}, config)
}

// Source returns the data of tenants in the tables of a database that is only read from: its preconditions ask for no right to write.
func Source(db *sqlx.DB) refresh.Source {
	return sqldata.New(dialect{readOnly: true}, &shared{db: db}, sqldata.Config{})
}

// shared is the place of tenants that share the tables of one database.
type shared struct {
	db   *sqlx.DB
	mu   sync.Mutex
	name string
}

// Open implements [sqldata.Place].
func (s *shared) Open(context.Context, tenancy.ID, bool) (*sqlx.DB, func() error, error) {
	return s.db, func() error { return nil }, nil
}

// Keys implements [sqldata.Place].
func (s *shared) Keys() refresh.KeySpace { return refresh.SharedKeys }

// Describe implements [sqldata.Place]. Where the database is named by the connection only, it opens one.
func (s *shared) Describe(tenancy.ID) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.name == "" {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if conn, err := s.db.Conn(ctx); err == nil {
			s.name = address(conn)
			_ = conn.Close()
		}
	}
	if s.name == "" {
		return "postgres" // it does not answer; whoever asks it anything hears why
	}
	return s.name
}

// address names the database of a connection without credentials.
func address(conn *sql.Conn) string {
	name := ""
	_ = conn.Raw(func(driver any) error {
		if c, ok := driver.(*stdlib.Conn); ok {
			config := c.Conn().Config()
			name = fmt.Sprintf("%s:%d/%s", config.Host, config.Port, config.Database)
		}
		return nil
	})
	return name
}
