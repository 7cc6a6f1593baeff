package keys

import "slices"

// Minus returns the ids of s that are not in other.
func (s *Set) Minus(other *Set) *Set {
	if s.apart(other) {
		return s
	}
	return s.combine(other, false, func(a, b *bits64k) {
		for i := range a {
			a[i] &^= b[i]
		}
	})
}

// Union returns the ids that are in s, in other or in both.
func (s *Set) Union(other *Set) *Set {
	switch {
	case other.Len() == 0:
		return s
	case s.Len() == 0:
		return other
	}
	return s.combine(other, true, func(a, b *bits64k) {
		for i := range a {
			a[i] |= b[i]
		}
	})
}

// Intersects says whether some id is in both sets.
func (s *Set) Intersects(other *Set) bool {
	if s.apart(other) {
		return false
	}
	var left, right bits64k
	for i, k := 0, 0; i < len(s.blocks) && k < len(other.blocks); {
		a, b := &s.blocks[i], &other.blocks[k]
		switch {
		case a.key < b.key:
			i++
		case a.key > b.key:
			k++
		default:
			s.load(a, &left)
			other.load(b, &right)
			for w := range left {
				if left[w]&right[w] != 0 {
					return true
				}
			}
			i++
			k++
		}
	}
	return false
}

// Equal says whether both sets have the same ids.
func (s *Set) Equal(other *Set) bool {
	if s.Len() != other.Len() {
		return false
	}
	if s == other || s.Len() == 0 {
		return true
	}
	// Equal contents are stored in equal form.
	return slices.Equal(s.blocks, other.blocks) && slices.Equal(s.shorts, other.shorts) &&
		slices.Equal(s.bytes, other.bytes) && slices.Equal(s.words, other.words)
}

// apart says that the ends of the sets do not overlap, or that one is empty.
func (s *Set) apart(other *Set) bool {
	sMin, ok := s.Min()
	oMin, ok2 := other.Min()
	if !ok || !ok2 {
		return true
	}
	sMax, _ := s.Max()
	oMax, _ := other.Max()
	return sMax < oMin || oMax < sMin
}

// combine merges two sets that are not empty: blocks of s alone stay, those of other alone stay if both is set, and join
// changes the bits of s where they share a block.
func (s *Set) combine(other *Set, both bool, join func(a, b *bits64k)) *Set {
	var f freezer
	var left, right bits64k
	i, k := 0, 0
	for i < len(s.blocks) && k < len(other.blocks) {
		a, b := &s.blocks[i], &other.blocks[k]
		switch {
		case a.key < b.key:
			f.addBlock(s, a)
			i++
		case a.key > b.key:
			if both {
				f.addBlock(other, b)
			}
			k++
		default:
			s.load(a, &left)
			other.load(b, &right)
			join(&left, &right)
			f.addBits(a.key, &left)
			i++
			k++
		}
	}
	for ; i < len(s.blocks); i++ {
		f.addBlock(s, &s.blocks[i])
	}
	for ; both && k < len(other.blocks); k++ {
		f.addBlock(other, &other.blocks[k])
	}
	return f.freeze()
}
