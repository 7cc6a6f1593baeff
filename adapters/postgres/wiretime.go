package postgres

import (
	"math"
	"strconv"
	"strings"
)

// Dates travel as days and timestamps as microseconds since 2000-01-01, in the Gregorian calendar throughout; the extremes are the infinite ones.
const (
	microsPerSecond = 1_000_000
	microsPerDay    = 86_400 * microsPerSecond
	daysPerEra      = 146_097 // of 400 years
	epochDay        = 730_425 // days from 0000-03-01 to 2000-01-01
)

func decodeDate(dst []byte, days int32) []byte {
	switch days {
	case math.MaxInt32:
		return append(dst, "infinity"...)
	case math.MinInt32:
		return append(dst, "-infinity"...)
	}
	dst, before := appendDay(dst, int64(days))
	return append(dst, before...)
}

func decodeTimestamp(dst []byte, micros int64, zone string) []byte {
	switch micros {
	case math.MaxInt64:
		return append(dst, "infinity"...)
	case math.MinInt64:
		return append(dst, "-infinity"...)
	}
	days, clock := micros/microsPerDay, micros%microsPerDay
	if clock < 0 {
		days, clock = days-1, clock+microsPerDay
	}
	dst, before := appendDay(dst, days)
	dst = appendClock(append(dst, ' '), clock)
	return append(append(dst, zone...), before...)
}

// appendDay writes a date. What comes after it, and after a time and a zone, is returned: " BC" for a year before the first.
func appendDay(dst []byte, days int64) ([]byte, string) {
	year, month, day := civil(days)
	before := ""
	if year <= 0 {
		year, before = 1-year, " BC"
	}
	dst = appendPadded(dst, year, 4)
	dst = appendPadded(append(dst, '-'), month, 2)
	return appendPadded(append(dst, '-'), day, 2), before
}

// appendClock writes a time of day with the digits of its fraction that are needed.
func appendClock(dst []byte, micros int64) []byte {
	seconds, fraction := micros/microsPerSecond, micros%microsPerSecond
	dst = appendPadded(dst, seconds/3600, 2)
	dst = appendPadded(append(dst, ':'), seconds/60%60, 2)
	dst = appendPadded(append(dst, ':'), seconds%60, 2)
	if fraction == 0 {
		return dst
	}
	dst = appendPadded(append(dst, '.'), fraction, 6)
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

func appendPadded(dst []byte, n int64, width int) []byte {
	for limit := int64(10); width > 1; width-- {
		if n < limit {
			dst = append(dst, strings.Repeat("0", width-1)...)
			break
		}
		limit *= 10
	}
	return strconv.AppendInt(dst, n, 10)
}

// civil returns the date of a day. Years are counted from March, so that the leap day is the last of a year, in eras of 400.
func civil(days int64) (year, month, day int64) {
	shifted := days + epochDay
	era := floorDiv(shifted, daysPerEra)
	rest := shifted - era*daysPerEra
	y := (rest - rest/1460 + rest/36524 - rest/146096) / 365
	rest -= 365*y + y/4 - y/100
	m := (5*rest + 2) / 153 // counted from March
	day = rest - (153*m+2)/5 + 1
	if month = m + 3; month > 12 {
		month -= 12
		y++
	}
	return era*400 + y, month, day
}

// dayOf is the inverse of civil. A date that does not exist has the number of one that does.
func dayOf(year, month, day int64) int64 {
	if month < 3 {
		year, month = year-1, month+12
	}
	era := floorDiv(year, 400)
	y := year - era*400
	return era*daysPerEra + 365*y + y/4 - y/100 + (153*(month-3)+2)/5 + day - 1 - epochDay
}

func floorDiv(a, b int64) int64 {
	if q := a / b; a%b >= 0 {
		return q
	}
	return a/b - 1
}

func parseDate(text []byte) (int32, bool) {
	switch string(text) {
	case "infinity":
		return math.MaxInt32, true
	case "-infinity":
		return math.MinInt32, true
	}
	date, before := strings.CutSuffix(string(text), " BC")
	days, ok := parseDay(date, before)
	return int32(days), ok && math.MinInt32 < days && days < math.MaxInt32
}

func parseTimestamp(text []byte, zone bool) (int64, bool) {
	switch string(text) {
	case "infinity":
		return math.MaxInt64, true
	case "-infinity":
		return math.MinInt64, true
	}
	rest, before := strings.CutSuffix(string(text), " BC")
	if zone {
		var utc bool
		if rest, utc = strings.CutSuffix(rest, "+00"); !utc {
			return 0, false
		}
	}
	date, clock, _ := strings.Cut(rest, " ")
	days, ok1 := parseDay(date, before)
	micros, ok2 := parseClock(clock)
	if !ok1 || !ok2 || days < math.MinInt64/microsPerDay+1 || days > math.MaxInt64/microsPerDay-1 {
		return 0, false
	}
	return days*microsPerDay + micros, true
}

// parseDay reads year, month and day, and refuses a date that does not exist.
func parseDay(text string, before bool) (int64, bool) {
	parts := strings.Split(text, "-")
	if len(parts) != 3 || len(parts[0]) < 4 || len(parts[1]) != 2 || len(parts[2]) != 2 {
		return 0, false
	}
	var n [3]int64
	for i, part := range parts {
		v, err := strconv.ParseUint(part, 10, 24)
		if err != nil {
			return 0, false
		}
		n[i] = int64(v)
	}
	year := n[0]
	if before {
		year = 1 - year
	}
	days := dayOf(year, n[1], n[2])
	y, m, d := civil(days)
	return days, y == year && m == n[1] && d == n[2]
}

// parseClock reads a time of day up to 24:00:00.
func parseClock(text string) (int64, bool) {
	whole, fraction, has := strings.Cut(text, ".")
	if len(whole) != 8 || whole[2] != ':' || whole[5] != ':' || has && (fraction == "" || len(fraction) > 6) {
		return 0, false
	}
	var n [4]int64
	for i, part := range []string{whole[:2], whole[3:5], whole[6:], (fraction + "000000")[:6]} {
		v, err := strconv.ParseUint(part, 10, 24)
		if err != nil {
			return 0, false
		}
		n[i] = int64(v)
	}
	micros := ((n[0]*60+n[1])*60+n[2])*microsPerSecond + n[3]
	return micros, n[1] < 60 && n[2] < 60 && micros <= microsPerDay
}
