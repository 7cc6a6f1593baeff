package sqldata

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/schema"
)

// rowsPerUpdate bounds how many rows one UPDATE takes. Measured, statements of 64 rows take half the time of a prepared one for each row on SQLite and a
// quarter on PostgreSQL; more than 256 gain nothing.
const rowsPerUpdate = 256

// amender updates rows of one extent by statements of several rows. The statement returns the keys of the rows it changed, which an engine
// can do for the table's own columns only.
type amender struct {
	st       *stage
	extent   refresh.Extent
	columns  []schema.Column // the key's, then those that are set
	codecs   []Codec
	key      int   // columns of the key
	tenant   []any // the value of the tenant column; none where the table is the tenant's, or the rows are of no tenant
	plain    bool  // the dialect is a [PlainUpdater]
	full     int
	prepared *sqlx.Stmt
	params   []any
	open     map[string]bool // by key: whether the row of the batch is still to be found
	places   map[string]int  // by key: the row's place in the statement
	returned *schema.Batch
}

// Amend implements [refresh.Stage].
func (st *stage) Amend(ctx context.Context, e refresh.Extent, key, set []string, rows *schema.Batch) ([]int, error) {
	if st.complete {
		return nil, errors.New("sqldata: rows are amended before the check, not after it")
	}
	a := &amender{st: st, extent: e, key: len(key), open: map[string]bool{}, places: map[string]int{}, returned: schema.NewBatch(len(key), 0)}
	for _, name := range append(append([]string{}, key...), set...) {
		column, found := e.Table.Column(name)
		if !found || column.Computed {
			return nil, fmt.Errorf("table %s stores no column %s", e.Table.Name, name)
		}
		a.columns, a.codecs = append(a.columns, column), append(a.codecs, st.dialect.Column(column))
	}
	var err error
	if _, a.tenant, err = ofTenant(st.dialect, e, "", 1); err != nil {
		return nil, err
	}
	_, a.plain = st.dialect.(PlainUpdater)
	if !a.plain && len(a.tenant) > 0 {
		a.tenant = a.tenant[:1] // given once for a row
	}
	a.full = max(1, min(rowsPerUpdate, st.dialect.MaxParameters()/(len(a.columns)+len(a.tenant))))
	missing, err := a.amend(ctx, rows)
	if a.prepared != nil {
		err = errors.Join(err, a.prepared.Close())
	}
	if err != nil {
		return nil, fmt.Errorf("amending %s: %w", strings.Join(set, ", "), st.dialect.Explain(err))
	}
	return missing, nil
}

func (a *amender) amend(ctx context.Context, rows *schema.Batch) (missing []int, err error) {
	for first := 0; first < rows.Len(); first += a.full {
		n := min(a.full, rows.Len()-first)
		if err := a.encode(rows, first, n); err != nil {
			return nil, err
		}
		if err := a.update(ctx, n); err != nil {
			return nil, err
		}
		for place := first; place < first+n; place++ {
			if name := a.name(rows.Row(place)); a.open[name] {
				missing = append(missing, place)
				a.open[name] = false
			}
		}
	}
	return missing, nil
}

// name is the key of a row, told apart from every other.
func (a *amender) name(row schema.Row) string {
	var b []byte
	for i := range a.key {
		cell := row.Cell(i)
		b = append(b, byte(cell.Form))
		b = append(binary.AppendUvarint(b, uint64(len(cell.Bytes))), cell.Bytes...)
	}
	return string(b)
}

// encode makes the parameters of n rows, and notes which rows they are.
func (a *amender) encode(rows *schema.Batch, first, n int) error {
	a.params = a.params[:0]
	for place := first; place < first+n; place++ {
		row := rows.Row(place)
		name := a.name(row)
		if _, twice := a.open[name]; twice {
			return errors.New("two of the rows to be amended have one key")
		}
		a.open[name], a.places[name] = true, place-first
		for i, codec := range a.codecs {
			cell := row.Cell(i)
			if cell.IsNull() {
				a.params = append(a.params, nil)
				continue
			}
			value, err := codec.Encode(cell)
			if err != nil {
				return fmt.Errorf("column %s: %w", a.columns[i].Name, err)
			}
			a.params = append(a.params, value)
		}
		a.params = append(a.params, a.tenant...)
	}
	return nil
}

