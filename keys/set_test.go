package keys_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/retenant/retenant/keys"
)

var extremes = []int64{math.MinInt64, math.MinInt64 + 1, -65537, -65536, -1, 0, 1, 65535, 65536, math.MaxInt64 - 1, math.MaxInt64}

// drawIDs draws ids that are sparse, in long runs, dense with holes, or extreme, so that every form of a block occurs and
// sets share blocks. They are neither sorted nor distinct.
func drawIDs(t *rapid.T, label string) []int64 {
	var ids []int64
	for range rapid.IntRange(0, 5).Draw(t, label+" pieces") {
		start := rapid.SampledFrom([]int64{-200_000, -65_600, -10, 0, 40_000, 65_530, 131_072, 1 << 40}).Draw(t, "start")
		start += rapid.Int64Range(0, 300).Draw(t, "shift")
		step, n := int64(1), 0
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0: // a run
			n = rapid.IntRange(1, 70_000).Draw(t, "run")
		case 1: // dense: a bitmap
			step, n = rapid.Int64Range(2, 5).Draw(t, "step"), rapid.IntRange(4_000, 30_000).Draw(t, "dense")
		case 2: // sparse: a list, split or not
			step, n = rapid.Int64Range(16, 90_000).Draw(t, "step"), rapid.IntRange(1, 2_000).Draw(t, "sparse")
		case 3:
			ids = append(ids, rapid.SampledFrom(extremes).Draw(t, "extreme"))
		case 4:
			ids = append(ids, rapid.SliceOfN(rapid.Int64(), 0, 50).Draw(t, "any")...)
		}
		for i := range int64(n) {
			ids = append(ids, start+i*step)
		}
	}
	return ids
}

func sorted(ids []int64) []int64 {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}

func setOf(ids ...int64) *keys.Set {
	var b keys.SetBuilder
	for _, id := range ids {
		b.Add(id)
	}
	return b.Set()
}

func drawProbe(t *rapid.T, ids []int64) int64 {
	probes := []*rapid.Generator[int64]{rapid.Int64(), rapid.SampledFrom(extremes), rapid.Int64Range(-210_000, 210_000)}
	if len(ids) > 0 {
		near := rapid.Custom(func(t *rapid.T) int64 {
			return rapid.SampledFrom(ids).Draw(t, "member") + rapid.Int64Range(-1, 1).Draw(t, "beside") // may wrap around
		})
		probes = append(probes, near, near)
	}
	return rapid.OneOf(probes...).Draw(t, "probe")
}

func TestN1_SetAgreesWithSortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := drawIDs(t, "set")
		want := sorted(ids)
		if rapid.Bool().Draw(t, "descending") {
			slices.Reverse(ids)
		}
		set := setOf(ids...)
		if set.Len() != int64(len(want)) {
			t.Fatalf("Len = %d, want %d", set.Len(), len(want))
		}
		if got := slices.Collect(set.All()); !slices.Equal(got, want) {
			t.Fatalf("All differs: %d ids, want %d", len(got), len(want))
		}
		if !set.Equal(setOf(want...)) {
			t.Fatal("the order in which ids came made a difference")
		}
		for range 50 {
			probe := drawProbe(t, want)
			place, member := slices.BinarySearch(want, probe)
			if rank, ok := set.Rank(probe); rank != int64(place) || ok != member {
				t.Fatalf("Rank(%d) = %d, %t; want %d, %t", probe, rank, ok, place, member)
			}
			if set.Contains(probe) != member {
				t.Fatalf("Contains(%d) = %t", probe, !member)
			}
			if id, ok := set.Select(int64(place)); ok != (place < len(want)) || ok && id != want[place] {
				t.Fatalf("Select(%d) = %d, %t", place, id, ok)
			}
		}
		least, ok := set.Min()
		if ok != (len(want) > 0) || ok && least != want[0] {
			t.Fatalf("Min = %d, %t", least, ok)
		}
		most, ok := set.Max()
		if ok != (len(want) > 0) || ok && most != want[len(want)-1] {
			t.Fatalf("Max = %d, %t", most, ok)
		}
	})
}

