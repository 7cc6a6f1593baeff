package configuration

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Sides are the values that a merge starts from.
type Sides struct {
	Baseline Baseline // of the target
	Target   Values
	Source   Values // nil says that nothing is kept for the source: there is nothing to copy, and the target's stay
}

// From is the side that a setting's value comes from.
type From string

// The sides.
const (
	FromTarget  From = "target" // it stays as it is
	FromSource  From = "source"
	FromDefault From = "default"
)

// Setting is what becomes of a setting. It never holds anything of the value of a secret, or of a setting that nobody declared.
type Setting struct {
	Name       string `json:"name"`
	Choice     Choice `json:"choice"`               // by which it was decided
	From       From   `json:"from"`                 // whose value it has afterwards
	Becomes    Value  `json:"becomes"`              // not set for one that is secret or undeclared, whatever it is
	Secret     bool   `json:"secret,omitempty"`     // with FromTarget its value stays, with FromDefault it is blank
	Undeclared bool   `json:"undeclared,omitempty"` // no definition names it; with FromTarget its value stays, else it is unset
	Conflict   bool   `json:"conflict,omitempty"`   // both sides had changed it, and the choice says whose value counts
	Why        string `json:"why,omitempty"`        // in words
	Found      *Found `json:"found,omitempty"`      // what was decided on; nil for one that is secret or undeclared
}

// Shown tells whether the setting's values may be shown.
func (s Setting) Shown() bool { return s.Found != nil }

// Found is what a setting was on each side.
type Found struct {
	Baseline Value `json:"baseline"`
	Target   Value `json:"target"`
	Source   Value `json:"source"`
}

// Merged is what becomes of all settings.
type Merged struct {
	Settings []Setting // in the order of their names
	Change   Change    // what the target's directory has to do
	Warnings []string  // what deserves a look before anybody agrees
}

// Change is what a refresh does to a tenant's settings. Those that it does not name stay as they are.
type Change struct {
	Set      Values   `json:"set,omitempty"`
	Unset    []string `json:"unset,omitempty"`
	Baseline Baseline `json:"baseline,omitempty"` // takes the place of the one before, also where it is empty
}

// Apply returns what a tenant's state becomes. It changes nothing in place.
func (c Change) Apply(s State) State {
	next := State{Values: maps.Clone(s.Values), Baseline: Baseline{}}
	if next.Values == nil {
		next.Values = Values{}
	}
	maps.Copy(next.Values, c.Set)
	for _, name := range c.Unset {
		delete(next.Values, name)
	}
	maps.Copy(next.Baseline, c.Baseline)
	return next
}

// Clone returns a copy that shares nothing.
func (c Change) Clone() Change {
	return Change{maps.Clone(c.Set), slices.Clone(c.Unset), maps.Clone(c.Baseline)}
}

// Merge decides what becomes of every setting that a side has set, a definition declares or a choice names. It returns what it decided and all that is
// wrong, conflicts that no choice settles among it; with problems the result is incomplete and not to be used.
func Merge(sides Sides, definitions Definitions, choices Choices) (Merged, []Problem) {
	m := merge{Sides: sides, definitions: definitions, choices: choices}
	m.result.Change = Change{Set: Values{}, Baseline: Baseline{}}
	m.checkChoices()
	m.checkDefinitions()
	names := map[string]bool{}
	for _, known := range []map[string]bool{keysOf(sides.Target), keysOf(sides.Source), keysOf(definitions)} {
		maps.Copy(names, known)
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if _, set := m.Target[name]; !set && !m.Source.Get(name).Set && strings.HasSuffix(name, everyName) {
			continue // no setting, but what many of them begin with
		}
		m.setting(name)
	}
	m.refuseUndeclared()
	if m.missed {
		m.result.Warnings = append(m.result.Warnings, "no settings are kept for the source: those of the target stay where the profile says copy or three-way")
	}
	return m.result, m.problems
}

func keysOf[M ~map[string]V, V any](m M) map[string]bool {
	set := make(map[string]bool, len(m))
	for name := range m {
		set[name] = true
	}
	return set
}

// merge carries a merge from setting to setting.
type merge struct {
	Sides
	definitions Definitions
	choices     Choices
	result      Merged
	problems    []Problem
	undeclared  []string // settings that would come from the source, and that no definition names
	missed      bool     // a choice looked at a source that has no settings
}

