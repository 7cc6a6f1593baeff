package sqldata

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

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
	params   [2][]any
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

// statementsAhead is how many statements' rows are encoded while those before are written: that is done by another goroutine, since the engine, which
// does one statement at a time, is what a copy waits for.
const statementsAhead = 16

func (w *writer) write(ctx context.Context, rows *schema.Batch) error {
	type piece struct {
		first, n int
		params   []any
	}
	encoded := make(chan piece) // without a buffer: when it takes a piece, the one before is written and its parameters are free
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(encoded)
		for first, turn := 0, 0; first < rows.Len(); turn = 1 - turn {
			n := min(w.full*statementsAhead, rows.Len()-first)
			var err error
			if w.params[turn], err = w.encode(w.params[turn][:0], rows, first, n); err != nil {
				return err
			}
			select {
			case encoded <- piece{first, n, w.params[turn]}:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			first += n
		}
		return nil
	})
	group.Go(func() error {
		for p := range encoded {
			for at := 0; at < p.n; at += w.full {
				n := min(w.full, p.n-at)
				if err := w.insert(ctx, n, p.params[at*len(w.columns):(at+n)*len(w.columns)]); err != nil {
					return fmt.Errorf("writing %s: %w", w.rowNames(rows, p.first+at, n), err)
				}
			}
		}
		return nil
	})
	return group.Wait()
}

func (w *writer) insert(ctx context.Context, n int, params []any) error {
	if n < w.full {
		return w.st.exec(ctx, w.table, w.statement(n), params...)
	}
	if w.prepared == nil {
		var err error
		if w.prepared, err = w.st.prepare(ctx, w.statement(n)); err != nil {
			return err
		}
	}
	rows, err := w.prepared.insert(ctx, params)
	if err != nil {
		return err
	}
	return w.st.add(ctx, w.table, rows)
}

// encode appends the parameters of n rows.
func (w *writer) encode(params []any, rows *schema.Batch, first, n int) ([]any, error) {
	for r := range n {
		row := rows.Row(first + r)
		for i := range w.columns {
			cell := row.Cell(i)
			if cell.IsNull() {
				params = append(params, nil)
				continue
			}
			value, err := w.codecs[i].Encode(cell)
			if err != nil {
				return nil, fmt.Errorf("writing %s: column %s: %w", w.rowNames(rows, first+r, 1), w.columns[i].Name, err)
			}
			params = append(params, value)
		}
	}
	return params, nil
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
	if n == 1 {
		return fmt.Sprintf("the row with %s %s", w.columns[key].Name, from.Bytes)
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
