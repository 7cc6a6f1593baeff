package masking_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

var textColumn = schema.Column{Name: "c", Type: schema.Text, Declared: "text", Nullable: true}

func testSecret(t testing.TB, seed byte) masking.Secret {
	t.Helper()
	secret, err := masking.NewSecret(bytes.Repeat([]byte{seed}, masking.MinSecretBytes))
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func compile(t testing.TB, c masking.Column, seed byte, audience string) *masking.Mask {
	t.Helper()
	m, err := c.Compile(testSecret(t, seed), audience, textColumn)
	if err != nil {
		t.Fatal(err)
	}
	return &m
}

// apply masks a regular value.
func apply(m *masking.Mask, value string) string {
	out, _, _ := m.Append(nil, schema.Cell{Bytes: []byte(value), Form: schema.Regular}, schema.Row{})
	return string(out)
}

// textMasks returns a rule for each mask that makes text of any text by its name alone.
func textMasks() []masking.Column {
	var rules []masking.Column
	for _, name := range masking.Names() {
		if t, _ := masking.Lookup(name); len(t.Types) == 1 && !t.MayRefuse && (masking.Column{Mask: name}).Check(textColumn) == nil {
			rules = append(rules, masking.Column{Mask: name})
		}
	}
	return append(rules, masking.Column{Mask: "email", Compact: true})
}

func anyValue() *rapid.Generator[[]byte] {
	return rapid.OneOf(
		rapid.SliceOfN(rapid.Byte(), 1, 200), // mostly not UTF-8
		rapid.Map(rapid.StringN(1, 200, -1), func(s string) []byte { return []byte(s) }),
		rapid.SampledFrom([][]byte{[]byte("Ann"), []byte(" \t\r\n"), []byte("\x00"), []byte("\xff\xfe"), []byte("Zoë\nÅsa\r\n"),
			bytes.Repeat([]byte("long "), 1<<16), []byte("(212) 555-0142"), []byte("\u2028\u0085")}),
	)
}

func TestA7_TextMasksOnAnyInput(t *testing.T) {
	for _, c := range textMasks() {
		traits, _ := c.Traits()
		m := compile(t, c, 1, "target")
		t.Run(c.Mask, rapid.MakeCheck(func(t *rapid.T) {
			value := anyValue().Draw(t, "value")
			form := rapid.SampledFrom([]schema.Form{schema.Regular, schema.AsInteger, schema.AsReal, schema.AsText, schema.AsBytes}).Draw(t, "form")
			prefix := rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "prefix")
			kept := bytes.Clone(value)
			out, outForm, _ := m.Append(bytes.Clone(prefix), schema.Cell{Bytes: value, Form: form}, schema.Row{})
			if !bytes.Equal(value, kept) {
				t.Fatal("the mask changed its input")
			}
			if !bytes.HasPrefix(out, prefix) {
				t.Fatal("the mask changed what the buffer held")
			}
			fake := out[len(prefix):]
			if outForm != schema.Regular || len(fake) == 0 || !utf8.Valid(fake) {
				t.Fatalf("form %d, fake %q: want a regular UTF-8 text", outForm, fake)
			}
			length := utf8.RuneCount(fake)
			if traits.MaxLength > 0 && length > traits.MaxLength && !(traits.OrAsLong && length <= utf8.RuneCount(value)) {
				t.Fatalf("%d characters, and at most %d are declared", length, traits.MaxLength)
			}
			if traits.KeepsLength && length != utf8.RuneCount(value) {
				t.Fatalf("%d characters of %d, and the same number is declared", length, utf8.RuneCount(value))
			}
			if traits.Differs && strings.EqualFold(string(fake), strings.TrimSpace(string(value))) {
				t.Fatal("the fake is the value")
			}
			again, _, _ := m.Append(nil, schema.Cell{Bytes: value, Form: schema.Regular}, schema.Row{})
			if !bytes.Equal(fake, again) {
				t.Fatalf("N9: %q, then %q for the same bytes", fake, again)
			}
		}))
	}
}

func TestA7_NullAndEmpty(t *testing.T) {
	for _, c := range textMasks() {
		m := compile(t, c, 1, "target")
		if out, form, _ := m.Append(nil, schema.Cell{}, schema.Row{}); form != schema.Null || len(out) != 0 {
			t.Errorf("%s makes %q, form %d, of NULL", c.Mask, out, form)
		}
		if out, form, _ := m.Append(nil, schema.Cell{Form: schema.Regular}, schema.Row{}); form != schema.Regular || len(out) != 0 {
			t.Errorf("%s makes %q, form %d, of the empty text", c.Mask, out, form)
		}
	}
	var zero masking.Mask
	if out, form, _ := zero.Append(nil, schema.Cell{Bytes: []byte("Ann"), Form: schema.Regular}, schema.Row{}); form != schema.Null || len(out) != 0 {
		t.Errorf("the zero mask makes %q, form %d, and not NULL", out, form)
	}
}

