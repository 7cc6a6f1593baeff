package keys

import "github.com/RoaringBitmap/roaring/v2/roaring64"

// SetBuilder collects the ids of a [Set], in any order and as often as they come. Ascending ids, as a reading in key
// order brings them, are the fast case; others wait in a bitmap that is searched for each of them. The zero SetBuilder is ready. It must not be
// used by two goroutines at once.
type SetBuilder struct {
	frozen freezer           // blocks below the open one
	open   uint64            // key of the open block
	series []run             // ids of the open block; empty before the first Add
	late   *roaring64.Bitmap // ids that came after a larger one
}

// Add puts id into the set.
func (b *SetBuilder) Add(id int64) {
	ordinal := toOrdinal(id)
	key, v := ordinal>>16, uint16(ordinal)
	if n := len(b.series); n > 0 {
		last := &b.series[n-1].last
		switch {
		case key == b.open && v == *last:
			return
		case key < b.open || key == b.open && v < *last:
			if b.late == nil {
				b.late = roaring64.New()
			}
			b.late.Add(ordinal)
			return
		case key == b.open && v == *last+1:
			*last = v
			return
		case key > b.open:
			b.flush()
		}
	}
	b.open = key
	b.series = append(b.series, run{v, v})
}

// Set returns the set of the ids added since the SetBuilder was new or Set was called last, and starts again with none.
func (b *SetBuilder) Set() *Set {
	b.flush()
	set, late := b.frozen.freeze(), b.late
	b.late = nil
	if late == nil {
		return set
	}
	for ordinals := late.Iterator(); ordinals.HasNext(); {
		b.Add(toID(ordinals.Next()))
	}
	b.flush()
	return set.Union(b.frozen.freeze())
}

func (b *SetBuilder) flush() {
	b.frozen.addRuns(b.open, b.series)
	b.series = b.series[:0]
}
