package postgres

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"strconv"

	"github.com/google/uuid"
)

// errWire says that a value is not in the binary form of its type; the value is not shown.
var errWire = errors.New("the server sent a value in an unexpected form")

// errValue says that a value that a rule made cannot be written; the value is not shown.
var errValue = errors.New("the rule's value does not fit the column's type")

// decode appends the canonical form of a value in the server's binary form.
func (k kind) decode(dst, field []byte) ([]byte, error) {
	if want := k.width(); want > 0 && len(field) != want {
		return dst, errWire
	}
	switch k {
	case kindText, kindEnum, kindJSON, kindBytes:
		return append(dst, field...), nil
	case kindChars:
		return append(dst, bytes.TrimRight(field, " ")...), nil
	case kindJSONB:
		if len(field) == 0 || field[0] != 1 {
			return dst, errWire
		}
		return append(dst, field[1:]...), nil
	case kindBool:
		return strconv.AppendBool(dst, field[0] != 0), nil
	case kindInt2:
		return strconv.AppendInt(dst, int64(int16(binary.BigEndian.Uint16(field))), 10), nil
	case kindInt4:
		return strconv.AppendInt(dst, int64(int32(binary.BigEndian.Uint32(field))), 10), nil
	case kindInt8:
		return strconv.AppendInt(dst, int64(binary.BigEndian.Uint64(field)), 10), nil
	case kindFloat4:
		return appendReal(dst, float64(math.Float32frombits(binary.BigEndian.Uint32(field))), 32), nil
	case kindFloat8:
		return appendReal(dst, math.Float64frombits(binary.BigEndian.Uint64(field)), 64), nil
	case kindNumeric:
		return decodeNumeric(dst, field)
	case kindUUID:
		return appendUUID(dst, field), nil
	case kindDate:
		return decodeDate(dst, int32(binary.BigEndian.Uint32(field))), nil
	case kindTime:
		return appendClock(dst, int64(binary.BigEndian.Uint64(field))), nil
	case kindTimestamp:
		return decodeTimestamp(dst, int64(binary.BigEndian.Uint64(field)), ""), nil
	case kindTimestampTZ:
		return decodeTimestamp(dst, int64(binary.BigEndian.Uint64(field)), "+00"), nil
	}
	return dst, errWire
}

// width returns the number of bytes of a value in binary form, 0 where they vary.
func (k kind) width() int {
	switch k {
	case kindBool:
		return 1
	case kindInt2:
		return 2
	case kindInt4, kindFloat4, kindDate:
		return 4
	case kindInt8, kindFloat8, kindTime, kindTimestamp, kindTimestampTZ:
		return 8
	case kindUUID:
		return 16
	}
	return 0
}

func appendUUID(dst, field []byte) []byte {
	for i, part := range [][]byte{field[:4], field[4:6], field[6:8], field[8:10], field[10:]} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, part)
	}
	return dst
}

// encode appends the server's binary form of a value in canonical form.
func (k kind) encode(dst, text []byte) ([]byte, error) {
	switch k {
	case kindText, kindChars, kindEnum, kindJSON, kindBytes:
		return append(dst, text...), nil
	case kindJSONB:
		return append(append(dst, 1), text...), nil
	case kindBool:
		switch string(text) {
		case "true":
			return append(dst, 1), nil
		case "false":
			return append(dst, 0), nil
		}
	case kindInt2, kindInt4, kindInt8:
		width := k.width()
		if n, err := strconv.ParseInt(string(text), 10, width*8); err == nil {
			wide := binary.BigEndian.AppendUint64(nil, uint64(n))
			return append(dst, wide[8-width:]...), nil
		}
	case kindFloat4:
		if f, err := strconv.ParseFloat(string(text), 32); err == nil {
			return binary.BigEndian.AppendUint32(dst, math.Float32bits(float32(f))), nil
		}
	case kindFloat8:
		if f, err := strconv.ParseFloat(string(text), 64); err == nil {
			bits := math.Float64bits(f)
			if math.IsNaN(f) {
				bits = 0x7ff8 << 48 // the server's NaN
			}
			return binary.BigEndian.AppendUint64(dst, bits), nil
		}
	case kindNumeric:
		return encodeNumeric(dst, text)
	case kindUUID:
		if id, err := uuid.ParseBytes(text); err == nil {
			return append(dst, id[:]...), nil
		}
	case kindDate:
		if days, ok := parseDate(text); ok {
			return binary.BigEndian.AppendUint32(dst, uint32(days)), nil
		}
	case kindTime:
		if micros, ok := parseClock(string(text)); ok {
			return binary.BigEndian.AppendUint64(dst, uint64(micros)), nil
		}
	case kindTimestamp, kindTimestampTZ:
		if micros, ok := parseTimestamp(text, k == kindTimestampTZ); ok {
			return binary.BigEndian.AppendUint64(dst, uint64(micros)), nil
		}
	}
	return dst, errValue
}
