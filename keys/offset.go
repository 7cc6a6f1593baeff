package keys

import (
	"math"
)

// Offset is the mapping for numbers that people assign in blocks: the originals lie in one range, and those of the copies
// in another of the same size, in the same order and with the same gaps. Numbers outside of the range are refused. Where
// numbers come from a sequence, [Generations] needs less room.
//
// It answers for numbers, not for records: ask first whether a record is in scope. It is safe for concurrent use and does
// not allocate in lookups. The nil *Offset and the zero Offset map nothing.
type Offset struct {
	originals, copies Span
	shift             int64 // 0 only in the zero Offset
	global            *Set
}

var _ Mapping = (*Offset)(nil)

// NewOffset returns the mapping of originals to the numbers from base on; nobody else may use these. Global are the keys of
// global rows, which map to themselves; it may be nil. One target has the same ranges for ever. The error is ErrScheme if a
// range is empty or ends beyond the largest int64, if the two overlap, or if a global key lies in that of the copies.
func NewOffset(originals Span, base int64, global *Set) (*Offset, error) {
	var problems problems
	if originals.First > originals.Last {
		problems.add("%v is empty: write the smaller number first", originals)
		return nil, problems.err("offset")
	}
	more := uint64(originals.Last) - uint64(originals.First)
	if more > uint64(math.MaxInt64)-uint64(base) {
		problems.add("as many numbers as in %v from %d on end beyond the largest integer: use a lower base", originals, base)
		return nil, problems.err("offset")
	}
	o := &Offset{originals: originals, copies: Span{base, base + int64(more)}, shift: base - originals.First, global: global}
	if o.copies.First <= originals.Last && originals.First <= o.copies.Last {
		problems.add("copies in %v would meet originals in %v: use another base", o.copies, originals)
	}
	first, _ := global.Rank(base)
	end, last := global.Rank(o.copies.Last)
	if last {
		end++
	}
	if n := end - first; n > 0 {
		example, _ := global.Select(first)
		problems.add("%d keys of global rows, %d the first, lie in %v: use another base", n, example, o.copies)
	}
	if err := problems.err("offset"); err != nil {
		return nil, err
	}
	return o, nil
}

// Scheme returns SchemeOffset.
func (o *Offset) Scheme() Scheme { return SchemeOffset }

// Copies returns the range in which the copies' keys lie.
func (o *Offset) Copies() Span {
	if o == nil {
		return Span{}
	}
	return o.copies
}

// Map appends the canonical text of the copy's key. It refuses what [ParseID] refuses, and what lies outside.
func (o *Offset) Map(dst, original []byte) ([]byte, bool) { return mapText(dst, original, o.MapInt) }

// Invert appends the canonical text of the original's key, with the same strictness as Map.
func (o *Offset) Invert(dst, copy []byte) ([]byte, bool) { return mapText(dst, copy, o.InvertInt) }

// MapInt returns the copy's key, and false for a number outside.
func (o *Offset) MapInt(original int64) (copy int64, ok bool) {
	switch {
	case o == nil || o.shift == 0:
		return 0, false
	case o.global.Contains(original):
		return original, true
	case original < o.originals.First || original > o.originals.Last:
		return 0, false
	}
	return original + o.shift, true
}

// InvertInt returns the original's key, and false for a number that MapInt gives to nobody.
func (o *Offset) InvertInt(copy int64) (original int64, ok bool) {
	switch {
	case o == nil || o.shift == 0:
		return 0, false
	case o.global.Contains(copy):
		return copy, true
	case copy < o.copies.First || copy > o.copies.Last || o.global.Contains(copy-o.shift):
		return 0, false
	}
	return copy - o.shift, true
}
