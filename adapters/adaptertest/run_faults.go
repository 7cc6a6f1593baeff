package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// faulted lets every call of a run fail in turn, before and after its effect, and then either runs the refresh again or abandons it.
func faulted(t *testing.T, harness DataHarness, crash bool) {
	stride := max(harness.Stride, 1)
	if testing.Short() {
		stride *= 7
	}
	s := newStand(t, harness, 2)
	s.refresh(sandbox)
	s.own(sandbox)
	s.setTokens(0) // which later refreshes carry over
	counting := &Faults{}
	runner := counting.Wrap(s.runner)
	_, err := runner.Run(t.Context(), s.admitted(sandbox))
	s.must(err)
	calls, round := counting.Calls(), 0
	if calls < 50 {
		t.Fatalf("a whole refresh made %d calls to its ports; most of them must have gone another way", calls)
	}
	failed := map[string]bool{}
	for _, after := range []bool{false, true} {
		for at := 1; at <= calls; at += stride {
			round++
			faults := &Faults{At: at, After: after, Crash: crash}
			if !s.survives(faults, round) {
				return
			}
			failed[faults.Failed()] = true
		}
	}
	if stride == 1 && !failed["Stage.Amend"] {
		t.Error("no call to Stage.Amend failed, although secrets are carried over")
	}
}

// survives runs a refresh with faults and brings it to an end. It returns false where a rule is broken.
func (s *stand) survives(faults *Faults, round int) bool {
	ctx := s.t.Context()
	_, err := s.directory.Change(ctx, sandbox, func(v tenancy.Settings) (tenancy.Settings, error) { return v.EnableCommunications(), nil })
	s.must(err)
	s.change(round)
	s.configure(round)
	before, tenant, id := s.picture(), s.tenant(), s.admitted(sandbox)
	runner := faults.Wrap(s.runner)
	_, failure := runner.Run(ctx, id)
	if failure == nil && faults.Crash && faults.Failed() != "" && faults.Failed() != "Store.Yield" {
		s.t.Errorf("call %d (%s) and all later ones failed, and the run says that all is well", faults.At, faults.Failed())
	}
	name := fmt.Sprintf("call %d (%s), after its effect: %t, then %v", faults.At, faults.Failed(), faults.After, failure)
	return s.t.Run(name, func(t *testing.T) {
		here := s.on(t)
		landed := here.atomic(before)
		here.clock.advance(10 * time.Minute) // the lease of a runner that died runs out
		switch {
		case failure == nil:
		case round%2 == 0:
			_, err := here.runner.Run(t.Context(), id)
			here.must(err)
		default:
			switch err := here.runner.Abandon(t.Context(), id); {
			case err == nil && landed:
				t.Error("a run whose rows are visible was abandoned")
				return
			case err == nil:
				here.abandoned(id, before, tenant)
				return
			case !errors.Is(err, refresh.ErrCommitted):
				t.Errorf("the run can neither be abandoned nor is it committed: %v", err)
				return
			case !landed:
				t.Errorf("a run is said to be committed, but its rows are not visible: %v", err)
				return
			}
			_, err := here.runner.Run(t.Context(), id)
			here.must(err)
		}
		here.opened(id, before, tenant)
	})
}

// atomic checks that the target is as before or completely replaced, and tells which.
func (s *stand) atomic(before picture) (landed bool) {
	s.t.Helper()
	after := s.picture()
	if before.differs(after) == "" {
		return false
	}
	if difference := before.differs(after, sandbox); difference != "" {
		s.t.Fatalf("a failed run changed rows of others (-before +after):\n%s", difference)
	}
	if _, wrong := s.expect(before, sandbox).check(after[sandbox]); len(wrong) > 0 {
		s.t.Fatalf("a failed run left the target neither as it was nor replaced:\n%v", wrong)
	}
	return true
}

// committing is a target whose stages commit by way of a function.
type committing struct {
	refresh.Target
	by func(ctx context.Context, commit func() error) error
}

func (c committing) Begin(ctx context.Context, landing refresh.Landing) (refresh.Stage, error) {
	stage, err := c.Target.Begin(ctx, landing)
	if err != nil {
		return nil, err
	}
	return committingStage{stage, c.by}, nil
}

type committingStage struct {
	refresh.Stage
	by func(ctx context.Context, commit func() error) error
}

func (c committingStage) Commit(ctx context.Context, handover refresh.Handover) error {
	return c.by(ctx, func() error { return c.Stage.Commit(ctx, handover) })
}

func lostAnswer(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 4)
	s.own(sandbox)
	before, tenant, id := s.picture(), s.tenant(), s.admitted(sandbox)
	runner := s.runner
	runner.Target = committing{s.runner.Target, func(_ context.Context, commit func() error) error {
		return errors.Join(commit(), ErrInjected)
	}}
	if _, err := runner.Run(t.Context(), id); err != nil {
		t.Fatalf("the commit took effect and its answer was lost; the marker tells, but the run ended with %v", err)
	}
	s.opened(id, before, tenant)
	kept, err := s.store.Refresh(t.Context(), id)
	s.must(err)
	if kept.Attempts != 1 {
		t.Errorf("a landing whose answer was lost was made %d times", kept.Attempts)
	}
}

func progress(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 30)
	rows := map[string]int64{}
	all := int64(0)
	for _, table := range s.crm.tables() {
		if !table.global {
			rows[table.name] = int64(len(s.picture()[production][table.name]))
			all += rows[table.name]
		}
	}
	var mu sync.Mutex
	last, tables, stalled := map[string]refresh.Event{}, map[string]map[string]int64{}, make(chan struct{})
	var steps []string
	runner := s.during("verify", false, func(ctx context.Context) error {
		s.clock.advance(2 * time.Minute)
		select {
		case <-stalled:
		case <-time.After(time.Minute): // only where the event never comes
			t.Error("no rows for two minutes, and no event says that the run is stalled")
		}
		return nil
	})
	runner.Batch, runner.Lease = 1000, 20*time.Millisecond
	runner.Progress = func(e refresh.Event) {
		mu.Lock()
		defer mu.Unlock()
		switch e.Kind {
		case refresh.Stalled:
			select {
			case <-stalled:
			default:
				close(stalled)
			}
		case refresh.StepStarted:
			steps = append(steps, e.Step)
		case refresh.Progressed:
			if tables[e.Step] == nil {
				tables[e.Step] = map[string]int64{}
			}
			tables[e.Step][e.Table] = e.Rows.Done
			if e.Rows.Done > e.Rows.Of && e.Rows.Of > 0 || e.All.Done > e.All.Of {
				t.Errorf("%s of %s: more is done than there is: %+v", e.Step, e.Table, e)
			}
			last[e.Step] = e
		}
	}
	_, err := runner.Run(t.Context(), s.admitted(sandbox))
	s.must(err)
	mu.Lock()
	defer mu.Unlock()
	for _, step := range []string{"copy", "verify"} {
		if got := last[step].All.Done; got != all {
			t.Errorf("step %s counted %d rows in all; the source has %d", step, got, all)
		}
		for table, want := range rows {
			if tables[step][table] != want {
				t.Errorf("step %s counted %d rows of %s; the source has %d", step, tables[step][table], table, want)
			}
		}
	}
	if want := "[close drain note copy verify prepare commit settle open]"; fmt.Sprint(steps) != want {
		t.Errorf("the steps were %v instead of %s", steps, want)
	}
}
