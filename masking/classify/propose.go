package classify

import (
	"slices"
	"strings"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// Setting is what a proposal depends on beside the table. The zero value is a tenant with a database of its own.
type Setting struct {
	Shared       bool                // tenants share the table: a value that is unique for all of them cannot be passed
	TenantColumn string              // the table's tenant column, "" for none
	Key          masking.Key         // the scheme that the rules ask for, as far as they do: the key that it maps takes no rule, but of tag, offset and station
	KeyColumn    string              // the column that Key maps, "" is the only one
	References   []masking.Reference // those of the table that the database does not declare, see [References]
	Referenced   []string            // columns that other tables refer to, see [Referenced]: their copies depend on their own value alone
}

// Proposal is what is proposed for a column.
type Proposal struct {
	Name    string         // the column
	Column  masking.Column // its rule; the zero value where no rule is both safe and possible
	Certain bool           // name and type leave no doubt; otherwise a person has to look closely
	Why     string         // for a comment beside the rule
}

// Propose returns a proposal for every column of the table that takes a rule, in the order of the columns.
func Propose(table schema.Table, setting Setting) []Proposal {
	c := classifier{table: &table, setting: setting, structural: structural(&table, setting)}
	c.life = c.subject()
	c.parts = c.person()
	var list []Proposal
	for _, column := range table.Stored() {
		if !c.structural[column.Name] {
			list = append(list, c.propose(column))
		}
	}
	return list
}

type classifier struct {
	table      *schema.Table
	setting    Setting
	structural map[string]bool
	life       owner                     // whose dates stand in the table
	parts      map[string]masking.Column // the rules of columns that are parts of one person
}

// structural returns the columns that take no rule: the tenant column, references, and the key that is mapped.
func structural(t *schema.Table, setting Setting) map[string]bool {
	columns := map[string]bool{}
	for _, key := range t.ForeignKeys {
		for _, name := range key.Columns {
			columns[name] = true
		}
	}
	for _, reference := range setting.References {
		for _, name := range reference.Columns {
			columns[name] = true
		}
	}
	if setting.TenantColumn != "" {
		columns[setting.TenantColumn] = true
	}
	var own []schema.Column
	for _, name := range t.PrimaryKey {
		if !columns[name] {
			column, _ := t.Column(name)
			own = append(own, column)
		}
	}
	asked := setting.Key != masking.KeyByPlan && setting.Key != masking.KeySame
	switch {
	case setting.Key == masking.KeyTag || setting.Key == masking.KeyOffset || setting.Key == masking.KeyStation: // the copy's keys show what people assigned
	case asked && setting.KeyColumn != "":
		columns[setting.KeyColumn] = true
	case len(own) == 1 && (asked || own[0].Type == schema.Integer || own[0].Type == schema.UUID):
		columns[own[0].Name] = true
	}
	return columns
}

// propose finds the class of a column, and the best of its masks that the column can have.
func (c *classifier) propose(column schema.Column) Proposal {
	found := c.class(column)
	p := Proposal{Name: column.Name, Certain: found.certain, Why: found.why}
	fitting := slices.Concat(c.byRow(found, column), found.masks)
	for i, candidate := range slices.Concat(fitting, strictest(column)) {
		if c.possible(candidate, column) {
			p.Column = candidate
			p.Certain = p.Certain && i < len(fitting)
			if i >= len(fitting) && candidate.Mask == masking.Fixed {
				p.Why += "; NULL is not allowed, so one value for all: decide what the software needs"
			}
			break
		}
	}
	if traits, _ := p.Column.Traits(); traits.MayRefuse {
		p.Certain = p.Certain && column.Type != schema.Text
		p.Why += "; a value that the mask cannot read refuses the run"
	}
	switch {
	case p.Column.Mask == "":
		p.Certain = false
		p.Why += "; no mask fits a column that is NOT NULL, unique or of its type: decide"
	case c.unique(column.Name) && p.Column.Mask == "email" && !slices.ContainsFunc(found.masks[:min(1, len(found.masks))], p.Column.Equal):
		p.Why += "; unique, so it gets the mask that keeps values apart"
	}
	return p
}

// class recognizes a column.
func (c *classifier) class(column schema.Column) class {
	n := nameOf(column.Name)
	if identifier(n) && (column.Type == schema.Integer || column.Type == schema.UUID) {
		return c.identifierClass()
	}
	if column.Type == schema.Boolean {
		if n.any(personalWords, name.has) != "" {
			return class{masks: []masking.Column{mask(masking.Null)}, why: "what concerns a person alone"}
		}
		return class{masks: passed("a flag; it names nobody"), certain: true, why: "a flag"}
	}
	if k, known := c.byTable(n, column); known {
		return k
	}
	for _, k := range sensitive {
		if n.any(k.phrases, name.hints) != "" && !c.innocent(n, column) {
			return k
		}
	}
	for _, h := range candidates(column.Type) {
		if n.any(h.phrases, name.has) != "" {
			return class{masks: passed(h.reason), certain: true, why: "by its name and type"}
		}
	}
	if identifier(n) || n.any(identifiers, name.has) != "" {
		return class{masks: otherToken, why: "a code or number that something is looked up by"}
	}
	if column.Type == schema.JSON {
		return class{why: "a document, in which anything may stand"}
	}
	if column.Type == schema.Bytes || column.Type == schema.Other {
		return class{why: "of a type that no mask can look into"}
	}
	if column.Type == schema.Text {
		return class{masks: []masking.Column{mask("free_text"), mask("redact")}, why: "its name says nothing that is known"}
	}
	return class{why: "its name says nothing that is known"}
}

// identifier tells whether a column is named like a key.
func identifier(n name) bool {
	return n.spaced == " id " || strings.HasSuffix(n.spaced, " id ") || strings.HasSuffix(n.spaced, " uuid ") || strings.HasSuffix(n.spaced, " guid ")
}

// identifierClass is the class of a number or UUID that looks like a reference which nobody declared.
func (c *classifier) identifierClass() class {
	if c.setting.Shared {
		return class{masks: []masking.Column{mask(masking.Null)}, why: "looks like a reference that is not declared: declare it under references, or its copy would lead to another tenant's row"}
	}
	return class{masks: passed("a key without meaning of its own"), why: "looks like a reference that is not declared; keys stay as they are in a database of its own"}
}

// byTable recognizes what only the table tells: a name, a title, a state.
func (c *classifier) byTable(n name, column schema.Column) (class, bool) {
	if column.Type != schema.Text {
		return class{}, false
	}
	rows := rowName(c.table.Name)
	switch n.joined {
	case "name", "title", "label":
	case "code", "iso", "symbol", "abbreviation", "shortname":
		if rows.any(catalogs, name.has) != "" {
			return class{masks: passed("it names a thing and nobody"), why: "the table looks like a catalog"}, true
		}
		return class{}, false
	default:
		if n.any("state|region|province", name.has) != "" && c.column("city", "town", "street", "address", "postal code", "zip", "billing city", "shipping city") {
			return class{masks: []masking.Column{mask("redact"), mask(masking.Null)}, certain: true, why: "an address or a part of one"}, true
		}
		return class{}, false
	}
	switch {
	case n.joined != "name" && c.column("first name", "last name", "firstname", "lastname", "surname"):
		return class{masks: []masking.Column{mask("free_text"), mask("redact")}, why: "a title can tell who it is"}, true
	case rows.any(people, name.has) != "":
		k := class{masks: []masking.Column{mask("last_name"), mask("redact")}, why: "likely the name of a person"}
		if n.joined == "name" {
			k.part = masking.PartFullName
		}
		return k, true
	case rows.any(companies, name.has) != "":
		return class{masks: []masking.Column{mask("company"), mask("last_name"), mask("redact")}, why: "likely the name of a company"}, true
	case rows.any(catalogs, name.has) != "":
		return class{masks: passed("it names a thing and nobody"), why: "the table looks like a catalog"}, true
	}
	return class{masks: []masking.Column{mask("free_text"), mask("redact")}, why: "a name of what people made; it may be anything"}, true
}

// rowName returns what a row of the table is: the last word of the table's name.
func rowName(table string) name {
	list := words(table)
	if len(list) == 0 {
		return nameOf("")
	}
	return nameOf(singular(list[len(list)-1]))
}

// column tells whether the table has a column of one of these names.
func (c *classifier) column(phrases ...string) bool {
	return slices.ContainsFunc(c.table.Columns, func(column schema.Column) bool {
		n := nameOf(column.Name)
		return slices.ContainsFunc(phrases, n.has)
	})
}

// innocent tells whether a column that a sensitive class hints at is plainly something else: a count of messages, a date of payment.
func (c *classifier) innocent(n name, column schema.Column) bool {
	switch column.Type {
	case schema.Date, schema.Time, schema.Timestamp, schema.TimestampTZ:
		return n.any(moments[0].phrases, name.has) != "" && n.any(lifeWords, name.has) == ""
	case schema.Integer, schema.Decimal, schema.Real:
		return n.any("count|number of|bytes|size|length|rate|position|milliseconds|seconds|minutes", name.has) != "" && n.any(personalWords, name.has) == ""
	}
	return column.Type == schema.Text && n.any("country|country code|currency|language|locale|timezone|type|status", name.has) != "" && n.any(secretWords+"|"+personalWords, name.has) == ""
}

// candidates returns what may be passed of a type.
func candidates(t schema.Type) []harmless {
	switch t {
	case schema.Date, schema.Time, schema.Timestamp, schema.TimestampTZ:
		return append(slices.Clone(moments), harmless{"at|on|date|time|datetime", "when something was done; it names nobody"})
	case schema.Integer, schema.Decimal, schema.Real:
		return measures
	case schema.Text:
		return codes
	}
	return nil
}

func passed(reason string) []masking.Column {
	return []masking.Column{{Mask: masking.Pass, Reason: reason}}
}
