package keys

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of this package. The text of a returned error says more; test with errors.Is.
var (
	// ErrEncoding is returned by UnmarshalBinary for bytes that are damaged, cut off, of an unknown version, or that
	// contradict themselves. The receiver is unchanged.
	ErrEncoding = errors.New("keys: not a valid encoding")

	// ErrSpan is returned by [Generations.Extend] when the keys that it would hand out end beyond the largest int64 or
	// were handed out before. Reserve another range.
	ErrSpan = errors.New("keys: range of keys not usable")

	// ErrHasKey is returned by [Generations.Extend] for an original that has a key already. Pass what
	// [Generations.Missing] returns.
	ErrHasKey = errors.New("keys: original already has a key")

	// ErrScheme is returned by the functions that make a mapping for values of which no mapping can be made that is
	// injective, stable and keeps originals and copies apart. The text names every one of them.
	ErrScheme = errors.New("keys: no mapping possible")
)

// problems are all that is wrong with the values of one scheme.
type problems []string

func (p *problems) add(format string, args ...any) { *p = append(*p, fmt.Sprintf(format, args...)) }

// err returns nil without problems.
func (p problems) err(scheme string) error {
	if len(p) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s: %s", ErrScheme, scheme, strings.Join(p, "; "))
}
