package adaptertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/refresh/receipt"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/configuration"
)

// HostDirectory is a directory with what a host does to it, as the directories of packages memory and sqlstore have it.
type HostDirectory interface {
	refresh.Directory
	settingsDirectory
	Declare(ctx context.Context, tenant tenancy.Tenant) error
	Change(ctx context.Context, id tenancy.ID, change func(tenancy.Settings) (tenancy.Settings, error)) (tenancy.Settings, error)
}

// settingsDirectory is a directory that keeps settings, which a suite can set. A stand without one looks at none.
type settingsDirectory interface {
	refresh.Configurer
	Configure(ctx context.Context, id tenancy.ID, change func(configuration.Values) (configuration.Values, error)) (configuration.Values, error)
}

// known is what the directory knows of a tenant.
type known struct {
	tenancy.Tenant
	Configured configuration.State
}

// The settings of the suites: the source's motto comes over, the target's theme and slogan stay, its limit reverts, and of its password nobody hears.
const (
	sourcePassword = "canary-of-the-source"
	targetPassword = "canary-of-the-target"
	defaultLimit   = "10"
)

// chooses gives the runner what it has to know of the settings.
func (s *stand) chooses() {
	if s.settings == nil {
		return
	}
	r := &s.runner
	r.Settings = configuration.Definitions{"limit": {Default: configuration.Text(defaultLimit)}, "*": {}}
	r.Profile.Settings = configuration.Choices{Rest: configuration.ThreeWayKeep, Named: map[string]configuration.Choice{"limit": configuration.Default}}
}

// set changes settings of a tenant as its host would.
func (s *stand) set(tenant tenancy.ID, values configuration.Values) {
	s.t.Helper()
	if s.settings == nil {
		return
	}
	_, err := s.settings.Configure(s.t.Context(), tenant, func(v configuration.Values) (configuration.Values, error) {
		maps.Copy(v, values)
		return v, nil
	})
	s.must(err)
}

// configure gives source and target settings, other ones for every round.
func (s *stand) configure(round int) {
	s.t.Helper()
	s.set(production, configuration.Values{"motto": fmt.Sprint("motto ", round), "theme": "light", "smtp_password": sourcePassword})
	s.set(sandbox, configuration.Values{"theme": "own", "slogan": fmt.Sprint("slogan ", round), "limit": "99", "smtp_password": targetPassword})
}

func (s *stand) configured(tenant tenancy.ID) configuration.State {
	s.t.Helper()
	if s.settings == nil {
		return configuration.State{}
	}
	state, err := s.settings.Configuration(s.t.Context(), tenant)
	s.must(err)
	return state
}

// merged checks that the target's settings are what a refresh makes of those before.
func (s *stand) merged(before configuration.State) {
	s.t.Helper()
	if s.settings == nil {
		return
	}
	want := maps.Clone(before.Values) // the target's edits stay
	want["motto"], want["limit"] = s.configured(production).Values["motto"], defaultLimit
	now := s.configured(sandbox)
	if !maps.Equal(now.Values, want) || now.Baseline["motto"] != configuration.Text(want["motto"]) {
		s.t.Errorf("N5 B14 the settings after the refresh are not those merged (-want +got):\n%s\nthe baseline of the motto is %s", cmp.Diff(want, now.Values), now.Baseline["motto"])
	}
}

// Settings is the part of [Runs] that is about settings, for a directory that lies in a database: [Database.Directory].
func Settings(t *testing.T, harness DataHarness) {
	t.Run("N5 B14 settings are merged in each refresh", func(t *testing.T) { threeWays(t, harness) })
	t.Run("N5 settings that change after the acknowledgement do not slip through", func(t *testing.T) { settingsAgreed(t, harness) })
	t.Run("N5 a crash before and after each step leaves settings as they were or merged", func(t *testing.T) { settingsCrashed(t, harness) })
}

