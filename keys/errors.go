package keys

import "errors"

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
)
