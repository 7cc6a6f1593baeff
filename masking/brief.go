package masking

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// withheldText stands for a value that is not shown.
const withheldText = "…"

// String returns the rule on one line as it is written in a rules file, for people. Fixed values, and the values that cases ask for, are not shown:
// "…" stands for them. The zero value is "".
func (c Column) String() string {
	if c.Mask == "" {
		return ""
	}
	n := c.withoutValues().node()
	flow(n)
	text, err := yaml.Marshal(n)
	if err != nil {
		return c.Mask // a name that YAML cannot hold
	}
	return strings.TrimSpace(string(text))
}

// String returns the reference on one line as it is written in a rules file.
func (r Reference) String() string {
	text, err := yaml.Marshal(r.node())
	if err != nil {
		return strings.Join(r.Columns, ", ") + " to " + r.To
	}
	return strings.TrimSpace(string(text))
}

// withoutValues returns the rule without the values that are not shown.
func (c Column) withoutValues() Column {
	if c.Mask == Fixed || c.Value != "" {
		c.Value = withheldText
	}
	if c.Paths != nil {
		paths := make(map[string]Column, len(c.Paths))
		for path, rule := range c.Paths {
			paths[path] = rule.withoutValues()
		}
		c.Paths = paths
	}
	for _, nested := range []**Column{&c.Element, &c.Else} {
		if *nested != nil {
			rule := (*nested).withoutValues()
			*nested = &rule
		}
	}
	cases := make([]Case, len(c.Cases))
	for i, when := range c.Cases {
		when.Then = when.Then.withoutValues()
		if len(when.In) > 0 {
			when.In = []string{withheldText}
		}
		cases[i] = when
	}
	c.Cases = cases
	return c
}

// flow puts a node on one line.
func flow(n *yaml.Node) {
	if n.Kind != yaml.ScalarNode {
		n.Style = yaml.FlowStyle
	}
	for _, child := range n.Content {
		flow(child)
	}
}
