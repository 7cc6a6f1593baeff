package refresh

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/dchest/siphash"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// digestBuckets is how many sums a digest keeps: enough to tell a small difference from a large one.
const digestBuckets = 16

// Digest tells whether two sets of rows are the same: for each of 16 buckets the number of rows and the sum modulo 2^128 of their
// keyed hashes (SipHash-2-4 with 128 bits, under a key derived from the masking secret). The order of the rows does not matter, and two equal rows do
// not cancel. It is taken over canonical cells, with keys and references as they are in the source and without the tenant
// column, so that a copy has the digest of what was to be written, under whatever keys it landed.
type Digest struct {
	buckets [digestBuckets]bucket
}

type bucket struct{ rows, high, low uint64 }

// Rows returns the number of rows.
func (d *Digest) Rows() int64 {
	var n uint64
	for _, b := range d.buckets {
		n += b.rows
	}
	return int64(n)
}

// add counts a row's hash in. The bucket is chosen by the hash itself: a row that is altered moves, so that two buckets differ.
func (d *Digest) add(high, low uint64) {
	b := &d.buckets[low%digestBuckets]
	var carry uint64
	b.rows++
	b.low, carry = bits.Add64(b.low, low, 0)
	b.high, _ = bits.Add64(b.high, high, carry)
}

// String gives the digest as "rows:sum", the sum being over all buckets, followed by the buckets.
func (d *Digest) String() string {
	var all bucket
	var b strings.Builder
	parts := make([]byte, 0, digestBuckets*24)
	for _, v := range d.buckets {
		var carry uint64
		all.rows += v.rows
		all.low, carry = bits.Add64(all.low, v.low, 0)
		all.high, _ = bits.Add64(all.high, v.high, carry)
		parts = binary.BigEndian.AppendUint64(parts, v.rows)
		parts = binary.BigEndian.AppendUint64(parts, v.high)
		parts = binary.BigEndian.AppendUint64(parts, v.low)
	}
	fmt.Fprintf(&b, "%d:%016x%016x/%s", all.rows, all.high, all.low, hex.EncodeToString(parts))
	return b.String()
}

// ParseDigest reads what [Digest.String] wrote.
func ParseDigest(text string) (Digest, error) {
	var d Digest
	_, buckets, found := strings.Cut(text, "/")
	parts, err := hex.DecodeString(buckets)
	if !found || err != nil || len(parts) != digestBuckets*24 {
		return Digest{}, fmt.Errorf("digest of %d characters is not of the form rows:sum/buckets", len(text))
	}
	for i := range d.buckets {
		at := parts[24*i:]
		d.buckets[i] = bucket{binary.BigEndian.Uint64(at), binary.BigEndian.Uint64(at[8:]), binary.BigEndian.Uint64(at[16:])}
	}
	if d.String() != text {
		return Digest{}, fmt.Errorf("digest does not agree with its own buckets")
	}
	return d, nil
}

// Compare returns "" for equal digests and otherwise what is different, in words.
func (d *Digest) Compare(other *Digest) string {
	if *d == *other {
		return ""
	}
	differ := 0
	for i := range d.buckets {
		if d.buckets[i] != other.buckets[i] {
			differ++
		}
	}
	if want, got := d.Rows(), other.Rows(); want != got {
		return "it holds " + strconv.FormatInt(got, 10) + " rows instead of " + strconv.FormatInt(want, 10)
	}
	return fmt.Sprintf("it holds the right number of rows, but not the same ones (%d of %d buckets differ)", differ, digestBuckets)
}

// rowHash hashes rows cell by cell.
type rowHash struct {
	k0, k1 uint64
	buf    []byte
}

// newRowHash derives the key of the digests from the masking secret.
func newRowHash(secret masking.Secret) rowHash {
	key := secret.Derive("retenant digest v1", 16)
	return rowHash{k0: binary.LittleEndian.Uint64(key), k1: binary.LittleEndian.Uint64(key[8:])}
}

func (h *rowHash) reset() { h.buf = h.buf[:0] }

// cell adds a cell: its form, its length and its bytes, so that no two rows have the same encoding.
func (h *rowHash) cell(c schema.Cell) {
	h.buf = append(h.buf, byte(c.Form))
	h.buf = binary.AppendUvarint(h.buf, uint64(len(c.Bytes)))
	h.buf = append(h.buf, c.Bytes...)
}

func (h *rowHash) sum(d *Digest) {
	low, high := siphash.Hash128(h.k0, h.k1, h.buf)
	d.add(high, low)
}
