package configuration_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/retenant/retenant/tenancy/configuration"
)

const (
	unset = "<not set>"
	theme = "theme"
)

// declared says of all settings that they are no secrets.
var declared = configuration.Definitions{"*": {}}

// value reads the values of the tests: "" is the empty text.
func value(text string) configuration.Value {
	if text == unset {
		return configuration.Value{}
	}
	return configuration.Text(text)
}

func values(name, text string) configuration.Values {
	if text == unset {
		return configuration.Values{}
	}
	return configuration.Values{name: text}
}

// A setting's three values, over all there are: not set, empty, and two texts.
func TestN5_EveryConstellationOfThreeValues(t *testing.T) {
	all := []string{unset, "", "a", "b"}
	for _, base := range all {
		for _, target := range all {
			for _, source := range all {
				for _, choice := range []configuration.Choice{configuration.ThreeWay, configuration.ThreeWayKeep, configuration.ThreeWayCopy} {
					edited, changed := target != base, source != base
					conflict := edited && changed && target != source
					want := target
					if !edited || conflict && choice == configuration.ThreeWayCopy {
						want = source
					}
					sides := configuration.Sides{Baseline: configuration.Baseline{theme: value(base)}, Target: values(theme, target), Source: values(theme, source)}
					merged, problems := configuration.Merge(sides, declared, configuration.Choices{Rest: choice})
					name := fmt.Sprintf("%s: baseline %q, target %q, source %q", choice, base, target, source)
					if conflict && choice == configuration.ThreeWay {
						if len(problems) != 1 || problems[0].Setting != theme || !strings.Contains(problems[0].Remedy, "three-way-keep") {
							t.Errorf("%s: a conflict that nobody decides is not refused: %v", name, problems)
						}
						continue
					}
					after := merged.Change.Apply(configuration.State{Values: sides.Target})
					if got := after.Values.Get(theme); got != value(want) || len(problems) > 0 {
						t.Errorf("%s: it becomes %s instead of %s, with problems %v", name, got, value(want), problems)
					}
					reported := len(merged.Settings) == 1 && merged.Settings[0].Conflict
					if reported != conflict {
						t.Errorf("%s: conflict reported: %t", name, reported)
					}
					if target == want && len(merged.Change.Set)+len(merged.Change.Unset) > 0 {
						t.Errorf("%s: what stays is written: %+v", name, merged.Change)
					}
				}
			}
		}
	}
}

var (
	names = []string{"theme", "zone", "limit", "Größe", "feature.x", "empty"}
	texts = []string{"", "a", "b", "c"}
)

// some draws values of some of the names.
func some(t *rapid.T, label string) configuration.Values {
	return configuration.Values(rapid.MapOfN(rapid.SampledFrom(names), rapid.SampledFrom(texts), 0, len(names)).Draw(t, label))
}

func baselineOf(v configuration.Values) configuration.Baseline {
	b := configuration.Baseline{}
	for _, name := range names {
		b[name] = v.Get(name)
	}
	return b
}

// merged merges what must have no problems, and returns the target's next state.
func merged(t *rapid.T, sides configuration.Sides, definitions configuration.Definitions, choices configuration.Choices) (configuration.Merged, configuration.State) {
	result, problems := configuration.Merge(sides, definitions, choices)
	if len(problems) > 0 {
		t.Fatalf("%+v: %+v", sides, problems)
	}
	return result, result.Change.Apply(configuration.State{Values: sides.Target, Baseline: sides.Baseline})
}

func same(t *rapid.T, got, want configuration.Values, rule string) {
	if !maps.Equal(got, want) {
		t.Fatalf("%s (-want +got):\n%s", rule, cmp.Diff(want, got))
	}
}

func TestN5_WithoutEditsInTheTargetItBecomesTheSource(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, source := some(t, "baseline"), some(t, "source")
		_, after := merged(t, configuration.Sides{Baseline: baselineOf(base), Target: base, Source: source}, declared, configuration.Choices{Rest: configuration.ThreeWay})
		same(t, after.Values, source, "nobody edited the target")
	})
}

func TestN5_WithoutChangesInTheSourceTheTargetStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, target := some(t, "baseline"), some(t, "target")
		result, after := merged(t, configuration.Sides{Baseline: baselineOf(base), Target: target, Source: base}, declared, configuration.Choices{Rest: configuration.ThreeWay})
		same(t, after.Values, target, "nobody changed the source")
		if len(result.Change.Set)+len(result.Change.Unset) > 0 {
			t.Fatalf("nothing had to be done, and it is %+v", result.Change)
		}
	})
}

