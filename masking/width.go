package masking

import "slices"

// The largest magnitudes that integers of the usual widths hold, signed and unsigned, of 8 to 64 bits; negative numbers reach one further
// than signed ones. A fake within the same limits fits every column that the value fits.
var (
	positiveLimits = []uint64{1<<7 - 1, 1<<8 - 1, 1<<15 - 1, 1<<16 - 1, 1<<23 - 1, 1<<24 - 1, 1<<31 - 1, 1<<32 - 1, 1<<63 - 1, 1<<64 - 1}
	negativeLimits = []uint64{1 << 7, 1 << 15, 1 << 23, 1 << 31, 1 << 63, 1<<64 - 1}
)

// widthOf returns the smallest and largest magnitude, from 1, of the numbers that need the same width as the magnitude.
func widthOf(magnitude uint64, negative bool) (least, most uint64) {
	limits := positiveLimits
	if negative {
		limits = negativeLimits
	}
	i, _ := slices.BinarySearch(limits, magnitude)
	least = 1
	if i > 0 {
		least = limits[i-1] + 1
	}
	return least, limits[i]
}

// parseMagnitude reads an integer in canonical form.
func parseMagnitude(value []byte) (magnitude uint64, negative, ok bool) {
	if len(value) > 0 && value[0] == '-' {
		negative, value = true, value[1:]
	}
	if len(value) == 0 || len(value) > 20 || value[0] == '0' && (len(value) > 1 || negative) {
		return 0, false, false
	}
	for _, digit := range value {
		if digit < '0' || digit > '9' {
			return 0, false, false
		}
		next := magnitude*10 + uint64(digit-'0')
		if magnitude > (1<<64-1)/10 || next < magnitude*10 {
			return 0, false, false
		}
		magnitude = next
	}
	return magnitude, negative, true
}

// digitsOf returns the number of decimal digits, and the smallest number that has as many.
func digitsOf(magnitude uint64) (digits int, least uint64) {
	digits, least = 1, 1
	for magnitude/least >= 10 {
		least *= 10
		digits++
	}
	return digits, least
}
