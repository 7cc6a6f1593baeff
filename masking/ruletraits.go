package masking

import (
	"crypto/sha256"
	"maps"
	"slices"
	"strings"
)

// Traits returns the traits of the column's mask with the column's parameters, and false where there is no such mask. Of a rule that calls a
// function of the host's, [Column.TraitsFor] knows more.
func (c Column) Traits() (Traits, bool) { return c.TraitsFor(nil) }

// TraitsFor does what Traits does, and takes the traits of custom masks from the functions.
//
// Of when, a property holds where it holds for every branch; since two branches may give two values the same fake, only branches that
// are all collision-resistant keep values apart. An array is of its element's class. Documents are lossy.
func (c Column) TraitsFor(functions Functions) (Traits, bool) {
	m := find(c.Mask)
	if m == nil {
		return Traits{}, false
	}
	t := m.traits
	t.Mask, t.Doc, t.Version, t.Keyed = m.name, m.doc, m.version, m.keyed
	t.Types = slices.Clone(t.Types)
	if m.length != nil {
		t.MaxLength = m.length(c)
	}
	if m.adapt != nil {
		m.adapt(&t, c)
	}
	if m.words != nil {
		content := sha256.New()
		for _, d := range m.words() {
			content.Write(d.hash[:])
		}
		content.Sum(t.DictionaryHash[:0])
	}
	switch c.Mask {
	case maskCustom:
		t.Keyed = true
		functions[c.Name].traits(&t, c.Name)
	case maskURL, maskJSON, maskXML, maskArray, When:
		c.nestedTraits(&t, functions)
	}
	if c.Malformed != MalformedRefuse && (c.Mask != maskJSON && c.Mask != maskXML || c.Rest != RestRefuse) && !slices.ContainsFunc(c.nested(), func(n Column) bool {
		inner, _ := n.TraitsFor(functions)
		return inner.MayRefuse
	}) {
		t.MayRefuse = false
	}
	return t, true
}

// nestedTraits fills in what a rule has from the rules inside it, or from the mask of its host.
func (c Column) nestedTraits(t *Traits, functions Functions) {
	inner := make([]Traits, 0, 4)
	var identities []string
	note := func(label string, rule Column) {
		n, _ := rule.TraitsFor(functions)
		inner = append(inner, n)
		identities = append(identities, label+n.Identity())
		t.Keyed = t.Keyed || n.Keyed
	}
	switch c.Mask {
	case maskURL:
		note("host ", Column{Mask: maskHost})
	case maskArray:
		if c.Element != nil {
			note("", *c.Element)
			t.Uniqueness = inner[0].Uniqueness
		}
	case When:
		for _, when := range c.Cases {
			note(when.Column+" ", when.Then)
		}
		if c.Else != nil {
			note("else ", *c.Else)
		}
		branches(t, inner)
	default:
		for _, path := range slices.Sorted(maps.Keys(c.Paths)) {
			note(path+" ", c.Paths[path])
		}
	}
	t.Parameters = strings.Join(append(identities, t.Parameters), ", ")
	t.Parameters = strings.TrimSuffix(t.Parameters, ", ")
}

// branches fills in what all branches of a condition have in common.
func branches(t *Traits, inner []Traits) {
	if len(inner) == 0 {
		return
	}
	t.KeepsLength, t.KeepsFormat, t.KeepsOrder, t.Differs, t.Uniqueness = true, true, false, true, CollisionResistant
	for _, n := range inner {
		t.MaxLength = max(t.MaxLength, n.MaxLength)
		t.OrAsLong = t.OrAsLong || n.KeepsLength || n.OrAsLong
		t.KeepsLength = t.KeepsLength && n.KeepsLength
		t.KeepsFormat = t.KeepsFormat && n.KeepsFormat
		t.Differs = t.Differs && n.Differs
		t.NeedsNullable = t.NeedsNullable || n.NeedsNullable
		t.MayRefuse = t.MayRefuse || n.MayRefuse
		if n.Uniqueness != CollisionResistant {
			t.Uniqueness = Lossy
		}
	}
	t.OrAsLong = t.OrAsLong && !t.KeepsLength
}
