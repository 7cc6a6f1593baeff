package adaptertest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/refresh/receipt"
	"github.com/retenant/retenant/tenancy"
)

// Runs is the suite of whole refreshes over a store: faults and crashes at every call to a port, cancelling at every step, a paused
// runner that wakes up late, and the guards around a run. Directory and store of the refreshes are those of package memory.
func Runs(t *testing.T, harness DataHarness) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, DataHarness)
		only only
	}{
		{"A1 A2 a fault at any call leaves the target as it was or replaced", func(t *testing.T, h DataHarness) { faulted(t, h, false) }, anyStore},
		{"A1 A2 a crash at any call leaves the target as it was or replaced", func(t *testing.T, h DataHarness) { faulted(t, h, true) }, anyStore},
		{"a lost answer to the commit is resolved by the marker", lostAnswer, anyStore},
		{"a paused runner that wakes up late changes nothing", paused, secondRunner},
		{"a runner paused in its commit is fenced off", pausedInCommit, secondRunner},
		{"two runners: the second is told that the target is held", held, anyStore},
		{"A4 production is never replaced", neverProduction, anyStore},
		{"A22 A23 A24 D19 N4 a refreshed tenant is quiet, knows what it is, and has a higher generation", handedOver, anyStore},
		{"B5 the target does not open before the end of the outage", notEarly, anyStore},
		{"D5 N3 what was not agreed to does not run", notAgreed, anyStore},
		{"D6 progress adds up and a stalled run says so", progress, anyStore},
		{"D7 cancelling before the commit leaves the target as it was", cancelled, anyStore},
		{"D7 a caller that gives up leaves the target as it was", givenUp, anyStore},
		{"N2 receipts form a chain", chain, anyStore},
		{"N5 B14 settings are merged in each refresh", threeWays, anyStore},
		{"N5 settings that change after the acknowledgement do not slip through", settingsAgreed, anyStore},
	} {
		t.Run(c.name, func(t *testing.T) {
			if why := c.only.unfit(harness); why != "" {
				t.Skip(why)
			}
			c.run(t, harness)
		})
	}
}

// tenant returns what the directory knows of sandbox.
func (s *stand) tenant() known {
	s.t.Helper()
	tenant, err := s.directory.Tenant(s.t.Context(), sandbox)
	s.must(err)
	return known{tenant, s.configured(sandbox)}
}

// abandoned checks that the run has ended without a trace.
func (s *stand) abandoned(id refresh.RunID, before picture, tenant known) {
	s.t.Helper()
	s.untouched(before)
	kept, err := s.store.Refresh(s.t.Context(), id)
	s.must(err)
	if kept.State != refresh.Abandoned || kept.Receipt != nil {
		s.t.Errorf("an abandoned refresh is %s, with receipt: %t", kept.State, kept.Receipt != nil)
	}
	if difference := cmp.Diff(tenant, s.tenant(), cmp.AllowUnexported(tenancy.Settings{})); difference != "" {
		s.t.Errorf("after an abandoned run the directory has another tenant than before (-before +after):\n%s", difference)
	}
}

// opened checks that the run has ended well, and was handed over once.
func (s *stand) opened(id refresh.RunID, before picture, tenant known) {
	s.t.Helper()
	s.replaced(before, sandbox)
	kept, err := s.store.Refresh(s.t.Context(), id)
	s.must(err)
	if kept.State != refresh.Opened || kept.Failure != "" || kept.Receipt == nil || kept.Receipt.Verify() != nil {
		s.t.Errorf("a finished refresh is %s, with failure %q and receipt %v", kept.State, kept.Failure, kept.Receipt)
	}
	if now := s.tenant(); now.Outage != nil || now.Generation != tenant.Generation+1 || !now.Settings.Quiet() ||
		now.Provenance == nil || now.Provenance.Run != string(id) || now.Provenance.Source != production || !now.Provenance.Masked {
		s.t.Errorf("after the handover the directory has %+v, from %+v", now, tenant)
	}
	s.merged(tenant.Configured)
}

func neverProduction(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 3)
	s.own(sandbox)
	ctx, before := t.Context(), s.picture()
	for target, want := range map[tenancy.ID]error{production: tenancy.ErrSameTenant, neighbor: tenancy.ErrProduction} {
		if _, err := s.admit(request(target), refresh.Policy{}); !errors.Is(err, want) {
			t.Errorf("a request for tenant %s was judged with %v instead of %v", target, err, want)
		}
		if _, err := s.runner.Plan(ctx, request(target)); !errors.Is(err, want) {
			t.Errorf("a plan for tenant %s was judged with %v instead of %v", target, err, want)
		}
	}
	for _, kind := range []tenancy.Kind{tenancy.Production, "", "Sandbox", "prod"} {
		id := s.admitted(sandbox)
		s.must(s.directory.Declare(ctx, tenancy.Tenant{ID: sandbox, Kind: kind}))
		if _, err := s.runner.Run(ctx, id); !errors.Is(err, tenancy.ErrProduction) {
			t.Errorf("the target became kind %q after the request, and the run ended with %v", kind, err)
		}
		s.untouched(before)
		s.must(s.directory.Declare(ctx, tenancy.Tenant{ID: sandbox, Kind: tenancy.Sandbox}))
		s.must(s.runner.Abandon(ctx, id))
	}
	for _, step := range []string{"close", "copy", "prepare", "commit"} {
		tenant := s.tenant()
		turned := &turncoat{HostDirectory: s.directory}
		runner := s.during(step, false, func(context.Context) error {
			turned.production = true
			return nil
		})
		runner.Directory = turned
		id := s.admitted(sandbox)
		if _, err := runner.Run(ctx, id); !errors.Is(err, tenancy.ErrProduction) {
			t.Errorf("the target turned out to be production before step %s, and the run ended with %v", step, err)
		}
		s.untouched(before)
		s.must(s.runner.Abandon(ctx, id))
		s.abandoned(id, before, tenant)
	}
	runner := s.during("verify", false, func(ctx context.Context) error {
		if err := s.directory.Declare(ctx, tenancy.Tenant{ID: sandbox, Kind: tenancy.Production}); !errors.Is(err, tenancy.ErrUnderRefresh) {
			t.Errorf("a tenant was declared production while it was refreshed: %v", err)
		}
		return nil
	})
	_, err := runner.Run(ctx, s.admitted(sandbox))
	s.must(err)
}

