package memory

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

// Data holds tenants' rows in memory. It implements [refresh.Target] and shows what the port asks of a store, in the smallest
// form: rows never change once they are there, a snapshot is the list of rows of one moment, and a stage keeps its own
// changes until its commit puts them in. Nothing survives the process.
//
// Where tenants share tables ([refresh.SharedKeys]), all rows of a table stand in one list and the tenant methods take is
// ignored. Where each has tables of its own ([refresh.OwnKeys]), a tenant exists from its first row or landing on.
//
// It has no triggers and checks no foreign key by itself; primary keys and unique constraints hold, but partial ones and those
// over expressions. It is safe for concurrent use.
type Data struct {
	schema schema.Schema
	layout refresh.KeySpace
	now    func() time.Time

	mu       sync.Mutex
	spaces   map[tenancy.ID]space // the key of shared tables is ""
	last     uint64               // number of the newest tuple
	counters map[counter]int64    // the highest key handed out
	landings map[tenancy.ID]*landings
}

// space is one set of tables: the rows by table. A space that has been published is never changed.
type space map[string][]*tuple

// tuple is one row. An update makes a new tuple with the same number.
type tuple struct {
	number uint64
	cells  []schema.Cell // in the order of schema.Table.Stored
}

type counter struct {
	space tenancy.ID
	table string
}

// Row is a row as a host writes and reads it: the canonical text of each column (see package schema); NULL is absent.
type Row map[string]string

// Errors of the host's side of [Data].
var (
	// ErrDuplicate says that a primary key or unique constraint does not hold.
	ErrDuplicate = errors.New("duplicate key")
	// ErrNoTable says that the schema has no such table.
	ErrNoTable = errors.New("no such table")
	// ErrNoColumn says that the table has no such column.
	ErrNoColumn = errors.New("no such column")
)

// NewData returns an empty store for tables of the schema. Now is its clock; snapshots are of its time.
func NewData(s schema.Schema, layout refresh.KeySpace, now func() time.Time) *Data {
	s.Tables = slices.Clone(s.Tables)
	s.Sort()
	d := &Data{schema: s, layout: layout, now: now, spaces: map[tenancy.ID]space{}, counters: map[counter]int64{},
		landings: map[tenancy.ID]*landings{}}
	if layout != refresh.OwnKeys {
		d.spaces[""] = space{}
	}
	return d
}

// home returns the key of the space in which the tenant's rows are.
func (d *Data) home(tenant tenancy.ID) tenancy.ID {
	if d.layout == refresh.OwnKeys {
		return tenant
	}
	return ""
}

// Insert adds rows, all or none. An integer identity column that a row leaves out gets the next number of the table.
func (d *Data) Insert(tenant tenancy.ID, table string, rows ...Row) error {
	t, err := d.table(table)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	home := d.home(tenant)
	list := slices.Clone(d.spaces[home][table])
	for _, row := range rows {
		cells, err := d.cells(home, t, row)
		if err != nil {
			return err
		}
		d.last++
		list = append(list, &tuple{d.last, cells})
	}
	return d.publish(home, t, list)
}

// Update sets columns in the rows that have all the values of where, and returns their number. It cannot set NULL.
func (d *Data) Update(tenant tenancy.ID, table string, where, set Row) (int, error) {
	return d.change(tenant, table, where, func(t *schema.Table, old *tuple) (*tuple, error) {
		cells := slices.Clone(old.cells)
		for name, value := range set {
			i, err := stored(t, name)
			if err != nil {
				return nil, err
			}
			cells[i] = schema.Cell{Bytes: []byte(value), Form: schema.Regular}
		}
		return &tuple{old.number, cells}, nil
	})
}

// Delete takes out the rows that have all the values of where, and returns their number.
func (d *Data) Delete(tenant tenancy.ID, table string, where Row) (int, error) {
	return d.change(tenant, table, where, func(*schema.Table, *tuple) (*tuple, error) { return nil, nil })
}

// Rows returns all rows of a table, of all tenants that share it.
func (d *Data) Rows(tenant tenancy.ID, table string) ([]Row, error) {
	t, err := d.table(table)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	list := d.spaces[d.home(tenant)][table]
	d.mu.Unlock()
	rows := make([]Row, len(list))
	for i, r := range list {
		rows[i] = Row{}
		for k, column := range t.Stored() {
			if !r.cells[k].IsNull() {
				rows[i][column.Name] = string(r.cells[k].Bytes)
			}
		}
	}
	return rows, nil
}

