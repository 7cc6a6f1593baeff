package keys_test

import (
	order "cmp"
	"errors"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/retenant/retenant/keys"
)

// naive is what a Generations must answer, kept as a row per original.
type naive struct {
	copyOf, originalOf map[int64]int64
	spans              []keys.Span
}

func (n *naive) extend(originals []int64, base int64) {
	for i, original := range originals { // ascending
		n.copyOf[original] = base + int64(i)
		n.originalOf[base+int64(i)] = original
	}
	n.spans = append(n.spans, keys.Span{First: base, Last: base + int64(len(originals)) - 1})
}

func (n *naive) retire(original int64) bool {
	copy, ok := n.copyOf[original]
	delete(n.copyOf, original)
	delete(n.originalOf, copy)
	return ok
}

func (n *naive) check(t *rapid.T, g *keys.Generations, probes []int64) {
	if g.Len() != int64(len(n.copyOf)) {
		t.Fatalf("Len = %d, want %d", g.Len(), len(n.copyOf))
	}
	all := map[int64]int64{}
	for original, copy := range g.All() {
		all[original] = copy
	}
	if diff := cmp.Diff(n.copyOf, all); diff != "" {
		t.Fatalf("All: %s", diff)
	}
	for original, copy := range n.copyOf {
		probes = append(probes, original, original+1, copy, copy+1)
	}
	for _, p := range probes {
		want, ok := n.copyOf[p]
		if got, found := g.MapInt(p); got != want || found != ok {
			t.Fatalf("MapInt(%d) = %d, %t; want %d, %t", p, got, found, want, ok)
		}
		want, ok = n.originalOf[p]
		if got, found := g.InvertInt(p); got != want || found != ok {
			t.Fatalf("InvertInt(%d) = %d, %t; want %d, %t", p, got, found, want, ok)
		}
	}
	spans := slices.Clone(n.spans)
	slices.SortFunc(spans, func(a, b keys.Span) int { return order.Compare(a.First, b.First) })
	if !slices.Equal(spans, g.Spans()) {
		t.Fatalf("Spans = %v, want %v", g.Spans(), spans)
	}
}

func drawOriginals(t *rapid.T) []int64 {
	near := rapid.Int64Range(-60, 60)
	return sorted(rapid.SliceOfN(rapid.OneOf(near, near, near, rapid.SampledFrom(extremes)), 0, 30).Draw(t, "originals"))
}

// A history of refreshes and structure operations, held to the naive mapping after every step: injective, invertible, old
// keys stay, retired ones never come back.
func TestN1_GenerationsAgreeWithNaiveMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var g *keys.Generations
		want := &naive{copyOf: map[int64]int64{}, originalOf: map[int64]int64{}}
		free := []int64{math.MinInt64, -5_000, -1_000, 1_000, 5_000, 9_000, math.MaxInt64 - 60, 100_000, 200_000}
		free = rapid.Permutation(free).Draw(t, "bases")
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			before := g
			held, used := slices.Clone(encodedQuietly(before)), len(want.copyOf)
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				ids := drawOriginals(t)
				retired := 0
				for _, id := range ids {
					if want.retire(id) {
						retired++
					}
				}
				g = g.RetireAll(setOf(ids...))
				if int(before.Len()-g.Len()) != retired {
					t.Fatalf("RetireAll retired %d, want %d", before.Len()-g.Len(), retired)
				}
			case 1:
				id := rapid.Int64Range(-60, 60).Draw(t, "retire")
				var ok bool
				if g, ok = g.Retire(id); ok != want.retire(id) {
					t.Fatalf("Retire(%d) = %t", id, ok)
				}
			default:
				ids := drawOriginals(t)
				missing := g.Missing(setOf(ids...))
				var expected []int64
				for _, id := range ids {
					if _, ok := want.copyOf[id]; !ok {
						expected = append(expected, id)
					}
				}
				if got := slices.Collect(missing.All()); !slices.Equal(got, expected) {
					t.Fatalf("Missing = %v, want %v", got, expected)
				}
				if len(expected) == 0 || len(free) == 0 {
					break
				}
				extended, err := g.Extend(missing, free[0])
				if err != nil {
					t.Fatal(err)
				}
				want.extend(expected, free[0])
				g, free = extended, free[1:]
			}
			if used > 0 && !slices.Equal(held, encodedQuietly(before)) {
				t.Fatal("a step changed the mapping it began with")
			}
			want.check(t, g, []int64{0, -1, math.MinInt64, math.MaxInt64, 1_000, 999, 5_040})
			var back keys.Generations
			if err := back.UnmarshalBinary(encodedQuietly(g)); err != nil {
				t.Fatal(err)
			}
			if !back.Equal(g) || !g.Equal(&back) {
				t.Fatal("the mapping changed on its way")
			}
			want.check(t, &back, nil)
		}
	})
}

