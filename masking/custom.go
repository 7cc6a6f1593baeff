package masking

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/retenant/retenant/tenancy/schema"
)

// Functions are masks of the host's by the name that rules call them by: {mask: custom, name: x}.
type Functions map[string]Function

// Function is a mask of the host's. What it declares is believed: the plan is judged by it.
type Function struct {
	Version     int           // raised with every change to what it makes; stands in receipts
	Uniqueness  Uniqueness    // what it does to distinct values
	Types       []schema.Type // the column types it is for; nil is every type
	MaxLength   int           // its longest fake in characters; 0 where KeepsLength is set or it makes no text
	KeepsLength bool          // its fakes have as many characters as the value

	// Make returns the function for a key of 32 bytes, which is derived from the secret, the rule's domain, the audience, the name and
	// the version. The function appends the fake of a value that is neither NULL nor empty, in the canonical form of the column's
	// type, to dst. It must depend on nothing but key and value, keep neither dst nor value, and be safe for concurrent use. Its
	// error ends the run and must not show the value.
	Make func(key []byte) func(dst, value []byte) ([]byte, error)
}

// identity names the function and its version.
func (f Function) identity(name string) string { return name + "/" + strconv.Itoa(f.Version) }

// custom calls a function of the host's.
func (s site) custom(c Column) (rowFakes, error) {
	audience := cmp.Or(c.Audience, s.binding.Audience)
	switch {
	case s.binding.Secret.IsZero():
		return nil, ErrNoSecret
	case audience == "":
		return nil, ErrNoAudience
	}
	f := s.binding.Functions[c.Name]
	mask := f.Make(s.binding.Secret.expand(32, maskCustom, c.domain(), audience, f.identity(c.Name)))
	return func(dst []byte, src schema.Cell, _ schema.Row) ([]byte, schema.Form, error) {
		made, err := mask(dst, src.Bytes)
		if err != nil {
			return dst, schema.Null, fmt.Errorf("%w: %s: %w", ErrRefused, c.Name, err)
		}
		return made, schema.Regular, nil
	}, nil
}

// traits returns what the function declares.
func (f Function) traits(t *Traits, name string) {
	t.Uniqueness, t.Types, t.MaxLength, t.KeepsLength = f.Uniqueness, slices.Clone(f.Types), f.MaxLength, f.KeepsLength
	t.Parameters = f.identity(name)
}
