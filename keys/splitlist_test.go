package keys

import (
	"math/bits"
	"testing"
)

func TestN1_BytesBelow(t *testing.T) {
	for x := range 256 {
		for y := range 256 {
			for place := range 8 {
				for _, rest := range []uint64{0, ^uint64(0), uint64(y) * 0x0101010101010101} {
					word := rest&^(0xff<<(8*place)) | uint64(x)<<(8*place)
					want := 0
					for i := range 8 {
						if byte(word>>(8*i)) < byte(y) {
							want++
						}
					}
					below := bytesBelow(word, byte(y))
					if bits.OnesCount64(below) != want || (below>>(8*place+7)&1 != 0) != (x < y) {
						t.Fatalf("bytesBelow(%#x, %#x) = %#x", word, y, below)
					}
				}
			}
		}
	}
}