func encodedQuietly(g *keys.Generations) []byte {
	data, _ := g.MarshalBinary()
	return data
}

func mustExtend(t testing.TB, g *keys.Generations, base int64, originals ...int64) *keys.Generations {
	t.Helper()
	extended, err := g.Extend(setOf(originals...), base)
	if err != nil {
		t.Fatal(err)
	}
	return extended
}

func TestN1_OldKeysStayWhenGenerationsAreAdded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var g *keys.Generations
		base := int64(math.MinInt64)
		for range rapid.IntRange(1, 4).Draw(t, "refreshes") {
			old := g
			missing := g.Missing(setOf(drawIDs(t, "originals")...))
			extended, err := g.Extend(missing, base)
			if err != nil {
				t.Fatal(err)
			}
			g, base = extended, base+missing.Len()
			for original, copy := range old.All() {
				if now, ok := g.MapInt(original); !ok || now != copy {
					t.Fatalf("the key of %d was %d and is %d, %t", original, copy, now, ok)
				}
			}
			last, first := int64(0), true
			for original := range missing.All() { // ascending
				copy, ok := g.MapInt(original)
				if back, found := g.InvertInt(copy); !ok || !found || back != original {
					t.Fatalf("%d maps to %d, which maps back to %d", original, copy, back)
				}
				if !first && copy <= last {
					t.Fatalf("order is lost: %d after %d", copy, last)
				}
				last, first = copy, false
			}
		}
	})
}

func TestN1_RetiredOriginalGetsAnotherKey(t *testing.T) {
	g := mustExtend(t, nil, 100, 1, 2, 3)
	g, ok := g.Retire(2)
	if !ok {
		t.Fatal("2 was not retired")
	}
	if copy, ok := g.MapInt(2); ok {
		t.Errorf("2 still maps to %d", copy)
	}
	if original, ok := g.InvertInt(101); ok {
		t.Errorf("101 still maps back to %d", original)
	}
	if again, ok := g.Retire(2); ok || again != g {
		t.Error("2 was retired twice")
	}
	missing := g.Missing(setOf(1, 2, 3, 4))
	if diff := cmp.Diff([]int64{2, 4}, slices.Collect(missing.All())); diff != "" {
		t.Fatal(diff)
	}
	if _, err := g.Extend(missing, 101); !errors.Is(err, keys.ErrSpan) {
		t.Errorf("a retired key was handed out again: %v", err)
	}
	g = mustExtend(t, g, 200, 2, 4)
	for original, want := range map[int64]int64{1: 100, 2: 200, 3: 102, 4: 201} {
		if copy, ok := g.MapInt(original); !ok || copy != want {
			t.Errorf("%d maps to %d, %t; want %d", original, copy, ok, want)
		}
	}
	if diff := cmp.Diff([]keys.Span{{First: 100, Last: 102}, {First: 200, Last: 201}}, g.Spans()); diff != "" {
		t.Error(diff)
	}
	if g.Len() != 4 {
		t.Errorf("Len = %d, want 4", g.Len())
	}
}

func TestN1_ExtendRefuses(t *testing.T) {
	g := mustExtend(t, nil, 100, 1, 2, 3)
	for name, c := range map[string]struct {
		originals []int64
		base      int64
		want      error
	}{
		"an original that has a key":     {[]int64{3, 4}, 500, keys.ErrHasKey},
		"the last key again":             {[]int64{7}, 102, keys.ErrSpan},
		"a range around":                 {[]int64{7, 8, 9, 10, 11, 12}, 98, keys.ErrSpan},
		"one key too many at the top":    {[]int64{7, 8}, math.MaxInt64, keys.ErrSpan},
		"the last key at the top":        {[]int64{7}, math.MaxInt64, nil},
		"the first key at the bottom":    {[]int64{7}, math.MinInt64, nil},
		"the range right behind":         {[]int64{7}, 103, nil},
		"the range right before":         {[]int64{7, 8}, 98, nil},
		"none, at a base that is in use": {nil, 100, nil},
	} {
		t.Run(name, func(t *testing.T) {
			extended, err := g.Extend(setOf(c.originals...), c.base)
			if !errors.Is(err, c.want) {
				t.Fatalf("error is %v, want %v", err, c.want)
			}
			if err == nil && extended.Len() != 3+int64(len(c.originals)) {
				t.Fatalf("Len = %d", extended.Len())
			}
			if err != nil && extended != nil {
				t.Fatal("a mapping came with the error")
			}
		})
	}
}

