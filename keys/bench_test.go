package keys_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/retenant/retenant/keys"
)

const benchIDs = 10_000_000

// spread returns n ids, on average gap apart, and the largest.
func spread(n, gap int64) (set *keys.Set, end int64) {
	random := rand.New(rand.NewPCG(1, 2))
	var b keys.SetBuilder
	for range n {
		end += 1 + random.Int64N(2*gap-1)
		b.Add(end)
	}
	return b.Set(), end
}

// probes returns random members of set.
func probes(set *keys.Set) []int64 {
	random := rand.New(rand.NewPCG(3, 4))
	ids := make([]int64, 1<<16)
	for i := range ids {
		ids[i], _ = set.Select(random.Int64N(set.Len()))
	}
	return ids
}

var gaps = []int64{1, 2, 10, 100, 10_000}

// Rows are read in key order, so their own keys come ascending; references come in any order.
func BenchmarkRank(b *testing.B) {
	for _, gap := range gaps {
		set, _ := spread(benchIDs, gap)
		ids := probes(set)
		benchmarkRank(b, "any/gap="+strconv.FormatInt(gap, 10), set, ids)
		slices.Sort(ids)
		benchmarkRank(b, "ascending/gap="+strconv.FormatInt(gap, 10), set, ids)
	}
}

func benchmarkRank(b *testing.B, name string, set *keys.Set, ids []int64) {
	b.Run(name, func(b *testing.B) {
		data, err := set.MarshalBinary()
		if err != nil {
			b.Fatal(err)
		}
		for i := 0; b.Loop(); i++ {
			if _, ok := set.Rank(ids[i&(len(ids)-1)]); !ok {
				b.Fatal("lost")
			}
		}
		b.ReportMetric(float64(set.MemorySize())/float64(set.Len()), "B/id")
		b.ReportMetric(float64(len(data))/float64(set.Len()), "stored-B/id")
	})
}

// A table of 100 million rows.
func BenchmarkRankHundredMillion(b *testing.B) {
	for _, gap := range []int64{1, 2, 10, 100} {
		set, _ := spread(10*benchIDs, gap)
		ids := probes(set)
		name := "gap=" + strconv.FormatInt(gap, 10)
		benchmarkRank(b, "any/"+name, set, ids)
		slices.Sort(ids)
		benchmarkRank(b, "ascending/"+name, set, ids)
	}
}

func BenchmarkSelect(b *testing.B) {
	set, _ := spread(benchIDs, 10)
	random := rand.New(rand.NewPCG(5, 6))
	for b.Loop() {
		set.Select(random.Int64N(benchIDs))
	}
}

func BenchmarkMap(b *testing.B) {
	for _, generations := range []int64{1, 50} {
		b.Run("generations="+strconv.FormatInt(generations, 10), func(b *testing.B) {
			all, _ := spread(benchIDs, 10)
			var g *keys.Generations
			var builder keys.SetBuilder
			n, base := int64(0), int64(0)
			for id := range all.All() {
				builder.Add(id)
				if n++; n%(benchIDs/generations) == 0 {
					extended, err := g.Extend(builder.Set(), base)
					if err != nil {
						b.Fatal(err)
					}
					g, base = extended, base+2*benchIDs
				}
			}
			ids := probes(all)
			texts := make([][]byte, len(ids))
			for i, id := range ids {
				texts[i] = strconv.AppendInt(nil, id, 10)
			}
			room := make([]byte, 0, 32)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, ok := g.Map(room, texts[i&(len(ids)-1)]); !ok {
					b.Fatal("lost")
				}
			}
		})
	}
}

func BenchmarkBuild(b *testing.B) {
	for b.Loop() {
		spread(benchIDs, 10)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchIDs, "ns/id")
}

func BenchmarkMissing(b *testing.B) {
	all, _ := spread(benchIDs, 10)
	g, err := (*keys.Generations)(nil).Extend(all, 1)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if g.Missing(all).Len() != 0 {
			b.Fatal("missing")
		}
	}
}

func BenchmarkMarshal(b *testing.B) {
	all, _ := spread(benchIDs, 10)
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			if _, err := all.MarshalBinary(); err != nil {
				b.Fatal(err)
			}
		}
	})
	data, _ := all.MarshalBinary()
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			var set keys.Set
			if err := set.UnmarshalBinary(data); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSchemes(b *testing.B) {
	uuids, err := keys.NewUUIDs(make([]byte, keys.UUIDKeySize), keys.UUIDConfig{})
	if err != nil {
		b.Fatal(err)
	}
	global := make([][16]byte, 1000)
	for i := range global {
		global[i][0], global[i][15] = byte(i>>8), byte(i)
	}
	excepted, err := keys.NewUUIDs(make([]byte, keys.UUIDKeySize), keys.UUIDConfig{Global: global})
	if err != nil {
		b.Fatal(err)
	}
	stations, err := keys.NewStations(map[string]string{"7": "107", "12": "112"})
	if err != nil {
		b.Fatal(err)
	}
	tag, err := keys.NewTag(keys.TagConfig{Prefix: "S1-", MaxLength: 40})
	if err != nil {
		b.Fatal(err)
	}
	offset, err := keys.NewOffset(keys.Span{First: 1, Last: 1_000_000}, 5_000_001, nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		mapping  keys.Mapping
		original string
	}{
		{"uuid/version=4", uuids, "3d813cbb-47fb-4ab1-9ea3-3ae6d0a5e1c9"},
		{"uuid/version=7", uuids, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"},
		{"uuid/global=1000", excepted, "3d813cbb-47fb-4ab1-9ea3-3ae6d0a5e1c9"},
		{"station", stations, "12"},
		{"tag", tag, "A-4711"},
		{"offset", offset, "471100"},
	} {
		original, room := []byte(c.original), make([]byte, 0, 64)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := c.mapping.Map(room, original); !ok {
					b.Fatal("refused")
				}
			}
		})
	}
	b.Run("uuid/bytes", func(b *testing.B) {
		b.ReportAllocs()
		id := [16]byte{1}
		for b.Loop() {
			id, _ = uuids.MapUUID(id)
		}
	})
}
