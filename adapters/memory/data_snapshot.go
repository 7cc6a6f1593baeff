package memory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"time"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

// errEnded says that a snapshot, reader or stage was used after its end.
var errEnded = errors.New("memory: used after its end")

// Describe returns the store's schema. A tenant without tables of its own has none, and they are made with its first landing.
func (d *Data) Describe(ctx context.Context, tenant tenancy.ID) (refresh.Description, error) {
	if err := ctx.Err(); err != nil {
		return refresh.Description{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	_, exists := d.spaces[d.home(tenant)]
	facts := refresh.Facts{Exists: exists, Keys: d.layout, Database: "memory", Dialect: "memory", Checking: refresh.CheckedNever,
		Rebuild: d.layout == refresh.OwnKeys, ReservesKeys: true}
	if !exists {
		return refresh.Description{Facts: facts}, nil
	}
	return refresh.Description{Schema: d.schema, Facts: facts}, nil
}

// Snapshot returns the rows of this moment.
func (d *Data) Snapshot(ctx context.Context, tenant tenancy.ID) (refresh.Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s := &snapshot{at: d.now(), rows: d.spaces[d.home(tenant)]}
	if l := d.landings[tenant]; l != nil {
		s.mappings, s.retired, s.digests = maps.Clone(l.mappings), maps.Clone(l.retired), maps.Clone(l.digests)
		s.landed = len(l.committed) > 0
	}
	return s, nil
}

// snapshot is the rows of one moment.
type snapshot struct {
	at       time.Time
	rows     space
	mappings map[mappingOf]*keys.Generations
	retired  map[mappingOf][][]byte
	landed   bool
	digests  map[string][][]byte
	closed   bool
}

func (s *snapshot) At() time.Time { return s.at }

func (s *snapshot) Close() error {
	s.closed = true
	return nil
}

func (s *snapshot) Read(ctx context.Context, extent refresh.Extent) (refresh.Reader, error) {
	rows, err := s.within(ctx, extent)
	if err != nil {
		return nil, err
	}
	return newReader(rows, extent)
}

func (s *snapshot) Keys(ctx context.Context, extent refresh.Extent, column string) (*keys.Set, error) {
	rows, err := s.within(ctx, extent)
	if err != nil {
		return nil, err
	}
	at, err := stored(extent.Table, column)
	if err != nil {
		return nil, err
	}
	var set keys.SetBuilder
	for _, r := range rows {
		if r.cells[at].IsNull() {
			continue
		}
		id, ok := keys.ParseID(r.cells[at].Bytes)
		if !ok {
			return nil, fmt.Errorf("%s.%s: a value is no integer", extent.Table.Name, column)
		}
		set.Add(id)
	}
	return set.Set(), nil
}

func (s *snapshot) Count(ctx context.Context, extent refresh.Extent) (int64, error) {
	rows, err := s.within(ctx, extent)
	return int64(len(rows)), err
}

func (s *snapshot) Mappings(ctx context.Context, source tenancy.ID) (map[string]*keys.Generations, error) {
	if s.closed {
		return nil, errEnded
	}
	found := map[string]*keys.Generations{}
	for of, g := range s.mappings {
		if of.source == source {
			found[of.table] = g
		}
	}
	return found, ctx.Err()
}

func (s *snapshot) Landed(ctx context.Context) (bool, error) {
	if s.closed {
		return false, errEnded
	}
	return s.landed, ctx.Err()
}

func (s *snapshot) Retired(ctx context.Context, source tenancy.ID) (map[string][][]byte, error) {
	if s.closed {
		return nil, errEnded
	}
	found := map[string][][]byte{}
	for of, keys := range s.retired {
		if of.source == source {
			found[of.table] = keys
		}
	}
	return found, ctx.Err()
}

func (s *snapshot) RowDigests(ctx context.Context, table string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if s.closed {
			yield(nil, errEnded)
			return
		}
		if err := ctx.Err(); err != nil {
			yield(nil, err)
			return
		}
		for _, piece := range s.digests[table] {
			if !yield(piece, nil) {
				return
			}
		}
	}
}

func (s *snapshot) within(ctx context.Context, extent refresh.Extent) ([]*tuple, error) {
	if s.closed {
		return nil, errEnded
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return within(extent, s.rows[extent.Table.Name])
}

// within returns the tuples of the extent.
func within(extent refresh.Extent, list []*tuple) ([]*tuple, error) {
	belongs, err := member(extent)
	if err != nil {
		return nil, err
	}
	var rows []*tuple
	for _, r := range list {
		if belongs(r) {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// member returns the function that tells whether a tuple is of the extent.
func member(extent refresh.Extent) (func(*tuple) bool, error) {
	if extent.Column == "" {
		return func(*tuple) bool { return true }, nil
	}
	at, err := stored(extent.Table, extent.Column)
	if err != nil {
		return nil, err
	}
	tenant := []byte(extent.Tenant)
	return func(r *tuple) bool {
		if c := r.cells[at]; extent.Tenant != "" {
			return !c.IsNull() && bytes.Equal(c.Bytes, tenant)
		}
		return r.cells[at].IsNull()
	}, nil
}

// reader hands out tuples in batches.
type reader struct {
	rows   []*tuple
	places []int // of the columns that are read
	closed bool
}

func newReader(rows []*tuple, extent refresh.Extent) (*reader, error) {
	r := &reader{rows: rows}
	for _, c := range extent.Stored() {
		at, err := stored(extent.Table, c.Name)
		if err != nil {
			return nil, err
		}
		r.places = append(r.places, at)
	}
	return r, nil
}

func (r *reader) Next(ctx context.Context, batch *schema.Batch) error {
	batch.Clear(len(r.places))
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.closed {
		return errEnded
	}
	if len(r.rows) == 0 {
		return io.EOF
	}
	for len(r.rows) > 0 && !batch.Full() {
		for _, at := range r.places {
			batch.Append(r.rows[0].cells[at])
		}
		r.rows = r.rows[1:]
	}
	return nil
}

func (r *reader) Close() error {
	r.closed = true
	return nil
}
