package tenancy

import "time"

// ID is a tenant id: the value in the tenant column, in the canonical text form of the column's type
// (see package schema). It never is part of a record's key.
type ID string

// Kind says what a tenant is for. Only the kinds that are declared here as replaceable can be the target of a refresh; every other
// value, the empty one and a misspelt one included, counts as production (A4).
type Kind string

// The kinds of a tenant.
const (
	Production  Kind = "production"
	Sandbox     Kind = "sandbox"
	Partner     Kind = "partner"
	Test        Kind = "test"
	Development Kind = "development"
	Training    Kind = "training"
)

// Kinds lists the kinds that can be declared.
func Kinds() []Kind { return []Kind{Production, Sandbox, Partner, Test, Development, Training} }

// Declared tells whether the kind is one of [Kinds].
func (k Kind) Declared() bool { return k == Production || k.Replaceable() }

// Replaceable tells whether a tenant of this kind may be replaced by a copy.
func (k Kind) Replaceable() bool {
	switch k {
	case Sandbox, Partner, Test, Development, Training:
		return true
	}
	return false
}

// Tenant is what the directory knows of a tenant.
type Tenant struct {
	ID         ID          `json:"id"`
	Name       string      `json:"name,omitempty"`
	Kind       Kind        `json:"kind,omitempty"`
	Settings   Settings    `json:"settings"`
	Generation int64       `json:"generation"`           // raised by each refresh of the tenant; 0 is never refreshed
	Outage     *Outage     `json:"outage,omitempty"`     // nil while the tenant is open
	Provenance *Provenance `json:"provenance,omitempty"` // nil unless the tenant is a copy
}

// Guard returns nil if the tenant may be the target of a refresh from source, and otherwise
// [ErrProduction] or [ErrSameTenant]. There is no way round it (A4).
func (t Tenant) Guard(source ID) error {
	if t.ID == source {
		return &TenantError{Tenant: t.ID, Err: ErrSameTenant}
	}
	if !t.Kind.Replaceable() {
		return &TenantError{Tenant: t.ID, Kind: t.Kind, Err: ErrProduction}
	}
	return nil
}

// Outage is the time in which a tenant is closed for a run. It is half-open: closed at From, open at Until.
type Outage struct {
	Run   string    `json:"run"`
	Token int64     `json:"token,omitempty"` // of the runner that closed it: an overtaken one has a lower token, and is refused
	From  time.Time `json:"from"`
	Until time.Time `json:"until,omitzero"` // zero: as soon as the handover is complete
}

// Provenance says that a tenant is a copy, and of what (D19).
type Provenance struct {
	Source ID        `json:"source"`
	AsOf   time.Time `json:"as_of"` // the time of the source's snapshot
	Run    string    `json:"run"`
	Masked bool      `json:"masked"` // false where masking was turned off by an authorized request (A8)
}