// Exchanging the sides exchanges who wins a conflict, and nothing else.
func TestN5_TheSidesAreAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, target, source := baselineOf(some(t, "baseline")), some(t, "target"), some(t, "source")
		one, afterOne := merged(t, configuration.Sides{Baseline: base, Target: target, Source: source}, declared, configuration.Choices{Rest: configuration.ThreeWayKeep})
		other, afterOther := merged(t, configuration.Sides{Baseline: base, Target: source, Source: target}, declared, configuration.Choices{Rest: configuration.ThreeWayCopy})
		same(t, afterOne.Values, afterOther.Values, "the target's in a conflict, from both points of view")
		conflicts := func(m configuration.Merged) (list []string) {
			for _, s := range m.Settings {
				if s.Conflict {
					list = append(list, s.Name)
				}
			}
			return list
		}
		if !slices.Equal(conflicts(one), conflicts(other)) {
			t.Fatalf("conflicts %v and %v", conflicts(one), conflicts(other))
		}
	})
}

var anyChoice = rapid.SampledFrom([]configuration.Choice{configuration.Default, configuration.Copy, configuration.Keep, configuration.ThreeWayKeep, configuration.ThreeWayCopy})

// A second refresh of the same source changes nothing and finds no conflict, whatever was chosen.
func TestN5_ASecondRefreshChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		definitions, choices := maps.Clone(declared), configuration.Choices{Rest: anyChoice.Draw(t, "rest"), Named: map[string]configuration.Choice{}}
		for name, text := range some(t, "defaults") {
			definitions[name] = configuration.Definition{Default: configuration.Text(text)}
			choices.Named[name] = anyChoice.Draw(t, "choice")
		}
		sides := configuration.Sides{Target: some(t, "target"), Source: some(t, "source")}
		if rapid.Bool().Draw(t, "refreshed before") {
			sides.Baseline = baselineOf(some(t, "baseline"))
		}
		_, first := merged(t, sides, definitions, choices)
		again, second := merged(t, configuration.Sides{Baseline: first.Baseline, Target: first.Values, Source: sides.Source}, definitions, choices)
		same(t, second.Values, first.Values, "a second refresh")
		if !maps.Equal(first.Baseline, second.Baseline) {
			t.Fatalf("the baseline becomes another one (-first +second):\n%s", cmp.Diff(first.Baseline, second.Baseline))
		}
		for _, s := range again.Settings {
			if s.Conflict {
				t.Fatalf("a conflict in %s comes again, although nothing changed", s.Name)
			}
		}
	})
}

// Over any number of refreshes, what only the target's users edit stays as they left it, and what only the source changes is as the source has it.
func TestN5_OnlyTrueEditsAreKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		state, source := configuration.State{Values: configuration.Values{}}, configuration.Values{}
		edit := func(v configuration.Values, name, text string) {
			if text == unset {
				delete(v, name)
				return
			}
			v[name] = text
		}
		for range rapid.IntRange(1, 12).Draw(t, "events") {
			text := rapid.SampledFrom([]string{unset, "", "a", "b"}).Draw(t, "text")
			switch rapid.IntRange(0, 2).Draw(t, "event") {
			case 0:
				edit(state.Values, rapid.SampledFrom([]string{"t1", "t2"}).Draw(t, "edited"), text)
			case 1:
				edit(source, rapid.SampledFrom([]string{"s1", "s2"}).Draw(t, "changed"), text)
			default:
				want := maps.Clone(source)
				for _, name := range []string{"t1", "t2"} {
					if v := state.Values.Get(name); v.Set {
						want[name] = v.Text
					}
				}
				_, state = merged(t, configuration.Sides{Baseline: state.Baseline, Target: state.Values, Source: source}, declared, configuration.Choices{Rest: configuration.ThreeWay})
				same(t, state.Values, want, "after a refresh")
			}
		}
	})
}

// Where nothing is said, everything reverts: to the default, or to not being set.
func TestB14_SettingsRevertToDefaults(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		defaults, definitions := some(t, "defaults"), configuration.Definitions{}
		for name, text := range defaults {
			definitions[name] = configuration.Definition{Default: configuration.Text(text)}
		}
		_, after := merged(t, configuration.Sides{Baseline: baselineOf(some(t, "baseline")), Target: some(t, "target"), Source: some(t, "source")}, definitions, configuration.Choices{})
		same(t, after.Values, defaults, "a profile that says nothing")
	})
}

func TestB14_CopyAndKeepPerSetting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sides := configuration.Sides{Baseline: baselineOf(some(t, "baseline")), Target: some(t, "target"), Source: some(t, "source")}
		choices, want := configuration.Choices{Rest: configuration.Keep, Named: map[string]configuration.Choice{}}, maps.Clone(sides.Target)
		for name, text := range sides.Source {
			if rapid.Bool().Draw(t, "copied") {
				choices.Named[name], want[name] = configuration.Copy, text
			}
		}
		for name := range sides.Target {
			if !sides.Source.Get(name).Set && rapid.Bool().Draw(t, "deletion copied") {
				choices.Named[name] = configuration.Copy
				delete(want, name)
			}
		}
		_, after := merged(t, sides, declared, choices)
		same(t, after.Values, want, "copy for the named, keep for the rest")
	})
}

