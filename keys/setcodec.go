package keys

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/RoaringBitmap/roaring/v2"
)

// The name and the version of an encoded Set.
const setHeader = "rks\x01"

// MarshalBinary encodes the set: a header of 4 bytes; the ids, each with its sign bit flipped, as a roaring bitmap in the
// portable 64-bit format; a checksum of 4 bytes. Equal sets give equal bytes. It never fails.
func (s *Set) MarshalBinary() ([]byte, error) {
	body := append([]byte(setHeader), make([]byte, 8)...)
	parts := uint64(0)
	var blocks []block
	if s != nil {
		blocks = s.blocks
	}
	for len(blocks) > 0 {
		n := 1
		for n < len(blocks) && blocks[n].key>>16 == blocks[0].key>>16 {
			n++
		}
		part, err := s.part(blocks[:n]).MarshalBinary()
		if err != nil {
			return nil, fmt.Errorf("keys: encode set: %w", err)
		}
		body = binary.LittleEndian.AppendUint32(body, uint32(blocks[0].key>>16))
		body = append(body, part...)
		blocks = blocks[n:]
		parts++
	}
	binary.LittleEndian.PutUint64(body[len(setHeader):], parts)
	return seal(body), nil
}

// part returns the lower 32 bits of the ids of blocks that share the upper ones.
func (s *Set) part(blocks []block) *roaring.Bitmap {
	part := roaring.New()
	var ids []uint32
	for i := range blocks {
		b := &blocks[i]
		high := uint32(b.key) << 16
		if b.form == runs && b.items <= 8 { // one by one a run costs a rewrite of the block
			for triples := s.data(b); len(triples) > 0; triples = triples[runShorts:] {
				part.AddRange(uint64(high|uint32(triples[0])), uint64(high|uint32(triples[1]))+1)
			}
			continue
		}
		ids = ids[:0]
		for v := range s.allIn(b) {
			ids = append(ids, high|uint32(v))
		}
		part.AddMany(ids)
	}
	part.RunOptimize()
	return part
}

// UnmarshalBinary replaces the set by the one that data encodes. It is meant for a new Set: others that hold s would see
// it change. It keeps no reference to data. The error is ErrEncoding.
func (s *Set) UnmarshalBinary(data []byte) error {
	set, err := readSet(data)
	if err != nil {
		return fmt.Errorf("%w (key set): %v", ErrEncoding, err)
	}
	*s = *set
	return nil
}

func readSet(data []byte) (*Set, error) {
	body, err := unseal(data, setHeader)
	if err != nil {
		return nil, err
	}
	if len(body) < 8 {
		return nil, fmt.Errorf("%d bytes where the number of parts belongs", len(body))
	}
	parts := binary.LittleEndian.Uint64(body)
	in := bytes.NewReader(body[8:])
	var f freezer
	var series []run
	next := uint64(0) // the least that the key of a part may be
	for n := range parts {
		var head [4]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return nil, fmt.Errorf("%d parts where %d belong", n, parts)
		}
		high := uint64(binary.LittleEndian.Uint32(head[:]))
		if high < next {
			return nil, fmt.Errorf("part %d is not in order", n)
		}
		next = high + 1
		part := roaring.New()
		if _, err := part.ReadFrom(in); err != nil {
			return nil, fmt.Errorf("part %d: %v", n, err)
		}
		if part.IsEmpty() {
			return nil, fmt.Errorf("part %d is empty", n)
		}
		if err := part.Validate(); err != nil {
			return nil, fmt.Errorf("part %d: %v", n, err)
		}
		series = f.addPart(high, part, series)
	}
	if in.Len() > 0 {
		return nil, fmt.Errorf("%d bytes too many", in.Len())
	}
	return f.freeze(), nil
}

// addPart adds the blocks of a part. It works on ranges, not on ids: a few bytes may stand for 4 billion of those. series
// is room for work, and is returned for the next part.
func (f *freezer) addPart(high uint64, part *roaring.Bitmap, series []run) []run {
	series = series[:0]
	open := high << 16
	for first, end := range part.Ranges() { // ends are not included
		for from := uint64(first); from < end; {
			to := min(end-1, from|0xffff)
			if key := high<<16 | from>>16; key != open {
				f.addRuns(open, series)
				series, open = series[:0], key
			}
			series = append(series, run{uint16(from), uint16(to)})
			from = to + 1
		}
	}
	f.addRuns(open, series)
	return series[:0]
}
