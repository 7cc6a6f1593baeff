package sqldata

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"slices"
)

// Direct is implemented by a dialect whose engine runs in this process: there, package database/sql takes a good part of the time that the engine takes for
// a row. Rows that are read and written in number go to its driver without that package in between; their values are the same.
type Direct interface {
	// Direct returns the driver's side of a connection, or false where the host has put something else before it that cannot do this.
	Direct(conn any) (Driver, bool)
}

// Driver is a driver's connection as far as reading and writing rows goes. Its statements take what [Codec.Encode] returns as it is, and have copied
// it when they return.
type Driver interface {
	driver.QueryerContext
	driver.ConnPrepareContext
}

// direct calls use with the driver's side of the session's connection, and tells whether there is one. Nobody else uses the connection meanwhile.
func (s *session) direct(use func(Driver) error) (bool, error) {
	dialect, can := s.dialect.(Direct)
	if !can || s.Conn == nil {
		return false, nil
	}
	called := false
	err := s.Raw(func(conn any) error {
		d, ok := dialect.Direct(conn)
		if !ok {
			return nil
		}
		called = true
		return use(d)
	})
	return called, err
}

// directly does what direct does for rows and statements that came of it: without the driver the connection has ended.
func (s *session) directly(use func() error) error {
	called, err := s.direct(func(Driver) error { return use() })
	if err == nil && !called {
		return driver.ErrBadConn
	}
	return err
}

// hold remembers what has to be closed before the connection is: package database/sql does not know of it, and the engine would keep the database open.
func (s *session) hold(c io.Closer) { s.toClose = append(s.toClose, c) }

// letGo forgets what was closed.
func (s *session) letGo(c io.Closer) {
	s.toClose = slices.DeleteFunc(s.toClose, func(other io.Closer) bool { return other == c })
}

var errClosed = errors.New("sqldata: the rows were closed, or their connection has ended")

// directRows implements [cursor] by the driver's own rows.
type directRows struct {
	session *session
	rows    driver.Rows
	values  []driver.Value
	ended   bool
}

func (s *session) queryDirectly(ctx context.Context, columns int, query string, params []any) (cursor, error) {
	c := &directRows{session: s, values: make([]driver.Value, columns)}
	called, err := s.direct(func(d Driver) (err error) {
		c.rows, err = d.QueryContext(ctx, query, named(nil, params))
		return err
	})
	if !called || errors.Is(err, driver.ErrSkip) { // what stands before the driver leaves it to database/sql
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s.hold(c)
	return c, nil
}

func (c *directRows) step(ctx context.Context, each func([]driver.Value) (bool, error)) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if c.rows == nil {
		return errClosed // and not io.EOF: the rows have not all been read
	}
	if c.ended { // the driver would begin anew
		return io.EOF
	}
	return c.session.directly(func() error {
		for {
			if err := c.rows.Next(c.values); err != nil {
				c.ended = err == io.EOF
				return err
			}
			if more, err := each(c.values); err != nil || !more {
				return err
			}
		}
	})
}

// Close implements [cursor].
func (c *directRows) Close() error {
	if c.rows == nil {
		return nil
	}
	rows := c.rows
	c.rows = nil
	c.session.letGo(c)
	return c.session.directly(rows.Close)
}

// directStatement implements [insertion] by the driver's own statement.
type directStatement struct {
	session   *session
	statement driver.Stmt
	runs      driver.StmtExecContext
	values    []driver.NamedValue
}

func (s *session) prepareDirectly(ctx context.Context, statement string) (insertion, error) {
	d := &directStatement{session: s}
	_, err := s.direct(func(driver Driver) (err error) {
		d.statement, err = driver.PrepareContext(ctx, statement)
		return err
	})
	if err != nil || d.statement == nil {
		return nil, err
	}
	s.hold(d)
	d.runs, _ = d.statement.(driver.StmtExecContext)
	if d.runs == nil {
		return nil, d.Close()
	}
	return d, nil
}

func (d *directStatement) insert(ctx context.Context, params []any) (rows int64, err error) {
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	d.values = named(d.values[:0], params)
	err = d.session.directly(func() error {
		// A few rows are soon written: a driver that watched the context would take longer for that.
		result, err := d.runs.ExecContext(context.WithoutCancel(ctx), d.values)
		if err != nil {
			return err
		}
		rows, err = result.RowsAffected()
		return err
	})
	return rows, err
}

// Close implements [insertion].
func (d *directStatement) Close() error {
	if d.statement == nil {
		return nil
	}
	statement := d.statement
	d.statement = nil
	d.session.letGo(d)
	return d.session.directly(statement.Close)
}

// named appends parameters in the form that a driver takes.
func named(dst []driver.NamedValue, params []any) []driver.NamedValue {
	for i, p := range params {
		dst = append(dst, driver.NamedValue{Ordinal: i + 1, Value: p})
	}
	return dst
}