// Before the first refresh, and for a setting that is new, what differs from the default counts as an edit.
func TestN5_TheDefaultStandsInForAMissingBaseline(t *testing.T) {
	definitions := configuration.Definitions{theme: {Default: configuration.Text("light")}}
	for _, c := range []struct{ target, source, want string }{
		{"light", "dark", "dark"},
		{"dark", "light", "dark"},
		{"light", unset, "light"}, // the same by other means
		{unset, "light", unset},
		{"dark", unset, "dark"},
		{unset, "dark", "dark"},
		{"", unset, ""},
		{"dark", "dark", "dark"},
	} {
		result, problems := configuration.Merge(configuration.Sides{Target: values(theme, c.target), Source: values(theme, c.source)}, definitions,
			configuration.Choices{Rest: configuration.ThreeWay})
		after := result.Change.Apply(configuration.State{Values: values(theme, c.target)})
		if got := after.Values.Get(theme); got != value(c.want) || len(problems) > 0 {
			t.Errorf("target %q, source %q: it becomes %s instead of %q, %v", c.target, c.source, got, c.want, problems)
		}
		next, problems := configuration.Merge(configuration.Sides{Baseline: after.Baseline, Target: after.Values, Source: values(theme, "blue")}, definitions,
			configuration.Choices{Rest: configuration.ThreeWay})
		edited := c.want == "" || c.want == "dark" && c.target == "dark" && c.source != "dark"
		if conflict := len(problems) > 0; conflict != edited || !edited && next.Change.Set.Get(theme) != configuration.Text("blue") {
			t.Errorf("target %q, source %q, then source blue: %+v, %v", c.target, c.source, next.Change, problems)
		}
	}
}

// What an earlier refresh chose is what edits are told from later.
func TestN5_AfterOtherChoices(t *testing.T) {
	definitions := configuration.Definitions{theme: {Default: configuration.Text("light")}}
	threeWays := func(state configuration.State, source string) (configuration.Value, bool) {
		result, problems := configuration.Merge(configuration.Sides{Baseline: state.Baseline, Target: state.Values, Source: values(theme, source)}, definitions,
			configuration.Choices{Rest: configuration.ThreeWay})
		return result.Change.Apply(state).Values.Get(theme), len(problems) > 0
	}
	refreshed := func(choice configuration.Choice) configuration.State {
		state := configuration.State{Values: values(theme, "dark"), Baseline: configuration.Baseline{theme: configuration.Text("old")}}
		result, problems := configuration.Merge(configuration.Sides{Baseline: state.Baseline, Target: state.Values, Source: values(theme, "blue")}, definitions,
			configuration.Choices{Rest: choice})
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return result.Change.Apply(state)
	}
	reverted := refreshed(configuration.Default)
	if got, conflict := threeWays(reverted, "blue"); got != configuration.Text("blue") || conflict {
		t.Errorf("a setting that reverted and was not edited becomes %s, conflict: %t", got, conflict)
	}
	reverted.Values[theme] = "black"
	if _, conflict := threeWays(reverted, "blue"); !conflict {
		t.Error("a setting that reverted, was edited, and is another one in the source is no conflict")
	}
	if _, conflict := threeWays(refreshed(configuration.Keep), "blue"); !conflict {
		t.Error("a setting that was kept counts as merged with a source that nobody looked at")
	}
	if got, conflict := threeWays(refreshed(configuration.Keep), "old"); got != configuration.Text("dark") || conflict {
		t.Errorf("a setting that was kept, and is as it was in the source, becomes %s, conflict: %t", got, conflict)
	}
	if got, conflict := threeWays(refreshed(configuration.Copy), "red"); got != configuration.Text("red") || conflict {
		t.Errorf("a setting that was copied and changed in the source becomes %s, conflict: %t", got, conflict)
	}
}

func TestN5_MergeLeavesItsArgumentsAlone(t *testing.T) {
	sides := configuration.Sides{Baseline: configuration.Baseline{"a": configuration.Text("1")}, Target: configuration.Values{"a": "1", "b": "2"}, Source: configuration.Values{"a": "3"}}
	before := configuration.Sides{Baseline: maps.Clone(sides.Baseline), Target: maps.Clone(sides.Target), Source: maps.Clone(sides.Source)}
	result, _ := configuration.Merge(sides, declared, configuration.Choices{Rest: configuration.Copy})
	next := result.Change.Clone().Apply(configuration.State{Values: sides.Target, Baseline: sides.Baseline})
	next.Values["c"], next.Baseline["c"] = "4", configuration.Text("4")
	if diff := cmp.Diff(before, sides); diff != "" {
		t.Error(diff)
	}
}
