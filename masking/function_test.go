package masking_test

import (
	"errors"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

func TestA7_FunctionsOfGofakeit(t *testing.T) {
	for _, name := range masking.FakeNames() {
		rule := masking.Column{Mask: "fake", Name: name}
		traits, _ := rule.Traits()
		m, again := compile(t, rule, 1, "target"), compile(t, rule, 1, "target")
		seen := map[string]bool{}
		for i := range 3000 {
			value := strconv.Itoa(i)
			fake := apply(m, value)
			if n := utf8.RuneCountInString(fake); n == 0 || n > traits.MaxLength || !utf8.ValidString(fake) || strings.ContainsAny(fake, "@{}#\n") && name != "hexcolor" && name != "programminglanguage" {
				t.Fatalf("%s makes %q, at most %d characters", name, fake, traits.MaxLength)
			}
			if apply(again, value) != fake {
				t.Fatalf("%s: another fake for the same value", name)
			}
			seen[fake] = true
		}
		if len(seen) < 2 {
			t.Errorf("%s makes nothing but %v", name, seen)
		}
		if !strings.Contains(traits.Identity(), name+" v6.") {
			t.Errorf("%s has the identity %s", name, traits.Identity())
		}
	}
	m := compile(t, masking.Column{Mask: "fake", Name: "jobtitle"}, 1, "target")
	want := make([]string, 200)
	for i := range want {
		want[i] = apply(m, strconv.Itoa(i))
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i := range want {
				if got := apply(m, strconv.Itoa(i)); got != want[i] {
					t.Errorf("%s, and at the same time %s", got, want[i])
				}
			}
		})
	}
	group.Wait()
}

// The version in the identity is that of the library in go.mod.
func TestN1_FakesNameTheirLibrary(t *testing.T) {
	file, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`brianvoe/gofakeit/v6 (v\S+)`).FindSubmatch(file)
	traits, _ := masking.Column{Mask: "fake", Name: "color"}.Traits()
	if version == nil || !strings.Contains(traits.Identity(), "color "+string(version[1])+")") {
		t.Errorf("identity %s, and go.mod has %s", traits.Identity(), version)
	}
}

