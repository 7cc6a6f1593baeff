package classify

import (
	"strings"
	"unicode"
)

// words splits a name into lower-case words: at everything that is no letter, and where a capital begins a word, as in BillingPostalCode and
// HTTPStatus. Digits are left out.
func words(name string) []string {
	var list []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			list = append(list, strings.ToLower(string(word)))
			word = nil
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r):
			end()
			continue
		case unicode.IsUpper(r) && i > 0:
			next := i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if unicode.IsLower(runes[i-1]) || next && unicode.IsUpper(runes[i-1]) {
				end()
			}
		}
		word = append(word, r)
	}
	end()
	return list
}

// name is a name as it is compared: " billing postal code " and "billingpostalcode".
type name struct{ spaced, joined string }

func nameOf(text string) name {
	list := words(text)
	return name{" " + strings.Join(list, " ") + " ", strings.Join(list, "")}
}

// has tells whether the phrase stands in the name as whole words, or is the whole name without spaces.
func (n name) has(phrase string) bool {
	return strings.Contains(n.spaced, " "+phrase+" ") || n.joined == strings.ReplaceAll(phrase, " ", "")
}

// hints tells whether the phrase may stand in the name: also within a word that begins or ends with it, if it is long enough not to be there by
// chance, as in useremail and telephonenumber.
func (n name) hints(phrase string) bool {
	if n.has(phrase) {
		return true
	}
	joined := strings.ReplaceAll(phrase, " ", "")
	return len(joined) >= 5 && (strings.HasPrefix(n.joined, joined) || strings.HasSuffix(n.joined, joined))
}

// any returns the first of the phrases that test holds for.
func (n name) any(phrases string, test func(name, string) bool) string {
	for _, phrase := range strings.Split(phrases, "|") {
		if test(n, phrase) {
			return phrase
		}
	}
	return ""
}

// singular takes the plural off the last word of a name without spaces: companies, boxes, persons.
func singular(joined string) string {
	switch {
	case strings.HasSuffix(joined, "ies") && len(joined) > 4:
		return strings.TrimSuffix(joined, "ies") + "y"
	case strings.HasSuffix(joined, "ses"), strings.HasSuffix(joined, "xes"), strings.HasSuffix(joined, "ches"), strings.HasSuffix(joined, "shes"):
		return strings.TrimSuffix(joined, "es")
	case strings.HasSuffix(joined, "ss"), strings.HasSuffix(joined, "us"), strings.HasSuffix(joined, "is"):
		return joined
	}
	return strings.TrimSuffix(joined, "s")
}
