package refresh

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// digestOf hashes rows of cells.
func digestOf(t *rapid.T, rows [][]schema.Cell) Digest {
	secret, err := masking.NewSecret([]byte(strings.Repeat("digest test ", 4)))
	if err != nil {
		t.Fatal(err)
	}
	h := newRowHash(secret)
	var d Digest
	for _, row := range rows {
		h.reset()
		for _, c := range row {
			h.cell(c)
		}
		h.sum(&d)
	}
	return d
}

func cells(width int) *rapid.Generator[[]schema.Cell] {
	cell := rapid.Custom(func(t *rapid.T) schema.Cell {
		if rapid.IntRange(0, 4).Draw(t, "null") == 0 {
			return schema.Cell{}
		}
		return schema.Cell{Form: schema.Regular, Bytes: rapid.SliceOfN(rapid.ByteRange('a', 'c'), 0, 3).Draw(t, "bytes")}
	})
	return rapid.SliceOfN(cell, width, width)
}

func same(a, b []schema.Cell) bool {
	return slices.EqualFunc(a, b, func(x, y schema.Cell) bool { return x.Form == y.Form && string(x.Bytes) == string(y.Bytes) })
}

// TestD17DigestFindsEveryDifference holds the digest against the rows themselves: equal for every order, different for everything else.
func TestD17DigestFindsEveryDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(cells(3), 2, 20).Draw(t, "rows")
		want := digestOf(t, rows)
		shuffled := rapid.Permutation(rows).Draw(t, "order")
		if got := digestOf(t, shuffled); got != want {
			t.Fatal("N9: another order of the same rows has another digest")
		}
		i, j := rapid.IntRange(0, len(rows)-1).Draw(t, "i"), rapid.IntRange(0, len(rows)-1).Draw(t, "j")
		differs := func(what string, other [][]schema.Cell) {
			got := digestOf(t, other)
			if got == want || want.Compare(&got) == "" {
				t.Fatalf("%s: the digest is the same", what)
			}
		}
		differs("a dropped row", slices.Delete(slices.Clone(rows), i, i+1))
		differs("a doubled row", append(slices.Clone(rows), rows[i]))
		if !same(rows[i], rows[j]) {
			doubled := slices.Clone(rows)
			doubled[i] = rows[j]
			differs("a row in place of another", doubled)
		}
		altered := slices.Clone(rows)
		altered[i] = slices.Clone(rows[i])
		altered[i][1] = schema.Cell{Form: schema.Regular, Bytes: append(slices.Clone(rows[i][1].Bytes), 'x')}
		differs("an altered cell", altered)
		if a, b := rows[i], rows[j]; !same(a, b) && a[0].Form == b[0].Form && string(a[0].Bytes) != string(b[0].Bytes) && !same(a[1:], b[1:]) {
			swapped := slices.Clone(rows)
			swapped[i], swapped[j] = append([]schema.Cell{a[0]}, b[1:]...), append([]schema.Cell{b[0]}, a[1:]...)
			differs("swapped rows", swapped)
		}
		back, err := ParseDigest(want.String())
		if err != nil || back != want {
			t.Fatalf("%s is read back as %s, %v", want.String(), back.String(), err)
		}
	})
}

func FuzzParseDigest(f *testing.F) {
	var d Digest
	d.add(1, 2)
	f.Add(d.String())
	f.Add("")
	f.Add("1:0/00")
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := ParseDigest(text); err == nil && d.String() != text {
			t.Errorf("%q is read as %q", text, d.String())
		}
	})
}
