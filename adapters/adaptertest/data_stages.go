package adaptertest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/refresh/receipt"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

func oldRows(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 8)
	s.own(sandbox)
	before, looked := s.picture(), 0
	runner := s.runner
	runner.Inject = func(_ context.Context, step string, after bool) error {
		if step == "verify" || step == "prepare" || step == "commit" && !after {
			looked++
			s.untouched(before)
		}
		return nil
	}
	_, err := runner.Run(t.Context(), s.admitted(sandbox))
	s.must(err)
	if looked != 5 {
		t.Errorf("readers looked %d times between copy and commit, not 5 times", looked)
	}
	s.replaced(before, sandbox)
}

func writers(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 8)
	s.own(sandbox)
	var mid picture
	runner := s.during("verify", false, func(ctx context.Context) error {
		s.must(s.db.Insert(ctx, neighbor, "notes", s.row(neighbor, Row{"label": "written during the copy"})))
		s.must(s.db.Update(ctx, neighbor, "companies", s.where(neighbor, "3-companies-0"), Row{"name": "renamed during the copy"}))
		s.must(s.db.Insert(ctx, production, "notes", s.row(production, Row{"label": "after the snapshot"})))
		mid = s.picture()
		return nil
	})
	snapshot := s.picture()[production]
	_, err := runner.Run(t.Context(), s.admitted(sandbox))
	s.must(err)
	want := s.expect(mid, sandbox)
	want.source = snapshot // what the source wrote later is not in the copy (D22)
	s.replacedAs(mid, want)

	runner = s.during("commit", false, func(ctx context.Context) error {
		return s.db.Insert(ctx, sandbox, "notes", s.row(sandbox, Row{"label": "straggler"}))
	})
	done, err := runner.Run(t.Context(), s.admitted(sandbox))
	s.must(err)
	if difference := cmp.Diff([]receipt.Straggle{{Table: "notes", Rows: 1}}, done.Receipt.Stragglers); difference != "" {
		t.Errorf("a row that a host wrote to the target during the landing is not told as a straggler (-want +got):\n%s", difference)
	}
}

// describe returns the description of production.
func (s *stand) describe() refresh.Description {
	s.t.Helper()
	description, err := s.db.Target.Describe(s.t.Context(), production)
	s.must(err)
	return description
}

// extent is a tenant's rows of a table.
func (s *stand) extent(d refresh.Description, table string, tenant tenancy.ID) refresh.Extent {
	s.t.Helper()
	found := d.Schema.Table(table)
	if found == nil {
		s.t.Fatalf("Describe does not know the table %s", table)
	}
	e := refresh.Extent{Table: found}
	if !s.crm.own() && !s.crm.table(table).global {
		e.Column, e.Tenant = TenantColumn, tenant
	}
	return e
}

// land fences sandbox with the token and opens a stage that replaces all of its tables.
func (s *stand) land(run refresh.RunID, token refresh.Token) (refresh.Stage, refresh.Landing) {
	s.t.Helper()
	landing := s.landing(run, token)
	stage, err := s.db.Target.Begin(s.t.Context(), landing)
	s.must(err)
	s.t.Cleanup(func() { _ = stage.Rollback() })
	return stage, landing
}

func (s *stand) landing(run refresh.RunID, token refresh.Token) refresh.Landing {
	d := s.describe()
	landing := refresh.Landing{Run: run, Token: token, Source: production, Target: sandbox, Rebuild: d.Facts.Rebuild, Definitions: d.Facts.Definitions}
	for _, table := range s.crm.tables() {
		if table.global {
			landing.Keep = append(landing.Keep, table.name)
		} else {
			landing.Replace = append(landing.Replace, s.extent(d, table.name, sandbox))
		}
	}
	return landing
}

// write adds rows of sandbox to the stage.
func (s *stand) write(stage refresh.Stage, landing refresh.Landing, table string, rows ...Row) {
	s.t.Helper()
	i := slices.IndexFunc(landing.Replace, func(e refresh.Extent) bool { return e.Table.Name == table })
	extent := landing.Replace[i]
	batch := schema.NewBatch(len(extent.Table.Stored()), 0)
	for _, row := range rows {
		s.row(sandbox, row)
		for _, column := range extent.Table.Stored() {
			cell := schema.Cell{}
			if value, given := row[column.Name]; given {
				cell = schema.Cell{Bytes: []byte(value), Form: schema.Regular}
			}
			batch.Append(cell)
		}
	}
	s.must(stage.Write(s.t.Context(), extent, batch))
}

func handover(l refresh.Landing) refresh.Handover {
	return refresh.Handover{Run: l.Run, Token: l.Token, Target: l.Target, Provenance: tenancy.Provenance{Source: l.Source, Run: string(l.Run), Masked: true}}
}

// stands checks whether the run's commit marker stands.
func (s *stand) stands(tenant tenancy.ID, run refresh.RunID, want bool) {
	s.t.Helper()
	committed, err := s.db.Target.Committed(s.t.Context(), tenant, run)
	s.must(err)
	if committed != want {
		s.t.Errorf("Committed says %t of run %s on tenant %s; it should say %t", committed, run, tenant, want)
	}
}

