package classify

import (
	"slices"

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