// Every rank of every form, so that no border of a word or a group is missed by chance.
func TestN1_RankAndSelectOfEveryID(t *testing.T) {
	for name, step := range map[string]int64{"run": 1, "bitmap": 3, "split list": 37, "list": 200, "lone": 70_000} {
		t.Run(name, func(t *testing.T) {
			var b keys.SetBuilder
			for i := range int64(70_000) {
				b.Add(-100_000 + i*step)
			}
			set := b.Set()
			for i := range int64(70_000) {
				id := -100_000 + i*step
				if rank, ok := set.Rank(id); rank != i || !ok {
					t.Fatalf("Rank(%d) = %d, %t; want %d", id, rank, ok, i)
				}
				if got, ok := set.Select(i); got != id || !ok {
					t.Fatalf("Select(%d) = %d, %t; want %d", i, got, ok, id)
				}
				if rank, ok := set.Rank(id + 1); rank != i+1 || ok && step > 1 {
					t.Fatalf("Rank(%d) = %d, %t; want %d", id+1, rank, ok, i+1)
				}
			}
		})
	}
}

func TestN1_SetExtremes(t *testing.T) {
	set := setOf(math.MaxInt64, 0, -1, math.MinInt64)
	want := []int64{math.MinInt64, -1, 0, math.MaxInt64}
	if diff := cmp.Diff(want, slices.Collect(set.All())); diff != "" {
		t.Fatal(diff)
	}
	for i, id := range want {
		if rank, ok := set.Rank(id); rank != int64(i) || !ok {
			t.Errorf("Rank(%d) = %d, %t; want %d", id, rank, ok, i)
		}
	}
	for _, i := range []int64{math.MinInt64, -1, 4, math.MaxInt64} {
		if id, ok := set.Select(i); ok {
			t.Errorf("Select(%d) = %d", i, id)
		}
	}
}

func TestN1_NilSetIsEmpty(t *testing.T) {
	var none *keys.Set
	var zero keys.Set
	one := setOf(7)
	if none.Len() != 0 || none.Contains(0) || len(slices.Collect(none.All())) != 0 || none.Intersects(one) || one.Intersects(none) {
		t.Error("the nil set has an id")
	}
	if _, ok := none.Min(); ok {
		t.Error("the nil set has a smallest id")
	}
	if !none.Equal(&zero) || !zero.Equal(none) || !none.Equal(setOf()) || none.Equal(one) || one.Equal(none) {
		t.Error("Equal is wrong for empty sets")
	}
	if !one.Union(none).Equal(one) || !none.Union(one).Equal(one) || none.Union(none).Len() != 0 {
		t.Error("Union is wrong for empty sets")
	}
	if !one.Minus(none).Equal(one) || none.Minus(one).Len() != 0 || one.Minus(one).Len() != 0 {
		t.Error("Minus is wrong for empty sets")
	}
}

func TestN1_SetOperationsAgreeWithMaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := sorted(drawIDs(t, "a")), sorted(drawIDs(t, "b"))
		inB := make(map[int64]bool, len(b))
		for _, id := range b {
			inB[id] = true
		}
		var only []int64
		for _, id := range a {
			if !inB[id] {
				only = append(only, id)
			}
		}
		x, y := setOf(a...), setOf(b...)
		if !x.Minus(y).Equal(setOf(only...)) {
			t.Fatal("Minus differs")
		}
		if !x.Union(y).Equal(setOf(append(slices.Clone(a), b...)...)) {
			t.Fatal("Union differs")
		}
		if x.Intersects(y) != (len(only) < len(a)) || y.Intersects(x) != x.Intersects(y) {
			t.Fatal("Intersects differs")
		}
		if x.Equal(y) != slices.Equal(a, b) {
			t.Fatal("Equal differs")
		}
		if !slices.Equal(slices.Collect(x.All()), a) || !slices.Equal(slices.Collect(y.All()), b) {
			t.Fatal("an operation changed its operand")
		}
	})
}

func TestN1_SetBuilderStartsAgain(t *testing.T) {
	var b keys.SetBuilder
	b.Add(5)
	b.Add(3)
	first := b.Set()
	b.Add(4)
	second := b.Set()
	if !first.Equal(setOf(3, 5)) || !second.Equal(setOf(4)) || b.Set().Len() != 0 {
		t.Fatal("sets of one builder mix")
	}
}

