package masking

import (
	"cmp"
	"fmt"

	"github.com/retenant/retenant/tenancy/schema"
)

// definition is one mask: what it is called, what it does, and how its function is made.
type definition struct {
	name    string
	doc     string
	version int // raised with every change to what the mask makes
	traits  Traits
	keyed   bool
	words   func() []*dictionary  // in a fixed order
	length  func(Column) int      // MaxLength, where it depends on dictionaries or parameters
	adapt   func(*Traits, Column) // fills in what else depends on parameters
	make    func(*prf, Column) fakes
	bind    func(*prf, Column, site) rowFakes // in place of make, for masks that see the row or may refuse
}

// fakes appends the fake of a value that is neither NULL nor empty.
type fakes func(dst, value []byte) []byte

// rowFakes appends the fake of a cell that may depend on the row, or refuses it.
type rowFakes func(dst []byte, src schema.Cell, row schema.Row) ([]byte, schema.Form, error)

var onText = []schema.Type{schema.Text}

// The names of the masks that are not functions of a value.
const (
	Pass     = "pass"   // copies the value, for a reason
	Null     = "null"   // NULL
	Fixed    = "fixed"  // one value for all
	When     = "when"   // by the row
	Withhold = "secret" // never the value
)

// The names of masks that have parameters.
const (
	maskEmail     = "email"
	maskPerson    = "person"
	maskDateShift = "date_shift"
	maskNumber    = "number"
	maskDigits    = "digits"
	maskToken     = "token"
	maskHost      = "host"
	maskURL       = "url"
	maskJSON      = "json"
	maskXML       = "xml"
	maskArray     = "array"
	maskFake      = "fake"
	maskCustom    = "custom"
)

