package masking

import (
	"cmp"

	"github.com/retenant/retenant/tenancy/schema"
)

// Binding is what rules need, beside the tables, to become masks.
type Binding struct {
	Secret    Secret
	Audience  string    // of the run; a rule may name another
	Functions Functions // of the host, by the name that rules call them by; nil where no rule says custom
}

// Compile makes the mask of a column for the recipients named audience, of a rule that reads no other column and calls no function of the
// host's; [Column.CompileFor] takes every rule.
func (c Column) Compile(secret Secret, audience string, col schema.Column) (Mask, error) {
	return c.CompileFor(Binding{Secret: secret, Audience: audience}, nil, col)
}

// CompileFor makes the mask of a column of the table. It first checks the rule and returns [Problems] where [Column.CheckFor] finds any. A
// keyed mask also needs a secret and an audience, the run's or the rule's own, and returns [ErrNoSecret] or [ErrNoAudience]
// without. What the mask makes depends on col only by what CheckFor refuses, so that columns of one domain agree whatever their
// size. The rows that the mask will see must have the cells of table.Stored(); without a table, a rule that reads other columns is refused.
func (c Column) CompileFor(b Binding, table *schema.Table, col schema.Column) (Mask, error) {
	if err := c.CheckFor(b.Functions, table, col).Err(); err != nil {
		return Mask{}, err
	}
	if names := c.Reads(); table == nil && len(names) > 0 {
		return Mask{}, Problems{{Line: c.Line, Column: col.Name, Message: c.Mask + " reads other columns, and its table is not known",
			Remedy: "compile it with CompileFor and the table"}}
	}
	s := site{binding: b, column: col}
	if table != nil {
		s.places = map[string]int{}
		for i, stored := range table.Stored() {
			s.places[stored.Name] = i
		}
	}
	return c.compile(s)
}

// site is where a rule is at work.
type site struct {
	binding Binding
	column  schema.Column
	places  map[string]int // of the stored columns in a row
}

// prf returns the function of a rule whose keys are derived for the identity.
func (s site) prf(c Column, identity string) (*prf, error) {
	audience := cmp.Or(c.Audience, s.binding.Audience)
	switch {
	case s.binding.Secret.IsZero():
		return nil, ErrNoSecret
	case audience == "":
		return nil, ErrNoAudience
	}
	return newPRF(s.binding.Secret, c.domain(), audience, identity), nil
}

func (c Column) compile(s site) (Mask, error) {
	switch c.Mask {
	case Null:
		return Mask{}, nil
	case Pass:
		return Mask{act: actPass}, nil
	case Fixed:
		return Mask{act: actFixed, fixed: &c.Value}, nil
	case Withhold:
		return withheld(s.column), nil
	case When:
		row, err := s.conditions(c)
		return Mask{act: actChoice, row: row}, err
	case maskJSON, maskXML, maskArray, maskCustom, maskURL:
		row, err := s.structured(c)
		return Mask{act: actRow, row: row}, err
	}
	m := find(c.Mask)
	var p *prf
	if m.keyed {
		traits, _ := c.Traits()
		var err error
		if p, err = s.prf(c, traits.keyIdentity()); err != nil {
			return Mask{}, err
		}
	}
	if m.bind != nil {
		return Mask{act: actRow, row: m.bind(p, c, s)}, nil
	}
	return Mask{act: actFake, fake: m.make(p, c)}, nil
}

// structured makes a mask that other masks are a part of.
func (s site) structured(c Column) (rowFakes, error) {
	switch c.Mask {
	case maskJSON:
		d, err := s.document(c, "the value is no JSON, too large, too deep, or too long once masked")
		if err != nil {
			return nil, err
		}
		return d.json, nil
	case maskXML:
		d, err := s.document(c, "the value is no XML, has a document type, or is too large, too deep, or too long once masked")
		if err != nil {
			return nil, err
		}
		return d.xml, nil
	case maskArray:
		malformed := s.malformed(c, "the value is no array")
		s.column = elementColumn(s.column)
		element, err := c.Element.compile(s)
		return array(element, malformed), err
	case maskURL:
		traits, _ := Lookup(maskHost)
		hosts, err := s.prf(c, traits.keyIdentity())
		if err != nil {
			return nil, err
		}
		traits, _ = Lookup(maskURL)
		own, err := s.prf(c, traits.keyIdentity())
		return url(own, c, hosts), err
	}
	return s.custom(c)
}

// domain returns the domain that holds where the rule names none. URLs share that of hosts.
func (c Column) domain() string {
	if c.Mask == maskURL {
		return cmp.Or(c.Domain, maskHost)
	}
	return cmp.Or(c.Domain, c.Mask)
}
