package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	driver "github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// Open opens the database of a DSN in the form of the driver ("user:password@tcp(host:3306)/crm"), with the character set utf8mb4, and checks that it
// answers. The error never shows the password. The caller closes the database.
func Open(ctx context.Context, dsn string) (*sqlx.DB, error) {
	config, err := driver.ParseDSN(dsn)
	if err != nil { // its text repeats parts of the DSN
		return nil, errors.New("mysql: the DSN cannot be read; write it as user:password@tcp(host:3306)/database?tls=true")
	}
	if config.DBName == "" {
		return nil, errors.New("mysql: the DSN names no database; write it as user:password@tcp(host:3306)/database?tls=true")
	}
	config.Logger = &driver.NopLogger{} // what goes wrong is returned
	if err := config.Apply(driver.Charset("utf8mb4", "")); err != nil {
		return nil, fmt.Errorf("mysql: %w", err)
	}
	connector, err := driver.NewConnector(config)
	if err != nil {
		return nil, errors.New("mysql: the DSN's parameters do not fit together; see the documentation of github.com/go-sql-driver/mysql")
	}
	db := sqlx.NewDb(sql.OpenDB(connector), "mysql")
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("mysql: %w", explain(err)), db.Close())
	}
	return db, nil
}

// Shared returns the data of tenants that share the tables of one database. The driver of db is github.com/go-sql-driver/mysql, with the character set
// utf8mb4 and any other parameters. It stays the caller's, who closes it; connections that had a snapshot or a landing are not given back
// to its pool. A run takes two connections of it, for the snapshot and the stage, and a third one at moments.
func Shared(db *sqlx.DB, config sqldata.Config) *sqldata.Database {
	return sqldata.New(dialect{}, shared{db}, config)
}

// Source returns the data of tenants in the tables of a database that is only read from: its preconditions ask for no right to write.
func Source(db *sqlx.DB) refresh.Source {
	return sqldata.New(dialect{readOnly: true}, shared{db}, sqldata.Config{})
}

// shared is the place of tenants that share the tables of one database.
type shared struct{ db *sqlx.DB }

// Open implements [sqldata.Place].
func (s shared) Open(context.Context, tenancy.ID, bool) (*sqlx.DB, func() error, error) {
	return s.db, func() error { return nil }, nil
}

// Keys implements [sqldata.Place].
func (shared) Keys() refresh.KeySpace { return refresh.SharedKeys }

// Describe implements [sqldata.Place].
func (shared) Describe(tenancy.ID) string { return "mysql" } // the server's name comes from the connection
