package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/refresh/receipt"
	"github.com/retenant/retenant/tenancy"
)

// StoreHarness makes the stores that [Store] tests.
type StoreHarness struct {
	// New returns an empty store, for one case. What it needs, it cleans up with t.Cleanup.
	New func(t *testing.T) StoreUnderTest
}

// StoreUnderTest is a store and what a test does to it beside the port.
type StoreUnderTest struct {
	Store refresh.Store
	// Elapse lets time pass by the store's clock: it moves a fake clock on, or the end of all leases back. It is never less than a second.
	Elapse func(t *testing.T, d time.Duration)
	// Reopen returns the same store as another process sees it, while the first one goes on. It is nil where nothing survives the process.
	Reopen func(t *testing.T) refresh.Store
}

// Store holds a [refresh.Store] to its duties (D7, N2 and what a run relies on).
func Store(t *testing.T, harness StoreHarness) {
	for _, group := range [][]storeRule{recordRules, saveRules, receiptRules, leaseRules, cancelRules} {
		for _, rule := range group {
			t.Run(rule.name, func(t *testing.T) {
				rule.check(&storeCase{T: t, StoreUnderTest: harness.New(t), ctx: t.Context()})
			})
		}
	}
}

// storeRule is a case of the suite.
type storeRule struct {
	name  string
	check func(*storeCase)
}

// storeCase is one store and the words in which its rules are stated.
type storeCase struct {
	*testing.T
	StoreUnderTest
	ctx context.Context
}

func (c *storeCase) ok(err error, rule string, args ...any) {
	c.Helper()
	if err != nil {
		c.Fatalf("broken: %s; got %v", fmt.Sprintf(rule, args...), err)
	}
}

func (c *storeCase) refused(err, want error, rule string, args ...any) {
	c.Helper()
	if !errors.Is(err, want) {
		c.Fatalf("broken: %s; want %q, got %v", fmt.Sprintf(rule, args...), want, err)
	}
}

// create keeps a small refresh.
func (c *storeCase) create(id refresh.RunID, target tenancy.ID) refresh.Refresh {
	c.Helper()
	r := refresh.Refresh{ID: id, Request: refresh.Request{Source: "origin", Target: target, Purpose: refresh.Develop, By: "somebody"},
		State: refresh.Admitted, Admitted: outageBegin}
	c.ok(c.Store.Create(c.ctx, r), "a new refresh can be kept")
	return r
}

// save keeps a refresh as people's side does: without a lease, and as somebody who has read it before.
func (c *storeCase) save(r refresh.Refresh) error {
	c.Helper()
	if known, err := c.Store.Refresh(c.ctx, r.ID); err == nil {
		r.Version = known.Version
	}
	return c.Store.Save(c.ctx, r, nil)
}

// is compares what the store has with what was kept last.
func (c *storeCase) is(want refresh.Refresh, rule string, args ...any) {
	c.Helper()
	got, err := c.Store.Refresh(c.ctx, want.ID)
	c.ok(err, "a refresh that was created is known")
	sameRefresh(c.T, got, want, fmt.Sprintf(rule, args...))
}

func sameRefresh(t *testing.T, got, want any, rule string) {
	t.Helper()
	same := cmp.Comparer(func(a, b tenancy.Settings) bool { return a == b })
	counted := cmpopts.IgnoreFields(refresh.Refresh{}, "Version")
	if diff := cmp.Diff(want, got, microseconds, same, counted, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("broken: %s (-want +got):\n%s", rule, diff)
	}
}

const leaseTime = time.Hour

func (c *storeCase) acquire(target tenancy.ID, holder string, above refresh.Token) refresh.Lease {
	c.Helper()
	lease, err := c.Store.Acquire(c.ctx, target, holder, leaseTime, above)
	c.ok(err, "a target that nobody holds a lease on can be acquired")
	if lease.Target != target || lease.Holder != holder || lease.Token <= above {
		c.Fatalf("broken: a lease is on its target, of its holder, with a token above %d; it is %+v", above, lease)
	}
	return lease
}

// processes returns n views of the store: each of another process where the harness can.
func (c *storeCase) processes(n int) []refresh.Store {
	views := make([]refresh.Store, n)
	for i := range views {
		views[i] = c.Store
		if c.Reopen != nil && i > 0 {
			views[i] = c.Reopen(c.T)
		}
	}
	return views
}

// sample is a refresh with something in every field, whose receipt is not sealed yet.
func sample(id refresh.RunID, target tenancy.ID) refresh.Refresh {
	notes := loud().DisableCallouts()
	return refresh.Refresh{
		ID: id, Version: 1,
		Request: refresh.Request{Source: "Quelle – 源", Target: target, Purpose: "vorführen", By: "Zoë <zoe@example.com>",
			Unmasked: &refresh.OptOut{By: "Søren", Reason: "line 1\nline 2\t\"quoted\" \\ \u0000 \u2028 🏢"}, From: outageBegin, Until: outageEnd},
		State: refresh.Settled, Warnings: []string{"one", "", "<three> & 'four'"}, Admitted: outageBegin.Add(-time.Hour), Acknowledged: "0123abcd", Losses: map[string]int64{"Übung": 1<<53 + 1, "": 0}, Attempts: 3,
		Notes: &notes, Snapshot: asOf, Failure: "step copy: table \"orders\": %s ? :name $1 NULL",
		Receipt: &receipt.Receipt{
			Format: receipt.Format, Run: string(id),
			Source: receipt.Side{Tenant: "Quelle – 源", Kind: "production", Database: "db:1"}, Target: receipt.Side{Tenant: string(target), Kind: "sandbox", Database: "db:2"},
			Purpose: "vorführen", RequestedBy: "Zoë", Masked: true, OptOut: &receipt.OptOut{By: "Søren", Reason: "because"}, Plan: "p", Rules: "r", Secret: "s",
			Audience: "a", Dictionaries: "d", Snapshot: asOf, Committed: asOf.Add(time.Minute), Opened: outageEnd, Attempts: 3, ForeignKeys: "deferred",
			Settings: "communications off", Generation: 1 << 53,
			Tables: []receipt.Table{{Name: "Übung \"1\"", Disposition: "copy", Read: 1<<62 + 1, Written: 2, Nulled: 3, Passed: 4, Lost: 6, LostAtLeast: true, NewKeys: 5, Digest: "1:2",
				Columns: []receipt.Column{{Name: "sélect", Treatment: "mask email v1", Kept: 7}}}},
			Losses:     receipt.Losses{Counted: true, Why: "nobody asked"},
			Configured: []receipt.Setting{{Name: "größe", Choice: "three-way-keep", From: "target", Secret: true, Conflict: true}},
			Stragglers: []receipt.Straggle{{Table: "orders", Rows: -1}}, Warnings: []string{"careful"},
		},
	}
}
