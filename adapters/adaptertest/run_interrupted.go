package adaptertest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/retenant/retenant/refresh"
)

func paused(t *testing.T, harness DataHarness) {
	for _, step := range []string{"copy", "verify", "prepare", "commit"} {
		t.Run("before "+step, func(t *testing.T) {
			s := newStand(t, harness, 4)
			s.own(sandbox)
			before, tenant, id := s.picture(), s.tenant(), s.admitted(sandbox)
			var then picture
			runner := s.during(step, false, func(ctx context.Context) error {
				s.clock.advance(10 * time.Minute) // the lease runs out
				_, err := s.runner.Run(ctx, id)
				then = s.picture()
				return err
			})
			if _, err := runner.Run(t.Context(), id); err == nil {
				t.Error("a runner woke up after another had taken over, and says that all is well")
			} else if !errors.Is(err, refresh.ErrFenced) {
				t.Errorf("a runner woke up after another had taken over, and ended with %v instead of %v", err, refresh.ErrFenced)
			}
			if difference := then.differs(s.picture()); difference != "" {
				t.Errorf("a runner that was overtaken changed rows (-before +after):\n%s", difference)
			}
			s.opened(id, before, tenant)
		})
	}
}

// pausedInCommit stops a runner after its last look at the lease, where nothing but the fence holds it back.
func pausedInCommit(t *testing.T, harness DataHarness) {
	for _, abandon := range []bool{false, true} {
		s := newStand(t, harness, 4)
		s.own(sandbox)
		before, tenant, id := s.picture(), s.tenant(), s.admitted(sandbox)
		runner := s.runner
		runner.Target = committing{s.runner.Target, func(ctx context.Context, commit func() error) error {
			s.clock.advance(10 * time.Minute) // the lease runs out
			if abandon {
				s.must(s.runner.Abandon(ctx, id))
			} else {
				_, err := s.runner.Run(ctx, id)
				s.must(err)
			}
			return commit()
		}}
		if _, err := runner.Run(t.Context(), id); !errors.Is(err, refresh.ErrFenced) {
			t.Errorf("a runner was paused in its commit until another had taken over (by abandoning: %t), and ended with %v", abandon, err)
		}
		if abandon {
			s.abandoned(id, before, tenant)
		} else {
			s.opened(id, before, tenant)
		}
	}
}

func held(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 3)
	id, other, asked := s.admitted(sandbox), s.admitted(sandbox), 0
	runner := s.during("verify", false, func(ctx context.Context) error {
		for _, late := range []refresh.RunID{id, other} {
			asked++
			if _, err := s.runner.Run(ctx, late); !errors.Is(err, refresh.ErrHeld) {
				t.Errorf("a second runner began on a target that is held: %v", err)
			}
			if err := s.runner.Abandon(ctx, late); !errors.Is(err, refresh.ErrHeld) {
				t.Errorf("a run was abandoned while its runner is at work: %v", err)
			}
		}
		return nil
	})
	_, err := runner.Run(t.Context(), id)
	s.must(err)
	if asked != 2 {
		t.Errorf("the second runner was tried %d times", asked)
	}
}

func cancelled(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 3)
	s.own(sandbox)
	for _, step := range []string{"close", "drain", "note", "copy", "verify", "prepare", "commit", "settle", "open"} {
		for _, after := range []bool{false, true} {
			name, late := "before "+step, step == "settle" || step == "open" || step == "commit" && after
			if after {
				name = "after " + step
			}
			t.Run(name, func(t *testing.T) {
				here := s.on(t)
				before, tenant, id := here.picture(), here.tenant(), here.admitted(sandbox)
				runner := here.during(step, after, func(ctx context.Context) error { return here.store.Cancel(ctx, id) })
				_, err := runner.Run(t.Context(), id)
				if late { // it is committed
					here.must(err)
					here.opened(id, before, tenant)
					return
				}
				if !errors.Is(err, refresh.ErrCancelled) {
					t.Errorf("a run that was cancelled ended with %v", err)
				}
				here.abandoned(id, before, tenant)
				if _, err := here.runner.Run(t.Context(), id); !errors.Is(err, refresh.ErrEnded) {
					t.Errorf("a run that was cancelled was begun again: %v", err)
				}
			})
		}
	}
}

func givenUp(t *testing.T, harness DataHarness) {
	for _, step := range []string{"copy", "verify", "commit"} {
		s := newStand(t, harness, 3)
		s.own(sandbox)
		before, tenant, id := s.picture(), s.tenant(), s.admitted(sandbox)
		ctx, cancel := context.WithCancel(t.Context())
		runner := s.during(step, false, func(context.Context) error {
			cancel()
			return nil
		})
		if _, err := runner.Run(ctx, id); !errors.Is(err, context.Canceled) {
			t.Errorf("the caller gave up before step %s, and the run ended with %v", step, err)
		}
		s.untouched(before)
		s.must(s.runner.Abandon(t.Context(), id))
		s.abandoned(id, before, tenant)
	}
}
