package masking_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

func TestA7_CheckRefusesWhatWouldNotFit(t *testing.T) {
	text := func(size int) schema.Column {
		return schema.Column{Name: "c", Type: schema.Text, Size: size, Nullable: true}
	}
	required := schema.Column{Name: "c", Type: schema.Integer, Declared: "int4"}
	for _, c := range []struct {
		name    string
		rule    masking.Column
		col     schema.Column
		problem string // "" is none
	}{
		{"email in 48", masking.Column{Mask: "email"}, text(48), ""},
		{"email in 47", masking.Column{Mask: "email"}, text(47), "email needs 48 characters, and the column has 47; widen the column, or write compact: true for addresses of 23 characters"},
		{"email in 22", masking.Column{Mask: "email"}, text(22), "email needs 48 characters, and the column has 22; widen the column, or write redact"},
		{"compact in 23", masking.Column{Mask: "email", Compact: true}, text(23), ""},
		{"compact in 22", masking.Column{Mask: "email", Compact: true}, text(22), "email needs 23 characters"},
		{"first name in 11", masking.Column{Mask: "first_name"}, text(11), ""},
		{"first name in 10", masking.Column{Mask: "first_name"}, text(10), "write redact"},
		{"company in 37", masking.Column{Mask: "company"}, text(37), ""},
		{"company in 36", masking.Column{Mask: "company"}, text(36), "company needs 37 characters"},
		{"phone in 14", masking.Column{Mask: "phone"}, text(14), "phone needs 15 characters"},
		{"redact in 1", masking.Column{Mask: "redact"}, text(1), ""},
		{"free text in 1", masking.Column{Mask: "free_text"}, text(1), ""},
		{"name on integer", masking.Column{Mask: "last_name"}, required, "last_name makes text, and the column is integer (int4); write fixed or pass"},
		{"null on NOT NULL", masking.Column{Mask: "null"}, required, "null in a column that is NOT NULL; write fixed with a value of type integer"},
		{"fixed too long", masking.Column{Mask: "fixed", Value: "Zoë-canary"}, text(9), "the fixed value has 10 characters, and the column has 9"},
		{"fixed fits in characters", masking.Column{Mask: "fixed", Value: "Zoëë"}, text(4), ""},
		{"fixed is no text", masking.Column{Mask: "fixed", Value: "canary\xff"}, text(0), "no text"},
		{"fixed bytes", masking.Column{Mask: "fixed", Value: "canary\xff"}, schema.Column{Type: schema.Bytes, Size: 6}, "7 bytes, and the column has 6"},
		{"number on text", masking.Column{Mask: "number", Percent: 5}, text(0), "number is for integer, decimal and real, and the column is text; write null, fixed or pass"},
		{"array on text", masking.Column{Mask: "array", Element: &masking.Column{Mask: "redact"}}, text(0), "array is for arrays of PostgreSQL, and the column is text"},
		{"date shift on integer", masking.Column{Mask: "date_shift", Days: 3, Subject: []string{"id"}}, required, "date_shift is for date, timestamp, timestamptz and text"},
		{"token without alphabet", masking.Column{Mask: "token"}, text(0), "token without an alphabet on text"},
		{"alphabet on integer", masking.Column{Mask: "token", Alphabet: "01"}, required, "an alphabet on integer; remove it"},
		{"malformed null on NOT NULL", masking.Column{Mask: "token", Malformed: masking.MalformedNull}, required, "null in a column that is NOT NULL"},
		{"malformed redact on JSON", masking.Column{Mask: "json", Rest: masking.RestDrop, Malformed: masking.MalformedRedact}, schema.Column{Name: "c", Type: schema.JSON}, "malformed: redact on json"},
		{"xml on tsvector", masking.Column{Mask: "xml", Rest: masking.RestDrop}, schema.Column{Name: "c", Type: schema.Other, Declared: "tsvector"}, "xml is for text and xml, and the column is other (tsvector)"},
		{"xml on xml", masking.Column{Mask: "xml", Rest: masking.RestDrop}, schema.Column{Name: "c", Type: schema.Other, Declared: "xml"}, ""},
		{"street in 30", masking.Column{Mask: "street"}, text(20), "street needs"},
		{"fake in 15", masking.Column{Mask: "fake", Name: "jobtitle"}, text(15), "fake needs 16 characters"},
		{"host in 26", masking.Column{Mask: "host"}, text(26), "host needs 28 characters"},
		{"secret", masking.Column{Mask: masking.Withhold, Withheld: masking.WithheldKeep}, required, ""},
		{"a path that fits nothing", masking.Column{Mask: "json", Paths: map[string]masking.Column{"a": {Mask: "array", Element: &masking.Column{Mask: "redact"}}}}, text(0), "path a: array is for arrays"},
		{"wrong rule", masking.Column{Mask: "emial"}, text(0), "unknown mask emial; did you mean email?"},
		{"no rule", masking.Column{}, text(0), "no mask"},
		{"pass without reason", masking.Column{Mask: "pass", Reason: " -x "}, text(0), "pass without a reason"},
	} {
		ps := c.rule.Check(c.col)
		switch {
		case c.problem == "" && ps != nil:
			t.Errorf("%s: %v", c.name, ps)
		case c.problem != "" && (len(ps) != 1 || !strings.Contains(ps.Error(), c.problem) || ps[0].Remedy == "" || ps[0].Column != c.col.Name):
			t.Errorf("%s: %q; want %q", c.name, ps.Error(), c.problem)
		}
		if strings.Contains(ps.Error(), "canary") {
			t.Errorf("%s: the fixed value is shown: %v", c.name, ps)
		}
		var problems masking.Problems
		if _, err := c.rule.Compile(testSecret(t, 1), "target", c.col); errors.As(err, &problems) != (c.problem != "") {
			t.Errorf("%s: Compile does not agree with Check: %v", c.name, err)
		}
	}
}

