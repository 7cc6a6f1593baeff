package keys

import "math/bits"

const setWords = 1 << 16 / 64

// A bits64k has one bit for each id of a block. Sets are joined in this form, and kept as bitmapData.
type bits64k [setWords]uint64

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

// bitmapData is a bitmap cut into lines of 64 bytes. A line begins with the number of ids in the lines before, in 16 bits;
// the other 496 bits stand for as many numbers. So a lookup touches one line of the cache, and nothing that it waits for
// decides on a branch: the processor can begin the next lookup meanwhile.
type bitmapData [bitmapLines * lineWords]uint64

const (
	lineWords   = 8
	countBits   = 16
	countMask   = 1<<countBits - 1
	lineBits    = 64*lineWords - countBits
	bitmapLines = (1<<16 + lineBits - 1) / lineBits
	bitmapWords = bitmapLines * lineWords

	// Seen as chunks of 16 bits, a line is the count and 31 more; four make a word.
	chunkBits  = 16
	chunkMask  = 1<<chunkBits - 1
	lineChunks = lineBits / chunkBits
)

func (s *Set) bitmapOf(b *block) *bitmapData { return (*bitmapData)(s.words[b.at:]) }

func (m *bitmapData) line(i int) *[lineWords]uint64 { return (*[lineWords]uint64)(m[i*lineWords:]) }

// before returns the number of ids in the lines before line i.
func (m *bitmapData) before(i int) int { return int(m[i*lineWords] & countMask) }

// rank returns how many ids lie before v, and whether v is one. It counts the whole line, since a loop that ends at v would
// be a branch that nobody can foresee.
func (m *bitmapData) rank(v uint16) (int, bool) {
	line := m.line(int(v / lineBits))
	place := uint(v%lineBits) + countBits
	rank := int(line[0]&countMask) +
		bits.OnesCount64(line[0]&^countMask&bitsBelow(place, 0)) +
		bits.OnesCount64(line[1]&bitsBelow(place, 1)) +
		bits.OnesCount64(line[2]&bitsBelow(place, 2)) +
		bits.OnesCount64(line[3]&bitsBelow(place, 3)) +
		bits.OnesCount64(line[4]&bitsBelow(place, 4)) +
		bits.OnesCount64(line[5]&bitsBelow(place, 5)) +
		bits.OnesCount64(line[6]&bitsBelow(place, 6)) +
		bits.OnesCount64(line[7]&bitsBelow(place, 7))
	return rank, line[place>>6&(lineWords-1)]>>(place&63)&1 != 0
}

// bitsBelow returns the bits of a word that lie before a place in its line.
func bitsBelow(place uint, word int) uint64 { return 1<<uint(max(0, int(place)-64*word)) - 1 }

// at returns the id that has i before it, of n. Ids are mostly spread evenly, so it begins with the line where it would
// then be and widens from there.
func (m *bitmapData) at(i, n int) uint16 {
	low, high := 0, bitmapLines // low is not behind the line sought, high is
	if guess := i * bitmapLines / n; m.before(guess) <= i {
		low = guess
		for step := 1; low+step < high; step *= 2 {
			if m.before(low+step) > i {
				high = low + step
				break
			}
			low += step
		}
	} else {
		high = guess
		for step := 1; step < high; step *= 2 {
			if m.before(high-step) <= i {
				low = high - step
				break
			}
			high -= step
		}
	}
	for high-low > 1 {
		if mid := (low + high) / 2; m.before(mid) <= i {
			low = mid
		} else {
			high = mid
		}
	}
	i -= m.before(low)
	line := m.line(low)
	word, rest := 0, line[0]&^countMask
	for c := bits.OnesCount64(rest); i >= c; c = bits.OnesCount64(rest) {
		i -= c
		word++
		rest = line[word]
	}
	for ; i > 0; i-- {
		rest &= rest - 1
	}
	return uint16(low*lineBits + word*64 + bits.TrailingZeros64(rest) - countBits)
}

// all yields the ids in order.
func (m *bitmapData) all(yield func(uint16) bool) {
	for i := range bitmapLines {
		line := *m.line(i)
		line[0] &^= countMask
		for w, rest := range line {
			for ; rest != 0; rest &= rest - 1 {
				if !yield(uint16(i*lineBits + w*64 + bits.TrailingZeros64(rest) - countBits)) {
					return
				}
			}
		}
	}
}

// load writes the ids to to, whatever stood there.
func (m *bitmapData) load(to *bits64k) {
	*to = bits64k{}
	for c := range 1 << 16 / chunkBits {
		at := c%lineChunks + 1
		chunk := m[c/lineChunks*lineWords+at/4] >> (at % 4 * chunkBits) & chunkMask
		to[c/4] |= chunk << (c % 4 * chunkBits)
	}
}

// store writes the ids of set, and the counts, to m, which must be zero.
func (m *bitmapData) store(set *bits64k) {
	before := 0
	for c := range 1 << 16 / chunkBits {
		at := c%lineChunks + 1
		if at == 1 {
			m[c/lineChunks*lineWords] = uint64(before)
		}
		chunk := set[c/4] >> (c % 4 * chunkBits) & chunkMask
		m[c/lineChunks*lineWords+at/4] |= chunk << (at % 4 * chunkBits)
		before += bits.OnesCount64(chunk)
	}
}
