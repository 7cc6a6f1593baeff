package refresh

import (
	"encoding/binary"
	"slices"

	"github.com/dchest/siphash"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// rowDigest tells a row from others and from what it is later: 40 bits of a keyed hash of its key, and 32 of one of the whole row, both over canonical cells as they
// stand in the target, without the tenant column and secrets that stay. So neither key mappings nor masks matter to it. A row that changed has the same digest as before with a
// probability of 2^-32. Where two keys have the same 40 bits, a created and a deleted row may count as a changed one; the number of rows that are lost is the same.
type rowDigest struct {
	key uint64
	row uint32
}

// rowDigester makes the digests of rows.
type rowDigester struct {
	key, row rowHash
	cells    []int // of a row that its digest covers, in this order
	keyed    []int // of a row that are its key; none: the row is its own key
	take     func(rowDigest)
}

// newRowDigester derives the key of row digests from the masking secret.
func newRowDigester(secret masking.Secret, cells, keyed []int, take func(rowDigest)) *rowDigester {
	key := secret.Derive("retenant row digest v1", 32)
	number := binary.LittleEndian.Uint64
	return &rowDigester{key: rowHash{k0: number(key), k1: number(key[8:])}, row: rowHash{k0: number(key[16:]), k1: number(key[24:])}, cells: cells, keyed: keyed, take: take}
}

// add hands on the digest of a row.
func (d *rowDigester) add(row schema.Row) {
	d.row.reset()
	for _, i := range d.cells {
		d.row.cell(row.Cell(i))
	}
	low, high := siphash.Hash128(d.row.k0, d.row.k1, d.row.buf)
	digest := rowDigest{key: low >> 24, row: uint32(high)}
	if len(d.keyed) > 0 {
		d.key.reset()
		for _, i := range d.keyed {
			d.key.cell(row.Cell(i))
		}
		digest.key = siphash.Hash(d.key.k0, d.key.k1, d.key.buf) >> 24
	}
	d.take(digest)
}

// maxRowDigests is up to how many rows of a table each has a digest of its own. Beyond, sums are kept, and what is lost is counted as "at least".
const maxRowDigests = 8 << 20

// rowDigests collects the digests of a table's rows: in 8 bytes a row, parted by the top 8 bits of the key's hash, and beyond the limit in sums.
type rowDigests struct {
	limit int64 // of rows with a digest each
	rows  int64
	parts [256][]uint64 // the other 32 bits of the key's hash, and the row's
	sums  rowSums       // nil up to the limit
}

func (d *rowDigests) add(r rowDigest) {
	d.rows++
	if d.sums != nil {
		d.sums.add(r)
		return
	}
	part := &d.parts[r.key>>32]
	*part = append(*part, r.key<<32|uint64(r.row))
	if d.rows > d.limit {
		d.fold()
	}
}

// fold replaces the digests by sums.
func (d *rowDigests) fold() {
	d.sums = newRowSums()
	for i, part := range d.parts {
		for _, entry := range part {
			d.sums.add(rowDigest{key: uint64(i)<<32 | entry>>32, row: uint32(entry)})
		}
	}
	d.parts = [256][]uint64{}
}

// sort brings the digests into order.
func (d *rowDigests) sort() {
	for _, part := range d.parts {
		slices.Sort(part)
	}
}

// rowSums keep, for each of 2^18 ranges of key hashes, the number of rows and the sum modulo 2^64 of their mixed digests.
type rowSums []rowSum

type rowSum struct {
	sum  uint64
	rows uint32
}

const rowSumBits = 18

func newRowSums() rowSums { return make(rowSums, 1<<rowSumBits) }

func (s rowSums) add(r rowDigest) {
	at := &s[r.key>>(40-rowSumBits)]
	at.rows++
	at.sum += mix(r.key<<24 ^ uint64(r.row)*0x9e3779b97f4a7c15)
}

// mix is a bijection of 64 bits in which each bit of the argument changes about half of the result's (the finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// judge compares what was kept with what is there now. In a range in which there are fewer rows than before, the others may be the same, so only the rest is
// sure to be lost.
func (s rowSums) judge(now rowSums) (lost, deleted int64) {
	for i, was := range s {
		switch is := now[i]; {
		case is == was:
		case is.rows < was.rows:
			deleted += int64(was.rows - is.rows)
		default:
			lost += max(1, int64(is.rows-was.rows))
		}
	}
	return lost, deleted
}
