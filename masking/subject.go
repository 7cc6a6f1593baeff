package masking

import (
	"encoding/binary"

	"github.com/retenant/retenant/tenancy/schema"
)

// subject is the columns of a row that say whose value a cell holds.
type subject struct{ places []int }

func (s site) subject(c Column) subject {
	places := make([]int, len(c.Subject))
	for i, name := range c.Subject {
		places[i] = s.places[name]
	}
	return subject{places}
}

// append appends what identifies the subject of the row: its original values, with their lengths. A row whose subject is NULL altogether has
// a subject of its own, the value.
func (s subject) append(dst []byte, row schema.Row, value []byte) []byte {
	known := false
	for _, place := range s.places {
		cell := row.Cell(place)
		if cell.IsNull() {
			dst = append(dst, 0)
			continue
		}
		known = true
		dst = binary.AppendUvarint(dst, uint64(len(cell.Bytes))+1)
		dst = append(dst, cell.Bytes...)
	}
	if !known {
		dst = append(dst, "no subject"...)
		dst = append(dst, value...)
	}
	return dst
}
