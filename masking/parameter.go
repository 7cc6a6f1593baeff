package masking

import (
	"fmt"
	"slices"
	"strings"
)

// parameter is a key of a rule beside its mask.
type parameter struct {
	name  string
	masks []string // that know it
	must  bool     // they cannot do without
	given func(*Column) bool
	wrong func(*Column) (message, remedy string) // of one that is given; nil is never
}

var parameters = [...]parameter{
	{name: "reason", masks: []string{Pass}, given: func(c *Column) bool { return c.Reason != "" }},
	{name: "value", masks: []string{Fixed}, given: func(c *Column) bool { return c.Value != "" }},
	{name: "compact", masks: []string{maskEmail, maskPerson}, given: func(c *Column) bool { return c.Compact },
		wrong: func(c *Column) (string, string) {
			if c.Mask == maskPerson && c.Part != PartLogin && c.Part != PartEmail {
				return "compact is for the parts login and email alone", "remove it"
			}
			return "", ""
		}},
	{name: "secret", masks: []string{Withhold}, must: true, given: func(c *Column) bool { return c.Withheld != "" },
		wrong: oneOfWords(func(c *Column) string { return string(c.Withheld) }, string(WithheldKeep), string(WithheldBlank))},
	{name: "part", masks: []string{maskPerson}, must: true, given: func(c *Column) bool { return c.Part != "" },
		wrong: oneOfWords(func(c *Column) string { return string(c.Part) },
			string(PartFirstName), string(PartLastName), string(PartFullName), string(PartLogin), string(PartEmail))},
	{name: "subject", masks: []string{maskPerson, maskDateShift}, must: true, given: func(c *Column) bool { return len(c.Subject) > 0 },
		wrong: func(c *Column) (string, string) {
			if repeated(c.Subject) || slices.Contains(c.Subject, "") {
				return "subject names a column twice, or one without a name", "name each column once"
			}
			return "", ""
		}},
	{name: "days", masks: []string{maskDateShift}, must: true, given: func(c *Column) bool { return c.Days != 0 },
		wrong: within(func(c *Column) int { return c.Days }, MaxDays)},
	{name: "percent", masks: []string{maskNumber}, must: true, given: func(c *Column) bool { return c.Percent != 0 },
		wrong: within(func(c *Column) int { return c.Percent }, 100)},
	{name: "alphabet", masks: []string{maskToken}, given: func(c *Column) bool { return c.Alphabet != "" }, wrong: wrongAlphabet},
	{name: "name", masks: []string{maskFake, maskCustom}, must: true, given: func(c *Column) bool { return c.Name != "" },
		wrong: func(c *Column) (string, string) {
			if _, found := findFake(c.Name); c.Mask == maskFake && !found {
				return unknown("function", c.Name, FakeNames())
			}
			return "", ""
		}},
	{name: "path", masks: []string{maskURL}, given: func(c *Column) bool { return c.URLPath != "" },
		wrong: oneOfWords(func(c *Column) string { return string(c.URLPath) }, string(URLDrop), string(URLKeep))},
	{name: "query", masks: []string{maskURL}, given: func(c *Column) bool { return c.URLQuery != "" },
		wrong: oneOfWords(func(c *Column) string { return string(c.URLQuery) }, string(URLDrop), string(URLKeep))},
	{name: "paths", masks: []string{maskJSON, maskXML}, given: func(c *Column) bool { return len(c.Paths) > 0 }},
	{name: "rest", masks: []string{maskJSON, maskXML}, given: func(c *Column) bool { return c.Rest != "" },
		wrong: oneOfWords(func(c *Column) string { return string(c.Rest) }, string(RestRedact), string(RestDrop))},
	{name: "malformed", masks: []string{maskJSON, maskXML, maskArray, maskDigits, maskToken, maskNumber, maskDateShift}, given: func(c *Column) bool { return c.Malformed != "" },
		wrong: func(c *Column) (string, string) {
			if c.Malformed == MalformedRedact && !isDocument(c.Mask) {
				return "malformed: redact is for documents alone", "write malformed: null, or remove it to refuse the run"
			}
			return oneOfWords(func(c *Column) string { return string(c.Malformed) }, string(MalformedNull), string(MalformedRedact))(c)
		}},
	{name: "element", masks: []string{maskArray}, must: true, given: func(c *Column) bool { return c.Element != nil }},
	{name: "when", masks: []string{When}, must: true, given: func(c *Column) bool { return len(c.Cases) > 0 }},
	{name: "else", masks: []string{When}, must: true, given: func(c *Column) bool { return c.Else != nil }},
}

// oneOfWords returns a check of a choice.
func oneOfWords(choice func(*Column) string, known ...string) func(*Column) (string, string) {
	return func(c *Column) (string, string) {
		if slices.Contains(known, choice(c)) {
			return "", ""
		}
		return unknown("choice", choice(c), known)
	}
}

// within returns a check of a number from 1 to most.
func within(number func(*Column) int, most int) func(*Column) (string, string) {
	return func(c *Column) (string, string) {
		if n := number(c); n >= 1 && n <= most {
			return "", ""
		}
		return "the number is out of range", fmt.Sprintf("write one from 1 to %d", most)
	}
}

func wrongAlphabet(c *Column) (message, remedy string) {
	for i := range len(c.Alphabet) {
		if b := c.Alphabet[i]; b <= ' ' || b > '~' || strings.IndexByte(c.Alphabet[:i], b) >= 0 {
			return "the alphabet holds a space, a character that is not ASCII, or one twice", "write each character once, such as 0123456789ABCDEF"
		}
	}
	if len(c.Alphabet) < 2 {
		return "the alphabet has one character", "write two or more"
	}
	return "", ""
}

// misused reports parameters that the mask does not know, that it lacks, and whose value is wrong.
func (c *Column) misused() [][2]string {
	var wrong [][2]string
	for _, p := range parameters {
		given, known := p.given(c), slices.Contains(p.masks, c.Mask)
		switch {
		case given && !known:
			wrong = append(wrong, [2]string{p.name + " is for " + conjunction(p.masks) + " alone", "remove it"})
		case known && p.must && !given:
			what := p.name
			if what == c.Mask {
				what = "a case"
			}
			wrong = append(wrong, [2]string{c.Mask + " without " + what, "write " + example(c.Mask)})
		case given && p.wrong != nil:
			if message, remedy := p.wrong(c); message != "" {
				wrong = append(wrong, [2]string{message, remedy})
			}
		}
	}
	return wrong
}

// conjunction joins words for people.
func conjunction(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// example shows how a rule of the mask is written, where its name alone is none.
func example(mask string) string {
	switch mask {
	case Pass:
		return "{pass: why the values identify nobody}"
	case Fixed:
		return "{fixed: the value}"
	case Withhold:
		return "{secret: keep} for the target's own value, or {secret: blank}"
	case When:
		return "{when: [{column: name, equals: value, then: rule}], else: rule}"
	case maskPerson:
		return "{mask: person, part: email, subject: [id]}"
	case maskDateShift:
		return "{mask: date_shift, days: 30, subject: [id]}"
	case maskNumber:
		return "{mask: number, percent: 10}"
	case maskFake:
		return "{mask: fake, name: jobtitle}"
	case maskCustom:
		return "{mask: custom, name: the name of the function}"
	case maskArray:
		return "{mask: array, element: rule}"
	}
	return mask
}
