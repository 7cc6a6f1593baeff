package mysql

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/tenancy/schema"
)

// exactly is the condition that a text is the same byte for byte. What the column's collation says comes first, because an index can answer it; all
// collations find same bytes equal, and most of them others too: in case, in accents, in spaces at the end.
const exactly = "%c = %s AND CAST(CONVERT(%c USING utf8mb4) AS BINARY) = CAST(CONVERT(%s USING utf8mb4) AS BINARY)"

// Column implements [sqldata.Dialect]. Whatever the driver's parameters, it returns texts as bytes and numbers in one of few types; moments are turned
// into text by the server, so that no parameter of the driver makes something else of them. A product turns a real number of 32 bits, which the
// server would round, into one of 64 that is exactly the same.
func (dialect) Column(c schema.Column) sqldata.Codec {
	codec := sqldata.Codec{Decode: decodeText, Encode: encodeText}
	switch kindOf(c) {
	case kindPlain, kindMoment:
		codec.Select = "CAST(%s AS CHAR)"
		if c.Type != schema.UUID && kindOf(c) == kindMoment {
			codec.Decode, codec.Encode = decodeMoment(c.Type), encodeMoment
		}
	case kindChars:
		if c.Type == schema.Text {
			codec.Equal = exactly
		}
	case kindInteger, kindBits:
		if kindOf(c) == kindBits {
			codec.Select = "(%s + 0)"
		}
		codec.Decode, codec.Encode = decodeInteger(c.Type == schema.Boolean), encodeInteger
		if c.Type == schema.Boolean {
			codec.Encode = encodeTruth
		}
	case kindDecimal:
		codec.Decode = decodeDecimal
	case kindReal:
		bits := 64
		if typeName(c) == "float" {
			bits = 32
		}
		codec.Select, codec.Decode, codec.Encode = "(%s * 1e0)", decodeReal(bits), encodeReal(bits)
	case kindBytes:
		codec.Encode = encodeBytes
	}
	return codec
}

var errUnexpected = errors.New("the driver returned a value of an unexpected type")

// text returns what the driver returned as text.
func text(value any) ([]byte, error) {
	switch v := value.(type) {
	case []byte:
		return v, nil
	case string:
		return []byte(v), nil
	}
	return nil, errUnexpected
}

func decodeText(dst []byte, value any) ([]byte, schema.Form, error) {
	v, err := text(value)
	return append(dst, v...), schema.Regular, err
}

// decodeMoment takes the zeros at the end of a fraction away: a column of six digits pads it.
func decodeMoment(kind schema.Type) func([]byte, any) ([]byte, schema.Form, error) {
	return func(dst []byte, value any) ([]byte, schema.Form, error) {
		v, err := text(value)
		if bytes.IndexByte(v, '.') >= 0 {
			v = bytes.TrimRight(bytes.TrimRight(v, "0"), ".")
		}
		dst = append(dst, v...)
		if kind == schema.TimestampTZ {
			dst = append(dst, "+00"...)
		}
		return dst, schema.Regular, err
	}
}

func decodeInteger(truth bool) func([]byte, any) ([]byte, schema.Form, error) {
	return func(dst []byte, value any) ([]byte, schema.Form, error) {
		var n int64
		switch v := value.(type) {
		case int64:
			n = v
		case uint64:
			if v > math.MaxInt64 {
				return strconv.AppendUint(dst, v, 10), schema.Regular, nil
			}
			n = int64(v)
		default:
			digits, err := text(value)
			if err != nil {
				return dst, schema.Null, err
			}
			if n, err = strconv.ParseInt(string(digits), 10, 64); err != nil {
				return append(dst, digits...), schema.Regular, nil // larger than a signed one
			}
		}
		switch {
		case !truth:
			return strconv.AppendInt(dst, n, 10), schema.Regular, nil
		case n == 0 || n == 1:
			return strconv.AppendBool(dst, n == 1), schema.Regular, nil
		}
		return strconv.AppendInt(dst, n, 10), schema.AsInteger, nil
	}
}

// decodeDecimal takes away the zeros that a column with ZEROFILL has at the beginning.
func decodeDecimal(dst []byte, value any) ([]byte, schema.Form, error) {
	v, err := text(value)
	for len(v) > 1 && v[0] == '0' && v[1] != '.' {
		v = v[1:]
	}
	return append(dst, v...), schema.Regular, err
}