// Every type that requirement A7 lists, NULL included, with the masks that apply to every type.
func TestA7_EveryType(t *testing.T) {
	for _, kind := range []struct {
		name, declared string
		typ            schema.Type
		value, fixed   string
	}{
		{"text", "varchar(80)", schema.Text, "Ann", "someone"},
		{"multi-line", "text", schema.Text, "a\nb", "x\ny"},
		{"rich text", "text", schema.Text, "<p>Ann</p>", "<p>x</p>"},
		{"number", "bigint", schema.Integer, "-42", "0"},
		{"decimal", "numeric(8,3)", schema.Decimal, "1.500", "0.000"},
		{"currency", "numeric(12,2)", schema.Decimal, "19.90", "1.00"},
		{"real", "double precision", schema.Real, "0.1", "1e+21"},
		{"date-time", "timestamp", schema.Timestamp, "2026-01-02 03:04:05", "2000-01-01 00:00:00.5"},
		{"date-time with zone", "timestamptz", schema.TimestampTZ, "2026-01-02 03:04:05+00", "2000-01-01 00:00:00+00"},
		{"date", "date", schema.Date, "2026-01-02", "2000-01-01"},
		{"time", "time", schema.Time, "03:04:05.25", "00:00:00"},
		{"boolean", "boolean", schema.Boolean, "true", "false"},
		{"uuid", "uuid", schema.UUID, "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "00000000-0000-4000-8000-000000000000"},
		{"bytes", "bytea", schema.Bytes, "\x00\xff", "\x01"},
		{"json", "json", schema.JSON, `{"a":1}`, `{}`},
		{"other", "tsvector", schema.Other, "'ann'", "''"},
	} {
		t.Run(kind.name, func(t *testing.T) {
			col := schema.Column{Name: "c", Type: kind.typ, Declared: kind.declared, Nullable: true}
			value := schema.Cell{Bytes: []byte(kind.value), Form: schema.Regular}
			for _, want := range []struct {
				rule            masking.Column
				text, null      string
				form, whereNull schema.Form
			}{
				{masking.Column{Mask: "pass", Reason: "identifies nobody"}, kind.value, "", schema.Regular, schema.Null},
				{masking.Column{Mask: "null"}, "", "", schema.Null, schema.Null},
				{masking.Column{Mask: "fixed", Value: kind.fixed}, kind.fixed, kind.fixed, schema.Regular, schema.Regular},
			} {
				m, err := want.rule.Compile(masking.Secret{}, "", col)
				if err != nil {
					t.Fatal(err)
				}
				if out, form, _ := m.Append(nil, value, schema.Row{}); string(out) != want.text || form != want.form {
					t.Errorf("%s: %q, form %d; want %q, form %d", want.rule.Mask, out, form, want.text, want.form)
				}
				if out, form, _ := m.Append(nil, schema.Cell{}, schema.Row{}); string(out) != want.null || form != want.whereNull {
					t.Errorf("%s of NULL: %q, form %d; want %q, form %d", want.rule.Mask, out, form, want.null, want.whereNull)
				}
			}
			for _, c := range textMasks() {
				_, err := c.Compile(testSecret(t, 1), "target", col)
				if fits := kind.typ == schema.Text; fits != (err == nil) {
					t.Errorf("%s on %s: %v", c.Mask, kind.name, err)
				}
			}
		})
	}
	m, err := masking.Column{Mask: "pass", Reason: "identifies nobody"}.Compile(masking.Secret{}, "", textColumn)
	if err != nil {
		t.Fatal(err)
	}
	if out, form, _ := m.Append(nil, schema.Cell{Bytes: []byte("7"), Form: schema.AsInteger}, schema.Row{}); string(out) != "7" || form != schema.AsInteger {
		t.Errorf("pass makes %q, form %d, of the integer 7 in a text column", out, form)
	}
}

func TestA8_KeyedMasksNeedSecretAndAudience(t *testing.T) {
	for _, c := range textMasks() {
		traits, _ := c.Traits()
		_, noSecret := c.Compile(masking.Secret{}, "target", textColumn)
		_, noAudience := c.Compile(testSecret(t, 1), "", textColumn)
		if errors.Is(noSecret, masking.ErrNoSecret) != traits.Keyed || errors.Is(noAudience, masking.ErrNoAudience) != traits.Keyed {
			t.Errorf("%s, keyed %t: without a secret %v, without an audience %v", c.Mask, traits.Keyed, noSecret, noAudience)
		}
		if !traits.Keyed {
			continue
		}
		c.Audience = "shared"
		if _, err := c.Compile(testSecret(t, 1), "", textColumn); err != nil {
			t.Errorf("%s with an audience by rule: %v", c.Mask, err)
		}
	}
}

func TestN1_SameValueSameFake(t *testing.T) {
	for _, c := range textMasks() {
		m := compile(t, c, 1, "target")
		sized := schema.Column{Name: "other", Type: schema.Text, Declared: "varchar(300)", Size: 300}
		elsewhere, err := c.Compile(testSecret(t, 1), "target", sized)
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range []string{"Ann", "ann@x.org", "line\nline", "\xff"} {
			if a, b := apply(m, value), apply(&elsewhere, value); a != b {
				t.Errorf("%s: %q in one column and %q in another of another size", c.Mask, a, b)
			}
		}
	}
	named := compile(t, masking.Column{Mask: "email", Domain: "email"}, 1, "target")
	if a, b := apply(compile(t, masking.Column{Mask: "email"}, 1, "target"), "v"), apply(named, "v"); a != b {
		t.Errorf("the default domain gives %q and its name %q", a, b)
	}
	byRule := compile(t, masking.Column{Mask: "email", Audience: "target"}, 1, "another")
	if a, b := apply(compile(t, masking.Column{Mask: "email"}, 1, "target"), "v"), apply(byRule, "v"); a != b {
		t.Errorf("the run's audience gives %q and the rule's, of the same name, %q", a, b)
	}
}

// Each of secret, audience and domain alone makes all fakes others. The pairs of labels would be equal if written without lengths.
func TestN1_OthersGetOtherFakes(t *testing.T) {
	const values = 20_000
	variants := map[string]*masking.Mask{
		"base":            compile(t, masking.Column{Mask: "email", Domain: "ab"}, 1, "c"),
		"secret":          compile(t, masking.Column{Mask: "email", Domain: "ab"}, 2, "c"),
		"audience":        compile(t, masking.Column{Mask: "email", Domain: "ab"}, 1, "d"),
		"domain":          compile(t, masking.Column{Mask: "email", Domain: "b"}, 1, "c"),
		"moved boundary":  compile(t, masking.Column{Mask: "email", Domain: "a"}, 1, "bc"),
		"audience by row": compile(t, masking.Column{Mask: "email", Domain: "ab", Audience: "e"}, 1, "c"),
	}
	seen := make(map[string]string, values*len(variants))
	for name, m := range variants {
		for i := range values {
			fake := apply(m, strings.Repeat("v", i%7)+string(rune('A'+i%26))+string(rune(0x4e00+i)))
			if other, ok := seen[fake]; ok {
				t.Fatalf("%s and %s share %s", name, other, fake)
			}
			seen[fake] = name
		}
	}
}

func TestA7_RedactAndFreeTextKeepLayout(t *testing.T) {
	redact := compile(t, masking.Column{Mask: "redact"}, 1, "target")
	for value, want := range map[string]string{
		"Zoë K.":         "xxx xx",
		"a\tb\r\n\u00a0": "x\tx\r\n\u00a0",
		"\xff\xfe x":     "xx x",
		"12-34":          "xxxxx",
	} {
		if got := apply(redact, value); got != want {
			t.Errorf("redact makes %q of %q; want %q", got, value, want)
		}
	}
	free := compile(t, masking.Column{Mask: "free_text"}, 1, "target")
	breaks := func(r rune) bool { return r == '\n' || r == '\r' }
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringOf(rapid.SampledFrom([]rune("ab é\n\r\t"))).Draw(t, "value")
		in, out := []rune(value), []rune(apply(free, value))
		if len(in) != len(out) {
			t.Fatalf("%d characters of %d", len(out), len(in))
		}
		for i := range in {
			if breaks(in[i]) && in[i] != out[i] || !breaks(in[i]) && breaks(out[i]) {
				t.Fatalf("%q of %q: the line breaks moved", string(out), value)
			}
			if r := out[i]; !breaks(r) && r != ' ' && r != '.' && !unicode.IsLower(r) {
				t.Fatalf("%q holds %q, which is from no dictionary", string(out), r)
			}
		}
	})
	if a, b := apply(free, strings.Repeat("a", 400)), apply(free, strings.Repeat("b", 400)); a == b {
		t.Error("two texts have the same fake")
	}
}
