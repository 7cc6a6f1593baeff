package masking

import (
	"strconv"
	"time"

	"github.com/retenant/retenant/tenancy/schema"
)

// MaxDays is the longest shift that date_shift takes: a hundred years.
const MaxDays = 36525

// The days of the calendar of year 1 to 9999, counted from 1970-01-01.
const (
	firstDay = -719162
	lastDay  = 2932896
)

// openEnds are dates that stand for "always" and "never". They say nothing of anybody and stay.
var openEnds = [...]string{"0001-01-01", "9999-12-31"}

// dateShift moves the date by the subject's own number of days, from 1 to days forth or back, and keeps the time of day. A date that
// would leave the calendar is moved the other way. Infinite dates and the open ends of the calendar stay.
func dateShift(p *prf, c Column, s site) rowFakes {
	of, days := s.subject(c), c.Days
	malformed := s.malformed(c, "the value is no date of the years 1 to 9999")
	return func(dst []byte, src schema.Cell, row schema.Row) ([]byte, schema.Form, error) {
		value := src.Bytes
		if string(value) == "infinity" || string(value) == "-infinity" {
			return append(dst, value...), schema.Regular, nil
		}
		day, ok := dayOf(value)
		if !ok {
			return malformed.handle(dst, src)
		}
		if date := string(value[:10]); date == openEnds[0] || date == openEnds[1] {
			return append(dst, value...), schema.Regular, nil
		}
		var scratch [128]byte
		from, _ := p.draw(of.append(scratch[:0], row, value))
		shift := from.below(2*days) - days
		if shift >= 0 {
			shift++
		}
		if day+shift < firstDay || day+shift > lastDay {
			shift = -shift
		}
		dst = time.Unix(int64(day+shift)*86400, 0).UTC().AppendFormat(dst, time.DateOnly)
		return append(dst, value[10:]...), schema.Regular, nil
	}
}

// dayOf returns the day that a value begins with, counted from 1970-01-01, where what follows can be nothing but a time of day.
func dayOf(value []byte) (int, bool) {
	if len(value) < 10 || len(value) > 40 || value[4] != '-' || value[7] != '-' {
		return 0, false
	}
	for i, b := range value[10:] {
		switch {
		case i == 0 && (b == ' ' || b == 'T'), i > 0 && (b >= '0' && b <= '9' || b == ':' || b == '.' || b == '+' || b == '-' || b == 'Z' || b == ' '):
		default:
			return 0, false
		}
	}
	year, yearOK := number4(value[0:4])
	month, monthOK := number4(value[5:7])
	day, dayOK := number4(value[8:10])
	if !yearOK || !monthOK || !dayOK || year == 0 {
		return 0, false
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Month() != time.Month(month) || t.Day() != day {
		return 0, false
	}
	return int(t.Unix() / 86400), true // whole days, also before 1970
}

// number4 reads up to four digits.
func number4(digits []byte) (int, bool) {
	for _, b := range digits {
		if b < '0' || b > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(string(digits))
	return n, err == nil
}
