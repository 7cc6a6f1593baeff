package memory

import (
	"context"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/configuration"
)

var _ refresh.Configurer = (*Directory)(nil)

// Configuration implements [refresh.Configurer].
func (d *Directory) Configuration(ctx context.Context, id tenancy.ID) (configuration.State, error) {
	var state configuration.State
	err := d.with(ctx, id, func(e *entry) error {
		state = e.configured.Clone()
		return nil
	})
	return state, err
}

// Configure replaces a tenant's settings by what change makes of them, and returns them; with an error nothing is changed. It refuses texts that not every
// database keeps ([configuration.Values.Validate]). While a run has closed the tenant it returns [tenancy.ErrUnderRefresh]: the run's handover decides. Change
// gets a map of its own, and must not use the directory itself.
func (d *Directory) Configure(ctx context.Context, id tenancy.ID, change func(configuration.Values) (configuration.Values, error)) (configuration.Values, error) {
	var values configuration.Values
	err := d.with(ctx, id, func(e *entry) error {
		values = e.configured.Clone().Values
		if e.Outage != nil {
			return e.refuse(tenancy.ErrUnderRefresh)
		}
		changed, err := change(e.configured.Clone().Values)
		if err == nil {
			err = changed.Validate()
		}
		if err != nil {
			return e.refuse(err)
		}
		e.configured.Values = configuration.Change{Set: changed}.Apply(configuration.State{}).Values
		values = changed
		return nil
	})
	return values, err
}

// configure puts into effect what a run does to the settings.
func (e *entry) configure(change *configuration.Change) {
	if change != nil {
		e.configured = change.Apply(e.configured)
	}
}

func cloneHandover(h refresh.Handover) refresh.Handover {
	if h.Configuration != nil {
		change := h.Configuration.Clone()
		h.Configuration = &change
	}
	return h
}
