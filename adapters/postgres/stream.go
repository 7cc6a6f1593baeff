package postgres

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/schema"
)

// flushBytes is how much of the rewritten stream is gathered before it is handed on.
const flushBytes = 64 << 10

// signature begins a binary COPY stream.
const signature = "PGCOPY\n\xff\r\n\x00"

var errStream = errors.New("the server's binary stream is damaged")

// rewriter implements [io.Writer]: it takes a binary COPY stream in pieces, applies the transform to each row and hands on a binary COPY
// stream. The fields that the transform does not touch go through byte by byte.
type rewriter struct {
	columns   []schema.Column
	kinds     []kind
	touched   []bool
	transform *refresh.Transform
	progress  func(rows, bytes int64)
	out       io.Writer

	begun    bool // the header has been read
	ended    bool // the trailer has been read
	rest     []byte
	buffer   []byte
	fields   [][]byte // of the present row; nil is NULL
	source   *schema.Batch
	made     *schema.Batch
	rows     int64
	reported int64
	bytes    int64
}

func newRewriter(columns []schema.Column, kinds []kind, transform *refresh.Transform, progress func(rows, bytes int64)) *rewriter {
	r := &rewriter{columns: columns, kinds: kinds, transform: transform, progress: progress, fields: make([][]byte, len(columns)),
		source: schema.NewBatch(len(columns), 0), made: schema.NewBatch(len(columns), 0)}
	for i := range columns {
		r.touched = append(r.touched, transform.Touched(i))
	}
	r.buffer = append(r.buffer, signature...)
	r.buffer = append(r.buffer, 0, 0, 0, 0, 0, 0, 0, 0) // no flags, no extension
	return r
}

// Write implements [io.Writer].
func (r *rewriter) Write(piece []byte) (int, error) {
	data := piece
	if len(r.rest) > 0 {
		r.rest = append(r.rest, piece...)
		data = r.rest
	}
	for {
		n, err := r.next(data)
		if err != nil {
			return 0, err
		}
		if n == 0 {
			break
		}
		data = data[n:]
	}
	r.rest = append(r.rest[:0], data...)
	if len(r.buffer) >= flushBytes {
		if err := r.flush(); err != nil {
			return 0, err
		}
	}
	return len(piece), nil
}

// next takes the header, a row or the trailer from the data, and returns how long it was: 0 where it is not complete yet.
func (r *rewriter) next(data []byte) (int, error) {
	if !r.begun {
		return r.header(data)
	}
	if len(data) == 0 {
		return 0, nil
	}
	if r.ended {
		return 0, errStream
	}
	if len(data) < 2 {
		return 0, nil
	}
	count := int16(binary.BigEndian.Uint16(data))
	if count == -1 {
		r.ended = true
		return 2, nil
	}
	if int(count) != len(r.columns) {
		return 0, errStream
	}
	at := 2
	for i := range r.fields {
		if len(data) < at+4 {
			return 0, nil
		}
		length := int(int32(binary.BigEndian.Uint32(data[at:])))
		at += 4
		if length == -1 {
			r.fields[i] = nil
			continue
		}
		if length < 0 {
			return 0, errStream
		}
		if len(data) < at+length {
			return 0, nil
		}
		r.fields[i] = data[at : at+length : at+length]
		at += length
	}
	return at, r.row()
}

func (r *rewriter) header(data []byte) (int, error) {
	const fixed = len(signature) + 8
	if len(data) < fixed {
		return 0, nil
	}
	flags := binary.BigEndian.Uint32(data[len(signature):])
	extension := binary.BigEndian.Uint32(data[len(signature)+4:])
	if string(data[:len(signature)]) != signature || flags != 0 || extension > 1<<20 {
		return 0, errStream
	}
	if len(data) < fixed+int(extension) {
		return 0, nil
	}
	r.begun = true
	return fixed + int(extension), nil
}

// row makes the row of the copy.
func (r *rewriter) row() error {
	r.source.Reset()
	r.made.Reset()
	for i, field := range r.fields {
		if field == nil {
			r.source.Put(r.source.Buffer(), schema.Null)
			continue
		}
		cell, err := r.kinds[i].decode(r.source.Buffer(), field)
		if err != nil {
			return fmt.Errorf("column %s: %w", r.columns[i].Name, err)
		}
		r.source.Put(cell, schema.Regular)
	}
	if err := r.transform.ApplyRow(r.made, r.source.Row(0)); err != nil {
		return err
	}
	made := r.made.Row(0)
	r.buffer = binary.BigEndian.AppendUint16(r.buffer, uint16(len(r.fields)))
	for i, field := range r.fields {
		if !r.touched[i] {
			r.buffer = appendField(r.buffer, field)
			continue
		}
		cell := made.Cell(i)
		if cell.IsNull() {
			r.buffer = appendField(r.buffer, nil)
			continue
		}
		start := len(r.buffer)
		var err error
		if r.buffer, err = r.kinds[i].encode(append(r.buffer, 0, 0, 0, 0), cell.Bytes); err != nil {
			return fmt.Errorf("column %s: %w", r.columns[i].Name, err)
		}
		binary.BigEndian.PutUint32(r.buffer[start:], uint32(len(r.buffer)-start-4))
	}
	r.rows++
	r.bytes += int64(r.source.Size())
	return nil
}

func appendField(dst, field []byte) []byte {
	if field == nil {
		return append(dst, 0xff, 0xff, 0xff, 0xff)
	}
	return append(binary.BigEndian.AppendUint32(dst, uint32(len(field))), field...)
}

// finish ends the stream. It fails where the source's one did not come to its end.
func (r *rewriter) finish() error {
	if !r.ended || len(r.rest) > 0 {
		return errStream
	}
	r.buffer = append(r.buffer, 0xff, 0xff)
	return r.flush()
}

func (r *rewriter) flush() error {
	if _, err := r.out.Write(r.buffer); err != nil {
		return err
	}
	r.buffer = r.buffer[:0]
	if n := r.rows - r.reported; n > 0 {
		r.progress(n, r.bytes)
		r.reported, r.bytes = r.rows, 0
	}
	return nil
}
