package keys_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/retenant/retenant/keys"
)

func TestC25_StationsStandForTheTenantPair(t *testing.T) {
	stations, err := keys.NewStations(map[string]string{"7": "107", "12": "112"})
	if err != nil {
		t.Fatal(err)
	}
	m := keys.Composite{stations, keys.Same{}}
	for original, want := range map[keys.Key]keys.Key{
		keys.Compose("7", "1"):     keys.Compose("107", "1"),
		keys.Compose("12", "1"):    keys.Compose("112", "1"),
		keys.Compose("12", "4711"): keys.Compose("112", "4711"),
	} {
		if got, ok := m.Map(original); !ok || got != want {
			t.Errorf("%v maps to %v, %t; want %v", original, got, ok, want)
		}
		if back, ok := m.Invert(want); !ok || back != original {
			t.Errorf("%v maps back to %v, %t; want %v", want, back, ok, original)
		}
	}
	for _, other := range []keys.Key{"7", keys.Compose("8", "1"), keys.Compose("07", "1"), keys.Compose("107", "1"), keys.Compose("7", "1", "1")} {
		if got, ok := m.Map(other); ok {
			t.Errorf("%v, which is no original, maps to %v", other, got)
		}
	}
	for _, other := range []keys.Key{"107", keys.Compose("7", "1"), keys.Compose("108", "1")} {
		if got, ok := m.Invert(other); ok {
			t.Errorf("%v, which is no copy, inverts to %v", other, got)
		}
	}
	if diff := cmp.Diff([]keys.Scheme{keys.SchemeStation, keys.SchemeSame}, m.Schemes()); diff != "" {
		t.Error(diff)
	}
}

// Records of one serial number on many stations never meet, whatever the pairs; what could make them meet is refused.
func TestC25_StationsAreInjective(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Map(rapid.IntRange(1, 12), strconv.Itoa)
		pairs := rapid.MapOf(number, number).Draw(t, "pairs")
		possible := true
		copies := map[string]bool{}
		for _, copy := range pairs {
			_, both := pairs[copy]
			possible = possible && !both && !copies[copy]
			copies[copy] = true
		}
		stations, err := keys.NewStations(pairs)
		if !possible {
			wantRefused(t, "pairs", err)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for i := range 14 {
			all = append(all, strconv.Itoa(i))
		}
		if diff := cmp.Diff(pairs, checkMapping(t, stations, all)); diff != "" {
			t.Fatal(diff)
		}
		var order []keys.Key
		for original := range stations.All() {
			order = append(order, keys.Key(original))
		}
		if len(order) != len(pairs) || !slices.IsSortedFunc(order, keys.Key.Compare) {
			t.Fatalf("All yields %v for %v", order, pairs)
		}
	})
}

func TestC25_StationErrorsNameAll(t *testing.T) {
	_, err := keys.NewStations(map[string]string{"1": "9", "2": "9", "3": "4", "4": "10", "5": "5"})
	wantRefused(t, "pairs", err, `"1" and "2" both map to "9"`, `"3" maps to "4"`, `"5" maps to "5"`)
	pairs := map[string]string{"1": "101"}
	s, err := keys.NewStations(pairs)
	if err != nil {
		t.Fatal(err)
	}
	pairs["1"] = "102"
	if got, _ := s.Map(nil, []byte("1")); string(got) != "101" {
		t.Errorf("the mapping changes with its argument: %s", got)
	}
}

// A key that consists of references follows them, NULs and separators in text included.
func TestC13_CompositeFollowsItsColumns(t *testing.T) {
	tag, err := keys.NewTag(keys.TagConfig{Suffix: "-S1"})
	if err != nil {
		t.Fatal(err)
	}
	g, err := (*keys.Generations)(nil).Extend(setOf(1, 2, 3, 7, 12), 100)
	if err != nil {
		t.Fatal(err)
	}
	m := keys.Composite{g, tag, keys.Same{}}
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.SampledFrom([]string{"1", "2", "3", "7", "12", "8", "x"})
		text := rapid.SampledFrom([]string{"", "a", "\x00", "a,b", "\xff", "x-s1", "(7)"})
		copies := map[keys.Key]keys.Key{}
		for range 40 {
			columns := []string{id.Draw(t, "id"), text.Draw(t, "text"), text.Draw(t, "other")}
			original := keys.Compose(columns...)
			copy, ok := m.Map(original)
			_, first := g.Map(nil, []byte(columns[0]))
			_, second := tag.Map(nil, []byte(columns[1]))
			if ok != (first && second) {
				t.Fatalf("%v: %t, its columns %t and %t", original, ok, first, second)
			}
			if !ok {
				continue
			}
			if other, taken := copies[copy]; taken && other != original {
				t.Fatalf("%v and %v share %v", other, original, copy)
			}
			copies[copy] = original
			if back, ok := m.Invert(copy); !ok || back != original {
				t.Fatalf("%v maps to %v and back to %v, %t", original, copy, back, ok)
			}
		}
	})
	if got, ok := keys.Composite(nil).Map("7"); ok {
		t.Errorf("the nil Composite maps to %v", got)
	}
}
