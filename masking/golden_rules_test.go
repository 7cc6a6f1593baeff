package masking_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// parameterized are rules with parameters, the type of the column that they are on, and values of it. The row's other columns are id, which
// counts from 1, and kind, which is the value.
func parameterized() []struct {
	rule   masking.Column
	typ    schema.Type
	values []string
} {
	id := []string{"id"}
	email := masking.Column{Mask: "email"}
	names := []string{"Ann", "Zoë Åström", "\xff\x00", strings.Repeat("long ", 30)}
	urls := []string{"https://crm.example.com:8080/a/Bc/1.pdf?id=7&q=x#top", "x.org", "mailto:ann@example.org", "/a", "\xff"}
	documents := []string{`{"a": {"b": "Ann"}, "c": [1, "x"]}`, `{"a":{"b":1.5}}`, "[]", "null"}
	integers := []string{"0", "1", "-1", "42", "999", "-128", "32767", "2147483648", "9223372036854775807", "18446744073709551615", "-9223372036854775808"}
	dates := []string{"2024-02-29", "0001-01-02", "9999-12-30", "1969-12-31"}
	var list = []struct {
		rule   masking.Column
		typ    schema.Type
		values []string
	}{
		{masking.Column{Mask: "date_shift", Days: 30, Subject: id}, schema.Date, dates},
		{masking.Column{Mask: "date_shift", Days: masking.MaxDays, Subject: id}, schema.TimestampTZ, []string{"2024-02-29 23:59:59.999999+00", "1900-01-01 00:00:00+00"}},
		{masking.Column{Mask: "number", Percent: 10}, schema.Integer, integers},
		{masking.Column{Mask: "number", Percent: 10}, schema.Decimal, []string{"0.00", "19.90", "-0.05", "999.99", "123456789012345678901234567890.123456789", "0.000000000000000000000000123"}},
		{masking.Column{Mask: "number", Percent: 10}, schema.Real, []string{"0.1", "-1e+21", "1.7976931348623157e+308", "3.14159265358979", "2.5e-30", "5e-324"}},
		{masking.Column{Mask: "digits"}, schema.Text, []string{"7", "42", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", strings.Repeat("12345", 20)}},
		{masking.Column{Mask: "digits"}, schema.Integer, integers},
		{masking.Column{Mask: "token"}, schema.Integer, integers},
		{masking.Column{Mask: "token"}, schema.UUID, []string{"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "00000000-0000-4000-8000-000000000000", "00000000-0000-0000-0000-000000000000"}},
		{masking.Column{Mask: "token", Alphabet: tokenAlphabet}, schema.Text, []string{"A", "A1", "ABC-123-XYZ", strings.Repeat("ABCDE", 12)}},
		{masking.Column{Mask: "url", URLPath: masking.URLDrop}, schema.Text, urls},
		{masking.Column{Mask: "url", URLPath: masking.URLKeep, URLQuery: masking.URLDrop}, schema.Text, urls},
		{masking.Column{Mask: "json", Paths: map[string]masking.Column{"a.b": email}, Rest: masking.RestRedact}, schema.JSON, documents},
		{masking.Column{Mask: "json", Paths: map[string]masking.Column{"a.b": {Mask: "number", Percent: 50}}, Rest: masking.RestDrop, Malformed: masking.MalformedNull}, schema.Text, append(documents, "{")},
		{masking.Column{Mask: "xml", Paths: map[string]masking.Column{"a.@b": email}, Rest: masking.RestRedact}, schema.Text, []string{`<a b="Ann" c="d">e<f/></a>`}},
		{masking.Column{Mask: "array", Element: &email}, schema.Other, []string{`{Ann,NULL,""}`, `[0:0]={{"a b"}}`, "{}"}},
		{masking.Column{Mask: "when", Cases: []masking.Case{{Column: "kind", In: []string{"Ann"}, Then: email}}, Else: &masking.Column{Mask: "redact"}}, schema.Text, names},
		{masking.Column{Mask: masking.Withhold, Withheld: masking.WithheldKeep}, schema.Text, names[:1]},
	}
	for _, part := range []masking.Part{masking.PartFirstName, masking.PartLastName, masking.PartFullName, masking.PartLogin, masking.PartEmail} {
		list = append(list, struct {
			rule   masking.Column
			typ    schema.Type
			values []string
		}{masking.Column{Mask: "person", Part: part, Subject: id}, schema.Text, names})
	}
	for _, name := range masking.FakeNames() {
		list = append(list, struct {
			rule   masking.Column
			typ    schema.Type
			values []string
		}{masking.Column{Mask: "fake", Name: name}, schema.Text, names[:3]})
	}
	return list
}

// The file pins the fakes of rules with parameters as golden.txt pins those of masks by name.
func TestN1_GoldenVectorsOfRules(t *testing.T) {
	var out bytes.Buffer
	for _, c := range parameterized() {
		cell := column("c", c.typ)
		if c.typ == schema.Other {
			cell.Declared = "text[]"
		}
		s := newStand(t, column("id", schema.Integer), column("kind", schema.Text), cell)
		m := s.compile("c", c.rule)
		traits, _ := c.rule.Traits()
		out.WriteString(traits.Identity() + " on " + c.typ.String() + "\n")
		for i, value := range c.values {
			out.WriteString("\t" + strconv.QuoteToASCII(value) + "\t" + strconv.QuoteToASCII(s.mask("c", m, s.row(strconv.Itoa(i+1), value, value))) + "\n")
		}
	}
	path := filepath.Join("testdata", "golden_rules.txt")
	if *update {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(out.String(), "\n")); diff != "" {
		t.Errorf("fakes changed under the same identity, or a version is new and -update was not run (-want +got):\n%s", diff)
	}
}

// Whatever stands in the columns that a rule reads, and whatever the value is: a fake within what the traits declare, the same each
// time, or a refusal that the traits declare, and NULL stays NULL.
func TestA7_RulesKeepTheirTraits(t *testing.T) {
	for _, c := range parameterized() {
		cell := column("c", c.typ)
		if c.typ == schema.Other {
			cell.Declared = "text[]"
		}
		s := newStand(t, column("id", schema.Integer), column("kind", schema.Text), cell)
		m := s.compile("c", c.rule)
		traits, _ := c.rule.Traits()
		checkTraits(t, s, m, traits, c.values)
	}
}
