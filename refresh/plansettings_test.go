package refresh_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/configuration"
)

const canary = "canary-7f3a"

// configured is a proposal with settings of each sort.
func configured() refresh.Proposal {
	p := crm()
	p.Definitions = configuration.Definitions{"limit": {Default: configuration.Text("10")}, "pin code": {Secret: true}, "*": {}}
	p.Configuration = &configuration.Sides{
		Baseline: configuration.Baseline{"theme": configuration.Text("light"), "zone": configuration.Text("UTC"), "banner": configuration.Text("Hello")},
		Target:   configuration.Values{"theme": "dark", "zone": "UTC", "banner": "SANDBOX\n", "limit": "99", "pin code": canary, "motto": "ours"},
		Source:   configuration.Values{"theme": "light", "zone": "Europe/Prague", "banner": "Hi", "pin code": "source-" + canary, "api_key": "source-" + canary},
	}
	p.Profile.Settings = configuration.Choices{Rest: configuration.ThreeWay, Named: map[string]configuration.Choice{"banner": configuration.ThreeWayKeep, "limit": configuration.Default}}
	return p
}

func TestN5_PlanTextShowsEachSetting(t *testing.T) {
	plan, err := refresh.Compile(configured())
	if err != nil {
		t.Fatal(err)
	}
	want := `
  setting     now          becomes          from     choice          why
  api_key     hidden       blank            default  keep            a secret: blank
  banner      "SANDBOX\n"  "SANDBOX\n"      target   three-way-keep  CONFLICT: changed on both sides, the target's stays (last: "Hello", source: "Hi")
  limit       "99"         "10"             default  default         reverts to its default
  motto       "ours"       "ours"           target   three-way       edited in the target
  "pin code"  hidden       kept             target   keep            a secret: the target's stays
  theme       "dark"       "dark"           target   three-way       edited in the target
  zone        "UTC"        "Europe/Prague"  source   three-way       changed in the source

`
	_, got, _ := strings.Cut(plan.String(), "person_id\n")
	got, _, _ = strings.Cut(got, "  plan ")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the settings as text (-want +got):\n%s", diff)
	}
	data, err := json.Marshal(plan)
	if err != nil || strings.Contains(string(data), canary) || strings.Contains(plan.String(), canary) {
		t.Errorf("D16: a secret stands in the plan: %s, %v", data, err)
	}
}

// What a change between the acknowledgement and the run does to the plan's hash.
func TestN5_TheHashCoversWhatComes(t *testing.T) {
	hash := func(edit func(*refresh.Proposal)) string {
		t.Helper()
		p := configured()
		edit(&p)
		plan, err := refresh.Compile(p)
		if err != nil {
			t.Fatal(err)
		}
		return plan.Hash
	}
	agreed := hash(func(*refresh.Proposal) {})
	for name, edit := range map[string]func(*refresh.Proposal){
		"work in a setting that stays in a conflict":   func(p *refresh.Proposal) { p.Configuration.Target["banner"] = "SANDBOX 2" },
		"work in a setting that stays":                 func(p *refresh.Proposal) { p.Configuration.Target["theme"] = "blue" },
		"a new setting of the target, which stays":     func(p *refresh.Proposal) { p.Configuration.Target["new"] = "x" },
		"a setting that reverts anyway":                func(p *refresh.Proposal) { p.Configuration.Target["limit"] = "98" },
		"a secret of the target":                       func(p *refresh.Proposal) { p.Configuration.Target["pin code"] = "other" },
		"a secret of the source":                       func(p *refresh.Proposal) { p.Configuration.Source["pin code"] = "other" },
		"the loser of a conflict":                      func(p *refresh.Proposal) { p.Configuration.Source["banner"] = "Hi again" },
		"the source comes to have what the target has": func(p *refresh.Proposal) { p.Configuration.Source["theme"] = "dark" },
	} {
		if hash(edit) != agreed {
			t.Errorf("%s voids the plan", name)
		}
	}
	for name, edit := range map[string]func(*refresh.Proposal){
		"another value from the source": func(p *refresh.Proposal) { p.Configuration.Source["zone"] = "Asia/Tokyo" },
		"another default": func(p *refresh.Proposal) {
			p.Definitions["limit"] = configuration.Definition{Default: configuration.Text("11")}
		},
		"a new setting of the source":        func(p *refresh.Proposal) { p.Configuration.Source["new"] = "x" },
		"a deletion in the source":           func(p *refresh.Proposal) { delete(p.Configuration.Source, "zone") },
		"a conflict that has gone":           func(p *refresh.Proposal) { p.Configuration.Source["banner"] = "Hello" },
		"a choice, although nothing differs": func(p *refresh.Proposal) { p.Profile.Settings.Named["motto"] = configuration.Keep },
		"a setting that turns secret":        func(p *refresh.Proposal) { p.Definitions["zone"] = configuration.Definition{Secret: true} },
		"a conflict that has come": func(p *refresh.Proposal) {
			p.Profile.Settings.Rest = configuration.ThreeWayCopy
			p.Configuration.Target["zone"] = "Asia/Tokyo"
		},
	} {
		if hash(edit) == agreed {
			t.Errorf("%s slips through the hash", name)
		}
	}
	copying := func(target string) func(*refresh.Proposal) {
		return func(p *refresh.Proposal) {
			p.Profile.Settings.Rest, p.Configuration.Target["zone"] = configuration.ThreeWayCopy, target
		}
	}
	if hash(copying("UTC")) == hash(copying("Asia/Tokyo")) {
		t.Error("a conflict that comes with the same outcome slips through the hash")
	}
}

