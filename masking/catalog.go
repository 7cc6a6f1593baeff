package masking

import "github.com/retenant/retenant/tenancy/schema"

// definition is one mask: what it is called, what it does, and how its function is made.
type definition struct {
	name    string
	doc     string
	version int // raised with every change to what the mask makes
	traits  Traits
	keyed   bool
	words   func() []*dictionary // in a fixed order
	length  func(Column) int     // MaxLength, where it depends on dictionaries or parameters
	make    func(*prf, Column) fakes
}

// fakes appends the fake of a value that is neither NULL nor empty.
type fakes func(dst, value []byte) []byte

var onText = []schema.Type{schema.Text}

// The names of the masks that are not functions of a value.
const (
	Pass      = "pass"  // copies the value, for a reason
	Null      = "null"  // NULL
	Fixed     = "fixed" // one value for all
	maskEmail = "email"
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
}

func find(mask string) *definition {
	for i := range masks {
		if masks[i].name == mask {
			return &masks[i]
		}
	}
	return nil
}
