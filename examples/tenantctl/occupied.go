package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// occupant returns the refresh that a tenant is closed for, or that has begun on it and not ended; nil is none.
func (s *state) occupant(ctx context.Context, id tenancy.ID) (*refresh.Refresh, error) {
	tenant, err := s.directory.Tenant(ctx, id)
	if err != nil {
		return nil, err
	}
	all, err := s.store.Refreshes(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		begun := r.State != refresh.Admitted && !r.State.Ended()
		if begun || tenant.Outage != nil && tenant.Outage.Run == string(r.ID) {
			return &r, nil
		}
	}
	if tenant.Outage != nil { // for a run that the store does not know
		return &refresh.Refresh{ID: refresh.RunID(tenant.Outage.Run), State: refresh.Running}, nil
	}
	return nil, nil
}

// free refuses a run on a target that another refresh holds: that one has to end first.
func (s *state) free(ctx context.Context, target tenancy.ID, own refresh.RunID) error {
	other, err := s.occupant(ctx, target)
	if err != nil || other == nil || other.ID == own {
		return err
	}
	return &runError{err: fmt.Errorf("%w: %s", errRefused, occupied(target, other)), id: other.ID, state: other.State, advice: advice(other.ID, other.State)}
}

// occupied says by what a target is held.
func occupied(target tenancy.ID, by *refresh.Refresh) string {
	return fmt.Sprintf("tenant %s is closed for refresh %s, which is %s and has to end first", target, by.ID, by.State)
}

// warnOccupied tells those who look at a plan that it cannot be run yet.
func (a *app) warnOccupied(ctx context.Context, s *state, target tenancy.ID) (*refresh.Refresh, error) {
	other, err := s.occupant(ctx, target)
	if err == nil && other != nil {
		fmt.Fprintf(a.err, "warning: %s\n%s\n", occupied(target, other), advice(other.ID, other.State))
	}
	return other, err
}

// probe is how long a lease is taken to find out whether anybody holds it.
const probe = time.Second

// idle refuses a target on which a runner is at work, before anything is kept that could not be withdrawn then. What begins later, the store refuses.
func (s *state) idle(ctx context.Context, target tenancy.ID) error {
	lease, err := s.store.Acquire(ctx, target, "tenantctl", probe, 0)
	if errors.Is(err, refresh.ErrHeld) {
		return fmt.Errorf("%w: tenant %s: %w; try again when it has ended: tenantctl status. If its process has died, it is forgotten after about a minute", errRefused, target, err)
	}
	if err != nil {
		return err
	}
	return s.store.Yield(context.WithoutCancel(ctx), lease)
}
