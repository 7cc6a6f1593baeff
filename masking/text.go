package masking

import (
	"unicode"
	"unicode/utf8"
)

// redact makes an x of each character that is not white space. A byte that is not UTF-8 counts as a character.
func redact(dst, value []byte) []byte {
	for len(value) > 0 {
		r, size := utf8.DecodeRune(value)
		if unicode.IsSpace(r) {
			dst = append(dst, value[:size]...)
		} else {
			dst = append(dst, 'x')
		}
		value = value[size:]
	}
	return dst
}

// freeText makes each line a line of words with as many characters; the last word is cut where it does not fit.
func freeText(p *prf) fakes {
	dict := fillWords()
	return func(dst, value []byte) []byte {
		words := p.streamOf(value)
		for len(value) > 0 {
			length, bytes := lineLength(value)
			dst = appendWords(dst, length, dict, &words)
			if value = value[bytes:]; len(value) > 0 {
				dst = append(dst, value[0])
				value = value[1:]
			}
		}
		return dst
	}
}

// lineLength returns how many characters and bytes come before the next line break or the end.
func lineLength(text []byte) (characters, bytes int) {
	for bytes < len(text) && text[bytes] != '\n' && text[bytes] != '\r' {
		_, size := utf8.DecodeRune(text[bytes:])
		bytes += size
		characters++
	}
	return characters, bytes
}

// appendWords appends length characters of words, and a full stop where a space would be the last.
func appendWords(dst []byte, length int, dict *dictionary, words *stream) []byte {
	for length > 0 {
		from := words.draw()
		for range 4 { // each takes 8 of the 64 bits
			word := dict.pick(&from)
			word = word[:min(length, len(word))]
			dst = append(dst, word...)
			length -= len(word)
			switch length {
			case 0:
				return dst
			case 1:
				return append(dst, '.')
			}
			dst = append(dst, ' ')
			length--
		}
	}
	return dst
}
