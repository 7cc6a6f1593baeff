package adaptertest

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/configuration"
	"github.com/retenant/retenant/tenancy/schema"
)

// ErrInjected is the fault that [Faults] injects.
var ErrInjected = errors.New("injected fault")

// Faults counts the calls that a runner makes to its ports, and lets the call number At fail. The zero value only counts. It is safe for concurrent use.
type Faults struct {
	At    int  // the number of the call that fails, from 1; 0 is none
	After bool // the call takes effect and its answer is lost; otherwise it has no effect
	Crash bool // all calls from At on fail, as if the process had ended: those after At have no effect

	mu     sync.Mutex
	calls  int
	failed string
}

// Calls returns the number of calls so far.
func (f *Faults) Calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

// Failed returns the name of the call number At, once it was made.
func (f *Faults) Failed() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed
}

// Wrap returns the runner with faults in all of its ports. Optional interfaces stay: where the port does not implement one, the wrapper
// answers as the runner would without.
func (f *Faults) Wrap(r refresh.Runner) refresh.Runner {
	r.Store = faultyStore{r.Store, f}
	r.Directory = faultyDirectory{r.Directory, f}
	r.Source = faultySource{r.Source, f}
	r.Target = faultyTarget{r.Target, f}
	return r
}

// call makes a call, or not.
func (f *Faults) call(name string, do func() error) error {
	f.mu.Lock()
	f.calls++
	hit := f.calls == f.At
	dead := f.Crash && f.At > 0 && f.calls > f.At
	if hit {
		f.failed = name
	}
	f.mu.Unlock()
	if dead || hit && !f.After {
		return ErrInjected
	}
	if err := do(); err != nil || !hit {
		return err
	}
	return ErrInjected
}

// open makes a call that opens something. Where its answer is lost, the connection is too, and the database closes what was opened.
func open[T any](f *Faults, name string, do func() (T, error), end func(T)) (T, error) {
	var made T
	opened := false
	err := f.call(name, func() (err error) {
		made, err = do()
		opened = err == nil
		return err
	})
	if err != nil && opened {
		end(made)
	}
	return made, err
}

// ask makes a call that returns a value.
func ask[T any](f *Faults, name string, do func() (T, error)) (T, error) {
	return open(f, name, do, func(T) {})
}

// finish makes a call that ends something. The database ends it even where the call fails.
func (f *Faults) finish(name string, do func() error) error {
	err := do()
	return errors.Join(f.call(name, func() error { return nil }), err)
}

type faultyStore struct {
	refresh.Store
	faults *Faults
}

func (s faultyStore) Create(ctx context.Context, r refresh.Refresh) error {
	return s.faults.call("Store.Create", func() error { return s.Store.Create(ctx, r) })
}

func (s faultyStore) Refresh(ctx context.Context, id refresh.RunID) (refresh.Refresh, error) {
	return ask(s.faults, "Store.Refresh", func() (refresh.Refresh, error) { return s.Store.Refresh(ctx, id) })
}

func (s faultyStore) Refreshes(ctx context.Context, target tenancy.ID) ([]refresh.Refresh, error) {
	return ask(s.faults, "Store.Refreshes", func() ([]refresh.Refresh, error) { return s.Store.Refreshes(ctx, target) })
}

func (s faultyStore) Save(ctx context.Context, r refresh.Refresh, lease *refresh.Lease) error {
	return s.faults.call("Store.Save "+string(r.State), func() error { return s.Store.Save(ctx, r, lease) })
}

func (s faultyStore) Last(ctx context.Context) (string, error) {
	return ask(s.faults, "Store.Last", func() (string, error) { return s.Store.Last(ctx) })
}

func (s faultyStore) Acquire(ctx context.Context, target tenancy.ID, holder string, ttl time.Duration, above refresh.Token) (refresh.Lease, error) {
	return ask(s.faults, "Store.Acquire", func() (refresh.Lease, error) { return s.Store.Acquire(ctx, target, holder, ttl, above) })
}

func (s faultyStore) Renew(ctx context.Context, lease refresh.Lease, run refresh.RunID, ttl time.Duration) error {
	return s.faults.call("Store.Renew", func() error { return s.Store.Renew(ctx, lease, run, ttl) })
}

func (s faultyStore) Yield(ctx context.Context, lease refresh.Lease) error {
	return s.faults.call("Store.Yield", func() error { return s.Store.Yield(ctx, lease) })
}

func (s faultyStore) Cancel(ctx context.Context, run refresh.RunID) error {
	return s.faults.call("Store.Cancel", func() error { return s.Store.Cancel(ctx, run) })
}

type faultyDirectory struct {
	refresh.Directory
	faults *Faults
}

func (d faultyDirectory) Tenant(ctx context.Context, id tenancy.ID) (tenancy.Tenant, error) {
	return ask(d.faults, "Directory.Tenant", func() (tenancy.Tenant, error) { return d.Directory.Tenant(ctx, id) })
}

func (d faultyDirectory) Close(ctx context.Context, id tenancy.ID, outage tenancy.Outage) error {
	return d.faults.call("Directory.Close", func() error { return d.Directory.Close(ctx, id, outage) })
}

// ActiveUsers answers that it cannot tell where the directory does not count them.
func (d faultyDirectory) ActiveUsers(ctx context.Context, id tenancy.ID, since time.Time) (int64, error) {
	counter, ok := d.Directory.(refresh.ActivityCounter)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	return ask(d.faults, "ActivityCounter.ActiveUsers", func() (int64, error) { return counter.ActiveUsers(ctx, id, since) })
}

