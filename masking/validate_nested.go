package masking

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// maxRuleDepth is how deep rules stand within rules.
const maxRuleDepth = 6

// nestedProblems reports what is wrong with the rules inside the rule.
func (c Column) nestedProblems(depth int) Problems {
	var ps Problems
	if depth >= maxRuleDepth && len(c.nested()) > 0 {
		return Problems{{Line: c.Line, Message: fmt.Sprintf("rules within rules, more than %d deep", maxRuleDepth), Remedy: "nest them less"}}
	}
	c.eachNested(func(where string, line int, rule Column) {
		found := rule.problemsAt(depth + 1)
		if rule.Mask == Withhold {
			found = append(found, Problem{Message: "a secret inside a rule", Remedy: "write {secret: keep} or {secret: blank} for the whole column, or null here"})
		}
		for _, p := range found {
			p.Line = cmp.Or(p.Line, line, c.Line)
			p.Message = where + ": " + p.Message
			ps = append(ps, p)
		}
	})
	for _, when := range c.Cases {
		line := cmp.Or(when.Line, c.Line)
		if when.Column == "" {
			ps = append(ps, Problem{Line: line, Message: "a case without a column", Remedy: "write {column: name, equals: value, then: rule}"})
		}
		if len(when.In) == 0 && !when.Null {
			ps = append(ps, Problem{Line: line, Message: "a case that never holds", Remedy: "write equals: value or in: [value, value]"})
		}
	}
	return append(ps, c.pathProblems()...)
}

// eachNested calls do for each rule inside the rule, in a fixed order, with words for its place and the line that is nearest.
func (c Column) eachNested(do func(where string, line int, rule Column)) {
	for _, path := range slices.Sorted(maps.Keys(c.Paths)) {
		do("path "+shown(path), c.Paths[path].Line, c.Paths[path])
	}
	if c.Element != nil {
		do("element", c.Element.Line, *c.Element)
	}
	for _, when := range c.Cases {
		do("then", when.Line, when.Then)
	}
	if c.Else != nil {
		do("else", c.Else.Line, *c.Else)
	}
}

// pathProblems reports paths that cannot be read or lead to the same place.
func (c Column) pathProblems() Problems {
	var ps Problems
	seen := map[string]string{}
	for _, path := range slices.Sorted(maps.Keys(c.Paths)) {
		line := cmp.Or(c.Paths[path].Line, c.Line)
		steps, err := parsePath(path)
		if err != nil {
			ps = append(ps, Problem{Line: line, Message: "path " + shown(path) + " cannot be read", Remedy: err.Error()})
			continue
		}
		if c.Mask == maskXML && (len(steps) == 0 || slices.Contains(steps, anyElement)) {
			ps = append(ps, Problem{Line: line, Message: "path " + shown(path) + " is none in XML", Remedy: "write the names of the elements from the root on, such as persons.person.@id"})
		}
		key := fmt.Sprintf("%q", steps)
		if twin, found := seen[key]; found {
			ps = append(ps, Problem{Line: line, Message: "paths " + shown(twin) + " and " + shown(path) + " are the same", Remedy: "remove one"})
		}
		seen[key] = path
	}
	return ps
}

// mixedForms reports compact addresses whose domain also has long ones, since one value would get two fakes.
func (r Rules) mixedForms() Problems {
	type form struct{ mask, domain string }
	long := map[form]bool{}
	var compact Problems
	var forms []form
	for table, t := range r.Tables {
		for name, c := range t.Columns {
			var visit func(Column)
			visit = func(rule Column) {
				f := form{rule.Mask, rule.domain()}
				switch {
				case rule.Mask != maskEmail && (rule.Mask != maskPerson || rule.Part != PartLogin && rule.Part != PartEmail):
				case rule.Compact:
					forms = append(forms, f)
					compact = append(compact, Problem{Line: cmp.Or(rule.Line, c.Line), Table: table, Column: name,
						Message: "compact, while other columns of the domain are not",
						Remedy:  "write compact: true on every " + rule.Mask + " of the domain, or give this column a domain of its own"})
				default:
					long[f] = true
				}
				for _, nested := range rule.nested() {
					visit(nested)
				}
			}
			visit(c)
		}
	}
	var ps Problems
	for i, f := range forms {
		if long[f] {
			ps = append(ps, compact[i])
		}
	}
	return ps
}
