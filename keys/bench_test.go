package keys_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/retenant/retenant/keys"
)

const benchIDs = 10_000_000

// spread returns 10 million ids, on average gap apart, and the largest.
func spread(gap int64) (set *keys.Set, end int64) {
	random := rand.New(rand.NewPCG(1, 2))
	var b keys.SetBuilder
	for range benchIDs {
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
		set, _ := spread(gap)
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
		b.ReportMetric(float64(set.MemorySize())/benchIDs, "B/id")
		b.ReportMetric(float64(len(data))/benchIDs, "stored-B/id")
	})
}

func BenchmarkSelect(b *testing.B) {
	set, _ := spread(10)
	random := rand.New(rand.NewPCG(5, 6))
	for b.Loop() {
		set.Select(random.Int64N(benchIDs))
	}
}

func BenchmarkMap(b *testing.B) {
	for _, generations := range []int64{1, 50} {
		b.Run("generations="+strconv.FormatInt(generations, 10), func(b *testing.B) {
			all, _ := spread(10)
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
		spread(10)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchIDs, "ns/id")
}

func BenchmarkMissing(b *testing.B) {
	all, _ := spread(10)
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
	all, _ := spread(10)
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
