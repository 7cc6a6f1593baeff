package classify

import (
	"slices"
	"strings"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// class recognizes a column: what is sensitive comes first, then what is harmless by its whole name; of the rest nothing is passed.
func (c *classifier) class(column schema.Column) class {
	n := nameOf(column.Name)
	if identifier(n) && (column.Type == schema.Integer || column.Type == schema.UUID) {
		return c.identifierClass(n)
	}
	if k, known := c.byTable(n, column); known {
		return k
	}
	if n.whole(plain) {
		if k, known := c.pass(n, column); known {
			return k
		}
	}
	for _, k := range sensitive {
		if n.any(k.phrases, name.hints) == "" {
			continue
		}
		if besides, known := aside(k, n, column); known {
			return besides
		}
		k.shift = k.shift || k.person && isTime(column.Type)
		if column.Type == schema.Boolean {
			return class{masks: []masking.Column{mask(masking.Null)}, why: k.why}
		}
		return k
	}
	if k, known := c.pass(n, column); known {
		return k
	}
	return c.unknown(n, column)
}

// unknown is the class of a column whose name is not known as a whole.
func (c *classifier) unknown(n name, column schema.Column) class {
	switch {
	case column.Type == schema.Boolean:
		return class{masks: []masking.Column{mask(masking.Null)}, why: "it may tell something of a person; pass it if it is a flag of the software"}
	case identifier(n) || n.any(identifiers, name.has) != "":
		return class{masks: otherToken, why: "a code or number that something is looked up by"}
	case column.Type == schema.JSON:
		return class{why: "a document, in which anything may stand"}
	case column.Type == schema.Bytes || column.Type == schema.Other:
		return class{why: "of a type that no mask can look into"}
	case isTime(column.Type):
		return class{masks: []masking.Column{mask(masking.Null)}, shift: true, why: "it may be a date in somebody's life; pass it if it is not"}
	}
	why := "its name says nothing that is known"
	for _, h := range harmlessOf(column.Type) {
		if before, found := n.before(h.phrases); found {
			why = "it is not known whether " + strings.Join(before, " ") + " tells something of a person; pass it if it does not"
			break
		}
	}
	if column.Type == schema.Text {
		return class{masks: []masking.Column{mask("free_text"), mask("redact")}, why: why}
	}
	return class{why: why}
}

// identifier tells whether a column is named like a key.
func identifier(n name) bool {
	return n.spaced == " id " || strings.HasSuffix(n.spaced, " id ") || strings.HasSuffix(n.spaced, " uuid ") || strings.HasSuffix(n.spaced, " guid ")
}

// identifierClass is the class of a number or UUID that looks like a reference which nobody declared, unless a person is known by it.
func (c *classifier) identifierClass(n name) class {
	for _, k := range sensitive {
		if !k.rows && n.any(k.phrases, name.hints) != "" {
			k.certain, k.shift = false, false
			k.why += "; or a reference that is not declared: declare it under references"
			return k
		}
	}
	if c.setting.Shared {
		return class{masks: []masking.Column{mask(masking.Null)}, why: "looks like a reference that is not declared: declare it under references, or its copy would lead to another tenant's row"}
	}
	return class{masks: passed("named like a key of this database"), why: "looks like a reference that is not declared, or a number that somebody is known by: declare it under references, or mask it"}
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
