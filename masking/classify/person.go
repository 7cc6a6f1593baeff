package classify

import (
	"slices"
	"strings"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// owner is a person that rows are about: the columns that tell which one, and the table that the person is a row of. The zero value is nobody.
type owner struct {
	columns []string
	table   string
}

// subject returns whose dates the rows hold, where that is plain: the row's own, in a table of people; else those of the only person that the row
// refers to.
func (c *classifier) subject() owner {
	if c.isPeople() {
		return owner{slices.Clone(c.table.PrimaryKey), c.table.Name}
	}
	var found []owner
	note := func(columns []string, to string) {
		if rowName(to).any(people, name.has) != "" && to != c.table.Name {
			found = append(found, owner{slices.Clone(columns), to})
		}
	}
	for _, key := range c.table.ForeignKeys {
		note(key.Columns, key.To)
	}
	for _, reference := range c.setting.References {
		note(reference.Columns, reference.To)
	}
	if len(found) != 1 {
		return owner{}
	}
	return found[0]
}

// isPeople tells whether a row of the table is a person: by the table's name, or by that of a customer who has a first and a last name.
func (c *classifier) isPeople() bool {
	if len(c.table.PrimaryKey) == 0 {
		return false
	}
	return c.rowsArePeople() ||
		rowName(c.table.Name).any(companies, name.has) != "" && c.column("first name", "firstname", "fname", "given name") && c.column("last name", "lastname", "lname", "surname", "family name")
}

// person returns the rules of the columns that are parts of the person that a row is, so that names, login and e-mail address agree. A part has to be
// named plainly and to be there once; a single part is no person.
func (c *classifier) person() map[string]masking.Column {
	if !c.isPeople() {
		return nil
	}
	columns := map[masking.Part][]schema.Column{}
	for _, column := range c.table.Stored() {
		if part := c.part(column); part != "" {
			columns[part] = append(columns[part], column)
		}
	}
	for _, compact := range []bool{false, true} { // one form for all, or the login and the address would not agree
		rules, whole := map[string]masking.Column{}, true
		for part, list := range columns {
			if len(list) != 1 {
				continue
			}
			rule := masking.Column{Mask: "person", Part: part, Subject: slices.Clone(c.table.PrimaryKey), Domain: c.table.Name}
			rule.Compact = compact && (part == masking.PartLogin || part == masking.PartEmail)
			if c.possible(rule, list[0]) {
				rules[list[0].Name] = rule
			} else {
				whole = false
			}
		}
		if len(rules) >= 2 && (whole || compact) {
			return rules
		}
	}
	return nil
}

// part tells what a column is of the person that the row is, where nothing in its name speaks of another person.
func (c *classifier) part(column schema.Column) masking.Part {
	if column.Type != schema.Text || c.structural[column.Name] || slices.Contains(c.setting.Referenced, column.Name) {
		return ""
	}
	k := c.class(column)
	if k.part == "" || k.part == masking.PartFullName && c.column("first name", "last name", "firstname", "lastname", "surname") {
		return ""
	}
	rest := nameOf(column.Name).spaced
	for phrase := range strings.SplitSeq(k.phrases+"|name|address|main|primary|work|"+strings.TrimSpace(rowName(c.table.Name).spaced), "|") {
		for phrase != "" && strings.Contains(rest, " "+phrase+" ") {
			rest = strings.Replace(rest, " "+phrase+" ", " ", 1)
		}
	}
	if strings.TrimSpace(rest) != "" {
		return ""
	}
	return k.part
}

// byRow returns the masks that look at the row beside the value: parts of one person, and dates that are shifted with the person's others.
func (c *classifier) byRow(found class, column schema.Column) []masking.Column {
	if rule, known := c.parts[column.Name]; known {
		return []masking.Column{rule}
	}
	if !found.shift || len(c.life.columns) == 0 || slices.Contains(c.setting.Referenced, column.Name) {
		return nil
	}
	shift := masking.Column{Mask: "date_shift", Days: lifeDays, Subject: c.life.columns, Domain: c.life.table}
	orNull := shift
	orNull.Malformed = masking.MalformedNull
	if column.Type == schema.Text {
		return []masking.Column{orNull} // there may stand anything in it
	}
	return []masking.Column{orNull, shift}
}