func (d faultyDirectory) Prepare(ctx context.Context, handover refresh.Handover) error {
	return d.faults.call("Directory.Prepare", func() error { return d.Directory.Prepare(ctx, handover) })
}

func (d faultyDirectory) Settle(ctx context.Context, id tenancy.ID, run refresh.RunID) error {
	return d.faults.call("Directory.Settle", func() error { return d.Directory.Settle(ctx, id, run) })
}

func (d faultyDirectory) Open(ctx context.Context, id tenancy.ID, run refresh.RunID) error {
	return d.faults.call("Directory.Open", func() error { return d.Directory.Open(ctx, id, run) })
}

func (d faultyDirectory) Release(ctx context.Context, id tenancy.ID, run refresh.RunID, token refresh.Token) error {
	return d.faults.call("Directory.Release", func() error { return d.Directory.Release(ctx, id, run, token) })
}

// Configuration answers as a directory that keeps no settings where there is none that does.
func (d faultyDirectory) Configuration(ctx context.Context, id tenancy.ID) (configuration.State, error) {
	configurer, ok := d.Directory.(refresh.Configurer)
	if !ok {
		return configuration.State{}, nil
	}
	return ask(d.faults, "Directory.Configuration", func() (configuration.State, error) { return configurer.Configuration(ctx, id) })
}

// describe and snapshot are what a source and a target have in common.
func (f *Faults) describe(ctx context.Context, from refresh.Source, tenant tenancy.ID) (refresh.Description, error) {
	return ask(f, "Describe", func() (refresh.Description, error) { return from.Describe(ctx, tenant) })
}

func (f *Faults) snapshot(ctx context.Context, from refresh.Source, tenant tenancy.ID) (refresh.Snapshot, error) {
	snapshot, err := open(f, "Snapshot", func() (refresh.Snapshot, error) { return from.Snapshot(ctx, tenant) },
		func(s refresh.Snapshot) { _ = s.Close() })
	if err != nil {
		return nil, err
	}
	return faultySnapshot{snapshot, f}, nil
}

type rows interface {
	Read(ctx context.Context, extent refresh.Extent) (refresh.Reader, error)
}

func (f *Faults) read(ctx context.Context, name string, from rows, extent refresh.Extent) (refresh.Reader, error) {
	reader, err := open(f, name, func() (refresh.Reader, error) { return from.Read(ctx, extent) }, func(r refresh.Reader) { _ = r.Close() })
	if err != nil {
		return nil, err
	}
	return faultyReader{reader, f}, nil
}

type faultyReader struct {
	reader refresh.Reader
	faults *Faults
}

func (r faultyReader) Next(ctx context.Context, batch *schema.Batch) error {
	return r.faults.call("Reader.Next", func() error { return r.reader.Next(ctx, batch) })
}

func (r faultyReader) Close() error { return r.faults.finish("Reader.Close", r.reader.Close) }

type faultySource struct {
	refresh.Source
	faults *Faults
}

func (s faultySource) Describe(ctx context.Context, tenant tenancy.ID) (refresh.Description, error) {
	return s.faults.describe(ctx, s.Source, tenant)
}

func (s faultySource) Snapshot(ctx context.Context, tenant tenancy.ID) (refresh.Snapshot, error) {
	return s.faults.snapshot(ctx, s.Source, tenant)
}

type faultySnapshot struct {
	refresh.Snapshot
	faults *Faults
}

func (s faultySnapshot) Read(ctx context.Context, extent refresh.Extent) (refresh.Reader, error) {
	return s.faults.read(ctx, "Snapshot.Read", s.Snapshot, extent)
}

func (s faultySnapshot) Keys(ctx context.Context, extent refresh.Extent, column string) (*keys.Set, error) {
	return ask(s.faults, "Snapshot.Keys", func() (*keys.Set, error) { return s.Snapshot.Keys(ctx, extent, column) })
}

func (s faultySnapshot) Count(ctx context.Context, extent refresh.Extent) (int64, error) {
	return ask(s.faults, "Snapshot.Count", func() (int64, error) { return s.Snapshot.Count(ctx, extent) })
}

func (s faultySnapshot) Mappings(ctx context.Context, source tenancy.ID) (map[string]*keys.Generations, error) {
	return ask(s.faults, "Snapshot.Mappings", func() (map[string]*keys.Generations, error) { return s.Snapshot.Mappings(ctx, source) })
}

func (s faultySnapshot) Landed(ctx context.Context) (bool, error) {
	return ask(s.faults, "Snapshot.Landed", func() (bool, error) { return s.Snapshot.Landed(ctx) })
}

func (s faultySnapshot) Retired(ctx context.Context, source tenancy.ID) (map[string][][]byte, error) {
	return ask(s.faults, "Snapshot.Retired", func() (map[string][][]byte, error) { return s.Snapshot.Retired(ctx, source) })
}

// RowDigests answers that it cannot where the snapshot has none. All of a table's pieces are one call.
func (s faultySnapshot) RowDigests(ctx context.Context, table string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		reader, ok := s.Snapshot.(refresh.RowDigestReader)
		if !ok {
			yield(nil, errors.ErrUnsupported)
			return
		}
		var pieces [][]byte
		err := s.faults.call("RowDigestReader.RowDigests", func() error {
			for piece, err := range reader.RowDigests(ctx, table) {
				if err != nil {
					return err
				}
				pieces = append(pieces, slices.Clone(piece))
			}
			return nil
		})
		if err != nil {
			yield(nil, err)
			return
		}
		for _, piece := range pieces {
			if !yield(piece, nil) {
				return
			}
		}
	}
}

func (s faultySnapshot) Close() error { return s.faults.finish("Snapshot.Close", s.Snapshot.Close) }
