package keys_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/retenant/retenant/keys"
)

// sequence hands out ids, as the sequence of a table that all tenants share.
type sequence struct{ next int64 }

func (s *sequence) reserve(n int64) int64 {
	first := s.next
	s.next += n
	return first
}

// 50 rounds of refreshes of 10 targets in one table. Users add rows in the source and elsewhere between and during the
// rounds, so that ids interleave. The sequence must have handed out one id for each row ever made and none more.
func TestC18_KeySpaceGrowsLinearly(t *testing.T) {
	const rounds, targets, perRound, elsewhere = 50, 10, 40, 15
	ids := sequence{next: 1}
	var originals keys.SetBuilder
	mappings := make([]*keys.Generations, targets)
	source := &keys.Set{}
	for round := range rounds {
		for i := range mappings {
			for range perRound / targets { // a few at a time
				originals.Add(ids.reserve(1))
				source, originals = source.Union(originals.Set()), keys.SetBuilder{}
			}
			missing := mappings[i].Missing(source)
			extended, err := mappings[i].Extend(missing, ids.reserve(missing.Len()))
			if err != nil {
				t.Fatalf("round %d, target %d: %v", round, i, err)
			}
			mappings[i] = extended
			ids.reserve(elsewhere)
		}
		copies := int64(0)
		for _, g := range mappings {
			copies += g.Len()
		}
		foreign := int64((round + 1) * targets * elsewhere)
		if used := ids.next - 1; used != source.Len()+copies+foreign {
			t.Fatalf("round %d: %d ids handed out for %d originals, %d copies and %d other rows", round, used, source.Len(), copies, foreign)
		}
	}
	// No key is in use twice, in whichever tenant.
	var all []int64
	all = slices.AppendSeq(all, source.All())
	for i, g := range mappings {
		spans := int64(0)
		for _, s := range g.Spans() {
			spans += s.Last - s.First + 1
		}
		if spans != g.Len() || len(g.Spans()) != rounds {
			t.Errorf("target %d: %d keys in %d spans for %d originals", i, spans, len(g.Spans()), g.Len())
		}
		for _, copy := range g.All() {
			all = append(all, copy)
		}
	}
	if got := len(sorted(all)); got != len(all) {
		t.Errorf("%d keys for %d rows", got, len(all))
	}
}

// Originals that lie in gaps cost no key space, and keys that were given are never renumbered or reused.
func TestC18_GapsCostNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := sorted(drawIDs(t, "originals"))
		g, err := (*keys.Generations)(nil).Extend(setOf(ids...), 1)
		if err != nil {
			t.Fatal(err)
		}
		for i, id := range ids {
			if copy, ok := g.MapInt(id); !ok || copy != int64(i)+1 {
				t.Fatalf("%d maps to %d, %t; want %d", id, copy, ok, i+1)
			}
		}
		if len(ids) > 0 {
			if spans := g.Spans(); len(spans) != 1 || spans[0] != (keys.Span{First: 1, Last: int64(len(ids))}) {
				t.Fatalf("spans are %v for %d originals", spans, len(ids))
			}
		}
	})
}

// The store reserves ranges in any order, also falling or around others.
func TestC19_NumbersOutOfOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bases := rapid.Permutation([]int64{-3_000_000, -1_000_000, 5_000_000, 9_000_000}).Draw(t, "bases")
		var g *keys.Generations
		want := map[int64]int64{}
		for _, base := range bases {
			var ids []int64
			for _, id := range rapid.SliceOfN(rapid.Int64Range(0, 200), 0, 60).Draw(t, "originals") {
				if _, ok := want[id]; !ok {
					ids = append(ids, id)
				}
			}
			ids = sorted(ids)
			for i, id := range ids {
				want[id] = base + int64(i)
			}
			extended, err := g.Extend(setOf(ids...), base)
			if err != nil {
				t.Fatal(err)
			}
			g = extended
		}
		for id := int64(-1); id <= 201; id++ {
			copy, ok := g.MapInt(id)
			expected, known := want[id]
			if ok != known || copy != expected {
				t.Fatalf("%d maps to %d, %t; want %d, %t", id, copy, ok, expected, known)
			}
			if back, ok := g.InvertInt(copy); known && (!ok || back != id) {
				t.Fatalf("%d maps back to %d, %t; want %d", copy, back, ok, id)
			}
		}
	})
}

// However many tenants a user sees, a key stands for one record: sources and copies of any number of targets, chains of
// copies of copies included.
func TestC14_KeysAreUniqueOverTenants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := sequence{next: rapid.Int64Range(-1_000, 1_000).Draw(t, "first")}
		tenants := make([]*keys.Set, rapid.IntRange(1, 4).Draw(t, "sources"))
		for i := range tenants {
			var b keys.SetBuilder
			for range rapid.IntRange(0, 30).Draw(t, "rows") {
				b.Add(ids.reserve(rapid.Int64Range(1, 5).Draw(t, "gap")))
			}
			tenants[i] = b.Set()
		}
		for range rapid.IntRange(1, 8).Draw(t, "targets") {
			source := rapid.SampledFrom(tenants).Draw(t, "source")
			g, err := (*keys.Generations)(nil).Extend(source, ids.reserve(source.Len()))
			if err != nil {
				t.Fatal(err)
			}
			var b keys.SetBuilder
			for _, copy := range g.All() {
				b.Add(copy)
			}
			target := b.Set()
			if target.Len() != source.Len() {
				t.Fatalf("%d copies of %d rows", target.Len(), source.Len())
			}
			for i, other := range tenants {
				if target.Intersects(other) {
					t.Fatalf("a copy has the key of a row of tenant %d", i)
				}
			}
			tenants = append(tenants, target)
		}
	})
}
