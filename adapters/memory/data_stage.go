package memory

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

// landings is what the store keeps of the landings on a tenant, beside the rows: the fence, the commit markers and the key mappings.
type landings struct {
	token     refresh.Token
	committed map[refresh.RunID]bool
	mappings  map[mappingOf]*keys.Generations
	retired   map[mappingOf][][]byte // the copies' keys that came to rows of somebody else
	digests   map[string][][]byte    // of rows, by table
}

type mappingOf struct {
	source tenancy.ID
	table  string
}

// of returns the landings of a tenant.
func (d *Data) of(tenant tenancy.ID) *landings {
	l := d.landings[tenant]
	if l == nil {
		l = &landings{committed: map[refresh.RunID]bool{}, mappings: map[mappingOf]*keys.Generations{}, retired: map[mappingOf][][]byte{}, digests: map[string][][]byte{}}
		d.landings[tenant] = l
	}
	return l
}

// Fence raises the tenant's token. The store's lock is what it waits for.
func (d *Data) Fence(ctx context.Context, tenant tenancy.ID, token refresh.Token) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.of(tenant)
	if token < l.token {
		return fmt.Errorf("tenant %s, token %d: %w", tenant, token, refresh.ErrFenced)
	}
	l.token = token
	return nil
}

// Token returns the tenant's token.
func (d *Data) Token(ctx context.Context, tenant tenancy.ID) (refresh.Token, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.of(tenant).token, ctx.Err()
}

// Committed tells whether the run's commit marker stands.
func (d *Data) Committed(ctx context.Context, tenant tenancy.ID, run refresh.RunID) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.of(tenant).committed[run], ctx.Err()
}

// Begin opens a stage. The rows it takes out are those of this moment: what the host writes to the target later stays.
func (d *Data) Begin(ctx context.Context, landing refresh.Landing) (refresh.Stage, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.of(landing.Target).token != landing.Token {
		return nil, fmt.Errorf("tenant %s, token %d: %w", landing.Target, landing.Token, refresh.ErrFenced)
	}
	s := &stage{data: d, landing: landing, home: d.home(landing.Target), out: map[string]map[uint64]*tuple{},
		in: space{}, mappings: map[mappingOf]*keys.Generations{}, retired: map[mappingOf][][]byte{}, digests: map[string][][]byte{}}
	for _, extent := range landing.Replace {
		rows, err := within(extent, d.spaces[s.home][extent.Table.Name])
		if err != nil {
			return nil, err
		}
		out := make(map[uint64]*tuple, len(rows))
		for _, r := range rows {
			out[r.number] = r
		}
		s.out[extent.Table.Name] = out
	}
	return s, nil
}

// stage keeps what a landing takes out and puts in.
type stage struct {
	data     *Data
	landing  refresh.Landing
	home     tenancy.ID
	out      map[string]map[uint64]*tuple // by table and number
	in       space
	mappings map[mappingOf]*keys.Generations
	retired  map[mappingOf][][]byte
	digests  map[string][][]byte // nil for a table whose digests are taken away
	ended    bool
}

// usable returns an error where the stage or the context has ended.
func (s *stage) usable(ctx context.Context) error {
	if s.ended {
		return errEnded
	}
	return ctx.Err()
}

// view returns the rows of a table as they would stand if the stage were committed now. The store is locked.
func (s *stage) view(table string) []*tuple {
	var rows []*tuple
	for _, r := range s.data.spaces[s.home][table] {
		if s.out[table][r.number] == nil {
			rows = append(rows, r)
		}
	}
	return append(rows, s.in[table]...)
}

func (s *stage) Reserve(ctx context.Context, extent refresh.Extent, column string, originals *keys.Set) (*keys.Generations, int64, error) {
	if err := s.usable(ctx); err != nil {
		return nil, 0, err
	}
	at, err := stored(extent.Table, column)
	if err != nil {
		return nil, 0, err
	}
	belongs, err := member(extent)
	if err != nil {
		return nil, 0, err
	}
	s.data.mu.Lock()
	defer s.data.mu.Unlock()
	of := mappingOf{s.landing.Source, extent.Table.Name}
	mapping := s.data.of(s.landing.Target).mappings[of]
	var lost keys.SetBuilder
	for _, r := range s.view(extent.Table.Name) {
		id, ok := keys.ParseID(r.cells[at].Bytes)
		if original, copied := mapping.InvertInt(id); ok && copied && !belongs(r) {
			lost.Add(original)
		}
	}
	mapping = mapping.RetireAll(lost.Set())
	missing := mapping.Missing(originals)
	if n := missing.Len(); n > 0 {
		above := int64(0)
		if s.landing.Keys == refresh.OwnKeys {
			above, _ = missing.Max()
		}
		if mapping, err = mapping.Extend(missing, s.data.reserve(s.home, extent.Table, column, above, n)); err != nil {
			return nil, 0, err
		}
	}
	s.mappings[of] = mapping
	return mapping, missing.Len(), nil
}

