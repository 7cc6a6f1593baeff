package adaptertest

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// saveRules are about who may save.
var saveRules = []storeRule{
	{"Save under a lease", (*storeCase).saveUnderLease},
	{"Save without a lease", (*storeCase).saveWithoutLease},
	{"Save without a lease fences a holder that was late", (*storeCase).saveFencesTheLate},
	{"Save without a lease takes no stale refresh", (*storeCase).stale},
}

func isChain(err error) bool { return errors.Is(err, refresh.ErrChain) }

func (c *storeCase) saveUnderLease() {
	kept := c.create("r1", "t")
	c.create("r2", "other")
	save := func(lease refresh.Lease, want error, rule string, args ...any) {
		c.Helper()
		r := kept
		r.Attempts++
		err := c.Store.Save(c.ctx, r, &lease)
		if want == nil {
			c.ok(err, rule, args...)
			kept = r
		} else {
			c.refused(err, want, rule, args...)
		}
		c.is(kept, "a Save keeps all or, refused, nothing")
	}
	save(refresh.Lease{Target: "t", Holder: "first", Token: 1}, refresh.ErrFenced, "a lease that nobody acquired does not count")
	first := c.acquire("t", "first", 0)
	save(first, nil, "the holder of a lease can save")
	save(first, nil, "the holder of a lease can save again")
	elsewhere := c.acquire("other", "first", first.Token)
	save(elsewhere, refresh.ErrFenced, "a lease on another target does not count")
	for _, forged := range []refresh.Token{first.Token - 1, first.Token + 1, 0, elsewhere.Token} {
		save(refresh.Lease{Target: "t", Holder: "first", Token: forged}, refresh.ErrFenced, "token %d, where %d is the lease's", forged, first.Token)
	}
	c.Elapse(c.T, leaseTime)
	save(first, refresh.ErrFenced, "a lease that has run out does not count")
	second := c.acquire("t", "first", 0)
	save(first, refresh.ErrFenced, "a lease that has passed on does not count, although its holder took the next one")
	save(second, nil, "the holder of the next lease can save")
	c.ok(c.Store.Yield(c.ctx, second), "a lease can be given back")
	save(second, refresh.ErrFenced, "a lease that was given back does not count")
}

func (c *storeCase) saveWithoutLease() {
	kept := c.create("r1", "t")
	save := func(want error, rule string, args ...any) {
		c.Helper()
		r := kept
		r.Attempts++
		err := c.save(r)
		if want == nil {
			c.ok(err, rule, args...)
			kept = r
		} else {
			c.refused(err, want, rule, args...)
		}
		c.is(kept, "a Save keeps all or, refused, nothing")
	}
	save(nil, "a refresh whose target never had a lease can be saved without one")
	c.acquire("other", "first", 0)
	save(nil, "a lease on another target does not matter")
	first := c.acquire("t", "first", 0)
	save(refresh.ErrHeld, "while a lease runs, nobody saves without one")
	c.Elapse(c.T, leaseTime-time.Second)
	save(refresh.ErrHeld, "while a lease runs, nobody saves without one")
	c.ok(c.Store.Renew(c.ctx, first, "r1", leaseTime), "a lease can be renewed")
	c.Elapse(c.T, leaseTime-time.Second)
	save(refresh.ErrHeld, "while a renewed lease runs, nobody saves without one")
	c.Elapse(c.T, time.Second)
	save(nil, "after a lease has run out, a refresh can be saved without one")
	second := c.acquire("t", "second", 0)
	save(refresh.ErrHeld, "while a lease runs, nobody saves without one")
	c.ok(c.Store.Yield(c.ctx, second), "a lease can be given back")
	save(nil, "after a lease was given back, a refresh can be saved without one")
}

func (c *storeCase) saveFencesTheLate() {
	withdrawn := c.create("r1", "t")
	late := c.acquire("t", "late", 0)
	c.Elapse(c.T, 2*leaseTime)
	stale := withdrawn
	stale.State = refresh.Running
	withdrawn.State = refresh.Cancelled
	c.ok(c.save(withdrawn), "after a lease has run out, a refresh can be saved without one")
	c.refused(c.Store.Renew(c.ctx, late, "r1", leaseTime), refresh.ErrFenced, "a lease that has run out ends with a save without lease: its holder cannot renew it")
	c.refused(c.Store.Save(c.ctx, stale, &late), refresh.ErrFenced, "a holder that was late does not write over what was saved meanwhile")
	c.is(withdrawn, "a Save that was refused keeps nothing")
}

// leaseRules are about one runner at a time.
var leaseRules = []storeRule{
	{"a target has one lease at a time", (*storeCase).oneLease},
	{"tokens only rise", (*storeCase).tokensRise},
	{"Acquire has one winner", (*storeCase).acquireHasOneWinner},
	{"Renew prolongs from now", (*storeCase).renewProlongs},
	{"Renew is fenced", (*storeCase).renewIsFenced},
	{"Yield gives back its own lease only", (*storeCase).yieldsItsOwn},
}

