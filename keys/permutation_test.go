package keys

import (
	"bytes"
	"crypto/aes"
	"encoding/binary"
	"math/big"
	"math/bits"
	"testing"

	"pgregory.net/rapid"
)

// bitsOf returns the bits of x as places from 0 to 127.
func bitsOf(x word) []int {
	var places []int
	for i := range 128 {
		if x.lower>>i&1 != 0 && i < 64 || i >= 64 && x.upper>>(i-64)&1 != 0 {
			places = append(places, i)
		}
	}
	return places
}

// spread puts the bits of n at the given places.
func spread(n int, places []int) (x word) {
	for i, place := range places {
		if bit := uint64(n >> i & 1); place < 64 {
			x.lower |= bit << place
		} else {
			x.upper |= bit << (place - 64)
		}
	}
	return x
}

// The whole of small domains: halves of unlike size, halves over both numbers, halves of one bit.
func TestN1_PermutationIsBijective(t *testing.T) {
	for name, h := range map[string]halves{
		"5 and 6 bits":             {left: word{upper: 0x1f << 20}, right: word{lower: 0x3f}},
		"1 and 1":                  {left: word{upper: 1}, right: word{lower: 1}, tag: 4},
		"1 and 11":                 {left: word{lower: 1 << 63}, right: word{upper: 0x7ff << 16}},
		"11 and 1":                 {left: word{upper: 0x7ff << 53}, right: word{upper: 1 << 16}, tag: 8},
		"8 over both, 8":           {left: word{upper: 0xf, lower: 0xf << 40}, right: word{lower: 0xff}, tag: 8},
		"scattered, 7 and 7":       {left: word{upper: 0x0842108400000001}, right: word{lower: 0x8421084200000000}},
		"none and 6":               {right: word{lower: 0x3f}},
		"next to the round, 8 + 2": {left: word{upper: 0xf0f00}, right: word{lower: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			places := append(bitsOf(h.left), bitsOf(h.right)...)
			room := make([]byte, roundRoom)
			unlike := 0
			var tables [2][]word
			for i, kept := range []word{{}, {0x0123456789abcdef, 0xfedcba9876543210}} {
				for _, side := range []word{h.left, h.right} {
					kept.upper &^= side.upper
					kept.lower &^= side.lower
				}
				p, err := newPermutation(bytes.Repeat([]byte{byte(len(places))}, 16))
				if err != nil {
					t.Fatal(err)
				}
				seen := make(map[word]bool, 1<<len(places))
				for n := range 1 << len(places) {
					x := spread(n, places)
					moved := x
					x.upper, x.lower = x.upper|kept.upper, x.lower|kept.lower
					y := p.forward(x, &h, room)
					if seen[y] {
						t.Fatalf("%x is the image of two", y)
					}
					seen[y] = true
					if back := p.backward(y, &h, room); back != x {
						t.Fatalf("%x goes to %x and back to %x", x, y, back)
					}
					y.upper, y.lower = y.upper^kept.upper, y.lower^kept.lower
					if all := spread(-1, places); y.upper&^all.upper != 0 || y.lower&^all.lower != 0 {
						t.Fatalf("%x changes bits that stay", x)
					}
					if y != moved {
						unlike++
					}
					tables[i] = append(tables[i], y)
				}
			}
			if len(places) < 8 {
				return
			}
			if unlike < 1<<len(places) {
				t.Errorf("%d of %d stay", 2<<len(places)-unlike, 2<<len(places))
			}
			same := 0
			for n, y := range tables[0] {
				if y == tables[1][n] {
					same++
				}
			}
			if same > 1<<len(places)/4 {
				t.Errorf("the bits that stay make no difference: %d of %d are equal", same, len(tables[0]))
			}
		})
	}
}

