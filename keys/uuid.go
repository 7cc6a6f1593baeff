package keys

import (
	"crypto/hmac"
	"crypto/sha256"
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
// originals share a copy, and a copy has the key of a row that is not a copy, or another original's instead of a retired one,
// as seldom as two random UUIDs are equal; the unique index decides.
//
// It is safe for concurrent use and does not allocate in lookups. The zero UUIDs maps nothing.
type UUIDs struct {
	permutation permutation
	whole       bool // the timestamp of version 7 is permuted too
	global      map[[16]byte]struct{}
	retired     map[[16]byte]struct{} // keys of copies that no copy has any more
	moved       map[[16]byte][16]byte // from the originals of these to the keys that their copies have instead
	movedBack   map[[16]byte][16]byte
	rooms       *sync.Pool // of *[roundRoom]byte
}

var _ Mapping = (*UUIDs)(nil)

// UUIDConfig is what a host may choose. The zero value keeps the time and has no global rows.
type UUIDConfig struct {
	// PermuteTime gives copies of version 7 random timestamps. Set it where the time at which a record was made must not be
	// seen; new rows of the copy then go to random places of an index.
	PermuteTime bool

	// Global are the keys of global rows: they map to themselves, and no copy gets one of them. A key that is added later
	// changes the mapping of two records: itself, and the original whose copy it was, which gets another key.
	Global [][16]byte

	// Retired are keys of copies that a transfer, merge or split has given to other records: no copy has them any more, and
	// the original gets another key, always the same for the same list and for a longer one that has all of it. A
	// retired key is not special as an original: the record that holds it may be copied like any other.
	Retired [][16]byte
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
	if len(config.Retired) > 0 {
		err = u.retire(key, config.Retired)
	}
	return u, err
}

// retire gives the originals of retired copies others: by further permutations, each under a key of its own, the first one whose copy is not retired too.
func (u *UUIDs) retire(key []byte, retired [][16]byte) error {
	u.retired, u.moved, u.movedBack = map[[16]byte]struct{}{}, map[[16]byte][16]byte{}, map[[16]byte][16]byte{}
	for _, id := range retired {
		u.retired[id] = struct{}{}
	}
	room := make([]byte, roundRoom)
	var others []permutation
	for _, id := range retired {
		copy := wordOf(id)
		if u.stays(copy) {
			continue
		}
		original := u.walk(&u.permutation, copy, (*permutation).backward, room)
		if _, done := u.moved[original.bytes()]; done {
			continue
		}
		for n := 0; ; n++ {
			if n == len(others) {
				p, err := newPermutation(furtherKey(key, n))
				if err != nil {
					return fmt.Errorf("%w: UUIDs: %v", ErrScheme, err)
				}
				others = append(others, p)
			}
			other := u.walk(&others[n], original, (*permutation).forward, room).bytes()
			_, again := u.retired[other]
			if _, taken := u.movedBack[other]; !again && !taken {
				u.moved[original.bytes()], u.movedBack[other] = other, original.bytes()
				break
			}
		}
	}
	return nil
}

// furtherKey derives the key of the permutation n that takes the place of the first for originals of retired copies.
func furtherKey(key []byte, n int) []byte {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "retenant retired uuid keys v1 %d", n)
	return mac.Sum(nil)[:UUIDKeySize]
}

// Scheme returns SchemeUUID.
func (u *UUIDs) Scheme() Scheme { return SchemeUUID }

// Map appends the canonical text of the copy's key. It refuses text that is not a UUID in its canonical form: 36 characters,
// lower case, without braces or urn:uuid:.
func (u *UUIDs) Map(dst, original []byte) ([]byte, bool) {
	return u.text(dst, original, (*UUIDs).forward)
}

// Invert appends the canonical text of the original's key, with the same strictness as Map.
func (u *UUIDs) Invert(dst, copy []byte) ([]byte, bool) {
	return u.text(dst, copy, (*UUIDs).backward)
}

// MapUUID returns the copy's key. It returns false only for the zero UUIDs.
func (u *UUIDs) MapUUID(original [16]byte) (copy [16]byte, ok bool) {
	return u.bytes(original, (*UUIDs).forward)
}

// InvertUUID returns the key of the original, and false for a retired key and for the zero UUIDs.
func (u *UUIDs) InvertUUID(copy [16]byte) (original [16]byte, ok bool) {
	return u.bytes(copy, (*UUIDs).backward)
}

type direction func(u *UUIDs, x word, room []byte) (word, bool)

func (u *UUIDs) forward(x word, room []byte) (word, bool) {
	if len(u.moved) > 0 {
		if other, ok := u.moved[x.bytes()]; ok {
			return wordOf(other), true
		}
	}
	return u.walk(&u.permutation, x, (*permutation).forward, room), true
}

func (u *UUIDs) backward(x word, room []byte) (word, bool) {
	if len(u.retired) > 0 {
		id := x.bytes()
		if original, ok := u.movedBack[id]; ok {
			return wordOf(original), true
		}
		if _, gone := u.retired[id]; gone && !u.stays(x) {
			return x, false
		}
	}
	return u.walk(&u.permutation, x, (*permutation).backward, room), true
}

// text works in the room behind dst, which the result will take.
func (u *UUIDs) text(dst, from []byte, step direction) ([]byte, bool) {
	x, ok := parseUUID(from)
	if !ok || u == nil || u.rooms == nil {
		return dst, false
	}
	dst = slices.Grow(dst, uuidLength)
	to := dst[len(dst) : len(dst)+uuidLength]
	if x, ok = step(u, x, to); !ok {
		return dst, false
	}
	putUUID(to, x)
	return dst[:len(dst)+uuidLength], true
}

func (u *UUIDs) bytes(from [16]byte, step direction) ([16]byte, bool) {
	if u == nil || u.rooms == nil {
		return from, false
	}
	room := u.rooms.Get().(*[roundRoom]byte)
	x, ok := step(u, wordOf(from), room[:])
	u.rooms.Put(room)
	if !ok {
		return from, false
	}
	return x.bytes(), true
}

// walk leaves exceptions as they are, and steps over those that it meets. A permutation on whose cycles some places are
// stepped over is a permutation of the other places.
func (u *UUIDs) walk(p *permutation, x word, step func(*permutation, word, *halves, []byte) word, room []byte) word {
	if u.stays(x) {
		return x
	}
	h := u.halvesOf(x)
	for {
		if x = step(p, x, h, room); !u.stays(x) {
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
