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
				buf, _, _ = m.Append(buf[:0], benchValues[i%len(benchValues)], schema.Row{})
			}
		})
	}
}

// Masks with parameters, on one well-formed value each.
func BenchmarkRule(b *testing.B) {
	for _, c := range parameterized() {
		traits, _ := c.rule.Traits()
		if c.rule.Mask == "fake" && c.rule.Name != "jobtitle" {
			continue
		}
		b.Run(traits.Identity()+" on "+c.typ.String(), func(b *testing.B) {
			m, row := compileParameterized(b, c.rule, c.typ, c.values[len(c.values)/2])
			buf := make([]byte, 0, 1<<10)
			b.ReportAllocs()
			for b.Loop() {
				buf, _, _ = m.Append(buf[:0], row.Cell(2), row)
			}
		})
	}
}

// compileParameterized compiles a rule of parameterized on its table, and returns a row with the value.
func compileParameterized(t testing.TB, rule masking.Column, typ schema.Type, value string) (*masking.Mask, schema.Row) {
	cell := column("c", typ)
	if typ == schema.Other {
		cell.Declared = "text[]"
	}
	s := newStand(t, column("id", schema.Integer), column("kind", schema.Text), cell)
	return s.compile("c", rule), s.row("1", value, value)
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
		buf, _, _ = m.Append(buf[:0], src, schema.Row{})
	}
}

// Masking one value allocates nothing, so that a run's memory does not depend on how many values it masks.
func TestN9_MasksDoNotAllocate(t *testing.T) {
	for _, c := range textMasks() {
		m := compile(t, c, 1, "target")
		buf := make([]byte, 0, 1<<12)
		i := 0
		if n := testing.AllocsPerRun(1000, func() {
			buf, _, _ = m.Append(buf[:0], benchValues[i%len(benchValues)], schema.Row{})
			i++
		}); n != 0 {
			t.Errorf("%s allocates %v times a value", c.Mask, n)
		}
	}
}

func TestN9_RulesDoNotAllocate(t *testing.T) {
	for _, c := range parameterized() {
		switch c.rule.Mask {
		case "fake", "json", "xml", "array": // they allocate as gofakeit and encoding/xml do, and JSON for what has escapes
			continue
		}
		for _, value := range c.values {
			if len(value) > 60 || strings.HasSuffix(value, "e+308") { // the longest values take memory of their own, the largest numbers an error
				continue
			}
			m, row := compileParameterized(t, c.rule, c.typ, value)
			buf := make([]byte, 0, 1<<12)
			if n := testing.AllocsPerRun(200, func() { buf, _, _ = m.Append(buf[:0], row.Cell(2), row) }); n != 0 {
				t.Errorf("%s on %s allocates %v times on %q", c.rule.Mask, c.typ, n, value)
			}
		}
	}
}
