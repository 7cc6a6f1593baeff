package masking

import "github.com/retenant/retenant/tenancy/schema"

// Mask replaces the cells of one column. [Column.CompileFor] makes it; the zero value makes every cell NULL. It is immutable, safe for
// concurrent use, and shows neither its keys nor its fixed value when printed.
type Mask struct {
	act   action
	fake  fakes    // of actFake
	row   rowFakes // of actRow and actChoice
	fixed *string  // of actFixed; a pointer so that fmt does not show it
}

type action uint8

const (
	actNull action = iota
	actPass
	actFixed
	actFake
	actRow    // as actFake, and sees the row or may refuse
	actChoice // as actRow, and sees NULL and the empty text
)

// Append appends the masked value of src to dst and returns the extended buffer with the form of the new cell. NULL stays NULL and
// an empty value empty, but under masks whose [Traits] say SeesNull. A value of another storage class than its column's (see [schema.Form])
// is masked by its bytes and comes out in the form Regular; pass keeps the form. src is only read, and must not lie in the free space of dst.
// row is the row that src belongs to, for rules that read other columns.
//
// The error is an [ErrRefused] for a value that the rule refuses; it does not show the value. dst then holds what it held before, and
// nothing of the value.
func (m *Mask) Append(dst []byte, src schema.Cell, row schema.Row) ([]byte, schema.Form, error) {
	switch m.act {
	case actNull:
		return dst, schema.Null, nil
	case actPass:
		return append(dst, src.Bytes...), src.Form, nil
	case actFixed:
		return append(dst, *m.fixed...), schema.Regular, nil
	case actChoice:
		return m.row(dst, src, row)
	}
	if src.IsNull() {
		return dst, schema.Null, nil
	}
	if len(src.Bytes) == 0 {
		return dst, schema.Regular, nil
	}
	if m.act == actRow {
		return m.row(dst, src, row)
	}
	return m.fake(dst, src.Bytes), schema.Regular, nil
}
