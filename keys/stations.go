package keys

import (
	"iter"
	"maps"
	"slices"
	"strconv"
)

// Stations is the mapping for the station column of keys that are a station and a serial number. Each station of the source
// has one of the target's own that stands for the pair of tenants, and the serial number stays:
//
//	key := keys.Composite{stations, keys.Same{}}
//
// No serial number is handed out, since no other rows use the target's stations. It serves any other column of few values
// that tells original and copy apart.
//
// It answers for stations, not for records: ask first whether a record is in scope, since the source's station may have
// made global rows too. It is safe for concurrent use; the nil *Stations maps nothing.
type Stations struct{ copies, originals map[string]string }

var _ Mapping = (*Stations)(nil)

// NewStations returns the mapping of pairs: from each station of the source, as canonical text, to the station that its
// copies have. Give a copy's station to one source and one target only, and keep pairs for ever; later refreshes may add
// some. The error is ErrScheme if two stations share a copy's station, or if one is both an original's and a copy's: the
// copy of one record could have the key of another.
func NewStations(pairs map[string]string) (*Stations, error) {
	s := &Stations{copies: maps.Clone(pairs), originals: make(map[string]string, len(pairs))}
	var problems problems
	for original, copy := range s.All() {
		if other, taken := s.originals[copy]; taken {
			problems.add("%s and %s both map to %s: give each a station of its own", strconv.Quote(other), strconv.Quote(original), strconv.Quote(copy))
			continue
		}
		s.originals[copy] = original
		if _, both := pairs[copy]; both {
			problems.add("%s maps to %s, where originals are: use a station that nobody uses", strconv.Quote(original), strconv.Quote(copy))
		}
	}
	if err := problems.err("stations"); err != nil {
		return nil, err
	}
	return s, nil
}

// Scheme returns SchemeStation.
func (s *Stations) Scheme() Scheme { return SchemeStation }

// Map appends the station of the copy. It refuses a station that has no pair.
func (s *Stations) Map(dst, original []byte) ([]byte, bool) {
	if s == nil {
		return dst, false
	}
	copy, ok := s.copies[string(original)]
	return append(dst, copy...), ok
}

// Invert appends the station of the original. It refuses a station that is not a copy's.
func (s *Stations) Invert(dst, copy []byte) ([]byte, bool) {
	if s == nil {
		return dst, false
	}
	original, ok := s.originals[string(copy)]
	return append(dst, original...), ok
}

// All yields the pairs in the order in which [Key.Compare] puts the originals.
func (s *Stations) All() iter.Seq2[string, string] {
	return func(yield func(original, copy string) bool) {
		if s == nil {
			return
		}
		for _, original := range slices.SortedFunc(maps.Keys(s.copies), compareColumn) {
			if !yield(original, s.copies[original]) {
				return
			}
		}
	}
}