func fence(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 2)
	ctx, target := t.Context(), s.db.Target
	token := func(tenant tenancy.ID, want refresh.Token) {
		t.Helper()
		if got, err := target.Token(ctx, tenant); err != nil || got != want {
			t.Errorf("Token of tenant %s is %d, %v; it should be %d", tenant, got, err, want)
		}
	}
	token(sandbox, 0)
	s.must(target.Fence(ctx, sandbox, 5))
	token(sandbox, 5)
	token(neighbor, 0)
	if err := target.Fence(ctx, sandbox, 4); !errors.Is(err, refresh.ErrFenced) {
		t.Errorf("a lower token was let past the fence: %v", err)
	}
	if err := target.Fence(ctx, sandbox, 5); err != nil {
		t.Errorf("the current token was refused when it came again: %v", err)
	}
	token(sandbox, 5)
	before := s.picture()
	for _, wrong := range []refresh.Token{0, 4, 6} {
		stage, err := target.Begin(ctx, s.landing("run-a", wrong))
		if !errors.Is(err, refresh.ErrFenced) {
			t.Errorf("Begin with token %d, which is not the current one, returned %v", wrong, err)
		}
		if err == nil {
			s.must(stage.Rollback())
		}
	}
	s.untouched(before)
	stage, _ := s.land("run-a", 5)
	s.must(stage.Rollback())
	s.must(target.Fence(ctx, sandbox, 9))
	token(sandbox, 9)
	s.stands(sandbox, "run-a", false)
}

func overtaken(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 2)
	s.own(sandbox)
	ctx, before := t.Context(), s.picture()
	s.must(s.db.Target.Fence(ctx, sandbox, 1))
	late, landing := s.land("run-late", 1)
	s.write(late, landing, "companies", Row{"id": "900001", "label": "late"})
	s.must(s.db.Target.Fence(ctx, sandbox, 2))
	if err := late.Commit(ctx, handover(landing)); !errors.Is(err, refresh.ErrFenced) {
		t.Errorf("a stage whose token is no longer the current one committed: %v", err)
	}
	s.must(late.Rollback())
	s.stands(sandbox, "run-late", false)
	s.untouched(before)
	stage, landing := s.land("run-next", 2)
	s.write(stage, landing, "companies", Row{"id": "900002", "label": "next"})
	s.must(stage.Commit(ctx, handover(landing)))
	s.stands(sandbox, "run-next", true)
	s.stands(sandbox, "run-late", false)
}

func marker(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 2)
	s.own(sandbox)
	ctx, before := t.Context(), s.picture()
	s.must(s.db.Target.Fence(ctx, sandbox, 1))
	stage, landing := s.land("run-a", 1)
	s.write(stage, landing, "companies", Row{"id": "900001", "label": "one"})
	s.stands(sandbox, "run-a", false)
	s.must(stage.Rollback())
	s.must(stage.Rollback())
	s.stands(sandbox, "run-a", false)
	s.untouched(before)

	stage, landing = s.land("run-b", 1)
	s.write(stage, landing, "companies", Row{"id": "900002", "label": "two"})
	s.must(stage.Commit(ctx, handover(landing)))
	s.stands(sandbox, "run-b", true)
	s.stands(sandbox, "run-a", false)
	s.stands(neighbor, "run-b", false)
	s.must(stage.Rollback()) // does nothing any more
	s.stands(sandbox, "run-b", true)
	after := s.picture()
	if difference := before.differs(after, sandbox); difference != "" {
		t.Errorf("rows of others changed (-before +after):\n%s", difference)
	}
	rows := after[sandbox]
	if len(rows["companies"]) != 1 || rows["companies"][0]["label"] != "two" || len(rows["notes"]) != 0 {
		t.Errorf("after the commit the target holds %v and %d notes instead of the one row that was written", rows["companies"], len(rows["notes"]))
	}
}

func cancelledContext(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 3)
	before, target := s.picture(), s.db.Target
	s.must(target.Fence(t.Context(), sandbox, 1))
	landing := s.landing("run-a", 1)
	snapshot, err := target.Snapshot(t.Context(), production)
	s.must(err)
	defer snapshot.Close()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	extent := s.extent(s.describe(), "notes", production)
	for _, call := range []struct {
		name string
		do   func() error
	}{
		{"Describe", func() error { _, err := target.Describe(gone, production); return err }},
		{"Snapshot", func() error { _, err := target.Snapshot(gone, production); return err }},
		{"Fence", func() error { return target.Fence(gone, sandbox, 2) }},
		{"Begin", func() error { _, err := target.Begin(gone, landing); return err }},
		{"Read", func() error {
			reader, err := snapshot.Read(gone, extent)
			if err == nil {
				err = reader.Next(gone, schema.NewBatch(len(extent.Table.Stored()), 0))
			}
			return err
		}},
	} {
		if err := call.do(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a context that has ended returned %v", call.name, err)
		}
	}
	if token, err := target.Token(t.Context(), sandbox); err != nil || token != 1 {
		t.Errorf("the fence is at %d, %v, after a Fence whose context had ended; it was at 1", token, err)
	}
	s.untouched(before)
}