// statement returns the UPDATE of n rows. The tenant is a value of each row and not a condition of its own: what PostgreSQL knows of the tenant's rows is older
// than the stage, so that it takes them for few and reads all of them for every statement. With 60,000 rows that took ten times as long.
func (a *amender) statement(n int) (string, error) {
	d := a.st.dialect
	var given, set, met, returned []string
	for i, c := range a.columns {
		name := fmt.Sprintf(Prefix+"%d", i) // a name that no column of the host has
		given = append(given, name)
		if i >= a.key {
			set = append(set, d.Quote(c.Name)+" = v."+name)
			continue
		}
		met = append(met, equal(a.codecs[i], "t."+d.Quote(c.Name), func() string { return "v." + name }))
		if exact := a.codecs[i].Exact; exact != "" {
			met = append(met, around(exact, "t."+d.Quote(c.Name))+" = "+around(exact, "v."+name))
		}
		returned = append(returned, around(a.codecs[i].Select, d.Quote(c.Name)))
	}
	codecs := a.codecs
	if len(a.tenant) > 0 {
		column, _ := a.extent.Table.Column(a.extent.Column)
		codec := d.Column(column)
		codecs, given = append(slices.Clip(codecs), codec), append(given, Prefix+"tenant")
		met = append(met, equal(codec, "t."+d.Quote(column.Name), func() string { return "v." + Prefix + "tenant" }))
	} else if condition, _, err := ofTenant(d, a.extent, "t", 1); err != nil {
		return "", err
	} else if condition != "" {
		met = append(met, condition)
	}
	rows := make([]string, n)
	for r := range rows {
		values := make([]string, len(codecs))
		for i := range values {
			values[i] = around(codecs[i].Insert, d.Placeholder(r*len(codecs)+i+1))
		}
		rows[r] = "(" + strings.Join(values, ", ") + ")"
	}
	return "WITH v (" + strings.Join(given, ", ") + ") AS (VALUES " + strings.Join(rows, ", ") + ") UPDATE " + a.extent.Table.SQL + " AS t SET " +
		strings.Join(set, ", ") + " FROM v WHERE " + strings.Join(met, " AND ") + " RETURNING " + strings.Join(returned, ", "), nil
}

// update runs the statement for n rows and notes which of them it changed.
func (a *amender) update(ctx context.Context, n int) error {
	if a.plain {
		return a.updatePlainly(ctx, n)
	}
	statement, err := a.statement(n)
	if err != nil {
		return err
	}
	if n == a.full && a.prepared == nil {
		if a.prepared, err = a.st.PreparexContext(ctx, statement); err != nil {
			return err
		}
	}
	var rows *sqlx.Rows
	if n == a.full {
		rows, err = a.prepared.QueryxContext(ctx, a.params...)
	} else {
		rows, err = a.st.QueryxContext(ctx, statement, a.params...)
	}
	if err != nil {
		return err
	}
	defer rows.Close()
	found := 0
	err = a.keys(ctx, rows, func(name string) error {
		found++
		if !a.open[name] {
			return errors.New("two rows of the table have one key")
		}
		a.open[name] = false
		return nil
	})
	a.st.own += int64(found)
	return err
}

// keys hands out the keys of rows, by name.
func (a *amender) keys(ctx context.Context, rows *sqlx.Rows, each func(name string) error) error {
	r := &reader{dialect: a.st.dialect, table: a.extent.Table.Name, columns: a.columns[:a.key], rows: scanned(rows, a.key)}
	for _, codec := range a.codecs[:a.key] {
		r.decode = append(r.decode, codec.Decode)
	}
	for {
		if err := r.Next(ctx, a.returned); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		for i := range a.returned.Len() {
			if err := each(a.name(a.returned.Row(i))); err != nil {
				return err
			}
		}
	}
}

// loosen takes the references out that would keep old rows from being taken out: those that lead round in a cycle.
func (st *stage) loosen(ctx context.Context) error {
	for _, e := range st.landing.Loosen {
		chosen, err := selection(st.dialect, e, 1)
		if err != nil {
			return err
		}
		var set, some []string
		for _, name := range e.Only {
			set = append(set, st.dialect.Quote(name)+" = NULL")
			some = append(some, st.dialect.Quote(name)+" IS NOT NULL")
		}
		where := " WHERE "
		if chosen.Where != "" {
			where = chosen.Where + " AND "
		}
		err = st.exec(ctx, e.Table, "UPDATE "+e.Table.SQL+" SET "+strings.Join(set, ", ")+where+"("+strings.Join(some, " OR ")+")", chosen.Params...)
		if err != nil {
			return fmt.Errorf("table %s: setting %s to NULL before the target's rows are taken out: %w", e.Table.Name, strings.Join(e.Only, ", "), err)
		}
	}
	return nil
}
