package adaptertest

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/retenant/retenant/masking"
)

// maskedType is one of the kinds of data that requirement A7 lists, where the CRM has it, with a rule, values, and what has to be true of a value and its fake.
type maskedType struct {
	name, table, column string
	rule                masking.Column
	values              [2]string
	fits                func(was, is string) bool // beside that they differ
	constant            bool                      // the fake stands in place of NULL too
}

// matches returns a check of the fake's form.
func matches(pattern string) func(was, is string) bool {
	whole := regexp.MustCompile(`^(?s:` + pattern + `)$`)
	return func(_, is string) bool { return whole.MatchString(is) }
}

// near checks that a number stays within a percentage.
func near(percent float64) func(was, is string) bool {
	return func(was, is string) bool {
		a, errA := strconv.ParseFloat(strings.TrimPrefix(was, "real "), 64)
		b, errB := strconv.ParseFloat(strings.TrimPrefix(is, "real "), 64)
		return errA == nil && errB == nil && math.Abs(a-b) <= math.Abs(a)*percent/100+1e-9
	}
}

// within checks that a date moved by at most so many days, and by whole ones, if the time of day is to stay.
func within(days int, timeStays bool) func(was, is string) bool {
	return func(was, is string) bool {
		a, errA := time.Parse(time.DateOnly, was[:10])
		b, errB := time.Parse(time.DateOnly, is[:min(10, len(is))])
		return errA == nil && errB == nil && b.Sub(a).Abs() <= time.Duration(days)*24*time.Hour && (!timeStays || was[10:] == is[10:])
	}
}

// sameLines checks that a text has the same lengths of lines as before.
func sameLines(was, is string) bool {
	a, b := strings.Split(was, "\n"), strings.Split(is, "\n")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if len([]rune(a[i])) != len([]rune(b[i])) {
			return false
		}
	}
	return true
}

