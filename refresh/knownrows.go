package refresh

import (
	"encoding/binary"
	"slices"
)

// knownRows is what a landing left in a table, by the digests of its rows. Rows that are there now are held against it one by one.
type knownRows struct {
	entries []uint64   // 32 bits of the key's hash and 32 of the row's, each pair once
	left    []uint32   // how many rows of each entry have not been found yet
	first   []int      // where the entries of each of 2^16 parts begin, by the top bits of the key's hash
	pending []uint64   // key hashes of rows that are none of the known ones of their key
	sums    rowSums    // in place of entries; nil where each row has a digest
	now     rowDigests // sums of the rows that are there now

	unchanged, changed, created int64
	last                        uint64 // key's hash of the last entry read
	rows                        int64
}

// A key's hash has 40 bits: 16 tell its part, and 24 its place there.
const (
	knownPartBits = 24
	knownParts    = 1 << 16
)

// verdict tells what became of a row since the landing.
type verdict uint8

const (
	rowUnchanged verdict = iota
	rowChanged
	rowCreated
	rowUnknown // it counts in sums
)

func newKnownRows(head *rowDigestHead) *knownRows {
	k := new(knownRows)
	if head.Sums {
		k.sums = make(rowSums, 0, 1<<rowSumBits)
		k.now.sums = newRowSums()
		return k
	}
	k.first = make([]int, 0, knownParts+1)
	k.entries = make([]uint64, 0, min(head.Rows, maxRowDigests))
	k.left = make([]uint32, 0, cap(k.entries))
	return k
}

// read adds a piece, and returns false for one that no landing wrote.
func (k *knownRows) read(piece []byte) bool {
	if k.sums != nil {
		for ; len(piece) >= rowDigestSumBytes && len(k.sums) < cap(k.sums); piece = piece[rowDigestSumBytes:] {
			s := rowSum{sum: binary.LittleEndian.Uint64(piece), rows: binary.LittleEndian.Uint32(piece[8:])}
			k.sums, k.rows = append(k.sums, s), k.rows+int64(s.rows)
		}
		return len(piece) == 0
	}
	var key uint64
	for len(piece) > 0 {
		delta, n := binary.Uvarint(piece)
		if n <= 0 || len(piece) < n+4 || delta > 1<<40 {
			return false
		}
		key += delta
		if key >= 1<<40 || key < k.last {
			return false
		}
		k.entry(key, binary.LittleEndian.Uint32(piece[n:]))
		piece, k.last = piece[n+4:], key
	}
	return true
}

// entry adds a row's digest. They come in the order of the key's hash.
func (k *knownRows) entry(key uint64, row uint32) {
	k.rows++
	k.fill(int(key >> knownPartBits))
	entry := key<<32 | uint64(row)
	if n := len(k.entries); n > k.first[key>>knownPartBits] && k.entries[n-1] == entry {
		k.left[n-1]++
		return
	}
	k.entries, k.left = append(k.entries, entry), append(k.left, 1)
}

// fill notes where the parts begin, up to this one.
func (k *knownRows) fill(part int) {
	for len(k.first) <= part {
		k.first = append(k.first, len(k.entries))
	}
}

// complete tells whether all was read.
func (k *knownRows) complete(head *rowDigestHead) bool {
	if k.sums == nil {
		k.fill(knownParts)
	}
	return k.rows == head.Rows && (k.sums == nil || len(k.sums) == cap(k.sums))
}

// group returns the entries of a key's hash.
func (k *knownRows) group(key uint64) (first, end int) {
	low, high := k.first[key>>knownPartBits], k.first[key>>knownPartBits+1]
	part, want := k.entries[low:high], key&0xffffffff
	i := int(uint64(len(part)) * (key & (1<<knownPartBits - 1)) >> knownPartBits) // hashes are spread evenly, so it is not far from there
	for i > 0 && part[i-1]>>32 >= want {
		i--
	}
	for i < len(part) && part[i]>>32 < want {
		i++
	}
	n := slices.IndexFunc(part[i:], func(entry uint64) bool { return entry>>32 != want })
	if n < 0 {
		n = len(part) - i
	}
	return low + i, low + i + n
}

// judge counts a row that is there now. That it is changed and not created is final after [knownRows.finish] only, where two keys have the same hash.
func (k *knownRows) judge(r rowDigest) verdict {
	if k.sums != nil {
		k.now.add(r)
		return rowUnknown
	}
	first, end := k.group(r.key)
	waiting := false
	for i := first; i < end; i++ {
		if k.left[i] > 0 && uint32(k.entries[i]) == r.row {
			k.left[i]--
			k.unchanged++
			return rowUnchanged
		}
		waiting = waiting || k.left[i] > 0
	}
	if waiting {
		k.pending = append(k.pending, r.key)
		return rowChanged
	}
	k.created++
	return rowCreated
}

// finish counts the rows whose key was known and whose digest was not, and returns the number of rows that are gone. Of sums it returns what is sure.
func (k *knownRows) finish() (deleted int64) {
	if k.sums != nil {
		k.changed, deleted = k.sums.judge(k.now.sums)
		return deleted
	}
	for _, key := range k.pending {
		first, end := k.group(key)
		if at := slices.IndexFunc(k.left[first:end], func(left uint32) bool { return left > 0 }); at >= 0 {
			k.left[first+at]--
			k.changed++
		} else {
			k.created++
		}
	}
	for _, left := range k.left {
		deleted += int64(left)
	}
	return deleted
}
