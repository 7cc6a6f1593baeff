package memory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/configuration"
)

// Directory implements [refresh.Directory]. Its errors about a tenant are [*tenancy.TenantError].
type Directory struct {
	mu      sync.Mutex
	tenants map[tenancy.ID]*entry
}

var _ refresh.Directory = (*Directory)(nil)

// entry is a tenant and what runs hand over to it.
type entry struct {
	tenancy.Tenant
	token      int64                       // the highest that a runner came with
	prepared   map[string]refresh.Handover // by run, until it is settled or released
	configured configuration.State
	settled    map[string]bool      // by run, for good
	used       map[string]time.Time // when each user was last at work
}

func (e *entry) closedBy(run string) bool { return e.Outage != nil && e.Outage.Run == run }

func (e *entry) refuse(err error) error {
	return &tenancy.TenantError{Tenant: e.ID, Kind: e.Kind, Err: err}
}

// fence refuses a runner that another has overtaken.
func (e *entry) fence(token int64) error {
	if token < e.token {
		return e.refuse(fmt.Errorf("token %d: %w", token, refresh.ErrFenced))
	}
	e.token = token
	return nil
}

// NewDirectory returns a directory of these tenants, as they are. Of two with the same id the later one counts.
func NewDirectory(tenants ...tenancy.Tenant) *Directory {
	d := &Directory{tenants: map[tenancy.ID]*entry{}}
	for _, t := range tenants {
		d.tenants[t.ID] = newEntry(t)
	}
	return d
}

func newEntry(t tenancy.Tenant) *entry {
	return &entry{Tenant: cloneTenant(t), configured: configuration.State{Values: configuration.Values{}}, prepared: map[string]refresh.Handover{}, settled: map[string]bool{}}
}

func cloneTenant(t tenancy.Tenant) tenancy.Tenant {
	if t.Outage != nil {
		outage := *t.Outage
		t.Outage = &outage
	}
	if t.Provenance != nil {
		provenance := *t.Provenance
		t.Provenance = &provenance
	}
	return t
}

// with calls f with a tenant that nobody else changes meanwhile.
func (d *Directory) with(ctx context.Context, id tenancy.ID, f func(*entry) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	e, ok := d.tenants[id]
	if !ok {
		return &tenancy.TenantError{Tenant: id, Err: tenancy.ErrUnknownTenant}
	}
	return f(e)
}

// Tenant implements [refresh.Directory].
func (d *Directory) Tenant(ctx context.Context, id tenancy.ID) (tenancy.Tenant, error) {
	var t tenancy.Tenant
	err := d.with(ctx, id, func(e *entry) error {
		t = cloneTenant(e.Tenant)
		return nil
	})
	return t, err
}

// Close implements [refresh.Directory]. For a run that is settled and has opened the tenant again it returns [refresh.ErrCommitted].
func (d *Directory) Close(ctx context.Context, id tenancy.ID, outage tenancy.Outage) error {
	return d.with(ctx, id, func(e *entry) error {
		if err := e.fence(outage.Token); err != nil {
			return err
		}
		switch {
		case e.closedBy(outage.Run):
			e.Outage.Token = outage.Token
			return nil
		case e.settled[outage.Run]:
			return e.refuse(refresh.ErrCommitted)
		case !e.Kind.Replaceable():
			return e.refuse(tenancy.ErrProduction)
		case e.Outage != nil:
			return e.refuse(tenancy.ErrUnderRefresh)
		}
		e.Outage = &outage
		return nil
	})
}

// Prepare implements [refresh.Directory]. What an earlier attempt of the run prepared is replaced. After Settle it returns [refresh.ErrCommitted].
func (d *Directory) Prepare(ctx context.Context, handover refresh.Handover) error {
	run := string(handover.Run)
	return d.with(ctx, handover.Target, func(e *entry) error {
		if err := e.fence(int64(handover.Token)); err != nil {
			return err
		}
		switch {
		case !e.Kind.Replaceable():
			return e.refuse(tenancy.ErrProduction)
		case !e.closedBy(run):
			return e.refuse(fmt.Errorf("run %s has not closed it: %w", run, tenancy.ErrUnderRefresh))
		case e.settled[run]:
			return e.refuse(refresh.ErrCommitted)
		}
		e.prepared[run] = cloneHandover(handover)
		return nil
	})
}

