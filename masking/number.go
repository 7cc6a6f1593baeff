package masking

import (
	"bytes"
	"math"
	"math/bits"
	"slices"
	"strconv"

	"github.com/retenant/retenant/tenancy/schema"
)

// number makes a number near the value: any of those with the same sign and scale that lie within the percentage, but the value itself, is as
// likely as another. 0, NaN and the infinities stay, and so does a value whose neighbors are all too far.
func number(p *prf, c Column, s site) rowFakes {
	malformed := s.malformed(c, "the value is no "+s.column.Type.String())
	noise := noise{p, uint64(c.Percent)}
	if s.column.Type == schema.Real {
		return func(dst []byte, src schema.Cell, _ schema.Row) ([]byte, schema.Form, error) {
			f, err := strconv.ParseFloat(string(src.Bytes), 64)
			if err != nil {
				return malformed.handle(dst, src)
			}
			return noise.appendReal(dst, src.Bytes, f), schema.Regular, nil
		}
	}
	return func(dst []byte, src schema.Cell, _ schema.Row) ([]byte, schema.Form, error) {
		value := src.Bytes
		if s.column.Type == schema.Integer {
			if magnitude, negative, ok := parseMagnitude(value); ok {
				if magnitude == 0 {
					return append(dst, '0'), schema.Regular, nil
				}
				_, most := widthOf(magnitude, negative)
				from, _ := p.draw(value)
				if negative {
					dst = append(dst, '-')
				}
				return strconv.AppendUint(dst, noise.near(magnitude, most, false, from), 10), schema.Regular, nil
			}
			return malformed.handle(dst, src)
		}
		switch {
		case string(value) == "NaN" || string(value) == "Infinity" || string(value) == "-Infinity":
			return append(dst, value...), schema.Regular, nil
		case !isDecimal(value):
			return malformed.handle(dst, src)
		}
		return noise.appendDecimal(dst, value), schema.Regular, nil
	}
}

// noise is the function with its percentage.
type noise struct {
	function *prf
	percent  uint64
}

// near chooses a number from 1 to most within the percentage of the magnitude, and another one where there is one. Where the magnitude is
// a rounded one, the outermost numbers are left out.
func (n noise) near(magnitude, most uint64, rounded bool, from draw) uint64 {
	least, high := n.around(magnitude)
	if rounded {
		least, high = least+1, high-1
	}
	least, high = max(least, 1), min(high, most)
	if least >= high || magnitude < least || magnitude > high {
		return magnitude
	}
	choice, _ := bits.Mul64(uint64(from), high-least) // without the magnitude itself
	if choice += least; choice >= magnitude {
		choice++
	}
	return choice
}

// beside returns a neighbor of the fake that is allowed too, and where there is none the magnitude.
func (n noise) beside(fake, magnitude, most uint64) uint64 {
	least, high := n.around(magnitude)
	for _, neighbor := range [...]uint64{fake + 1, fake - 1} {
		if neighbor != magnitude && neighbor >= max(least, 1) && neighbor <= min(high, most) {
			return neighbor
		}
	}
	return magnitude
}

// around returns the least and the greatest number within the percentage.
func (n noise) around(magnitude uint64) (least, most uint64) {
	above, below := bits.Mul64(magnitude, 100-n.percent)
	least, rest := bits.Div64(above, below, 100)
	if rest > 0 {
		least++
	}
	if above, below = bits.Mul64(magnitude, 100+n.percent); above >= 100 {
		return least, math.MaxUint64
	}
	most, _ = bits.Div64(above, below, 100)
	return least, most
}

// leadingDigits is how many digits of a decimal take part in the noise; any digits behind them are drawn at random.
const leadingDigits = 18

