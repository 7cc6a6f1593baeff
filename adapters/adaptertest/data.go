package adaptertest

import (
	"testing"

	"github.com/retenant/retenant/refresh"
)

// DataHarness says how [Data] and [Runs] get at a store.
type DataHarness struct {
	// Layout tells who shares tables; the zero value counts as shared.
	Layout refresh.KeySpace
	// New returns an empty database of its own for each call, with the tables of [CRM] in the layout. Where tenants have databases of their own,
	// none exists yet. What it opens, it closes with t.Cleanup.
	New func(t *testing.T) Database
	// OneWriter says that nobody else can write to the database while a stage is open, as in one SQLite file. Cases in which a host or a second runner writes
	// during a landing are left out.
	OneWriter bool
	// Loose says that the store does not hold columns to their types, so that the canonical form of a value is checked for integers and texts alone.
	Loose bool
	// Brief makes the case of 500 refreshes a short one, for a harness beside another of the same store.
	Brief bool
	// Padded says that the store pads decimals to the digits that their column has after the point.
	Padded bool
	// Stride makes [Runs] inject its faults at every so manieth call only, for stores that are slow; 0 is every call.
	Stride int
}

// Data is the conformance suite of [refresh.Source] and [refresh.Target], with the snapshots, readers and stages that they open and
// with [refresh.Copier] where a stage implements it. It runs whole refreshes with a runner, and judges them by what a host reads from
// the database.
func Data(t *testing.T, harness DataHarness) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, DataHarness)
		only only
	}{
		{"A1 A3 D23 every row of the source arrives in an empty target", arrives, anyStore},
		{"A1 nothing of the source, of other tenants or of no tenant changes", arrives, sharedTables},
		{"A2 what the target had is replaced", replaces, anyStore},
		{"A7 a column of each type is masked, NULL included", everyType, anyStore},
		{"A8 without masks by authorized request", unmasked, anyStore},
		{"D2 tables are kept and emptied by profile", dispositions, anyStore},
		{"N1 a second refresh gives the same keys and fakes", stable, anyStore},
		{"N1 another target gets other fakes", apart, anyStore},
		{"N9 the fast and the portable path make the same", paths, anyStore},
		{"D10 unmasked values never reach the stage", neverUnmasked, anyStore},
		{"D17 verification finds what went wrong on the way", tampered, anyStore},
		{"a reference to another tenant's row is refused, nulled or passed by rule", outside, sharedTables},
		{"D17 a stage finds references that do not resolve", unresolved, sharedTables},
		{"D2 references that form a cycle are set in a second pass", secondPass, anyStore},
		{"D16 the target's own secrets stay, and no others arrive", secrets, anyStore},
		{"D17 verification finds what went wrong in a second pass", tamperedAmendments, anyStore},
		{"a stage amends the tenant's rows by key", amends, anyStore},
		{"a stage amends no row twice, and says which are missing", amendsByName, anyStore},
		{"others' rows keep what they refer to", orphans, sharedTables},
		{"a key of a copy that came to another tenant's row is not used again", foreignHolder, sharedTables},
		{"C13 a copy gets keys of its own in tables of its own, by rule", remapped, ownTables},
		{"C18 key space grows with the rows and not with the refreshes", keySpace, sharedTables},
		{"D24 a host's next insert gets a free key", nextInsert, anyStore},
		{"N6 a plan counts what the target will lose", losses, anyStore},
		{"N6 what is lost is counted anew by every landing that commits", lossesOfLandings, anyStore},
		{"N6 no more is lost than was agreed to", moreLost, anyStore},
		{"D8 readers see the old rows until the commit", oldRows, anyStore},
		{"others write while a copy is made", writers, concurrent},
		{"D22 a snapshot is of one point in time", pointInTime, anyStore},
		{"D23 cells are in canonical form", canonical, anyStore},
		{"snapshot: counts, keys and batches agree with the rows", counts, anyStore},
		{"fence: only the current token begins and commits", fence, anyStore},
		{"fence: a newer token overtakes an open stage", overtaken, secondRunner},
		{"commit leaves a marker, rollback leaves nothing", marker, anyStore},
		{"a cancelled context ends every call", cancelledContext, anyStore},
	} {
		t.Run(c.name, func(t *testing.T) {
			if why := c.only.unfit(harness); why != "" {
				t.Skip(why)
			}
			c.run(t, harness)
		})
	}
}

// only tells for which stores a case is.
type only int

const (
	anyStore only = iota
	sharedTables
	ownTables
	concurrent
	secondRunner
)

// unfit says why the case is not for the harness; "" is that it is.
func (o only) unfit(h DataHarness) string {
	switch {
	case o == sharedTables && h.Layout == refresh.OwnKeys:
		return "tenants do not share tables"
	case o == ownTables && h.Layout != refresh.OwnKeys:
		return "tenants share tables"
	case o == concurrent && h.Layout == refresh.OwnKeys:
		return "a landing replaces the tenant's database as a whole"
	case (o == concurrent || o == secondRunner) && h.OneWriter:
		return "the store has one writer at a time"
	}
	return ""
}
