package masking_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

func TestA7_DateShiftKeepsIntervalsAndTimes(t *testing.T) {
	s := newStand(t, persons...)
	rapid.Check(t, func(rt *rapid.T) {
		days := rapid.IntRange(1, masking.MaxDays).Draw(rt, "days")
		rule := masking.Column{Mask: "date_shift", Days: days, Subject: []string{"id"}}
		born, seen := s.compile("born", rule), s.compile("seen", rule)
		id := rapid.StringMatching(`[1-9][0-9]{0,9}`).Draw(rt, "id")
		// Days from the years 1 to 9999, the ends included.
		a := time.Unix(int64(rapid.IntRange(-719161, 2932895).Draw(rt, "a"))*86400, 0).UTC()
		b := time.Unix(int64(rapid.IntRange(-719161, 2932895).Draw(rt, "b"))*86400, 0).UTC()
		tail := rapid.SampledFrom([]string{" 00:00:00+00", " 23:59:59.999999+00", " 12:00:00.5+00", "T01:02:03Z", ""}).Draw(rt, "time")
		row := s.row(id, "", "", "", "", "", a.Format(time.DateOnly), b.Format(time.DateOnly)+tail)
		fakeA, fakeB := s.mask("born", born, row), s.mask("seen", seen, row)
		shiftedA, err := time.Parse(time.DateOnly, fakeA)
		if err != nil || shiftedA.Year() < 1 || shiftedA.Year() > 9999 {
			rt.Fatalf("%q is no date", fakeA)
		}
		shiftedB, err := time.Parse(time.DateOnly, fakeB[:10])
		if err != nil || fakeB[10:] != tail {
			rt.Fatalf("%q of %q: the time of day changed", fakeB, tail)
		}
		shiftA, shiftB := int(shiftedA.Sub(a).Hours()/24), int(shiftedB.Sub(b).Hours()/24)
		if shiftA == 0 || shiftA > days || shiftA < -days {
			rt.Fatalf("moved by %d days; want 1 to %d", shiftA, days)
		}
		far := func(d time.Time) bool { n := int(d.Unix() / 86400); return n > -719162+days && n < 2932896-days }
		if far(a) && far(b) && shiftA != shiftB {
			rt.Fatalf("one date of the subject moved by %d days, another by %d", shiftA, shiftB)
		}
	})
}

func TestA7_DateShiftOnTheEdges(t *testing.T) {
	s := newStand(t, column("id", schema.Integer), column("d", schema.Date))
	rule := masking.Column{Mask: "date_shift", Days: 400, Subject: []string{"id"}}
	refusing := s.compile("d", rule)
	rule.Malformed = masking.MalformedNull
	nulling := s.compile("d", rule)
	for _, kept := range []string{"infinity", "-infinity", "0001-01-01", "9999-12-31", "9999-12-31 23:59:59"} {
		if got := s.mask("d", refusing, s.row("1", kept)); got != kept {
			t.Errorf("%s becomes %s", kept, got)
		}
	}
	for i := range 2000 {
		id := strings.Repeat("7", i%9+1)
		for _, date := range []string{"2024-02-29", "2000-02-29", "1900-03-01", "0001-01-02", "9999-12-30", "0001-12-31"} {
			fake := s.mask("d", refusing, s.row(id, date))
			if _, err := time.Parse(time.DateOnly, fake); err != nil || fake == date {
				t.Fatalf("%s becomes %s", date, fake)
			}
		}
	}
	for _, bad := range []string{"2023-02-29", "0000-01-01", "2024-13-01", "10000-01-01", "0044-03-15 BC", "canary", "2024-1-1", "20240101", "2024-01-01 canary", "-001-01-01",
		"2024-01-01x", "\xff\xfe\xfd\xfc-01-01", strings.Repeat("9", 100)} {
		row := s.row("1", bad)
		dst, _, err := refusing.Append([]byte("kept"), row.Cell(1), row)
		if !errors.Is(err, masking.ErrRefused) || strings.Contains(err.Error(), "canary") || string(dst) != "kept" || !strings.Contains(err.Error(), "malformed: null") {
			t.Errorf("%q: %v, buffer %q", bad, err, dst)
		}
		if got := s.mask("d", nulling, row); got != null {
			t.Errorf("%q becomes %q and not NULL", bad, got)
		}
	}
	shifts := map[string]bool{}
	for i := range 500 {
		shifts[s.mask("d", refusing, s.row(strings.Repeat("x", i), "2000-01-01"))] = true
	}
	if len(shifts) < 300 {
		t.Errorf("500 subjects have %d shifts of 800", len(shifts))
	}
}
