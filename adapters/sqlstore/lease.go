package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// leaseRow is a row of retenant_lease: the last lease on a target.
type leaseRow struct {
	Target  string  `db:"target"`
	Holder  string  `db:"holder"`
	Token   int64   `db:"token"`
	Expires instant `db:"expires"` // NULL: it was given back
}

// runs tells whether the lease is still running.
func (l *leaseRow) runs(now time.Time) bool { return now.Before(l.Expires.Time) }

// of tells whether the row is the lease, and that was not given back.
func (l *leaseRow) of(lease refresh.Lease) bool {
	return l.Token == int64(lease.Token) && l.Holder == lease.Holder && !l.Expires.IsZero()
}

// Acquire implements [refresh.Leases].
func (st *Store) Acquire(ctx context.Context, target tenancy.ID, holder string, ttl time.Duration, above refresh.Token) (refresh.Lease, error) {
	var lease refresh.Lease
	err := st.write(ctx, func(s session) error {
		row, now, err := s.takeLease(ctx, target)
		if err != nil {
			return err
		}
		if row.runs(now) {
			return fmt.Errorf("target %s is held by %q until %s: %w", target, row.Holder, row.Expires.Format(time.RFC3339), refresh.ErrHeld)
		}
		token := max(row.Token, int64(above))
		if token == math.MaxInt64 {
			return fmt.Errorf("target %s: there is no token above %d", target, token)
		}
		row.Holder, row.Token, row.Expires = holder, token+1, instant{now.Add(ttl)}
		lease = refresh.Lease{Target: target, Holder: holder, Token: refresh.Token(row.Token)}
		return s.putLease(ctx, row)
	})
	if err != nil {
		return refresh.Lease{}, err
	}
	return lease, nil
}

// Renew implements [refresh.Leases]. A lease that has run out can be renewed while nobody has taken it, nor saved without one.
func (st *Store) Renew(ctx context.Context, lease refresh.Lease, run refresh.RunID, ttl time.Duration) error {
	cancelled := false
	err := st.write(ctx, func(s session) error {
		row, now, err := s.lease(ctx, lease.Target)
		if err != nil {
			return err
		}
		if !row.of(lease) {
			return fmt.Errorf("target %s: %w", lease.Target, refresh.ErrFenced)
		}
		row.Expires = instant{now.Add(ttl)}
		if err := s.putLease(ctx, row); err != nil {
			return err
		}
		known, err := s.refresh(ctx, run, "")
		if errors.Is(err, refresh.ErrUnknownRefresh) {
			return nil
		}
		cancelled = known.Cancelled && !irrevocable(refresh.State(known.State))
		return err
	})
	if err == nil && cancelled {
		return fmt.Errorf("refresh %s: %w", run, refresh.ErrCancelled)
	}
	return err
}

// Yield implements [refresh.Leases].
func (st *Store) Yield(ctx context.Context, lease refresh.Lease) error {
	return st.write(ctx, func(s session) error {
		_, err := s.exec(ctx, `UPDATE retenant_lease SET expires = NULL WHERE target = ? AND token = ? AND holder = ?`,
			string(lease.Target), int64(lease.Token), lease.Holder)
		return err
	})
}

// Cancel implements [refresh.Leases]. It returns [refresh.ErrUnknownRefresh] for a run that the store does not have, and does nothing for one that has ended.
func (st *Store) Cancel(ctx context.Context, run refresh.RunID) error {
	return st.write(ctx, func(s session) error {
		known, err := s.refresh(ctx, run, s.dialect.lock)
		if err != nil || irrevocable(refresh.State(known.State)) {
			return err
		}
		_, err = s.exec(ctx, `UPDATE retenant_refresh SET cancelled = ? WHERE id = ?`, true, string(run))
		return err
	})
}

// irrevocable tells whether it is too late to cancel.
func irrevocable(s refresh.State) bool { return s != refresh.Admitted && s != refresh.Running }

// mayWrite returns nil if a refresh of the target may be saved under the lease, or without one. The lease's row stays locked until the end of the transaction.
func (s session) mayWrite(ctx context.Context, target tenancy.ID, lease *refresh.Lease) error {
	if lease != nil {
		row, now, err := s.lease(ctx, target)
		if err == nil && (lease.Target != target || !row.of(*lease) || !row.runs(now)) {
			err = refresh.ErrFenced
		}
		return err
	}
	row, now, err := s.takeLease(ctx, target)
	switch {
	case err != nil:
		return err
	case row.runs(now):
		return refresh.ErrHeld
	case row.Expires.IsZero():
		return nil
	}
	row.Expires = instant{}
	return s.putLease(ctx, row)
}

// takeLease is lease for a target that may never have had one: so there is a row to lock.
func (s session) takeLease(ctx context.Context, target tenancy.ID) (leaseRow, time.Time, error) {
	row, now, err := s.lease(ctx, target)
	if err != nil || row.Target != "" {
		return row, now, err
	}
	if _, err := s.add(ctx, `INSERT INTO retenant_lease (target, holder, token) VALUES (:target, :holder, 0)`, leaseRow{Target: string(target)}); err != nil {
		return leaseRow{}, time.Time{}, err
	}
	return s.lease(ctx, target)
}

// lease locks and reads the last lease on a target, the zero one if there never was any, and then asks the clock.
func (s session) lease(ctx context.Context, target tenancy.ID) (leaseRow, time.Time, error) {
	var row leaseRow
	err := s.get(ctx, &row, `SELECT target, holder, token, expires FROM retenant_lease WHERE target = ?`+s.dialect.lock, string(target))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return row, time.Time{}, err
	}
	now, err := s.now(ctx)
	return row, now, err
}

func (s session) putLease(ctx context.Context, row leaseRow) error {
	_, err := s.named(ctx, `UPDATE retenant_lease SET holder = :holder, token = :token, expires = :expires WHERE target = :target`, row)
	return err
}
