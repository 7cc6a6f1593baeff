package postgres

import (
	"encoding/binary"
	"strings"
)

// A numeric travels as digits to the base 10000: their number, the weight of the first, a sign, the number of decimal places to show, and the
// digits, each in 16 bits.
const (
	numericNegative = 0x4000
	numericNaN      = 0xC000
	numericInf      = 0xD000
	numericNegInf   = 0xF000
	numericInfScale = 0x20 // what the server writes with them; it means nothing
	numericHeader   = 8
)

func decodeNumeric(dst, field []byte) ([]byte, error) {
	if len(field) < numericHeader {
		return dst, errWire
	}
	count := int(binary.BigEndian.Uint16(field))
	weight := int(int16(binary.BigEndian.Uint16(field[2:])))
	sign := binary.BigEndian.Uint16(field[4:])
	scale := int(binary.BigEndian.Uint16(field[6:]))
	switch sign {
	case numericNaN:
		return append(dst, "NaN"...), nil
	case numericInf:
		return append(dst, "Infinity"...), nil
	case numericNegInf:
		return append(dst, "-Infinity"...), nil
	case numericNegative:
		dst = append(dst, '-')
	case 0:
	default:
		return dst, errWire
	}
	if len(field) != numericHeader+2*count {
		return dst, errWire
	}
	digit := func(i int) uint16 { // the digit of weight (weight - i)
		if i < 0 || i >= count {
			return 0
		}
		return binary.BigEndian.Uint16(field[numericHeader+2*i:])
	}
	start := len(dst)
	for i := 0; i <= weight; i++ {
		dst = appendGroup(dst, digit(i), len(dst) == start)
	}
	if len(dst) == start {
		dst = append(dst, '0')
	}
	if scale > 0 {
		dst = append(dst, '.')
		end := len(dst) + scale
		for i := weight + 1; len(dst) < end; i++ {
			dst = appendGroup(dst, digit(i), false)
		}
		dst = dst[:end]
	}
	return dst, nil
}

// appendGroup writes four decimal digits, at the beginning of a number without its leading zeros.
func appendGroup(dst []byte, group uint16, leading bool) []byte {
	text := [4]byte{'0' + byte(group/1000), '0' + byte(group/100%10), '0' + byte(group/10%10), '0' + byte(group%10)}
	from := 0
	for leading && from < 4 && text[from] == '0' {
		from++
	}
	return append(dst, text[from:]...)
}

// encodeNumeric reads digits with an optional sign and fraction, as the canonical form has them.
func encodeNumeric(dst, text []byte) ([]byte, error) {
	sign := uint16(0)
	switch string(text) {
	case "NaN":
		return appendNumericHeader(dst, 0, 0, numericNaN, 0), nil
	case "Infinity":
		return appendNumericHeader(dst, 0, 0, numericInf, numericInfScale), nil
	case "-Infinity":
		return appendNumericHeader(dst, 0, 0, numericNegInf, numericInfScale), nil
	}
	number := string(text)
	if strings.HasPrefix(number, "-") {
		sign, number = numericNegative, number[1:]
	}
	whole, fraction, _ := strings.Cut(number, ".")
	if whole+fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" || len(whole) > 131072 || len(fraction) > 16383 {
		return dst, errValue
	}
	scale := len(fraction)
	whole = strings.Repeat("0", (4-len(whole)%4)%4) + whole
	fraction += strings.Repeat("0", (4-len(fraction)%4)%4)
	weight := len(whole)/4 - 1
	digits := whole + fraction
	for strings.HasPrefix(digits, "0000") {
		digits, weight = digits[4:], weight-1
	}
	for strings.HasSuffix(digits, "0000") {
		digits = digits[:len(digits)-4]
	}
	if digits == "" {
		sign, weight = 0, 0
	}
	dst = appendNumericHeader(dst, len(digits)/4, weight, sign, scale)
	for i := 0; i < len(digits); i += 4 {
		group := uint16(digits[i]-'0')*1000 + uint16(digits[i+1]-'0')*100 + uint16(digits[i+2]-'0')*10 + uint16(digits[i+3]-'0')
		dst = binary.BigEndian.AppendUint16(dst, group)
	}
	return dst, nil
}

func appendNumericHeader(dst []byte, count, weight int, sign uint16, scale int) []byte {
	for _, v := range []uint16{uint16(count), uint16(int16(weight)), sign, uint16(scale)} {
		dst = binary.BigEndian.AppendUint16(dst, v)
	}
	return dst
}
