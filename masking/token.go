package masking

import (
	"encoding/binary"
	"encoding/hex"

	"github.com/retenant/retenant/tenancy/schema"
)

// token permutes the texts over the alphabet. Space and punctuation outside the alphabet stay where they are; a letter, a digit or
// anything else outside it makes the value malformed.
func token(p *prf, alphabet string, malformed malformed) rowFakes {
	const separator, foreign = 0xfe, 0xff
	var symbolOf [256]byte
	for b := range symbolOf {
		switch {
		case b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b < ' ' || b > '~':
			symbolOf[b] = foreign
		default:
			symbolOf[b] = separator
		}
	}
	for i := range len(alphabet) {
		symbolOf[alphabet[i]] = byte(i)
	}
	permutation := newSymbolPermutation(p, len(alphabet))
	return func(dst []byte, src schema.Cell, _ schema.Row) ([]byte, schema.Form, error) {
		var scratch [64]byte
		symbols := scratch[:0]
		for _, b := range src.Bytes {
			switch symbol := symbolOf[b]; symbol {
			case separator:
			case foreign:
				return malformed.handle(dst, src)
			default:
				symbols = append(symbols, symbol)
			}
		}
		permutation.apply(symbols)
		start := len(dst)
		dst = append(dst, src.Bytes...)
		for i := start; len(symbols) > 0; i++ {
			if symbolOf[dst[i]] != separator {
				dst[i] = alphabet[symbols[0]]
				symbols = symbols[1:]
			}
		}
		return dst, schema.Regular, nil
	}
}

// uuidToken permutes the 122 bits of a UUID that are neither version nor variant. The nil and the max UUID stay.
func uuidToken(p *prf, malformed malformed) rowFakes {
	return func(dst []byte, src schema.Cell, _ schema.Row) ([]byte, schema.Form, error) {
		high, low, ok := parseUUID(src.Bytes)
		if !ok {
			return malformed.handle(dst, src)
		}
		if high|low == 0 || high&low == 1<<64-1 {
			return append(dst, src.Bytes...), schema.Regular, nil
		}
		// Version and variant choose the permutation, so that two kinds of UUID stay two kinds.
		version, variant := high>>12&0xf, low>>62
		left := high>>16<<12 | high&0xfff // 60 bits
		right := low & (1<<62 - 1)
		left, right = p.permute122(left<<1|right>>61, right&(1<<61-1), version<<2|variant)
		right |= left & 1 << 61
		left >>= 1
		high = left>>12<<16 | version<<12 | left&0xfff
		low = variant<<62 | right
		return appendUUID(dst, high, low), schema.Regular, nil
	}
}

// parseUUID reads a UUID in canonical form.
func parseUUID(value []byte) (high, low uint64, ok bool) {
	if len(value) != 36 || value[8] != '-' || value[13] != '-' || value[18] != '-' || value[23] != '-' {
		return 0, 0, false
	}
	var packed [32]byte
	n := 0
	for i, b := range value {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			continue
		case b >= 'A' && b <= 'F':
			return 0, 0, false
		}
		packed[n] = b
		n++
	}
	var raw [16]byte
	if _, err := hex.Decode(raw[:], packed[:]); err != nil {
		return 0, 0, false
	}
	return binary.BigEndian.Uint64(raw[:8]), binary.BigEndian.Uint64(raw[8:]), true
}

func appendUUID(dst []byte, high, low uint64) []byte {
	const hexDigits = "0123456789abcdef"
	for i := range 32 {
		if i == 8 || i == 12 || i == 16 || i == 20 {
			dst = append(dst, '-')
		}
		from := high
		if i >= 16 {
			from = low
		}
		dst = append(dst, hexDigits[from>>(60-4*(i%16))&0xf])
	}
	return dst
}
