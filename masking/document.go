package masking

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/retenant/retenant/tenancy/schema"
)

// document masks documents of one column by their paths.
type document struct {
	root      *pathNode
	rest      Rest
	malformed malformed
	refusal   error // of a part that no path names
	size      int   // of the column in characters, 0 is no limit
}

// errMalformed ends the walk through a document that cannot be read.
var errMalformed = errors.New("malformed")

func (s site) document(c Column, what string) (*document, error) {
	root, err := s.paths(c)
	if err != nil {
		return nil, err
	}
	d := &document{root: root, rest: c.Rest, malformed: s.malformed(c, what),
		refusal: fmt.Errorf("%w: %s: it holds a part that no path names; add its path, or write rest: redact or rest: drop", ErrRefused, c.Mask)}
	if s.column.Type == schema.Text {
		d.size = s.column.Size
	}
	return d, nil
}

// finish returns what was made, or what the rule says of a document that could not be read or whose fake is too long.
func (d *document) finish(dst, made []byte, src schema.Cell, err error) ([]byte, schema.Form, error) {
	switch {
	case err == errMalformed, err == nil && d.size > 0 && utf8.RuneCount(made[len(dst):]) > d.size:
		return d.malformed.handle(dst, src)
	case err != nil:
		return dst, schema.Null, err
	}
	return made, schema.Regular, nil
}
