package refresh

import (
	"slices"

	"github.com/dchest/siphash"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/masking"
)

// members is a set of keys in their canonical text.
type members interface{ has(key []byte) bool }

// numbers are members that are integers.
type numbers struct{ set *keys.Set }

func (n numbers) has(key []byte) bool {
	id, ok := keys.ParseID(key)
	return ok && n.set.Contains(id)
}

// keySet is members of any type: 16 bytes for each, the keyed hash of its text. Two of two billion keys have the same one with a probability of 2^-67.
type keySet struct {
	k0, k1 uint64
	sums   []sum
}

type sum struct{ high, low uint64 }

func (a sum) compare(b sum) int {
	switch {
	case a == b:
		return 0
	case a.high < b.high || a.high == b.high && a.low < b.low:
		return -1
	}
	return 1
}

func newKeySet(secret masking.Secret) *keySet {
	h := newRowHash(secret)
	return &keySet{k0: h.k0, k1: h.k1}
}

func (s *keySet) add(key []byte) { s.sums = append(s.sums, s.sum(key)) }

func (s *keySet) sum(key []byte) sum {
	low, high := siphash.Hash128(s.k0, s.k1, key)
	return sum{high, low}
}

// freeze ends the adding.
func (s *keySet) freeze() { slices.SortFunc(s.sums, sum.compare) }

func (s *keySet) has(key []byte) bool {
	_, found := slices.BinarySearchFunc(s.sums, s.sum(key), sum.compare)
	return found
}
