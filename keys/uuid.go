package keys

import (
	"fmt"
	"slices"
	"sync"
)

// UUIDKeySize is the length of the key of [NewUUIDs], in bytes.
const UUIDKeySize = 16

// UUIDs is the mapping for UUID keys of tables that original and copy share: a permutation of all UUIDs that depends on a
// secret key, so that nothing need be stored and nobody without the key can join the copy with its original.
//
// The copy has the version and the variant of the original and, of version 7, its timestamp, so that rows stay in order of
// time; the other bits are permuted (122, or 74 of version 7). The nil UUID and the max UUID stand for no record and map to
// themselves, as keys of global rows do.
//
// Map answers for every UUID: it cannot know whether a record is in scope. Ask that first, for references too. No two
// originals share a copy, and a copy has the key of a row that is not a copy as seldom as two random UUIDs are equal; the
// unique index decides.
//
// It is safe for concurrent use and does not allocate in lookups. The zero UUIDs maps nothing.
type UUIDs struct {
	permutation permutation
	whole       bool // the timestamp of version 7 is permuted too
	global      map[[16]byte]struct{}
	rooms       *sync.Pool // of *[roundRoom]byte
}

var _ Mapping = (*UUIDs)(nil)

// UUIDConfig is what a host may choose. The zero value keeps the time and has no global rows.
type UUIDConfig struct {
	// PermuteTime gives copies of version 7 random timestamps. Set it where the time at which a record was made must not be
	// seen; new rows of the copy then go to random places of an index.
	PermuteTime bool

	// Global are the keys of global rows: they map to themselves, and no copy gets one of them. A key that is added later
	// changes the mapping of two records: itself, and the original whose copy it was, which gets another key. That is how
	// a copy is retired when a transfer, merge or split takes it over.
	Global [][16]byte
}

// NewUUIDs returns the mapping for a key of UUIDKeySize random bytes, one for each target: a secret's Derive makes them.
// The same key and the same configuration give the same mapping for ever. The error is ErrScheme.
func NewUUIDs(key []byte, config UUIDConfig) (*UUIDs, error) {
	if len(key) != UUIDKeySize {
		return nil, fmt.Errorf("%w: the key for UUIDs has %d bytes: derive %d from the secret", ErrScheme, len(key), UUIDKeySize)
	}
	permutation, err := newPermutation(key)
	if err != nil {
		return nil, fmt.Errorf("%w: UUIDs: %v", ErrScheme, err)
	}
	u := &UUIDs{permutation: permutation, whole: config.PermuteTime, global: make(map[[16]byte]struct{}, len(config.Global))}
	for _, id := range config.Global {
		u.global[id] = struct{}{}
	}
	u.rooms = &sync.Pool{New: func() any { return new([roundRoom]byte) }}
	return u, nil
}

// Scheme returns SchemeUUID.
func (u *UUIDs) Scheme() Scheme { return SchemeUUID }

// Map appends the canonical text of the copy's key. It refuses text that is not a UUID in its canonical form: 36 characters,
// lower case, without braces or urn:uuid:.
func (u *UUIDs) Map(dst, original []byte) ([]byte, bool) {
	return u.text(dst, original, (*permutation).forward)
}

// Invert appends the canonical text of the original's key, with the same strictness as Map.
func (u *UUIDs) Invert(dst, copy []byte) ([]byte, bool) {
	return u.text(dst, copy, (*permutation).backward)
}

// MapUUID returns the copy's key. It returns false only for the zero UUIDs.
func (u *UUIDs) MapUUID(original [16]byte) (copy [16]byte, ok bool) {
	return u.bytes(original, (*permutation).forward)
}

// InvertUUID returns the key of the original, and false only for the zero UUIDs.
func (u *UUIDs) InvertUUID(copy [16]byte) (original [16]byte, ok bool) {
	return u.bytes(copy, (*permutation).backward)
}

type direction func(p *permutation, x word, h *halves, room []byte) word

// text works in the room behind dst, which the result will take.
func (u *UUIDs) text(dst, from []byte, step direction) ([]byte, bool) {
	x, ok := parseUUID(from)
	if !ok || u == nil || u.rooms == nil {
		return dst, false
	}
	dst = slices.Grow(dst, uuidLength)
	to := dst[len(dst) : len(dst)+uuidLength]
	putUUID(to, u.walk(x, step, to))
	return dst[:len(dst)+uuidLength], true
}

func (u *UUIDs) bytes(from [16]byte, step direction) ([16]byte, bool) {
	if u == nil || u.rooms == nil {
		return from, false
	}
	room := u.rooms.Get().(*[roundRoom]byte)
	x := u.walk(wordOf(from), step, room[:])
	u.rooms.Put(room)
	return x.bytes(), true
}

// walk leaves exceptions as they are, and steps over those that it meets. A permutation on whose cycles some places are
// stepped over is a permutation of the other places.
func (u *UUIDs) walk(x word, step direction, room []byte) word {
	if u.stays(x) {
		return x
	}
	h := u.halvesOf(x)
	for {
		if x = step(&u.permutation, x, h, room); !u.stays(x) {
			return x
		}
	}
}

// stays says that x maps to itself.
func (u *UUIDs) stays(x word) bool {
	if x == (word{}) || x == (word{^uint64(0), ^uint64(0)}) {
		return true
	}
	if len(u.global) == 0 {
		return false
	}
	_, ok := u.global[x.bytes()]
	return ok
}

// The halves of UUIDs by what stays. Beside the version these are two bits of variant, or three where these begin with 11.
var (
	wholeHalves = halves{tag: 0, left: word{upper: ^uint64(roundBits)}, right: word{lower: 1<<62 - 1}}
	otherHalves = halves{tag: 4, left: word{upper: ^uint64(roundBits)}, right: word{lower: 1<<61 - 1}}
	timedHalves = halves{tag: 8, left: word{upper: 1<<12 - 1, lower: (1<<25 - 1) << 37}, right: word{lower: 1<<37 - 1}}
)

func (u *UUIDs) halvesOf(x word) *halves {
	switch variant := x.lower >> 62; {
	case variant == 3:
		return &otherHalves
	case variant == 2 && x.upper>>12&0xf == 7 && !u.whole:
		return &timedHalves
	}
	return &wholeHalves
}
