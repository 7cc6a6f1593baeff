package keys

import "math/bits"

// A run is a series of neighboring ids of one block, both ends included.
type run struct{ first, last uint16 }

// A freezer writes blocks in ascending order of their keys. Equal contents give equal blocks, in whatever way they came.
type freezer struct{ set Set }

// formOf chooses the form for n ids in r runs: the smallest, but a bitmap, the fastest, from a number of ids on.
func formOf(n, r int) form {
	size, form := 2*n, list
	switch split := splitHead + splitTail + n; {
	case n > 1<<12:
		size, form = min(size, 8*bitmapWords), bitmap
	case split < size:
		size, form = split, splitList
	}
	if 2*runShorts*r < size {
		return runs
	}
	return form
}

// open adds the head of a block of n ids; the data must follow.
func (f *freezer) open(key uint64, n, items int, form form) {
	s := &f.set
	at := len(s.shorts)
	switch form {
	case splitList:
		at = len(s.bytes)
	case bitmap:
		at = len(s.words)
	}
	s.blocks = append(s.blocks, block{key: key, before: s.length, at: int64(at), last: uint16(n - 1), items: uint16(items), form: form})
	s.length += int64(n)
}

// addRuns adds a block that has the ids of series: ascending, none touching the next. Without any it adds nothing.
func (f *freezer) addRuns(key uint64, series []run) {
	n := 0
	for _, r := range series {
		n += int(r.last-r.first) + 1
	}
	if n == 0 {
		return
	}
	s := &f.set
	switch form := formOf(n, len(series)); form {
	case list:
		f.open(key, n, n, form)
		for _, r := range series {
			for v := int(r.first); v <= int(r.last); v++ {
				s.shorts = append(s.shorts, uint16(v))
			}
		}
	case splitList:
		f.open(key, n, n, form)
		s.bytes = appendSplit(s.bytes, n, series)
	case runs:
		f.open(key, n, len(series), form)
		before := 0
		for _, r := range series {
			s.shorts = append(s.shorts, r.first, r.last, uint16(before))
			before += int(r.last-r.first) + 1
		}
	default:
		var set bits64k
		for _, r := range series {
			set.fill(r.first, r.last)
		}
		f.addBitmap(key, n, &set)
	}
}

// addBits adds a block that has the ids of set. Without any it adds nothing.
func (f *freezer) addBits(key uint64, set *bits64k) {
	n, r := 0, 0
	carry := uint64(0)
	for _, w := range set {
		n += bits.OnesCount64(w)
		r += bits.OnesCount64(w &^ (w<<1 | carry)) // where a run begins
		carry = w >> 63
	}
	if n > 0 && formOf(n, r) == bitmap {
		f.addBitmap(key, n, set)
		return
	}
	series := make([]run, 0, r)
	for w, rest := range set {
		for rest != 0 {
			first := bits.TrailingZeros64(rest)
			length := bits.TrailingZeros64(^(rest >> first)) // 64 only for a full word
			from, to := uint16(w*64+first), uint16(w*64+first+length-1)
			if k := len(series) - 1; k >= 0 && int(series[k].last)+1 == int(from) {
				series[k].last = to
			} else {
				series = append(series, run{from, to})
			}
			if first+length == 64 {
				break
			}
			rest &= ^uint64(0) << (first + length)
		}
	}
	f.addRuns(key, series)
}

func (f *freezer) addBitmap(key uint64, n int, set *bits64k) {
	s := &f.set
	f.open(key, n, 0, bitmap)
	at := len(s.words)
	s.words = append(s.words, make([]uint64, bitmapWords)...)
	(*bitmapData)(s.words[at:]).store(set)
}

// addBlock adds a block of another set as it is.
func (f *freezer) addBlock(from *Set, b *block) {
	s := &f.set
	f.open(b.key, b.len(), int(b.items), b.form)
	switch b.form {
	case splitList:
		s.bytes = append(s.bytes, from.splitOf(b)...)
	case bitmap:
		s.words = append(s.words, from.bitmapOf(b)[:]...)
	default:
		s.shorts = append(s.shorts, from.data(b)...)
	}
}

// freeze returns the set, and leaves the freezer empty. Room left over from growing is given back, since sets are kept
// far longer than they take to make.
func (f *freezer) freeze() *Set {
	s := f.set
	f.set = Set{}
	s.blocks, s.shorts, s.bytes, s.words = trim(s.blocks), trim(s.shorts), trim(s.bytes), trim(s.words)
	return &s
}

func trim[T any](s []T) []T {
	if cap(s)-len(s) <= cap(s)/16 {
		return s
	}
	return append(make([]T, 0, len(s)), s...)
}