func TestA7_FixedValuesAreInCanonicalForm(t *testing.T) {
	for _, c := range []struct {
		typ       schema.Type
		declared  string
		good, bad []string
	}{
		{schema.Integer, "", []string{"0", "-1", "42", "18446744073709551615", "-9223372036854775808"}, []string{"", "-0", "007", "+1", "1.0", "18446744073709551616", "one", "1 "}},
		{schema.Decimal, "", []string{"0", "19.90", "-0.5", "NaN", "-Infinity"}, []string{"", ".5", "5.", "1e3", "-0.00", "01.5", "1,5"}},
		{schema.Decimal, "numeric(10,2)", []string{"19.90", "0.00"}, []string{"19.9", "19", "19.900"}},
		{schema.Decimal, "decimal(10, 0)", []string{"19"}, []string{"19.0"}},
		{schema.Real, "", []string{"0.1", "1e+21", "NaN", "+Inf", "-Inf", "-0"}, []string{"", "0.10", "1e21", "Inf", "x"}},
		{schema.Boolean, "", []string{"true", "false"}, []string{"", "True", "1", "t"}},
		{schema.Date, "", []string{"2024-02-29", "0001-01-01"}, []string{"", "2023-02-29", "2024-2-1", "0000-01-01", "2024-01-01 00:00:00"}},
		{schema.Time, "", []string{"00:00:00", "23:59:59.999999"}, []string{"", "24:00:00", "1:00:00", "01:00", "01:00:00.50"}},
		{schema.Timestamp, "", []string{"2024-01-01 00:00:00", "2024-01-01 00:00:00.5"}, []string{"", "2024-01-01", "2024-01-01T00:00:00", "2024-01-01 00:00:00+00", "2024-01-01 00:00:00.50"}},
		{schema.TimestampTZ, "", []string{"2024-01-01 00:00:00+00", "2024-01-01 00:00:00.5+00"}, []string{"", "2024-01-01 00:00:00", "2024-01-01 00:00:00+02", "2024-01-01 00:00:00Z"}},
		{schema.UUID, "", []string{"00000000-0000-4000-8000-000000000000"}, []string{"", "00000000000040008000000000000000", "A0000000-0000-4000-8000-000000000000"}},
		{schema.JSON, "", []string{"{}", `"x"`, "null"}, []string{"", "{", "x"}},
		{schema.Text, "", []string{"", "x", "Zoë"}, []string{"\x00", "\xff"}},
		{schema.Bytes, "", []string{"", "\x00\xff"}, nil},
		{schema.Other, "", []string{"", "{1,2}"}, nil},
	} {
		col := schema.Column{Name: "c", Type: c.typ, Declared: c.declared}
		for _, v := range c.good {
			if ps := (masking.Column{Mask: "fixed", Value: v}).Check(col); ps != nil {
				t.Errorf("%s %s: %q is refused: %v", c.typ, c.declared, v, ps)
			}
		}
		for _, v := range c.bad {
			if ps := (masking.Column{Mask: "fixed", Value: v}).Check(col); len(ps) != 1 || ps[0].Remedy == "" {
				t.Errorf("%s %s: %q is not refused with a remedy: %v", c.typ, c.declared, v, ps)
			}
		}
	}
}
