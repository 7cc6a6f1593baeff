package masking

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"maps"
	"slices"
)

// Hash is a SHA-256 over the content of rules.
type Hash [sha256.Size]byte

// String returns the hash in hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Hash returns a hash of what the rules say. It does not depend on lines, on the order of tables, columns and references, on YAML
// spelling, or on whether a default is written out. Fixed values and reasons are part of it.
func (r Rules) Hash() Hash {
	w := content{sha256.New()}
	w.text("retenant rules")
	w.number(r.Version)
	w.text(r.TenantColumn)
	w.number(len(r.Tables))
	for _, name := range slices.Sorted(maps.Keys(r.Tables)) {
		w.text(name)
		w.table(r.Tables[name], r.TenantColumn)
	}
	return w.sum()
}

// content writes values one after the other so that no two lists of values give the same bytes.
type content struct{ hash.Hash }

func (w content) number(n int) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	w.Write(b[:])
}

func (w content) text(s string) {
	w.number(len(s))
	w.Write([]byte(s))
}

func (w content) flag(f bool) {
	if f {
		w.number(1)
	} else {
		w.number(0)
	}
}

func (w content) list(names []string) {
	w.number(len(names))
	for _, name := range names {
		w.text(name)
	}
}

func (w content) sum() Hash { return Hash(w.Sum(nil)) }

func (w content) table(t Table, tenantColumn string) {
	if t.TenantColumn == "" {
		t.TenantColumn = tenantColumn
	}
	w.text(t.TenantColumn)
	w.flag(t.Global)
	w.text(t.Key)
	w.text(t.KeyColumn)
	w.number(len(t.Columns))
	for _, name := range slices.Sorted(maps.Keys(t.Columns)) {
		w.text(name)
		w.column(t.Columns[name])
	}
	w.number(len(t.References))
	for _, h := range referenceHashes(t.References) {
		w.Write([]byte(h))
	}
}

// column writes a rule. A list of subjects or cases counts in its order, paths do not.
func (w content) column(c Column) {
	w.list([]string{c.Mask, c.Reason, c.Value, c.domain(), c.Audience, string(c.Withheld), string(c.Part), c.Alphabet, c.Name,
		string(c.URLPath), string(c.URLQuery), string(c.Rest), string(c.Malformed)})
	w.flag(c.Compact)
	w.list(c.Subject)
	w.number(c.Days)
	w.number(c.Percent)
	w.number(len(c.Paths))
	for _, path := range slices.Sorted(maps.Keys(c.Paths)) {
		w.text(path)
		w.column(c.Paths[path])
	}
	for _, nested := range []*Column{c.Element, c.Else} {
		w.flag(nested != nil)
		if nested != nil {
			w.column(*nested)
		}
	}
	w.number(len(c.Cases))
	for _, when := range c.Cases {
		w.text(when.Column)
		w.list(when.In)
		w.flag(when.Null)
		w.column(when.Then)
	}
}

func (c Column) hash() Hash {
	w := content{sha256.New()}
	w.column(c)
	return w.sum()
}

// referenceHashes returns a hash of each reference, sorted.
func referenceHashes(references []Reference) []string {
	hashes := make([]string, len(references))
	for i, ref := range references {
		w := content{sha256.New()}
		w.list(ref.Columns)
		w.text(ref.To)
		w.list(ref.ToColumns)
		w.text(string(ref.Outside))
		h := w.sum()
		hashes[i] = string(h[:])
	}
	slices.Sort(hashes)
	return hashes
}
