package masking_test

import (
	"hash/fnv"
	"strings"
	"testing"

	"github.com/brianvoe/gofakeit/v6"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

var benchValues = func() []schema.Cell {
	cells := make([]schema.Cell, 256)
	for i := range cells {
		cells[i] = schema.Cell{Bytes: []byte("person" + string(rune('a'+i%26)) + strings.Repeat("x", i%16)), Form: schema.Regular}
	}
	return cells
}()

func BenchmarkMask(b *testing.B) {
	rules := append(textMasks(), masking.Column{Mask: "fixed", Value: "active"}, masking.Column{Mask: "pass", Reason: "for comparison"})
	for _, c := range rules {
		name := c.Mask
		if c.Compact {
			name += " compact"
		}
		b.Run(name, func(b *testing.B) {
			m := compile(b, c, 1, "target")
			buf := make([]byte, 0, 1<<10)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				buf, _ = m.Append(buf[:0], benchValues[i%len(benchValues)], schema.Row{})
			}
		})
	}
}

// The same first name by a generator of gofakeit that is seeded with a hash of each value.
func BenchmarkGofakeitPerValue(b *testing.B) {
	b.ReportAllocs()
	h := fnv.New64a()
	for i := 0; b.Loop(); i++ {
		h.Reset()
		h.Write(benchValues[i%len(benchValues)].Bytes)
		_ = gofakeit.New(int64(h.Sum64())).FirstName()
	}
}

func BenchmarkFreeText4KiB(b *testing.B) {
	m := compile(b, masking.Column{Mask: "free_text"}, 1, "target")
	src := schema.Cell{Bytes: []byte(strings.Repeat("A line of a letter to somebody.\n", 128)), Form: schema.Regular}
	var buf []byte
	b.ReportAllocs()
	b.SetBytes(int64(len(src.Bytes)))
	for b.Loop() {
		buf, _ = m.Append(buf[:0], src, schema.Row{})
	}
}

// Masking one value allocates nothing, so that a run's memory does not depend on how many values it masks.
func TestN9_MasksDoNotAllocate(t *testing.T) {
	for _, c := range textMasks() {
		m := compile(t, c, 1, "target")
		buf := make([]byte, 0, 1<<12)
		i := 0
		if n := testing.AllocsPerRun(1000, func() {
			buf, _ = m.Append(buf[:0], benchValues[i%len(benchValues)], schema.Row{})
			i++
		}); n != 0 {
			t.Errorf("%s allocates %v times a value", c.Mask, n)
		}
	}
}
