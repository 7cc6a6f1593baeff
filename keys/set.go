package keys

import (
	"iter"
	"sort"
)

// Set is an immutable, ordered, compressed set of ids over all of int64, built for reading. A lookup takes a binary
// search over blocks of 65,536 neighboring ids and one or two reads within a block; there is no search over blocks where
// these have no gaps. An id takes at most 2 bytes, 1.04 bits for each number of the block where ids are dense, next to
// nothing in long runs; a block that is not empty takes 32 bytes more.
//
// The nil *Set and the zero Set are empty. Make others with a [SetBuilder] or from other sets. A Set is safe for
// concurrent use.
type Set struct {
	blocks []block // ascending by key
	length int64
	shorts []uint16 // lists and runs of all blocks
	bytes  []byte   // split lists
	words  []uint64 // bitmaps
}

// Ids are ordered as unsigned numbers inside: the sign bit is flipped.
const signBit = 1 << 63

func toOrdinal(id int64) uint64 { return uint64(id) ^ signBit }
func toID(ordinal uint64) int64 { return int64(ordinal ^ signBit) }

// Len returns the number of ids.
func (s *Set) Len() int64 {
	if s == nil {
		return 0
	}
	return s.length
}

// MemorySize returns the bytes that the ids take in memory, for limits and figures.
func (s *Set) MemorySize() int64 {
	if s == nil {
		return 0
	}
	return blockSize*int64(cap(s.blocks)) + 2*int64(cap(s.shorts)) + int64(cap(s.bytes)) + 8*int64(cap(s.words))
}

// Contains says whether id is in the set.
func (s *Set) Contains(id int64) bool {
	_, ok := s.Rank(id)
	return ok
}

// Rank returns the number of ids in the set that are smaller than id, and whether id itself is in the set. The
// smallest id has rank 0.
func (s *Set) Rank(id int64) (rank int64, ok bool) {
	if s == nil {
		return 0, false
	}
	ordinal := toOrdinal(id)
	key := ordinal >> 16
	i := s.search(key)
	if i == len(s.blocks) {
		return s.length, false
	}
	b := &s.blocks[i]
	if b.key != key {
		return b.before, false
	}
	within, ok := s.rankIn(b, uint16(ordinal))
	return b.before + int64(within), ok
}

// Select returns the id of rank i, and false unless 0 <= i < Len.
func (s *Set) Select(i int64) (id int64, ok bool) {
	if i < 0 || i >= s.Len() {
		return 0, false
	}
	at := sort.Search(len(s.blocks), func(n int) bool { return s.blocks[n].before > i }) - 1
	b := &s.blocks[at]
	return toID(b.key<<16 | uint64(s.selectIn(b, int(i-b.before)))), true
}

// Min returns the smallest id, and false for the empty set.
func (s *Set) Min() (id int64, ok bool) { return s.Select(0) }

// Max returns the largest id, and false for the empty set.
func (s *Set) Max() (id int64, ok bool) { return s.Select(s.Len() - 1) }

// All yields the ids in ascending order.
func (s *Set) All() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		if s == nil {
			return
		}
		for i := range s.blocks {
			b := &s.blocks[i]
			for v := range s.allIn(b) {
				if !yield(toID(b.key<<16 | uint64(v))) {
					return
				}
			}
		}
	}
}

// search returns the place of the first block whose key is not below key. Keys are distinct and ascending, so the
// distance to the first and to the last bounds the place; without gaps the bounds meet.
func (s *Set) search(key uint64) int {
	n := len(s.blocks)
	if n == 0 || key <= s.blocks[0].key {
		return 0
	}
	if key > s.blocks[n-1].key {
		return n
	}
	low, high := 0, n-1
	if d := key - s.blocks[0].key; d < uint64(high) {
		high = int(d)
	}
	if d := s.blocks[n-1].key - key; d < uint64(n-1) {
		low = n - 1 - int(d)
	}
	for low < high {
		mid := int(uint(low+high) >> 1)
		if s.blocks[mid].key < key {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}
