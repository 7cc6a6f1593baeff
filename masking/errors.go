package masking

import "errors"

// Errors of making a secret, of compiling a mask and of masking a value.
var (
	// ErrSecretTooShort is returned by [NewSecret] for fewer than [MinSecretBytes] bytes.
	ErrSecretTooShort = errors.New("masking: a secret needs at least 32 random bytes")
	// ErrNoSecret is returned by [Column.Compile] for a keyed mask and the zero [Secret].
	ErrNoSecret = errors.New("masking: a keyed mask needs a secret; make one with NewSecret")
	// ErrNoAudience is returned by [Column.Compile] for a keyed mask where neither the run nor the rule names an audience.
	ErrNoAudience = errors.New("masking: a keyed mask needs an audience; name the target, or write audience in the rule")
	// ErrRefused is returned by [Mask.Append] for a value that its rule refuses. The text says which mask, why, and what to write instead.
	ErrRefused = errors.New("the rule refuses a value")
)
