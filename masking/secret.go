package masking

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"log/slog"
)

// MinSecretBytes is the least length of a secret.
const MinSecretBytes = 32

// Secret is the key that all fakes and digests come from. Whoever has it can test a guess against a fake, so it belongs where the
// host keeps its other secrets; whoever loses it gets other fakes on the next refresh. No way of printing or encoding shows it.
// The zero value holds none.
//
// A Secret is safe for concurrent use.
type Secret struct {
	// A pointer, because fmt does not follow one inside a struct and calls no method on an unexported field.
	key *secretKey
}

// secretKey is the pseudo-random key that HKDF extracts from the host's bytes.
type secretKey struct{ extracted []byte }

const (
	secretSalt = "retenant masking secret, version 1"
	redacted   = "[secret]"
)

// NewSecret takes a secret of at least [MinSecretBytes] bytes, which should come from a random generator. The bytes are not kept and
// may be wiped afterwards. It returns [ErrSecretTooShort].
func NewSecret(random []byte) (Secret, error) {
	if len(random) < MinSecretBytes {
		return Secret{}, ErrSecretTooShort
	}
	extracted, err := hkdf.Extract(sha256.New, random, []byte(secretSalt))
	if err != nil {
		return Secret{}, err
	}
	return Secret{key: &secretKey{extracted}}, nil
}

// IsZero tells whether it holds no secret.
func (s Secret) IsZero() bool { return s.key == nil }

// Derive returns length bytes for a purpose, the same for the same secret and purpose. Keys of different purposes, of masks too, tell
// nothing about each other. It returns nil for the zero Secret and for a length outside 1 to 8160: never use nil as a key.
func (s Secret) Derive(purpose string, length int) []byte {
	return s.expand(length, "purpose", purpose)
}

// Fingerprint returns 16 hexadecimal digits that tell secrets apart without telling anything about them; "" for the zero Secret.
// Receipts record it.
func (s Secret) Fingerprint() string {
	return hex.EncodeToString(s.expand(8, "fingerprint"))
}

// expand derives bytes for a path of labels. Each label is written with its length, so that no two paths are the same bytes.
func (s Secret) expand(length int, path ...string) []byte {
	if s.key == nil || length < 1 {
		return nil
	}
	var info []byte
	for _, label := range path {
		info = binary.AppendUvarint(info, uint64(len(label)))
		info = append(info, label...)
	}
	out, err := hkdf.Expand(sha256.New, s.key.extracted, string(info), length)
	if err != nil {
		return nil
	}
	return out
}

// String returns a placeholder.
func (s Secret) String() string { return redacted }

// GoString returns a placeholder.
func (s Secret) GoString() string { return redacted }

// LogValue returns a placeholder.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns a placeholder.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON returns a placeholder.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
