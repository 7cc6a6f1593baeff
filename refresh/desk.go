package refresh

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Desk is the people's side: it takes requests, keeps what people agreed to, and withdraws. It never touches tenants' data. A Desk is a value of
// its fields; its methods may be called concurrently and from any number of processes.
type Desk struct {
	Store     Store
	Directory Directory
	Policy    Policy
	Now       func() time.Time
	NewID     func() RunID // makes the ID of a refresh; nil is a UUID of version 7
}

// Request judges a request by the policy and keeps the refresh that it becomes. It returns an error that matches [ErrRefusedRequest] with all
// reasons at once, [tenancy.ErrProduction] and [tenancy.ErrSameTenant] among them, or [tenancy.ErrUnknownTenant].
func (d *Desk) Request(ctx context.Context, request Request) (Refresh, error) {
	if d.Now == nil {
		return Refresh{}, errors.New("refresh.Desk: Now is not set")
	}
	target, err := d.Directory.Tenant(ctx, request.Target)
	if err != nil {
		return Refresh{}, err
	}
	warnings, err := d.Policy.Admit(request, target)
	if err != nil {
		return Refresh{}, err
	}
	if _, err := d.Directory.Tenant(ctx, request.Source); err != nil {
		return Refresh{}, err
	}
	refresh := Refresh{Request: request, State: Admitted, Warnings: warnings, Admitted: d.Now().UTC().Truncate(time.Microsecond)}
	if d.NewID != nil {
		refresh.ID = d.NewID()
	} else {
		id, err := uuid.NewV7()
		if err != nil {
			return Refresh{}, err
		}
		refresh.ID = RunID(id.String())
	}
	return refresh, d.Store.Create(ctx, refresh)
}

// Acknowledge records that the plan was looked at and agreed to: its hash, and how many rows its annex says will be lost. Without it, nothing runs, and where
// more would be lost by then, nothing either ([ErrMoreLost]). The plan may come from its JSON; of one that counted no losses, none are held against the run.
// Acknowledge may be called again, for another plan, until the copy is committed: also for a run that has stopped in between, with its target closed. While a runner
// is at work on the same target, with this refresh or another one, it returns [ErrHeld], and [ErrEnded] once the refresh has ended or is committed.
func (d *Desk) Acknowledge(ctx context.Context, id RunID, plan *Plan) error {
	if plan == nil || plan.Hash == "" {
		return fmt.Errorf("refresh %s: the hash of the plan is missing", id)
	}
	return d.change(ctx, id, func(r *Refresh) error {
		if r.State != Admitted && r.State != Running {
			return ErrEnded
		}
		r.Acknowledged, r.Losses = plan.Hash, plan.Annex.Losses.byTable()
		return nil
	})
}

// Cancel withdraws a refresh (D7). One that has not begun is cancelled at once, unless a runner is at work on the same target, with another refresh or about to
// begin this one: then it stays admitted, and the runner that comes to it abandons it before its first step. A running one is asked to end before its commit: its
// runner abandons it within a quarter of its lease, and the target is as it was. One whose runner has died is for [Runner.Abandon]. It returns [ErrCommitted] for
// one that is committed, and [ErrEnded] for one that has ended otherwise.
func (d *Desk) Cancel(ctx context.Context, id RunID) error {
	err := d.change(ctx, id, func(r *Refresh) error {
		switch r.State {
		case Admitted:
			r.State = Cancelled
			return nil
		case Running:
			return errRunning
		case Abandoned, Cancelled:
			return ErrEnded
		}
		return ErrCommitted
	})
	if errors.Is(err, errRunning) || errors.Is(err, ErrHeld) {
		return d.Store.Cancel(ctx, id)
	}
	return err
}

// errRunning says that only the runner can end the refresh.
var errRunning = errors.New("the refresh is running")

func (d *Desk) change(ctx context.Context, id RunID, change func(*Refresh) error) error {
	for {
		refresh, err := d.Store.Refresh(ctx, id)
		if err != nil {
			return err
		}
		state := refresh.State
		if err := change(&refresh); err != nil {
			return fmt.Errorf("refresh %s is %s: %w", id, cmp.Or(state, Admitted), err)
		}
		if err := d.Store.Save(ctx, refresh, nil); !errors.Is(err, ErrStale) {
			return err
		}
	}
}
