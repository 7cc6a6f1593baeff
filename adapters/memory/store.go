package memory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// Store implements [refresh.Store].
type Store struct {
	now       func() time.Time
	mu        sync.Mutex
	refreshes map[refresh.RunID]*filed
	order     []refresh.RunID // as they were created
	leases    map[tenancy.ID]lease
	last      string // the hash of the newest sealed receipt
}

var _ refresh.Store = (*Store)(nil)

// filed is a refresh as JSON, so that nobody shares memory with the store.
type filed struct {
	document  []byte
	version   int64
	target    tenancy.ID
	state     refresh.State
	sealed    string // the hash of its receipt; "" until that is sealed
	cancelled bool   // the holder of the lease is asked to end the run
}

// lease is the last lease on a target. It stays for the sake of its token.
type lease struct {
	refresh.Lease
	held    bool // not given back
	expires time.Time
}

// NewStore returns an empty store. Leases run by now, which is time.Now in a host.
func NewStore(now func() time.Time) *Store {
	return &Store{now: now, refreshes: map[refresh.RunID]*filed{}, leases: map[tenancy.ID]lease{}}
}

// locked calls f while nobody else uses the store.
func (s *Store) locked(ctx context.Context, f func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return f()
}

// Create implements [refresh.Records].
func (s *Store) Create(ctx context.Context, r refresh.Refresh) error {
	return s.locked(ctx, func() error {
		if s.refreshes[r.ID] != nil {
			return fmt.Errorf("refresh %s: %w", r.ID, refresh.ErrExists)
		}
		kept := &filed{target: r.Request.Target}
		if err := s.keep(kept, r); err != nil {
			return err
		}
		s.refreshes[r.ID], s.order = kept, append(s.order, r.ID)
		return nil
	})
}

// keep replaces what is recorded of a refresh, and moves the chain of receipts on. With an error it keeps nothing.
func (s *Store) keep(kept *filed, r refresh.Refresh) error {
	document, err := json.Marshal(r)
	if err != nil {
		return err
	}
	hash, previous := "", ""
	if r.Receipt != nil {
		hash, previous = r.Receipt.Hash, r.Receipt.Previous
	}
	if hash != kept.sealed {
		if kept.sealed != "" || previous != s.last {
			return fmt.Errorf("refresh %s: %w", r.ID, refresh.ErrChain)
		}
		s.last = hash
	}
	kept.document, kept.version, kept.state, kept.sealed = document, r.Version, r.State, hash
	return nil
}

// Refresh implements [refresh.Records].
func (s *Store) Refresh(ctx context.Context, id refresh.RunID) (refresh.Refresh, error) {
	var r refresh.Refresh
	err := s.locked(ctx, func() error {
		kept, err := s.find(id)
		if err != nil {
			return err
		}
		return json.Unmarshal(kept.document, &r)
	})
	return r, err
}

func (s *Store) find(id refresh.RunID) (*filed, error) {
	kept := s.refreshes[id]
	if kept == nil {
		return nil, fmt.Errorf("refresh %s: %w", id, refresh.ErrUnknownRefresh)
	}
	return kept, nil
}

// Refreshes implements [refresh.Records]. The newest is the one that was created last.
func (s *Store) Refreshes(ctx context.Context, target tenancy.ID) ([]refresh.Refresh, error) {
	var found []refresh.Refresh
	err := s.locked(ctx, func() error {
		for _, id := range slices.Backward(s.order) {
			if kept := s.refreshes[id]; kept.target == target {
				var r refresh.Refresh
				if err := json.Unmarshal(kept.document, &r); err != nil {
					return err
				}
				found = append(found, r)
			}
		}
		return nil
	})
	return found, err
}

// Save implements [refresh.Records]. A save without lease ends a lease that has run out. A sealed receipt cannot be replaced ([refresh.ErrChain]).
func (s *Store) Save(ctx context.Context, r refresh.Refresh, under *refresh.Lease) error {
	return s.locked(ctx, func() error {
		kept, err := s.find(r.ID)
		if err != nil {
			return err
		}
		if r.Request.Target != kept.target {
			return fmt.Errorf("refresh %s is of target %s and cannot be saved for target %s", r.ID, kept.target, r.Request.Target)
		}
		last := s.leases[kept.target]
		running := last.held && s.now().Before(last.expires)
		switch {
		case under == nil && running:
			return fmt.Errorf("refresh %s: %w", r.ID, refresh.ErrHeld)
		case under != nil && (!running || last.Lease != *under):
			return fmt.Errorf("refresh %s: %w", r.ID, refresh.ErrFenced)
		}
		if under == nil && r.Version != kept.version {
			return fmt.Errorf("refresh %s: %w", r.ID, refresh.ErrStale)
		}
		r.Version = kept.version + 1
		if err := s.keep(kept, r); err != nil {
			return err
		}
		if under == nil && last.held { // run out: its holder must not come back and write over this
			last.held = false
			s.leases[kept.target] = last
		}
		return nil
	})
}

// Last implements [refresh.Records].
func (s *Store) Last(ctx context.Context) (string, error) {
	var last string
	err := s.locked(ctx, func() error {
		last = s.last
		return nil
	})
	return last, err
}

// Acquire implements [refresh.Leases].
func (s *Store) Acquire(ctx context.Context, target tenancy.ID, holder string, ttl time.Duration, above refresh.Token) (refresh.Lease, error) {
	var taken refresh.Lease
	err := s.locked(ctx, func() error {
		last := s.leases[target]
		now := s.now()
		if last.held && now.Before(last.expires) {
			return fmt.Errorf("target %s is held by %q: %w", target, last.Holder, refresh.ErrHeld)
		}
		token := max(last.Token, above)
		if token == math.MaxInt64 {
			return errors.New("there is no higher token")
		}
		taken = refresh.Lease{Target: target, Holder: holder, Token: token + 1}
		s.leases[target] = lease{Lease: taken, held: true, expires: now.Add(ttl)}
		return nil
	})
	return taken, err
}

// Renew implements [refresh.Leases]. A lease that has run out can be renewed while nobody has taken it, nor saved without one.
func (s *Store) Renew(ctx context.Context, held refresh.Lease, run refresh.RunID, ttl time.Duration) error {
	return s.locked(ctx, func() error {
		last := s.leases[held.Target]
		if !last.held || last.Lease != held {
			return fmt.Errorf("target %s: %w", held.Target, refresh.ErrFenced)
		}
		last.expires = s.now().Add(ttl)
		s.leases[held.Target] = last
		if kept := s.refreshes[run]; kept != nil && kept.cancelled && !kept.irrevocable() {
			return fmt.Errorf("refresh %s: %w", run, refresh.ErrCancelled)
		}
		return nil
	})
}

// irrevocable tells whether it is too late to cancel.
func (r *filed) irrevocable() bool { return r.state != refresh.Admitted && r.state != refresh.Running }

// Yield implements [refresh.Leases].
func (s *Store) Yield(ctx context.Context, held refresh.Lease) error {
	return s.locked(ctx, func() error {
		if last := s.leases[held.Target]; last.Lease == held {
			last.held = false
			s.leases[held.Target] = last
		}
		return nil
	})
}

// Cancel implements [refresh.Leases]. It returns [refresh.ErrUnknownRefresh] for a run that the store does not have, and does nothing for one that has ended.
func (s *Store) Cancel(ctx context.Context, run refresh.RunID) error {
	return s.locked(ctx, func() error {
		kept, err := s.find(run)
		if err == nil && !kept.irrevocable() {
			kept.cancelled = true
		}
		return err
	})
}
