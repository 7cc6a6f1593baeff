package masking

import "github.com/retenant/retenant/tenancy/schema"

// Mask replaces the cells of one column. [Column.Compile] makes it; the zero value makes every cell NULL. It is immutable, safe for
// concurrent use, and shows neither its keys nor its fixed value when printed.
type Mask struct {
	act   action
	fake  fakes   // of actFake
	fixed *string // of actFixed; a pointer so that fmt does not show it
}

type action uint8

const (
	actNull action = iota
	actPass
	actFixed
	actFake
)

// Compile makes the mask of a column for the recipients named audience. It first checks the rule against the column and returns
// [Problems] where [Column.Check] finds any. A keyed mask also needs a secret and an audience, the run's or the rule's own, and
// returns [ErrNoSecret] or [ErrNoAudience] without. What the mask makes depends on col only by what Check refuses, so that columns
// of one domain agree whatever their size.
func (c Column) Compile(secret Secret, audience string, col schema.Column) (Mask, error) {
	if err := c.Check(col).Err(); err != nil {
		return Mask{}, err
	}
	switch c.Mask {
	case Null:
		return Mask{}, nil
	case Pass:
		return Mask{act: actPass}, nil
	case Fixed:
		return Mask{act: actFixed, fixed: &c.Value}, nil
	}
	m := find(c.Mask)
	if !m.keyed {
		return Mask{act: actFake, fake: m.make(nil, c)}, nil
	}
	if c.Audience != "" {
		audience = c.Audience
	}
	switch {
	case secret.IsZero():
		return Mask{}, ErrNoSecret
	case audience == "":
		return Mask{}, ErrNoAudience
	}
	traits, _ := c.Traits()
	return Mask{act: actFake, fake: m.make(newPRF(secret, c.domain(), audience, traits.Identity()), c)}, nil
}

// domain returns the domain that holds where the rule names none.
func (c Column) domain() string {
	if c.Domain == "" {
		return c.Mask
	}
	return c.Domain
}

// Append appends the masked value of src to dst and returns the extended buffer with the form of the new cell. NULL stays NULL and
// an empty value empty, but under null and fixed. A value of another storage class than its column's (see [schema.Form]) is masked
// by its bytes and comes out in the form Regular; pass keeps the form. src is only read, and must not lie in the free space of dst. row is
// the row that src belongs to; no mask of this version looks at it.
func (m *Mask) Append(dst []byte, src schema.Cell, row schema.Row) ([]byte, schema.Form) {
	switch m.act {
	case actNull:
		return dst, schema.Null
	case actPass:
		return append(dst, src.Bytes...), src.Form
	case actFixed:
		return append(dst, *m.fixed...), schema.Regular
	}
	if src.IsNull() {
		return dst, schema.Null
	}
	if len(src.Bytes) == 0 {
		return dst, schema.Regular
	}
	return m.fake(dst, src.Bytes), schema.Regular
}
