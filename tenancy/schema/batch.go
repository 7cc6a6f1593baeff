package schema

import "math"

// Form tells how the bytes of a cell are to be read.
type Form uint8

// The forms of a cell. Most stores have only Null and Regular. SQLite lets a column hold values of another storage class than the
// declared one, MySQL's booleans may hold any small integer, and such a value has to come back as what it was.
const (
	// Null is the absence of a value; the cell has no bytes.
	Null Form = iota
	// Regular is a value in the canonical form of its column's type.
	Regular
	// AsInteger is an integer in a column of another type.
	AsInteger
	// AsReal is a floating-point number in a column of another type.
	AsReal
	// AsText is a text in a column of another type.
	AsText
	// AsBytes is a byte string in a column of another type.
	AsBytes
)

// Cell is one value: its form and its bytes in the canonical form of the column's type. The bytes belong to the
// batch they came from and are good until it is reset.
type Cell struct {
	Bytes []byte
	Form  Form
}

// IsNull tells whether the cell is NULL.
func (c Cell) IsNull() bool { return c.Form == Null }

// Batch holds rows of one table in one arena, row by row, in the order of [Table.Stored]. It is bounded in bytes, not
// in rows, so that memory does not depend on how long the rows are; a single row larger than the bound still fits.
//
// Rows are built cell by cell: [Batch.Buffer], append to it, [Batch.Put]. A batch may be filled by one goroutine at a time
// and read by many.
type Batch struct {
	width int
	limit int
	arena []byte
	ends  []uint32
	forms []Form
}

// DefaultBatchBytes is the bound of a batch whose maker does not ask for another.
const DefaultBatchBytes = 256 << 10

// NewBatch returns an empty batch for rows of width cells, bounded to about limit bytes (0 is [DefaultBatchBytes]).
func NewBatch(width, limit int) *Batch {
	if limit <= 0 {
		limit = DefaultBatchBytes
	}
	return &Batch{width: width, limit: limit}
}

// Width returns the number of cells of a row.
func (b *Batch) Width() int { return b.width }

// Len returns the number of complete rows.
func (b *Batch) Len() int {
	if b.width == 0 {
		return 0
	}
	return len(b.ends) / b.width
}

// Size returns the number of bytes that the cells take.
func (b *Batch) Size() int { return len(b.arena) }

// Full tells whether the batch has reached its bound and should be handed on before another row is added.
func (b *Batch) Full() bool { return len(b.arena)+5*len(b.ends) >= b.limit }

// Reset empties the batch and keeps its memory. Cells read from it before are no longer good.
func (b *Batch) Reset() {
	b.arena, b.ends, b.forms = b.arena[:0], b.ends[:0], b.forms[:0]
}

// Clear empties the batch and gives it another width.
func (b *Batch) Clear(width int) {
	b.Reset()
	b.width = width
}

// Buffer returns the arena to append the next cell's bytes to. What it already holds must not be changed.
func (b *Batch) Buffer() []byte { return b.arena }

// Put ends the next cell: buf is what [Batch.Buffer] returned, with the cell's bytes appended. It panics where a batch would
// outgrow 4 GiB, which takes a single row of that size.
func (b *Batch) Put(buf []byte, form Form) {
	if len(buf) > math.MaxUint32 {
		panic("schema: a batch cannot hold more than 4 GiB")
	}
	b.arena = buf
	b.ends = append(b.ends, uint32(len(buf)))
	b.forms = append(b.forms, form)
}

// Append adds a cell with a copy of the value.
func (b *Batch) Append(c Cell) { b.Put(append(b.arena, c.Bytes...), c.Form) }

// Row returns row i, counted from 0.
func (b *Batch) Row(i int) Row { return Row{batch: b, first: i * b.width} }

// Row is a read-only view of one row of a batch.
type Row struct {
	batch *Batch
	first int
}

// Len returns the number of cells.
func (r Row) Len() int { return r.batch.width }

// Cell returns cell i, counted from 0 in the order of [Table.Stored].
func (r Row) Cell(i int) Cell {
	at := r.first + i
	start := uint32(0)
	if at > 0 {
		start = r.batch.ends[at-1]
	}
	end := r.batch.ends[at]
	return Cell{Bytes: r.batch.arena[start:end:end], Form: r.batch.forms[at]}
}