func (s *stage) Retire(ctx context.Context, extent refresh.Extent, column string, candidates [][]byte) ([][]byte, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	at, err := stored(extent.Table, column)
	if err != nil {
		return nil, err
	}
	s.data.mu.Lock()
	defer s.data.mu.Unlock()
	of := mappingOf{s.landing.Source, extent.Table.Name}
	retired := slices.Clone(s.data.of(s.landing.Target).retired[of])
	wanted := map[string]bool{}
	for _, key := range candidates {
		wanted[string(key)] = true
	}
	for _, r := range s.view(extent.Table.Name) {
		if key := r.cells[at]; wanted[string(key.Bytes)] {
			retired = append(retired, key.Bytes)
		}
	}
	s.retired[of] = retired
	return retired, nil
}

func (s *stage) Write(ctx context.Context, extent refresh.Extent, rows *schema.Batch) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	s.data.mu.Lock()
	defer s.data.mu.Unlock()
	name := extent.Table.Name
	for i := range rows.Len() {
		row := rows.Row(i)
		cells := make([]schema.Cell, row.Len())
		for k := range cells {
			c := row.Cell(k)
			cells[k] = schema.Cell{Bytes: slices.Clone(c.Bytes), Form: c.Form}
		}
		s.data.last++
		s.in[name] = append(s.in[name], &tuple{s.data.last, cells})
	}
	return unique(extent.Table, s.view(name))
}

func (s *stage) Read(ctx context.Context, extent refresh.Extent) (refresh.Reader, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	s.data.mu.Lock()
	defer s.data.mu.Unlock()
	rows, err := within(extent, s.view(extent.Table.Name))
	if err != nil {
		return nil, err
	}
	return newReader(rows, extent)
}

// Copy takes the rows of another memory store's snapshot one by one, without batches in between.
func (s *stage) Copy(ctx context.Context, from refresh.Snapshot, source, target refresh.Extent, transform *refresh.Transform, progress func(rows, bytes int64)) (bool, error) {
	own, ok := from.(*snapshot)
	if !ok {
		return false, nil
	}
	rows, err := own.within(ctx, source)
	if err != nil {
		return false, err
	}
	original, made := schema.NewBatch(len(source.Table.Stored()), 1), schema.NewBatch(len(target.Table.Stored()), 0)
	size := 0
	for _, r := range rows {
		original.Reset()
		for _, c := range r.cells {
			original.Append(c)
		}
		if err := transform.Apply(made, original); err != nil {
			return false, err
		}
		size += original.Size()
	}
	if err := s.Write(ctx, target, made); err != nil {
		return false, err
	}
	progress(int64(len(rows)), int64(size))
	return true, nil
}

func (s *stage) WriteRowDigests(ctx context.Context, table string, pieces iter.Seq[[]byte]) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	var kept [][]byte
	for piece := range pieces {
		kept = append(kept, slices.Clone(piece))
	}
	s.digests[table] = kept
	return nil
}

func (s *stage) Commit(ctx context.Context, handover refresh.Handover) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	s.ended = true
	if h, l := handover, s.landing; h.Run != l.Run || h.Token != l.Token || h.Target != l.Target {
		return fmt.Errorf("handover of run %s, token %d, on tenant %s for the landing of run %s, token %d, on tenant %s", h.Run, h.Token, h.Target, l.Run, l.Token, l.Target)
	}
	d := s.data
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.of(s.landing.Target)
	if l.token != s.landing.Token {
		return fmt.Errorf("tenant %s, token %d: %w", s.landing.Target, s.landing.Token, refresh.ErrFenced)
	}
	next := maps.Clone(d.spaces[s.home])
	if next == nil {
		next = space{}
	}
	for _, extent := range s.landing.Replace {
		rows := s.view(extent.Table.Name)
		if err := unique(extent.Table, rows); err != nil { // the host may have written since
			return err
		}
		next[extent.Table.Name] = rows
	}
	d.spaces[s.home] = next
	maps.Copy(l.mappings, s.mappings)
	maps.Copy(l.retired, s.retired)
	maps.Copy(l.digests, s.digests)
	l.committed[s.landing.Run] = true
	return nil
}

func (s *stage) Rollback() error {
	s.ended = true
	return nil
}
