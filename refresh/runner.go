package refresh

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/configuration"
)

// Runner is the machine's side: it executes an admitted refresh, resumes it after a crash, abandons it. It may be called from any
// number of processes; leases in the store and the fence in the target's database let one of them win. It never notifies anybody.
//
// A Runner is a value of its fields and keeps no state between calls. Its methods may be called concurrently.
type Runner struct {
	Store     Store
	Directory Directory
	Source    Source // where the source tenant's rows are read
	Target    Target // where the target tenant's rows are replaced
	Rules     masking.Rules
	Functions masking.Functions // of the host, that rules call; optional
	Profile   Profile
	Settings  configuration.Definitions // what the host says of its settings: defaults, and what is a secret; an undeclared one never comes from the source
	Secret    masking.Secret
	Now       func() time.Time

	Holder   string                                                   // names this process in leases; "" is "runner"
	Lease    time.Duration                                            // how long the lease outlives its last renewal; 0 is a minute
	Drain    func(ctx context.Context, target tenancy.ID) error       // ends the host's jobs and sessions on the target; optional
	Grace    time.Duration                                            // how long open transactions may take to end; 0 is half a minute
	Stall    time.Duration                                            // time without rows after which a run counts as stalled; 0 is a minute (D6)
	Batch    int                                                      // bytes of a batch of rows; 0 is schema.DefaultBatchBytes
	Portable bool                                                     // never use the fast path of a [Copier]; the outcome is the same
	Progress func(Event)                                              // is told how the run gets on; optional
	Inject   func(ctx context.Context, step string, after bool) error // fault injection: called before and after each step; optional
}

// Plan compiles the plan for a request as things stand, and changes nothing. With the secret it tells what the target will lose ([Losses]), which takes one
// reading of its rows unless [Profile] turns it off. It returns [Problems], [tenancy.ErrProduction], or what a port returned.
func (r *Runner) Plan(ctx context.Context, request Request) (*Plan, error) {
	return r.compile(ctx, request, true)
}

func (r *Runner) compile(ctx context.Context, request Request, losses bool) (*Plan, error) {
	source, target, err := r.tenants(ctx, request)
	if err != nil {
		return nil, err
	}
	from, err := r.Source.Describe(ctx, source.ID)
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", source.ID, err)
	}
	to, err := r.Target.Describe(ctx, target.ID)
	if err != nil {
		return nil, fmt.Errorf("target %s: %w", target.ID, err)
	}
	sides, err := r.sides(ctx, source.ID, target.ID)
	if err != nil {
		return nil, err
	}
	plan, err := Compile(Proposal{Source: source, Target: target, From: from, To: to, Rules: r.Rules, Functions: r.Functions, Profile: r.Profile, Definitions: r.Settings,
		Configuration: sides, Unmasked: request.Unmasked != nil})
	if err != nil {
		return nil, err
	}
	if err := r.survey(ctx, plan); err != nil {
		return plan, err
	}
	if err := r.blanks(ctx, plan, target); err != nil || !losses {
		return plan, err
	}
	return plan, r.lose(ctx, plan, target)
}

func (r *Runner) tenants(ctx context.Context, request Request) (source, target tenancy.Tenant, err error) {
	if target, err = r.Directory.Tenant(ctx, request.Target); err != nil {
		return source, target, err
	}
	if err = target.Guard(request.Source); err != nil {
		return source, target, err
	}
	source, err = r.Directory.Tenant(ctx, request.Source)
	return source, target, err
}

