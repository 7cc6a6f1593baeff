package refresh

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/retenant/retenant/tenancy/schema"
)

// digestedColumns lists the columns that the digests of an extent's rows cover: all but the tenant column, by which the rows are chosen. They come in
// the order of names, as far as these are all of them, else in that of the table.
func digestedColumns(e Extent, names []string) []digestedColumn {
	var columns []digestedColumn
	for _, c := range e.Table.Stored() {
		if c.Name != e.Column {
			columns = append(columns, digestedColumn{Name: c.Name, Type: c.Type.String()})
		}
	}
	if len(names) != len(columns) {
		return columns
	}
	slices.SortStableFunc(columns, func(a, b digestedColumn) int { return slices.Index(names, a.Name) - slices.Index(names, b.Name) })
	return columns
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

// named tells whether a row's key may be shown: it consists of numbers and UUIDs.
func (h *rowDigestHead) named() bool {
	for _, i := range h.keyed() {
		if kind := h.Columns[i].Type; kind != schema.Integer.String() && kind != schema.UUID.String() {
			return false
		}
	}
	return len(h.Key) > 0
}

// rowDigestHeadOf says what the digests of a table's rows are made of.
func (run *run) rowDigestHeadOf(t *TablePlan) rowDigestHead {
	e := run.plan.target(t)
	head := rowDigestHead{Run: run.refresh.ID, Secret: run.Secret.Fingerprint(), Columns: digestedColumns(e, nil)}
	identity := e.Table.PrimaryKey
	if len(identity) == 0 && t.KeyColumn != "" {
		identity = []string{t.KeyColumn}
	}
	for _, c := range head.Columns {
		if slices.Contains(identity, c.Name) {
			head.Key = append(head.Key, c.Name)
		}
	}
	return head
}

// collectRowDigests makes the transform of a table collect the digests of the rows that it counts next. It returns nil where nobody is to keep them.
func (run *run) collectRowDigests(t *tableRun) *rowDigests {
	if _, ok := run.stage.(RowDigestWriter); !ok || run.plan.Uncounted {
		return nil
	}
	digests := &rowDigests{limit: maxRowDigests}
	e, head := run.plan.target(t.plan), run.rowDigestHeadOf(t.plan)
	skip := slices.IndexFunc(e.Table.Stored(), func(c schema.Column) bool { return c.Name == e.Column })
	keyed := head.keyed()
	for i := range keyed {
		if skip >= 0 && keyed[i] >= skip {
			keyed[i]++ // in whole rows, the tenant column stands before it
		}
	}
	t.transform.each = newRowDigester(run.Secret, keyed, skip, digests.add)
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
