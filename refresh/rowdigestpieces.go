package refresh

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
)

// rowDigestHead is the first piece of a table's row digests, as JSON: what they were made of. The other pieces are their entries in the order of the key's hash:
//
//	row digests  the key's hash, less the one before in the same piece, as a varint; 32 bits of the row's hash
//	sums         the sum in 64 bits and the number of rows in 32, for each range
//
// Numbers of fixed width are little-endian. An entry is never divided between pieces.
type rowDigestHead struct {
	Format  int              `json:"format"`
	Run     RunID            `json:"run"`
	Secret  string           `json:"secret"` // its fingerprint
	Columns []digestedColumn `json:"columns"`
	Kept    []string         `json:"kept,omitempty"`   // the columns of secrets that stayed, which the digests leave out
	Key     []string         `json:"key,omitempty"`    // the columns that identify a row; none: all do
	Keying  string           `json:"keying,omitempty"` // how the key's values were made, see [Plan.keying]
	Rows    int64            `json:"rows"`
	Sums    bool             `json:"sums,omitempty"`
}

// digestedColumn is a column that a row's digest covers, in the order in which it does.
type digestedColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

const (
	rowDigestFormat   = 1
	rowDigestPiece    = 256 << 10 // bytes of a piece
	rowDigestSumBytes = 12
)

// errDamaged says that row digests were altered since they were written.
var errDamaged = errors.New("row digests are damaged")

// pieces returns the row digests as they are stored. The bytes are good until the next piece.
func (d *rowDigests) pieces(head rowDigestHead) (iter.Seq[[]byte], error) {
	head.Format, head.Rows, head.Sums = rowDigestFormat, d.rows, d.sums != nil
	first, err := json.Marshal(head)
	if err != nil {
		return nil, fmt.Errorf("row digests: %w", err)
	}
	d.sort()
	return func(yield func([]byte) bool) {
		if !yield(first) {
			return
		}
		p := pieceWriter{yield: yield, buf: make([]byte, 0, min(int64(rowDigestPiece), 16*d.rows+rowDigestSumBytes))}
		if d.sums != nil {
			p.sums(d.sums)
		} else {
			p.digests(&d.parts)
		}
		p.flush()
	}, nil
}

// pieceWriter cuts entries into pieces.
type pieceWriter struct {
	yield func([]byte) bool
	buf   []byte
	ended bool
}

// flush hands on what there is. It returns false when no more is wanted.
func (p *pieceWriter) flush() bool {
	if len(p.buf) > 0 && !p.ended {
		p.ended = !p.yield(p.buf)
		p.buf = p.buf[:0]
	}
	return !p.ended
}

func (p *pieceWriter) digests(parts *[256][]uint64) {
	var last uint64
	for i, part := range parts {
		for _, entry := range part {
			if len(p.buf) > rowDigestPiece-16 {
				if !p.flush() {
					return
				}
				last = 0
			}
			key := uint64(i)<<32 | entry>>32
			p.buf = binary.AppendUvarint(p.buf, key-last)
			p.buf = binary.LittleEndian.AppendUint32(p.buf, uint32(entry))
			last = key
		}
	}
}

func (p *pieceWriter) sums(sums rowSums) {
	for _, s := range sums {
		if len(p.buf) > rowDigestPiece-rowDigestSumBytes && !p.flush() {
			return
		}
		p.buf = binary.LittleEndian.AppendUint64(p.buf, s.sum)
		p.buf = binary.LittleEndian.AppendUint32(p.buf, s.rows)
	}
}

// readRowDigestHead reads the head alone, as [readRowDigests] does.
func readRowDigestHead(pieces iter.Seq2[[]byte, error]) (*rowDigestHead, error) {
	for piece, err := range pieces {
		if err != nil {
			return nil, err
		}
		return parseRowDigestHead(piece)
	}
	return nil, nil
}

func parseRowDigestHead(piece []byte) (*rowDigestHead, error) {
	head := new(rowDigestHead)
	if json.Unmarshal(piece, head) != nil || head.Format != rowDigestFormat || head.Rows < 0 {
		return nil, errDamaged
	}
	return head, nil
}

// readRowDigests reads what [rowDigests.pieces] wrote. It returns nil where nothing is kept, and an error that matches errDamaged where it was altered.
func readRowDigests(pieces iter.Seq2[[]byte, error]) (*rowDigestHead, *knownRows, error) {
	var head *rowDigestHead
	var known *knownRows
	for piece, err := range pieces {
		switch {
		case err != nil:
			return nil, nil, err
		case head == nil:
			if head, err = parseRowDigestHead(piece); err != nil {
				return nil, nil, err
			}
			known = newKnownRows(head)
		case !known.read(piece):
			return nil, nil, errDamaged
		}
	}
	if head != nil && !known.complete(head) {
		return nil, nil, errDamaged
	}
	return head, known, nil
}
