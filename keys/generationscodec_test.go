package keys_test

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/keys"
)

// These bytes stand in databases beside the copies: they must mean the same keys for ever.
const goldenGenerations = "726b670102640000000000000054726b73010300000000000000ffffff7f3a30000001000000ffff000010000000f9ff" +
	"000000803a30000001000000000001001000000000000700ffffffff3a30000001000000ffff000010000000ffffccd9" +
	"618026726b73010100000000000000000000803a300000010000000000000010000000070057263b5d00000000000000" +
	"8028726b73010100000000000000000000803a300000010000000000010010000000070008000205801b00e63304f3"

func goldenMapping(t testing.TB) *keys.Generations {
	g := mustExtend(t, nil, 100, -7, 0, 7, math.MaxInt64)
	g, _ = g.Retire(7)
	return mustExtend(t, g, math.MinInt64, 7, 8)
}

func TestN1_GenerationsGolden(t *testing.T) {
	if diff := cmp.Diff(goldenGenerations, hex.EncodeToString(encoded(t, goldenMapping(t)))); diff != "" {
		t.Errorf("written bytes changed: %s", diff)
	}
	data, err := hex.DecodeString(goldenGenerations)
	if err != nil {
		t.Fatal(err)
	}
	var g keys.Generations
	if err := g.UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	got := map[int64]int64{}
	for original, copy := range g.All() {
		got[original] = copy
	}
	want := map[int64]int64{-7: 100, 0: 101, math.MaxInt64: 103, 7: math.MinInt64, 8: math.MinInt64 + 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if original, ok := g.InvertInt(102); ok {
		t.Errorf("the retired key 102 maps back to %d", original)
	}
}

// generationsBody encodes generations without a check.
func generationsBody(t testing.TB, list ...struct {
	base               int64
	originals, retired *keys.Set
}) []byte {
	body := binary.AppendUvarint(nil, uint64(len(list)))
	for _, g := range list {
		body = binary.LittleEndian.AppendUint64(body, uint64(g.base))
		for _, set := range []*keys.Set{g.originals, g.retired} {
			var data []byte
			if set != nil {
				data = encoded(t, set)
			}
			body = append(binary.AppendUvarint(body, uint64(len(data))), data...)
		}
	}
	return body
}

func TestN1_GenerationsRefuseDamage(t *testing.T) {
	type generation = struct {
		base               int64
		originals, retired *keys.Set
	}
	whole := encoded(t, goldenMapping(t))
	body := whole[4 : len(whole)-4]
	kept := goldenMapping(t)
	refuse := func(name, why string, data []byte) {
		t.Helper()
		got := goldenMapping(t)
		err := got.UnmarshalBinary(data)
		if !errors.Is(err, keys.ErrEncoding) || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: error is %v", name, err)
		}
		if !got.Equal(kept) {
			t.Errorf("%s: the receiver changed", name)
		}
	}
	for n := range whole {
		refuse("cut off", "", whole[:n])
		changed := slices.Clone(whole)
		changed[n] ^= 0x10
		refuse("one bit changed", "", changed)
	}
	for n := range body {
		refuse("cut off and sealed", "", sealed("rkg\x01", body[:n]))
	}
	refuse("longer and sealed", "too many", sealed("rkg\x01", append(slices.Clone(body), 0)))
	refuse("next version", "version 2", sealed("rkg\x02", body))
	refuse("a set", `"rkg"`, encoded(t, setOf(1)))
	refuse("2^63 generations", "", sealed("rkg\x01", append(binary.AppendUvarint(nil, 1<<63), body[1:]...)))
	for name, c := range map[string]struct {
		why  string
		list []generation
	}{
		"no originals":               {"has no originals", []generation{{base: 1}}},
		"an empty set":               {"empty set", []generation{{1, setOf(), nil}}},
		"retired without original":   {"never handed out", []generation{{1, setOf(1), setOf(2)}}},
		"beyond the largest":         {"beyond the largest", []generation{{math.MaxInt64, setOf(1, 2), nil}}},
		"overlapping keys":           {"overlaps", []generation{{10, setOf(1, 2), nil}, {11, setOf(3), nil}}},
		"two keys for one":           {"both have a key", []generation{{10, setOf(1, 9), nil}, {20, setOf(5), nil}, {30, setOf(9), nil}}},
		"two keys for one, interior": {"both have a key", []generation{{10, setOf(1, 5, 9), nil}, {30, setOf(4, 5, 6), setOf(4)}}},
	} {
		refuse(name, c.why, sealed("rkg\x01", generationsBody(t, c.list...)))
	}
	var fine keys.Generations
	retiredBefore := generationsBody(t, generation{10, setOf(1, 5, 9), setOf(5)}, generation{30, setOf(4, 5, 6), nil})
	if err := fine.UnmarshalBinary(sealed("rkg\x01", retiredBefore)); err != nil {
		t.Errorf("a second key for a retired original: %v", err)
	}
}

func FuzzGenerationsUnmarshal(f *testing.F) {
	for _, g := range []*keys.Generations{nil, goldenMapping(f), mustExtend(f, nil, 1, goldenIDs()...)} {
		data := encoded(f, g)
		f.Add(data)
		f.Add(data[4 : len(data)-4])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, data := range [][]byte{data, sealed("rkg\x01", data)} {
			var g keys.Generations
			if err := g.UnmarshalBinary(data); err != nil {
				if !errors.Is(err, keys.ErrEncoding) || g.Len() != 0 {
					t.Fatalf("error %v, %d originals", err, g.Len())
				}
				continue
			}
			var again keys.Generations
			if err := again.UnmarshalBinary(encoded(t, &g)); err != nil || !again.Equal(&g) {
				t.Fatalf("an accepted mapping does not round-trip: %v", err)
			}
			n := 0
			for original, copy := range g.All() {
				if got, ok := g.MapInt(original); !ok || got != copy {
					t.Fatalf("MapInt(%d) = %d, %t; want %d", original, got, ok, copy)
				}
				if got, ok := g.InvertInt(copy); !ok || got != original {
					t.Fatalf("InvertInt(%d) = %d, %t; want %d", copy, got, ok, original)
				}
				if n++; n == 1000 {
					break
				}
			}
		}
	})
}
