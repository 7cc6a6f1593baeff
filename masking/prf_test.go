package masking

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func testPRF(t *testing.T) *prf {
	t.Helper()
	secret, err := NewSecret(bytes.Repeat([]byte{1}, MinSecretBytes))
	if err != nil {
		t.Fatal(err)
	}
	return newPRF(secret, "domain", "audience", "mask/1")
}

func TestN1_ChoicesAreWithinBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(rapid.Uint64().Draw(t, "draw"))
		n := rapid.IntRange(2, 5000).Draw(t, "n")
		taken := rapid.IntRange(0, n-1).Draw(t, "taken")
		e := d
		if i := d.below(n); i < 0 || i >= n {
			t.Fatalf("%d is not below %d", i, n)
		}
		if i := e.other(n, taken); i < 0 || i >= n || i == taken {
			t.Fatalf("%d is not below %d, or is the one taken", i, n)
		}
	})
	p := testPRF(t)
	counts := map[int]int{}
	for i := range 40_000 {
		d, _ := p.draw(binary.BigEndian.AppendUint32(nil, uint32(i)))
		counts[d.other(5, 2)]++
	}
	for i := range 5 {
		if n := counts[i]; (i == 2) != (n == 0) || i != 2 && (n < 9_500 || n > 10_500) {
			t.Errorf("%d of 40,000 other choices than 2 of 5 are %d; want about 10,000", n, i)
		}
	}
}

func TestN1_StreamsDoNotRepeat(t *testing.T) {
	p := testPRF(t)
	seen := map[draw]bool{}
	for _, value := range []string{"a", "b"} {
		s := p.streamOf([]byte(value))
		for range 10_000 {
			d := s.draw()
			if seen[d] {
				t.Fatalf("the stream of %q repeats itself or another", value)
			}
			seen[d] = true
		}
	}
}

// Labels are written so that no two paths give the same key, wherever the boundaries between them lie.
func TestN1_KeysOfAllPathsDiffer(t *testing.T) {
	secret, err := NewSecret(bytes.Repeat([]byte{1}, MinSecretBytes))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, path := range [][]string{{"mask", "ab", "c"}, {"mask", "a", "bc"}, {"mask", "abc", ""}, {"mask", "", "abc"}, {"mask", "abc"},
		{"maska", "bc"}, {"mask", "a", "b", "c"}, {"purpose", "mask"}, {"purposemask"}, {"mask", "a\x01b", "c"}, {"mask", "a", "\x01b", "c"}} {
		key, shown := string(secret.expand(32, path...)), strings.Join(path, "|")
		if other, ok := seen[key]; ok {
			t.Errorf("%s and %s have the same key", shown, other)
		}
		seen[key] = shown
	}
}

func TestD11_MailTagsHold64Bits(t *testing.T) {
	p := testPRF(t)
	var digits [mailTagLength]map[byte]bool
	for i := range 5_000 {
		d, _ := p.draw(binary.BigEndian.AppendUint32(nil, uint32(i)))
		tag := appendTag(nil, d)
		var back uint64
		for at, digit := range tag {
			if digits[at] == nil {
				digits[at] = map[byte]bool{}
			}
			digits[at][digit] = true
			back = back<<5 | uint64(strings.IndexByte(base32Digits, digit))
		}
		if back != uint64(d) {
			t.Fatalf("%s is not the base 32 of %d", tag, d)
		}
	}
	for at, seen := range digits {
		if want := map[bool]int{true: 16, false: 32}[at == 0]; len(seen) != want {
			t.Errorf("digit %d takes %d values; want %d", at, len(seen), want)
		}
	}
}

func TestN1_DictionariesAreSortedAndDistinct(t *testing.T) {
	for name, d := range map[string]*dictionary{"first": firstNames(), "last": lastNames(), "noun": companyNouns(), "suffix": companySuffixes(),
		"words": fillWords(), "mail first": mailFirstNames(), "mail last": mailLastNames(), "area": areaCodes()} {
		if len(d.words) < 4 {
			t.Errorf("%s has %d words", name, len(d.words))
		}
		for i, w := range d.words {
			if len(w) == 0 || len(w) > d.longest || i > 0 && strings.ToLower(d.words[i-1]) >= strings.ToLower(w) {
				t.Errorf("%s: %q is empty, too long, or not after the word before it", name, w)
			}
		}
	}
	shuffled := newDictionary([]string{"b", "A", "", "é", "a", "b"})
	if strings.Join(shuffled.words, " ") != "A b" || shuffled.hash != newDictionary([]string{"A", "b"}).hash {
		t.Errorf("words %q", shuffled.words)
	}
	if newDictionary([]string{"ab", "c"}).hash == newDictionary([]string{"a", "bc"}).hash {
		t.Error("two lists of words have the same hash")
	}
}
