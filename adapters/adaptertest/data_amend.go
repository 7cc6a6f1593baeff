package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

// amend calls Amend for rows of companies with the columns of key and set.
func (s *stand) amend(stage refresh.Stage, landing refresh.Landing, key, set []string, rows ...Row) ([]int, error) {
	s.t.Helper()
	i := slices.IndexFunc(landing.Replace, func(e refresh.Extent) bool { return e.Table.Name == "companies" })
	batch := schema.NewBatch(len(key)+len(set), 0)
	for _, row := range rows {
		for _, name := range slices.Concat(key, set) {
			cell := schema.Cell{}
			if value, given := row[name]; given {
				cell = schema.Cell{Bytes: []byte(value), Form: schema.Regular}
			}
			batch.Append(cell)
		}
	}
	return stage.Amend(s.t.Context(), landing.Replace[i], key, set, batch)
}

func amends(t *testing.T, harness DataHarness) {
	const many = 700 // more than one statement takes
	s := newStand(t, harness, 3)
	s.must(s.db.Target.Fence(t.Context(), sandbox, 1))
	before := s.picture()
	stage, landing := s.land("run-a", 1)
	var rows, changes, want []Row
	for i := range many {
		row := Row{"id": fmt.Sprint(900000 + i), "label": fmt.Sprintf("label %04d", i), "token": "before"}
		rows = append(rows, row)
		change := Row{"id": row["id"], "label": row["label"], "token": exotic[i%len(exotic)], "name": fmt.Sprint("name ", i)}
		if i%7 == 0 {
			delete(change, "token")
		}
		made := maps.Clone(row)
		if i%2 == 0 {
			changes = append(changes, change)
			delete(made, "token")
			maps.Copy(made, change)
		}
		want = append(want, s.row(sandbox, made))
	}
	s.write(stage, landing, "companies", rows...)
	foreign := Row{"id": before[neighbor]["companies"][0]["id"], "token": "stolen"} // with tables of their own, nobody has it
	absent := Row{"id": "999999", "token": "x"}
	missing, err := s.amend(stage, landing, []string{"id"}, []string{"token", "name"}, slices.Concat([]Row{foreign}, changes, []Row{absent})...)
	s.must(err)
	if difference := cmp.Diff([]int{0, len(changes) + 1}, missing); difference != "" {
		t.Errorf("rows that the tenant does not have are not told, or others are (-want +got):\n%s", difference)
	}
	if missing, err := s.amend(stage, landing, []string{"id"}, []string{"token"}); err != nil || len(missing) > 0 {
		t.Errorf("an empty batch was amended with %v, %v", missing, err)
	}
	findings, err := stage.Check(t.Context(), nil)
	s.must(err)
	if len(findings) > 0 {
		t.Errorf("what was amended is not counted as the stage's own: %v", findings)
	}
	s.must(stage.Commit(t.Context(), handover(landing)))
	after := s.picture()
	if difference := before.differs(after, sandbox); difference != "" {
		t.Errorf("rows of others were amended (-before +after):\n%s", difference)
	}
	if difference := cmp.Diff(want, after[sandbox]["companies"]); difference != "" {
		t.Errorf("the rows are not as they were amended (-want +got):\n%s", difference)
	}
}

// amendsByName has keys of two columns and keys that do not tell rows apart.
func amendsByName(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 3)
	one, two := Row{"id": "900001", "label": "one", "name": "x"}, Row{"id": "900002", "label": "two", "name": "x"}
	for i, c := range []struct {
		name    string
		key     []string
		changes []Row
		fails   bool
		missing []int
	}{
		{"a key of two columns", []string{"name", "label"}, []Row{{"name": "x", "label": "two", "token": "t"}, {"name": "y", "label": "two", "token": "t"}}, false, []int{1}},
		{"a key that is NULL", []string{"label"}, []Row{{"token": "t"}, {"label": "one", "token": "t"}}, false, []int{0}},
		{"two rows of the table have the key", []string{"name"}, []Row{{"name": "x", "token": "t"}}, true, nil},
		{"two rows of the batch have the key", []string{"label"}, []Row{{"label": "one", "token": "t"}, {"label": "one", "token": "u"}}, true, nil},
		{"one row is missing and another is there twice", []string{"name"}, []Row{{"name": "x", "token": "t"}, {"name": "y", "token": "u"}}, true, nil},
	} {
		token := refresh.Token(i + 1)
		s.must(s.db.Target.Fence(t.Context(), sandbox, token))
		stage, landing := s.land(refresh.RunID(fmt.Sprint("run-", i)), token)
		s.write(stage, landing, "companies", one, two)
		missing, err := s.amend(stage, landing, c.key, []string{"token"}, c.changes...)
		if (err != nil) != c.fails || !slices.Equal(missing, c.missing) {
			t.Errorf("%s: Amend returned %v, %v", c.name, missing, err)
		}
		s.must(stage.Rollback())
	}
}