func TestN5_ConflictsRefuseThePlan(t *testing.T) {
	p := configured()
	p.Profile.Settings.Named = map[string]configuration.Choice{"themes": configuration.Copy, "pin code": configuration.Copy}
	_, err := refresh.Compile(p)
	if !errors.Is(err, refresh.ErrRefusedPlan) {
		t.Fatal(err)
	}
	for _, want := range []string{"3 problems", `setting "banner": it was edited in the target and changed in the source`, `(last: "Hello", target: "SANDBOX\n", source: "Hi"); write keep, copy`,
		`setting "themes": the profile names it, and neither tenant has set it`, `setting "pin code": it is a secret`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing says %q: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), canary) {
		t.Errorf("D16: a secret stands in the error: %v", err)
	}
}

func TestB14_ChoicesNeedADirectoryThatKeepsSettings(t *testing.T) {
	p := configured()
	p.Configuration = nil
	if _, err := refresh.Compile(p); !errors.Is(err, refresh.ErrRefusedPlan) || !strings.Contains(err.Error(), "the directory keeps none") {
		t.Errorf("choices without settings: %v", err)
	}
	p.Profile.Settings = configuration.Choices{}
	if plan, err := refresh.Compile(p); err != nil || plan.Settings != nil || strings.Contains(plan.String(), "setting  ") {
		t.Errorf("no choices and no settings: %v", err)
	}
}

// Settings that nobody declared refuse a plan by which they would come, and otherwise stand in it by their names.
func TestD16_N3_UndeclaredSettingsInThePlan(t *testing.T) {
	p := configured()
	p.Definitions = configuration.Definitions{"pin code": {Secret: true}}
	p.Configuration.Source["endpoint"], p.Configuration.Target["endpoint"] = "source-"+canary, canary
	_, err := refresh.Compile(p)
	if !errors.Is(err, refresh.ErrRefusedPlan) || !strings.Contains(err.Error(), `undeclared "banner", "endpoint", "theme", "zone"; declare each`) || strings.Contains(err.Error(), canary) {
		t.Errorf("undeclared settings: %v", err)
	}
	p.Profile.Settings = configuration.Choices{Rest: configuration.Keep, Named: map[string]configuration.Choice{"motto": configuration.ThreeWayKeep, "limit": configuration.Default}}
	p.Configuration.Baseline["motto"] = configuration.Text("before-" + canary)
	plan, err := refresh.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(plan)
	if err != nil || strings.Contains(string(data)+plan.String()+plan.Markdown(), canary) {
		t.Errorf("D16: the value of an undeclared setting stands in the plan: %s, %v", data, err)
	}
	for _, want := range []string{"endpoint    hidden  kept     target   keep            kept, undeclared\n", "limit       hidden  blank    default  default         reverts to its default, undeclared\n",
		"motto       hidden  kept     target   three-way-keep  CONFLICT: changed on both sides, the target's stays, undeclared\n"} {
		if !strings.Contains(plan.String(), want) {
			t.Errorf("nothing says %q:\n%s", want, plan)
		}
	}
}

// A directory that keeps settings of the target alone.
func TestN5_ASourceWithoutSettingsIsAWarning(t *testing.T) {
	p := configured()
	with, err := refresh.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	p.Configuration.Source = nil
	plan, err := refresh.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(plan.String(), "no settings are kept for the source") || strings.Contains(with.String(), "no settings are kept for the source") || plan.Hash == with.Hash {
		t.Errorf("nothing warns that there are no settings to copy:\n%s", plan)
	}
	for _, s := range plan.Settings.Settings {
		if s.From == configuration.FromSource || s.From == configuration.FromDefault && s.Name != "limit" {
			t.Errorf("%+v does not stay the target's", s)
		}
	}
}
