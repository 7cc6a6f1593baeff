package keys

import (
	"math"
	"strconv"
)

// ParseID reads the canonical text of an int64: decimal digits without a leading zero, a minus sign before a number
// below zero, and nothing else.
func ParseID(text []byte) (int64, bool) {
	digits, limit := text, uint64(math.MaxInt64)
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		digits, limit = text[1:], 1<<63
	}
	if len(digits) == 0 || len(digits) > 19 {
		return 0, false
	}
	if digits[0] == '0' && (negative || len(digits) > 1) {
		return 0, false
	}
	var n uint64 // 19 digits always fit
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	if n > limit {
		return 0, false
	}
	if negative {
		return int64(-n), true
	}
	return int64(n), true
}

// mapText does with canonical text what step does with numbers.
func mapText(dst, text []byte, step func(int64) (int64, bool)) ([]byte, bool) {
	if id, ok := ParseID(text); ok {
		if to, ok := step(id); ok {
			return strconv.AppendInt(dst, to, 10), true
		}
	}
	return dst, false
}
