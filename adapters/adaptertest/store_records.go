package adaptertest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/refresh/receipt"
	"github.com/retenant/retenant/tenancy"
)

// recordRules are about keeping refreshes.
var recordRules = []storeRule{
	{"unknown refreshes", (*storeCase).unknown},
	{"a refresh is created once", (*storeCase).createdOnce},
	{"Create has one winner", (*storeCase).createHasOneWinner},
	{"every field comes back", (*storeCase).everyField},
	{"refreshes are copies", (*storeCase).copies},
	{"Refreshes returns those of the target, the newest first", (*storeCase).newestFirst},
	{"everything survives the process", (*storeCase).survives},
}

func (c *storeCase) unknown() {
	c.create("known", "t")
	for _, id := range []refresh.RunID{"stranger", "", "know", "KNOWN", "known "} {
		_, err := c.Store.Refresh(c.ctx, id)
		c.refused(err, refresh.ErrUnknownRefresh, "Refresh(%q) of a refresh that was never created", id)
		c.refused(c.save(sample(id, "t")), refresh.ErrUnknownRefresh, "Save(%q) of a refresh that was never created", id)
		_, err = c.Store.Refresh(c.ctx, id)
		c.refused(err, refresh.ErrUnknownRefresh, "a Save that was refused creates nothing")
	}
	found, err := c.Store.Refreshes(c.ctx, "nobody")
	c.ok(err, "a target without refreshes is no error")
	if len(found) != 0 {
		c.Fatalf("broken: a target without refreshes has none; got %d", len(found))
	}
	last, err := c.Store.Last(c.ctx)
	c.ok(err, "a store without receipts is no error")
	if last != "" {
		c.Fatalf("broken: the hash of no receipt is empty; it is %q", last)
	}
}

func (c *storeCase) createdOnce() {
	want := c.create("r1", "t")
	again := want
	again.Request.By, again.Request.Target = "somebody else", "other"
	c.refused(c.Store.Create(c.ctx, again), refresh.ErrExists, "the ID of a refresh is taken for good")
	c.is(want, "a Create that was refused changes nothing")
	if found, err := c.Store.Refreshes(c.ctx, "other"); err != nil || len(found) > 0 {
		c.Fatalf("broken: a Create that was refused keeps nothing; got %d refreshes, %v", len(found), err)
	}
	want.State = refresh.Cancelled
	c.ok(c.save(want), "a refresh that nobody works on can be saved")
	c.refused(c.Store.Create(c.ctx, again), refresh.ErrExists, "the ID of a refresh that has ended is taken too")
}

func (c *storeCase) createHasOneWinner() {
	views := c.processes(6)
	won, lost := atOnce(len(views), func(i int) error {
		return views[i].Create(c.ctx, refresh.Refresh{ID: "r", Request: refresh.Request{Target: tenancy.ID(fmt.Sprint("t", i))}})
	})
	if won != 1 {
		c.Fatalf("broken: of those who create the same refresh at once one wins; %d did, the others got %v", won, lost)
	}
	for _, err := range lost {
		c.refused(err, refresh.ErrExists, "of those who create the same refresh at once, the others are refused")
	}
}

func (c *storeCase) everyField() {
	full, empty := sample("full", "t"), refresh.Refresh{ID: "empty", Request: refresh.Request{Target: "t"}}
	large, settings := sample("large", "t"), tenancy.Settings{}
	large.Failure, large.Notes = strings.Repeat("größer ", 200_000), &settings
	zone := sample("zone", "t")
	zone.Admitted = outageBegin.In(time.FixedZone("east", 10*3600+1800))
	for _, want := range []refresh.Refresh{full, empty, large, zone} {
		c.ok(c.Store.Create(c.ctx, want), "refresh %s can be kept", want.ID)
		c.is(want, "every field of refresh %s comes back after Create", want.ID)
	}
	swapped := full
	swapped.ID = empty.ID
	c.ok(c.save(swapped), "a refresh can become another one in all but ID and target")
	c.is(swapped, "every field comes back after Save")
	empty.ID = full.ID
	c.ok(c.save(empty), "a refresh can lose all but ID and target")
	c.is(empty, "a field that is emptied by Save is empty")
	for _, state := range []refresh.State{refresh.Admitted, refresh.Running, refresh.Committed, refresh.Settled, refresh.Opened, refresh.Abandoned, refresh.Cancelled} {
		empty.State = state
		c.ok(c.save(empty), "a refresh can be %s", state)
		c.is(empty, "the state %s comes back", state)
	}
}

