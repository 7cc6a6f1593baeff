package mysql

import (
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/retenant/retenant/tenancy/schema"
)

// assigned is the expression by which a field that is in a variable becomes the column's value; "" is that the field is the column's own text. A field of
// digits would be the bits of the digits, or the year 2000 for 0; bytes are not all text.
func assigned(c schema.Column, variable string) string {
	switch kind := kindOf(c); {
	case kind == kindBytes:
		return "UNHEX(" + variable + ")"
	case kind == kindBits || c.Bare == "year":
		return "CAST(" + variable + " AS UNSIGNED)"
	}
	return ""
}

// field returns the function that appends a cell that is not NULL as a field of a line. It refuses what the portable path refuses.
func field(c schema.Column) func([]byte, schema.Cell) ([]byte, error) {
	encode := dialect{}.Column(c).Encode
	switch kindOf(c) {
	case kindBytes:
		return func(line []byte, cell schema.Cell) ([]byte, error) { return hex.AppendEncode(line, cell.Bytes), nil }
	case kindPlain, kindChars:
		return func(line []byte, cell schema.Cell) ([]byte, error) {
			if cell.Form == schema.AsBytes {
				_, err := encode(cell)
				return line, err
			}
			return appendEscaped(line, cell.Bytes), nil
		}
	}
	return func(line []byte, cell schema.Cell) ([]byte, error) {
		value, err := encode(cell)
		if err != nil {
			return line, err
		}
		switch v := value.(type) {
		case string: // moments and decimals
			return appendEscaped(line, []byte(v)), nil
		case float64: // the shortest form of 32 bits may be out of the column's range
			return strconv.AppendFloat(line, v, 'g', -1, 64), nil
		default:
			return fmt.Append(line, v), nil
		}
	}
}

// appendLine appends a row as a line.
func appendLine(line []byte, columns []schema.Column, fields []func([]byte, schema.Cell) ([]byte, error), row schema.Row) (_ []byte, err error) {
	for i := range fields {
		if i > 0 {
			line = append(line, '\t')
		}
		cell := row.Cell(i)
		if cell.IsNull() {
			line = append(line, `\N`...)
			continue
		}
		if line, err = fields[i](line, cell); err != nil {
			return line, fmt.Errorf("column %s: %w", columns[i].Name, err)
		}
	}
	return append(line, '\n'), nil
}

// appendEscaped appends a text so that it ends neither the field nor the line.
func appendEscaped(line, text []byte) []byte {
	for _, ch := range text {
		switch ch {
		case '\\':
			line = append(line, '\\', '\\')
		case '\t':
			line = append(line, '\\', 't')
		case '\n':
			line = append(line, '\\', 'n')
		case 0:
			line = append(line, '\\', '0')
		default:
			line = append(line, ch)
		}
	}
	return line
}
