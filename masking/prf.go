package masking

import (
	"encoding/binary"
	"math/bits"

	"github.com/dchest/siphash"
)

// prf is the pseudo-random function of one domain, audience and mask: SipHash-2-4 with 128 bits under keys of its own, one for values and
// one for the blocks of a stream.
type prf struct {
	value  [2]uint64
	stream [2]uint64
}

// newPRF derives the function's keys. The mask's identity is part of the path, so that a new version has new fakes throughout.
func newPRF(secret Secret, domain, audience, identity string) *prf {
	k := secret.expand(32, "mask", domain, audience, identity)
	le := binary.LittleEndian
	return &prf{
		value:  [2]uint64{le.Uint64(k), le.Uint64(k[8:])},
		stream: [2]uint64{le.Uint64(k[16:]), le.Uint64(k[24:])},
	}
}

// draw returns 128 bits for a value.
func (p *prf) draw(value []byte) (draw, draw) {
	a, b := siphash.Hash128(p.value[0], p.value[1], value)
	return draw(a), draw(b)
}

// draw is 64 bits of randomness from which choices are taken one after the other.
type draw uint64

// below takes a choice from 0 to n-1. What the product leaves below is as good as random for a next choice, less the bits used up.
func (d *draw) below(n int) int {
	choice, rest := bits.Mul64(uint64(*d), uint64(n))
	*d = draw(rest)
	return int(choice)
}

// other takes a choice from 0 to n-1 that is not taken, each of the rest being as likely.
func (d *draw) other(n, taken int) int {
	return (taken + 1 + d.below(n-1)) % n
}

// stream is an endless sequence of draws for one value: the function in counter mode, seeded by the value.
type stream struct {
	function *prf
	input    [24]byte // 16 bytes from the value, then the number of the block
	block    uint64
	next     draw
	held     bool // next is good
}

func (p *prf) streamOf(value []byte) stream {
	a, b := p.draw(value)
	s := stream{function: p}
	binary.LittleEndian.PutUint64(s.input[0:], uint64(a))
	binary.LittleEndian.PutUint64(s.input[8:], uint64(b))
	return s
}

// draw returns the next 64 bits.
func (s *stream) draw() draw {
	if s.held {
		s.held = false
		return s.next
	}
	binary.LittleEndian.PutUint64(s.input[16:], s.block)
	s.block++
	a, b := siphash.Hash128(s.function.stream[0], s.function.stream[1], s.input[:])
	s.next, s.held = draw(b), true
	return draw(a)
}
