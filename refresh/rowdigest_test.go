package refresh

import (
	"bytes"
	"cmp"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// kept makes pieces of digests, as a store gives them back.
func kept(t interface{ Fatal(...any) }, limit int64, rows []rowDigest) [][]byte {
	d := &rowDigests{limit: limit}
	for _, r := range rows {
		d.add(r)
	}
	pieces, err := d.pieces(rowDigestHead{Run: "run"})
	if err != nil {
		t.Fatal(err)
	}
	var stored [][]byte
	for piece := range pieces {
		if len(piece) > rowDigestPiece {
			t.Fatal("a piece of", len(piece), "bytes")
		}
		stored = append(stored, bytes.Clone(piece))
	}
	return stored
}

func read(pieces [][]byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, piece := range pieces {
			if !yield(piece, nil) {
				return
			}
		}
	}
}

// rowsOfFew draws rows of few keys and contents, so that keys collide and rows are doubled.
func rowsOfFew() *rapid.Generator[[]rowDigest] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) rowDigest {
		key := rapid.SampledFrom([]uint64{0, 1, 2, 1 << 31, 1<<32 - 1, 1 << 32, 1<<32 + 1, 1<<24 - 1, 1 << 24, 1<<40 - 1}).Draw(t, "key")
		return rowDigest{key: key, row: rapid.Uint32Range(0, 2).Draw(t, "row")}
	}), 0, 30)
}

// TestN6RowDigestsAgainstANaiveModel counts with multisets what changed, was created and was deleted, whatever collides.
func TestN6RowDigestsAgainstANaiveModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		was, is := rowsOfFew().Draw(t, "was"), rowsOfFew().Draw(t, "is")
		head, known, err := readRowDigests(read(kept(t, maxRowDigests, was)))
		if err != nil || head.Run != "run" || head.Rows != int64(len(was)) {
			t.Fatalf("%+v, %v", head, err)
		}
		for _, r := range is {
			known.judge(r)
		}
		deleted := known.finish()

		left := map[rowDigest]int64{}
		for _, r := range was {
			left[r]++
		}
		var unchanged, changed, created, gone int64
		others := map[uint64]int64{}
		for _, r := range is {
			if left[r] > 0 {
				left[r]--
				unchanged++
			} else {
				others[r.key]++
			}
		}
		byKey := map[uint64]int64{}
		for r, n := range left {
			byKey[r.key] += n
		}
		for key, n := range others {
			both := min(n, byKey[key])
			changed, created, byKey[key] = changed+both, created+n-both, byKey[key]-both
		}
		for _, n := range byKey {
			gone += n
		}
		got, want := [4]int64{known.unchanged, known.changed, known.created, deleted}, [4]int64{unchanged, changed, created, gone}
		if got != want {
			t.Fatalf("unchanged, changed, created, deleted are %v instead of %v", got, want)
		}
	})
}

// TestN6RowDigestsOfManyRows goes over several pieces, in random order.
func TestN6RowDigestsOfManyRows(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	rows := make([]rowDigest, 200_000)
	for i := range rows {
		rows[i] = rowDigest{key: random.Uint64() >> 24, row: random.Uint32()}
	}
	pieces := kept(t, maxRowDigests, rows)
	size := 0
	for _, piece := range pieces {
		size += len(piece)
	}
	if len(pieces) < 5 || size > 9*len(rows) {
		t.Errorf("%d rows take %d bytes in %d pieces", len(rows), size, len(pieces))
	}
	_, known, err := readRowDigests(read(pieces))
	if err != nil {
		t.Fatal(err)
	}
	random.Shuffle(len(rows), func(i, k int) { rows[i], rows[k] = rows[k], rows[i] })
	for _, r := range rows[10:] {
		if v := known.judge(r); v != rowUnchanged {
			t.Fatalf("a row that is as it was is judged %d", v)
		}
	}
	if deleted := known.finish(); deleted != 10 || known.changed+known.created != 0 {
		t.Errorf("10 rows are gone; %d deleted, %d changed, %d created", deleted, known.changed, known.created)
	}
}

