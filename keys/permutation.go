package keys

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"math/bits"
)

// permutation is a keyed permutation of some bits of a block of 128, the others staying: a Feistel network of four rounds.
// The function of the two inner rounds is AES, that of the outer ones a universal hash, which is all that these need (Naor
// and Reingold, On the construction of pseudo-random permutations: Luby-Rackoff revisited, Journal of Cryptology 12, 1999).
// Without the key it looks random up to about as many values as the square root of what its smaller side can be: 2^30 for
// the 122 bits of a random UUID. The bits that stay, the version excepted, go into AES too, so that each value of them has a
// permutation of its own, and of version 7 with its time kept the bound of 2^18 is for each millisecond.
type permutation struct {
	cipher      cipher.Block
	first, last hash
}

// A word is a block as two numbers, the first byte highest.
type word struct{ upper, lower uint64 }

// halves says which bits of a block change: those of left in the even rounds, those of right in the odd ones. The two share
// no bit with each other nor with roundBits, and neither has one in upper and the same one in lower.
type halves struct {
	left, right word
	tag         uint64 // differs by 4 at least from that of other halves; at most 8
}

// roundBits of upper are the version of a UUID. It does not change, and which permutation is meant stands there in what is
// encrypted: the tag of the halves plus 1 or 2 for the round, or keyTag for what the hashes are made of.
const (
	roundBits = 0xf << 12
	keyTag    = 0xf
)

// roundRoom is what a round works in: what is encrypted, and the result. It is the caller's, since arguments of an interface
// method live on the heap.
const roundRoom = 2 * aes.BlockSize

func newPermutation(key []byte) (permutation, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return permutation{}, err
	}
	p := permutation{cipher: block}
	room := make([]byte, roundRoom)
	number := uint64(0)
	next := func() word {
		number++
		return p.encrypt(word{upper: keyTag << 12, lower: number}, room)
	}
	for _, h := range []*hash{&p.first, &p.last} {
		h.upper, h.lower, h.plus = next(), next(), next()
	}
	return p, nil
}

func (p *permutation) forward(x word, h *halves, room []byte) word {
	x = x.changed(h.left, p.first.of(x, h.right))
	x = p.round(x, h.right, h.tag+1, room)
	x = p.round(x, h.left, h.tag+2, room)
	return x.changed(h.right, p.last.of(x, h.left))
}

func (p *permutation) backward(x word, h *halves, room []byte) word {
	x = x.changed(h.right, p.last.of(x, h.left))
	x = p.round(x, h.left, h.tag+2, room)
	x = p.round(x, h.right, h.tag+1, room)
	return x.changed(h.left, p.first.of(x, h.right))
}

// round changes the bits of side by a function of all others, and so undoes itself.
func (p *permutation) round(x, side word, tag uint64, room []byte) word {
	by := p.encrypt(word{x.upper&^side.upper&^roundBits | tag<<12, x.lower &^ side.lower}, room)
	x.upper ^= by.upper & side.upper
	x.lower ^= by.lower & side.lower
	return x
}

func (p *permutation) encrypt(x word, room []byte) word {
	in, out := room[:aes.BlockSize], room[aes.BlockSize:roundRoom]
	binary.BigEndian.PutUint64(in, x.upper)
	binary.BigEndian.PutUint64(in[8:], x.lower)
	p.cipher.Encrypt(out, in)
	return word{binary.BigEndian.Uint64(out), binary.BigEndian.Uint64(out[8:])}
}

// changed returns x with the bits of side changed by those of by.
func (x word) changed(side word, by uint64) word {
	return word{x.upper ^ by&side.upper, x.lower ^ by&side.lower}
}

// hash is multiply-shift: the upper half of upper*x.upper + lower*x.lower + plus, modulo 2^128. Over random coefficients the
// hashes of two different blocks are independent (Dietzfelbinger, Universal hashing and k-wise independent random variables
// via integer arithmetic without primes, STACS 1996).
type hash struct{ upper, lower, plus word }

// of returns the hash of the bits of side.
func (h *hash) of(x, side word) uint64 {
	u, l := x.upper&side.upper, x.lower&side.lower
	high1, low1 := bits.Mul64(h.upper.lower, u)
	high2, low2 := bits.Mul64(h.lower.lower, l)
	low, carry1 := bits.Add64(low1, low2, 0)
	_, carry2 := bits.Add64(low, h.plus.lower, 0)
	return high1 + high2 + h.upper.upper*u + h.lower.upper*l + h.plus.upper + carry1 + carry2
}
