package masking

import "bytes"

// oneOf makes a word of the dictionary, and never the value's own.
func oneOf(p *prf, d *dictionary) fakes {
	return func(dst, value []byte) []byte {
		first, second := p.draw(value)
		start := len(dst)
		i := first.below(len(d.words))
		dst = append(dst, d.words[i]...)
		if same(dst[start:], value) {
			i = second.other(len(d.words), i)
			dst = append(dst[:start], d.words[i]...)
		}
		return dst
	}
}

// company makes "<last name> <noun> <suffix>". Another last name makes another company.
func company(p *prf) fakes {
	names, nouns, suffixes := lastNames(), companyNouns(), companySuffixes()
	return func(dst, value []byte) []byte {
		first, second := p.draw(value)
		start := len(dst)
		name := first.below(len(names.words))
		noun, suffix := nouns.pick(&first), suffixes.pick(&first)
		write := func(name int) {
			dst = append(dst[:start], names.words[name]...)
			dst = append(dst, ' ')
			dst = append(dst, noun...)
			dst = append(dst, ' ')
			dst = append(dst, suffix...)
		}
		write(name)
		if same(dst[start:], value) {
			write(second.other(len(names.words), name))
		}
		return dst
	}
}

// same tells whether a fake says what the value says: case and space around it aside.
func same(fake, value []byte) bool { return bytes.EqualFold(fake, bytes.TrimSpace(value)) }