func (c *storeCase) oneLease() {
	first := c.acquire("t", "first", 0)
	held := func(when string) {
		c.Helper()
		for _, holder := range []string{"second", "first", ""} {
			lease, err := c.Store.Acquire(c.ctx, "t", holder, leaseTime, first.Token+100)
			c.refused(err, refresh.ErrHeld, "a lease is not handed out to %q %s", holder, when)
			if lease != (refresh.Lease{}) {
				c.Fatalf("broken: with an error there is no lease; got %+v", lease)
			}
		}
	}
	held("while another one runs")
	for _, other := range []tenancy.ID{"T", "t ", "", "tt", "ť"} {
		c.acquire(other, "second", 0)
	}
	c.Elapse(c.T, leaseTime-time.Second)
	held("a second before another one runs out")
	c.Elapse(c.T, time.Second)
	second := c.acquire("t", "second", 0)
	held("after it has passed on")
	c.ok(c.Store.Yield(c.ctx, second), "a lease can be given back")
	c.acquire("t", "", 0)
	held("to a holder without a name")
}

func (c *storeCase) tokensRise() {
	highest := refresh.Token(0)
	for i, above := range []refresh.Token{0, 0, 41, 0, 5, 1 << 40, 1<<40 + 7, 3, math.MaxInt64 - 10, 0} {
		lease := c.acquire("t", "holder", above)
		if lease.Token <= highest {
			c.Fatalf("broken: each token is higher than each one before; %d came after %d", lease.Token, highest)
		}
		highest = lease.Token
		if i%2 == 0 {
			c.ok(c.Store.Yield(c.ctx, lease), "a lease can be given back")
		} else {
			c.Elapse(c.T, leaseTime)
		}
	}
}

func (c *storeCase) acquireHasOneWinner() {
	views := c.processes(6)
	seen := map[refresh.Token]bool{}
	for round := range 4 {
		leases := make([]refresh.Lease, len(views))
		won, lost := atOnce(len(views), func(i int) (err error) {
			leases[i], err = views[i].Acquire(c.ctx, "t", fmt.Sprint("h", i), leaseTime, 0)
			return err
		})
		if won != 1 {
			c.Fatalf("broken: of those who acquire a target at once one wins; %d did in round %d, the others got %v", won, round, lost)
		}
		for _, err := range lost {
			c.refused(err, refresh.ErrHeld, "of those who acquire a target at once, the others are told that it is held")
		}
		for _, lease := range leases {
			if lease.Token != 0 && seen[lease.Token] {
				c.Fatalf("broken: no token is handed out twice; %d was", lease.Token)
			}
			seen[lease.Token] = true
		}
		c.Elapse(c.T, leaseTime)
	}
}

func (c *storeCase) renewProlongs() {
	c.create("r1", "t")
	lease := c.acquire("t", "first", 0)
	for range 3 {
		c.Elapse(c.T, leaseTime-time.Second)
		c.ok(c.Store.Renew(c.ctx, lease, "r1", leaseTime), "a lease that runs can be renewed")
	}
	c.Elapse(c.T, leaseTime-time.Second)
	_, err := c.Store.Acquire(c.ctx, "t", "second", leaseTime, 0)
	c.refused(err, refresh.ErrHeld, "a renewed lease runs for its time from the renewal on")
	c.Elapse(c.T, time.Second)
	c.ok(c.Store.Renew(c.ctx, lease, "r1", leaseTime), "a lease that has run out can be renewed while nobody has taken it")
	_, err = c.Store.Acquire(c.ctx, "t", "second", leaseTime, 0)
	c.refused(err, refresh.ErrHeld, "a lease that was renewed late runs again")
	c.Elapse(c.T, leaseTime)
	if second := c.acquire("t", "second", 0); second.Token <= lease.Token {
		c.Fatalf("broken: each token is higher than each one before; %d came after %d", second.Token, lease.Token)
	}
}

func (c *storeCase) renewIsFenced() {
	c.create("r1", "t")
	c.refused(c.Store.Renew(c.ctx, refresh.Lease{Target: "t", Holder: "nobody", Token: 1}, "r1", leaseTime), refresh.ErrFenced, "a lease that nobody acquired")
	first := c.acquire("t", "same", 0)
	c.Elapse(c.T, leaseTime)
	second := c.acquire("t", "same", 0)
	c.refused(c.Store.Renew(c.ctx, first, "r1", 10*leaseTime), refresh.ErrFenced, "a lease that has passed on, to the same holder too, cannot be renewed")
	c.Elapse(c.T, leaseTime-time.Second)
	_, err := c.Store.Acquire(c.ctx, "t", "third", leaseTime, 0)
	c.refused(err, refresh.ErrHeld, "a Renew that was refused leaves the lease of the other holder alone")
	c.Elapse(c.T, time.Second)
	third := c.acquire("t", "third", 0)
	c.ok(c.Store.Yield(c.ctx, third), "a lease can be given back")
	for _, lease := range []refresh.Lease{first, second, third} {
		c.refused(c.Store.Renew(c.ctx, lease, "r1", leaseTime), refresh.ErrFenced, "a lease that was given back cannot be renewed, nor one from before")
	}
	c.acquire("t", "fourth", 0)
}

