package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/tenancy/schema"
)

// types maps words in a declared type to canonical types, the first that occurs. SQLite itself looks for such words, and for no others, to find a
// column's affinity.
var types = []struct {
	word string
	kind schema.Type
}{
	{"DATETIME", schema.Timestamp}, {"TIMESTAMP", schema.Timestamp}, {"DATE", schema.Date}, {"INT", schema.Integer}, {"TIME", schema.Time},
	{"JSON", schema.JSON}, {"UUID", schema.UUID}, {"GUID", schema.UUID},
	{"CHAR", schema.Text}, {"CLOB", schema.Text}, {"TEXT", schema.Text}, {"BLOB", schema.Bytes},
	{"REAL", schema.Real}, {"FLOA", schema.Real}, {"DOUB", schema.Real}, {"BOOL", schema.Boolean},
	{"NUMERIC", schema.Decimal}, {"DEC", schema.Decimal}, {"MONEY", schema.Decimal}, {"NUMBER", schema.Decimal},
}

var sized = regexp.MustCompile(`\(\s*(\d{1,9})\s*\)`)

// column describes a column by its name and declared type.
func column(name, declared string) schema.Column {
	c := schema.Column{Name: name, Declared: declared, Bare: declared, Type: schema.Text}
	for _, t := range types {
		if strings.Contains(strings.ToUpper(declared), t.word) {
			c.Type = t.kind
			break
		}
	}
	switch c.Type {
	case schema.Text:
		if m := sized.FindStringSubmatch(declared); m != nil {
			c.Size, _ = strconv.Atoi(m[1]) // SQLite does not hold a column to it, but masks do
		}
	case schema.Decimal:
		c.Scale = schema.ScaleShortest
	}
	return c
}

// Literal implements [sqldata.Dialect].
func (dialect) Literal(c schema.Column, value string) (any, error) {
	switch c.Type {
	case schema.Integer:
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || strconv.FormatInt(n, 10) != value { // 01 would be tenant 1 to the database, and another tenant to the guard
			return nil, errors.New("it is not an integer in its usual form")
		}
		return n, nil
	case schema.UUID:
		if !canonicalUUID.MatchString(value) {
			return nil, errors.New("it is not a UUID of 36 characters in lower case")
		}
		return value, nil
	case schema.Text:
		return value, nil
	}
	return nil, errors.New("a tenant column is an integer, a text or a UUID")
}

var canonicalUUID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// Column implements [sqldata.Dialect]. The unary plus takes the declared type away from the result, by which the driver would turn texts into times
// and numbers into booleans.
func (dialect) Column(c schema.Column) sqldata.Codec {
	equal := ""
	if c.Type == schema.Text { // whatever the column's collation: ACME is another tenant than acme
		equal = "%c = %s COLLATE BINARY"
	}
	return sqldata.Codec{
		Select: "+%s",
		Equal:  equal,
		Decode: func(dst []byte, value any) ([]byte, schema.Form, error) { return decode(dst, c.Type, value) },
		Encode: func(cell schema.Cell) (any, error) { return encode(c.Type, cell) },
	}
}

// decode appends the canonical form of a value. A value of another storage class than the column's type keeps its own.
func decode(dst []byte, kind schema.Type, value any) ([]byte, schema.Form, error) {
	switch v := value.(type) {
	case int64:
		switch {
		case kind == schema.Integer, kind == schema.Decimal:
			return strconv.AppendInt(dst, v, 10), schema.Regular, nil
		case kind == schema.Boolean && (v == 0 || v == 1):
			return strconv.AppendBool(dst, v == 1), schema.Regular, nil
		}
		return strconv.AppendInt(dst, v, 10), schema.AsInteger, nil
	case float64:
		switch kind {
		case schema.Real:
			return strconv.AppendFloat(dst, v, 'g', -1, 64), schema.Regular, nil
		case schema.Decimal:
			return strconv.AppendFloat(dst, v, 'f', -1, 64), schema.Regular, nil
		}
		return strconv.AppendFloat(dst, v, 'g', -1, 64), schema.AsReal, nil
	case string:
		switch kind {
		case schema.Text, schema.Date, schema.Time, schema.Timestamp, schema.JSON, schema.UUID:
			return append(dst, v...), schema.Regular, nil
		}
		return append(dst, v...), schema.AsText, nil
	case []byte:
		if kind == schema.Bytes {
			return append(dst, v...), schema.Regular, nil
		}
		return append(dst, v...), schema.AsBytes, nil
	}
	return dst, schema.Null, fmt.Errorf("the driver returned a %T", value)
}

// encode returns the value to store, of the storage class that it came from.
func encode(kind schema.Type, cell schema.Cell) (any, error) {
	form := cell.Form
	if form == schema.Regular {
		switch kind {
		case schema.Integer:
			form = schema.AsInteger
		case schema.Real:
			form = schema.AsReal
		case schema.Bytes:
			form = schema.AsBytes
		case schema.Decimal:
			form = schema.AsReal
			if !bytes.ContainsAny(cell.Bytes, ".eEIN") { // as 0.5, 1e30, +Inf, NaN have them
				if n, err := strconv.ParseInt(string(cell.Bytes), 10, 64); err == nil {
					return n, nil
				}
			}
		case schema.Boolean:
			switch string(cell.Bytes) {
			case "true":
				return int64(1), nil
			case "false":
				return int64(0), nil
			}
			return nil, fmt.Errorf("a boolean is true or false")
		default:
			form = schema.AsText
		}
	}
	switch form {
	case schema.AsInteger:
		n, err := strconv.ParseInt(string(cell.Bytes), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("not an integer of 64 bits")
		}
		return n, nil
	case schema.AsReal:
		f, err := strconv.ParseFloat(string(cell.Bytes), 64)
		if err != nil {
			return nil, fmt.Errorf("not a number")
		}
		return f, nil
	case schema.AsBytes:
		return append([]byte{}, cell.Bytes...), nil
	default:
		return string(cell.Bytes), nil
	}
}