// appendDecimal keeps the number of digits before and after the point, so that the fake fits the precision of the column.
func (n noise) appendDecimal(dst, value []byte) []byte {
	start := len(dst)
	dst = append(dst, value...)
	digits := dst[start:]
	first := bytes.IndexAny(digits, "123456789")
	if first < 0 {
		return dst
	}
	var leading, most uint64
	end := first
	for taken := 0; end < len(digits) && taken < leadingDigits; end++ {
		if digits[end] != '.' {
			leading, most = leading*10+uint64(digits[end]-'0'), most*10+9
			taken++
		}
	}
	if point := bytes.IndexByte(digits, '.'); point >= 0 && first-1 > point { // it may grow into a zero behind the point
		most = most*10 + 9
		first--
	}
	tail := digits[end:]
	from, _ := n.function.draw(value)
	fake := n.near(leading, most, len(tail) > 0, from)
	// A fraction ends in 0 only where the value's does, since some databases keep no zeros at its end.
	short := bytes.IndexByte(digits, '.') >= 0 && digits[len(digits)-1] != '0'
	if short && len(tail) == 0 && fake%10 == 0 {
		fake = n.beside(fake, leading, most)
	}
	for i := end - 1; i >= first; i-- {
		if digits[i] != '.' {
			digits[i] = byte('0' + fake%10)
			fake /= 10
		}
	}
	if len(tail) == 0 {
		return withoutLeadingZeros(dst, start)
	}
	more := n.function.streamOf(value)
	for i, b := range tail {
		if b != '.' {
			from := more.draw()
			tail[i] = byte('0' + from.below(10))
		}
	}
	if last := len(tail) - 1; short && tail[last] == '0' {
		from := more.draw()
		tail[last] = byte('1' + from.below(9))
	}
	return withoutLeadingZeros(dst, start)
}

// withoutLeadingZeros takes the zeros out before the first digit of the decimal that begins at start, but the one before a point.
func withoutLeadingZeros(dst []byte, start int) []byte {
	if dst[start] == '-' {
		start++
	}
	zeros := 0
	for start+zeros+1 < len(dst) && dst[start+zeros] == '0' && dst[start+zeros+1] != '.' {
		zeros++
	}
	return slices.Delete(dst, start, start+zeros)
}

// The digits that a fake of a real number has: as many as every decimal keeps in a column of 32 or of 64 bits. A shortest form of more than
// nine digits needs 64 bits.
const (
	singleDigits, doubleDigits = 6, 15
	longestSingle              = 9
	leastSingle                = 0x1p-126 // the smallest number that 32 bits hold without loss
)

func (n noise) appendReal(dst, value []byte, f float64) []byte {
	size := math.Abs(f)
	if f == 0 || math.IsNaN(f) || math.IsInf(f, 0) || size < leastSingle {
		return append(dst, value...)
	}
	var scratch [32]byte
	digits, limit := singleDigits, math.MaxFloat32
	if text := strconv.AppendFloat(scratch[:0], size, 'e', -1, 64); bytes.IndexByte(text, 'e') > longestSingle+1 {
		digits = doubleDigits
	}
	if size > math.MaxFloat32 {
		limit = math.MaxFloat64
	}
	text := strconv.AppendFloat(scratch[:0], size, 'e', digits-1, 64) // d.ddddde±dd
	var magnitude uint64
	mark := bytes.IndexByte(text, 'e')
	for _, b := range text[:mark] {
		if b != '.' {
			magnitude = magnitude*10 + uint64(b-'0')
		}
	}
	exponent, _ := strconv.Atoi(string(text[mark+1:]))
	from, _ := n.function.draw(value)
	fake := scaled(n.near(magnitude, math.MaxUint64, true, from), digits, exponent)
	if fake > limit {
		fake = scaled(n.near(magnitude, magnitude, true, from), digits, exponent)
	}
	return strconv.AppendFloat(dst, math.Copysign(fake, f), 'g', -1, 64)
}

// scaled returns d.ddddd times a power of ten, of a number with the given digits or one more, which is rounded off.
func scaled(magnitude uint64, digits, exponent int) float64 {
	var scratch [40]byte
	text := strconv.AppendUint(scratch[:0], magnitude, 10)
	if len(text) > digits {
		text[digits] = '0'
	}
	text = append(text, 'e')
	text = strconv.AppendInt(text, int64(exponent-digits+1), 10)
	f, _ := strconv.ParseFloat(string(text), 64)
	return f
}
