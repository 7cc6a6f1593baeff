package refresh

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/retenant/retenant/tenancy"
)

// step is a part of a run. A step can be done again: after a crash, a run begins with the first step of its state.
type step struct {
	name  string
	state State // the state in which a run begins with it; "" where it belongs to the one before
	do    func(*run, context.Context) error
}

// steps is the whole flow of a refresh.
var steps = [...]step{
	{"close", Running, (*run).close},     // the outage begins
	{"drain", "", (*run).drain},          // who is still writing to the target ends
	{"note", "", (*run).note},            // what is lost is counted once more, settings are decided on and recorded
	{"copy", "", (*run).copy},            // read, re-key, mask, write
	{"verify", "", (*run).verify},        // the copy is re-read and compared
	{"prepare", "", (*run).prepare},      // settings, provenance and receipt are recorded, without effect as yet
	{"commit", "", (*run).commit},        // the data is visible, in one transaction with the commit marker
	{"settle", Committed, (*run).settle}, // what was prepared takes effect; stragglers are counted
	{"open", Settled, (*run).open},       // at the end of the outage, never before; the receipt is sealed
}

// run is one execution, or the resumption of one.
type run struct {
	*Runner
	refresh  Refresh
	lease    Lease
	progress *progress
	plan     *Plan
	source   tenancy.Tenant
	target   tenancy.Tenant
	snapshot Snapshot
	old      Snapshot // of the target, while secrets of its rows are carried over
	stage    Stage
	bound    bindings
	globals  map[string][][]byte // the keys of rows of no tenant, by table, where a mapping has to leave them out
	tables   []*tableRun
	lost     Losses // as counted after the drain
}

// errWaiting ends a run that has nothing to do before the end of the outage.
var errWaiting = errors.New("waiting for the end of the outage")

// begin finds out where to begin, and that everything that can be refused is refused before anything is touched.
func (run *run) begin(ctx context.Context) error {
	switch run.refresh.State {
	case Abandoned, Cancelled:
		return fmt.Errorf("refresh %s is %s: %w", run.refresh.ID, run.refresh.State, ErrEnded)
	case Running:
		if err := run.decide(ctx); err != nil {
			return err
		}
	}
	if run.refresh.State != Admitted && run.refresh.State != Running {
		return nil
	}
	if from := run.refresh.Request.From; run.Now().Before(from) {
		return fmt.Errorf("%w: it begins at %s", ErrTooEarly, from.Format(time.RFC3339))
	}
	plan, err := run.compile(ctx, run.refresh.Request, run.refresh.State == Admitted && run.refresh.Losses != nil)
	if err != nil {
		return err
	}
	switch run.refresh.Acknowledged {
	case plan.Hash:
	case "":
		return fmt.Errorf("%w: look at plan %s, then acknowledge it", ErrNotAcknowledged, plan.Hash)
	default:
		return fmt.Errorf("%w: it is %s now and was %s; look at it again, then acknowledge it", ErrPlanChanged, plan.Hash, run.refresh.Acknowledged)
	}
	if run.refresh.State == Admitted { // a cheap refusal, before anybody is shut out; the number that counts is that of the step note
		if err := run.agreed(plan, plan.Annex.Losses); err != nil {
			return err
		}
	}
	run.plan = plan
	run.source, run.target, err = run.tenants(ctx, run.refresh.Request)
	return err
}

// decide asks the target's database whether an earlier attempt was committed, after fencing off whoever made it.
func (run *run) decide(ctx context.Context) error {
	target := run.refresh.Request.Target
	if err := run.Target.Fence(ctx, target, run.lease.Token); err != nil {
		return fmt.Errorf("target %s: %w", target, err)
	}
	committed, err := run.Target.Committed(ctx, target, run.refresh.ID)
	if err != nil || !committed {
		return err
	}
	return run.markCommitted(ctx)
}

// steps does what is left.
func (run *run) steps(ctx context.Context) error {
	state := run.refresh.State
	if state == Admitted {
		state = Running
	}
	run.refresh.Failure = "" // of the attempt before
	first := slices.IndexFunc(steps[:], func(s step) bool { return s.state == state })
	if first < 0 {
		return nil // opened
	}
	for _, s := range steps[first:] {
		err := run.step(ctx, s)
		if errors.Is(err, errWaiting) {
			return nil
		}
		if err != nil {
			return &StepError{Run: run.refresh.ID, Step: s.name, Err: err}
		}
	}
	return nil
}

func (run *run) step(ctx context.Context, s step) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	var all int64
	if s.name == "copy" || s.name == "verify" {
		all = run.expected()
	}
	run.progress.step(s.name, all)
	if err := run.inject(ctx, s.name, false); err != nil {
		return err
	}
	if err := s.do(run, ctx); err != nil {
		return err
	}
	if err := run.inject(ctx, s.name, true); err != nil {
		return err
	}
	run.progress.finish()
	return nil
}

func (run *run) inject(ctx context.Context, step string, after bool) error {
	if run.Inject == nil {
		return nil
	}
	return run.Inject(ctx, step, after)
}

// save keeps the refresh under the lease.
func (run *run) save(ctx context.Context) error { return run.Store.Save(ctx, run.refresh, &run.lease) }

