package masking

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/retenant/retenant/tenancy/schema"
)

// fakeHostSuffix ends every fake host: no resolver may resolve it (RFC 2606, section 2).
const fakeHostSuffix = ".invalid"

// fakeHostLength is the length of a fake host: a letter, since a name of digits alone could be taken for a number, and the tag.
const fakeHostLength = 1 + mailTagLength + len(fakeHostSuffix)

// host makes "h<tag>.invalid", and keeps a port.
func host(p *prf) fakes {
	return func(dst, value []byte) []byte {
		name, port := cutPort(value)
		return append(appendHost(dst, p, name), port...)
	}
}

func appendHost(dst []byte, p *prf, name []byte) []byte {
	tag, _ := p.draw(name)
	dst = append(dst, 'h')
	return append(appendTag(dst, tag), fakeHostSuffix...)
}

// cutPort cuts a host before the colon of its port.
func cutPort(value []byte) (name, port []byte) {
	i := bytes.LastIndexByte(value, ':')
	if i < 0 || len(value)-i > 6 || len(value)-i < 2 || bytes.IndexByte(value[:i], ':') >= 0 && value[i-1] != ']' {
		return value, nil
	}
	for _, b := range value[i+1:] {
		if b < '0' || b > '9' {
			return value, nil
		}
	}
	return value[:i], value[i:]
}

// longestScheme is the longest scheme that is kept.
const longestScheme = 10

// urlLength is the longest fake of a URL that is itself shorter. A fake host may be up to 21 characters longer than the host, so that a URL of
// some 60 characters never loses its end.
const urlLength = 80

// url keeps scheme and port, makes the host's fake of the host, leaves out user and password, and treats path and query by the rule. What
// would make it longer than both the value and urlLength is cut off.
func url(p *prf, c Column, hosts *prf) rowFakes {
	return func(dst []byte, src schema.Cell, _ schema.Row) ([]byte, schema.Form, error) {
		value, start := src.Bytes, len(dst)
		scheme, rest, hierarchical := cutScheme(value)
		dst = append(dst, scheme...)
		if !hierarchical && len(scheme) > 0 { // mailto: and its like have no host and no shape worth keeping
			tag, _ := p.draw(value)
			return appendTag(dst, tag), schema.Regular, nil
		}
		end := bytes.IndexAny(rest, "/?#\\")
		if end < 0 {
			end = len(rest)
		}
		authority, tail := rest[:end], rest[end:]
		authority = authority[bytes.LastIndexByte(authority, '@')+1:]
		if name, port := cutPort(authority); len(name) > 0 {
			dst = append(appendHost(dst, hosts, name), port...)
		}
		path, query := tail, []byte(nil)
		if i := bytes.IndexAny(tail, "?#"); i >= 0 {
			path, query = tail[:i], tail[i:]
		}
		from := p.streamOf(value)
		switch c.URLPath {
		case URLMask:
			dst = appendPath(dst, path, &from)
		case URLKeep:
			dst = append(dst, path...)
		}
		switch c.URLQuery {
		case URLMask:
			dst = appendQuery(dst, query, &from)
		case URLKeep:
			dst = append(dst, query...)
		}
		if len(dst) == start {
			dst = append(dst, '/')
		}
		return dst[:start+prefixLength(dst[start:], max(utf8.RuneCount(value), urlLength))], schema.Regular, nil
	}
}

// prefixLength returns how many bytes the first characters of a text have.
func prefixLength(text []byte, characters int) int {
	if len(text) <= characters {
		return len(text)
	}
	n := 0
	for ; characters > 0 && n < len(text); characters-- {
		_, size := utf8.DecodeRune(text[n:])
		n += size
	}
	return n
}

// cutScheme cuts a URL behind its scheme, which is replaced where it is a long one. Hierarchical is one with an authority.
func cutScheme(value []byte) (scheme, rest []byte, hierarchical bool) {
	i := bytes.IndexByte(value, ':')
	for k, b := range value[:max(i, 0)] {
		letter := b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
		if !letter && (k == 0 || b != '+' && b != '-' && b != '.' && (b < '0' || b > '9')) {
			return nil, value, true
		}
	}
	switch {
	case i > 0 && bytes.HasPrefix(value[i:], []byte("://")):
		if i > longestScheme {
			return []byte("https://"), value[i+3:], true
		}
		return value[:i+3], value[i+3:], true
	case bytes.HasPrefix(value, []byte("//")):
		return value[:2], value[2:], true
	case i > 0 && isOpaque(value[:i]):
		return value[:i+1], value[i+1:], false
	}
	return nil, value, true
}

// isOpaque tells whether URLs of the scheme have no host.
func isOpaque(scheme []byte) bool {
	for _, known := range [...]string{"mailto", "tel", "sms", "data", "urn", "javascript"} {
		if strings.EqualFold(known, string(scheme)) {
			return true
		}
	}
	return false
}

// appendPath keeps the separators of a path.
func appendPath(dst, path []byte, from *stream) []byte {
	for _, b := range path {
		if b == '/' || b == '.' || b == '-' || b == '_' {
			dst = append(dst, b)
		} else {
			dst = appendURLByte(dst, b, from)
		}
	}
	return dst
}

// appendQuery keeps the separators of a query and of a fragment, and the names of the query's fields.
func appendQuery(dst, query []byte, from *stream) []byte {
	for len(query) > 0 {
		separator := query[0]
		field := query[1:]
		if i := bytes.IndexAny(field, "?#&;"); i >= 0 {
			field = field[:i]
		}
		query = query[1+len(field):]
		dst = append(dst, separator)
		value := field
		if i := bytes.IndexByte(field, '='); i >= 0 && plainName(field[:i]) {
			dst = append(dst, field[:i+1]...)
			value = field[i+1:]
		}
		for _, b := range value {
			dst = appendURLByte(dst, b, from)
		}
	}
	return dst
}

// appendURLByte makes a letter or digit of each byte: an escape is three of them.
func appendURLByte(dst []byte, b byte, from *stream) []byte {
	zero, n := shapeOf(b)
	if n == 1 {
		zero, n = 'a', 26
	}
	d := from.draw()
	return append(dst, zero+byte(d.below(n)))
}

// plainName tells whether a name looks like one that a program gave: letters, digits, - and _, not too many.
func plainName(name []byte) bool {
	if len(name) == 0 || len(name) > 40 {
		return false
	}
	for i, b := range name {
		letter := b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_'
		if !letter && (i == 0 || b != '-' && (b < '0' || b > '9')) {
			return false
		}
	}
	return true
}
