package keys

import (
	"fmt"
	"iter"
	"math"
	"sort"
	"strconv"
)

// Generations is the mapping for integer keys of tables that original and copy share. Each generation gives a set of
// originals the keys base, base+1, … in the order of the originals. There is one Generations for each target and key
// column; it belongs beside the target's rows, written in the same transaction as they.
//
// It is immutable: Extend and Retire return another. The nil *Generations is the mapping without any original. It is safe
// for concurrent use and does not allocate in lookups.
type Generations struct {
	list []generation // in the order in which they were added

	// byOriginal and byBase are places in list. An original is looked for among those whose originals begin at or
	// before it, from the last to the first, until none before reaches it.
	byOriginal []int
	starts     []int64 // smallest original of list[byOriginal[i]]
	reach      []int64 // largest original of list[byOriginal[:i+1]]
	byBase     []int
}

// A generation maps the original of rank r to base + r, unless it is retired.
type generation struct {
	originals *Set // not empty
	base      int64
	retired   *Set // some of originals; nil for none
}

var _ Mapping = (*Generations)(nil)

// Span is a range of keys, both ends included.
type Span struct{ First, Last int64 }

// String returns the span as first..last.
func (s Span) String() string {
	return strconv.FormatInt(s.First, 10) + ".." + strconv.FormatInt(s.Last, 10)
}

func (g *generation) span() Span { return Span{g.base, g.base + g.originals.Len() - 1} }

// live returns the originals that are not retired.
func (g *generation) live() *Set { return g.originals.Minus(g.retired) }

// Scheme returns SchemeGenerations.
func (g *Generations) Scheme() Scheme { return SchemeGenerations }

// Map appends the canonical text of the copy's key. It refuses, as [Mapping] says, text that is not the shortest decimal
// form of an int64 (" 7", "+7", "07", "7.0", an unsigned number beyond the largest int64).
func (g *Generations) Map(dst, original []byte) ([]byte, bool) {
	return mapText(dst, original, g.MapInt)
}

// Invert appends the canonical text of the original's key, with the same strictness as Map.
func (g *Generations) Invert(dst, copy []byte) ([]byte, bool) {
	return mapText(dst, copy, g.InvertInt)
}

// MapInt returns the copy's key, and false for an original that has none: it was never added, or is retired and not yet
// added again.
func (g *Generations) MapInt(original int64) (copy int64, ok bool) {
	if g == nil {
		return 0, false
	}
	i := len(g.starts)
	if i > 1 {
		i = sort.Search(i, func(n int) bool { return g.starts[n] > original })
	}
	for i--; i >= 0 && g.reach[i] >= original; i-- {
		gen := &g.list[g.byOriginal[i]]
		if rank, ok := gen.originals.Rank(original); ok && !gen.retired.Contains(original) {
			return gen.base + rank, true
		}
	}
	return 0, false
}

// InvertInt returns the original whose copy has this key, and false if the key was never handed out here or is retired.
func (g *Generations) InvertInt(copy int64) (original int64, ok bool) {
	if g == nil {
		return 0, false
	}
	i := sort.Search(len(g.byBase), func(n int) bool { return g.list[g.byBase[n]].base > copy }) - 1
	if i < 0 {
		return 0, false
	}
	gen := &g.list[g.byBase[i]]
	if copy > gen.span().Last {
		return 0, false
	}
	original, _ = gen.originals.Select(copy - gen.base)
	if gen.retired.Contains(original) {
		return 0, false
	}
	return original, true
}

// Len returns the number of originals that have a key. Retired ones do not count.
func (g *Generations) Len() int64 {
	n := int64(0)
	if g != nil {
		for i := range g.list {
			n += g.list[i].originals.Len() - g.list[i].retired.Len()
		}
	}
	return n
}

// All yields each original that has a key with its copy's key: generation by generation, and in ascending order of both
// within one.
func (g *Generations) All() iter.Seq2[int64, int64] {
	return func(yield func(original, copy int64) bool) {
		if g == nil {
			return
		}
		for i := range g.list {
			gen := &g.list[i]
			copy := gen.base
			for original := range gen.originals.All() {
				if !gen.retired.Contains(original) && !yield(original, copy) {
					return
				}
				copy++
			}
		}
	}
}

// Spans returns the ranges of all keys ever handed out, in ascending order and apart from each other. A foreign row with
// a key in one of them is an error only if InvertInt knows that key: retired keys lie in spans too, and a record that was
// transferred away keeps its key.
func (g *Generations) Spans() []Span {
	if g == nil {
		return nil
	}
	spans := make([]Span, 0, len(g.byBase))
	for _, i := range g.byBase {
		spans = append(spans, g.list[i].span())
	}
	return spans
}

