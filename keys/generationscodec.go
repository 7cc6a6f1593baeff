package keys

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The name and the version of an encoded Generations.
const generationsHeader = "rkg\x01"

// MarshalBinary encodes the mapping: a header of 4 bytes; the number of generations; for each the base in 8 bytes,
// the originals and the retired ones as encoded Sets, each with its length in front (0 for none); a checksum of 4 bytes.
// Numbers without a given size are unsigned varints. Equal mappings give equal bytes. It never fails.
func (g *Generations) MarshalBinary() ([]byte, error) {
	var list []generation
	if g != nil {
		list = g.list
	}
	body := binary.AppendUvarint([]byte(generationsHeader), uint64(len(list)))
	for i := range list {
		body = binary.LittleEndian.AppendUint64(body, uint64(list[i].base))
		for _, set := range []*Set{list[i].originals, list[i].retired} {
			var text []byte
			if set.Len() > 0 {
				var err error
				if text, err = set.MarshalBinary(); err != nil {
					return nil, err
				}
			}
			body = binary.AppendUvarint(body, uint64(len(text)))
			body = append(body, text...)
		}
	}
	return seal(body), nil
}

// UnmarshalBinary replaces the mapping by the one that data encodes. It is meant for a new Generations: others that hold g
// would see it change. It keeps no reference to data. The error is ErrEncoding, also for bytes that encode a mapping which
// Extend and Retire could not have made.
func (g *Generations) UnmarshalBinary(data []byte) error {
	list, err := readGenerations(data)
	if err != nil {
		return fmt.Errorf("%w (key mapping): %v", ErrEncoding, err)
	}
	*g = *index(list)
	return nil
}

func readGenerations(data []byte) ([]generation, error) {
	body, err := unseal(data, generationsHeader)
	if err != nil {
		return nil, err
	}
	count, size := binary.Uvarint(body)
	if size <= 0 {
		return nil, errors.New("no number of generations")
	}
	body = body[size:]
	var list []generation
	for n := range count {
		if len(body) < 8 {
			return nil, fmt.Errorf("%d generations where %d belong", n, count)
		}
		gen := generation{base: int64(binary.LittleEndian.Uint64(body))}
		body = body[8:]
		for _, set := range []**Set{&gen.originals, &gen.retired} {
			length, size := binary.Uvarint(body)
			if size <= 0 || length > uint64(len(body)-size) {
				return nil, fmt.Errorf("generation %d is cut off", n)
			}
			text := body[size : size+int(length)]
			body = body[size+int(length):]
			if length == 0 {
				continue
			}
			if *set, err = readSet(text); err != nil {
				return nil, fmt.Errorf("generation %d: %v", n, err)
			}
			if (*set).Len() == 0 {
				return nil, fmt.Errorf("generation %d: an empty set is not encoded", n)
			}
		}
		if gen.originals.Len() == 0 {
			return nil, fmt.Errorf("generation %d has no originals", n)
		}
		if gen.retired.Minus(gen.originals).Len() > 0 {
			return nil, fmt.Errorf("generation %d: retired keys were never handed out", n)
		}
		if err := gen.check(); err != nil {
			return nil, fmt.Errorf("generation %d: %v", n, err)
		}
		list = append(list, gen)
	}
	if len(body) > 0 {
		return nil, fmt.Errorf("%d bytes too many", len(body))
	}
	return list, checkAll(list)
}

// checkAll refuses keys that two generations hand out, and originals with two keys.
func checkAll(list []generation) error {
	g := index(list)
	spans := g.Spans()
	for i := 1; i < len(spans); i++ {
		if err := apart(spans[i-1], spans[i]); err != nil {
			return err
		}
	}
	for i := range g.byOriginal {
		for k := i - 1; k >= 0 && g.reach[k] >= g.starts[i]; k-- {
			a, b := &list[g.byOriginal[k]], &list[g.byOriginal[i]]
			if !a.originals.apart(b.originals) && a.live().Intersects(b.live()) {
				return fmt.Errorf("generations %d and %d both have a key for one original", g.byOriginal[k], g.byOriginal[i])
			}
		}
	}
	return nil
}
