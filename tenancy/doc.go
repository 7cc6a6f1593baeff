// Package tenancy knows tenants: what kind they are, what they may do, and what they are a copy of.
//
// The tenant is an attribute of a record, never part of its key. A [Tenant] has a [Kind], which decides whether it may ever be
// replaced; [Settings], which decide whether it reaches the world outside and are quiet after each refresh; an [Outage] while a run has
// closed it; a generation, which each refresh raises; and a [Provenance] once it is a copy.
//
// A host asks [Tenant.Allow] before each mail, callout and scheduled run:
//
//	if err := tenant.Allow(tenancy.Callout); err != nil {
//		return err // says why: off, closed, or a copy that would overlap with production
//	}
//
// Package schema below it says what records look like, and package configuration what becomes of the host's own settings of a tenant in a refresh.
//
// # Promise
//
// A kind that this package does not know counts as production, a channel that it does not know is closed, and a stored
// setting can not turn callouts on without communications. None of these has an override.
package tenancy
