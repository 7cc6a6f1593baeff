package masking

import (
	"maps"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// node writes a rule: its mask alone where it has no parameters. A rule with rules inside takes several lines.
func (c Column) node() *yaml.Node {
	n := mapping(yaml.FlowStyle)
	if len(c.nested()) > 0 {
		n.Style = 0
	}
	mask := maskNode(c.Mask)
	switch c.Mask {
	case Pass:
		put(n, Pass, text(c.Reason))
	case Fixed:
		put(n, Fixed, text(c.Value))
	case Withhold:
		put(n, Withhold, text(string(c.Withheld)))
	case When:
		cases := &yaml.Node{Kind: yaml.SequenceNode}
		for _, when := range c.Cases {
			cases.Content = append(cases.Content, when.node())
		}
		put(n, When, cases)
	default:
		put(n, "mask", mask)
	}
	c.putParameters(n)
	if len(n.Content) == 2 && n.Content[1] == mask {
		return mask
	}
	return n
}

func maskNode(mask string) *yaml.Node {
	if mask == Null {
		return plain("!!null", mask)
	}
	return text(mask)
}

// putParameters adds what a rule has beside its mask, in the order in which it reads best.
func (c Column) putParameters(n *yaml.Node) {
	putText(n, "part", string(c.Part))
	putText(n, "name", c.Name)
	putText(n, "alphabet", c.Alphabet)
	putNumber(n, "days", c.Days)
	putNumber(n, "percent", c.Percent)
	if len(c.Subject) > 0 {
		put(n, "subject", list(c.Subject))
	}
	putText(n, "path", string(c.URLPath))
	putText(n, "query", string(c.URLQuery))
	putText(n, "domain", c.Domain)
	putText(n, "audience", c.Audience)
	if c.Compact {
		put(n, "compact", plain("!!bool", "true"))
	}
	if len(c.Paths) > 0 {
		paths := mapping(0)
		for _, path := range slices.Sorted(maps.Keys(c.Paths)) {
			put(paths, path, c.Paths[path].node())
		}
		put(n, "paths", paths)
	}
	putText(n, "rest", string(c.Rest))
	if c.Element != nil {
		put(n, "element", c.Element.node())
	}
	if c.Else != nil {
		put(n, "else", c.Else.node())
	}
	if c.Malformed != MalformedRefuse {
		put(n, "malformed", maskNode(string(c.Malformed)))
	}
}

// node writes a case. One value is written as equals.
func (c Case) node() *yaml.Node {
	n := mapping(yaml.FlowStyle)
	if len(c.Then.nested()) > 0 {
		n.Style = 0
	}
	put(n, "column", text(c.Column))
	values := list(c.In)
	if c.Null {
		values.Content = append(values.Content, plain("!!null", Null))
	}
	if len(values.Content) == 1 {
		put(n, "equals", values.Content[0])
	} else {
		put(n, "in", values)
	}
	put(n, "then", c.Then.node())
	return n
}

// putNumber adds an entry unless it is 0.
func putNumber(n *yaml.Node, key string, value int) {
	if value != 0 {
		put(n, key, plain("!!int", strconv.Itoa(value)))
	}
}
