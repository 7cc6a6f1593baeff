package masking

import (
	"encoding/binary"
	"math/bits"
)

// feistelRounds is the number of rounds of every permutation here, as in FF1 of NIST SP 800-38G.
const feistelRounds = 10

// permute is a keyed permutation of the numbers from 0 to n-1, another one for each tweak: a balanced Feistel network over the next even
// number of bits, walked along its cycle until it comes back below n, which takes less than four steps on average.
func (p *prf) permute(x, n, tweak uint64) uint64 {
	if n < 2 {
		return x
	}
	width := (bits.Len64(n-1) + 1) / 2
	mask := uint64(1)<<width - 1
	var input [32]byte
	le := binary.LittleEndian
	le.PutUint64(input[0:], tweak)
	le.PutUint64(input[8:], n)
	for {
		left, right := x>>width, x&mask
		for round := range uint64(feistelRounds) {
			le.PutUint64(input[16:], round)
			le.PutUint64(input[24:], right)
			f, _ := p.draw(input[:])
			left, right = right, left^uint64(f)&mask
		}
		if x = left<<width | right; x < n {
			return x
		}
	}
}

// permute122 is a keyed permutation of 122 bits, given as two halves of 61.
func (p *prf) permute122(left, right, tweak uint64) (uint64, uint64) {
	const mask = 1<<61 - 1
	var input [24]byte
	le := binary.LittleEndian
	le.PutUint64(input[0:], tweak)
	for round := range uint64(feistelRounds) {
		le.PutUint64(input[8:], round)
		le.PutUint64(input[16:], right)
		f, _ := p.draw(input[:])
		left, right = right, left^uint64(f)&mask
	}
	return left, right
}

// symbolPermutation permutes the texts of each length over an alphabet of radix symbols.
type symbolPermutation struct {
	function *prf
	radix    int
	single   []byte // the image of each text of one symbol, which has no halves
}

func newSymbolPermutation(p *prf, radix int) symbolPermutation {
	s := symbolPermutation{function: p, radix: radix, single: make([]byte, radix)}
	for i := range s.single {
		s.single[i] = byte(p.permute(uint64(i), uint64(radix), singleTweak))
	}
	return s
}

// singleTweak keeps the permutation of single symbols apart from those of numbers.
const singleTweak = 1 << 63

// apply permutes the symbols, each from 0 to radix-1, in place. In each round one half is added, symbol by symbol modulo the radix, to what the
// function makes of the other half.
func (s *symbolPermutation) apply(symbols []byte) {
	if len(symbols) < 2 {
		for i, symbol := range symbols {
			symbols[i] = s.single[symbol]
		}
		return
	}
	middle := len(symbols) / 2
	var scratch [64]byte
	for round := range feistelRounds {
		from, to := symbols[:middle], symbols[middle:]
		if round%2 == 1 {
			from, to = to, from
		}
		input := append(scratch[:0], 's', byte(s.radix), byte(round))
		input = binary.LittleEndian.AppendUint64(input, uint64(len(symbols)))
		input = append(input, from...)
		first, second := s.function.draw(input)
		if len(to) <= 2*symbolsPerDraw {
			s.add(to[:min(len(to), symbolsPerDraw)], first)
			s.add(to[min(len(to), symbolsPerDraw):], second)
			continue
		}
		more := s.function.streamOf(input)
		for len(to) > 0 {
			n := min(len(to), symbolsPerDraw)
			s.add(to[:n], more.draw())
			to = to[n:]
		}
	}
}

// symbolsPerDraw is how many symbols take their share of 64 bits, so that even of 94 symbols each is as likely as another.
const symbolsPerDraw = 6

func (s *symbolPermutation) add(symbols []byte, from draw) {
	for i := range symbols {
		symbols[i] = byte((int(symbols[i]) + from.below(s.radix)) % s.radix)
	}
}
