package masking

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// leafNull is the kind of null.
const leafNull = -1

// jsonKind tells what a scalar is, and returns its text.
func jsonKind(scalar []byte) (kind int, text []byte) {
	switch scalar[0] {
	case '"':
		return leafText, unquoted(scalar)
	case 't', 'f':
		return leafBoolean, scalar
	case 'n':
		return leafNull, nil
	}
	switch {
	case bytes.ContainsAny(scalar, "eE"):
		return leafReal, scalar
	case bytes.IndexByte(scalar, '.') >= 0:
		return leafDecimal, scalar
	}
	return leafInteger, scalar
}

// unquoted returns the text of a JSON string.
func unquoted(quoted []byte) []byte {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil {
		return inner
	}
	return []byte(text)
}

// appendJSON appends a JSON string with no more escapes than needed. Bytes that are not UTF-8 become the replacement character.
func appendJSON(dst, text []byte) []byte {
	dst = append(dst, '"')
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case r < ' ':
			dst = fmt.Appendf(dst, `\u%04x`, r)
		default:
			dst = utf8.AppendRune(dst, r)
		}
		text = text[size:]
	}
	return append(dst, '"')
}
