package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// patience is how long a transaction is run again while the database is busy.
const patience = 10 * time.Second

// engine is the host's database and how to speak to it.
type engine struct {
	db      *sqlx.DB
	dialect *dialect
}

func newEngine(db *sqlx.DB) (engine, error) {
	d, err := dialectOf(db)
	return engine{db: db, dialect: d}, err
}

// querier is what a database, a connection and a transaction can all do.
type querier interface {
	sqlx.QueryerContext
	sqlx.ExecerContext
}

// session runs statements: on the database, or inside a transaction. Statements are written with question marks or with names.
type session struct {
	querier
	dialect *dialect
	bind    int
}

func (e engine) session(q querier) session {
	return session{querier: q, dialect: e.dialect, bind: sqlx.BindType(e.db.DriverName())}
}

// get reads one row; no row is sql.ErrNoRows.
func (s session) get(ctx context.Context, dest any, query string, args ...any) error {
	return s.explain(sqlx.GetContext(ctx, s, dest, sqlx.Rebind(s.bind, query), args...))
}

// list reads all rows.
func (s session) list(ctx context.Context, dest any, query string, args ...any) error {
	return s.explain(sqlx.SelectContext(ctx, s, dest, sqlx.Rebind(s.bind, query), args...))
}

// exec returns the number of rows that the statement touched.
func (s session) exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := s.ExecContext(ctx, sqlx.Rebind(s.bind, query), args...)
	if err != nil {
		return 0, s.explain(err)
	}
	n, err := result.RowsAffected()
	return n, s.explain(err)
}

// add runs an INSERT whose parameters are the fields of row, and tells whether it added the row: it does not where one with its key is there already.
func (s session) add(ctx context.Context, query string, row any) (bool, error) {
	n, err := s.named(ctx, query+s.dialect.ignore, row)
	if err != nil && s.dialect.taken != nil && s.dialect.taken(err) {
		return false, nil
	}
	return n > 0, err
}

// named runs a statement whose parameters are the fields of row.
func (s session) named(ctx context.Context, query string, row any) (int64, error) {
	query, args, err := sqlx.Named(query, row)
	if err != nil {
		return 0, err
	}
	return s.exec(ctx, query, args...)
}

// explain says where an error comes from, and what to do about it where the tables are missing.
func (s session) explain(err error) error {
	switch {
	case err == nil:
		return nil
	case s.dialect.missing(err):
		return fmt.Errorf("sqlstore: the tables are missing; call sqlstore.Install first: %w", err)
	}
	return fmt.Errorf("sqlstore: %w", err)
}

// now asks the database's clock. In a transaction, ask it after taking locks: waiting for one takes time.
func (s session) now(ctx context.Context) (time.Time, error) {
	var now instant
	err := s.get(ctx, &now, s.dialect.now)
	return now.Time, err
}

// read does the work outside a transaction.
func (e engine) read(ctx context.Context, work func(session) error) error {
	return e.again(ctx, func() error { return work(e.session(e.db)) })
}

// write does the work in a transaction of its own, which is durable when write returns nil. The work may be run several times.
func (e engine) write(ctx context.Context, work func(session) error) error {
	return e.again(ctx, func() error { return e.attempt(ctx, work) })
}

// again repeats an attempt for as long as the database asks for it.
func (e engine) again(ctx context.Context, attempt func() error) error {
	begin := time.Now()
	for wait := time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		err := attempt()
		switch {
		case err == nil:
			return nil
		case !e.dialect.again(err):
			return err
		case time.Since(begin) > patience:
			return fmt.Errorf("sqlstore: the database was kept busy by others for %s; look for a transaction that stays open: %w", patience, err)
		}
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		case <-time.After(wait):
		}
	}
}

// attempt runs the transaction on a connection of its own, since database/sql cannot begin one that takes SQLite's write lock at once.
func (e engine) attempt(ctx context.Context, work func(session) error) (err error) {
	conn, err := e.db.Connx(ctx)
	if err != nil {
		return fmt.Errorf("sqlstore: connecting: %w", err)
	}
	defer conn.Close()
	s := e.session(conn)
	defer func() {
		if err != nil {
			rollback(ctx, conn)
		}
	}()
	for _, statement := range s.dialect.begin {
		if _, err := s.exec(ctx, statement); err != nil {
			return err
		}
	}
	if s.dialect.settle != "" {
		if _, err := s.exec(ctx, s.dialect.settle); err != nil {
			return err
		}
	}
	if err := work(s); err != nil {
		return err
	}
	_, err = s.exec(ctx, "COMMIT")
	return err
}

// rollback ends what is open on the connection, although the caller's context has ended. A connection in doubt is thrown away, and its
// transaction with it.
func rollback(ctx context.Context, conn *sqlx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if _, err := conn.ExecContext(ctx, "ROLLBACK"); err != nil {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	}
}
