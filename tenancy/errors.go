package tenancy

import (
	"errors"
	"fmt"
)

// Errors of tenants. Directories return the first five inside a [*TenantError].
var (
	// ErrUnknownTenant says that the directory has no such tenant.
	ErrUnknownTenant = errors.New("tenant is unknown")
	// ErrProduction says that a tenant of kind production, or of a kind that is not declared, was to be replaced (A4).
	ErrProduction = errors.New("tenant counts as production and is never the target of a refresh")
	// ErrSameTenant says that source and target are the same tenant (A4).
	ErrSameTenant = errors.New("source and target are the same tenant")
	// ErrUnderRefresh says that another run has closed the tenant, or that its kind cannot change before the run has ended.
	ErrUnderRefresh = errors.New("tenant is being refreshed")
	// ErrNotSettled says that a tenant was to be opened before its handover was complete.
	ErrNotSettled = errors.New("handover is not complete")

	// ErrCommunicationsOff says that callouts were to be enabled while communications are off (A26).
	ErrCommunicationsOff = errors.New("callouts need communications first: enable communications, then callouts")
	// ErrRefused is matched by every [*Refusal] of the guard.
	ErrRefused = errors.New("refused by the guard")
)

// TenantError is an error about a tenant.
type TenantError struct {
	Tenant ID
	Kind   Kind // where the kind is the reason
	Err    error
}

// Error names the tenant, and its kind where that is the reason.
func (e *TenantError) Error() string {
	if errors.Is(e.Err, ErrProduction) {
		if e.Kind == "" {
			return fmt.Sprintf("tenant %s (kind: none declared): %v; declare what it is", e.Tenant, e.Err)
		}
		return fmt.Sprintf("tenant %s (kind: %s): %v", e.Tenant, e.Kind, e.Err)
	}
	return fmt.Sprintf("tenant %s: %v", e.Tenant, e.Err)
}

// Unwrap returns the sentinel.
func (e *TenantError) Unwrap() error { return e.Err }