// turncoat is a directory of a host that does not keep to the rules: the tenant becomes production while it is refreshed.
type turncoat struct {
	HostDirectory
	production bool
}

func (d *turncoat) Tenant(ctx context.Context, id tenancy.ID) (tenancy.Tenant, error) {
	tenant, err := d.HostDirectory.Tenant(ctx, id)
	if d.production {
		tenant.Kind = tenancy.Production
	}
	return tenant, err
}

func (d *turncoat) Close(ctx context.Context, id tenancy.ID, outage tenancy.Outage) error {
	if d.production {
		return &tenancy.TenantError{Tenant: id, Kind: tenancy.Production, Err: tenancy.ErrProduction}
	}
	return d.HostDirectory.Close(ctx, id, outage)
}

func handedOver(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 3)
	for range 2 {
		tenant, before := s.tenant(), s.picture()
		done := s.refresh(sandbox)
		s.opened(done.ID, before, tenant)
		now := s.tenant()
		for _, channel := range []tenancy.Channel{tenancy.Mail, tenancy.Callout, tenancy.Workflow} {
			if err := now.Allow(channel); !errors.Is(err, tenancy.ErrRefused) {
				t.Errorf("right after a refresh the guard lets %s out: %v", channel, err)
			}
		}
		if done.Notes == nil || *done.Notes != tenant.Settings {
			t.Errorf("the settings before the run are not noted: %v, and they were %v", done.Notes, tenant.Settings)
		}
		_, err := s.directory.Change(t.Context(), sandbox, func(v tenancy.Settings) (tenancy.Settings, error) {
			return v.EnableCommunications().EnableCallouts()
		})
		s.must(err)
	}
}

func notEarly(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 3)
	s.own(sandbox)
	ctx, before, tenant := t.Context(), s.picture(), s.tenant()
	r := request(sandbox)
	r.From, r.Until = s.clock.Now().Add(time.Hour), s.clock.Now().Add(76*time.Hour)
	id, err := s.admit(r, refresh.Policy{})
	s.must(err)
	if _, err := s.runner.Run(ctx, id); !errors.Is(err, refresh.ErrTooEarly) {
		t.Fatalf("the run began before the outage: %v", err)
	}
	s.untouched(before)
	s.clock.advance(time.Hour)
	for _, wait := range []time.Duration{0, 75*time.Hour - time.Second} {
		s.clock.advance(wait)
		done, err := s.runner.Run(ctx, id)
		s.must(err)
		if outage := s.tenant().Outage; done.State != refresh.Settled || outage == nil || !outage.Until.Equal(r.Until) {
			t.Errorf("before the end of the outage the refresh is %s and the tenant's outage %v", done.State, outage)
		}
	}
	s.clock.advance(time.Second)
	_, err = s.runner.Run(ctx, id)
	s.must(err)
	s.opened(id, before, tenant)
}

func notAgreed(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 3)
	s.own(sandbox)
	ctx, before, tenant := t.Context(), s.picture(), s.tenant()
	open := refresh.Refresh{ID: "run-open", Request: request(sandbox), State: refresh.Admitted, Admitted: s.clock.Now()}
	s.must(s.store.Create(ctx, open))
	if _, err := s.runner.Run(ctx, open.ID); !errors.Is(err, refresh.ErrNotAcknowledged) {
		t.Errorf("a plan that nobody acknowledged was run: %v", err)
	}
	id, runner := s.admitted(sandbox), s.runner
	runner.Rules = s.crm.Rules()
	runner.Rules.Tables["notes"].Columns["title"] = masking.Column{Mask: "free_text"}
	if _, err := runner.Run(ctx, id); !errors.Is(err, refresh.ErrPlanChanged) {
		t.Errorf("the rules changed after the plan was acknowledged, and the run ended with %v", err)
	}
	delete(runner.Rules.Tables["notes"].Columns, "title")
	if _, err := runner.Run(ctx, id); !errors.Is(err, refresh.ErrRefusedPlan) {
		t.Errorf("a column is not classified, and the run ended with %v", err)
	}
	s.untouched(before)
	if difference := cmp.Diff(tenant, s.tenant(), cmp.AllowUnexported(tenancy.Settings{})); difference != "" {
		t.Errorf("a run that was refused changed the tenant (-before +after):\n%s", difference)
	}
}

func chain(t *testing.T, harness DataHarness) {
	const other tenancy.ID = "13"
	s := newStand(t, harness, 3, other)
	var receipts []receipt.Receipt
	for _, target := range []tenancy.ID{sandbox, other, sandbox} {
		receipts = append(receipts, *s.refresh(target).Receipt)
	}
	s.must(receipt.VerifyChain(receipts))
	if receipts[0].Previous != "" {
		t.Error("the first receipt has one before it")
	}
	if err := receipt.VerifyChain([]receipt.Receipt{receipts[0], receipts[2]}); err == nil {
		t.Error("a receipt is missing from the chain, and nothing notices")
	}
}
