package configuration_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/retenant/retenant/tenancy/configuration"
)

// A secret's value is in no result, and the source's is not even handed over.
func TestD16_N5_SecretsAreNeverShownOrCopied(t *testing.T) {
	const target, source = "canary-of-the-target", "canary-of-the-source"
	choice := rapid.SampledFrom([]configuration.Choice{"", "nonsense", configuration.Default, configuration.Copy, configuration.Keep, configuration.ThreeWay,
		configuration.ThreeWayKeep, configuration.ThreeWayCopy})
	rapid.Check(t, func(t *rapid.T) {
		definitions := configuration.Definitions{"code": {Secret: true}}
		if rapid.Bool().Draw(t, "all declared") {
			definitions["*"] = configuration.Definition{}
		}
		sides := configuration.Sides{Baseline: configuration.Baseline{"smtpPassword": configuration.Text("canary-before")},
			Target: configuration.Values{"code": target, "smtpPassword": target, "database": "postgres://u:" + target + "@h/d"},
			Source: configuration.Values{"code": source, "smtpPassword": source, "database": "h", "api_key": source}}
		choices := configuration.Choices{Rest: choice.Draw(t, "rest"), Named: map[string]configuration.Choice{}}
		for name := range sides.Source {
			if c := choice.Draw(t, name); c != "" {
				choices.Named[name] = c
			}
		}
		merged, problems := configuration.Merge(sides, definitions, choices)
		shown, err := json.Marshal(merged.Settings)
		if err != nil {
			t.Fatal(err)
		}
		handedOver, err := json.Marshal(merged.Change)
		if err != nil {
			t.Fatal(err)
		}
		for what, text := range map[string]string{"settings": string(shown), "handover": string(handedOver), "problems": fmt.Sprintf("%+v", problems), "settings as text": fmt.Sprintf("%+v", merged.Settings)} {
			if strings.Contains(text, "canary") {
				t.Fatalf("a secret stands in the %s: %s", what, text)
			}
		}
		after := merged.Change.Apply(configuration.State{Values: sides.Target, Baseline: sides.Baseline})
		for name, named := range choices.Named {
			want := sides.Target.Get(name)
			switch {
			case named == configuration.Default:
				want = configuration.Value{}
			case named != configuration.Keep && len(problems) == 0:
				t.Fatalf("the profile says %q of the secret %s, and nothing is wrong with that", named, name)
			}
			if got := after.Values.Get(name); got != want {
				t.Fatalf("the secret %s under %q becomes another one", name, named)
			}
		}
		if len(after.Baseline) > 0 {
			t.Fatalf("secrets stand in the baseline: %d", len(after.Baseline))
		}
	})
}

func TestB14_WhatIsWrongIsToldAtOnce(t *testing.T) {
	sides := configuration.Sides{Target: configuration.Values{"zone": "UTC", "": "x", "bytes": "\xff"}, Source: configuration.Values{"zone": "UTC", "nul": "a\x00b"}}
	_, problems := configuration.Merge(sides, configuration.Definitions{"pass": {Secret: true, Default: configuration.Text("x")}}, configuration.Choices{Rest: "koppy",
		Named: map[string]configuration.Choice{"zone": "kep", "thme": configuration.Keep}})
	text := fmt.Sprintf("%+v", problems)
	for _, want := range []string{`"koppy" is no choice for the rest`, `zone Message:"kep" is no choice`, "thme Message:the profile names it", "bytes Message:names and texts are UTF-8",
		"nul Message:names", "{Setting: Message:names", "pass Message:it is a secret, and has a default"} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing says %q: %s", want, text)
		}
	}
	for _, p := range problems {
		if p.Remedy == "" {
			t.Errorf("nothing says what to write instead: %+v", p)
		}
	}
	if err := sides.Target.Validate(); err == nil || !strings.Contains(err.Error(), `"", "bytes"`) || strings.Contains(err.Error(), "zone") {
		t.Errorf("texts that cannot be kept: %v", err)
	}
	if err := (configuration.Values{"zone": "", "größe": "ü"}).Validate(); err != nil {
		t.Errorf("texts that can be kept: %v", err)
	}
}

func TestB14_ChoicesAreReadStrictly(t *testing.T) {
	var choices configuration.Choices
	if err := json.Unmarshal([]byte(`{"rest": "three-way", "named": {"theme": "keep"}}`), &choices); err != nil || choices.Rest != configuration.ThreeWay || choices.Named["theme"] != configuration.Keep {
		t.Errorf("%+v, %v", choices, err)
	}
	for _, bad := range []string{`{"rest": "Keep"}`, `{"rest": ""}`, `{"named": {"theme": "threeway"}}`, `{"named": {"theme": ""}}`, `{"rest": 3}`} {
		if err := json.Unmarshal([]byte(bad), &configuration.Choices{}); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

// What a run does survives its way through a database.
func TestN5_ChangesSurviveJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		change := configuration.Change{Set: some(t, "set"), Baseline: baselineOf(some(t, "baseline")), Unset: rapid.SliceOf(rapid.String()).Draw(t, "unset")}
		data, err := json.Marshal(change)
		if err != nil {
			t.Fatal(err)
		}
		var back configuration.Change
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		state := configuration.State{Values: some(t, "values")}
		want, got := change.Apply(state), back.Apply(state)
		same(t, got.Values, want.Values, "after JSON")
		if len(got.Baseline) != len(want.Baseline) {
			t.Fatalf("%v, %v", got.Baseline, want.Baseline)
		}
		for name, v := range want.Baseline {
			if got.Baseline[name] != v {
				t.Fatalf("%s: %s, %s", name, got.Baseline[name], v)
			}
		}
	})
}

func TestValueString(t *testing.T) {
	for v, want := range map[configuration.Value]string{{}: "not set", configuration.Text(""): `""`, configuration.Text("a\tb"): `"a\tb"`,
		configuration.Text(strings.Repeat("ü", 41)): `"` + strings.Repeat("ü", 40) + `"…`, configuration.Text(strings.Repeat("ü", 40)): `"` + strings.Repeat("ü", 40) + `"`} {
		if got := v.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
