package adaptertest

import (
	"errors"
	"fmt"
	"time"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// outageRules are about closing a tenant and opening it.
var outageRules = []directoryRule{
	{"A4 production is never closed", (*directoryCase).productionStaysOpen},
	{"A4 a tenant declared production in between is not closed", (*directoryCase).declaredInBetween},
	{"A4 the kind is locked during the outage", (*directoryCase).kindIsLocked},
	{"Close begins the outage, once", (*directoryCase).closesOnce},
	{"Close has one winner", (*directoryCase).closeHasOneWinner},
	{"Open needs Settle", (*directoryCase).openNeedsSettle},
	{"Open ends the outage of its own run", (*directoryCase).opensItsOwn},
	{"D7 Release leaves the tenant as it was", (*directoryCase).releases},
	{"Release after Settle is refused", (*directoryCase).releaseAfterSettle},
	{"N4 a runner that was overtaken closes, prepares and releases nothing", (*directoryCase).overtaken},
}

func (c *directoryCase) productionStaysOpen() {
	for i, kind := range undeclared {
		want := tenancy.Tenant{ID: tenancy.ID(fmt.Sprint("t", i)), Kind: kind, Settings: loud()}
		if err := c.Declare(c.ctx, want); err != nil && !kind.Declared() {
			_, err := c.Directory.Tenant(c.ctx, want.ID)
			c.refused(err, tenancy.ErrUnknownTenant, "a tenant whose kind %q was refused does not exist", kind)
			continue
		} else if err != nil {
			c.Fatalf("broken: a tenant of kind %q can be declared; got %v", kind, err)
		}
		c.refused(c.Directory.Close(c.ctx, want.ID, outageOf("r1")), tenancy.ErrProduction, "A4 a tenant of kind %q counts as production and is not closed", kind)
		c.is(want.ID, want, "A4 a tenant of kind %q stays as it was", kind)
		if err := c.Directory.Prepare(c.ctx, handoverOf(want.ID, "r1")); !errors.Is(err, tenancy.ErrProduction) && !errors.Is(err, tenancy.ErrUnderRefresh) {
			c.Fatalf("broken: A4 nothing is prepared for a tenant of kind %q that no run has closed; got %v", kind, err)
		}
		if err := c.Directory.Settle(c.ctx, want.ID, "r1"); err == nil {
			c.Fatalf("broken: A4 nothing is settled for a tenant of kind %q that no run has closed", kind)
		}
		c.is(want.ID, want, "A4 a tenant of kind %q stays as it was", kind)
	}
}

func (c *directoryCase) declaredInBetween() {
	c.declare("t", tenancy.Sandbox)
	c.declare("t", tenancy.Production)
	c.refused(c.Directory.Close(c.ctx, "t", outageOf("r1")), tenancy.ErrProduction, "A4 the kind at the moment of Close counts")
	c.declare("t", tenancy.Sandbox)
	c.ok(c.Directory.Close(c.ctx, "t", outageOf("r1")), "a tenant that was declared a sandbox again can be closed")
}

func (c *directoryCase) kindIsLocked() {
	locked := func(when string) {
		c.Helper()
		want := c.tenant("t")
		for _, kind := range undeclared {
			err := c.Declare(c.ctx, tenancy.Tenant{ID: "t", Name: want.Name, Kind: kind})
			if kind.Declared() {
				c.refused(err, tenancy.ErrUnderRefresh, "A4 a tenant cannot be declared production %s", when)
			} else if err == nil {
				c.Fatalf("broken: A4 the kind of a tenant cannot become %q, which counts as production, %s", kind, when)
			}
			c.is("t", want, "A4 a declaration that was refused %s changes nothing", when)
		}
	}
	c.closed("t", "r1")
	locked("while a run has closed it")
	c.ok(c.Directory.Prepare(c.ctx, handoverOf("t", "r1")), "the run can prepare")
	locked("between Prepare and Settle")
	c.ok(c.Directory.Settle(c.ctx, "t", "r1"), "the run can settle")
	locked("between Settle and Open")
	c.ok(c.Directory.Open(c.ctx, "t", "r1"), "the run can open")
	c.declare("t", tenancy.Production)
	c.declare("t", tenancy.Sandbox)
	c.ok(c.Directory.Close(c.ctx, "t", outageOf("r2")), "the next run can close")
	locked("while the next run has closed it")
	c.ok(c.Directory.Release(c.ctx, "t", "r2", 0), "the next run can release")
	c.declare("t", tenancy.Production)
	if k := c.tenant("t").Kind; k != tenancy.Production {
		c.Fatalf("broken: after Open or Release the tenant can be declared production; it is %q", k)
	}
}

func (c *directoryCase) closesOnce() {
	c.declare("t", tenancy.Sandbox)
	want := c.tenant("t")
	first := outageOf("r1")
	c.ok(c.Directory.Close(c.ctx, "t", first), "a sandbox that is open can be closed")
	want.Outage = &first
	c.is("t", want, "Close begins the outage and changes nothing else")
	for _, channel := range []tenancy.Channel{tenancy.Mail, tenancy.Callout, tenancy.Workflow} {
		c.refused(c.tenant("t").Allow(channel), tenancy.ErrRefused, "a closed tenant uses no channel, %s neither", channel)
	}
	again := tenancy.Outage{Run: "r1", From: outageBegin.Add(time.Hour)}
	c.ok(c.Directory.Close(c.ctx, "t", again), "the same run can close again")
	c.is("t", want, "closing again for the same run does nothing")
	c.refused(c.Directory.Close(c.ctx, "t", outageOf("r2")), tenancy.ErrUnderRefresh, "another run cannot close what is closed")
	c.is("t", want, "a Close that was refused changes nothing")
	c.settled("t", "r1")
	c.ok(c.Directory.Open(c.ctx, "t", "r1"), "the run can open")
	_ = c.Directory.Close(c.ctx, "t", again) // by a process that wakes up late; what it gets is open
	if c.tenant("t").Outage != nil {
		c.Fatal("broken: closing again for the same run does nothing; a run that has opened the tenant closed it once more, and nobody is left to open it")
	}
}

func (c *directoryCase) closeHasOneWinner() {
	for round := range 5 {
		id := tenancy.ID(fmt.Sprint("t", round))
		c.declare(id, tenancy.Sandbox)
		views := c.processes(6)
		won, lost := atOnce(len(views), func(i int) error { return views[i].Close(c.ctx, id, outageOf(refresh.RunID(fmt.Sprint("r", i)))) })
		if won != 1 {
			c.Fatalf("broken: of runs that close a tenant at once one wins; %d did, the others got %v", won, lost)
		}
		for _, err := range lost {
			c.refused(err, tenancy.ErrUnderRefresh, "of runs that close a tenant at once, the others are refused")
		}
	}
}

func (c *directoryCase) openNeedsSettle() {
	c.closed("t", "r1")
	want := c.tenant("t")
	c.refused(c.Directory.Open(c.ctx, "t", "r1"), tenancy.ErrNotSettled, "a tenant is not opened before its handover is prepared")
	c.ok(c.Directory.Prepare(c.ctx, handoverOf("t", "r1")), "the run can prepare")
	c.refused(c.Directory.Open(c.ctx, "t", "r1"), tenancy.ErrNotSettled, "a tenant is not opened before its handover is settled")
	c.is("t", want, "an Open that was refused changes nothing")
	c.ok(c.Directory.Settle(c.ctx, "t", "r1"), "the run can settle")
	want = c.tenant("t")
	want.Outage = nil
	for range 2 {
		c.ok(c.Directory.Open(c.ctx, "t", "r1"), "a settled tenant can be opened, and opened again")
		c.is("t", want, "Open ends the outage and changes nothing else")
	}
}

func (c *directoryCase) opensItsOwn() {
	c.closed("t", "r1")
	c.settled("t", "r1")
	c.ok(c.Directory.Open(c.ctx, "t", "r1"), "the run can open")
	c.ok(c.Directory.Close(c.ctx, "t", outageOf("r2")), "the next run can close")
	want := c.tenant("t")
	late := map[string]error{"Open": c.Directory.Open(c.ctx, "t", "r1"), "Settle": c.Directory.Settle(c.ctx, "t", "r1")}
	for name, err := range late {
		c.ok(err, "a late %s of an earlier run is no error: again it does nothing", name)
	}
	c.refused(c.Directory.Release(c.ctx, "t", "r1", 0), refresh.ErrCommitted, "a late Release of an earlier run, which is settled")
	c.refused(c.Directory.Prepare(c.ctx, handoverOf("t", "r1")), tenancy.ErrUnderRefresh, "a late Prepare of an earlier run")
	c.is("t", want, "what an earlier run does late leaves the outage of the next one alone")
	c.refused(c.Directory.Open(c.ctx, "t", "r2"), tenancy.ErrNotSettled, "that an earlier run is settled opens nothing for the next one")
}

func (c *directoryCase) releases() {
	c.declare("t", tenancy.Sandbox)
	want := c.tenant("t")
	c.ok(c.Directory.Release(c.ctx, "t", "r1", 0), "releasing for a run that has closed nothing does nothing")
	for _, prepared := range []bool{false, true} {
		c.ok(c.Directory.Close(c.ctx, "t", outageOf("r1")), "a tenant that was released can be closed again, by the same run too: it is resumed")
		if prepared {
			c.ok(c.Directory.Prepare(c.ctx, handoverOf("t", "r1")), "the run can prepare")
		}
		closed := c.tenant("t")
		c.ok(c.Directory.Release(c.ctx, "t", "r2", 0), "releasing for a run that has not closed the tenant does nothing")
		c.is("t", closed, "the outage of another run is not ended by Release")
		for range 2 {
			c.ok(c.Directory.Release(c.ctx, "t", "r1", 0), "a run that did not commit can release, and again")
			c.is("t", want, "D7 after Release the tenant is as before Close")
		}
		if err := c.Directory.Settle(c.ctx, "t", "r1"); err == nil {
			c.Fatal("broken: Release drops what was prepared; it could still be settled")
		}
		c.is("t", want, "a Settle that was refused changes nothing")
	}
	c.ok(c.Directory.Close(c.ctx, "t", outageOf("r1")), "the run is resumed")
	if err := c.Directory.Settle(c.ctx, "t", "r1"); err == nil {
		c.Fatal("broken: Release drops what was prepared; after the next Close it was back")
	}
	c.ok(c.Directory.Release(c.ctx, "t", "r1", 0), "the run can release")
	c.ok(c.Directory.Close(c.ctx, "t", outageOf("r2")), "a released tenant can be closed by the next run")
}

func (c *directoryCase) releaseAfterSettle() {
	c.closed("t", "r1")
	c.settled("t", "r1")
	want := c.tenant("t")
	c.refused(c.Directory.Release(c.ctx, "t", "r1", 0), refresh.ErrCommitted, "a run that is settled cannot be released")
	c.is("t", want, "a Release that was refused changes nothing: the tenant stays closed and quiet")
	c.ok(c.Directory.Open(c.ctx, "t", "r1"), "the run can open")
	c.refused(c.Directory.Release(c.ctx, "t", "r1", 0), refresh.ErrCommitted, "a run that is settled and open cannot be released")
}

func (c *directoryCase) overtaken() {
	c.declare("t", tenancy.Sandbox)
	outage, handover := outageOf("r1"), handoverOf("t", "r1")
	outage.Token, handover.Token = 3, 3
	c.ok(c.Directory.Close(c.ctx, "t", outage), "a runner can close")
	newer := outage
	newer.Token = 5
	c.ok(c.Directory.Close(c.ctx, "t", newer), "another runner can resume the run")
	want := c.tenant("t")
	if want.Outage == nil || want.Outage.Token != 5 {
		c.Fatalf("broken: closing again for the same run takes over the outage's token; it is %+v", want.Outage)
	}
	late := func(when string) {
		c.refused(c.Directory.Close(c.ctx, "t", outage), refresh.ErrFenced, "a runner that was overtaken does not close %s", when)
		c.refused(c.Directory.Prepare(c.ctx, handover), refresh.ErrFenced, "a runner that was overtaken does not prepare %s", when)
		c.refused(c.Directory.Release(c.ctx, "t", "r1", 3), refresh.ErrFenced, "a runner that was overtaken does not release %s", when)
		c.is("t", want, "what an overtaken runner tries changes nothing")
	}
	late("during the outage")
	c.ok(c.Directory.Release(c.ctx, "t", "r1", 6), "the next runner can abandon")
	want = c.tenant("t")
	late("afterwards")
}
