package adaptertest

import (
	"strings"
	"time"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// undeclared are kinds that count as production.
var undeclared = []tenancy.Kind{tenancy.Production, "", "Sandbox", "sandbox ", "SANDBOX", "staging", "sándbox"}

// tenantRules are about what a directory tells.
var tenantRules = []directoryRule{
	{"unknown tenants", (*directoryCase).unknown},
	{"tenants come back as they were declared", (*directoryCase).declared},
	{"ids are compared by their bytes", (*directoryCase).bytewise},
	{"A26 callouts are never on without communications", (*directoryCase).gated},
	{"tenants are copies", (*directoryCase).copies},
	{"instants keep their microseconds", (*directoryCase).instants},
	{"everything survives the process", (*directoryCase).survives},
}

func (c *directoryCase) unknown() {
	c.declare("known", tenancy.Sandbox)
	for _, id := range []tenancy.ID{"stranger", "", "know", "known2"} {
		_, err := c.Directory.Tenant(c.ctx, id)
		c.refused(err, tenancy.ErrUnknownTenant, "Tenant(%q) of a tenant that was never declared", id)
		c.refused(c.Directory.Close(c.ctx, id, outageOf("r1")), tenancy.ErrUnknownTenant, "Close(%q) of a tenant that was never declared", id)
		c.refused(c.Directory.Prepare(c.ctx, handoverOf(id, "r1")), tenancy.ErrUnknownTenant, "Prepare(%q) of a tenant that was never declared", id)
		for name, call := range map[string]error{"Settle": c.Directory.Settle(c.ctx, id, "r1"), "Open": c.Directory.Open(c.ctx, id, "r1"),
			"Release": c.Directory.Release(c.ctx, id, "r1", 0)} {
			c.refused(call, tenancy.ErrUnknownTenant, "%s(%q) of a tenant that was never declared", name, id)
		}
	}
}

func (c *directoryCase) declared() {
	names := []string{"", "Zoë & Søn's \"GmbH\" – 東京 🏢", "  spaces  ", "line\nbreak\ttab", "NULL", strings.Repeat("long ", 2000)}
	for i, name := range names {
		for _, kind := range tenancy.Kinds() {
			want := tenancy.Tenant{ID: tenancy.ID(string(kind) + "-" + string(rune('a'+i))), Name: name, Kind: kind, Settings: loud()}
			c.ok(c.Declare(c.ctx, want), "a tenant can have the name %.20q", name)
			c.is(want.ID, want, "a tenant comes back as it was declared: open, of generation 0, no copy")
		}
	}
}

func (c *directoryCase) bytewise() {
	ids := []tenancy.ID{"a", "A", "á", "a ", " a", "a\u0301", "1", "01", "10", "ß", "ss", "_", "%", "'", "\\"}
	for _, id := range ids {
		c.declare(id, tenancy.Sandbox)
	}
	for i, id := range ids {
		c.ok(c.Directory.Close(c.ctx, id, outageOf(refresh.RunID(id))), "closing %q is not hindered by the outages of tenants whose ids look alike", id)
		for j, other := range ids {
			if open := c.tenant(other).Outage == nil; open != (j > i) {
				c.Fatalf("broken: ids are compared by their bytes; closing %q closed or opened %q", id, other)
			}
		}
	}
}

func (c *directoryCase) gated() {
	quiet := tenancy.Settings{}
	all := []tenancy.Settings{quiet, quiet.EnableWorkflows(), quiet.EnableCommunications(), quiet.EnableCommunications().EnableWorkflows(), loud(),
		loud().DisableWorkflows(), loud().DisableCommunications(), loud().DisableCommunications().EnableCommunications()}
	for i, s := range all {
		id := tenancy.ID(rune('a' + i))
		want := tenancy.Tenant{ID: id, Kind: tenancy.Test, Settings: s}
		c.ok(c.Declare(c.ctx, want), "a tenant can have the settings: %s", s)
		c.is(id, want, "settings come back as they were: %s", s)
		if got := c.tenant(id).Settings; got.EnableCommunications().Callouts() != s.Callouts() {
			c.Fatalf("broken: A25 communications bring no callouts with them; %s came back so that they do", s)
		}
	}
}

func (c *directoryCase) copies() {
	c.closed("t", "r1")
	c.settled("t", "r1")
	scribbled := c.tenant("t")
	want, outage, provenance := scribbled, *scribbled.Outage, *scribbled.Provenance
	want.Outage, want.Provenance = &outage, &provenance
	scribbled.Outage.Run, scribbled.Provenance.Source = "scribbled", "scribbled"
	c.is("t", want, "what is done to a tenant that was handed out does not reach the directory")
}

func (c *directoryCase) instants() {
	zone := time.FixedZone("east", 10*3600+1800)
	for i, at := range []time.Time{
		time.Date(2026, 4, 5, 2, 30, 0, 1000, time.UTC), time.Date(2026, 4, 5, 2, 30, 59, 999999000, zone),
		time.Date(2026, 4, 5, 3, 0, 0, 123456789, zone), time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2999, 12, 31, 23, 59, 59, 999999999, time.UTC),
	} {
		id, run := tenancy.ID(rune('a'+i)), refresh.RunID(rune('a'+i))
		c.declare(id, tenancy.Sandbox)
		want := c.tenant(id)
		want.Outage = &tenancy.Outage{Run: string(run), From: at}
		c.ok(c.Directory.Close(c.ctx, id, *want.Outage), "an outage may begin at %s, and end with the handover", at)
		c.is(id, want, "the begin of the outage, %s, keeps its microseconds, and an end that is not set stays so", at)
		handover := handoverOf(id, run)
		handover.Provenance.AsOf = at
		c.ok(c.Directory.Prepare(c.ctx, handover), "a copy may be as of %s", at)
		c.ok(c.Directory.Settle(c.ctx, id, run), "what was prepared can be settled")
		want.Settings, want.Provenance, want.Generation = handover.Settings, &handover.Provenance, 1
		c.is(id, want, "the time of the snapshot, %s, keeps its microseconds", at)
	}
}

// survives makes each step in a process of its own.
func (c *directoryCase) survives() {
	if c.Reopen == nil {
		c.Skip("nothing is to survive the process")
	}
	c.declare("t", tenancy.Partner)
	want := c.tenant("t")
	look := func(rule string) {
		c.Helper()
		got, err := c.Reopen(c.T).Tenant(c.ctx, "t")
		c.ok(err, "a tenant survives the process")
		sameTenant(c.T, got, want, rule+", and survives the process")
	}
	look("a tenant is as it was declared")
	outage, handover := outageOf("r1"), handoverOf("t", "r1")
	c.ok(c.Reopen(c.T).Close(c.ctx, "t", outage), "another process can close")
	want.Outage = &outage
	look("the tenant is closed")
	c.ok(c.Reopen(c.T).Prepare(c.ctx, handover), "another process can prepare")
	look("what is prepared has no effect")
	c.ok(c.Reopen(c.T).Settle(c.ctx, "t", "r1"), "another process can settle what the first one prepared")
	want.Settings, want.Provenance, want.Generation = handover.Settings, &handover.Provenance, 1
	look("the handover took effect")
	c.ok(c.Reopen(c.T).Settle(c.ctx, "t", "r1"), "another process can settle again")
	look("settling again does nothing")
	c.ok(c.Reopen(c.T).Open(c.ctx, "t", "r1"), "another process can open")
	want.Outage = nil
	look("the tenant is open")
}
