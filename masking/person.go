package masking

import (
	"sync"

	"github.com/retenant/retenant/tenancy/schema"
)

// The names of persons are those that can stand in an e-mail address as they are.
var (
	personFirstNames = sync.OnceValue(func() *dictionary { return plainNames(firstNames()) })
	personLastNames  = sync.OnceValue(func() *dictionary { return plainNames(lastNames()) })
)

// person makes a part of the fictitious person that stands for the row's subject. The login is "<first>.<last>.<tag>", the e-mail address the
// login and a host, so that all parts agree.
func person(p *prf, c Column, s site) rowFakes {
	firstNames, lastNames, of := personFirstNames(), personLastNames(), s.subject(c)
	part, compact := c.Part, c.Compact
	return func(dst []byte, src schema.Cell, row schema.Row) ([]byte, schema.Form, error) {
		var scratch [128]byte
		tag, names := p.draw(of.append(scratch[:0], row, src.Bytes))
		first, last := firstNames.pick(&names), lastNames.pick(&names)
		switch part {
		case PartFirstName:
			return append(dst, first...), schema.Regular, nil
		case PartLastName:
			return append(dst, last...), schema.Regular, nil
		case PartFullName:
			dst = append(dst, first...)
			dst = append(dst, ' ')
			return append(dst, last...), schema.Regular, nil
		}
		if !compact {
			dst = appendLower(dst, first)
			dst = append(dst, '.')
			dst = appendLower(dst, last)
			dst = append(dst, '.')
		}
		dst = appendTag(dst, tag)
		if part == PartEmail {
			dst = append(dst, personHost(compact)...)
		}
		return dst, schema.Regular, nil
	}
}

func personHost(compact bool) string {
	if compact {
		return compactMailHost
	}
	return mailHost
}

// personTraits fills in what depends on the part.
func personTraits(t *Traits, c Column) {
	first, last := personFirstNames().longest, personLastNames().longest
	login := mailTagLength
	if !c.Compact {
		login += first + last + 2
	}
	switch c.Part {
	case PartFirstName:
		t.MaxLength = first
	case PartLastName:
		t.MaxLength = last
	case PartFullName:
		t.MaxLength = first + 1 + last
	case PartLogin:
		t.MaxLength, t.Uniqueness = login, CollisionResistant
	default:
		t.MaxLength, t.Uniqueness = login+len(personHost(c.Compact)), CollisionResistant
	}
	t.Parameters = string(c.Part)
	if c.Compact {
		t.Parameters += ", compact"
	}
}

// appendLower appends ASCII letters in lower case.
func appendLower(dst []byte, letters string) []byte {
	for i := range len(letters) {
		dst = append(dst, letters[i]|0x20)
	}
	return dst
}
