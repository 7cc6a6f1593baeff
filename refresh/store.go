package refresh

import (
	"context"
	"time"

	"github.com/retenant/retenant/refresh/receipt"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/configuration"
)

// Directory knows the host's tenants. Suite: adaptertest.Directory.
type Directory interface {
	// Tenant returns [tenancy.ErrUnknownTenant] for a tenant it does not have.
	Tenant(ctx context.Context, id tenancy.ID) (tenancy.Tenant, error)
	// Close begins the outage, as a compare-and-set: it returns [tenancy.ErrProduction] unless the tenant's kind is replaceable at that
	// moment, and [tenancy.ErrUnderRefresh] where another run has closed it. From then on, until Open or Release, the tenant's kind
	// cannot be declared production (also [tenancy.ErrUnderRefresh]). Closing again for the same run takes over the outage's token.
	//
	// Close, Prepare and Release return [ErrFenced] for a token below the highest that any of them has accepted for the tenant: a runner that
	// was overtaken and wakes up late closes and opens nothing. A run that is settled and open is not closed again ([ErrCommitted]).
	Close(ctx context.Context, id tenancy.ID, outage tenancy.Outage) error
	// Prepare records the settings and the provenance that the tenant gets with the run's handover, without effect as yet. It returns
	// [tenancy.ErrUnderRefresh] unless the run has closed the tenant, and [tenancy.ErrProduction] as Close does.
	Prepare(ctx context.Context, handover Handover) error
	// Settle puts into effect what Prepare recorded and raises the generation, once for each run; again it does nothing. It returns
	// [tenancy.ErrNotSettled] for a run that has prepared nothing.
	Settle(ctx context.Context, id tenancy.ID, run RunID) error
	// Open ends the outage of the run. It returns [tenancy.ErrNotSettled] before Settle. Again it does nothing.
	Open(ctx context.Context, id tenancy.ID, run RunID) error
	// Release ends the outage of a run that did not commit: what Prepare recorded is dropped, the tenant is as before Close. Again, and
	// for a run that has not closed the tenant, it does nothing; after Settle it returns [ErrCommitted].
	Release(ctx context.Context, id tenancy.ID, run RunID, token Token) error
}

// Configurer is implemented by a [Directory] that keeps tenants' settings too: theme, time zone, limits (B14, N5). Its Prepare and Settle put
// [Handover.Configuration] into effect together with the quiet switches, and its Release drops it. While a run has closed a tenant, nobody else changes the
// tenant's settings ([tenancy.ErrUnderRefresh]). Suite: adaptertest.Directory.
//
// Without a Configurer a refresh leaves settings alone, and a profile that chooses for them refuses the plan.
type Configurer interface {
	// Configuration returns the settings of a tenant with what its last refresh took up. Values that are nil say that none are kept for the
	// tenant: a refresh leaves a target's alone, and takes nothing from a source. The texts of secrets may be left empty: no refresh looks at them. It returns [tenancy.ErrUnknownTenant] for a tenant it does not have.
	Configuration(ctx context.Context, id tenancy.ID) (configuration.State, error)
}

// Store keeps what is to survive a process. Suite: adaptertest.Store.
type Store interface {
	Records
	Leases
}

// Records keeps refreshes. Its writes are durable when they return.
type Records interface {
	// Create keeps a new refresh. It returns [ErrExists] if its ID is taken.
	Create(ctx context.Context, refresh Refresh) error
	// Refresh returns [ErrUnknownRefresh] for an ID it does not have.
	Refresh(ctx context.Context, id RunID) (Refresh, error)
	// Refreshes returns the refreshes of a target, the one that was created last first.
	Refreshes(ctx context.Context, target tenancy.ID) ([]Refresh, error)
	// Save keeps the refresh under the lease. It returns [ErrFenced] if the lease has passed to another holder or has run out. With a nil
	// lease it keeps a refresh whose target nobody holds a lease on ([ErrHeld] otherwise) and that nobody saved since it was read
	// ([ErrStale], told by Version): so people's side acknowledges and cancels. Each Save raises the stored Version by one.
	// A lease that has run out is ended by a Save without one: its late holder cannot renew it. A receipt that is sealed for the first time must be
	// chained to the newest sealed one, and a sealed one is never replaced or dropped; else Save returns [ErrChain] and keeps nothing.
	Save(ctx context.Context, refresh Refresh, lease *Lease) error
	// Last returns the hash of the newest sealed receipt of any run; "" is none.
	Last(ctx context.Context) (string, error)
}

// Leases keeps one runner at a time on a target.
type Leases interface {
	// Acquire takes the lease on the target for ttl, by the store's clock. The new token is higher than each one before
	// and than above. It returns [ErrHeld] while another lease runs, of the same holder too.
	Acquire(ctx context.Context, target tenancy.ID, holder string, ttl time.Duration, above Token) (Lease, error)
	// Renew prolongs the lease by ttl from now. It returns [ErrFenced] if the lease has passed to another holder or was given back, and
	// [ErrCancelled] once the run has been cancelled; the lease is prolonged then too.
	Renew(ctx context.Context, lease Lease, run RunID, ttl time.Duration) error
	// Yield gives the lease back. A lease that is not held any more is no error.
	Yield(ctx context.Context, lease Lease) error
	// Cancel asks the holder of the lease to end the run before its commit. It has no effect on a run that is committed.
	Cancel(ctx context.Context, run RunID) error
}

// Lease is the right to work on a target until it runs out.
type Lease struct {
	Target tenancy.ID
	Holder string
	Token  Token
}

// State tells how far a refresh has come.
type State string

// The states of a refresh. A refresh goes from admitted to opened; abandoned and cancelled are the other ends.
const (
	Admitted  State = "admitted"  // accepted, not begun
	Running   State = "running"   // closed, being copied
	Committed State = "committed" // the data is replaced, the rest of the handover is to be done
	Settled   State = "settled"   // the handover is complete, the target is still closed
	Opened    State = "opened"    // users are admitted; the end
	Abandoned State = "abandoned" // ended before its commit; the target is as it was
	Cancelled State = "cancelled" // withdrawn before it began
)

// Ended tells whether nothing more will happen.
func (s State) Ended() bool { return s == Opened || s == Abandoned || s == Cancelled }

// Refresh is an admitted replacement and what became of it.
type Refresh struct {
	ID           RunID             `json:"id"`
	Version      int64             `json:"version"` // how often it was saved; the store counts
	Request      Request           `json:"request"`
	State        State             `json:"state"`
	Warnings     []string          `json:"warnings,omitempty"` // of the request's admission
	Admitted     time.Time         `json:"admitted"`
	Acknowledged string            `json:"acknowledged,omitempty"` // the hash of the plan that was agreed to
	Losses       map[string]int64  `json:"losses,omitzero"`        // rows that were agreed to lose, by table, as the acknowledged plan counted them; nil is not counted. The receipt tells what was lost
	Attempts     int               `json:"attempts"`               // how often the copy was begun
	Notes        *tenancy.Settings `json:"notes,omitempty"`        // the target's settings before the run
	Snapshot     time.Time         `json:"snapshot,omitzero"`      // the point in time of the copy
	Failure      string            `json:"failure,omitempty"`      // the last error, until the next attempt
	Receipt      *receipt.Receipt  `json:"receipt,omitempty"`      // from the commit on; sealed from the opening on
}
