package masking_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/retenant/retenant/masking"
)

func TestD11_EmailIsInjectiveInPractice(t *testing.T) {
	if testing.Short() {
		t.Skip("a million values")
	}
	for _, compact := range []bool{false, true} {
		rule := masking.Column{Mask: "email", Compact: compact}
		if traits, _ := rule.Traits(); traits.Uniqueness != masking.CollisionResistant {
			t.Fatalf("compact %t is declared %s", compact, traits.Uniqueness)
		}
		m := compile(t, rule, 1, "target")
		seen := make(map[string]struct{}, 1_000_000)
		for i := range 1_000_000 {
			seen[strings.ToLower(apply(m, "user"+strconv.Itoa(i)+"@example.org"))] = struct{}{}
		}
		if len(seen) != 1_000_000 {
			t.Errorf("compact %t: a million values have %d fakes", compact, len(seen))
		}
	}
}

// A mask that is declared lossy does give distinct values the same fake, and the classes stand in the order of what they promise.
func TestD11_LossyMasksAreLossy(t *testing.T) {
	if masking.Lossy >= masking.CollisionResistant || masking.CollisionResistant >= masking.Bijective {
		t.Error("the classes are not in order")
	}
	for _, c := range textMasks() {
		traits, _ := c.Traits()
		if traits.Uniqueness != masking.Lossy {
			continue
		}
		m := compile(t, c, 1, "target")
		seen := map[string]bool{}
		repeated := false
		for i := 0; i < 100_000 && !repeated; i++ {
			value := strconv.Itoa(i)
			if traits.KeepsLength {
				value = value[len(value)-1:]
				if i > 9 {
					value += "x"
				}
			}
			if c.Mask == "url" {
				value = "https://a.example/" + strconv.Itoa(i)
			}
			fake := apply(m, value)
			repeated = seen[fake]
			seen[fake] = true
		}
		if !repeated {
			t.Errorf("%s is declared lossy, and no two values had the same fake", c.Mask)
		}
	}
	for mask, want := range map[string]masking.Uniqueness{"pass": masking.Bijective, "null": masking.Lossy, "fixed": masking.Lossy} {
		if traits, _ := masking.Lookup(mask); traits.Uniqueness != want {
			t.Errorf("%s is declared %s; want %s", mask, traits.Uniqueness, want)
		}
	}
}

// Each word of a dictionary is about as likely as any other.
func TestN1_NamesAreSpreadEvenly(t *testing.T) {
	const perWord = 60
	for _, mask := range []string{"first_name", "last_name"} {
		m := compile(t, masking.Column{Mask: mask}, 1, "target")
		counts := map[string]int{}
		for i := range 3007 * perWord {
			counts[apply(m, strconv.Itoa(i))]++
		}
		words, chi := float64(len(counts)), 0.0
		want := 3007 * perWord / words
		for _, n := range counts {
			chi += (float64(n) - want) * (float64(n) - want) / want
		}
		// The mean of the statistic is words-1, its variance twice that: ten deviations are out of reach for an even spread.
		if excess := (chi - words) * (chi - words); excess > 100*2*words {
			t.Errorf("%s: chi-squared %.0f for %.0f words", mask, chi, words)
		}
	}
}

// The fake differs from the value even where the first draw is the value: mask each fake once more, in the same and another case.
func TestN2_NoValueKeepsItself(t *testing.T) {
	for _, c := range textMasks() {
		traits, _ := c.Traits()
		if !traits.Differs {
			continue
		}
		m := compile(t, c, 1, "target")
		for i := range 200_000 {
			fake := apply(m, strconv.Itoa(i))
			padding := strings.Repeat(" ", i%50) // other bytes, hence another draw, of the same name
			for _, value := range []string{fake + padding, padding + strings.ToUpper(fake)} {
				if strings.EqualFold(apply(m, value), fake) {
					t.Fatalf("%s keeps %q", c.Mask, value)
				}
			}
		}
	}
}

var (
	longMail    = regexp.MustCompile(`^[a-z]{1,10}\.[a-z]{1,10}\.[0-9a-hjkmnp-tv-z]{13}@mail\.invalid$`)
	compactMail = regexp.MustCompile(`^[0-9a-hjkmnp-tv-z]{13}@x\.invalid$`)
	number      = regexp.MustCompile(`^\+1 [2-9][0-9]{2} 555 01[0-9]{2}$`)
	letter      = regexp.MustCompile(`^[A-Z][A-Za-z]+$`)
	firm        = regexp.MustCompile(`^[A-Z][A-Za-z]+ [A-Z][a-z]+ (Inc|and Sons|LLC|Group)$`)
)

func TestA7_FakesReachNobody(t *testing.T) {
	for _, want := range []struct {
		rule masking.Column
		form *regexp.Regexp
	}{
		{masking.Column{Mask: "email"}, longMail},
		{masking.Column{Mask: "email", Compact: true}, compactMail},
		{masking.Column{Mask: "phone"}, number},
		{masking.Column{Mask: "first_name"}, letter},
		{masking.Column{Mask: "last_name"}, letter},
		{masking.Column{Mask: "company"}, firm},
	} {
		m := compile(t, want.rule, 1, "target")
		for i := range 20_000 {
			if fake := apply(m, strconv.Itoa(i)); !want.form.MatchString(fake) {
				t.Fatalf("%s makes %q, which is not %s", want.rule.Mask, fake, want.form)
			}
		}
	}
	m := compile(t, masking.Column{Mask: "phone"}, 1, "target")
	for i := range 50_000 {
		digits := apply(m, strconv.Itoa(i))
		value := "(" + digits[3:6] + ") 555-" + digits[11:]
		if fake := apply(m, value); fake == digits {
			t.Fatalf("phone makes %q of %q, which is the same number", fake, value)
		}
	}
}