// change replaces each tuple that matches by what with returns; nil takes it out.
func (d *Data) change(tenant tenancy.ID, table string, where Row, with func(*schema.Table, *tuple) (*tuple, error)) (int, error) {
	t, err := d.table(table)
	if err != nil {
		return 0, err
	}
	wanted := map[int]string{}
	for name, value := range where {
		i, err := stored(t, name)
		if err != nil {
			return 0, err
		}
		wanted[i] = value
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	home, changed := d.home(tenant), 0
	var list []*tuple
	for _, r := range d.spaces[home][table] {
		matches := true
		for i, value := range wanted {
			matches = matches && !r.cells[i].IsNull() && string(r.cells[i].Bytes) == value
		}
		if matches {
			changed++
			if r, err = with(t, r); err != nil {
				return 0, err
			}
		}
		if r != nil {
			list = append(list, r)
		}
	}
	return changed, d.publish(home, t, list)
}

// publish makes list the rows of the table if its keys are unique.
func (d *Data) publish(home tenancy.ID, t *schema.Table, list []*tuple) error {
	if err := unique(t, list); err != nil {
		return err
	}
	next := maps.Clone(d.spaces[home])
	if next == nil {
		next = space{}
	}
	next[t.Name] = list
	d.spaces[home] = next
	return nil
}

// cells makes the cells of a host's row.
func (d *Data) cells(home tenancy.ID, t *schema.Table, row Row) ([]schema.Cell, error) {
	for name := range row {
		if _, err := stored(t, name); err != nil {
			return nil, err
		}
	}
	columns := t.Stored()
	cells := make([]schema.Cell, len(columns))
	for i, column := range columns {
		value, given := row[column.Name]
		if !given && column.Identity != schema.NotIdentity {
			value, given = strconv.FormatInt(d.reserve(home, t, column.Name, 0, 1), 10), true
		}
		switch {
		case given:
			cells[i] = schema.Cell{Bytes: []byte(value), Form: schema.Regular}
		case !column.Nullable:
			return nil, fmt.Errorf("%s.%s: NULL is not allowed", t.Name, column.Name)
		}
	}
	return cells, nil
}

// reserve hands out n keys above a bound, which no row has and nobody else gets, and returns the first.
func (d *Data) reserve(home tenancy.ID, t *schema.Table, column string, above, n int64) int64 {
	at := counter{home, t.Name}
	i, _ := stored(t, column)
	for _, r := range d.spaces[home][t.Name] {
		if id, ok := keys.ParseID(r.cells[i].Bytes); ok {
			d.counters[at] = max(d.counters[at], id)
		}
	}
	first := max(d.counters[at], above) + 1
	d.counters[at] = first + n - 1
	return first
}

func (d *Data) table(name string) (*schema.Table, error) {
	t := d.schema.Table(name)
	if t == nil {
		return nil, fmt.Errorf("%s: %w", name, ErrNoTable)
	}
	return t, nil
}

// stored returns the place of a column in a tuple.
func stored(t *schema.Table, name string) (int, error) {
	i := slices.IndexFunc(t.Stored(), func(c schema.Column) bool { return c.Name == name })
	if i < 0 {
		return 0, fmt.Errorf("%s.%s: %w", t.Name, name, ErrNoColumn)
	}
	return i, nil
}

// unique returns an error that matches ErrDuplicate where two tuples have the same key.
func unique(t *schema.Table, list []*tuple) error {
	constraints := [][]string{t.PrimaryKey}
	for _, u := range t.Unique {
		if !u.Partial && !u.Expression {
			constraints = append(constraints, u.Columns)
		}
	}
	for _, names := range constraints {
		seen := make(map[keys.Key]bool, len(list))
		for _, r := range list {
			key, whole, err := keyOf(t, names, r)
			if err != nil {
				return err
			}
			if whole && seen[key] {
				return fmt.Errorf("%s: two rows with the same (%s): %w", t.Name, names, ErrDuplicate)
			}
			seen[key] = true
		}
	}
	return nil
}

// keyOf returns the values of the columns, and false where one of them is NULL or there are none.
func keyOf(t *schema.Table, columns []string, r *tuple) (keys.Key, bool, error) {
	parts := make([]string, len(columns))
	for i, name := range columns {
		at, err := stored(t, name)
		if err != nil {
			return "", false, err
		}
		if r.cells[at].IsNull() {
			return "", false, nil
		}
		parts[i] = string(r.cells[at].Bytes)
	}
	return keys.Compose(parts...), len(parts) > 0, nil
}