// checkedAtOnce is a target of which a plan thinks that its foreign keys are checked at each statement.
type checkedAtOnce struct{ refresh.Target }

func (c checkedAtOnce) Describe(ctx context.Context, tenant tenancy.ID) (refresh.Description, error) {
	description, err := c.Target.Describe(ctx, tenant)
	description.Facts.Checking = refresh.CheckedAtOnce
	return description, err
}

func secondPass(t *testing.T, harness DataHarness) {
	for _, portable := range []bool{false, true} {
		s := newStand(t, harness, 30)
		s.runner.Target, s.runner.Portable, s.runner.Batch = checkedAtOnce{s.db.Target}, portable, 600
		for round := range 2 {
			s.change(round + 1)
			before := s.picture()
			plan, err := s.runner.Plan(t.Context(), request(sandbox))
			s.must(err)
			if !strings.Contains(plan.String(), "reference to activities, in a second pass  parent_id") {
				t.Fatalf("the plan does not say that activities refer to each other, and what becomes of it:\n%s", plan)
			}
			done := s.refresh(sandbox)
			s.replaced(before, sandbox)
			if findings, err := s.runner.Verify(t.Context(), done.ID); err != nil || len(findings) > 0 {
				t.Errorf("a refresh with a second pass does not verify: %v, %v", findings, err)
			}
		}
	}
}

// changedAmendment is a target whose stages amend what change makes of a row.
type changedAmendment struct {
	refresh.Target
	change func(set []string, row []schema.Cell) []schema.Cell // nil is that the row is left out
}

func (c changedAmendment) Begin(ctx context.Context, landing refresh.Landing) (refresh.Stage, error) {
	stage, err := c.Target.Begin(ctx, landing)
	if err != nil {
		return nil, err
	}
	return changedStage{stage, c.change}, nil
}

type changedStage struct {
	refresh.Stage
	change func(set []string, row []schema.Cell) []schema.Cell
}

func (c changedStage) Amend(ctx context.Context, extent refresh.Extent, key, set []string, rows *schema.Batch) ([]int, error) {
	changed := schema.NewBatch(rows.Width(), 0)
	for i := range rows.Len() {
		var cells []schema.Cell
		for k := range rows.Width() {
			cells = append(cells, rows.Row(i).Cell(k))
		}
		for _, cell := range c.change(set, cells) {
			changed.Append(cell)
		}
	}
	return c.Stage.Amend(ctx, extent, key, set, changed)
}

func tamperedAmendments(t *testing.T, harness DataHarness) {
	for _, c := range []struct {
		name, column string
		change       func(row []schema.Cell) []schema.Cell
	}{
		{"a reference is not set", "parent_id", func([]schema.Cell) []schema.Cell { return nil }},
		{"a reference leads to another row", "parent_id", func(row []schema.Cell) []schema.Cell { return []schema.Cell{row[0], row[0]} }},
		{"a secret does not stay", "token", func([]schema.Cell) []schema.Cell { return nil }},
		{"a secret is altered", "token", func(row []schema.Cell) []schema.Cell {
			return []schema.Cell{row[0], {Bytes: []byte("altered"), Form: schema.Regular}}
		}},
	} {
		s := newStand(t, harness, 6)
		s.runner.Target = checkedAtOnce{s.db.Target}
		s.refresh(sandbox)
		s.setTokens(1)
		before, id, done := s.picture(), s.admitted(sandbox), false
		runner := s.runner
		runner.Target = changedAmendment{s.runner.Target, func(set []string, row []schema.Cell) []schema.Cell {
			if done || set[0] != c.column {
				return row
			}
			done = true
			return c.change(row)
		}}
		_, err := runner.Run(t.Context(), id)
		if !done || !errors.Is(err, refresh.ErrNotVerified) {
			t.Errorf("%s (it was tampered with: %t), and the run ended with %v instead of %v", c.name, done, err, refresh.ErrNotVerified)
		}
		if err != nil && strings.Contains(err.Error(), "of the sandbox, round") {
			t.Errorf("the error shows a secret: %v", err)
		}
		s.untouched(before)
	}
}
