package keys_test

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"math"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/retenant/retenant/keys"
)

func encoded(t testing.TB, v interface{ MarshalBinary() ([]byte, error) }) []byte {
	t.Helper()
	data, err := v.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// sealed puts header and checksum around a body, so that damage in the body is seen by the decoder itself.
func sealed(header string, body []byte) []byte {
	data := append([]byte(header), body...)
	return binary.LittleEndian.AppendUint32(data, crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)))
}

func TestN1_SetRoundTripAndForeignReader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := drawIDs(t, "set")
		set := setOf(ids...)
		data, err := set.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var back keys.Set
		if err := back.UnmarshalBinary(data); err != nil {
			t.Fatal(err)
		}
		if !back.Equal(set) {
			t.Fatal("the set changed on its way")
		}

		// The same ids by way of the library, both ways.
		foreign := roaring64.New()
		for _, id := range ids {
			foreign.Add(uint64(id) ^ 1<<63)
		}
		read := roaring64.New()
		if err := read.UnmarshalBinary(data[4 : len(data)-4]); err != nil {
			t.Fatal(err)
		}
		if !read.Equals(foreign) {
			t.Fatal("the library reads other ids")
		}
		body, err := foreign.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var other keys.Set
		if err := other.UnmarshalBinary(sealed("rks\x01", body)); err != nil {
			t.Fatal(err)
		}
		if !other.Equal(set) {
			t.Fatal("other ids are read than the library wrote")
		}
	})
}

// These bytes stand in databases: they must stay readable for ever.
const goldenSet = "726b73010400000000000000000000003a3000000100000000000000100000000000ffffff7f3a30000001000000ffff" +
	"000010000000ffff000000803b3003000c00000100010000000f00bfbd1000cfa125000000290000002b000000310000" +
	"0000000500701101004042bfbd01000000cfa1ffffffff3a30000001000000ffff000010000000ffffdc1fa4a6"

func goldenIDs() []int64 {
	ids := []int64{math.MinInt64, -1, 0, 5, 70_000, math.MaxInt64}
	for id := int64(1_000_000); id < 1_090_000; id++ {
		ids = append(ids, id)
	}
	return sorted(ids)
}

func TestN1_SetGolden(t *testing.T) {
	want := goldenIDs()
	if diff := cmp.Diff(goldenSet, hex.EncodeToString(encoded(t, setOf(want...)))); diff != "" {
		t.Errorf("written bytes changed: %s", diff)
	}
	data, err := hex.DecodeString(goldenSet)
	if err != nil {
		t.Fatal(err)
	}
	var set keys.Set
	if err := set.UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(slices.Collect(set.All()), want) {
		t.Error("written bytes are read as other ids")
	}
}

func TestN1_SetRefusesDamage(t *testing.T) {
	whole := encoded(t, setOf(goldenIDs()...))
	body := whole[4 : len(whole)-4]
	kept := setOf(1, 2, 3)
	refuse := func(name string, data []byte) {
		t.Helper()
		got := setOf(1, 2, 3)
		if err := got.UnmarshalBinary(data); !errors.Is(err, keys.ErrEncoding) {
			t.Errorf("%s: error is %v", name, err)
		}
		if !got.Equal(kept) {
			t.Errorf("%s: the receiver changed", name)
		}
	}
	for n := range whole {
		refuse("cut off", whole[:n])
		changed := slices.Clone(whole)
		changed[n] ^= 0x10
		refuse("one bit changed", changed)
	}
	for n := range body {
		refuse("cut off and sealed", sealed("rks\x01", body[:n]))
	}
	refuse("longer", append(slices.Clone(whole), 0))
	refuse("longer and sealed", sealed("rks\x01", append(slices.Clone(body), 0)))
	refuse("next version", sealed("rks\x02", body))
	refuse("other name", sealed("rkg\x01", body))
	refuse("2^64-1 parts", sealed("rks\x01", slices.Repeat([]byte{0xff}, 8)))
	part := []byte{0, 0, 0, 0, 0x3a, 0x30, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 7, 0}
	two := append([]byte{2, 0, 0, 0, 0, 0, 0, 0}, append(slices.Clone(part), part...)...)
	refuse("a part twice", sealed("rks\x01", two))
	refuse("an empty part", sealed("rks\x01", []byte{1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0x3a, 0x30, 0, 0, 0, 0, 0, 0}))

	var one keys.Set // the part itself is fine
	if err := one.UnmarshalBinary(sealed("rks\x01", append([]byte{1, 0, 0, 0, 0, 0, 0, 0}, part...))); err != nil || one.Len() != 1 {
		t.Errorf("a good part: %v, %d ids", err, one.Len())
	}
}

func FuzzSetUnmarshal(f *testing.F) {
	dense := []int64{}
	for i := range int64(9_000) {
		dense = append(dense, i*3)
	}
	for _, ids := range [][]int64{nil, {7}, {-1, 0, 1}, goldenIDs(), dense} {
		data := encoded(f, setOf(ids...))
		f.Add(data)
		f.Add(data[4 : len(data)-4])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, data := range [][]byte{data, sealed("rks\x01", data)} {
			var set keys.Set
			if err := set.UnmarshalBinary(data); err != nil {
				if !errors.Is(err, keys.ErrEncoding) || set.Len() != 0 {
					t.Fatalf("error %v, %d ids", err, set.Len())
				}
				continue
			}
			var again keys.Set
			if err := again.UnmarshalBinary(encoded(t, &set)); err != nil || !again.Equal(&set) {
				t.Fatalf("an accepted set does not round-trip: %v", err)
			}
			n := int64(0)
			for id := range set.All() {
				if rank, ok := set.Rank(id); rank != n || !ok {
					t.Fatalf("Rank(%d) = %d, %t; want %d", id, rank, ok, n)
				}
				if n++; n == 1000 {
					break
				}
			}
		}
	})
}
