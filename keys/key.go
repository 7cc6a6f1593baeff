package keys

import (
	"cmp"
	"encoding/binary"
	"strconv"
	"strings"
)

// Key is the key of one row, for messages and for comparison: Key("7") is the canonical text of a key of one column,
// [Compose] makes one of several. Two keys of one table are equal (==) if and only if their columns are. It serves as
// the key of a map. Text that begins with a NUL must go through Compose.
type Key string

// A key that is not the text of one column is a NUL, then each column with its length in front.
const composite = "\x00"

// Compose returns the key of the given columns, in the order in which the table's key has them. Compose("7") is Key("7");
// Compose() is the empty text, as Compose("") is: a key has a column.
func Compose(columns ...string) Key {
	switch {
	case len(columns) == 0:
		return ""
	case len(columns) == 1 && !strings.HasPrefix(columns[0], composite):
		return Key(columns[0])
	}
	text := []byte(composite)
	for _, c := range columns {
		text = binary.AppendUvarint(text, uint64(len(c)))
		text = append(text, c...)
	}
	return Key(text)
}

// Columns returns the columns: at least one.
func (k Key) Columns() []string {
	rest, ok := strings.CutPrefix(string(k), composite)
	if !ok {
		return []string{string(k)}
	}
	var columns []string
	for len(rest) > 0 {
		length, size := binary.Uvarint([]byte(rest[:min(len(rest), binary.MaxVarintLen64)]))
		if size <= 0 || length > uint64(len(rest)-size) {
			return []string{string(k)} // not made by Compose
		}
		columns = append(columns, rest[size:size+int(length)])
		rest = rest[size+int(length):]
	}
	if columns == nil {
		return []string{string(k)}
	}
	return columns
}

// String returns the key for messages: 7, or (7,"a,b") for several columns. Other text than letters, digits and
// one of - _ . : @ is quoted as in Go, so that different keys never look the same.
func (k Key) String() string {
	columns := k.Columns()
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = c
		if c == "" || strings.ContainsFunc(c, needsQuotes) {
			parts[i] = strconv.QuoteToASCII(c)
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, ",") + ")"
}

func needsQuotes(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return false
	}
	return !strings.ContainsRune("-_.:@", r)
}

// Compare orders keys for lists: column by column, integers by their value and before other text, other text by its
// bytes. It returns -1, 0 or +1, and 0 only for equal keys.
func (k Key) Compare(other Key) int {
	a, b := k.Columns(), other.Columns()
	for i := range min(len(a), len(b)) {
		if c := compareColumn(a[i], b[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func compareColumn(a, b string) int {
	x, xInt := ParseID([]byte(a))
	y, yInt := ParseID([]byte(b))
	switch {
	case xInt && yInt:
		return cmp.Compare(x, y)
	case xInt:
		return -1
	case yInt:
		return 1
	}
	return strings.Compare(a, b)
}
