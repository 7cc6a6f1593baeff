package masking

import "errors"

// Errors of making a secret and of compiling a mask.
var (
	// ErrSecretTooShort is returned by [NewSecret] for fewer than [MinSecretBytes] bytes.
	ErrSecretTooShort = errors.New("masking: a secret needs at least 32 random bytes")
	// ErrNoSecret is returned by [Column.Compile] for a keyed mask and the zero [Secret].
	ErrNoSecret = errors.New("masking: a keyed mask needs a secret; make one with NewSecret")
	// ErrNoAudience is returned by [Column.Compile] for a keyed mask where neither the run nor the rule names an audience.
	ErrNoAudience = errors.New("masking: a keyed mask needs an audience; name the target, or write audience in the rule")
)