func decodeReal(bits int) func([]byte, any) ([]byte, schema.Form, error) {
	return func(dst []byte, value any) ([]byte, schema.Form, error) {
		var f float64
		switch v := value.(type) {
		case float64:
			f = v
		case float32:
			f = float64(v)
		default:
			digits, err := text(value)
			if err == nil {
				f, err = strconv.ParseFloat(string(digits), 64)
			}
			if err != nil {
				return dst, schema.Null, errUnexpected
			}
		}
		return strconv.AppendFloat(dst, f, 'g', -1, bits), schema.Regular, nil
	}
}

func encodeText(cell schema.Cell) (any, error) {
	if cell.Form == schema.AsBytes {
		return nil, errors.New("it holds a byte string, which a column of this type cannot take")
	}
	return string(cell.Bytes), nil
}

func encodeBytes(cell schema.Cell) (any, error) {
	return append([]byte{}, cell.Bytes...), nil
}

// encodeMoment leaves the zone away: the session's is UTC, and MariaDB reads no other in a literal.
func encodeMoment(cell schema.Cell) (any, error) {
	value, err := encodeText(cell)
	if err != nil {
		return nil, err
	}
	return strings.TrimSuffix(value.(string), "+00"), nil
}

// encodeInteger gives the driver a number: as a text, 0 would be the year 2000 and 5 the bits of the digit.
func encodeInteger(cell schema.Cell) (any, error) {
	if n, err := strconv.ParseInt(string(cell.Bytes), 10, 64); err == nil {
		return n, nil
	}
	n, err := strconv.ParseUint(string(cell.Bytes), 10, 64)
	if err != nil {
		return nil, errors.New("it holds a value that is no integer of 64 bits, which a column of this type cannot take")
	}
	return n, nil
}

func encodeTruth(cell schema.Cell) (any, error) {
	switch {
	case cell.Form == schema.AsInteger:
		return encodeInteger(cell)
	case string(cell.Bytes) == "true":
		return int64(1), nil
	case string(cell.Bytes) == "false":
		return int64(0), nil
	}
	return nil, errors.New("a boolean is true or false")
}

func encodeReal(bits int) func(schema.Cell) (any, error) {
	return func(cell schema.Cell) (any, error) {
		f, err := strconv.ParseFloat(string(cell.Bytes), bits)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, errors.New("it holds a value that is no finite number, which a column of this type cannot take")
		}
		return f, nil
	}
}

// Literal implements [sqldata.Dialect]. A tenant id that the column cannot hold is an error here, before a statement fails on it.
func (dialect) Literal(c schema.Column, value string) (any, error) {
	if !utf8.ValidString(value) {
		return nil, errors.New("it is no valid text")
	}
	switch kind := kindOf(c); {
	case c.Type == schema.Integer && kind == kindInteger && c.Bare != "year":
		id, ok := keys.ParseID([]byte(value))
		if low, high := integerRange(c); !ok || id < low || id > high {
			return nil, fmt.Errorf("it is no %s; write it in digits without leading zeros", c.Bare)
		}
		return id, nil
	case c.Type == schema.UUID:
		if id, err := uuid.Parse(value); err != nil || id.String() != value {
			return nil, errors.New("it is no UUID of 36 characters in lower case")
		}
	case c.Type == schema.Text:
		if c.Bare == "char" && strings.HasSuffix(value, " ") {
			return nil, fmt.Errorf("a column of type %s loses the spaces at its end; make it a varchar", c.Declared)
		}
	default:
		return nil, fmt.Errorf("a tenant column is an integer, a text or a UUID, and not %s", c.Declared)
	}
	return value, nil
}

// integerRange returns the smallest and the largest value of an integer type, as far as keys go: they are signed and have 64 bits.
func integerRange(c schema.Column) (low, high int64) {
	bits := map[string]int{"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32}[typeName(c)]
	switch {
	case bits == 0 && unsigned(c):
		return 0, math.MaxInt64
	case bits == 0:
		return math.MinInt64, math.MaxInt64
	case unsigned(c):
		return 0, 1<<bits - 1
	}
	return -1 << (bits - 1), 1<<(bits-1) - 1
}
