package schema_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/retenant/retenant/tenancy/schema"
)

// TestBatchGivesBackWhatWasPut holds a batch against a slice of rows, over several fillings.
func TestBatchGivesBackWhatWasPut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(1, 5).Draw(t, "width")
		limit := rapid.IntRange(1, 200).Draw(t, "limit")
		batch := schema.NewBatch(width, limit)
		for range rapid.IntRange(1, 3).Draw(t, "fillings") {
			batch.Reset()
			var want [][]schema.Cell
			for range rapid.IntRange(0, 10).Draw(t, "rows") {
				row := make([]schema.Cell, width)
				for i := range row {
					row[i] = schema.Cell{Form: schema.Form(rapid.IntRange(int(schema.Null), int(schema.AsBytes)).Draw(t, "form"))}
					if !row[i].IsNull() {
						row[i].Bytes = rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "bytes")
					}
					batch.Append(row[i])
				}
				want = append(want, row)
			}
			size := 0
			for r, row := range want {
				for i, cell := range row {
					size += len(cell.Bytes)
					if got := batch.Row(r).Cell(i); got.Form != cell.Form || string(got.Bytes) != string(cell.Bytes) {
						t.Fatalf("row %d, cell %d is %v, put was %v", r, i, got, cell)
					}
				}
			}
			if batch.Len() != len(want) || batch.Size() != size || batch.Width() != width {
				t.Fatalf("%d rows of %d cells with %d bytes; put were %d of %d with %d", batch.Len(), batch.Width(), batch.Size(), len(want), width, size)
			}
			if size >= limit && !batch.Full() {
				t.Fatalf("%d bytes are over the bound of %d, and the batch is not full", size, limit)
			}
		}
	})
}

// TestAppendingToACellLeavesItsNeighborAlone: a mask may append to the bytes it was given.
func TestAppendingToACellLeavesItsNeighborAlone(t *testing.T) {
	batch := schema.NewBatch(2, 0)
	batch.Append(schema.Cell{Form: schema.Regular, Bytes: []byte("a")})
	batch.Append(schema.Cell{Form: schema.Regular, Bytes: []byte("b")})
	_ = append(batch.Row(0).Cell(0).Bytes, 'x')
	if got := string(batch.Row(0).Cell(1).Bytes); got != "b" {
		t.Errorf("the neighbor became %q", got)
	}
}

func TestSchemaTable(t *testing.T) {
	s := schema.Schema{Tables: []schema.Table{{Name: "b"}, {Name: "a", Columns: []schema.Column{{Name: "x"}, {Name: "y", Computed: true}}}}}
	s.Sort()
	if s.Table("a") == nil || s.Table("b") == nil || s.Table("c") != nil {
		t.Error("tables are not found by name")
	}
	if stored := s.Table("a").Stored(); len(stored) != 1 || stored[0].Name != "x" || s.Table("a").Index("y") != 1 || s.Table("a").Index("z") != -1 {
		t.Errorf("stored columns are %v", stored)
	}
}
