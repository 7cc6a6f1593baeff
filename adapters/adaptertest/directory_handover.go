package adaptertest

import (
	"fmt"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// handoverRules are about what a tenant gets with a run.
var handoverRules = []directoryRule{
	{"Prepare needs the run's outage", (*directoryCase).prepareNeedsOutage},
	{"Prepare has no effect until Settle", (*directoryCase).prepareHasNoEffect},
	{"Settle needs Prepare", (*directoryCase).settleNeedsPrepare},
	{"A22 A23 A24 a settled tenant is quiet", (*directoryCase).quiet},
	{"D19 a settled tenant says what it is a copy of", (*directoryCase).provenance},
	{"N4 each run raises the generation once", (*directoryCase).generation},
	{"N4 runs that settle at once raise the generation once", (*directoryCase).settleAtOnce},
	{"the last Prepare counts", (*directoryCase).lastPrepareCounts},
	{"A22 A23 A24 a handover in the data's transaction", (*directoryCase).handoverAtCommit},
}

func (c *directoryCase) prepareNeedsOutage() {
	c.declare("t", tenancy.Sandbox)
	want := c.tenant("t")
	c.refused(c.Directory.Prepare(c.ctx, handoverOf("t", "r1")), tenancy.ErrUnderRefresh, "nothing is prepared for a tenant that is open")
	c.is("t", want, "a Prepare that was refused changes nothing")
	c.ok(c.Directory.Close(c.ctx, "t", outageOf("r1")), "a sandbox can be closed")
	want = c.tenant("t")
	c.refused(c.Directory.Prepare(c.ctx, handoverOf("t", "r2")), tenancy.ErrUnderRefresh, "only the run that has closed the tenant prepares")
	c.is("t", want, "a Prepare that was refused changes nothing")
}

func (c *directoryCase) prepareHasNoEffect() {
	c.closed("t", "r1")
	want := c.tenant("t")
	for range 2 {
		c.ok(c.Directory.Prepare(c.ctx, handoverOf("t", "r1")), "the run that has closed the tenant can prepare, and again")
		c.is("t", want, "what is prepared has no effect before Settle")
	}
}

func (c *directoryCase) settleNeedsPrepare() {
	c.closed("t", "r1")
	want := c.tenant("t")
	for _, run := range []refresh.RunID{"r1", "r2", ""} {
		if err := c.Directory.Settle(c.ctx, "t", run); err == nil {
			c.Fatalf("broken: run %q has prepared nothing and cannot be settled", run)
		}
	}
	c.ok(c.Directory.Prepare(c.ctx, handoverOf("t", "r1")), "the run can prepare")
	if err := c.Directory.Settle(c.ctx, "t", "r2"); err == nil {
		c.Fatal("broken: what one run prepared is not settled for another")
	}
	c.is("t", want, "a Settle that was refused changes nothing")
}

func (c *directoryCase) quiet() {
	c.closed("t", "r1")
	c.settled("t", "r1")
	t := c.tenant("t")
	if !t.Settings.Quiet() {
		c.Fatalf("broken: A22 A23 A24 after Settle everything is off; it is: %s", t.Settings)
	}
	if t.Outage == nil {
		c.Fatal("broken: Settle does not open the tenant")
	}
	c.ok(c.Directory.Open(c.ctx, "t", "r1"), "the run can open")
	for channel, number := range map[tenancy.Channel]string{tenancy.Mail: "A22", tenancy.Callout: "A23", tenancy.Workflow: "A24"} {
		c.refused(c.tenant("t").Allow(channel), tenancy.ErrRefused, "%s %s is off after the refresh", number, channel)
	}
}

func (c *directoryCase) provenance() {
	c.closed("t", "r1")
	before := c.tenant("t")
	handover := handoverOf("t", "r1")
	handover.Settings = loud().DisableCallouts() // settings as the run hands them over, quiet or not
	handover.Provenance = tenancy.Provenance{Source: "Quelle – 源", AsOf: asOf, Run: "r1"}
	c.ok(c.Directory.Prepare(c.ctx, handover), "the run can prepare")
	c.ok(c.Directory.Settle(c.ctx, "t", "r1"), "the run can settle")
	want := before
	want.Settings, want.Provenance, want.Generation = handover.Settings, &handover.Provenance, before.Generation+1
	c.is("t", want, "D19 Settle puts into effect exactly what was prepared, and raises the generation")
}

func (c *directoryCase) generation() {
	c.declare("t", tenancy.Sandbox)
	c.declare("other", tenancy.Sandbox)
	for n := int64(1); n <= 3; n++ {
		run := refresh.RunID(fmt.Sprint("r", n))
		c.ok(c.Directory.Close(c.ctx, "t", outageOf(run)), "an open tenant can be closed by the next run")
		c.settled("t", run)
		want := c.tenant("t")
		if want.Generation != n || want.Provenance == nil || want.Provenance.Run != string(run) {
			c.Fatalf("broken: N4 refresh %d raises the generation to %d, and the provenance is its own; got %d, %+v", n, n, want.Generation, want.Provenance)
		}
		for earlier := n; earlier > 0; earlier-- {
			c.ok(c.Directory.Settle(c.ctx, "t", refresh.RunID(fmt.Sprint("r", earlier))), "settling again is no error")
			c.is("t", want, "N4 settling again does nothing, for an earlier run neither")
		}
		_ = c.Directory.Prepare(c.ctx, handoverOf("t", run)) // late; what it gets is open
		c.ok(c.Directory.Settle(c.ctx, "t", run), "settling again is no error")
		c.is("t", want, "N4 a run is settled once, although it prepared again")
		c.ok(c.Directory.Open(c.ctx, "t", run), "the run can open")
		c.ok(c.Directory.Settle(c.ctx, "t", run), "settling again after Open is no error")
		want.Outage = nil
		c.is("t", want, "settling again after Open does nothing")
	}
	if g := c.tenant("other").Generation; g != 0 {
		c.Fatalf("broken: N4 the generation of a tenant is raised by its own refreshes only; another one's is %d", g)
	}
}

func (c *directoryCase) settleAtOnce() {
	c.closed("t", "r1")
	c.ok(c.Directory.Prepare(c.ctx, handoverOf("t", "r1")), "the run can prepare")
	views := c.processes(6)
	if won, lost := atOnce(len(views), func(i int) error { return views[i].Settle(c.ctx, "t", "r1") }); len(lost) > 0 {
		c.Fatalf("broken: settling is done once, and again it does nothing; %d of %d calls at once did, the others got %v", won, len(views), lost)
	}
	if g := c.tenant("t").Generation; g != 1 {
		c.Fatalf("broken: N4 calls that settle a run at once raise the generation once; it is %d", g)
	}
}

func (c *directoryCase) lastPrepareCounts() {
	c.closed("t", "r1")
	c.ok(c.Directory.Prepare(c.ctx, refresh.Handover{Run: "r1", Target: "t", Settings: loud(), Provenance: tenancy.Provenance{Source: "stale", Run: "r1"}}),
		"a first attempt can prepare")
	want := c.tenant("t")
	c.settled("t", "r1")
	handover := handoverOf("t", "r1")
	want.Settings, want.Provenance, want.Generation = handover.Settings, &handover.Provenance, 1
	c.is("t", want, "what the last attempt prepared takes effect, and nothing of an earlier one")
}

func (c *directoryCase) handoverAtCommit() {
	if c.Handover == nil {
		c.Skip("the directory does not share a database with the tenants' data")
	}
	c.declare("p", tenancy.Production)
	c.refused(c.Handover(c.ctx, handoverOf("p", "r1")), tenancy.ErrProduction, "A4 a landing on production is refused at the commit")
	c.declare("t", tenancy.Sandbox)
	c.refused(c.Handover(c.ctx, handoverOf("t", "r1")), tenancy.ErrUnderRefresh, "a landing on a tenant that is open is refused at the commit")
	c.ok(c.Directory.Close(c.ctx, "t", outageOf("r1")), "a sandbox can be closed")
	want := c.tenant("t")
	c.refused(c.Handover(c.ctx, handoverOf("t", "r2")), tenancy.ErrUnderRefresh, "a landing of another run is refused at the commit")
	c.is("t", want, "a handover that was refused changes nothing")
	c.ok(c.Directory.Prepare(c.ctx, handoverOf("t", "r1")), "the run can prepare")
	handover := handoverOf("t", "r1")
	want.Settings, want.Provenance, want.Generation = handover.Settings, &handover.Provenance, 1
	for range 2 {
		c.ok(c.Handover(c.ctx, handover), "the landing of the run that has closed the tenant is handed over, and again")
		c.is("t", want, "A22 A23 A24 settings, provenance and generation change with the data's own commit, once")
	}
	c.refused(c.Directory.Release(c.ctx, "t", "r1", 0), refresh.ErrCommitted, "a run whose handover is in effect cannot be released")
	c.ok(c.Directory.Settle(c.ctx, "t", "r1"), "the run can settle")
	c.is("t", want, "Settle finds the handover done")
	c.ok(c.Directory.Open(c.ctx, "t", "r1"), "the run can open")
}
