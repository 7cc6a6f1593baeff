package masking

import (
	"strconv"

	"github.com/retenant/retenant/tenancy/schema"
)

// digits makes other digits of the digits of a text and keeps all else: of all texts that differ in digits alone, each has its own fake.
func digits(p *prf, malformed malformed) rowFakes {
	permutation := newSymbolPermutation(p, 10)
	return func(dst []byte, src schema.Cell, _ schema.Row) ([]byte, schema.Form, error) {
		var scratch [64]byte
		symbols := scratch[:0]
		for _, b := range src.Bytes {
			if b >= '0' && b <= '9' {
				symbols = append(symbols, b-'0')
			}
		}
		if len(symbols) == 0 {
			return malformed.handle(dst, src)
		}
		permutation.apply(symbols)
		start := len(dst)
		dst = append(dst, src.Bytes...)
		for i := start; len(symbols) > 0; i++ {
			if b := dst[i]; b >= '0' && b <= '9' {
				dst[i] = symbols[0] + '0'
				symbols = symbols[1:]
			}
		}
		return dst, schema.Regular, nil
	}
}

// integerDigits makes an integer with the same sign, as many digits, and within the same width.
func integerDigits(p *prf, malformed malformed) rowFakes {
	return integers(p, malformed, func(magnitude uint64, negative bool) (uint64, uint64) {
		least, most := widthOf(magnitude, negative)
		count, smallest := digitsOf(magnitude)
		least = max(least, smallest)
		if count < 20 {
			most = min(most, smallest*10-1)
		}
		return least, most
	})
}

// integerToken makes an integer with the same sign and within the same width.
func integerToken(p *prf, malformed malformed) rowFakes { return integers(p, malformed, widthOf) }

// integers permutes the magnitudes of each class of integers; 0 stays.
func integers(p *prf, malformed malformed, class func(magnitude uint64, negative bool) (least, most uint64)) rowFakes {
	return func(dst []byte, src schema.Cell, _ schema.Row) ([]byte, schema.Form, error) {
		magnitude, negative, ok := parseMagnitude(src.Bytes)
		if !ok {
			return malformed.handle(dst, src)
		}
		if magnitude == 0 {
			return append(dst, '0'), schema.Regular, nil
		}
		least, most := class(magnitude, negative)
		tweak := least
		if negative {
			dst = append(dst, '-')
			tweak = ^least
		}
		magnitude = least + p.permute(magnitude-least, most-least+1, tweak)
		return strconv.AppendUint(dst, magnitude, 10), schema.Regular, nil
	}
}