func TestN1_HalvesOfUUIDs(t *testing.T) {
	tags := map[uint64]bool{}
	for name, h := range map[string]halves{"whole": wholeHalves, "other": otherHalves, "timed": timedHalves} {
		want := map[string]int{"whole": 122, "other": 121, "timed": 74}[name]
		if n := len(bitsOf(h.left)) + len(bitsOf(h.right)); n != want {
			t.Errorf("%s: %d bits change, want %d", name, n, want)
		}
		if h.left.upper&h.right.upper != 0 || h.left.lower&h.right.lower != 0 || (h.left.upper|h.right.upper)&roundBits != 0 {
			t.Errorf("%s: halves overlap", name)
		}
		if h.left.upper&h.left.lower != 0 || h.right.upper&h.right.lower != 0 {
			t.Errorf("%s: two places share a bit of the hash", name)
		}
		if tags[h.tag] || h.tag%4 != 0 || h.tag > 8 {
			t.Errorf("%s: tag %d", name, h.tag)
		}
		tags[h.tag] = true
	}
}

// The permutation as its comment says it, with large numbers.
func TestN1_PermutationAgreesWithItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key")
		x := word{rapid.Uint64().Draw(t, "upper"), rapid.Uint64().Draw(t, "lower")}
		h := rapid.SampledFrom([]halves{wholeHalves, otherHalves, timedHalves}).Draw(t, "halves")
		block, err := aes.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		encrypt := func(upper, lower uint64) *big.Int {
			in := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, upper), lower)
			block.Encrypt(in, in)
			return new(big.Int).SetBytes(in)
		}
		hash := func(number uint64, x, side word) word {
			sum := encrypt(0xf000, number+3)
			for i, part := range []uint64{x.upper & side.upper, x.lower & side.lower} {
				sum.Add(sum, new(big.Int).Mul(encrypt(0xf000, number+1+uint64(i)), new(big.Int).SetUint64(part)))
			}
			sum.Mod(sum, new(big.Int).Lsh(big.NewInt(1), 128))
			high := new(big.Int).Rsh(sum, 64).Uint64()
			return word{high, high}
		}
		inner := func(number uint64, x, side word) word {
			out := encrypt(x.upper&^side.upper&^0xf000|(h.tag+number)<<12, x.lower&^side.lower)
			return word{new(big.Int).Rsh(out, 64).Uint64(), new(big.Int).And(out, new(big.Int).SetUint64(1<<64-1)).Uint64()}
		}
		change := func(x, side, by word) word {
			return word{x.upper ^ by.upper&side.upper, x.lower ^ by.lower&side.lower}
		}
		want := change(x, h.left, hash(0, x, h.right))
		want = change(want, h.right, inner(1, want, h.right))
		want = change(want, h.left, inner(2, want, h.left))
		want = change(want, h.right, hash(3, want, h.left))

		p, err := newPermutation(key)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.forward(x, &h, make([]byte, roundRoom)); got != want {
			t.Fatalf("forward(%x) = %x, want %x", x, got, want)
		}
	})
}

// One bit of the original, or of the key, changes about half of the copy's.
func TestN1_PermutationAvalanche(t *testing.T) {
	const samples = 200
	room := make([]byte, roundRoom)
	for _, h := range []halves{wholeHalves, otherHalves, timedHalves} {
		places := append(bitsOf(h.left), bitsOf(h.right)...)
		p, err := newPermutation([]byte("0123456789abcdef"))
		if err != nil {
			t.Fatal(err)
		}
		for i := range places {
			flipped := 0
			for n := range samples {
				x := word{uint64(n) * 0x9e3779b97f4a7c15, uint64(n) * 0xc2b2ae3d27d4eb4f}
				one := spread(1<<i, places)
				if i > 62 {
					one = spread(1<<(i-62), places[62:])
				}
				a := p.forward(x, &h, room)
				b := p.forward(word{x.upper ^ one.upper, x.lower ^ one.lower}, &h, room)
				flipped += bits.OnesCount64(a.upper^b.upper) + bits.OnesCount64(a.lower^b.lower)
			}
			if share := float64(flipped) / samples / float64(len(places)); share < 0.45 || share > 0.55 {
				t.Errorf("tag %d: bit %d changes %.2f of the bits", h.tag, places[i], share)
			}
		}
	}
}