// Missing returns those of originals that have no key. As many ids must be reserved for Extend.
func (g *Generations) Missing(originals *Set) *Set {
	if g == nil {
		return originals
	}
	missing := originals
	for i := range g.list {
		if gen := &g.list[i]; !missing.apart(gen.originals) {
			missing = missing.Minus(gen.live())
		}
	}
	return missing
}

// Extend returns a mapping that also gives originals a key: the smallest gets base, the next base+1, and so on. All other
// keys stay. The caller must have reserved the range, so that neither a row nor another mapping in the same key space
// uses it; only ranges of g itself are checked. Without originals it returns g, whatever base is. The error is ErrHasKey
// or ErrSpan.
func (g *Generations) Extend(originals *Set, base int64) (*Generations, error) {
	n := originals.Len()
	if n == 0 {
		return g, nil
	}
	if missing := g.Missing(originals); missing.Len() != n {
		example, _ := originals.Minus(missing).Min()
		return nil, fmt.Errorf("%w: key %d and %d more: extend by what Missing returns", ErrHasKey, example, n-missing.Len()-1)
	}
	added := generation{originals: originals, base: base}
	if err := added.check(); err != nil {
		return nil, err
	}
	for _, used := range g.Spans() {
		if err := apart(used, added.span()); err != nil {
			return nil, err
		}
	}
	return index(append(g.copyList(1), added)), nil
}

// Retire returns a mapping in which original has no key, for a copy that became a record of its own. It returns g and
// false if original has none now. The key is not handed out again, and Missing lists the original from now on.
func (g *Generations) Retire(original int64) (*Generations, bool) {
	if _, ok := g.MapInt(original); !ok {
		return g, false
	}
	var one SetBuilder
	one.Add(original)
	return g.RetireAll(one.Set()), true
}

// RetireAll retires those of originals that have a key, as Retire does; it takes about as long for many as for one.
func (g *Generations) RetireAll(originals *Set) *Generations {
	list := g.copyList(0)
	changed := false
	for i := range list {
		gen := &list[i]
		if gen.originals.apart(originals) {
			continue
		}
		live := gen.live()
		rest := live.Minus(originals)
		if rest.Len() < live.Len() {
			gen.retired = gen.originals.Minus(rest)
			changed = true
		}
	}
	if !changed {
		return g
	}
	return index(list)
}

// Equal says whether both have the same generations in the same order, and so the same answers. Other ways to the same
// answers are not equal.
func (g *Generations) Equal(other *Generations) bool {
	a, b := g.copyList(0), other.copyList(0)
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].base != b[i].base || !a[i].originals.Equal(b[i].originals) || !a[i].retired.Equal(b[i].retired) {
			return false
		}
	}
	return true
}

// copyList returns a copy of the list with room for more.
func (g *Generations) copyList(more int) []generation {
	if g == nil {
		return make([]generation, 0, more)
	}
	return append(make([]generation, 0, len(g.list)+more), g.list...)
}

// check refuses a generation whose keys would not fit in int64.
func (g *generation) check() error {
	if g.base > math.MaxInt64-(g.originals.Len()-1) {
		return fmt.Errorf("%w: %d keys from %d on end beyond the largest integer: reserve a lower range", ErrSpan, g.originals.Len(), g.base)
	}
	return nil
}

// apart refuses spans that overlap.
func apart(used, added Span) error {
	if added.First <= used.Last && used.First <= added.Last {
		return fmt.Errorf("%w: %v overlaps %v, which is handed out: reserve a range of its own", ErrSpan, added, used)
	}
	return nil
}

// index makes a mapping of a list that was checked.
func index(list []generation) *Generations {
	g := &Generations{list: list}
	for i := range list {
		g.byOriginal = append(g.byOriginal, i)
		g.byBase = append(g.byBase, i)
	}
	start := func(i int) int64 { id, _ := list[i].originals.Min(); return id }
	sort.SliceStable(g.byOriginal, func(i, k int) bool { return start(g.byOriginal[i]) < start(g.byOriginal[k]) })
	sort.Slice(g.byBase, func(i, k int) bool { return list[g.byBase[i]].base < list[g.byBase[k]].base })
	reach := int64(math.MinInt64)
	for _, i := range g.byOriginal {
		last, _ := list[i].originals.Max()
		reach = max(reach, last)
		g.starts = append(g.starts, start(i))
		g.reach = append(g.reach, reach)
	}
	return g
}
