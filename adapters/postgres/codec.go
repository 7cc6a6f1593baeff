package postgres

import (
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

// Column implements [sqldata.Dialect]. Values travel as text, in which the server keeps all of their digits; byte strings as they are. The
// cast is to the type without its length: a value that is too long then fails in the assignment, where a cast to the
// full type would cut it.
func (dialect) Column(c schema.Column) sqldata.Codec {
	codec := sqldata.Codec{Select: "%s::text", Insert: "CAST(%s::text AS " + c.Bare + ")", Decode: decodeText, Encode: encodeText}
	switch c.Type {
	case schema.Integer, schema.UUID, schema.Bytes, schema.Boolean, schema.Date: // equal values have one form
	default: // 1.0 and 1.00, and texts of a collation that is not deterministic
		codec.Exact = `%s::text COLLATE "C"`
	}
	switch c.Type {
	case schema.Bytes:
		codec.Select, codec.Insert, codec.Decode, codec.Encode = "", "%s::bytea", decodeBytes, encodeBytes
	case schema.Real:
		bits := 64
		if c.Bare == "real" {
			bits = 32
		}
		codec.Decode, codec.Encode = decodeReal(bits), encodeReal
	}
	return codec
}

var errUnexpected = errors.New("the driver returned a value of an unexpected type")

func decodeText(dst []byte, value any) ([]byte, schema.Form, error) {
	switch v := value.(type) {
	case string:
		return append(dst, v...), schema.Regular, nil
	case []byte:
		return append(dst, v...), schema.Regular, nil
	}
	return dst, schema.Null, errUnexpected
}

func decodeBytes(dst []byte, value any) ([]byte, schema.Form, error) {
	if v, ok := value.([]byte); ok {
		return append(dst, v...), schema.Regular, nil
	}
	return dst, schema.Null, errUnexpected
}

func decodeReal(bits int) func([]byte, any) ([]byte, schema.Form, error) {
	return func(dst []byte, value any) ([]byte, schema.Form, error) {
		text, ok := value.(string)
		if !ok {
			return dst, schema.Null, errUnexpected
		}
		f, err := strconv.ParseFloat(text, bits)
		if err != nil {
			return dst, schema.Null, errors.New("the server returned a number that cannot be read")
		}
		return appendReal(dst, f, bits), schema.Regular, nil
	}
}

// appendReal writes the shortest number that reads back as the same one of that many bits.
func appendReal(dst []byte, f float64, bits int) []byte {
	return strconv.AppendFloat(dst, f, 'g', -1, bits)
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

func encodeReal(cell schema.Cell) (any, error) {
	value, err := encodeText(cell)
	switch value {
	case "+Inf":
		value = "Infinity"
	case "-Inf":
		value = "-Infinity"
	}
	return value, err
}

// Literal implements [sqldata.Dialect]. A tenant id that the column cannot hold is an error here, before a statement fails on it.
func (dialect) Literal(c schema.Column, value string) (any, error) {
	if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return nil, errors.New("it is no valid text")
	}
	switch c.Type {
	case schema.Integer:
		id, ok := keys.ParseID([]byte(value))
		if low, high := integerRange(c.Bare); !ok || id < low || id > high {
			return nil, fmt.Errorf("it is no %s; write it in digits without leading zeros", c.Bare)
		}
	case schema.UUID:
		if id, err := uuid.Parse(value); err != nil || id.String() != value {
			return nil, errors.New("it is no UUID of 36 characters in lower case")
		}
	case schema.Text:
		if c.Bare != "text" && c.Bare != "character varying" { // padding or case would make two ids one
			return nil, fmt.Errorf("two ids may be equal in a column of type %s; make it text", c.Declared)
		}
	default:
		return nil, fmt.Errorf("a tenant column is an integer, a text or a UUID, and not %s", c.Declared)
	}
	return value, nil
}

// integerRange returns the smallest and the largest value of an integer type.
func integerRange(bare string) (low, high int64) {
	switch bare {
	case "smallint":
		return math.MinInt16, math.MaxInt16
	case "integer":
		return math.MinInt32, math.MaxInt32
	}
	return math.MinInt64, math.MaxInt64
}

// quoteLiteral quotes a text for a statement that takes no parameters, in a session with standard_conforming_strings.
func quoteLiteral(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
