package masking

import (
	"fmt"

	"github.com/retenant/retenant/tenancy/schema"
)

// malformed is what a mask does with a value that it cannot read.
type malformed struct {
	rule    Malformed
	refusal error
	column  schema.Column
}

// malformed returns what the rule says. The remedy of the refusal names the choices that the column allows.
func (s site) malformed(c Column, what string) malformed {
	return malformed{rule: c.Malformed, column: s.column, refusal: fmt.Errorf("%w: %s: %s; mend the row, %s", ErrRefused, c.Mask, what, c.malformedRemedy(s.column))}
}

func (c Column) malformedRemedy(col schema.Column) string {
	switch {
	case isDocument(c.Mask) && col.Type == schema.Text:
		return "or write malformed: redact, or another mask"
	case col.Nullable:
		return "or write malformed: null, or another mask"
	default:
		return "or choose another mask"
	}
}

// handle makes what the rule says of a malformed value.
func (m *malformed) handle(dst []byte, src schema.Cell) ([]byte, schema.Form, error) {
	switch m.rule {
	case MalformedNull:
		return dst, schema.Null, nil
	case MalformedRedact:
		return redact(dst, src.Bytes), schema.Regular, nil
	}
	return dst, schema.Null, m.refusal
}

// isDocument tells whether the mask reads documents.
func isDocument(mask string) bool { return mask == maskJSON || mask == maskXML }
