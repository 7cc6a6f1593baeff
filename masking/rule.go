package masking

import (
	"maps"
	"slices"
)

// Column is the rule of one column: a mask and its parameters. The zero value is no rule and is refused. A parameter that the mask does not
// know is refused too, see [Column.Check].
type Column struct {
	Mask     string // one of [Names]
	Reason   string // of pass, required there: why the values identify nobody
	Value    string // of fixed: the value in the canonical form of the column's type, "" included; never shown in an error
	Domain   string // columns of one domain and mask give the same value the same fake; "" is the mask's name
	Audience string // who shares the fakes, in place of the run's audience; the two are one name space
	Compact  bool   // of email and person: the short form, for columns of 23 to 47 characters; a domain is all compact or not at all
	Line     int    // place in the rules file, 0 for Go values

	Withheld Withheld `json:",omitempty"` // of secret, required there: what the copy has in place of the value

	Part    Part     `json:",omitempty"` // of person, required there
	Subject []string `json:",omitempty"` // of person and date_shift, required there: the columns of the row that say whose value it is, in order
	Days    int      `json:",omitempty"` // of date_shift, required there: the longest shift, 1 to [MaxDays]
	Percent int      `json:",omitempty"` // of number, required there: the largest noise, 1 to 100

	Alphabet string `json:",omitempty"` // of token, required on text: the characters that values are made of, ASCII, each once
	Name     string `json:",omitempty"` // of fake and custom, required there: of the function

	URLPath  URLPart `json:",omitempty"` // of url
	URLQuery URLPart `json:",omitempty"` // of url: the query and the fragment

	// Of json and xml: the rule of each path. A path is names with points between them, "*" for any name, "[*]" for the elements of a list
	// and, in XML, "@name" for an attribute: contacts[*].email, person.@id. A name that holds one of these characters stands in quotes.
	Paths     map[string]Column `json:",omitempty"`
	Rest      Rest              `json:",omitempty"` // of json and xml: what becomes of all that no path names
	Malformed Malformed         `json:",omitempty"` // of masks that read their values: what becomes of one that cannot be read

	Element *Column `json:",omitempty"` // of array, required there: the rule of each element
	Cases   []Case  `json:",omitempty"` // of when, required there: the first that holds decides
	Else    *Column `json:",omitempty"` // of when, required there: the rule where no case holds
}

// Case is a condition on another column of the same row, and the rule where it holds. The column's value is the original's.
type Case struct {
	Column string   // whose value decides
	In     []string `json:",omitempty"` // the values for which it holds, in the canonical form of that column's type
	Null   bool     `json:",omitempty"` // whether it holds for NULL
	Then   Column
	Line   int // place in the rules file, 0 for Go values
}

// Withheld says what the copy has in a column that is declared secret: such a value never leaves the source, whatever the request asks for.
type Withheld string

// What the copy has in a secret column.
const (
	WithheldKeep  Withheld = "keep"  // the target's own value in the copy of the same original; a blank in rows that the target does not have, or that are not known as that copy
	WithheldBlank Withheld = "blank" // NULL, or in a column that is NOT NULL the type's empty value
)

// Part is what a column holds of a person.
type Part string

// The parts of a person. Those of one subject and domain belong to one fictitious person.
const (
	PartFirstName Part = "first_name"
	PartLastName  Part = "last_name"
	PartFullName  Part = "full_name" // first and last name
	PartLogin     Part = "login"     // what stands before the @ of the e-mail address
	PartEmail     Part = "email"
)

// URLPart says what becomes of the path of a URL, or of its query and fragment.
type URLPart string

// What becomes of a part of a URL.
const (
	URLMask URLPart = ""     // letters and digits are replaced by others, separators and the names in a query stay; written "mask"
	URLDrop URLPart = "drop" // it is left out
	URLKeep URLPart = "keep" // it stays: only where it identifies nobody
)

// Rest says what becomes of the parts of a document that no path names.
type Rest string

// What becomes of the rest of a document.
const (
	RestRefuse Rest = ""       // the run is refused; written "refuse"
	RestRedact Rest = "redact" // texts become x's, numbers 0, booleans false; what is no text keeps its place
	RestDrop   Rest = "drop"   // it is left out
)

// Malformed says what becomes of a value that its mask cannot read.
type Malformed string

// What becomes of a malformed value.
const (
	MalformedRefuse Malformed = ""       // the run is refused; written "refuse"
	MalformedNull   Malformed = "null"   // NULL
	MalformedRedact Malformed = "redact" // of documents in text columns: an x for each character
)

// Equal tells whether two rules say the same, wherever they stand.
func (c Column) Equal(other Column) bool { return c.hash() == other.hash() }

// Reads returns the columns of the row that the rule looks at beside its own, sorted, each once; nil is none. They must be
// stored columns of the same table.
func (c Column) Reads() []string {
	names := slices.Clone(c.Subject)
	for _, when := range c.Cases {
		names = append(names, when.Column)
	}
	for _, nested := range c.nested() {
		names = append(names, nested.Reads()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// nested returns the rules inside the rule, in a fixed order.
func (c Column) nested() []Column {
	var rules []Column
	for _, path := range slices.Sorted(maps.Keys(c.Paths)) {
		rules = append(rules, c.Paths[path])
	}
	if c.Element != nil {
		rules = append(rules, *c.Element)
	}
	for _, when := range c.Cases {
		rules = append(rules, when.Then)
	}
	if c.Else != nil {
		rules = append(rules, *c.Else)
	}
	return rules
}
