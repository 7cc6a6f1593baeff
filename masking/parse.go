package masking

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Limits of a rules file.
const (
	MaxRulesBytes = 4 << 20
	MaxRulesDepth = 20 // of mappings and lists within each other
)

// ParseRules reads rules from YAML, strictly: one document without anchors, aliases, merge keys and tags, no key twice, no key
// that is unknown, every value of its kind, within [MaxRulesBytes] and [MaxRulesDepth]. The error is [Problems]: all mistakes at
// once, each with its line and what to write instead, and without any fixed value. Where the text is no YAML at all, only
// the first mistake is known. No rules are returned beside an error.
func ParseRules(data []byte) (Rules, error) {
	if len(data) > MaxRulesBytes {
		return Rules{}, Problems{{Message: fmt.Sprintf("the rules have %d bytes, and %d are allowed", len(data), MaxRulesBytes),
			Remedy: "split them by database, or shorten the comments"}}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return Rules{}, Problems{{Line: 1, Message: "the file holds no rules", Remedy: "write version: 1, tenant_column and tables"}}
	} else if err != nil {
		return Rules{}, Problems{syntax(err)}
	}
	p := &parser{}
	if !p.inspect(&document, 0) {
		p.problems.sort()
		return Rules{}, p.problems
	}
	rules := p.rules(document.Content[0])
	var second yaml.Node
	if err := decoder.Decode(&second); err == nil {
		p.add(&second, place{}, "a second document", "remove it, and the line --- before it")
	} else if !errors.Is(err, io.EOF) {
		p.problems = append(p.problems, syntax(err))
	}
	p.problems = append(p.problems, rules.Validate()...)
	if len(p.problems) > 0 {
		p.problems.sort()
		return Rules{}, p.problems
	}
	return rules, nil
}

var (
	syntaxLine = regexp.MustCompile(`line (\d+): `)
	anchorText = regexp.MustCompile(`unknown anchor.*`)
)

// syntax returns the problem that the YAML library found. Of its texts only that on anchors repeats a part of the file.
func syntax(err error) Problem {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 0
	if m := syntaxLine.FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = strings.Replace(message, m[0], "", 1)
	}
	message = anchorText.ReplaceAllString(message, "an alias")
	return Problem{Line: line, Message: "no YAML: " + message,
		Remedy: "mend it there or just above; a text with * & ! : # { or [ needs quotes"}
}

// parser collects problems while it turns nodes into rules.
type parser struct{ problems Problems }

// place is where in the rules a node stands.
type place struct{ table, column string }

func (p *parser) add(n *yaml.Node, at place, message, remedy string) {
	p.problems = append(p.problems, Problem{Line: n.Line, Table: at.table, Column: at.column, Message: message, Remedy: remedy})
}

// inspect reports what is allowed nowhere in a file. It returns false where the file is not worth reading on.
func (p *parser) inspect(n *yaml.Node, depth int) bool {
	if depth > MaxRulesDepth {
		p.add(n, place{}, fmt.Sprintf("nested more than %d deep", MaxRulesDepth), "nest rules less")
		return false
	}
	if n.Kind == yaml.AliasNode {
		p.add(n, place{}, "an alias", "write what it stands for, or quote a text that starts with *")
		return true
	}
	if n.Anchor != "" {
		p.add(n, place{}, "an anchor", "remove it, or quote a text that starts with &")
	}
	if n.Style&yaml.TaggedStyle != 0 {
		p.add(n, place{}, "a tag", "remove it, or quote a text that starts with !")
	}
	for _, child := range n.Content {
		if !p.inspect(child, depth+1) {
			return false
		}
	}
	return true
}

// reported tells whether inspect has already said what is wrong with the node.
func reported(n *yaml.Node) bool { return n.Kind == yaml.AliasNode || n.Style&yaml.TaggedStyle != 0 }

// entry is a key of a mapping with its value.
type entry struct {
	key   string
	at    *yaml.Node
	value *yaml.Node
}

// entries returns what a mapping holds, without keys that are no text or stand there twice.
func (p *parser) entries(n *yaml.Node, at place, remedy string) []entry {
	if n.Kind != yaml.MappingNode {
		if !reported(n) {
			p.add(n, at, kind(n)+" where keys and values belong", remedy)
		}
		return nil
	}
	var found []entry
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case reported(key):
		case key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge":
			p.add(key, at, "a merge key", "write the keys themselves")
		case key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str":
			p.add(key, at, kind(key)+" as a key", "put a name in quotes")
		case first[key.Value] > 0:
			p.add(key, at, fmt.Sprintf("%s stands here twice, first on line %d", shownKey(key.Value), first[key.Value]), "remove one")
		default:
			first[key.Value] = key.Line
			found = append(found, entry{key.Value, key, value})
		}
	}
	return found
}

// shownKey returns a key for a message. One with a colon inside may hold a value that lacks a space before it.
func shownKey(key string) string {
	if strings.ContainsAny(key, ": ") {
		return "a key"
	}
	return shown(key)
}

// unknownKey reports a key that has no meaning where it stands.
func (p *parser) unknownKey(e entry, at place, known ...string) {
	message, remedy := unknown("key", e.key, known)
	p.add(e.at, at, message, remedy)
}

// text returns a text that is not empty.
func (p *parser) text(n *yaml.Node, at place, remedy string) (string, bool) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" && n.Value != "" {
		return n.Value, true
	}
	if !reported(n) {
		p.add(n, at, kind(n)+" where a text belongs", remedy)
	}
	return "", false
}

// word returns a text, or null where it is written out: in YAML, the word null is none.
func (p *parser) word(n *yaml.Node, at place, remedy string) (string, bool) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" && n.Value == "null" {
		return n.Value, true
	}
	return p.text(n, at, remedy)
}

func (p *parser) boolean(n *yaml.Node, at place) bool {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool" {
		return strings.EqualFold(n.Value, "true")
	}
	if !reported(n) {
		p.add(n, at, kind(n)+" where true or false belongs", "write true, or remove it")
	}
	return false
}

func (p *parser) texts(n *yaml.Node, at place, remedy string) []string {
	if n.Kind != yaml.SequenceNode {
		if !reported(n) {
			p.add(n, at, kind(n)+" where a list belongs", remedy)
		}
		return nil
	}
	list := make([]string, 0, len(n.Content))
	for _, item := range n.Content {
		s, ok := p.text(item, at, remedy)
		if !ok {
			return nil
		}
		list = append(list, s)
	}
	return list
}

// kind names what a node is, for messages.
func kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys and values"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!null":
		return "nothing"
	case "!!bool":
		return "true or false"
	case "!!int", "!!float":
		return "a number"
	case "!!timestamp":
		return "a date"
	}
	if n.Value == "" {
		return "an empty text"
	}
	return "a text"
}