// close fences off earlier runners and begins the outage. From here on the tenant's kind cannot become production.
func (run *run) close(ctx context.Context) error {
	// Before the outage: where the target cannot be written, nobody has to be shut out.
	if err := run.Target.Fence(ctx, run.target.ID, run.lease.Token); err != nil {
		return fmt.Errorf("target %s: %w", run.target.ID, err)
	}
	outage := tenancy.Outage{Run: string(run.refresh.ID), Token: int64(run.lease.Token), From: run.moment(), Until: run.refresh.Request.Until}
	if err := run.Directory.Close(ctx, run.target.ID, outage); err != nil {
		return err
	}
	run.refresh.State = Running
	run.refresh.Attempts++
	return run.save(ctx)
}

// drain waits until the transactions that were open at the close have ended.
func (run *run) drain(ctx context.Context) error {
	if run.Drain != nil {
		if err := run.Drain(ctx, run.target.ID); err != nil {
			return fmt.Errorf("the host's drain hook: %w", err)
		}
	}
	drainer, ok := run.Target.(Drainer)
	if !ok {
		return nil
	}
	grace := run.Grace
	if grace <= 0 {
		grace = 30 * time.Second
	}
	deadline := time.NewTimer(grace)
	defer deadline.Stop()
	var mark []byte
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		open, next, err := drainer.Open(ctx, run.target.ID, mark)
		if err != nil {
			return err
		}
		if len(open) == 0 {
			return nil
		}
		mark = next
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-deadline.C:
			sessions := make([]string, len(open))
			for i, t := range open {
				sessions[i] = fmt.Sprintf("session %s (%s), open for %s", t.Session, t.Client, t.Age.Round(time.Second))
			}
			return fmt.Errorf("%w after %s: %s; end them, or set a longer grace, and run again", ErrNotDrained, grace, strings.Join(sessions, "; "))
		case <-time.After(wait):
		}
	}
}

// note counts what is lost of the target's rows and decides on its settings, which nobody changes any more, and records its switches before they are
// replaced.
func (run *run) note(ctx context.Context) error {
	if err := run.recount(ctx); err != nil {
		return err
	}
	if err := run.configure(ctx); err != nil {
		return err
	}
	if run.refresh.Notes != nil {
		return nil // by an earlier attempt
	}
	tenant, err := run.Directory.Tenant(ctx, run.target.ID)
	if err != nil {
		return err
	}
	run.refresh.Notes = &tenant.Settings
	return run.save(ctx)
}

// withdrawn abandons a run that was cancelled while nobody was at work on it, before anything else is done.
func (run *run) withdrawn(ctx context.Context) error {
	if run.refresh.State != Admitted && run.refresh.State != Running {
		return nil
	}
	err := run.Store.Renew(ctx, run.lease, run.refresh.ID, run.leaseTime())
	if !errors.Is(err, ErrCancelled) {
		return err
	}
	if err := run.abandon(ctx); err != nil {
		return errors.Join(ErrCancelled, err)
	}
	return ErrCancelled
}

// failed records why the run stopped; a cancelled one is abandoned.
func (run *run) failed(ctx context.Context, failure error) error {
	run.end()
	cause := context.Cause(ctx)
	ctx, cancel := cleanup(ctx)
	defer cancel()
	if (errors.Is(cause, ErrCancelled) || errors.Is(failure, ErrCancelled)) && (run.refresh.State == Running || run.refresh.State == Admitted) {
		if err := run.abandon(ctx); err != nil {
			return errors.Join(ErrCancelled, err)
		}
		return ErrCancelled
	}
	run.refresh.Failure = failure.Error()
	if err := run.save(ctx); err != nil && !errors.Is(failure, err) {
		return errors.Join(failure, fmt.Errorf("recording the failure: %w", err))
	}
	return failure
}

// abandon ends the run before its commit.
func (run *run) abandon(ctx context.Context) error {
	switch run.refresh.State {
	case Admitted, Running:
	default:
		return fmt.Errorf("refresh %s is %s: %w", run.refresh.ID, run.refresh.State, ErrCommitted)
	}
	if err := run.decide(ctx); err != nil {
		return err
	}
	if run.refresh.State == Committed {
		return fmt.Errorf("refresh %s: %w; run it again to complete the handover", run.refresh.ID, ErrCommitted)
	}
	target := run.refresh.Request.Target
	if d, ok := run.Target.(Discarder); ok {
		if err := d.Discard(ctx, target, run.refresh.ID); err != nil {
			return err
		}
	}
	if err := run.Directory.Release(ctx, target, run.refresh.ID, run.lease.Token); err != nil {
		return err
	}
	run.refresh.State, run.refresh.Receipt = Abandoned, nil
	return run.save(ctx)
}

// end lets go of snapshot and stage. What is not committed is gone.
func (run *run) end() {
	if run.stage != nil {
		_ = run.stage.Rollback() // the database ends it by itself where this fails
		run.stage = nil
	}
	if run.old != nil {
		_ = run.old.Close()
		run.old = nil
	}
	if run.snapshot != nil {
		_ = run.snapshot.Close()
		run.snapshot = nil
	}
}
