package keys

import (
	"iter"
	"math/bits"
)

// A block holds the ids whose upper 48 bits are equal, in the smallest of three forms.
type block struct {
	key    uint64 // upper 48 bits of the ordinals
	before int64  // number of ids in all blocks before
	at     int64  // where its data begin, in Set.shorts or Set.words
	last   uint16 // number of ids, less one
	items  uint16 // number of ids (list) or runs (runs)
	form   form
}

const blockSize = 32 // bytes of a block's head

// A form is how a block is stored.
type form uint8

const (
	list   form = iota // ids, ascending
	runs               // triples: first, last, number of ids in the runs before
	bitmap             // group counts, then one bit per number
)

const (
	bitmapWords = 1 << 16 / 64
	groupWords  = 8                        // words that share one count of the ids before them
	groups      = bitmapWords / groupWords // four counts fit in a word
	countWords  = groups / 4
	runShorts   = 3
)

// A bits64k has one bit for each id of a block.
type bits64k [bitmapWords]uint64

func (b *block) len() int { return int(b.last) + 1 }

// data returns the block's part of Set.shorts; it has none there if it is a bitmap.
func (s *Set) data(b *block) []uint16 {
	switch b.form {
	case list:
		return s.shorts[b.at : b.at+int64(b.items)]
	case runs:
		return s.shorts[b.at : b.at+runShorts*int64(b.items)]
	}
	return nil
}

// bitmapOf returns the group counts and the bits of a block that is a bitmap.
func (s *Set) bitmapOf(b *block) (counts *[countWords]uint64, set *bits64k) {
	return (*[countWords]uint64)(s.words[b.at:]), (*bits64k)(s.words[b.at+countWords:])
}

func groupCount(counts *[countWords]uint64, group int) int {
	return int(uint16(counts[group/4] >> (group % 4 * 16)))
}

// rankIn returns how many ids of b lie before v, and whether v is one.
func (s *Set) rankIn(b *block, v uint16) (int, bool) {
	switch b.form {
	case list:
		ids := s.data(b)
		i := searchList(ids, v)
		return i, i < len(ids) && ids[i] == v
	case runs:
		triples := s.data(b)
		i, n := 0, int(b.items) // the first run that begins after v
		for n > 0 {
			half := n >> 1
			if triples[(i+half)*runShorts] <= v {
				i += half + 1
				n -= half + 1
			} else {
				n = half
			}
		}
		if i == 0 {
			return 0, false
		}
		first, last, before := triples[i*runShorts-3], triples[i*runShorts-2], int(triples[i*runShorts-1])
		if v > last {
			return before + int(last-first) + 1, false
		}
		return before + int(v-first), true
	default:
		counts, set := s.bitmapOf(b)
		word := int(v >> 6)
		rank := groupCount(counts, word/groupWords)
		for w := word &^ (groupWords - 1); w < word; w++ {
			rank += bits.OnesCount64(set[w])
		}
		bit := uint64(1) << (v & 63)
		return rank + bits.OnesCount64(set[word]&(bit-1)), set[word]&bit != 0
	}
}

// selectIn returns the id of b that has i before it; i must be below the block's length.
func (s *Set) selectIn(b *block, i int) uint16 {
	switch b.form {
	case list:
		return s.data(b)[i]
	case runs:
		triples := s.data(b)
		low, high := 0, int(b.items)-1
		for low < high {
			mid := (low + high + 1) / 2
			if int(triples[mid*runShorts+2]) <= i {
				low = mid
			} else {
				high = mid - 1
			}
		}
		return triples[low*runShorts] + uint16(i-int(triples[low*runShorts+2]))
	default:
		counts, set := s.bitmapOf(b)
		low, high := 0, groups-1
		for low < high {
			mid := (low + high + 1) / 2
			if groupCount(counts, mid) <= i {
				low = mid
			} else {
				high = mid - 1
			}
		}
		i -= groupCount(counts, low)
		word := low * groupWords
		for n := bits.OnesCount64(set[word]); i >= n; n = bits.OnesCount64(set[word]) {
			i -= n
			word++
		}
		rest := set[word]
		for ; i > 0; i-- {
			rest &= rest - 1
		}
		return uint16(word*64 + bits.TrailingZeros64(rest))
	}
}

// allIn yields the ids of b in order.
func (s *Set) allIn(b *block) iter.Seq[uint16] {
	return func(yield func(uint16) bool) {
		switch b.form {
		case list:
			for _, v := range s.data(b) {
				if !yield(v) {
					return
				}
			}
		case runs:
			for triples := s.data(b); len(triples) > 0; triples = triples[runShorts:] {
				for v := int(triples[0]); v <= int(triples[1]); v++ {
					if !yield(uint16(v)) {
						return
					}
				}
			}
		default:
			_, set := s.bitmapOf(b)
			for w, rest := range set {
				for ; rest != 0; rest &= rest - 1 {
					if !yield(uint16(w*64 + bits.TrailingZeros64(rest))) {
						return
					}
				}
			}
		}
	}
}

// load writes the ids of b to to, whatever stood there.
func (s *Set) load(b *block, to *bits64k) {
	switch b.form {
	case list:
		*to = bits64k{}
		for _, v := range s.data(b) {
			to[v>>6] |= 1 << (v & 63)
		}
	case runs:
		*to = bits64k{}
		for triples := s.data(b); len(triples) > 0; triples = triples[runShorts:] {
			to.fill(triples[0], triples[1])
		}
	default:
		_, set := s.bitmapOf(b)
		*to = *set
	}
}

// fill sets the bits from first to last, both included.
func (set *bits64k) fill(first, last uint16) {
	from, to := first>>6, last>>6
	head, tail := ^uint64(0)<<(first&63), ^uint64(0)>>(63-last&63)
	if from == to {
		set[from] |= head & tail
		return
	}
	set[from] |= head
	for w := from + 1; w < to; w++ {
		set[w] = ^uint64(0)
	}
	set[to] |= tail
}

// searchList returns the place of the first id that is not below v. Ids are mostly spread evenly, so it begins where v would
// then be and widens from there: that touches one or two cache lines, where halving touches a new one in each step.
func searchList(ids []uint16, v uint16) int {
	low, high := 0, len(ids) // ids[:low] are below v, ids[high:] are not
	if high == 0 {
		return 0
	}
	if guess := int(uint32(v) * uint32(high) >> 16); ids[guess] < v {
		low = guess + 1
		for step := 8; low+step < high; step *= 2 {
			if ids[low+step] >= v {
				high = low + step
				break
			}
			low += step + 1
		}
	} else {
		high = guess
		for step := 8; step <= high; step *= 2 {
			if ids[high-step] < v {
				low = high - step + 1
				break
			}
			high -= step
		}
	}
	for low < high {
		mid := int(uint(low+high) >> 1)
		if ids[mid] < v {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}
