package keys

import "iter"

// A block holds the ids whose upper 48 bits are equal, in one of four forms.
type block struct {
	key    uint64 // upper 48 bits of the ordinals
	before int64  // number of ids in all blocks before
	at     int64  // where its data begin, in the slice of its form
	last   uint16 // number of ids, less one
	items  uint16 // number of ids (list, splitList) or runs (runs)
	form   form
}

const blockSize = 32 // bytes of a block's head

// A form is how a block is stored.
type form uint8

const (
	list      form = iota // few ids: ascending, in Set.shorts
	splitList             // more ids: the lower bytes, in Set.bytes; see splitData
	runs                  // triples in Set.shorts: first, last, number of ids in the runs before
	bitmap                // one bit per number, in Set.words; see bitmapData
)

const runShorts = 3

func (b *block) len() int { return int(b.last) + 1 }

// data returns the part of Set.shorts that a list or runs have.
func (s *Set) data(b *block) []uint16 {
	switch b.form {
	case list:
		return s.shorts[b.at : b.at+int64(b.items)]
	case runs:
		return s.shorts[b.at : b.at+runShorts*int64(b.items)]
	}
	return nil
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
	case splitList:
		return s.splitOf(b).rank(v)
	default:
		return s.bitmapOf(b).rank(v)
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
	case splitList:
		return s.splitOf(b).at(i)
	default:
		return s.bitmapOf(b).at(i, b.len())
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
		case splitList:
			s.splitOf(b).all(yield)
		default:
			s.bitmapOf(b).all(yield)
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
	case splitList:
		*to = bits64k{}
		for v := range s.splitOf(b).all {
			to[v>>6] |= 1 << (v & 63)
		}
	default:
		s.bitmapOf(b).load(to)
	}
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
