package masking

import (
	"strconv"
	"sync"
	"unicode/utf8"

	"github.com/brianvoe/gofakeit/v6/data"
)

var (
	cities      = sync.OnceValue(func() *dictionary { return newDictionary(data.Address["city"]) })
	streetTypes = sync.OnceValue(func() *dictionary { return newDictionary(data.Address["street_name"]) })
)

// houseNumbers is how many house numbers a fake street may have, from 1.
const houseNumbers = 999

// street makes "<number> <last name> <type>". Another last name makes another street.
func street(p *prf) fakes {
	names, types := lastNames(), streetTypes()
	return func(dst, value []byte) []byte {
		first, second := p.draw(value)
		start := len(dst)
		number := first.below(houseNumbers) + 1
		name, typ := first.below(len(names.words)), types.pick(&first)
		write := func(name int) {
			dst = strconv.AppendInt(dst[:start], int64(number), 10)
			dst = append(dst, ' ')
			dst = append(dst, names.words[name]...)
			dst = append(dst, ' ')
			dst = append(dst, typ...)
		}
		write(name)
		if same(dst[start:], value) {
			write(second.other(len(names.words), name))
		}
		return dst
	}
}

// postcode makes a digit of each digit and a letter of the same case of each letter; ASCII space and punctuation stay. A character that is not
// ASCII becomes a letter.
func postcode(p *prf) fakes {
	return func(dst, value []byte) []byte {
		start, from := len(dst), p.streamOf(value)
		dst = appendShape(dst, value, &from)
		if string(dst[start:]) != string(value) {
			return dst
		}
		for i, b := range value { // every character came out as itself: the first gets its neighbor
			if zero, n := shapeOf(b); n > 1 {
				dst[start+i] = zero + byte((int(b-zero)+1)%n)
				break
			}
		}
		return dst
	}
}

// appendShape appends a random text of the same shape, with as many characters.
func appendShape(dst, value []byte, from *stream) []byte {
	for len(value) > 0 {
		zero, n := shapeOf(value[0])
		if n == 1 {
			dst = append(dst, zero)
		} else {
			d := from.draw()
			dst = append(dst, zero+byte(d.below(n)))
		}
		_, size := utf8.DecodeRune(value)
		value = value[size:]
	}
	return dst
}

// shapeOf returns the first of the characters that may stand for a byte, and how many there are.
func shapeOf(b byte) (zero byte, n int) {
	switch {
	case b >= '0' && b <= '9':
		return '0', 10
	case b >= 'A' && b <= 'Z':
		return 'A', 26
	case b >= ' ' && b <= '~' && (b < 'a' || b > 'z'):
		return b, 1
	default:
		return 'a', 26
	}
}
