package sqldata

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"

	"github.com/jmoiron/sqlx"
)

// cursor hands out the rows of a query.
type cursor interface {
	// step calls each with the values of one row after the other, until it returns false. They are good until each returns. It returns io.EOF
	// after the last row, and whenever it is called again.
	step(ctx context.Context, each func(values []driver.Value) (more bool, err error)) error
	// Close ends the query. It may be called twice, and early.
	Close() error
}

// query runs a query that has so many columns.
func (s *session) query(ctx context.Context, columns int, query string, params ...any) (cursor, error) {
	if err := context.Cause(ctx); err != nil { // some drivers would say that the connection is bad
		return nil, err
	}
	if c, err := s.queryDirectly(ctx, columns, query, params); c != nil || err != nil {
		return c, err
	}
	rows, err := s.QueryxContext(ctx, query, params...)
	if err != nil {
		return nil, err
	}
	return scanned(rows, columns), nil
}

// scannedRows implements [cursor] by package database/sql.
type scannedRows struct {
	rows   *sqlx.Rows
	values []driver.Value
	cells  []any
}

// scannedValue implements [database/sql.Scanner]: it keeps what the driver returned.
type scannedValue struct{ value *driver.Value }

// Scan implements [database/sql.Scanner].
func (v *scannedValue) Scan(value any) error {
	*v.value = value
	return nil
}

func scanned(rows *sqlx.Rows, columns int) *scannedRows {
	c := &scannedRows{rows: rows, values: make([]driver.Value, columns), cells: make([]any, columns)}
	for i := range c.cells {
		c.cells[i] = &scannedValue{&c.values[i]}
	}
	return c
}

func (c *scannedRows) step(ctx context.Context, each func([]driver.Value) (bool, error)) error {
	for c.rows.Next() {
		if err := c.rows.Scan(c.cells...); err != nil {
			return err
		}
		if more, err := each(c.values); err != nil || !more {
			return err
		}
	}
	if err := errors.Join(c.rows.Err(), context.Cause(ctx)); err != nil {
		return err
	}
	return io.EOF
}

// Close implements [cursor].
func (c *scannedRows) Close() error { return c.rows.Close() }

// insertion is a prepared statement that writes rows.
type insertion interface {
	// insert runs the statement and returns how many rows it wrote. It keeps nothing of the parameters.
	insert(ctx context.Context, params []any) (int64, error)
	// Close lets go of the statement. It may be called twice.
	Close() error
}

// prepare prepares a statement that writes rows.
func (s *session) prepare(ctx context.Context, statement string) (insertion, error) {
	if d, err := s.prepareDirectly(ctx, statement); d != nil || err != nil {
		return d, err
	}
	prepared, err := s.PreparexContext(ctx, statement)
	if err != nil {
		return nil, err
	}
	return preparedStatement{prepared}, nil
}

// preparedStatement implements [insertion] by package database/sql.
type preparedStatement struct{ *sqlx.Stmt }

func (p preparedStatement) insert(ctx context.Context, params []any) (int64, error) {
	result, err := p.ExecContext(ctx, params...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
