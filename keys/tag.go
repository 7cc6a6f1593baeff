package keys

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Tag is the mapping for keys of text that people assign, such as the number of an item: the copy has the original's key
// with a tag before or behind it. All copies carry the tag and no original does, so the two never meet in one table.
//
// A key that carries the tag in whatever case is refused as an original, since it looks like a copy; some databases do not
// tell A from a. So is a key that would become too long: find those before the outage.
//
// It answers for text, not for records: ask first whether a record is in scope. It is safe for concurrent use and does not
// allocate in lookups. The nil *Tag and the zero Tag map nothing.
type Tag struct {
	text      string
	suffix    bool
	maxLength int // of copies; 0 is no limit
	global    map[string]struct{}
}

var _ Mapping = (*Tag)(nil)

// TagConfig says what copies look like.
type TagConfig struct {
	// Prefix or Suffix, one of them, is the tag: 1 to 32 ASCII letters, digits or - _ . : @
	Prefix, Suffix string

	// MaxLength is the number of characters that the column can hold; 0 means no limit.
	MaxLength int

	// Global are the keys of global rows, which map to themselves. None may carry the tag.
	Global []string
}

const maxTag = 32

// NewTag returns the mapping. One target has the same tag for ever. The error is ErrScheme, and names everything that is
// wrong.
func NewTag(config TagConfig) (*Tag, error) {
	t := &Tag{text: config.Prefix + config.Suffix, suffix: config.Suffix != "", maxLength: config.MaxLength}
	var problems problems
	switch {
	case config.Prefix != "" && config.Suffix != "":
		problems.add("prefix %s and suffix %s: use one of them", strconv.Quote(config.Prefix), strconv.Quote(config.Suffix))
		return nil, problems.err("tag")
	case t.text == "":
		problems.add("neither prefix nor suffix: use one of them")
		return nil, problems.err("tag")
	}
	if len(t.text) > maxTag || strings.ContainsFunc(t.text, needsQuotes) {
		problems.add("%s: use 1 to %d ASCII letters, digits or - _ . : @", strconv.Quote(t.text), maxTag)
	}
	switch {
	case t.maxLength < 0:
		problems.add("length limit %d: use 0 for none", t.maxLength)
	case t.maxLength > 0 && t.maxLength <= len(t.text):
		problems.add("length limit %d leaves no room behind %s: use a shorter tag or a wider column", t.maxLength, strconv.Quote(t.text))
	}
	t.global = make(map[string]struct{}, len(config.Global))
	carried := 0
	for _, key := range config.Global {
		if t.carried([]byte(key)) {
			carried++
		}
		t.global[key] = struct{}{}
	}
	if carried > 0 { // keys may be secrets, so none is shown
		problems.add("%d global keys carry the tag %s: use another tag", carried, strconv.Quote(t.text))
	}
	if err := problems.err("tag"); err != nil {
		return nil, err
	}
	return t, nil
}

// Scheme returns SchemeTag.
func (t *Tag) Scheme() Scheme { return SchemeTag }

// Map appends the key of the copy. It refuses a key that carries the tag, and one that would become too long.
func (t *Tag) Map(dst, original []byte) ([]byte, bool) {
	switch {
	case t == nil || t.text == "":
		return dst, false
	case t.isGlobal(original):
		return append(dst, original...), true
	case t.carried(original) || t.tooLong(original):
		return dst, false
	case t.suffix:
		return append(append(dst, original...), t.text...), true
	}
	// original may lie in the room behind dst.
	n, length := len(dst), len(original)
	dst = append(append(dst, original...), t.text...)
	copy(dst[n+len(t.text):], dst[n:n+length])
	copy(dst[n:], t.text)
	return dst, true
}

// Invert appends the key of the original. It refuses a key that Map gives to nobody.
func (t *Tag) Invert(dst, copy []byte) ([]byte, bool) {
	switch {
	case t == nil || t.text == "":
		return dst, false
	case t.isGlobal(copy):
		return append(dst, copy...), true
	case len(copy) < len(t.text):
		return dst, false
	}
	tag, original := copy[:len(t.text)], copy[len(t.text):]
	if t.suffix {
		original, tag = copy[:len(copy)-len(t.text)], copy[len(copy)-len(t.text):]
	}
	if string(tag) != t.text || t.carried(original) || t.tooLong(original) || t.isGlobal(original) {
		return dst, false
	}
	return append(dst, original...), true
}

// Clashes says whether copies of two targets in one table could get the same key: their tags are equal but for the case,
// one begins with the other (ends with it, if they are suffixes), or one is a prefix and the other a suffix.
func (t *Tag) Clashes(other *Tag) bool {
	switch {
	case t == nil || other == nil || t.text == "" || other.text == "":
		return false
	case t.suffix != other.suffix:
		return true
	}
	return t.carried([]byte(other.text)) || other.carried([]byte(t.text))
}

func (t *Tag) isGlobal(key []byte) bool {
	if len(t.global) == 0 {
		return false
	}
	_, ok := t.global[string(key)]
	return ok
}

func (t *Tag) tooLong(original []byte) bool {
	return t.maxLength > 0 && utf8.RuneCount(original)+len(t.text) > t.maxLength
}

// carried says whether key carries the tag, in whatever case.
func (t *Tag) carried(key []byte) bool {
	if len(key) < len(t.text) {
		return false
	}
	end := key[:len(t.text)]
	if t.suffix {
		end = key[len(key)-len(t.text):]
	}
	for i, c := range end {
		if lower(c) != lower(t.text[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
