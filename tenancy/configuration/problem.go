package configuration

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Problem is one reason why settings cannot be merged as the choices say. It shows no value of a secret, or of a setting that nobody declared.
type Problem struct {
	Setting string // "" where it is none in particular
	Message string
	Remedy  string // what to write to mend it
}

func (m *merge) problem(setting, remedy, format string, args ...any) {
	m.problems = append(m.problems, Problem{setting, fmt.Sprintf(format, args...), remedy})
}

// checkChoices finds choices that are none, and choices for settings that are none.
func (m *merge) checkChoices() {
	if rest := m.choices.Rest; rest != "" && !rest.Valid() {
		m.problem("", everyChoice, "%q is no choice for the rest of the settings", rest)
	}
	for _, name := range slices.Sorted(maps.Keys(m.choices.Named)) {
		choice := m.choices.Named[name]
		if !choice.Valid() {
			m.problem(name, everyChoice, "%q is no choice", choice)
		}
		if _, how := m.definitions.of(name); how != byName && !m.Target.Get(name).Set && !m.Source.Get(name).Set {
			m.problem(name, "take it out, or declare the setting", "the profile names it, and neither tenant has set it")
		}
	}
}

// checkDefinitions finds defaults that many settings would share.
func (m *merge) checkDefinitions() {
	for _, name := range slices.Sorted(maps.Keys(m.definitions)) {
		if strings.HasSuffix(name, everyName) && m.definitions[name].Default.Set {
			m.problem(name, "take the default out of it, and declare each setting that has one by its name", "it declares all settings that begin so, and has a default")
		}
	}
}

// refuseUndeclared tells of all settings that nobody looked at and that would come from the source (D16, N3).
func (m *merge) refuseUndeclared() {
	if len(m.undeclared) == 0 {
		return
	}
	quoted := make([]string, len(m.undeclared))
	for i, name := range m.undeclared {
		quoted[i] = strconv.Quote(name)
	}
	m.problem("", `declare each among the host's settings, or many by what they begin with ("feature.*"), as secret or not; or choose keep or default for it`,
		"the source's value would come over and nobody declared what it is: undeclared %s", strings.Join(quoted, ", "))
}
