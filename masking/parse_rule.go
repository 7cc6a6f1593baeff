package masking

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ruleShape is what a rule looks like, for messages.
const ruleShape = "write the name of a mask, {pass: the reason} or {fixed: the value}"

// column reads a mask alone, or a mapping.
func (p *parser) column(e entry, at place) (Column, bool) {
	c, ok := p.rule(e.value, e.at, at)
	c.Line = e.at.Line
	return c, ok
}

// rule reads a rule. What is wrong with it as a whole is reported where named stands.
func (p *parser) rule(n, named *yaml.Node, at place) (Column, bool) {
	if n.Kind != yaml.MappingNode {
		mask, ok := p.word(n, at, ruleShape)
		return Column{Mask: mask, Line: n.Line}, ok && p.known(mask, n, at)
	}
	c := Column{Line: n.Line}
	before := len(p.problems)
	var masks []string
	for _, f := range p.entries(n, at, ruleShape) {
		switch f.key {
		case "mask":
			mask, ok := p.word(f.value, at, "write one of "+strings.Join(Names(), ", "))
			if ok && p.known(mask, f.value, at) {
				c.Mask = mask
			}
			masks = append(masks, f.key)
		case Pass:
			c.Mask = Pass
			c.Reason, _ = p.text(f.value, at, "write in a few words why the values identify nobody")
			masks = append(masks, f.key)
		case Fixed:
			c.Mask = Fixed
			c.Value = p.fixed(f.value, at)
			masks = append(masks, f.key)
		case Withhold:
			c.Mask = Withhold
			withheld, _ := p.text(f.value, at, "write secret: keep or secret: blank")
			c.Withheld = Withheld(withheld)
			masks = append(masks, f.key)
		case When:
			c.Mask = When
			c.Cases = p.cases(f.value, at)
			masks = append(masks, f.key)
		default:
			p.parameter(&c, f, at)
		}
	}
	switch {
	case len(masks) > 1:
		p.add(named, at, strings.Join(masks, " and ")+" exclude each other", "keep one of them")
	case len(masks) == 0 && len(p.problems) == before:
		p.add(named, at, "no mask", ruleShape)
	}
	if len(p.problems) == before {
		return c, true
	}
	for _, problem := range c.nestedProblems(0) { // the rule is left out, so that nobody else will look into it
		problem.Table, problem.Column = at.table, at.column
		p.problems = append(p.problems, problem)
	}
	return c, false
}

// ruleKeys are the keys of a rule.
var ruleKeys = []string{"mask", Pass, Fixed, Withhold, When, "else", "domain", "audience", "compact", "part", "subject", "days", "percent",
	"alphabet", "name", "path", "query", "paths", "rest", "malformed", "element"}

// parameter reads a key of a rule beside its mask.
func (p *parser) parameter(c *Column, f entry, at place) {
	switch f.key {
	case "else":
		c.Else = p.inner(f, at)
	case "domain":
		c.Domain, _ = p.text(f.value, at, "write the domain's name, or remove the key")
	case "audience":
		c.Audience, _ = p.text(f.value, at, "write the audience's name, or remove the key")
	case "compact":
		c.Compact = p.boolean(f.value, at)
	case "part":
		part, _ := p.text(f.value, at, "write a part of a person, such as email")
		c.Part = Part(part)
	case "subject":
		if f.value.Kind == yaml.ScalarNode {
			if name, ok := p.text(f.value, at, "write subject: [name]"); ok {
				c.Subject = []string{name}
			}
		} else {
			c.Subject = p.texts(f.value, at, "write subject: [name]")
		}
	case "days":
		c.Days = p.number(f.value, at, MaxDays)
	case "percent":
		c.Percent = p.number(f.value, at, 100)
	case "alphabet":
		c.Alphabet = p.fixed(f.value, at)
	case "name":
		c.Name, _ = p.text(f.value, at, "write the name of a function")
	case "path":
		c.URLPath = URLPart(p.choice(f.value, at, "mask", string(URLDrop), string(URLKeep)))
	case "query":
		c.URLQuery = URLPart(p.choice(f.value, at, "mask", string(URLDrop), string(URLKeep)))
	case "rest":
		c.Rest = Rest(p.choice(f.value, at, refuse, string(RestRedact), string(RestDrop)))
	case "malformed":
		c.Malformed = Malformed(p.choice(f.value, at, refuse, string(MalformedNull), string(MalformedRedact)))
	case "paths":
		c.Paths = map[string]Column{}
		for _, e := range p.entries(f.value, at, "write each path with its rule") {
			if rule, ok := p.column(e, at); ok {
				c.Paths[e.key] = rule
			}
		}
	case "element":
		c.Element = p.inner(f, at)
	default:
		p.unknownKey(f, at, ruleKeys...)
	}
}