// Run executes an admitted and acknowledged refresh, or resumes it, and returns what became of it. With an error, the target is either
// as it was or completely replaced, and closed in both cases: the State tells. Run may be called again, and Abandon while the state is before
// [Committed]. A refresh whose outage lasts longer than the copy is returned as [Settled], without error: call Run again at its end.
//
// It returns [ErrNotAcknowledged], [ErrPlanChanged], [ErrMoreLost], [Problems], [ErrTooEarly] or [tenancy.ErrProduction] with nothing done; [ErrHeld] while another
// runner is at work; [ErrCancelled] after it has abandoned a cancelled run; and a [*StepError] where a step failed, which matches [ErrMoreLost] where people
// did more until the drain than was agreed to lose: nothing is written, the target is closed, and the plan can be acknowledged anew or the run abandoned.
func (r *Runner) Run(ctx context.Context, id RunID) (Refresh, error) {
	if err := errors.Join(r.complete(), r.mustMask()); err != nil {
		return Refresh{}, err
	}
	var done Refresh
	err := r.hold(ctx, id, func(ctx context.Context, run *run) error {
		defer func() { done = run.refresh }()
		defer run.end()
		if err := run.withdrawn(ctx); err != nil {
			return err
		}
		if err := run.begin(ctx); err != nil {
			return err
		}
		err := run.steps(ctx)
		if err != nil {
			err = run.failed(ctx, err)
		}
		return err
	})
	if done.ID == "" {
		done, _ = r.Store.Refresh(context.WithoutCancel(ctx), id)
	}
	return done, err
}

// Abandon ends a run before its commit: the target is open again and as it was. It returns [ErrCommitted] if the run turns out to be committed,
// [ErrHeld] while a runner is at work (see [Desk.Cancel]), and nil if the refresh was abandoned before. It takes no
// secret.
func (r *Runner) Abandon(ctx context.Context, id RunID) error {
	if err := r.complete(); err != nil {
		return err
	}
	return r.hold(ctx, id, func(ctx context.Context, run *run) error {
		if run.refresh.State == Abandoned {
			return nil
		}
		return run.abandon(ctx)
	})
}

// hold takes the lease on the refresh's target, keeps it alive, and does the work under it.
func (r *Runner) hold(ctx context.Context, id RunID, work func(context.Context, *run) error) error {
	refresh, err := r.Store.Refresh(ctx, id)
	if err != nil {
		return err
	}
	target := refresh.Request.Target
	above, err := r.Target.Token(ctx, target)
	if err != nil {
		return fmt.Errorf("target %s: %w", target, err)
	}
	ttl := r.leaseTime()
	lease, err := r.Store.Acquire(ctx, target, cmp.Or(r.Holder, "runner"), ttl, above)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := cleanup(ctx)
		defer cancel()
		_ = r.Store.Yield(ctx, lease) // it runs out by itself
	}()
	if refresh, err = r.Store.Refresh(ctx, id); err != nil { // again: it may have changed until the lease was ours
		return err
	}
	run := &run{Runner: r, refresh: refresh, lease: lease, progress: newProgress(r, id)}
	ctx, stop := run.keepAlive(ctx, ttl)
	err = work(ctx, run)
	if cause := stop(); err != nil && cause != nil && errors.Is(err, context.Canceled) {
		err = errors.Join(cause, err)
	}
	return err
}

// complete tells what is missing.
func (r *Runner) complete() error {
	var missing []error
	for name, absent := range map[string]bool{"Store": r.Store == nil, "Directory": r.Directory == nil, "Source": r.Source == nil,
		"Target": r.Target == nil, "Now": r.Now == nil} {
		if absent {
			missing = append(missing, fmt.Errorf("refresh.Runner: %s is not set", name))
		}
	}
	if r.Lease != 0 && r.Lease < 10*time.Millisecond {
		missing = append(missing, fmt.Errorf("refresh.Runner: a lease of %s is too short to be renewed", r.Lease))
	}
	return errors.Join(missing...)
}

// mustMask refuses to do without the secret what takes one.
func (r *Runner) mustMask() error {
	if r.Secret.IsZero() {
		return errors.New("refresh.Runner: the masking secret is missing: no secret, no run")
	}
	return nil
}

func (r *Runner) leaseTime() time.Duration { return cmp.Or(r.Lease, time.Minute) }

// cleanup returns a context for what has to be done although the caller's has ended.
func cleanup(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
}
