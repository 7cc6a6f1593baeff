package sqldata

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/schema"
)

// selection turns an extent into SQL.
func selection(d Dialect, e refresh.Extent, first int) (Selection, error) {
	s := Selection{Table: e.Table, Tenant: e.Tenant, Column: e.Column}
	condition, param, err := ofTenant(d, e, "", first)
	if err != nil {
		return s, err
	}
	if condition != "" {
		s.Where = " WHERE " + condition
	}
	if param != nil {
		s.Params = []any{param}
	}
	return s, nil
}

// ofTenant returns the condition that a row belongs to the extent's tenant, "" for all rows, and its parameter if it has one.
func ofTenant(d Dialect, e refresh.Extent, alias string, n int) (string, any, error) {
	if e.Column == "" {
		return "", nil, nil
	}
	name := d.Quote(e.Column)
	if alias != "" {
		name = alias + "." + name
	}
	if e.Tenant == "" {
		return name + " IS NULL", nil, nil
	}
	column, found := e.Table.Column(e.Column)
	if !found {
		return "", nil, fmt.Errorf("table %s has no column %s", e.Table.Name, e.Column)
	}
	param, err := d.Literal(column, string(e.Tenant))
	if err != nil {
		return "", nil, fmt.Errorf("table %s: tenant %s does not fit %s (%s): %w", e.Table.Name, e.Tenant, e.Column, column.Declared, err)
	}
	codec := d.Column(column)
	return name + " = " + around(codec.Equal, around(codec.Insert, d.Placeholder(n))), param, nil
}

// around puts an operand into a codec's expression.
func around(expression, operand string) string {
	if expression == "" {
		return operand
	}
	return strings.ReplaceAll(expression, "%s", operand)
}

// read returns the rows of an extent in a session.
func (s *session) read(ctx context.Context, e refresh.Extent) (refresh.Reader, error) {
	if err := context.Cause(ctx); err != nil { // some drivers would say that the connection is bad
		return nil, err
	}
	chosen, err := selection(s.dialect, e, 1)
	if err != nil {
		return nil, err
	}
	columns := e.Stored()
	reader := &reader{dialect: s.dialect, table: e.Table.Name, cells: make([]any, len(columns))}
	names := make([]string, len(columns))
	for i, c := range columns {
		codec := s.dialect.Column(c)
		names[i] = around(codec.Select, s.dialect.Quote(c.Name))
		reader.cells[i] = &cellScanner{reader: reader, column: c.Name, decode: codec.Decode}
	}
	reader.rows, err = s.QueryxContext(ctx, "SELECT "+strings.Join(names, ", ")+" FROM "+e.Table.SQL+chosen.Where, chosen.Params...)
	if err != nil {
		return nil, s.dialect.Explain(err)
	}
	return reader, nil
}

// reader implements [refresh.Reader].
type reader struct {
	dialect Dialect
	table   string
	rows    *sqlx.Rows
	cells   []any
	batch   *schema.Batch
}

// cellScanner implements [sql.Scanner]: it appends what the driver returned to the reader's batch. Columns are scanned in order.
type cellScanner struct {
	reader *reader
	column string
	decode func([]byte, any) ([]byte, schema.Form, error)
}

// Scan implements [sql.Scanner].
func (c *cellScanner) Scan(value any) error {
	batch := c.reader.batch
	if value == nil {
		batch.Put(batch.Buffer(), schema.Null)
		return nil
	}
	buf, form, err := c.decode(batch.Buffer(), value)
	if err != nil {
		return fmt.Errorf("%s.%s: %w", c.reader.table, c.column, err)
	}
	batch.Put(buf, form)
	return nil
}

// Next implements [refresh.Reader].
func (r *reader) Next(ctx context.Context, batch *schema.Batch) error {
	batch.Reset()
	r.batch = batch
	for !batch.Full() && r.rows.Next() {
		if err := r.rows.Scan(r.cells...); err != nil {
			return r.dialect.Explain(err)
		}
	}
	if batch.Len() > 0 {
		return nil
	}
	if err := errors.Join(r.rows.Err(), context.Cause(ctx)); err != nil {
		return r.dialect.Explain(err)
	}
	return io.EOF
}

// Close implements [refresh.Reader].
func (r *reader) Close() error { return r.rows.Close() }

// count counts the rows of an extent.
func (s *session) count(ctx context.Context, e refresh.Extent) (int64, error) {
	chosen, err := selection(s.dialect, e, 1)
	if err != nil {
		return 0, err
	}
	var n int64
	err = s.GetContext(ctx, &n, "SELECT count(*) FROM "+e.Table.SQL+chosen.Where, chosen.Params...)
	return n, s.dialect.Explain(err)
}

// keySet reads the values of an integer column.
func (s *session) keySet(ctx context.Context, e refresh.Extent, column string) (*keys.Set, error) {
	chosen, err := selection(s.dialect, e, 1)
	if err != nil {
		return nil, err
	}
	name := s.dialect.Quote(column)
	// In order, because that is what a set is built of fastest, and what an index on the key gives for nothing.
	return s.collect(ctx, "SELECT "+name+" FROM "+e.Table.SQL+chosen.Where+" ORDER BY "+name, chosen.Params...)
}

func (s *session) collect(ctx context.Context, query string, params ...any) (*keys.Set, error) {
	rows, err := s.QueryContext(ctx, query, params...)
	if err != nil {
		return nil, s.dialect.Explain(err)
	}
	defer rows.Close()
	var set keys.SetBuilder
	for rows.Next() {
		var id *int64
		if err := rows.Scan(&id); err != nil {
			return nil, s.dialect.Explain(err)
		}
		if id != nil {
			set.Add(*id)
		}
	}
	return set.Set(), s.dialect.Explain(rows.Err())
}
