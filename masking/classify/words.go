package classify

import (
	"slices"
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

// name is a name as it is compared: " billing notes ", "billingnotes", and " billing note " with each word in the singular.
type name struct{ spaced, joined, singular string }

func nameOf(text string) name {
	list := words(text)
	n := name{spaced: " " + strings.Join(list, " ") + " ", joined: strings.Join(list, "")}
	for i, word := range list {
		list[i] = singular(word)
	}
	n.singular = " " + strings.Join(list, " ") + " "
	return n
}

// has tells whether the phrase stands in the name as whole words, or is the whole name without spaces.
func (n name) has(phrase string) bool {
	return strings.Contains(n.spaced, " "+phrase+" ") || n.joined == strings.ReplaceAll(phrase, " ", "")
}

// whole tells whether the name is one of the phrases and nothing else.
func (n name) whole(phrases string) bool {
	return slices.ContainsFunc(strings.Split(phrases, "|"), func(phrase string) bool { return n.joined == strings.ReplaceAll(phrase, " ", "") })
}

// before returns the words before the longest of the phrases that the name ends in.
func (n name) before(phrases string) (list []string, found bool) {
	longest := ""
	for phrase := range strings.SplitSeq(phrases, "|") {
		if phrase != "" && len(phrase) > len(longest) && (strings.HasSuffix(n.spaced, " "+phrase+" ") || n.joined == strings.ReplaceAll(phrase, " ", "")) {
			longest = phrase
		}
	}
	if longest == "" {
		return nil, false
	}
	rest, _ := strings.CutSuffix(n.spaced, " "+longest+" ")
	if rest == n.spaced {
		return nil, true // the whole name, written without spaces
	}
	return strings.Fields(rest), true
}

// hints tells whether the phrase may stand in the name: also in the plural, and within a word that begins or ends with it, if it is long enough not to
// be there by chance, as in useremail and telephonenumber. A word of things hints at nothing else.
func (n name) hints(phrase string) bool {
	if n.has(phrase) {
		return true
	}
	if strings.Contains(n.singular, " "+phrase+" ") {
		return true
	}
	joined := strings.ReplaceAll(phrase, " ", "")
	if len(joined) < 5 || !strings.Contains(n.joined, joined) {
		return false
	}
	within := func(word string) bool {
		return (strings.HasPrefix(word, joined) || strings.HasSuffix(word, joined)) && !isThing(word)
	}
	return within(n.joined) || slices.ContainsFunc(strings.Fields(n.spaced), within)
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
