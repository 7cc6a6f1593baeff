package masking

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"

	"github.com/retenant/retenant/tenancy/schema"
)

// Uniqueness tells what a mask does to values that are distinct.
type Uniqueness int

// The classes of a mask. The zero value is the one that promises nothing.
const (
	// Lossy masks give distinct values the same fake as a matter of course: not for unique columns.
	Lossy Uniqueness = iota
	// CollisionResistant masks carry 64 bits or more of the value's image: a unique column may have one, and its index decides.
	CollisionResistant
	// Bijective masks give distinct values distinct fakes, always.
	Bijective
)

// String returns the class in lower case.
func (u Uniqueness) String() string {
	switch u {
	case CollisionResistant:
		return "collision-resistant"
	case Bijective:
		return "bijective"
	default:
		return "lossy"
	}
}

// Traits tell what a mask does, for those who decide whether a column may have it. They depend on no secret.
type Traits struct {
	Mask       string
	Doc        string // one line
	Version    int
	Uniqueness Uniqueness
	Types      []schema.Type // the column types it applies to; nil is every type

	MaxLength   int  // the longest fake in characters, whatever the value; 0 where KeepsLength is set or the mask makes no text
	KeepsLength bool // the fake has as many characters as the value
	OrAsLong    bool // the fake may exceed MaxLength where the value does, and is then no longer than the value
	KeepsFormat bool // letters, digits and separators stand where they stood; in numbers, sign and scale stay
	KeepsOrder  bool // the fakes of one subject's values are in the order of the values

	Keyed         bool // depends on secret, domain and audience
	SeesNull      bool // NULL and the empty text are replaced too; otherwise both stay
	NeedsNullable bool // not for a column that is NOT NULL
	MayRefuse     bool // there are values that end the run, as the rule stands
	Differs       bool // the fake never equals a value that is not empty, whatever its case

	Parameters     string            // of the rule, as far as a fake depends on them; nested rules by their identity
	DictionaryHash [sha256.Size]byte // of the words that fakes are made of; zero where there are none
}

// Identity names all that a fake depends on besides the secret, domain, audience, value and row: the mask, its version, where it
// has dictionaries the start of their hash, and its parameters. Receipts record it; two runs with the same identity make the same fakes.
func (t Traits) Identity() string {
	id := t.Mask + "/" + strconv.Itoa(t.Version)
	if t.DictionaryHash != ([sha256.Size]byte{}) {
		id += "/" + hex.EncodeToString(t.DictionaryHash[:8])
	}
	if t.Parameters != "" {
		id += "(" + t.Parameters + ")"
	}
	return id
}

// keyIdentity is the part of the identity that keys are derived for: parameters do not belong to it, so that the parts of one person agree.
func (t Traits) keyIdentity() string {
	t.Parameters = ""
	return t.Identity()
}

// Applies tells whether the mask is for columns of the type.
func (t Traits) Applies(typ schema.Type) bool { return t.Types == nil || slices.Contains(t.Types, typ) }

// Lookup returns the traits of a mask by its name in rules; of email, those of the long form.
func Lookup(mask string) (Traits, bool) {
	return Column{Mask: mask}.Traits()
}

// Names returns the names of all masks, in the order in which a list for people should show them.
func Names() []string {
	names := make([]string, len(masks))
	for i, m := range masks {
		names[i] = m.name
	}
	return names
}

// DictionaryHash returns the hash of the words of all masks, for receipts: as long as it stays, no dictionary has changed.
func DictionaryHash() Hash {
	content := sha256.New()
	for _, m := range masks {
		if m.words == nil {
			continue
		}
		for _, d := range m.words() {
			content.Write(d.hash[:])
		}
	}
	return Hash(content.Sum(nil))
}
