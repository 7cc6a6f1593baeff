package masking_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// checkTraits holds a mask of column c to its traits on well-formed and on any values.
func checkTraits(t *testing.T, s *stand, m *masking.Mask, traits masking.Traits, values []string) {
	t.Helper()
	for _, kept := range []string{null, ""} {
		if row := s.row("1", "x", kept); !traits.SeesNull && s.mask("c", m, row) != kept {
			t.Errorf("%s replaces %q", traits.Identity(), kept)
		}
	}
	t.Run(traits.Identity(), rapid.MakeCheck(func(rt *rapid.T) {
		value := rapid.OneOf(rapid.Map(rapid.SampledFrom(values), func(v string) []byte { return []byte(v) }), anyValue()).Draw(rt, "value")
		other := string(anyValue().Draw(rt, "other"))
		row := s.row(rapid.SampledFrom([]string{null, "", "7", other}).Draw(rt, "id"), other, string(value))
		out, form, err := m.Append([]byte("kept"), row.Cell(2), row)
		if err != nil {
			if !errors.Is(err, masking.ErrRefused) || !traits.MayRefuse || string(out) != "kept" {
				rt.Fatalf("%v, buffer %q", err, out)
			}
			return
		}
		if !bytes.HasPrefix(out, []byte("kept")) || form == schema.Null && len(out) > 4 {
			rt.Fatalf("form %d, buffer %q", form, out)
		}
		fake := out[4:]
		longest := traits.MaxLength
		if traits.OrAsLong {
			longest = max(longest, utf8.RuneCount(value))
		}
		length := utf8.RuneCount(fake)
		switch {
		case form == schema.Null:
		case traits.MaxLength > 0 && length > longest:
			rt.Fatalf("%d characters, and at most %d are declared", length, longest)
		case traits.KeepsLength && length != utf8.RuneCount(value):
			rt.Fatalf("%d characters of %d", length, utf8.RuneCount(value))
		}
		if again, _, _ := m.Append(nil, row.Cell(2), row); !bytes.Equal(again, fake) {
			rt.Fatalf("N9: %q, then %q", fake, again)
		}
	}))
}

func TestD11_TraitsOfTheClasses(t *testing.T) {
	for _, c := range []struct {
		rule masking.Column
		want masking.Uniqueness
	}{
		{masking.Column{Mask: "digits"}, masking.Bijective}, {masking.Column{Mask: "token"}, masking.Bijective}, {masking.Column{Mask: "host"}, masking.CollisionResistant},
		{masking.Column{Mask: "person", Part: masking.PartEmail}, masking.CollisionResistant}, {masking.Column{Mask: "person", Part: masking.PartLogin}, masking.CollisionResistant},
		{masking.Column{Mask: "person", Part: masking.PartFullName}, masking.Lossy}, {masking.Column{Mask: "number", Percent: 1}, masking.Lossy}, {masking.Column{Mask: "date_shift"}, masking.Lossy},
		{masking.Column{Mask: "url"}, masking.Lossy}, {masking.Column{Mask: "postcode"}, masking.Lossy}, {masking.Column{Mask: "street"}, masking.Lossy}, {masking.Column{Mask: "json"}, masking.Lossy},
		{masking.Column{Mask: "fake", Name: "color"}, masking.Lossy}, {masking.Column{Mask: "custom", Name: "x"}, masking.Lossy}, {masking.Column{Mask: masking.Withhold}, masking.Lossy},
	} {
		if traits, ok := c.rule.Traits(); !ok || traits.Uniqueness != c.want {
			t.Errorf("%s is declared %s; want %s", c.rule.Mask, traits.Uniqueness, c.want)
		}
	}
	refuses := func(c masking.Column) bool { traits, _ := c.Traits(); return traits.MayRefuse }
	shift := masking.Column{Mask: "date_shift", Days: 1, Subject: []string{"a"}}
	quiet := shift
	quiet.Malformed = masking.MalformedNull
	for _, c := range []struct {
		rule masking.Column
		want bool
	}{
		{shift, true}, {quiet, false}, {masking.Column{Mask: "json", Malformed: masking.MalformedNull}, true},
		{masking.Column{Mask: "json", Malformed: masking.MalformedNull, Rest: masking.RestDrop, Paths: map[string]masking.Column{"a": shift}}, true},
		{masking.Column{Mask: "json", Malformed: masking.MalformedNull, Rest: masking.RestDrop, Paths: map[string]masking.Column{"a": quiet}}, false},
		{masking.Column{Mask: "when", Cases: []masking.Case{{Then: shift}}, Else: &quiet}, true}, {masking.Column{Mask: "when", Cases: []masking.Case{{Then: quiet}}, Else: &quiet}, false},
		{masking.Column{Mask: "url"}, false}, {masking.Column{Mask: "custom"}, true},
	} {
		if refuses(c.rule) != c.want {
			t.Errorf("%+v may refuse: %t", c.rule, !c.want)
		}
	}
	nested := masking.Column{Mask: "json", Paths: map[string]masking.Column{"a": {Mask: "when", Cases: []masking.Case{{Column: "k", Then: shift}}, Else: &masking.Column{Mask: "person", Subject: []string{"z", "a"}}}}}
	if got := nested.Reads(); !slices.Equal(got, []string{"a", "k", "z"}) {
		t.Errorf("it reads %v", got)
	}
}
