package keys_test

import (
	"math"
	"math/big"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/retenant/retenant/keys"
)

func TestC21_OffsetsAreInjectiveAndInvertible(t *testing.T) {
	end := rapid.OneOf(rapid.Int64Range(-20, 40), rapid.Int64Range(-20, 40), rapid.SampledFrom(extremes))
	rapid.Check(t, func(t *rapid.T) {
		span := keys.Span{First: end.Draw(t, "first"), Last: end.Draw(t, "last")}
		base := end.Draw(t, "base")
		global := rapid.SliceOfN(end, 0, 3).Draw(t, "global")
		isGlobal := map[int64]bool{}
		for _, id := range global {
			isGlobal[id] = true
		}
		o, err := keys.NewOffset(span, base, setOf(global...))

		big := func(n int64) *big.Int { return big.NewInt(n) }
		size := big(0).Sub(big(span.Last), big(span.First))
		possible := size.Sign() >= 0 && size.Add(size, big(base)).Cmp(big(math.MaxInt64)) <= 0
		if possible {
			last := base + (span.Last - span.First)
			possible = last < span.First || base > span.Last
			for id := range isGlobal {
				possible = possible && (id < base || id > last)
			}
		}
		if !possible {
			wantRefused(t, "offset", err)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		probes := append([]int64{span.First, span.Last, span.First - 1, span.Last + 1, base, base - 1, o.Copies().Last, o.Copies().Last + 1}, global...)
		probes = append(probes, rapid.SliceOfN(end, 0, 20).Draw(t, "probes")...)
		var texts []string
		for _, id := range probes {
			texts = append(texts, strconv.FormatInt(id, 10))
		}
		copies := checkMapping(t, o, texts)
		for i, id := range probes {
			copy, ok := o.MapInt(id)
			if text, known := copies[texts[i]]; known != ok || ok && text != strconv.FormatInt(copy, 10) {
				t.Fatalf("MapInt(%d) = %d, %t; Map %s, %t", id, copy, ok, text, known)
			}
			inside := id >= span.First && id <= span.Last
			switch {
			case ok != (inside || isGlobal[id]):
				t.Fatalf("%d: %t", id, ok)
			case isGlobal[id] && copy != id:
				t.Fatalf("the global key %d maps to %d", id, copy)
			case ok && !isGlobal[id] && (copy-base != id-span.First || copy >= span.First && copy <= span.Last):
				t.Fatalf("%d maps to %d", id, copy)
			}
		}
	})
}

func TestC21_OffsetErrors(t *testing.T) {
	for name, c := range map[string]struct {
		originals keys.Span
		base      int64
		global    *keys.Set
		words     []string
	}{
		"reversed": {keys.Span{First: 2, Last: 1}, 10, nil, []string{"2..1 is empty"}},
		"beyond":   {keys.Span{First: 0, Last: 10}, math.MaxInt64 - 9, nil, []string{"0..10", "lower base"}},
		"all":      {keys.Span{First: math.MinInt64, Last: math.MaxInt64}, 0, nil, []string{"lower base"}},
		"overlap":  {keys.Span{First: 0, Last: 10}, 10, nil, []string{"10..20", "0..10"}},
		"same":     {keys.Span{First: 0, Last: 10}, 0, nil, []string{"0..10"}},
		"global":   {keys.Span{First: 0, Last: 10}, 20, setOf(19, 20, 30, 31), []string{"2 keys", "20 the first", "20..30"}},
		"several":  {keys.Span{First: 0, Last: 10}, 5, setOf(7), []string{"5..15 would meet", "7 the first"}},
	} {
		_, err := keys.NewOffset(c.originals, c.base, c.global)
		wantRefused(t, name, err, c.words...)
	}
	o, err := keys.NewOffset(keys.Span{First: math.MinInt64, Last: -1}, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	if copy, ok := o.MapInt(math.MinInt64); !ok || copy != 0 {
		t.Errorf("the smallest integer maps to %d, %t", copy, ok)
	}
	if copy, ok := o.MapInt(-1); !ok || copy != math.MaxInt64 {
		t.Errorf("-1 maps to %d, %t", copy, ok)
	}
	if got := (*keys.Offset)(nil).Copies(); got != (keys.Span{}) {
		t.Errorf("the nil Offset has copies in %v", got)
	}
}
