package sqldata

import (
	"context"
	"database/sql/driver"
	"fmt"
	"io"
	"strings"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/schema"
)

// read returns the rows of an extent in a session.
func (s *session) read(ctx context.Context, e refresh.Extent) (refresh.Reader, error) {
	chosen, err := selection(s.dialect, e, 1)
	if err != nil {
		return nil, err
	}
	r := &reader{dialect: s.dialect, table: e.Table.Name, columns: e.Stored()}
	names := make([]string, len(r.columns))
	for i, c := range r.columns {
		codec := s.dialect.Column(c)
		names[i] = around(codec.Select, s.dialect.Quote(c.Name))
		r.decode = append(r.decode, codec.Decode)
	}
	r.rows, err = s.query(ctx, len(names), "SELECT "+strings.Join(names, ", ")+" FROM "+e.Table.SQL+chosen.Where, chosen.Params...)
	if err != nil {
		return nil, s.dialect.Explain(err)
	}
	return r, nil
}

// reader implements [refresh.Reader].
type reader struct {
	dialect Dialect
	table   string
	columns []schema.Column
	decode  []func([]byte, any) ([]byte, schema.Form, error)
	rows    cursor
}

// Next implements [refresh.Reader].
func (r *reader) Next(ctx context.Context, batch *schema.Batch) error {
	batch.Reset()
	err := r.rows.step(ctx, func(values []driver.Value) (bool, error) {
		for i, value := range values {
			if value == nil {
				batch.Put(batch.Buffer(), schema.Null)
				continue
			}
			buf, form, err := r.decode[i](batch.Buffer(), value)
			if err != nil {
				return false, fmt.Errorf("%s.%s: %w", r.table, r.columns[i].Name, err)
			}
			batch.Put(buf, form)
		}
		return !batch.Full(), nil
	})
	if err == io.EOF && batch.Len() > 0 {
		return nil // the end comes next
	}
	if err != nil && err != io.EOF {
		err = r.dialect.Explain(err)
	}
	return err
}

// Close implements [refresh.Reader].
func (r *reader) Close() error { return r.rows.Close() }
