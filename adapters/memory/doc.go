// Package memory is the reference implementation of the ports of package refresh, in memory: small enough to document what each of them owes,
// and everybody's test double. Nothing survives the process.
//
//	store := memory.NewStore(time.Now)
//	directory := memory.NewDirectory(
//		tenancy.Tenant{ID: "1", Kind: tenancy.Production},
//		tenancy.Tenant{ID: "2", Kind: tenancy.Sandbox})
//
// [Store] keeps refreshes and leases, [Directory] keeps tenants, [Data] keeps their rows. All are safe for concurrent use, and what goes in or
// comes out is a copy.
//
// # Promise
//
// Each passes the suites of package adaptertest, as the adapters for databases do.
package memory