// TestN6SumsAreALowerBound holds sums, which take the place of digests in large tables, against the digests.
func TestN6SumsAreALowerBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		was, is := rowsOfFew().Draw(t, "was"), rowsOfFew().Draw(t, "is")
		count := func(limit int64) (lost, deleted int64) {
			head, known, err := readRowDigests(read(kept(t, limit, was)))
			if err != nil {
				t.Fatal(err)
			}
			if sums := int64(len(was)) > limit; head.Sums != sums {
				t.Fatalf("%d rows over a limit of %d, in sums: %t", len(was), limit, head.Sums)
			}
			for _, r := range is {
				known.judge(r)
			}
			deleted = known.finish()
			return known.changed + known.created, deleted
		}
		lost, deleted := count(maxRowDigests)
		limit := rapid.Int64Range(0, 30).Draw(t, "limit")
		least, gone := count(limit)
		if least > lost || gone > deleted {
			t.Fatalf("at least %d lost and %d deleted; there are %d and %d", least, gone, lost, deleted)
		}
		slices.SortFunc(was, compareDigests)
		slices.SortFunc(is, compareDigests)
		if int64(len(was)) > limit && !slices.Equal(was, is) && least+gone == 0 {
			t.Fatalf("%v became %v, and the sums do not see it", was, is)
		}
	})
}

func compareDigests(a, b rowDigest) int {
	return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.row, b.row))
}

// FuzzRowDigestPieces feeds pieces that no landing wrote.
func FuzzRowDigestPieces(f *testing.F) {
	pieces := kept(f, maxRowDigests, []rowDigest{{1, 2}, {1, 3}, {1 << 39, 4}})
	f.Add(pieces[0], pieces[1])
	f.Add(kept(f, 1, []rowDigest{{1, 2}, {1, 3}})[0], []byte{1, 2, 3})
	f.Add([]byte(`{"format":1,"rows":9223372036854775807}`), []byte{0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, head, piece []byte) {
		h, known, err := readRowDigests(read([][]byte{head, piece}))
		if err != nil {
			if !errors.Is(err, errDamaged) {
				t.Fatalf("%v", err)
			}
			return
		}
		known.judge(rowDigest{key: 1, row: 2})
		if deleted := known.finish(); deleted > h.Rows {
			t.Fatalf("%d of %d rows are gone", deleted, h.Rows)
		}
	})
}

func TestN6AlteredRowDigestsAreRefused(t *testing.T) {
	rows := make([]rowDigest, 100)
	for i := range rows {
		rows[i] = rowDigest{key: uint64(i) << 33, row: uint32(i)}
	}
	pieces := kept(t, maxRowDigests, rows)
	for name, altered := range map[string][][]byte{
		"a piece is missing":   pieces[:1],
		"a piece is doubled":   {pieces[0], pieces[1], pieces[1]},
		"a piece is cut":       {pieces[0], pieces[1][:len(pieces[1])-1]},
		"the head is missing":  pieces[1:],
		"another format":       {bytes.Replace(pieces[0], []byte(`"format":1`), []byte(`"format":2`), 1), pieces[1]},
		"another number":       {bytes.Replace(pieces[0], []byte(`"rows":100`), []byte(`"rows":101`), 1), pieces[1]},
		"sums for row digests": {bytes.Replace(pieces[0], []byte(`"rows":100`), []byte(`"rows":100,"sums":true`), 1), pieces[1]},
	} {
		if _, _, err := readRowDigests(read(altered)); !errors.Is(err, errDamaged) {
			t.Errorf("%s, and reading them ends with %v", name, err)
		}
	}
	if head, known, err := readRowDigests(read(nil)); head != nil || known != nil || err != nil {
		t.Errorf("where nothing is kept, reading gives %v, %v, %v", head, known, err)
	}
}

// BenchmarkRowDigests tells what a row of a copy pays for a digest of its own, what it takes to store it, and to hold a row against it later.
func BenchmarkRowDigests(b *testing.B) {
	secret, err := masking.NewSecret(bytes.Repeat([]byte("benchmark "), 4))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("collect", func(b *testing.B) {
		d := &rowDigests{limit: maxRowDigests}
		digester, batch := newRowDigester(secret, []int{0, 2, 3, 4, 5, 6, 7, 8}, []int{0}, d.add), schema.NewBatch(9, 0)
		b.ReportAllocs()
		for i := range b.N {
			batch.Reset()
			batch.Put(strconv.AppendInt(batch.Buffer(), int64(i), 10), schema.Regular)
			for range 8 {
				batch.Put(append(batch.Buffer(), "sixteen letters_"...), schema.Regular)
			}
			digester.add(batch.Row(0))
		}
	})
	const rows = 2_000_000
	random := rand.New(rand.NewPCG(1, 2))
	digests := make([]rowDigest, rows)
	for i := range digests {
		digests[i] = rowDigest{key: random.Uint64() >> 24, row: random.Uint32()}
	}
	b.Run("store", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			kept(b, maxRowDigests, digests)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
	})
	pieces := kept(b, maxRowDigests, digests)
	b.Run("judge", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			_, known, err := readRowDigests(read(pieces))
			if err != nil {
				b.Fatal(err)
			}
			for _, r := range digests {
				known.judge(r)
			}
			if known.finish() != 0 || known.unchanged != rows {
				b.Fatal(known.unchanged)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
	})
}