func maskedTypes() []maskedType {
	shift := masking.Column{Mask: "date_shift", Days: 30, Subject: []string{"label"}}
	number := masking.Column{Mask: "number", Percent: 20}
	return []maskedType{
		{name: "text", table: "persons", column: "last_name", rule: masking.Column{Mask: "last_name"}, values: [2]string{"O'Néill 李", "Meier"}, fits: matches(`[A-Z][A-Za-z' -]+`)},
		{name: "multi-line", table: "notes", column: "body", rule: masking.Column{Mask: "free_text"}, values: [2]string{"Call Ann\nMeier,\n\nPrague", "one\ntwo"}, fits: sameLines},
		{name: "rich text", table: "notes", column: "title", rule: masking.Column{Mask: "xml", Rest: masking.RestRedact},
			values: [2]string{`<p>Ann <b>Meier</b> &amp; son</p>`, `<div class="secret"><i>Prague</i></div>`}, fits: matches(`<(p|div)[ >].*</(p|div)>`)},
		{name: "number", table: "notes", column: "number", rule: number, values: [2]string{"123456789", "-98765"}, fits: near(20)},
		{name: "real", table: "notes", column: "ratio", rule: number, values: [2]string{"0.123456", "-98765.5"}, fits: near(20)},
		{name: "decimal", table: "notes", column: "amount", rule: number, values: [2]string{"1234.125", "-9.5"}, fits: near(20)},
		{name: "currency", table: "items", column: "price", rule: number, values: [2]string{"19990.95", "120.50"}, fits: near(20)},
		{name: "date-time", table: "notes", column: "moment", rule: shift, values: [2]string{"2026-02-03 04:05:06", "1999-12-31 23:59:59.5"}, fits: within(30, true)},
		{name: "date-time with zone", table: "notes", column: "instant", rule: shift, values: [2]string{"2026-02-03 04:05:06+00", "1999-12-31 23:59:59.5+00"}, fits: within(31, false)},
		{name: "date", table: "notes", column: "day", rule: shift, values: [2]string{"2024-02-29", "1970-01-01"}, fits: within(30, true)},
		{name: "time", table: "notes", column: "clock", rule: masking.Column{Mask: masking.Fixed, Value: "12:00:00"}, values: [2]string{"04:05:06", "23:59:59.5"}, fits: matches(`12:00:00`), constant: true},
		{name: "boolean", table: "notes", column: "flag", rule: masking.Column{Mask: masking.Fixed, Value: "true"}, values: [2]string{"false", "false"}, fits: matches(`1|true`), constant: true},
		{name: "uuid", table: "notes", column: "token", rule: masking.Column{Mask: "token"},
			values: [2]string{"f47ac10b-58cc-4372-a567-0e02b2c3d479", "018f3b6e-1c2d-7abc-8def-0123456789ab"}, fits: matches(`[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)},
		{name: "bytes", table: "notes", column: "raw", rule: masking.Column{Mask: masking.Null}, values: [2]string{"\x00\xff", "Ann"}},
		{name: "json", table: "notes", column: "document", rule: masking.Column{Mask: "json", Rest: masking.RestRedact}, values: [2]string{`{"name": "Ann"}`, `[1, "Meier"]`}, fits: matches(`[{\[].*x.*[}\]]`)},
	}
}

// everyType masks a column of each type by a rule of its own, and compares what a host reads from the source and from the target.
func everyType(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 3)
	ctx, kinds := t.Context(), maskedTypes()
	for _, row := range s.picture()[production]["notes"] { // whose values are made to be passed
		s.must(s.db.Delete(ctx, production, "notes", s.where(production, row["label"])))
	}
	labels := []string{"first of all types", "second of all types", "NULL in all types"}
	for i, label := range labels {
		rows := map[string]Row{"persons": s.row(production, Row{"label": label, "active": "true"}), "notes": s.row(production, Row{"label": label}), "items": s.row(production, Row{"label": label})}
		for _, kind := range kinds {
			if i < len(kind.values) {
				rows[kind.table][kind.column] = kind.values[i]
			}
		}
		for _, table := range []string{"persons", "notes", "items"} {
			s.must(s.db.Insert(ctx, production, table, rows[table]))
		}
	}
	s.runner.Rules = s.crm.Rules()
	for _, kind := range kinds {
		s.runner.Rules.Tables[kind.table].Columns[kind.column] = kind.rule
	}
	yaml, err := s.runner.Rules.YAML(masking.Comments{})
	s.must(err)
	read, err := masking.ParseRules(yaml)
	s.must(err)
	byValue := s.plan().Hash
	if s.runner.Rules = read; s.plan().Hash != byValue {
		t.Error("the same rules as a Go value and as YAML make different plans")
	}
	for _, portable := range []bool{false, true} {
		s.runner.Portable = portable
		s.refresh(sandbox)
		after := s.picture()
		find := func(table, label string) (was, is Row) {
			for _, row := range after[production][table] {
				if row["label"] == label {
					was = row
				}
			}
			for _, row := range after[sandbox][table] {
				if row["label"] == label {
					is = row
				}
			}
			return was, is
		}
		for _, kind := range kinds {
			t.Run(fmt.Sprintf("A7 %s, portable %t", kind.name, portable), func(t *testing.T) {
				for i, label := range labels {
					original, made := find(kind.table, label)
					was, had := original[kind.column]
					is, has := made[kind.column]
					switch {
					case had != (i < len(kind.values)):
						t.Fatalf("the source of %q is not as it was written: %s", label, show(was, had))
					case kind.rule.Mask == masking.Null:
						if has {
							t.Errorf("%q is %s and should be NULL", label, show(is, has))
						}
					case !had && !kind.constant:
						if has {
							t.Errorf("NULL became %s", show(is, has))
						}
					case !has || is == was || !kind.fits(was, is):
						t.Errorf("%s became %s by %s", show(was, had), show(is, has), kind.rule.Mask)
					}
				}
			})
		}
	}
}