var masks = [...]definition{
	{
		name: Pass, version: 1,
		doc:    "copies the value unmasked; needs a reason",
		traits: Traits{Uniqueness: Bijective, KeepsLength: true, SeesNull: true},
	},
	{
		name: Null, version: 1,
		doc:    "NULL",
		traits: Traits{SeesNull: true, NeedsNullable: true},
	},
	{
		name: Fixed, version: 1,
		doc:    "the same value in every row, in place of NULL too",
		traits: Traits{SeesNull: true},
	},
	{
		name: "redact", version: 1,
		doc:    "an x for each character, white space kept",
		traits: Traits{Types: onText, KeepsLength: true},
		make:   func(*prf, Column) fakes { return redact },
	},
	{
		name: "first_name", version: 1, keyed: true,
		doc:    "a first name",
		traits: Traits{Types: onText, Differs: true},
		words:  func() []*dictionary { return []*dictionary{firstNames()} },
		length: func(Column) int { return firstNames().longest },
		make:   func(p *prf, _ Column) fakes { return oneOf(p, firstNames()) },
	},
	{
		name: "last_name", version: 1, keyed: true,
		doc:    "a last name",
		traits: Traits{Types: onText, Differs: true},
		words:  func() []*dictionary { return []*dictionary{lastNames()} },
		length: func(Column) int { return lastNames().longest },
		make:   func(p *prf, _ Column) fakes { return oneOf(p, lastNames()) },
	},
	{
		name: "company", version: 1, keyed: true,
		doc:    "the name of a company that does not exist: Keeling Harmony LLC",
		traits: Traits{Types: onText, Differs: true},
		words:  func() []*dictionary { return []*dictionary{lastNames(), companyNouns(), companySuffixes()} },
		length: func(Column) int { return lastNames().longest + companyNouns().longest + companySuffixes().longest + 2 },
		make:   func(p *prf, _ Column) fakes { return company(p) },
	},
	{
		name: maskEmail, version: 1, keyed: true,
		doc:    "an e-mail address that nobody can receive, its own for each value: ann.lee.0kz3t5w9a1b2c@mail.invalid",
		traits: Traits{Types: onText, Uniqueness: CollisionResistant},
		words:  func() []*dictionary { return []*dictionary{mailFirstNames(), mailLastNames()} },
		length: emailLength,
		make:   email,
	},
	{
		name: "phone", version: 1, keyed: true,
		doc:    "a telephone number from those set aside for fiction: +1 212 555 0142",
		traits: Traits{Types: onText, Differs: true},
		words:  func() []*dictionary { return []*dictionary{areaCodes()} },
		length: func(Column) int { return len(phonePattern) },
		make:   func(p *prf, _ Column) fakes { return phone(p) },
	},
	{
		name: "free_text", version: 1, keyed: true,
		doc:    "Latin words of the same length in all, line breaks kept",
		traits: Traits{Types: onText, KeepsLength: true},
		words:  func() []*dictionary { return []*dictionary{fillWords()} },
		make:   func(p *prf, _ Column) fakes { return freeText(p) },
	},
	{
		name: maskPerson, version: 1, keyed: true,
		doc:    "a part of one fictitious person for each subject, so that names, login and e-mail address of a row agree",
		traits: Traits{Types: onText},
		words:  func() []*dictionary { return []*dictionary{personFirstNames(), personLastNames()} },
		adapt:  personTraits,
		bind:   person,
	},
	{
		name: "street", version: 1, keyed: true,
		doc:    "a house number and a street: 482 Keeling Brook",
		traits: Traits{Types: onText, Differs: true},
		words:  func() []*dictionary { return []*dictionary{lastNames(), streetTypes()} },
		length: func(Column) int { return len("999") + 1 + lastNames().longest + 1 + streetTypes().longest },
		make:   func(p *prf, _ Column) fakes { return street(p) },
	},
	{
		name: "city", version: 1, keyed: true,
		doc:    "a city",
		traits: Traits{Types: onText, Differs: true},
		words:  func() []*dictionary { return []*dictionary{cities()} },
		length: func(Column) int { return cities().longest },
		make:   func(p *prf, _ Column) fakes { return oneOf(p, cities()) },
	},
	{
		name: "postcode", version: 1, keyed: true,
		doc:    "a digit for each digit and a letter for each letter, space and punctuation kept",
		traits: Traits{Types: onText, KeepsLength: true, KeepsFormat: true},
		make:   func(p *prf, _ Column) fakes { return postcode(p) },
	},
	{
		name: maskDateShift, version: 1, keyed: true,
		doc:    "the date moved by some days, the same number for all dates of a subject; the time of day kept",
		traits: Traits{Types: []schema.Type{schema.Date, schema.Timestamp, schema.TimestampTZ, schema.Text}, KeepsLength: true, KeepsFormat: true, KeepsOrder: true, MayRefuse: true},
		adapt:  func(t *Traits, c Column) { t.Parameters = fmt.Sprintf("%d days", c.Days) },
		bind:   dateShift,
	},
	{
		name: maskNumber, version: 1, keyed: true,
		doc:    "a number within a percentage of the value, sign and scale kept",
		traits: Traits{Types: []schema.Type{schema.Integer, schema.Decimal, schema.Real}, KeepsFormat: true, MayRefuse: true},
		adapt:  func(t *Traits, c Column) { t.Parameters = fmt.Sprintf("%d%%", c.Percent) },
		bind:   number,
	},
	{
		name: maskDigits, version: 1, keyed: true,
		doc:    "other digits, all else kept; each value has its own fake",
		traits: Traits{Types: []schema.Type{schema.Text, schema.Integer}, Uniqueness: Bijective, KeepsLength: true, KeepsFormat: true, MayRefuse: true},
		bind: func(p *prf, c Column, s site) rowFakes {
			if s.column.Type == schema.Integer {
				return integerDigits(p, s.malformed(c, "the value is no integer"))
			}
			return digits(p, s.malformed(c, "the value holds no digit"))
		},
	},
	{
		name: maskToken, version: 1, keyed: true,
		doc:    "another text of the same alphabet and length, another integer of the same width, another UUID of the same kind; each value has its own fake",
		traits: Traits{Types: []schema.Type{schema.Text, schema.Integer, schema.UUID}, Uniqueness: Bijective, MayRefuse: true},
		adapt: func(t *Traits, c Column) {
			t.Parameters = c.Alphabet
			t.KeepsLength = c.Alphabet != ""
		},
		bind: func(p *prf, c Column, s site) rowFakes {
			switch s.column.Type {
			case schema.Integer:
				return integerToken(p, s.malformed(c, "the value is no integer"))
			case schema.UUID:
				return uuidToken(p, s.malformed(c, "the value is no UUID"))
			}
			return token(p, c.Alphabet, s.malformed(c, "the value holds a letter, digit or other character that is not in the alphabet"))
		},
	},
	{
		name: maskHost, version: 1, keyed: true,
		doc:    "a host that nobody can reach, its own for each value: h0kz3t5w9a1b2c.invalid",
		traits: Traits{Types: onText, Uniqueness: CollisionResistant, MaxLength: fakeHostLength + len(":65535"), Differs: true},
		make:   func(p *prf, _ Column) fakes { return host(p) },
	},
	{
		name: maskURL, version: 1, keyed: true,
		doc:    "a URL of the same shape with the fake of its host",
		traits: Traits{Types: onText, MaxLength: urlLength, OrAsLong: true},
		adapt: func(t *Traits, c Column) {
			t.Parameters = "path " + cmp.Or(string(c.URLPath), "mask") + ", query " + cmp.Or(string(c.URLQuery), "mask")
		},
	},
	{
		name: maskJSON, version: 1,
		doc:    "a JSON document by the rules of its paths",
		traits: Traits{Types: []schema.Type{schema.JSON, schema.Text}, MayRefuse: true},
		adapt:  documentTraits,
	},
	{
		name: maskXML, version: 1,
		doc:    "an XML document by the rules of its paths",
		traits: Traits{Types: []schema.Type{schema.Text, schema.Other}, MayRefuse: true},
		adapt:  documentTraits,
	},
	{
		name: maskArray, version: 1,
		doc:    "an array, each element by a rule",
		traits: Traits{Types: []schema.Type{schema.Other}, MayRefuse: true},
	},
	{
		name: maskFake, version: 1, keyed: true,
		doc:    "what a function of gofakeit makes",
		traits: Traits{Types: onText},
		words:  func() []*dictionary { return []*dictionary{fakeWords()} },
		adapt: func(t *Traits, c Column) {
			f, _ := findFake(c.Name)
			t.MaxLength, t.Parameters = f.longest, c.Name+" "+gofakeitVersion
		},
		bind: func(p *prf, c Column, _ site) rowFakes { return fake(p, c) },
	},
	{
		name: maskCustom, version: 1,
		doc:    "what a function of the host makes",
		traits: Traits{MayRefuse: true},
	},
	{
		name: When, version: 1,
		doc:    "one of several rules, chosen by other columns of the row",
		traits: Traits{SeesNull: true},
	},
	{
		name: Withhold, version: 1,
		doc:    "a secret: never copied, the target's own value or a blank",
		traits: Traits{SeesNull: true},
		adapt:  func(t *Traits, c Column) { t.Parameters = string(c.Withheld) },
	},
}

// documentTraits fills in what happens beside the paths.
func documentTraits(t *Traits, c Column) {
	t.Parameters = "rest " + cmp.Or(string(c.Rest), "refuse")
}

func find(mask string) *definition {
	for i := range masks {
		if masks[i].name == mask {
			return &masks[i]
		}
	}
	return nil
}