func (c *storeCase) copies() {
	given := sample("r1", "t")
	c.ok(c.Store.Create(c.ctx, given), "a new refresh can be kept")
	want := sample("r1", "t")
	scribble := func(r refresh.Refresh) {
		r.Warnings[0], r.Request.Unmasked.By, r.Receipt.Tables[0].Name, *r.Notes = "scribbled", "scribbled", "scribbled", tenancy.Settings{}
	}
	scribble(given)
	c.is(want, "what is done to a refresh after Create does not reach the store")
	got, err := c.Store.Refresh(c.ctx, "r1")
	c.ok(err, "a refresh that was created is known")
	scribble(got)
	listed, err := c.Store.Refreshes(c.ctx, "t")
	c.ok(err, "the refreshes of a target can be listed")
	scribble(listed[0])
	c.is(want, "what is done to a refresh that was handed out does not reach the store")
}

func (c *storeCase) newestFirst() {
	targets := []tenancy.ID{"t", "T", "t ", "tt", "", "ť"}
	want := map[tenancy.ID][]string{}
	for i := range 12 {
		for _, target := range targets {
			r := sample(refresh.RunID(fmt.Sprintf("%s/%d", target, 100-i)), target) // ids fall while time rises
			r.Admitted = outageBegin.Add(time.Duration(i/2) * time.Microsecond)     // two of them at the same time
			c.ok(c.Store.Create(c.ctx, r), "a new refresh can be kept")
			want[target] = append([]string{string(r.ID)}, want[target]...)
		}
	}
	middle, err := c.Store.Refresh(c.ctx, "t/95")
	c.ok(err, "a refresh that was created is known")
	middle.State = refresh.Abandoned
	c.ok(c.save(middle), "a refresh that nobody works on can be saved")
	for _, target := range targets {
		found, err := c.Store.Refreshes(c.ctx, target)
		c.ok(err, "the refreshes of target %q can be listed", target)
		var got []string
		for _, r := range found {
			got = append(got, string(r.ID))
		}
		if !slices.Equal(got, want[target]) {
			c.Fatalf("broken: Refreshes(%q) returns those of that target, the newest first, those of the same instant as they were created; want %v, got %v", target, want[target], got)
		}
	}
}

func (c *storeCase) survives() {
	if c.Reopen == nil {
		c.Skip("nothing is to survive the process")
	}
	want := sample("r1", "t")
	want.State = refresh.Running
	c.ok(c.Store.Create(c.ctx, want), "a new refresh can be kept")
	lease := c.acquire("t", "first", 41)
	c.ok(c.Store.Cancel(c.ctx, "r1"), "a run can be cancelled")
	want.Receipt.Seal("")
	c.ok(c.Store.Save(c.ctx, want, &lease), "the holder of the lease can save")
	other := c.Reopen(c.T)
	got, err := other.Refresh(c.ctx, "r1")
	c.ok(err, "a refresh survives the process")
	sameRefresh(c.T, got, want, "a refresh survives the process as it was saved last")
	last, err := other.Last(c.ctx)
	c.ok(err, "the chain survives the process")
	if last != want.Receipt.Hash {
		c.Fatalf("broken: the chain of receipts survives the process; its head is %q", last)
	}
	_, err = other.Acquire(c.ctx, "t", "second", leaseTime, 0)
	c.refused(err, refresh.ErrHeld, "a lease survives the process that took it")
	c.refused(other.Renew(c.ctx, lease, "r1", leaseTime), refresh.ErrCancelled, "that a run was cancelled survives the process")
	c.ok(other.Yield(c.ctx, lease), "a lease can be given back")
	next, err := other.Acquire(c.ctx, "t", "second", leaseTime, 0)
	c.ok(err, "a lease that was given back can be taken by another process")
	if next.Token <= lease.Token {
		c.Fatalf("broken: tokens rise across processes; %d came after %d", next.Token, lease.Token)
	}
}

// receiptRules are about the chain of receipts.
var receiptRules = []storeRule{
	{"N2 receipts are chained", (*storeCase).chained},
	{"N2 a sealed receipt stays", (*storeCase).sealedStays},
	{"N2 runs that seal at once make one chain", (*storeCase).oneChain},
}

// seal seals and saves, and returns the refresh as it is kept then.
func (c *storeCase) seal(id refresh.RunID, target tenancy.ID, previous string) (refresh.Refresh, error) {
	c.Helper()
	r := sample(id, target)
	c.ok(c.Store.Create(c.ctx, r), "a new refresh can be kept")
	sealed := sample(id, target)
	sealed.State = refresh.Opened
	sealed.Receipt.Seal(previous)
	err := c.save(sealed)
	if err != nil {
		c.is(r, "N2 a Save that was refused keeps nothing")
		return r, err
	}
	c.is(sealed, "a sealed receipt comes back")
	got, err := c.Store.Refresh(c.ctx, id)
	c.ok(err, "a refresh that was created is known")
	c.ok(got.Receipt.Verify(), "N2 a sealed receipt can be verified after it was stored")
	last, err := c.Store.Last(c.ctx)
	c.ok(err, "the newest receipt can be asked for")
	if last != sealed.Receipt.Hash {
		c.Fatalf("broken: N2 Last is the hash of the receipt sealed last, %s; it is %s", sealed.Receipt.Hash, last)
	}
	return sealed, nil
}