func TestA7_FunctionsOfTheHost(t *testing.T) {
	functions := masking.Functions{
		"plate": {Version: 2, Uniqueness: masking.CollisionResistant, Types: []schema.Type{schema.Text}, MaxLength: 12,
			Make: func(key []byte) func(dst, value []byte) ([]byte, error) {
				return func(dst, value []byte) ([]byte, error) {
					if string(value) == "bad" {
						return dst, errors.New("no plate")
					}
					return append(append(dst, "P-"...), strconv.Itoa(int(key[0])+len(value))...), nil
				}
			}},
		"empty": {},
	}
	s := newStand(t, column("c", schema.Text), column("n", schema.Integer))
	s.binding.Functions = functions
	rule := masking.Column{Mask: "custom", Name: "plate"}
	m := s.compile("c", rule)
	if got := s.mask("c", m, s.row("HH-A 1", null)); !strings.HasPrefix(got, "P-") {
		t.Errorf("the function makes %s", got)
	}
	if s.mask("c", m, s.row(null, null)) != null || s.mask("c", m, s.row("", null)) != "" {
		t.Error("NULL or the empty text is replaced")
	}
	row := s.row("bad", null)
	if dst, _, err := m.Append([]byte("kept"), row.Cell(0), row); !errors.Is(err, masking.ErrRefused) || string(dst) != "kept" {
		t.Errorf("%q, %v", dst, err)
	}
	keys := map[string]bool{}
	for _, c := range []masking.Column{rule, {Mask: "custom", Name: "plate", Domain: "d"}, {Mask: "custom", Name: "plate", Audience: "a"}} {
		f := functions["plate"]
		f.Make = func(key []byte) func(dst, value []byte) ([]byte, error) {
			keys[string(key)] = len(key) == 32
			return nil
		}
		s.binding.Functions = masking.Functions{"plate": f}
		s.compile("c", c)
		f.Version = 3
		s.binding.Functions = masking.Functions{"plate": f}
		s.compile("c", c)
	}
	if len(keys) != 6 {
		t.Errorf("two versions, two domains and two audiences have %d keys; want 6", len(keys))
	}
	traits, _ := rule.TraitsFor(functions)
	if traits.Uniqueness != masking.CollisionResistant || traits.MaxLength != 12 || traits.Identity() != "custom/1(plate/2)" || !traits.Keyed {
		t.Errorf("traits %+v", traits)
	}
	for _, c := range []struct {
		column, problem string
		rule            masking.Column
	}{
		{"n", "and the column is integer", rule},
		{"c", "the host has no such function", masking.Column{Mask: "custom", Name: "plates"}},
		{"c", "the host has no such function", masking.Column{Mask: "custom", Name: "empty"}},
		{"c", "custom without name", masking.Column{Mask: "custom"}},
		{"c", "name is for fake and custom alone", masking.Column{Mask: "email", Name: "plate"}},
		{"c", "element: custom calls plates", masking.Column{Mask: "array", Element: &masking.Column{Mask: "custom", Name: "plates"}}},
	} {
		col, _ := s.table.Column(c.column)
		if c.rule.Mask == "array" {
			col.Type, col.Declared = schema.Other, "text[]"
		}
		if ps := c.rule.CheckFor(functions, &s.table, col); !strings.Contains(ps.Error(), c.problem) {
			t.Errorf("%v; want %q", ps, c.problem)
		}
	}
	if _, err := rule.CompileFor(masking.Binding{Functions: functions, Audience: "x"}, nil, textColumn); !errors.Is(err, masking.ErrNoSecret) {
		t.Errorf("without a secret: %v", err)
	}
	if _, err := rule.CompileFor(masking.Binding{Functions: functions, Secret: testSecret(t, 1)}, nil, textColumn); !errors.Is(err, masking.ErrNoAudience) {
		t.Errorf("without an audience: %v", err)
	}
}

func TestD16_SecretsNeverPassThroughAMask(t *testing.T) {
	for typ := schema.Other; typ <= schema.JSON; typ++ {
		for _, nullable := range []bool{true, false} {
			for _, withheld := range []masking.Withheld{masking.WithheldKeep, masking.WithheldBlank} {
				col := schema.Column{Name: "c", Type: typ, Nullable: nullable, Scale: 2}
				m, err := masking.Column{Mask: masking.Withhold, Withheld: withheld}.Compile(masking.Secret{}, "", col)
				if typ == schema.Other && !nullable {
					if err == nil {
						t.Error("a type without an empty value is not refused")
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				for _, cell := range []schema.Cell{{}, {Bytes: []byte("canary"), Form: schema.Regular}, {Bytes: []byte("canary"), Form: schema.AsBytes}} {
					out, form, err := m.Append(nil, cell, schema.Row{})
					switch {
					case err != nil || nullable && (form != schema.Null || len(out) > 0):
						t.Errorf("%s: %q, form %d, %v", typ, out, form, err)
					case !nullable && (form != schema.Regular || !canonical(string(out), schema.Column{Type: typ, Declared: map[bool]string{true: "numeric(8,2)"}[typ == schema.Decimal]})):
						t.Errorf("%s: %q is not in canonical form", typ, out)
					}
				}
			}
		}
	}
	for text, problem := range map[string]string{"{secret: kep}": "did you mean keep?", "secret": "secret: keep", "{mask: secret}": "secret: keep", "{secret: keep, domain: x}": "domain has no effect on secret",
		"{mask: array, element: {secret: keep}}": "a secret inside a rule"} {
		_, err := masking.ParseRules([]byte("version: 1\ntables: {t: {columns: {c: " + text + "}}}"))
		if err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%s: %v; want %q", text, err, problem)
		}
	}
}