// Settle implements [refresh.Directory]. For a run that has prepared nothing it returns [tenancy.ErrNotSettled].
func (d *Directory) Settle(ctx context.Context, id tenancy.ID, run refresh.RunID) error {
	return d.with(ctx, id, func(e *entry) error {
		if e.settled[string(run)] {
			return nil
		}
		handover, ok := e.prepared[string(run)]
		if !ok {
			return e.refuse(fmt.Errorf("run %s has prepared no handover: %w", run, tenancy.ErrNotSettled))
		}
		delete(e.prepared, string(run))
		e.settled[string(run)] = true
		e.Settings, e.Provenance = handover.Settings, &handover.Provenance
		e.configure(handover.Configuration)
		e.Generation++
		return nil
	})
}

// Open implements [refresh.Directory].
func (d *Directory) Open(ctx context.Context, id tenancy.ID, run refresh.RunID) error {
	return d.with(ctx, id, func(e *entry) error {
		if !e.settled[string(run)] {
			return e.refuse(fmt.Errorf("run %s: %w", run, tenancy.ErrNotSettled))
		}
		if e.closedBy(string(run)) {
			e.Outage = nil
		}
		return nil
	})
}

// Release implements [refresh.Directory].
func (d *Directory) Release(ctx context.Context, id tenancy.ID, run refresh.RunID, token refresh.Token) error {
	return d.with(ctx, id, func(e *entry) error {
		if err := e.fence(int64(token)); err != nil {
			return err
		}
		if e.settled[string(run)] {
			return e.refuse(fmt.Errorf("run %s: %w", run, refresh.ErrCommitted))
		}
		delete(e.prepared, string(run))
		if e.closedBy(string(run)) {
			e.Outage = nil
		}
		return nil
	})
}

// Declare makes a tenant known with its name, kind and settings, or changes the name and the kind of one that is. Generation, outage and
// provenance are the runs' and are ignored. It returns [tenancy.ErrUnderRefresh] where a tenant that a run has closed would come to count as production (A4).
func (d *Directory) Declare(ctx context.Context, tenant tenancy.Tenant) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if tenant.ID == "" {
		return errors.New("a tenant needs an id")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	e, ok := d.tenants[tenant.ID]
	if !ok {
		d.tenants[tenant.ID] = newEntry(tenancy.Tenant{ID: tenant.ID, Name: tenant.Name, Kind: tenant.Kind, Settings: tenant.Settings})
		return nil
	}
	if e.Outage != nil && !tenant.Kind.Replaceable() {
		return e.refuse(tenancy.ErrUnderRefresh)
	}
	e.Name, e.Kind = tenant.Name, tenant.Kind
	return nil
}

// Change replaces a tenant's settings by what change makes of them, and returns them; with an error nothing is changed. While a run has closed the
// tenant it returns [tenancy.ErrUnderRefresh]: the run's handover decides. Change must not use the directory itself.
func (d *Directory) Change(ctx context.Context, id tenancy.ID, change func(tenancy.Settings) (tenancy.Settings, error)) (tenancy.Settings, error) {
	var settings tenancy.Settings
	err := d.with(ctx, id, func(e *entry) error {
		settings = e.Settings
		if e.Outage != nil {
			return e.refuse(tenancy.ErrUnderRefresh)
		}
		changed, err := change(e.Settings)
		if err != nil {
			return e.refuse(err)
		}
		e.Settings, settings = changed, changed
		return nil
	})
	return settings, err
}

// Tenants returns all tenants, in the order of the bytes of their ids.
func (d *Directory) Tenants(ctx context.Context) ([]tenancy.Tenant, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	tenants := make([]tenancy.Tenant, 0, len(d.tenants))
	for _, id := range slices.Sorted(maps.Keys(d.tenants)) {
		tenants = append(tenants, cloneTenant(d.tenants[id].Tenant))
	}
	return tenants, nil
}
