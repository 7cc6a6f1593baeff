package masking

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/retenant/retenant/tenancy/schema"
)

// maxArrayDimensions is how deep PostgreSQL nests an array.
const maxArrayDimensions = 6

// array masks each element of an array in PostgreSQL's text form. NULL elements stay unless the rule sees NULL.
func array(element Mask, malformed malformed) rowFakes {
	return func(dst []byte, src schema.Cell, row schema.Row) ([]byte, schema.Form, error) {
		w := arrayWalk{in: src.Bytes, element: &element, row: row}
		made := dst
		if i := bytes.IndexByte(w.in, '='); i > 0 && w.in[0] == '[' && len(bytes.Trim(w.in[:i], "[]0123456789:-")) == 0 {
			made, w.at = append(made, w.in[:i+1]...), i+1
		}
		made, err := w.list(made, 1)
		switch {
		case err == errMalformed || err == nil && w.at != len(w.in):
			return malformed.handle(dst, src)
		case err != nil:
			return dst, schema.Null, err
		}
		return made, schema.Regular, nil
	}
}

// arrayWalk reads the text form of an array once and writes its fake.
type arrayWalk struct {
	in      []byte
	at      int
	element *Mask
	row     schema.Row
}

// next returns the byte that comes next, or 0 at the end.
func (w *arrayWalk) next() byte {
	if w.at >= len(w.in) {
		return 0
	}
	return w.in[w.at]
}

func (w *arrayWalk) list(dst []byte, depth int) ([]byte, error) {
	if w.next() != '{' || depth > maxArrayDimensions {
		return dst, errMalformed
	}
	w.at++
	dst = append(dst, '{')
	if w.next() == '}' {
		w.at++
		return append(dst, '}'), nil
	}
	for {
		var err error
		if w.next() == '{' {
			dst, err = w.list(dst, depth+1)
		} else {
			dst, err = w.value(dst)
		}
		if err != nil {
			return dst, err
		}
		separator := w.next()
		w.at++
		switch separator {
		case ',', '}':
			if dst = append(dst, separator); separator == '}' {
				return dst, nil
			}
		default:
			return dst, errMalformed
		}
	}
}

// value reads an element, quoted or not, and writes its fake.
func (w *arrayWalk) value(dst []byte) ([]byte, error) {
	cell := schema.Cell{Form: schema.Regular}
	if w.next() == '"' {
		for w.at++; w.next() != '"'; w.at++ {
			if w.next() == '\\' {
				w.at++
			}
			if w.at >= len(w.in) {
				return dst, errMalformed
			}
			cell.Bytes = append(cell.Bytes, w.in[w.at])
		}
		w.at++
	} else {
		length := bytes.IndexAny(w.in[w.at:], `,{}"`)
		if length <= 0 || bytes.IndexByte(w.in[w.at:w.at+length], '\\') >= 0 {
			return dst, errMalformed
		}
		cell.Bytes = w.in[w.at : w.at+length]
		w.at += length
		if string(cell.Bytes) == "NULL" {
			cell = schema.Cell{}
		}
	}
	made, form, err := w.element.Append(nil, cell, w.row)
	switch {
	case err != nil:
		return dst, err
	case form == schema.Null:
		return append(dst, "NULL"...), nil
	}
	return appendArrayElement(dst, made), nil
}

// appendArrayElement quotes an element where PostgreSQL does.
func appendArrayElement(dst, value []byte) []byte {
	if len(value) > 0 && !bytes.EqualFold(value, []byte("NULL")) && !bytes.ContainsAny(value, "{},\"\\ \t\n\r\v\f") {
		return append(dst, value...)
	}
	dst = append(dst, '"')
	for _, b := range value {
		if b == '"' || b == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, b)
	}
	return append(dst, '"')
}

// arrayTypes are the types of elements whose text in an array is the canonical form.
var arrayTypes = map[string]schema.Type{
	"text": schema.Text, "character varying": schema.Text, "varchar": schema.Text, "character": schema.Text, "citext": schema.Text, "name": schema.Text,
	"smallint": schema.Integer, "integer": schema.Integer, "bigint": schema.Integer, "numeric": schema.Decimal,
	"real": schema.Real, "double precision": schema.Real, "date": schema.Date, "uuid": schema.UUID, "json": schema.JSON, "jsonb": schema.JSON,
}

// isArray tells whether the column holds arrays.
func isArray(col schema.Column) bool {
	return col.Type == schema.Other && strings.HasSuffix(col.Declared, "[]")
}

// elementColumn returns the elements of an array column as a column.
func elementColumn(col schema.Column) schema.Column {
	declared := strings.TrimRight(col.Declared, "[]")
	element := schema.Column{Name: col.Name, Declared: declared, Nullable: true, Scale: schema.ScaleAsWritten}
	bare, arguments, sized := strings.Cut(strings.ToLower(declared), "(")
	element.Type = arrayTypes[strings.TrimSpace(bare)]
	if sized && element.Type == schema.Text {
		element.Size, _ = strconv.Atoi(strings.TrimSuffix(arguments, ")"))
	}
	return element
}
