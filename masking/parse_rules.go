package masking

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// rules reads the top of a file. What cannot be read is reported and left out, so that nothing is reported twice.
func (p *parser) rules(n *yaml.Node) Rules {
	r := Rules{Version: Version}
	const shape = "write version: 1, tenant_column and tables"
	found := p.entries(n, place{}, shape)
	versioned := false
	for _, e := range found {
		switch e.key {
		case "version":
			versioned = true
			if !reported(e.value) && (e.value.ShortTag() != "!!int" || e.value.Value != "1") {
				p.add(e.value, place{}, "the version is not 1, which is the only one known", "write version: 1")
			}
		case "tenant_column":
			r.TenantColumn, _ = p.text(e.value, place{}, "write the column's name, or remove the key where each tenant has a database of its own")
		case "tables":
			r.Tables = p.tables(e.value)
		default:
			p.unknownKey(e, place{}, "version", "tenant_column", "tables")
		}
	}
	if !versioned && n.Kind == yaml.MappingNode {
		p.add(n, place{}, "no version", "write version: 1 at the top")
	}
	return r
}

func (p *parser) tables(n *yaml.Node) map[string]Table {
	tables := map[string]Table{}
	for _, e := range p.entries(n, place{}, "write tables: and under it each table with its rules, or {} for none") {
		tables[e.key] = p.table(e)
	}
	return tables
}

func (p *parser) table(e entry) Table {
	t := Table{Line: e.at.Line}
	at := place{table: e.key}
	for _, f := range p.entries(e.value, at, "write columns: and under it each column with its mask, or {global: true}") {
		switch f.key {
		case "tenant_column":
			t.TenantColumn, _ = p.text(f.value, at, "write the column's name, or remove the key where it is the default")
		case "global":
			t.Global = p.boolean(f.value, at)
		case "key":
			if key, ok := p.text(f.value, at, "write one of "+strings.Join(KeySchemes(), ", ")); ok {
				if slices.Contains(KeySchemes(), key) {
					t.Key = key
				} else {
					message, remedy := unknown("key scheme", key, KeySchemes())
					p.add(f.value, at, message, remedy)
				}
			}
		case "key_column":
			t.KeyColumn, _ = p.text(f.value, at, "write the name of the column of the primary key that `key` maps")
		case "columns":
			t.Columns = p.columns(f.value, at)
		case "references":
			t.References = p.references(f.value, at)
		default:
			p.unknownKey(f, at, "tenant_column", "global", "key", "key_column", "columns", "references")
		}
	}
	return t
}

func (p *parser) columns(n *yaml.Node, at place) map[string]Column {
	columns := map[string]Column{}
	for _, e := range p.entries(n, at, "write each column with its mask, or {} for none") {
		at := place{at.table, e.key}
		if c, ok := p.column(e, at); ok {
			c.Line = e.at.Line
			columns[e.key] = c
		}
	}
	return columns
}

// fixed returns a value as it is written: 0, true and 2006-01-02 need no quotes.
func (p *parser) fixed(n *yaml.Node, at place) string {
	switch {
	case reported(n):
	case n.Kind != yaml.ScalarNode:
		p.add(n, at, kind(n)+" where a single value belongs", "put a value that looks like one in quotes")
	case n.ShortTag() == "!!null":
		p.add(n, at, "fixed without a value", `write mask: null for NULL, or "" for the empty text`)
	default:
		return n.Value
	}
	return ""
}

func (p *parser) references(n *yaml.Node, at place) []Reference {
	if n.Kind != yaml.SequenceNode {
		if !reported(n) {
			p.add(n, at, kind(n)+" where a list belongs", "write - {columns: [name], to: table} for each reference")
		}
		return nil
	}
	var list []Reference
	for _, item := range n.Content {
		before := len(p.problems)
		if ref := p.reference(item, at); len(p.problems) == before {
			list = append(list, ref)
		}
	}
	return list
}

func (p *parser) reference(n *yaml.Node, at place) Reference {
	ref := Reference{Line: n.Line}
	for _, f := range p.entries(n, at, "write {columns: [name], to: table}") {
		switch f.key {
		case "columns":
			ref.Columns = p.texts(f.value, at, "write columns: [name]")
		case "to":
			ref.To, _ = p.text(f.value, at, "write the table's name")
		case "to_columns":
			ref.ToColumns = p.texts(f.value, at, "write to_columns: [name], or remove it for the primary key")
		case "outside":
			ref.Outside = p.outside(f.value, at)
		default:
			p.unknownKey(f, at, "columns", "to", "to_columns", "outside")
		}
	}
	return ref
}

func (p *parser) outside(n *yaml.Node, at place) Outside {
	choice, ok := p.word(n, at, "write refuse, null or pass")
	switch {
	case !ok || choice == refuse:
	case choice == string(OutsideNull) || choice == string(OutsidePass):
		return Outside(choice)
	default:
		message, remedy := unknown("choice", choice, []string{refuse, string(OutsideNull), string(OutsidePass)})
		p.add(n, at, message, remedy)
	}
	return OutsideRefuse
}

// refuse is how OutsideRefuse is written in a file.
const refuse = "refuse"
