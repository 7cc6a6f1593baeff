package masking

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Comments are remarks for people beside rules in a file. Those on tables and columns that the rules lack are left out.
type Comments struct {
	Top     string                       // above everything; may have several lines
	Tables  map[string]string            // above a table, by its name
	Columns map[string]map[string]string // beside a column, by table and column
}

// YAML writes the rules as a file that [ParseRules] reads back with the same [Rules.Hash]: tables and columns by name,
// defaults left out. Line breaks in comments on tables and columns become spaces. It returns [Problems] where the rules are not valid,
// and another error where YAML cannot hold them: a name or value that is not UTF-8, or too large a file.
func (r Rules) YAML(comments Comments) ([]byte, error) {
	if err := r.Validate().Err(); err != nil {
		return nil, err
	}
	top := mapping(0)
	put(top, "version", plain("!!int", fmt.Sprint(r.Version)))
	putText(top, "tenant_column", r.TenantColumn)
	tables := mapping(0)
	for _, name := range slices.Sorted(maps.Keys(r.Tables)) {
		key := put(tables, name, r.Tables[name].node(comments.Columns[name]))
		key.HeadComment = remark(comments.Tables[name])
	}
	put(top, "tables", tables)

	var out bytes.Buffer
	for line := range strings.Lines(comments.Top) {
		out.WriteString(remark(line) + "\n")
	}
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := errors.Join(encoder.Encode(top), encoder.Close()); err != nil {
		return nil, fmt.Errorf("masking: write rules: %w", err)
	}
	back, err := ParseRules(out.Bytes())
	if err != nil {
		return nil, fmt.Errorf("masking: rules do not survive YAML: %w", err)
	}
	if back.Hash() != r.Hash() {
		return nil, errors.New("masking: rules do not survive YAML; every name and value must be UTF-8 text")
	}
	return out.Bytes(), nil
}

func (t Table) node(comments map[string]string) *yaml.Node {
	if t.Global {
		n := mapping(yaml.FlowStyle)
		put(n, "global", plain("!!bool", "true"))
		return n
	}
	n := mapping(0)
	putText(n, "tenant_column", t.TenantColumn)
	putText(n, "key", t.Key)
	putText(n, "key_column", t.KeyColumn)
	if len(t.Columns) > 0 {
		columns := mapping(0)
		for _, name := range slices.Sorted(maps.Keys(t.Columns)) {
			value := t.Columns[name].node()
			value.LineComment = remark(comments[name])
			put(columns, name, value)
		}
		put(n, "columns", columns)
	}
	if len(t.References) > 0 {
		references := &yaml.Node{Kind: yaml.SequenceNode}
		for _, ref := range t.References {
			references.Content = append(references.Content, ref.node())
		}
		put(n, "references", references)
	}
	if len(n.Content) == 0 {
		n.Style = yaml.FlowStyle
	}
	return n
}

func (r Reference) node() *yaml.Node {
	n := mapping(yaml.FlowStyle)
	put(n, "columns", list(r.Columns))
	putText(n, "to", r.To)
	if len(r.ToColumns) > 0 {
		put(n, "to_columns", list(r.ToColumns))
	}
	switch r.Outside {
	case OutsideNull:
		put(n, "outside", plain("!!null", string(OutsideNull)))
	case OutsidePass:
		put(n, "outside", text(string(OutsidePass)))
	}
	return n
}

func mapping(style yaml.Style) *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode, Style: style} }

func plain(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

func text(value string) *yaml.Node { return plain("!!str", value) }

func list(names []string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, name := range names {
		n.Content = append(n.Content, text(name))
	}
	return n
}

// put adds an entry to a mapping and returns its key.
func put(n *yaml.Node, key string, value *yaml.Node) *yaml.Node {
	k := text(key)
	n.Content = append(n.Content, k, value)
	return k
}

// putText adds an entry unless its value is empty.
func putText(n *yaml.Node, key, value string) {
	if value != "" {
		put(n, key, text(value))
	}
}

// remark returns a comment on one line of printable text, or "".
func remark(comment string) string {
	comment = strings.Join(strings.FieldsFunc(comment, func(r rune) bool { return r <= ' ' || r == 0x7f || !printable(r) }), " ")
	if comment == "" {
		return ""
	}
	return "# " + comment
}

// printable tells whether YAML allows the character in a comment and takes it for no line break.
func printable(r rune) bool {
	return r >= 0xa0 && r != 0x2028 && r != 0x2029 && r != 0xfeff && r != 0xfffd && r != 0xfffe && r != 0xffff || r < 0x7f
}