func (c *storeCase) yieldsItsOwn() {
	c.ok(c.Store.Yield(c.ctx, refresh.Lease{Target: "t", Holder: "nobody", Token: 1}), "giving back a lease that is not held is no error")
	first := c.acquire("t", "same", 0)
	c.Elapse(c.T, leaseTime)
	second := c.acquire("t", "same", 0)
	c.ok(c.Store.Yield(c.ctx, first), "giving back a lease that has passed on is no error")
	_, err := c.Store.Acquire(c.ctx, "t", "third", leaseTime, 0)
	c.refused(err, refresh.ErrHeld, "giving back a lease that has passed on leaves the one of the other holder alone")
	for range 2 {
		c.ok(c.Store.Yield(c.ctx, second), "a lease can be given back, and again")
	}
	c.acquire("t", "third", 0)
}

// cancelRules are about ending a run from outside.
var cancelRules = []storeRule{
	{"D7 a cancelled run is told so", (*storeCase).cancelled},
	{"D7 a committed run is not cancelled", (*storeCase).notCancelled},
}

func (c *storeCase) cancelled() {
	r1 := c.create("r1", "t")
	c.create("r2", "t")
	lease := c.acquire("t", "first", 0)
	c.ok(c.Store.Renew(c.ctx, lease, "r1", leaseTime), "a run that was not cancelled goes on")
	r1.State = refresh.Running
	c.ok(c.Store.Save(c.ctx, r1, &lease), "the holder of the lease can save")
	for range 2 {
		c.ok(c.Store.Cancel(c.ctx, "r1"), "D7 a run can be cancelled while somebody holds the lease, and again")
	}
	c.is(r1, "Cancel asks and does not change the refresh")
	c.Elapse(c.T, leaseTime-time.Second)
	c.refused(c.Store.Renew(c.ctx, lease, "r1", leaseTime), refresh.ErrCancelled, "D7 the holder of the lease is told that the run was cancelled")
	c.Elapse(c.T, leaseTime-time.Second)
	_, err := c.Store.Acquire(c.ctx, "t", "second", leaseTime, 0)
	c.refused(err, refresh.ErrHeld, "D7 the lease of a cancelled run is prolonged too")
	r1.Attempts++
	c.ok(c.Store.Save(c.ctx, r1, &lease), "the holder of the lease can save a cancelled run")
	c.refused(c.Store.Renew(c.ctx, lease, "r1", leaseTime), refresh.ErrCancelled, "D7 a run stays cancelled when its holder saves it")
	c.ok(c.Store.Renew(c.ctx, lease, "r2", leaseTime), "D7 another run on the same target is not cancelled")
	c.Elapse(c.T, leaseTime)
	second := c.acquire("t", "second", 0)
	c.refused(c.Store.Renew(c.ctx, lease, "r1", leaseTime), refresh.ErrFenced, "a holder whose lease has passed on is fenced, cancelled or not")
	c.refused(c.Store.Renew(c.ctx, second, "r1", leaseTime), refresh.ErrCancelled, "D7 the next holder is told too")
}

func (c *storeCase) notCancelled() {
	for i, state := range []refresh.State{refresh.Committed, refresh.Settled, refresh.Opened} {
		for _, early := range []bool{true, false} {
			id, target := refresh.RunID(fmt.Sprint("r", i, early)), tenancy.ID(fmt.Sprint("t", i, early))
			r := c.create(id, target)
			lease := c.acquire(target, "first", 0)
			if early {
				c.ok(c.Store.Cancel(c.ctx, id), "a run can be cancelled")
			}
			r.State = state
			c.ok(c.Store.Save(c.ctx, r, &lease), "the holder of the lease can save a run that is %s", state)
			if !early {
				_ = c.Store.Cancel(c.ctx, id) // what it returns is open
			}
			c.ok(c.Store.Renew(c.ctx, lease, id, leaseTime), "D7 a run that is %s is not cancelled any more", state)
			c.is(r, "D7 Cancel changes nothing of a run that is %s", state)
		}
	}
}

func (c *storeCase) stale() {
	r := c.create("r1", "t")
	r, err := c.Store.Refresh(c.ctx, r.ID)
	c.ok(err, "a refresh that was created is known")
	mine, theirs := r, r
	theirs.Acknowledged = "theirs"
	c.ok(c.Store.Save(c.ctx, theirs, nil), "of two that read a refresh, the first can save it")
	mine.Acknowledged = "mine"
	c.refused(c.Store.Save(c.ctx, mine, nil), refresh.ErrStale, "of two that read a refresh, the second does not write over the first")
	c.is(theirs, "a Save that was refused changes nothing")
	lease := c.acquire("t", "runner", 0)
	mine.State = refresh.Running
	c.ok(c.Store.Save(c.ctx, mine, &lease), "the holder of the lease needs no version: nobody else saves meanwhile")
	c.ok(c.Store.Yield(c.ctx, lease), "a lease can be given back")
	late, err := c.Store.Refresh(c.ctx, r.ID)
	c.ok(err, "a refresh is known")
	late.Version--
	c.refused(c.Store.Save(c.ctx, late, nil), refresh.ErrStale, "each Save raises the version")
}