func TestN1_NilGenerationsIsEmpty(t *testing.T) {
	var g *keys.Generations
	one := setOf(1)
	if _, ok := g.MapInt(0); ok {
		t.Error("it maps")
	}
	if _, ok := g.InvertInt(0); ok {
		t.Error("it inverts")
	}
	if g.Len() != 0 || len(g.Spans()) != 0 || !g.Missing(one).Equal(one) || g.RetireAll(one) != nil {
		t.Error("it has an original")
	}
	if extended, err := g.Extend(nil, 5); extended != nil || err != nil {
		t.Errorf("extended by nothing: %v, %v", extended, err)
	}
	for range g.All() {
		t.Error("it yields")
	}
	if !g.Equal(new(keys.Generations)) || g.Equal(mustExtend(t, g, 1, 1)) {
		t.Error("Equal is wrong for the empty mapping")
	}
}

func TestN1_MappingOnText(t *testing.T) {
	var m keys.Mapping = mustExtend(t, nil, -2, math.MinInt64, -7, 0, 7, math.MaxInt64)
	for original, want := range map[string]string{
		"-9223372036854775808": "-2", "-7": "-1", "0": "0", "7": "1", "9223372036854775807": "2",
	} {
		copy, ok := m.Map([]byte("id="), []byte(original))
		if !ok || string(copy) != "id="+want {
			t.Errorf("Map(%s) = %s, %t; want %s", original, copy, ok, want)
		}
		back, ok := m.Invert(nil, []byte(want))
		if !ok || string(back) != original {
			t.Errorf("Invert(%s) = %s, %t; want %s", want, back, ok, original)
		}
	}
	for _, text := range []string{
		"", "-", "+7", " 7", "7 ", "07", "-0", "-07", "00", "7.0", "7e0", "0x7", "٧", "7\x00", "1_0", "--7", "3",
		"9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551623", "99999999999999999999",
	} {
		if copy, ok := m.Map([]byte("id="), []byte(text)); ok || string(copy) != "id=" {
			t.Errorf("Map(%q) = %s, %t", text, copy, ok)
		}
		if original, ok := m.Invert([]byte("id="), []byte(text)); ok || string(original) != "id=" {
			t.Errorf("Invert(%q) = %s, %t", text, original, ok)
		}
	}
	room, seven := make([]byte, 0, 32), []byte("7")
	if n := testing.AllocsPerRun(100, func() { m.Map(room, seven); m.Invert(room, seven) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if m.Scheme() != keys.SchemeGenerations {
		t.Errorf("scheme is %s", m.Scheme())
	}
}

func TestN1_TextAgreesWithStrconv(t *testing.T) {
	text := rapid.OneOf(
		rapid.Map(rapid.Int64(), func(n int64) string { return strconv.FormatInt(n, 10) }),
		rapid.StringMatching(`[-+]?[0-9]{0,20}`), rapid.StringMatching(`-?922337203685477580[0-9]`))
	rapid.Check(t, func(t *rapid.T) {
		s := text.Draw(t, "text")
		n, err := strconv.ParseInt(s, 10, 64)
		canonical := err == nil && strconv.FormatInt(n, 10) == s
		var g *keys.Generations
		g, _ = g.Extend(setOf(n), 1)
		if copy, ok := g.Map(nil, []byte(s)); ok != canonical || ok && string(copy) != "1" {
			t.Fatalf("Map(%q) = %s, %t; want %t", s, copy, ok, canonical)
		}
	})
}

func TestN1_SameKeepsKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m keys.Mapping = keys.Same{}
		key := rapid.SliceOf(rapid.Byte()).Draw(t, "key")
		copy, ok := m.Map([]byte("a"), key)
		if !ok || string(copy) != "a"+string(key) {
			t.Fatalf("Map(%q) = %q, %t", key, copy, ok)
		}
		original, ok := m.Invert([]byte("b"), key)
		if !ok || string(original) != "b"+string(key) {
			t.Fatalf("Invert(%q) = %q, %t", key, original, ok)
		}
		if m.Scheme() != keys.SchemeSame {
			t.Fatalf("scheme is %s", m.Scheme())
		}
	})
}