// settingsCrashed ends a run before and after each step, and lets another one go on or abandon it.
func settingsCrashed(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 2)
	round := 0
	for _, step := range []string{"note", "prepare", "commit", "settle", "open"} {
		for _, after := range []bool{false, true} {
			if step == "open" && after {
				continue // there is nothing left to do
			}
			round++
			t.Run(fmt.Sprintf("%s, after: %t", step, after), func(t *testing.T) {
				here := s.on(t)
				here.configure(round)
				picture, before, id := here.picture(), here.tenant(), here.admitted(sandbox)
				runner := here.during(step, after, func(context.Context) error { return ErrInjected })
				if _, err := runner.Run(t.Context(), id); !errors.Is(err, ErrInjected) {
					t.Fatalf("the run ended with %v", err)
				}
				if round%4 < 2 { // of each step before and after
					switch err := here.runner.Abandon(t.Context(), id); {
					case err == nil:
						here.abandoned(id, picture, before)
						return
					case !errors.Is(err, refresh.ErrCommitted):
						t.Fatal(err)
					}
				}
				_, err := here.runner.Run(t.Context(), id)
				here.must(err)
				here.opened(id, picture, before)
			})
		}
	}
}

// threeWays refreshes again and again, while both sides change settings.
func threeWays(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 2)
	outcome := func(done refresh.Refresh) map[string]receipt.Setting {
		list := map[string]receipt.Setting{}
		for _, entry := range done.Receipt.Configured {
			list[entry.Name] = entry
		}
		return list
	}
	expect := func(got map[string]receipt.Setting, rule string, want ...receipt.Setting) {
		t.Helper()
		for _, w := range want {
			if got[w.Name] != w {
				t.Errorf("%s: the receipt says %+v instead of %+v", rule, got[w.Name], w)
			}
		}
	}
	before := s.configured(sandbox)
	got := outcome(s.refresh(sandbox))
	s.merged(before)
	expect(got, "the first refresh",
		receipt.Setting{Name: "motto", Choice: "three-way-keep", From: "source"},
		receipt.Setting{Name: "theme", Choice: "three-way-keep", From: "target", Conflict: true},
		receipt.Setting{Name: "slogan", Choice: "three-way-keep", From: "target"},
		receipt.Setting{Name: "limit", Choice: "default", From: "default"},
		receipt.Setting{Name: "smtp_password", Choice: "keep", From: "target", Secret: true})

	before = s.configured(sandbox)
	got = outcome(s.refresh(sandbox))
	if difference := cmp.Diff(before, s.configured(sandbox)); difference != "" {
		t.Errorf("N5 a second refresh without changes changed settings (-before +after):\n%s", difference)
	}
	expect(got, "the second refresh", receipt.Setting{Name: "theme", Choice: "three-way-keep", From: "target"})

	s.set(sandbox, configuration.Values{"motto": "ours"})
	s.set(production, configuration.Values{"theme": "blue"})
	got = outcome(s.refresh(sandbox))
	expect(got, "the third refresh",
		receipt.Setting{Name: "motto", Choice: "three-way-keep", From: "target"},
		receipt.Setting{Name: "theme", Choice: "three-way-keep", From: "target", Conflict: true})

	s.runner.Profile.Settings = configuration.Choices{Rest: configuration.Copy}
	got = outcome(s.refresh(sandbox))
	expect(got, "a refresh that copies", receipt.Setting{Name: "slogan", Choice: "copy", From: "source"},
		receipt.Setting{Name: "smtp_password", Choice: "keep", From: "target", Secret: true})
	want := maps.Clone(s.configured(production).Values)
	want["smtp_password"] = targetPassword
	if now := s.configured(sandbox).Values; !maps.Equal(now, want) {
		t.Errorf("B14 D16 all settings but secrets are copied (-want +got):\n%s", cmp.Diff(want, now))
	}

	s.runner.Profile.Settings = configuration.Choices{}
	s.refresh(sandbox)
	if now, want := s.configured(sandbox).Values, (configuration.Values{"limit": defaultLimit, "smtp_password": targetPassword}); !maps.Equal(now, want) {
		t.Errorf("B14 where nothing is said, settings revert to their defaults (-want +got):\n%s", cmp.Diff(want, now))
	}
}

