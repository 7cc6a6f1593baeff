package refresh

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/retenant/retenant/tenancy/schema"
)

// digestedColumns lists the columns that the digests of an extent's rows cover, in the order of the table: all but the tenant column, by which the rows are
// chosen, and those without.
func digestedColumns(e Extent, without []string) []digestedColumn {
	var columns []digestedColumn
	for _, c := range e.Table.Stored() {
		if c.Name != e.Column && !slices.Contains(without, c.Name) {
			columns = append(columns, digestedColumn{Name: c.Name, Type: c.Type.String()})
		}
	}
	return columns
}

// fits tells whether the rows of an extent can be held against the digests: all columns that these cover are there as they were, and the values of all others
// stay, or are secrets that stayed so far and go now. It returns these.
func (h *rowDigestHead) fits(e Extent, stays []string) (gone []string, ok bool) {
	columns := digestedColumns(e, stays)
	for _, c := range h.Columns {
		if at := slices.Index(columns, c); at >= 0 {
			columns = slices.Delete(columns, at, at+1)
		} else if !slices.Contains(stays, c.Name) || !slices.Contains(digestedColumns(e, nil), c) {
			return nil, false
		}
	}
	for _, c := range columns {
		if !slices.Contains(h.Kept, c.Name) {
			return nil, false
		}
		gone = append(gone, c.Name)
	}
	return gone, true
}

// names lists the columns.
func (h *rowDigestHead) names() []string {
	names := make([]string, len(h.Columns))
	for i, c := range h.Columns {
		names[i] = c.Name
	}
	return names
}

// keyed returns the places of the key's columns among the columns.
func (h *rowDigestHead) keyed() []int {
	var places []int
	for i, c := range h.Columns {
		if slices.Contains(h.Key, c.Name) {
			places = append(places, i)
		}
	}
	return places
}

// rowDigestHeadOf says what the digests of a table's rows are made of.
func (run *run) rowDigestHeadOf(t *TablePlan) rowDigestHead {
	e, kept := run.plan.target(t), t.kept()
	head := rowDigestHead{Run: run.refresh.ID, Secret: run.Secret.Fingerprint(), Columns: digestedColumns(e, kept), Kept: kept}
	identity := e.Table.PrimaryKey
	switch {
	case len(t.kept()) > 0:
		identity = run.plan.secretKey(t)
	case len(identity) == 0 && t.KeyColumn != "":
		identity = []string{t.KeyColumn}
	}
	for _, c := range head.Columns {
		if slices.Contains(identity, c.Name) {
			head.Key = append(head.Key, c.Name)
		}
	}
	head.Keying = run.plan.keying(t, head.Key)
	return head
}

// collectRowDigests makes the transform of a table collect the digests of the rows that it counts next. It returns nil where nobody is to keep them. A table with
// secrets that stay needs them, whether or not losses are counted.
func (run *run) collectRowDigests(t *tableRun) *rowDigests {
	if _, ok := run.stage.(RowDigestWriter); !ok || run.plan.Uncounted && len(t.plan.kept()) == 0 {
		return nil
	}
	digests := &rowDigests{limit: maxRowDigests}
	stored, head := run.plan.target(t.plan).Table.Stored(), run.rowDigestHeadOf(t.plan)
	cells := make([]int, len(head.Columns))
	for i, digested := range head.Columns {
		cells[i] = slices.IndexFunc(stored, func(c schema.Column) bool { return c.Name == digested.Name })
	}
	keyed := head.keyed()
	for i := range keyed {
		keyed[i] = cells[keyed[i]]
	}
	t.transform.each = newRowDigester(run.Secret, cells, keyed, digests.add)
	return digests
}

// keepRowDigests writes the digests that a table's transform collected to the stage, or takes away those of an earlier landing where there are none.
func (run *run) keepRowDigests(ctx context.Context, t *tableRun, digests *rowDigests) error {
	t.transform.each = nil
	return run.writeRowDigests(ctx, t.plan.Name, run.rowDigestHeadOf(t.plan), digests)
}

func (run *run) writeRowDigests(ctx context.Context, table string, head rowDigestHead, digests *rowDigests) error {
	writer, ok := run.stage.(RowDigestWriter)
	if !ok {
		return nil
	}
	pieces := func(func([]byte) bool) {}
	if digests != nil {
		var err error
		if pieces, err = digests.pieces(head); err != nil {
			return err
		}
	}
	err := writer.WriteRowDigests(ctx, table, iter.Seq[[]byte](pieces))
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("keeping the digests of its rows: %w", err)
	}
	return nil
}

// keepNoRows notes that the tables that are emptied have no row, and forgets those that go.
func (run *run) keepNoRows(ctx context.Context) error {
	for i := range run.plan.Tables {
		t := &run.plan.Tables[i]
		if t.Disposition != Empty {
			continue
		}
		none := new(rowDigests)
		if run.plan.Uncounted {
			none = nil
		}
		if err := run.writeRowDigests(ctx, t.Name, run.rowDigestHeadOf(t), none); err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
	}
	for _, name := range run.plan.Dropped {
		if err := run.writeRowDigests(ctx, name, rowDigestHead{}, nil); err != nil {
			return fmt.Errorf("table %s: %w", name, err)
		}
	}
	return nil
}
