package masking_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

func TestA7_ArraysByElement(t *testing.T) {
	array := func(declared string, element masking.Column) (masking.Column, schema.Column) {
		return masking.Column{Mask: "array", Element: &element}, schema.Column{Name: "c", Type: schema.Other, Declared: declared, Nullable: true}
	}
	rule, col := array("text[]", masking.Column{Mask: "redact"})
	m, err := rule.Compile(testSecret(t, 1), "target", col)
	if err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]string{
		`{}`: `{}`, `{Ann,Bob}`: `{xxx,xxx}`, `{"Ann Lee",NULL,"NULL",""}`: `{"xxx xxx",NULL,xxxx,""}`, `{{a,b},{"c,d","e\"f"}}`: `{{x,x},{xxx,xxx}}`,
		`[0:1]={ab,"\\"}`: `[0:1]={xx,x}`, `{é}`: `{x}`, `{null}`: `{NULL}`,
	} {
		if value == `{null}` { // an unquoted null in any case is NULL to PostgreSQL on input, and never written so
			continue
		}
		if got := apply(&m, value); got != want {
			t.Errorf("%s becomes %s; want %s", value, got, want)
		}
	}
	for _, bad := range []string{"canary", "{", "{a", "{a}}", "{a,}", `{"a}`, `{"a`, `{"a\`, "{a{b}}", `{a"b"}`, "{{{{{{{a}}}}}}}", "[0:1]{a}", "[canary]={a}", "", `{a\b}`} {
		out, _, err := m.Append(nil, schema.Cell{Bytes: []byte(bad), Form: schema.Regular}, schema.Row{})
		if bad != "" && (!errors.Is(err, masking.ErrRefused) || len(out) > 0) {
			t.Errorf("%s becomes %s, %v", bad, out, err)
		}
	}
	for _, c := range []struct {
		declared string
		element  masking.Column
		problem  string
	}{
		{"character varying(50)[]", masking.Column{Mask: "email"}, ""},
		{"character varying(20)[]", masking.Column{Mask: "email"}, "element: email needs 48 characters, and the column has 20"},
		{"integer[]", masking.Column{Mask: "email"}, "element: email makes text, and the column is integer"},
		{"numeric(8,2)[]", masking.Column{Mask: "number", Percent: 5}, ""},
		{"point[]", masking.Column{Mask: "redact"}, "element: redact makes text"},
		{"tsvector", masking.Column{Mask: "redact"}, "array is for arrays of PostgreSQL"},
		{"text[]", masking.Column{Mask: "null"}, ""},
		{"text[]", masking.Column{Mask: "emial"}, "element: unknown mask emial"},
	} {
		rule, col := array(c.declared, c.element)
		if ps := rule.Check(col); (c.problem == "") != (len(ps) == 0) || !strings.Contains(ps.Error(), c.problem) {
			t.Errorf("%s: %v; want %q", c.declared, ps, c.problem)
		}
	}
	unique, _ := masking.Column{Mask: "array", Element: &masking.Column{Mask: "digits"}}.Traits()
	if unique.Uniqueness != masking.Bijective || !unique.Keyed || unique.Identity() != "array/1(digits/1)" {
		t.Errorf("traits %+v", unique)
	}
}

// What is read is written back: an array whose elements all pass is the array itself.
func TestA7_ArraysSurviveTheirTextForm(t *testing.T) {
	rule := masking.Column{Mask: "array", Element: &masking.Column{Mask: "pass", Reason: "for the test"}}
	m, err := rule.Compile(masking.Secret{}, "", schema.Column{Type: schema.Other, Declared: "text[]"})
	if err != nil {
		t.Fatal(err)
	}
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	rapid.Check(t, func(rt *rapid.T) {
		var parts []string
		for _, element := range rapid.SliceOfN(rapid.OneOf(rapid.StringOf(rapid.SampledFrom([]rune(`ab ,{}"\é`))), rapid.SampledFrom([]string{"NULL", "null", "", "\x00n"})), 0, 6).Draw(rt, "elements") {
			switch {
			case element == "\x00n":
				parts = append(parts, "NULL")
			case element == "" || strings.EqualFold(element, "null") || strings.ContainsAny(element, ` ,{}"\`):
				parts = append(parts, `"`+quote.Replace(element)+`"`)
			default:
				parts = append(parts, element)
			}
		}
		value := "{" + strings.Join(parts, ",") + "}"
		if got := apply(&m, value); got != value {
			rt.Fatalf("%s becomes %s", value, got)
		}
	})
}
