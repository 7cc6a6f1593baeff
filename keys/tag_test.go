package keys_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/retenant/retenant/keys"
)

func tagOf(t interface{ Fatal(...any) }, config keys.TagConfig) *keys.Tag {
	tag, err := keys.NewTag(config)
	if err != nil {
		t.Fatal(err)
	}
	return tag
}

func TestC21_TagsAreInjectiveAndInvertible(t *testing.T) {
	text := rapid.OneOf(rapid.SampledFrom([]string{"", "S", "S1", "S1-", "s1-", "S1-A", "A-S1", "A", "S1-S1-A", "EUR", "Ä-7", "\x00", "\xff"}),
		rapid.StringOfN(rapid.RuneFrom([]rune("sS1-é")), 0, 8, -1), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		config := keys.TagConfig{MaxLength: rapid.SampledFrom([]int{0, 4, 8}).Draw(t, "limit")}
		word := rapid.SampledFrom([]string{"S1-", "-", "s"}).Draw(t, "tag")
		suffix := rapid.Bool().Draw(t, "suffix")
		if config.Prefix = word; suffix {
			config.Prefix, config.Suffix = "", word
		}
		carries := func(s string) bool {
			if suffix {
				return len(s) >= len(word) && strings.EqualFold(s[len(s)-len(word):], word)
			}
			return len(s) >= len(word) && strings.EqualFold(s[:len(word)], word)
		}
		global := map[string]bool{}
		for _, g := range rapid.SliceOfN(text, 0, 3).Draw(t, "global") {
			if !carries(g) {
				global[g], config.Global = true, append(config.Global, g)
			}
		}
		tag := tagOf(t, config)
		originals := append(rapid.SliceOfN(text, 1, 30).Draw(t, "originals"), config.Global...)
		copies := checkMapping(t, tag, originals)
		for _, original := range originals {
			copy, ok := copies[original]
			want := word + original
			if suffix {
				want = original + word
			}
			switch {
			case global[original]:
				if copy != original {
					t.Fatalf("the global key %q maps to %q, %t", original, copy, ok)
				}
			case ok != (!carries(original) && (config.MaxLength == 0 || utf8.RuneCountInString(want) <= config.MaxLength)):
				t.Fatalf("%q: %t", original, ok)
			case ok && copy != want:
				t.Fatalf("%q maps to %q, want %q", original, copy, want)
			case ok && carries(original):
				t.Fatalf("%q is an original and a copy", original)
			}
		}
		for _, copy := range originals { // some look like copies
			if back, ok := tag.Invert(nil, []byte(copy)); ok {
				if there, known := tag.Map(nil, back); !known || string(there) != copy {
					t.Fatalf("%q inverts to %q, which maps to %q, %t", copy, back, there, known)
				}
			}
		}
	})
}

func TestC21_TagErrorsNameAll(t *testing.T) {
	for name, c := range map[string]struct {
		config keys.TagConfig
		words  []string
	}{
		"none":     {keys.TagConfig{}, []string{"neither prefix nor suffix"}},
		"both":     {keys.TagConfig{Prefix: "A-", Suffix: "-B"}, []string{"A-", "-B", "one of them"}},
		"space":    {keys.TagConfig{Prefix: "A "}, []string{`"A "`, "letters"}},
		"other":    {keys.TagConfig{Suffix: "-É"}, []string{"letters"}},
		"long":     {keys.TagConfig{Prefix: strings.Repeat("A", 33)}, []string{"1 to 32"}},
		"no room":  {keys.TagConfig{Prefix: "ABC-", MaxLength: 4}, []string{"limit 4", "ABC-"}},
		"negative": {keys.TagConfig{Prefix: "A-", MaxLength: -1}, []string{"limit -1"}},
		"all":      {keys.TagConfig{Prefix: "A ", MaxLength: 2, Global: []string{"a 1", "A 2", "B"}}, []string{"letters", "limit 2", "2 global keys carry"}},
	} {
		_, err := keys.NewTag(c.config)
		wantRefused(t, name, err, c.words...)
	}
	if _, err := keys.NewTag(keys.TagConfig{Prefix: strings.Repeat("A", 32)}); err != nil {
		t.Error(err)
	}
}

// Clashes says of two tags exactly whether two originals exist that get one copy.
func TestC21_TagsOfTargetsClash(t *testing.T) {
	word := rapid.StringMatching(`[aAb-]{1,3}`)
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) *keys.Tag {
			if w := word.Draw(t, label); rapid.Bool().Draw(t, "suffix") {
				return tagOf(t, keys.TagConfig{Suffix: w})
			} else {
				return tagOf(t, keys.TagConfig{Prefix: w})
			}
		}
		a, b := draw("a"), draw("b")
		if a.Clashes(b) != b.Clashes(a) {
			t.Fatal("it depends on the side")
		}
		if a.Clashes(b) {
			return
		}
		original := rapid.StringMatching(`[aAb-]{0,6}`)
		for range 30 {
			copy, ok := a.Map(nil, []byte(original.Draw(t, "original")))
			if back, both := b.Invert(nil, copy); ok && both {
				t.Fatalf("%q is a copy of both targets, of %q too", copy, back)
			}
		}
	})
	for _, pair := range [][2]keys.TagConfig{
		{{Prefix: "T1-"}, {Prefix: "t1-"}}, {{Prefix: "T1"}, {Prefix: "T1-A"}}, {{Suffix: "-A"}, {Suffix: "-B-a"}}, {{Prefix: "T1-"}, {Suffix: "-T2"}},
	} {
		if !tagOf(t, pair[0]).Clashes(tagOf(t, pair[1])) {
			t.Errorf("%v and %v do not clash", pair[0], pair[1])
		}
	}
	if tagOf(t, keys.TagConfig{Prefix: "T1-"}).Clashes(tagOf(t, keys.TagConfig{Prefix: "T2-"})) {
		t.Error("T1- and T2- clash")
	}
	if (*keys.Tag)(nil).Clashes(tagOf(t, keys.TagConfig{Prefix: "T2-"})) {
		t.Error("nil clashes")
	}
}
