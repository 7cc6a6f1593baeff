package sqldata

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// snapshot implements [refresh.Snapshot] by a read-only transaction on a connection of its own.
type snapshot struct {
	*session
	tenant tenancy.ID
	at     time.Time
}

// Snapshot implements [refresh.Source].
func (d *Database) Snapshot(ctx context.Context, tenant tenancy.ID) (refresh.Snapshot, error) {
	s, err := d.connect(ctx, tenant, false)
	if err != nil {
		return nil, fmt.Errorf("tenant %s: %w", tenant, err)
	}
	s.begun = true
	at, err := d.dialect.BeginSnapshot(ctx, s.Conn)
	if err != nil {
		return nil, errors.Join(d.dialect.Explain(err), s.end(ctx))
	}
	return &snapshot{session: s, tenant: tenant, at: at.UTC()}, nil
}

// At implements [refresh.Snapshot].
func (s *snapshot) At() time.Time { return s.at }

// Read implements [refresh.Snapshot].
func (s *snapshot) Read(ctx context.Context, e refresh.Extent) (refresh.Reader, error) {
	return s.read(ctx, e)
}

// Count implements [refresh.Snapshot].
func (s *snapshot) Count(ctx context.Context, e refresh.Extent) (int64, error) {
	return s.count(ctx, e)
}

// Keys implements [refresh.Snapshot].
func (s *snapshot) Keys(ctx context.Context, e refresh.Extent, column string) (*keys.Set, error) {
	return s.keySet(ctx, e, column)
}

// Mappings implements [refresh.Snapshot].
func (s *snapshot) Mappings(ctx context.Context, source tenancy.ID) (map[string]*keys.Generations, error) {
	found, err := s.mappings(ctx, s.tenant, source)
	return found, s.dialect.Explain(err)
}

// Landed implements [refresh.Snapshot].
func (s *snapshot) Landed(ctx context.Context) (bool, error) {
	if there, err := s.installed(ctx); err != nil || !there {
		return false, s.dialect.Explain(err)
	}
	var n int
	err := s.GetContext(ctx, &n, `SELECT count(*) FROM retenant_commit WHERE tenant = `+s.dialect.Placeholder(1), string(s.tenant))
	return n > 0, s.dialect.Explain(err)
}

// Retired implements [refresh.Snapshot].
func (s *snapshot) Retired(ctx context.Context, source tenancy.ID) (map[string][][]byte, error) {
	found, err := s.retired(ctx, s.tenant, source)
	return found, s.dialect.Explain(err)
}

// Close implements [refresh.Snapshot].
func (s *snapshot) Close() error { return s.end(context.Background()) }
