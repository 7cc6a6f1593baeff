package masking

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Validate reports everything that is wrong with the rules themselves, whatever the schema: what [ParseRules] reports, but for mistakes
// of spelling that only a file can have. Nil is none.
func (r Rules) Validate() Problems {
	var ps Problems
	if r.Version != Version {
		ps = append(ps, Problem{Message: fmt.Sprintf("version is %d, and only %d is known", r.Version, Version), Remedy: "write version: 1"})
	}
	for name, t := range r.Tables {
		found := t.problems()
		if name == "" {
			found = append(found, Problem{Line: t.Line, Message: "a table has no name", Remedy: "write its name"})
		}
		for _, p := range found {
			p.Table = name
			ps = append(ps, p)
		}
	}
	ps = append(ps, r.mixedForms()...)
	ps.sort()
	return ps
}

func (t Table) problems() Problems {
	var ps Problems
	if t.Global && (t.TenantColumn != "" || t.Key != KeyByPlan || t.KeyColumn != "" || len(t.Columns) > 0 || len(t.References) > 0) {
		ps = append(ps, Problem{Line: t.Line, Message: "a global table has other rules, and a refresh does not touch it",
			Remedy: "remove them, or remove global"})
	}
	if t.Key != KeyByPlan && !slices.Contains(KeySchemes(), t.Key) {
		ps = append(ps, Problem{Line: t.Line, Message: "key is no key scheme", Remedy: "write one of " + strings.Join(KeySchemes(), ", ") + ", or remove it"})
	}
	if t.KeyColumn != "" && t.Key == KeyByPlan {
		ps = append(ps, Problem{Line: t.Line, Message: "key_column without key", Remedy: "write key: station or another scheme for it, or remove it"})
	}
	for name, c := range t.Columns {
		found := c.problems()
		if name == "" {
			found = append(found, Problem{Line: c.Line, Message: "a column has no name", Remedy: "write its name"})
		}
		for _, p := range found {
			p.Column = name
			ps = append(ps, p)
		}
	}
	for i, ref := range t.References {
		ps = append(ps, ref.problems()...)
		twin := func(earlier Reference) bool {
			return slices.Equal(earlier.Columns, ref.Columns) && earlier.To == ref.To
		}
		if slices.ContainsFunc(t.References[:i], twin) {
			ps = append(ps, Problem{Line: ref.Line, Message: "a reference of the same columns to the same table stands above", Remedy: "remove one"})
		}
	}
	return ps
}

// problems reports what is wrong with the rule, whatever the column.
func (c Column) problems() Problems { return c.problemsAt(0) }

func (c Column) problemsAt(depth int) Problems {
	var ps Problems
	add := func(message, remedy string) {
		ps = append(ps, Problem{Line: c.Line, Message: message, Remedy: remedy})
	}
	m := find(c.Mask)
	if m == nil {
		if c.Mask == "" {
			add("no mask", "write one of "+strings.Join(Names(), ", "))
		} else {
			add(unknown("mask", c.Mask, Names()))
		}
		return ps
	}
	if m.name == Pass && letters(c.Reason) < 3 {
		add("pass without a reason", "write "+example(Pass))
	}
	for _, wrong := range c.misused() {
		add(wrong[0], wrong[1])
	}
	if isDocument(m.name) && len(c.Paths) == 0 && c.Rest == RestRefuse {
		add(m.name+" without paths", "write paths: {name: rule}, and rest: redact or rest: drop for all else")
	}
	keyed := m.keyed || m.name == maskCustom
	if !keyed && c.Domain != "" {
		add("domain has no effect on "+m.name, "remove it")
	}
	if !keyed && c.Audience != "" {
		add("audience has no effect on "+m.name, "remove it")
	}
	return append(ps, c.nestedProblems(depth)...)
}

func (r Reference) problems() Problems {
	var ps Problems
	add := func(message, remedy string) {
		ps = append(ps, Problem{Line: r.Line, Message: message, Remedy: remedy})
	}
	if len(r.Columns) == 0 {
		add("a reference without columns", "write columns: [name]")
	}
	if r.To == "" {
		add("a reference without the table it refers to", "write to: table")
	}
	if len(r.ToColumns) > 0 && len(r.ToColumns) != len(r.Columns) {
		add(fmt.Sprintf("%d columns refer to %d", len(r.Columns), len(r.ToColumns)), "write as many to_columns as columns, or none for the primary key")
	}
	if repeated(r.Columns) || repeated(r.ToColumns) {
		add("a reference names a column twice", "name each column once")
	}
	if slices.Contains(r.Columns, "") || slices.Contains(r.ToColumns, "") {
		add("a reference names a column without a name", "write the column's name")
	}
	if r.Outside != OutsideRefuse && r.Outside != OutsideNull && r.Outside != OutsidePass {
		add("outside is no choice", "write outside: refuse, null or pass")
	}
	return ps
}

func letters(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}

func repeated(names []string) bool {
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return true
		}
	}
	return false
}