// inner reads a rule inside a rule.
func (p *parser) inner(e entry, at place) *Column {
	c, ok := p.column(e, at)
	if !ok {
		return nil
	}
	return &c
}

// cases reads one case, or a list of them.
func (p *parser) cases(n *yaml.Node, at place) []Case {
	const shape = "write - {column: name, equals: value, then: rule}"
	if n.Kind == yaml.MappingNode {
		if when, ok := p.oneCase(n, at, shape); ok {
			return []Case{when}
		}
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		if !reported(n) {
			p.add(n, at, kind(n)+" where a list of cases belongs", shape)
		}
		return nil
	}
	var list []Case
	for _, item := range n.Content {
		if when, ok := p.oneCase(item, at, shape); ok {
			list = append(list, when)
		}
	}
	return list
}

// oneCase reads a case.
func (p *parser) oneCase(n *yaml.Node, at place, shape string) (Case, bool) {
	c := Case{Line: n.Line}
	ruled := false
	before := len(p.problems)
	for _, f := range p.entries(n, at, shape) {
		switch f.key {
		case "column":
			c.Column, _ = p.text(f.value, at, "write the name of the column that decides")
		case "equals":
			p.caseValue(&c, f.value, at)
		case "in":
			if f.value.Kind != yaml.SequenceNode {
				p.add(f.value, at, kind(f.value)+" where a list belongs", "write in: [value, value]")
				continue
			}
			for _, value := range f.value.Content {
				p.caseValue(&c, value, at)
			}
		case "then":
			ruled = true
			if rule := p.inner(f, at); rule != nil {
				c.Then = *rule
			}
		default:
			p.unknownKey(f, at, "column", "equals", "in", "then")
		}
	}
	if !ruled && len(p.problems) == before {
		p.add(n, at, "a case without then", shape)
	}
	return c, len(p.problems) == before
}

// caseValue reads a value that another column is compared with. Null is NULL.
func (p *parser) caseValue(c *Case, n *yaml.Node, at place) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		c.Null = true
		return
	}
	before := len(p.problems)
	if value := p.fixed(n, at); len(p.problems) == before {
		c.In = append(c.In, value)
	}
}

// choice returns one of some words, the first of which is the default and read as "".
func (p *parser) choice(n *yaml.Node, at place, known ...string) string {
	word, ok := p.word(n, at, "write one of "+strings.Join(known, ", "))
	if !ok || word == known[0] {
		return ""
	}
	for _, k := range known {
		if word == k {
			return word
		}
	}
	message, remedy := unknown("choice", word, known)
	p.add(n, at, message, remedy)
	return ""
}

// number returns a number from 1 to most.
func (p *parser) number(n *yaml.Node, at place, most int) int {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!int" {
		if number, err := strconv.Atoi(n.Value); err == nil && number >= 1 && number <= most {
			return number
		}
		p.add(n, at, "the number is out of range", "write one from 1 to "+strconv.Itoa(most))
		return 0
	}
	if !reported(n) {
		p.add(n, at, kind(n)+" where a number belongs", "write one from 1 to "+strconv.Itoa(most))
	}
	return 0
}

// known reports a mask that does not exist, and one that its name alone does not make.
func (p *parser) known(mask string, n *yaml.Node, at place) bool {
	switch {
	case find(mask) == nil:
		message, remedy := unknown("mask", mask, Names())
		p.add(n, at, message, remedy)
	case mask == Pass:
		p.add(n, at, "pass without a reason", "write "+example(Pass))
	case mask == Fixed:
		p.add(n, at, "fixed without a value", "write "+example(Fixed))
	case mask == When || mask == Withhold:
		p.add(n, at, mask+" is no mask by its name alone", "write "+example(mask))
	default:
		return true
	}
	return false
}
