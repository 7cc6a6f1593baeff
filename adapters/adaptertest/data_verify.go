package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/schema"
)

// onTheWay is a target whose stages show each batch that is written, and write what change makes of it. It hides the fast path.
type onTheWay struct {
	refresh.Target
	change func(table *schema.Table, rows [][]schema.Cell) [][]schema.Cell
}

func (o onTheWay) Begin(ctx context.Context, landing refresh.Landing) (refresh.Stage, error) {
	stage, err := o.Target.Begin(ctx, landing)
	if err != nil {
		return nil, err
	}
	return stageOnTheWay{stage, o.change}, nil
}

type stageOnTheWay struct {
	refresh.Stage
	change func(table *schema.Table, rows [][]schema.Cell) [][]schema.Cell
}

func (s stageOnTheWay) Write(ctx context.Context, extent refresh.Extent, rows *schema.Batch) error {
	var list [][]schema.Cell
	for i := range rows.Len() {
		row := rows.Row(i)
		cells := make([]schema.Cell, row.Len())
		for k := range cells {
			c := row.Cell(k)
			cells[k] = schema.Cell{Bytes: slices.Clone(c.Bytes), Form: c.Form}
		}
		list = append(list, cells)
	}
	changed := schema.NewBatch(rows.Width(), 0)
	for _, cells := range s.change(extent.Table, list) {
		for _, c := range cells {
			changed.Append(c)
		}
	}
	return s.Stage.Write(ctx, extent, changed)
}

func tampered(t *testing.T, harness DataHarness) {
	text := func(value string) schema.Cell { return schema.Cell{Bytes: []byte(value), Form: schema.Regular} }
	for _, c := range []struct {
		name, table string
		shared      bool // only where tables are shared
		change      func(rows [][]schema.Cell, at func(column string) int, s *stand) [][]schema.Cell
	}{
		{"a row is dropped", "notes", false, func(rows [][]schema.Cell, _ func(string) int, _ *stand) [][]schema.Cell { return rows[1:] }},
		{"a row is doubled under another key", "notes", false, func(rows [][]schema.Cell, at func(string) int, _ *stand) [][]schema.Cell {
			again := slices.Clone(rows[0])
			again[at("id")] = text("99999999")
			return append(rows, again)
		}},
		{"a row takes the place of another", "notes", false, func(rows [][]schema.Cell, at func(string) int, _ *stand) [][]schema.Cell {
			again := slices.Clone(rows[0])
			again[at("id")] = rows[1][at("id")]
			rows[1] = again
			return rows
		}},
		{"values of two rows are swapped", "persons", false, func(rows [][]schema.Cell, at func(string) int, _ *stand) [][]schema.Cell {
			i := at("email")
			rows[0][i], rows[1][i] = rows[1][i], rows[0][i]
			return rows
		}},
		{"a value is altered", "notes", false, func(rows [][]schema.Cell, at func(string) int, _ *stand) [][]schema.Cell {
			rows[2][at("title")] = text("altered")
			return rows
		}},
		{"an empty text becomes NULL", "notes", false, func(rows [][]schema.Cell, at func(string) int, _ *stand) [][]schema.Cell {
			for i := range rows {
				if c := rows[i][at("title")]; !c.IsNull() && len(c.Bytes) == 0 {
					rows[i][at("title")] = schema.Cell{}
				}
			}
			return rows
		}},
		{"a key is altered", "notes", false, func(rows [][]schema.Cell, at func(string) int, _ *stand) [][]schema.Cell {
			rows[0][at("id")] = text("99999998")
			return rows
		}},
		{"a reference leads to another row", "orders", false, func(rows [][]schema.Cell, at func(string) int, _ *stand) [][]schema.Cell {
			rows[0][at("person_id")] = rows[1][at("person_id")]
			return rows
		}},
		{"a reference still leads to the original", "activities", true, func(rows [][]schema.Cell, at func(string) int, s *stand) [][]schema.Cell {
			rows[0][at("person_id")] = text(s.picture()[production]["activities"][0]["person_id"])
			return rows
		}},
		{"a row goes to another tenant", "notes", true, func(rows [][]schema.Cell, at func(string) int, _ *stand) [][]schema.Cell {
			rows[0][at(TenantColumn)] = text(string(neighbor))
			return rows
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.shared && !sharedOf(harness) {
				t.Skip("tenants do not share tables")
			}
			s := newStand(t, harness, 6)
			if c.table == "activities" { // its references may lead anywhere, so that only the digest can find a wrong one
				table := s.runner.Rules.Tables[c.table]
				table.References = []masking.Reference{{Columns: []string{"person_id"}, To: "persons", Outside: masking.OutsidePass}}
				s.runner.Rules.Tables[c.table] = table
			}
			before := s.picture()
			id := s.admitted(sandbox)
			runner, changed := s.runner, false
			runner.Target = onTheWay{s.runner.Target, func(table *schema.Table, rows [][]schema.Cell) [][]schema.Cell {
				if table.Name != c.table || changed {
					return rows
				}
				changed = true
				return c.change(rows, func(column string) int {
					return slices.IndexFunc(table.Stored(), func(c schema.Column) bool { return c.Name == column })
				}, s)
			}}
			_, err := runner.Run(t.Context(), id)
			if !changed {
				t.Fatal("nothing was written, so nothing was tampered with")
			}
			if !errors.Is(err, refresh.ErrNotVerified) {
				t.Errorf("%s, and the run ended with %v instead of %v", c.name, err, refresh.ErrNotVerified)
			}
			if err == nil {
				return
			}
			s.must(s.runner.Abandon(t.Context(), id))
			s.untouched(before)
		})
	}
}

func neverUnmasked(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 10)
	secret := map[string]bool{}
	for _, table := range s.crm.tables() {
		for _, column := range table.columns {
			for _, row := range s.picture()[production][table.name] {
				if v := row[column.name]; column.mask != "" && !column.passes() && v != "" {
					secret[fmt.Sprintf("%s.%s %s", table.name, column.name, v)] = true
				}
			}
		}
	}
	runner, seen := s.runner, 0
	runner.Target = onTheWay{s.runner.Target, func(table *schema.Table, rows [][]schema.Cell) [][]schema.Cell {
		for _, row := range rows {
			for i, column := range table.Stored() {
				seen++
				if key := fmt.Sprintf("%s.%s %s", table.Name, column.Name, row[i].Bytes); secret[key] {
					t.Errorf("the stage was given the original of %s", key)
				}
			}
		}
		return rows
	}}
	_, err := runner.Run(t.Context(), s.admitted(sandbox))
	s.must(err)
	if seen == 0 || len(secret) == 0 {
		t.Error("no value was looked at")
	}
}