// A set that operations made is stored like one that was built, also near the border between runs and a bitmap.
func TestN1_EqualWhateverTheWay(t *testing.T) {
	for _, length := range []int64{2, 45, 47, 64, 90, 200} {
		var whole, even, odd keys.SetBuilder
		for id := range int64(200_000) {
			if id%(length+1) == 0 {
				continue // a hole behind every run
			}
			whole.Add(id)
			if id%2 == 0 {
				even.Add(id)
			} else {
				odd.Add(id)
			}
		}
		all, half := whole.Set(), odd.Set()
		if joined := even.Set().Union(half); !joined.Equal(all) || !all.Minus(joined.Minus(half)).Equal(half) {
			t.Errorf("runs of %d: equal ids, but not Equal", length)
		}
	}
}

// Ids that stand close together in few places: groups of a split list that hold none, one, eight, nine or all 256.
func TestN1_UnevenBlocks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []int64
		for range rapid.IntRange(1, 12).Draw(t, "groups") {
			upper := rapid.Int64Range(0, 255).Draw(t, "upper byte") << 8
			step := rapid.Int64Range(2, 40).Draw(t, "step")
			for lower := rapid.Int64Range(0, 255).Draw(t, "from"); lower < 256; lower += step {
				want = append(want, upper|lower)
			}
		}
		for id := int64(0); len(want) < 600; id += 97 { // so that the block is large enough to be split
			want = append(want, id)
		}
		want = sorted(want)
		set := setOf(want...)
		for probe := range int64(1 << 16) {
			place, member := slices.BinarySearch(want, probe)
			if rank, ok := set.Rank(probe); rank != int64(place) || ok != member {
				t.Fatalf("Rank(%d) = %d, %t; want %d, %t", probe, rank, ok, place, member)
			}
		}
		for i, id := range want {
			if got, ok := set.Select(int64(i)); got != id || !ok {
				t.Fatalf("Select(%d) = %d, %t; want %d", i, got, ok, id)
			}
		}
	})
}

// One id moved to its neighbor, in every form of a block.
func TestN1_EqualSeesOneID(t *testing.T) {
	for name, step := range map[string]int64{"bitmap": 3, "split list": 37, "list": 200, "lone": 70_000} {
		ids := make([]int64, 1_000)
		for i := range ids {
			ids[i] = int64(i) * step
		}
		set := setOf(ids...)
		ids[500]++
		if set.Equal(setOf(ids...)) {
			t.Errorf("%s: equal to a set with another id", name)
		}
		ids[500]--
		if !set.Equal(setOf(ids...)) {
			t.Errorf("%s: not equal to itself", name)
		}
	}
}

// What the documentation promises of memory: at most 2 bytes for an id, less where that is possible, and 32 for a block.
func TestN1_SetMemory(t *testing.T) {
	for name, c := range map[string]struct {
		step int64
		most float64 // bytes for each id
	}{"run": {1, 0.001}, "bitmap": {3, 0.4}, "large split list": {17, 1.2}, "split list": {100, 1.95}, "list": {200, 2.2}, "lone": {70_000, 36}} {
		var b keys.SetBuilder
		for i := range int64(300_000) {
			b.Add(i * c.step)
		}
		if got := float64(b.Set().MemorySize()) / 300_000; got > c.most {
			t.Errorf("%s: %.3f bytes for each id, more than %.3f", name, got, c.most)
		}
	}
}

// Blocks far apart, in clusters and alone, so that guesses at the place of a block are right, near and far off.
func TestN1_BlocksWithGaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []int64
		at := rapid.SampledFrom([]int64{math.MinInt64, -1 << 40, 0}).Draw(t, "first")
		for range rapid.IntRange(1, 12).Draw(t, "clusters") {
			step := rapid.SampledFrom([]int64{1, 1, 2, 3, 50}).Draw(t, "step")
			for range rapid.IntRange(1, 40).Draw(t, "blocks") {
				want = append(want, at)
				at += step << 16
			}
			at += rapid.SampledFrom([]int64{0, 1 << 17, 1 << 30, 1 << 50}).Draw(t, "gap")
		}
		set := setOf(want...)
		for i, id := range want {
			for _, beside := range []int64{-1 << 16, -1, 0, 1, 1 << 16} {
				probe := id + beside // may wrap around
				place, member := slices.BinarySearch(want, probe)
				if rank, ok := set.Rank(probe); rank != int64(place) || ok != member {
					t.Fatalf("Rank(%d), beside %d, = %d, %t; want %d, %t", probe, i, rank, ok, place, member)
				}
			}
		}
	})
}
