package tenancy_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/retenant/retenant/tenancy"
)

func TestA4ProductionIsNeverReplaced(t *testing.T) {
	for _, kind := range []tenancy.Kind{"", tenancy.Production, "Production", "prod", "live", "sandbox ", "SANDBOX"} {
		err := tenancy.Tenant{ID: "1", Kind: kind}.Guard("2")
		if !errors.Is(err, tenancy.ErrProduction) {
			t.Errorf("kind %q: %v, want ErrProduction: only a declared kind may be replaced", kind, err)
		}
	}
	for _, kind := range tenancy.Kinds() {
		err := tenancy.Tenant{ID: "1", Kind: kind}.Guard("2")
		if replaceable := kind != tenancy.Production; replaceable != (err == nil) {
			t.Errorf("kind %q: %v", kind, err)
		}
	}
	if err := (tenancy.Tenant{ID: "1", Kind: tenancy.Sandbox}).Guard("1"); !errors.Is(err, tenancy.ErrSameTenant) {
		t.Errorf("source = target: %v", err)
	}
}

func TestA26GatesHoldInEverySequence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s tenancy.Settings
		explicit := false // callouts were enabled since communications came on
		t.Repeat(map[string]func(*rapid.T){
			"A25 communications on": func(*rapid.T) {
				if !s.Communications() {
					explicit = false
				}
				s = s.EnableCommunications()
			},
			"communications off": func(*rapid.T) { s, explicit = s.DisableCommunications(), false },
			"callouts on": func(t *rapid.T) {
				next, err := s.EnableCallouts()
				if s.Communications() != (err == nil) || err != nil && !errors.Is(err, tenancy.ErrCommunicationsOff) {
					t.Fatalf("enabling callouts with %v: %v", s, err)
				}
				s, explicit = next, err == nil
			},
			"callouts off":  func(*rapid.T) { s, explicit = s.DisableCallouts(), false },
			"workflows on":  func(*rapid.T) { s = s.EnableWorkflows() },
			"workflows off": func(*rapid.T) { s = s.DisableWorkflows() },
			"": func(t *rapid.T) {
				if s.Callouts() != (explicit && s.Communications()) {
					t.Fatalf("callouts are %v, explicitly enabled: %v, %v", s.Callouts(), explicit, s)
				}
				data, err := json.Marshal(s)
				if err != nil {
					t.Fatal(err)
				}
				var back tenancy.Settings
				if err := json.Unmarshal(data, &back); err != nil || back != s {
					t.Fatalf("%s is read back as %v, %v", data, back, err)
				}
			},
		})
	})
}

func TestA26StoredCalloutsWithoutCommunicationsAreOff(t *testing.T) {
	var s tenancy.Settings
	if err := json.Unmarshal([]byte(`{"communications":false,"callouts":true,"workflows":false}`), &s); err != nil {
		t.Fatal(err)
	}
	if s = s.EnableCommunications(); s.Callouts() {
		t.Error("callouts came back with communications")
	}
}

func TestGuard(t *testing.T) {
	loud, err := tenancy.Settings{}.EnableCommunications().EnableWorkflows().EnableCallouts()
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name    string
		tenant  tenancy.Tenant
		channel tenancy.Channel
		reason  string // "" is allowed
	}{
		{"A22 mail is off after a refresh", tenancy.Tenant{}, tenancy.Mail, "communications are off"},
		{"A23 callouts are off", tenancy.Tenant{}, tenancy.Callout, "communications first"},
		{"A24 the next due run does not fire, and says why", tenancy.Tenant{Provenance: &tenancy.Provenance{Source: "7"}}, tenancy.Workflow, "copy of 7, and acting would overlap"},
		{"A25 communications on: a callout is refused", tenancy.Tenant{Settings: tenancy.Settings{}.EnableCommunications()}, tenancy.Callout, "does not enable them"},
		{"A25 communications on: mail goes", tenancy.Tenant{Settings: tenancy.Settings{}.EnableCommunications()}, tenancy.Mail, ""},
		{"A26 both on", tenancy.Tenant{Settings: loud}, tenancy.Callout, ""},
		{"workflows on", tenancy.Tenant{Settings: loud}, tenancy.Workflow, ""},
		{"an unknown channel is closed", tenancy.Tenant{Settings: loud}, "fax", "not known"},
		{"a closed tenant uses none", tenancy.Tenant{Settings: loud, Outage: &tenancy.Outage{Run: "R"}}, tenancy.Mail, "closed for run R"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := c.tenant.Allow(c.channel)
			if (c.reason == "") != (err == nil) {
				t.Fatalf("%v", err)
			}
			if err != nil && (!errors.Is(err, tenancy.ErrRefused) || !strings.Contains(err.Error(), c.reason)) {
				t.Errorf("%v, want a refusal that says %q", err, c.reason)
			}
		})
	}
}
