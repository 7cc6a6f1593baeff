package sqldata

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/schema"
)

// rowsPerInsert bounds how many rows one INSERT takes: more gain nothing, and the statement grows.
const rowsPerInsert = 64

// writer inserts rows into one table by statements of several rows.
type writer struct {
	st       *stage
	table    *schema.Table
	columns  []schema.Column
	codecs   []Codec
	full     int       // rows of the prepared statement
	prepared insertion // of that many rows
	params   []any
}

// Write implements [refresh.Stage].
func (st *stage) Write(ctx context.Context, e refresh.Extent, rows *schema.Batch) error {
	w := st.writers[e.Table.Name]
	if w == nil {
		w = st.newWriter(e.Table)
		st.writers[e.Table.Name] = w
	}
	return st.dialect.Explain(w.write(ctx, rows))
}

func (st *stage) newWriter(table *schema.Table) *writer {
	w := &writer{st: st, table: table, columns: table.Stored()}
	for _, c := range w.columns {
		w.codecs = append(w.codecs, st.dialect.Column(c))
	}
	w.full = max(1, min(rowsPerInsert, st.dialect.MaxParameters()/max(1, len(w.columns))))
	return w
}

// statement returns the INSERT of n rows.
func (w *writer) statement(n int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + w.table.SQL + " (")
	always := false
	for i, c := range w.columns {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(w.st.dialect.Quote(c.Name))
		always = always || c.Identity == schema.IdentityAlways
	}
	b.WriteString(")")
	if always {
		b.WriteString(" OVERRIDING SYSTEM VALUE")
	}
	b.WriteString(" VALUES ")
	param := 0
	for row := range n {
		if row > 0 {
			b.WriteString(", ")
		}
		for i := range w.columns {
			b.WriteString([]string{"(", ", "}[min(i, 1)])
			param++
			b.WriteString(around(w.codecs[i].Insert, w.st.dialect.Placeholder(param)))
		}
		b.WriteString(")")
	}
	return b.String()
}

func (w *writer) write(ctx context.Context, rows *schema.Batch) error {
	for first := 0; first < rows.Len(); first += w.full {
		n := min(w.full, rows.Len()-first)
		if err := w.encode(rows, first, n); err != nil {
			return err
		}
		if err := w.insert(ctx, n); err != nil {
			return fmt.Errorf("writing %s: %w", w.rowNames(rows, first, n), err)
		}
	}
	return nil
}

func (w *writer) insert(ctx context.Context, n int) error {
	if n < w.full {
		return w.st.exec(ctx, w.statement(n), w.params...)
	}
	if w.prepared == nil {
		var err error
		if w.prepared, err = w.st.prepare(ctx, w.statement(n)); err != nil {
			return err
		}
	}
	rows, err := w.prepared.insert(ctx, w.params)
	w.st.own += rows
	return err
}

func (w *writer) encode(rows *schema.Batch, first, n int) error {
	w.params = w.params[:0]
	for r := range n {
		row := rows.Row(first + r)
		for i := range w.columns {
			cell := row.Cell(i)
			if cell.IsNull() {
				w.params = append(w.params, nil)
				continue
			}
			value, err := w.codecs[i].Encode(cell)
			if err != nil {
				return fmt.Errorf("column %s: %w", w.columns[i].Name, err)
			}
			w.params = append(w.params, value)
		}
	}
	return nil
}

// rowNames names rows of a batch by their keys, where these are numbers.
func (w *writer) rowNames(rows *schema.Batch, first, n int) string {
	key := slices.IndexFunc(w.columns, func(c schema.Column) bool { return c.Name == numericKey(w.table) })
	if key < 0 {
		return fmt.Sprintf("%d rows", n)
	}
	from, to := rows.Row(first).Cell(key), rows.Row(first+n-1).Cell(key)
	if from.Form != schema.Regular || to.Form != schema.Regular {
		return fmt.Sprintf("%d rows", n)
	}
	return fmt.Sprintf("%d rows, the first with %s %s and the last with %s", n, w.columns[key].Name, from.Bytes, to.Bytes)
}

func (w *writer) close() error {
	if w.prepared == nil {
		return nil
	}
	err := w.prepared.Close()
	w.prepared = nil
	return err
}
