package main

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestD5_ControlCharactersAreShownAsEscapes(t *testing.T) {
	for text, want := range map[string]string{
		"plain\tand\n": "plain\tand\n", "a\x1b[2Jb": `a\u001b[2Jb`, "a\rb\x7f": `a\u000db\u007f`, "\u009b31m": `\u009b31m`, "\xff\x1b": "\xff" + `\u001b`, "ü源": "ü源", "a\u202eb": "a\u202eb",
	} {
		var b strings.Builder
		if n, err := (visible{to: &b}).Write([]byte(text)); err != nil || n != len(text) || b.String() != want {
			t.Errorf("%q: %q, want %q (%d, %v)", text, b.String(), want, n, err)
		}
	}
	var b strings.Builder
	if _, err := (visible{to: &b, terminal: true}).Write([]byte("a\u202eb")); err != nil || b.String() != `a\u202eb` {
		t.Errorf("on a terminal: %q, %v", b.String(), err)
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		if shown := cell(name); !utf8.ValidString(shown) || strings.IndexFunc(shown, unicode.IsControl) >= 0 {
			t.Fatalf("%q is shown as %q", name, shown)
		} else if strings.IndexFunc(name, unicode.IsControl) < 0 && strings.IndexFunc(name, func(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' }) < 0 && shown != name {
			t.Fatalf("%q is shown as %q", name, shown)
		}
	})
}