// settingsAgreed changes settings between the acknowledgement and the run, and between the plan and the outage.
func settingsAgreed(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 2)
	ctx := t.Context()
	s.refresh(sandbox)
	picture := s.picture()

	id, before := s.admitted(sandbox), s.tenant()
	s.set(production, configuration.Values{"motto": "another"})
	if _, err := s.runner.Run(ctx, id); !errors.Is(err, refresh.ErrPlanChanged) {
		t.Errorf("the source's settings changed after the plan was acknowledged, and the run ended with %v", err)
	}
	s.must(s.runner.Abandon(ctx, id))
	s.abandoned(id, picture, before)

	// The same once the run has looked at its plan.
	id, before = s.admitted(sandbox), s.tenant()
	runner := s.during("close", false, func(context.Context) error {
		s.set(production, configuration.Values{"motto": "yet another"})
		return nil
	})
	if _, err := runner.Run(ctx, id); !errors.Is(err, refresh.ErrPlanChanged) || !strings.Contains(err.Error(), `"motto"`) {
		t.Errorf("the source's settings changed just before the outage, and the run ended with %v", err)
	}
	s.must(s.runner.Abandon(ctx, id))
	s.abandoned(id, picture, before)

	// A conflict that comes just before the outage.
	id = s.admitted(sandbox)
	s.runner.Profile.Settings.Rest = configuration.ThreeWay
	s.set(production, configuration.Values{"theme": "light"})
	if _, err := s.runner.Run(ctx, id); !errors.Is(err, refresh.ErrPlanChanged) {
		t.Errorf("other choices than those that were acknowledged ran: %v", err)
	}
	s.must(s.runner.Abandon(ctx, id))
	id = s.admitted(sandbox)
	runner = s.during("close", false, func(context.Context) error {
		s.set(production, configuration.Values{"theme": "black"})
		before = s.tenant()
		return nil
	})
	_, err := runner.Run(ctx, id)
	if !errors.Is(err, refresh.ErrRefusedPlan) || !strings.Contains(err.Error(), `"theme"`) {
		t.Errorf("N5 a conflict came just before the outage, and the run ended with %v", err)
	}
	s.must(s.runner.Abandon(ctx, id))
	s.abandoned(id, picture, before)
	s.chooses()

	// Work in the target until the last moment stays.
	id = s.admitted(sandbox)
	runner = s.during("close", false, func(context.Context) error {
		s.set(sandbox, configuration.Values{"slogan": "of the last moment", "late": "too"})
		before = s.tenant()
		return nil
	})
	_, err = runner.Run(ctx, id)
	s.must(err)
	s.opened(id, picture, before)
	if now := s.configured(sandbox).Values; now["slogan"] != "of the last moment" || now["late"] != "too" {
		t.Errorf("N5 settings that were edited just before the outage are lost: %v", now)
	}

	// Where everything reverts, so does what came at the last moment.
	s.runner.Profile.Settings = configuration.Choices{}
	id = s.admitted(sandbox)
	runner = s.during("close", false, func(context.Context) error {
		s.set(sandbox, configuration.Values{"latest": "of all"})
		return nil
	})
	done, err := runner.Run(ctx, id)
	s.must(err)
	if now, want := s.configured(sandbox).Values, (configuration.Values{"limit": defaultLimit, "smtp_password": targetPassword}); !maps.Equal(now, want) {
		t.Errorf("B14 settings that came just before the outage do not revert (-want +got):\n%s", cmp.Diff(want, now))
	}

	plan, err := s.runner.Plan(ctx, request(sandbox))
	s.must(err)
	for what, value := range map[string]any{"plan": plan, "refresh": done, "plan as text": plan.String(), "receipt as text": done.Receipt.String()} {
		data, err := json.Marshal(value)
		if err != nil || strings.Contains(string(data), "canary") {
			t.Errorf("D16 a secret stands in the %s: %s, %v", what, data, err)
		}
	}
}