func (c *storeCase) chained() {
	_, err := c.seal("x1", "t", "made up")
	c.refused(err, refresh.ErrChain, "N2 the first receipt has no predecessor")
	first, err := c.seal("r1", "t", "")
	c.ok(err, "N2 the first receipt is chained to none")
	_, err = c.seal("x2", "t", "")
	c.refused(err, refresh.ErrChain, "N2 only the first receipt is chained to none")
	second, err := c.seal("r2", "another target", first.Receipt.Hash)
	c.ok(err, "N2 the second receipt is chained to the first one, whatever its target")
	_, err = c.seal("x3", "t", first.Receipt.Hash)
	c.refused(err, refresh.ErrChain, "N2 two receipts are not chained to the same one")
	third, err := c.seal("r3", "t", second.Receipt.Hash)
	c.ok(err, "N2 the third receipt is chained to the second one")
	c.ok(receipt.VerifyChain([]receipt.Receipt{*first.Receipt, *second.Receipt, *third.Receipt}), "N2 the chain can be verified")
}

func (c *storeCase) sealedStays() {
	first, err := c.seal("r1", "t", "")
	c.ok(err, "N2 the first receipt is chained to none")
	second, err := c.seal("r2", "t", first.Receipt.Hash)
	c.ok(err, "N2 the second receipt is chained to the first one")
	first.Failure, first.Warnings = "noted later", nil
	c.ok(c.save(first), "a refresh whose receipt is sealed can be saved again with that receipt, although later ones are sealed")
	c.is(first, "what is saved beside a sealed receipt is kept")
	replaced, unsealed, dropped := first, first, first
	other := *first.Receipt
	other.Tables = nil
	other.Seal(second.Receipt.Hash)
	replaced.Receipt = &other
	open := *first.Receipt
	open.Hash = ""
	unsealed.Receipt, dropped.Receipt = &open, nil
	for name, r := range map[string]refresh.Refresh{"replaced": replaced, "opened again": unsealed, "dropped": dropped} {
		c.refused(c.save(r), refresh.ErrChain, "N2 a sealed receipt is not %s", name)
		c.is(first, "N2 a Save that was refused keeps nothing")
	}
	if last, err := c.Store.Last(c.ctx); err != nil || last != second.Receipt.Hash {
		c.Fatalf("broken: N2 saving an older refresh does not move the chain; its head is %q, %v", last, err)
	}
}

// oneChain seals as a run does: read the head, seal, save, and again where somebody was faster.
func (c *storeCase) oneChain() {
	views := c.processes(5)
	for i := range views {
		c.create(refresh.RunID(fmt.Sprint("r", i)), tenancy.ID(fmt.Sprint("t", i)))
	}
	won, lost := atOnce(len(views), func(i int) error {
		r := sample(refresh.RunID(fmt.Sprint("r", i)), tenancy.ID(fmt.Sprint("t", i)))
		r.Version = 0 // as it was created
		for range 100 {
			previous, err := views[i].Last(c.ctx)
			if err != nil {
				return err
			}
			r.Receipt.Seal(previous)
			if err := views[i].Save(c.ctx, r, nil); !isChain(err) {
				return err
			}
		}
		return fmt.Errorf("the chain moved on a hundred times")
	})
	if won != len(views) {
		c.Fatalf("broken: N2 of runs that seal at once one wins and the others can try again; %d of %d did, the others got %v", won, len(views), lost)
	}
	next := map[string]*receipt.Receipt{}
	for i := range views {
		r, err := c.Store.Refresh(c.ctx, refresh.RunID(fmt.Sprint("r", i)))
		c.ok(err, "a refresh that was created is known")
		next[r.Receipt.Previous] = r.Receipt
	}
	var chain []receipt.Receipt
	for hash := ""; next[hash] != nil; hash = next[hash].Hash {
		chain = append(chain, *next[hash])
	}
	if len(chain) != len(views) {
		c.Fatalf("broken: N2 runs that seal at once make one chain; %d of %d receipts are on it", len(chain), len(views))
	}
	c.ok(receipt.VerifyChain(chain), "N2 the chain can be verified")
}