// setting decides one setting.
func (m *merge) setting(name string) {
	target, source := m.Target.Get(name), m.Source.Get(name)
	definition, how := m.definitions.of(name)
	if name == "" || !portable(name) || !portable(target.Text) || !portable(source.Text) || !portable(definition.Default.Text) {
		m.problem(name, "correct it where it is set", "%s", notPortable)
		return
	}
	if m.definitions.secret(name, target, source) {
		m.secret(name, target, definition)
		return
	}
	base, merged := m.Baseline[name]
	if !merged {
		base = definition.Default
	}
	choice, _ := m.choices.of(name)
	if how == undeclared && source.Set && choice.looksAtSource() {
		m.undeclared = append(m.undeclared, name)
		return
	}
	s, found := Setting{Name: name, Choice: choice, Undeclared: how == undeclared}, Found{base, target, source}
	switch {
	case choice == Default:
		s.From, s.Why = FromDefault, "reverts to its default"
	case choice == Keep:
		s.From, s.Why = FromTarget, "kept"
	case !choice.Valid():
		return // told by checkChoices
	case m.Source == nil:
		s.From, s.Why, m.missed = FromTarget, noSource, m.missed || target.Set
	case choice == Copy:
		s.From, s.Why = FromSource, "copied"
	default:
		if !m.threeWay(&s, found, merged) {
			return
		}
	}
	becomes := map[From]Value{FromTarget: target, FromSource: source, FromDefault: definition.Default}[s.From]
	if !s.Undeclared {
		s.Becomes, s.Found = becomes, &found
	}
	if becomes.Set || target.Set || source.Set {
		m.result.Settings = append(m.result.Settings, s)
	}
	m.change(name, target, becomes)
	taken := source
	switch {
	case choice == Keep || s.Why == asGood || s.Why == noSource: // nothing was taken up
		if !merged {
			return
		}
		taken = base
	case choice == Default:
		taken = becomes
	}
	if becomes.Set || source.Set || taken != definition.Default {
		m.result.Change.Baseline[name] = taken
	}
}

// noSource is why a setting stays under a choice that looks at the source.
const noSource = "no settings are kept for the source"

// asGood is why a setting stays that was never merged, and is its default on one side and not set on the other.
const asGood = "the default on both sides"

// threeWay decides by what each side changed since the baseline (N5). For a setting that was never merged that is the default, and a side that has not
// set it has not edited it. It returns false where the conflict is somebody's to decide.
func (m *merge) threeWay(s *Setting, found Found, merged bool) bool {
	base, target, source := found.Baseline, found.Target, found.Source
	edited := target != base && (merged || target.Set)
	changed := source != base && (merged || source.Set)
	switch {
	case target == source:
		s.From, s.Why = FromTarget, "alike on both sides"
	case !edited && !changed:
		s.From, s.Why = FromTarget, asGood
	case !edited:
		s.From, s.Why = FromSource, "changed in the source"
	case !changed:
		s.From, s.Why = FromTarget, "edited in the target"
	case s.Choice == ThreeWayKeep:
		s.From, s.Why, s.Conflict = FromTarget, "changed on both sides, the target's stays", true
	case s.Choice == ThreeWayCopy:
		s.From, s.Why, s.Conflict = FromSource, "changed on both sides, the source's comes", true
	default:
		values := ""
		if !s.Undeclared {
			values = fmt.Sprintf(" (last: %s, target: %s, source: %s)", base, target, source)
		}
		m.problem(s.Name, "write keep, copy, default, three-way-keep or three-way-copy for it",
			"it was edited in the target and changed in the source since they were last alike%s", values)
		return false
	}
	return true
}

// secret decides what becomes of a secret, without a look at the source's (D16). The rest's choice does not apply.
func (m *merge) secret(name string, target Value, definition Definition) {
	if definition.Default.Set {
		m.problem(name, "take the default out of its definition", "it is a secret, and has a default that every tenant would share")
	}
	choice, named := m.choices.of(name)
	if !named {
		choice = Keep
	}
	s := Setting{Name: name, Choice: choice, Secret: true}
	switch {
	case choice == Default || choice == Keep && !target.Set:
		s.From, s.Why = FromDefault, "a secret: blank"
		m.change(name, target, Value{})
	case choice == Keep:
		s.From, s.Why = FromTarget, "a secret: the target's stays"
	case choice.Valid():
		m.problem(name, "write keep, or default to leave it blank; if it is none, declare it so by its name", "it is a secret or looks like one, and the profile says %q", choice)
		return
	}
	if target.Set || m.Source.Get(name).Set {
		m.result.Settings = append(m.result.Settings, s)
	}
}

// change notes what the directory has to do to a setting.
func (m *merge) change(name string, target, becomes Value) {
	switch {
	case target == becomes:
	case becomes.Set:
		m.result.Change.Set[name] = becomes.Text
	default:
		m.result.Change.Unset = append(m.result.Change.Unset, name)
	}
}
