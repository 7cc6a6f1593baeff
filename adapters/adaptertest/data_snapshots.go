package adaptertest

import (
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

// read returns the rows of an extent, in order of label, and the size of the largest batch.
func (s *stand) read(from refresh.Snapshot, extent refresh.Extent, limit int) (rows []Row, largest int) {
	s.t.Helper()
	reader, err := from.Read(s.t.Context(), extent)
	s.must(err)
	columns := extent.Stored()
	batch := schema.NewBatch(len(columns), limit)
	for {
		err := reader.Next(s.t.Context(), batch)
		if err == io.EOF {
			break
		}
		s.must(err)
		if batch.Len() == 0 {
			s.t.Fatalf("%s: a batch before the last one is empty", extent.Table.Name)
		}
		largest = max(largest, batch.Len())
		for i := range batch.Len() {
			row := Row{}
			for k, column := range columns {
				if c := batch.Row(i).Cell(k); !c.IsNull() {
					row[column.Name] = string(c.Bytes)
				}
			}
			rows = append(rows, row)
		}
	}
	if err := reader.Next(s.t.Context(), batch); err != io.EOF || batch.Len() != 0 {
		s.t.Errorf("%s: after the last row Next returned %v and %d rows instead of io.EOF and none", extent.Table.Name, err, batch.Len())
	}
	s.must(reader.Close())
	s.must(reader.Close())
	slices.SortFunc(rows, func(a, b Row) int { return strings.Compare(order(a), order(b)) })
	return rows, largest
}

func pointInTime(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 8)
	snapshot, err := s.db.Target.Snapshot(t.Context(), production)
	s.must(err)
	defer snapshot.Close()
	d := s.describe()
	if snapshot.At().IsZero() {
		t.Error("the snapshot does not say of which time it is")
	}
	before := map[string][]Row{}
	for _, table := range s.crm.tables() {
		before[table.name], _ = s.read(snapshot, s.extent(d, table.name, production), 0)
	}
	s.change(1)
	s.must(s.db.Delete(t.Context(), production, "notes", s.where(production, "7-notes-3")))
	for _, table := range s.crm.tables() {
		extent := s.extent(d, table.name, production)
		again, _ := s.read(snapshot, extent, 0)
		if difference := cmp.Diff(before[table.name], again); difference != "" {
			t.Errorf("a host's writes are seen in a snapshot that was there before (-before +after):\n%s", difference)
		}
		if n, err := snapshot.Count(t.Context(), extent); err != nil || n != int64(len(again)) {
			t.Errorf("Count of %s is %d, %v; the snapshot has %d rows", table.name, n, err, len(again))
		}
	}
	s.must(snapshot.Close())
	s.must(snapshot.Close())
	next, err := s.db.Target.Snapshot(t.Context(), production)
	s.must(err)
	defer next.Close()
	rows, _ := s.read(next, s.extent(d, "notes", production), 0)
	if slices.EqualFunc(before["notes"], rows, func(a, b Row) bool { return cmp.Equal(a, b) }) {
		t.Error("a snapshot that was opened after a host's writes does not show them")
	}
}

func canonical(t *testing.T, harness DataHarness) {
	const size = 9
	s := newStand(t, harness, size)
	snapshot, err := s.db.Target.Snapshot(t.Context(), production)
	s.must(err)
	defer snapshot.Close()
	d := s.describe()
	for _, table := range s.crm.tables() {
		owner := production
		if table.global {
			owner = ""
		}
		want := slices.Clone(s.crm.populate([]tenancy.ID{production, neighbor}, size)[owner][table.name])
		got, _ := s.read(snapshot, s.extent(d, table.name, production), 0)
		if harness.Loose {
			for _, rows := range [][]Row{want, got} {
				for _, row := range rows {
					for _, column := range table.columns {
						if _, given := row[column.name]; given && column.kind != schema.Integer && column.kind != schema.Text {
							row[column.name] = "a value"
						}
					}
				}
			}
		}
		for _, row := range want {
			for _, column := range table.columns {
				if value, given := row[column.name]; given && column.kind == schema.Decimal && harness.Padded {
					row[column.name] = padded(value, column.scale)
				}
			}
		}
		slices.SortFunc(want, func(a, b Row) int { return strings.Compare(order(a), order(b)) })
		if difference := cmp.Diff(want, got); difference != "" {
			t.Errorf("%s is not read in canonical form, as it was written (-written +read):\n%s", table.name, difference)
		}
	}
}

// padded gives a decimal so many digits after the point.
func padded(value string, scale int) string {
	whole, fraction, _ := strings.Cut(value, ".")
	return whole + "." + fraction + strings.Repeat("0", scale-len(fraction))
}

func counts(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 15)
	p := s.picture()
	snapshot, err := s.db.Target.Snapshot(t.Context(), production)
	s.must(err)
	defer snapshot.Close()
	d := s.describe()
	owners := []tenancy.ID{production}
	if sharedOf(harness) {
		owners = []tenancy.ID{production, neighbor, sandbox, ""}
	}
	for _, owner := range owners {
		for _, table := range []string{"items", "lines", "notes"} {
			if owner == "" && table != "items" {
				continue
			}
			extent := s.extent(d, table, owner)
			want := p[owner][table]
			if n, err := snapshot.Count(t.Context(), extent); err != nil || n != int64(len(want)) {
				t.Errorf("Count of %s of tenant %q is %d, %v; it has %d rows", table, owner, n, err, len(want))
			}
			rows, largest := s.read(snapshot, extent, 1)
			if len(rows) != len(want) || largest > 1 {
				t.Errorf("%s of tenant %q: %d of %d rows came in batches of up to %d rows, and one row fills a batch", table, owner, len(rows), len(want), largest)
			}
			stored := extent.Table.Stored()
			narrow := extent
			narrow.Only = []string{stored[len(stored)-1].Name, label.name}
			if narrow.Only[0] == label.name {
				narrow.Only = narrow.Only[:1]
			}
			part, _ := s.read(snapshot, narrow, 0)
			for _, row := range rows {
				maps.DeleteFunc(row, func(column, _ string) bool { return !slices.Contains(narrow.Only, column) })
			}
			if difference := cmp.Diff(rows, part); difference != "" {
				t.Errorf("%s of tenant %q, read with the columns %v only, has others (-all +those):\n%s", table, owner, narrow.Only, difference)
			}
			if table == "lines" {
				continue
			}
			set, err := snapshot.Keys(t.Context(), extent, "id")
			s.must(err)
			var b keys.SetBuilder
			for _, row := range want {
				id, _ := strconv.ParseInt(row["id"], 10, 64)
				b.Add(id)
			}
			if !b.Set().Equal(set) {
				t.Errorf("Keys of %s of tenant %q are not those of its rows", table, owner)
			}
		}
	}
	reader, err := snapshot.Read(t.Context(), s.extent(d, "notes", production))
	s.must(err)
	s.must(reader.Next(t.Context(), schema.NewBatch(len(d.Schema.Table("notes").Stored()), 1)))
	s.must(reader.Close()) // early
	s.must(reader.Close())
	if mappings, err := snapshot.Mappings(t.Context(), neighbor); err != nil || len(mappings) != 0 {
		t.Errorf("a tenant that never was a target has the mappings %v, %v", mappings, err)
	}
	if _, err := s.db.Target.Snapshot(t.Context(), production); errors.Is(err, refresh.ErrNoSnapshot) {
		t.Error("the store gives a snapshot once and not twice")
	}
}
