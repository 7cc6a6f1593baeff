package masking

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/retenant/retenant/tenancy/schema"
)

// json masks a JSON document: what the paths name by their rules, all else as rest says. Space, the order of members and the spelling
// of what passes stay.
func (d *document) json(dst []byte, src schema.Cell, row schema.Row) ([]byte, schema.Form, error) {
	if len(src.Bytes) > MaxDocumentBytes || !json.Valid(src.Bytes) {
		return d.malformed.handle(dst, src)
	}
	w := jsonWalk{document: d, in: src.Bytes, row: row}
	made := append(dst, w.space()...)
	mark := len(made)
	made, kept, err := w.value(made, d.root, 0)
	if err == nil && !kept {
		made = append(made[:mark], "null"...)
	}
	return d.finish(dst, append(made, w.space()...), src, err)
}

// jsonWalk reads a valid JSON text once and writes its fake.
type jsonWalk struct {
	*document
	in  []byte
	at  int
	row schema.Row
}

// space reads white space.
func (w *jsonWalk) space() []byte {
	start := w.at
	for w.at < len(w.in) && (w.in[w.at] == ' ' || w.in[w.at] == '\n' || w.in[w.at] == '\t' || w.in[w.at] == '\r') {
		w.at++
	}
	return w.in[start:w.at]
}

// text reads a string with its quotes.
func (w *jsonWalk) text() []byte {
	start := w.at
	for w.at++; w.in[w.at] != '"'; w.at++ {
		if w.in[w.at] == '\\' {
			w.at++
		}
	}
	w.at++
	return w.in[start:w.at]
}

// skip reads a value of any kind.
func (w *jsonWalk) skip() []byte {
	start, depth := w.at, 0
	for {
		switch w.in[w.at] {
		case '"':
			w.text()
		case '{', '[':
			depth++
			w.at++
		case '}', ']':
			depth--
			w.at++
		case ' ', '\n', '\t', '\r', ',', ':':
			w.at++
		default:
			for w.at < len(w.in) && bytes.IndexByte([]byte(" \n\t\r,:]}"), w.in[w.at]) < 0 {
				w.at++
			}
		}
		if depth == 0 {
			return w.in[start:w.at]
		}
	}
}

// value appends the fake of the value that is next, and tells whether it has one.
func (w *jsonWalk) value(dst []byte, n *pathNode, depth int) ([]byte, bool, error) {
	leaf := n.ruled()
	switch w.in[w.at] {
	case '{', '[':
		if leaf != nil {
			switch leaf.whole {
			case actPass:
				return append(dst, w.skip()...), true, nil
			case actNull:
				w.skip()
				return append(dst, "null"...), true, nil
			case actFixed:
				w.skip()
				dst, err := w.apply(dst, leaf, leafText, []byte("x"))
				return dst, true, err
			}
			n = nil
		}
		return w.members(dst, n, depth)
	}
	scalar := w.skip()
	kind, text := jsonKind(scalar)
	switch {
	case leaf != nil && leaf.whole == actPass:
		return append(dst, scalar...), true, nil
	case leaf != nil && kind == leafNull && leaf.masks[leafText] != nil:
		return w.scalar(dst, leaf, leafText, schema.Cell{})
	case kind == leafNull && (leaf != nil || w.rest != RestDrop): // it holds nothing
		return append(dst, scalar...), true, nil
	case leaf != nil && (leaf.masks[kind] != nil || leaf.masks[leafText] != nil):
		dst, err := w.apply(dst, leaf, kind, text)
		return dst, true, err
	case w.rest == RestRefuse:
		return dst, false, w.refusal
	case w.rest == RestDrop:
		return dst, false, nil
	}
	switch kind {
	case leafText:
		return appendJSON(dst, redact(nil, text)), true, nil
	case leafBoolean:
		return append(dst, "false"...), true, nil
	}
	return append(dst, '0'), true, nil
}

// apply appends what the rule makes of a value: of the same kind where the rule has a mask for it, else a text.
func (w *jsonWalk) apply(dst []byte, leaf *leaf, kind int, text []byte) ([]byte, error) {
	if leaf.masks[kind] == nil {
		kind = leafText
	}
	dst, _, err := w.scalar(dst, leaf, kind, schema.Cell{Bytes: text, Form: schema.Regular})
	return dst, err
}

func (w *jsonWalk) scalar(dst []byte, leaf *leaf, kind int, cell schema.Cell) ([]byte, bool, error) {
	start := len(dst)
	if kind == leafText {
		dst = append(dst, '"')
	}
	made, form, err := leaf.masks[kind].Append(dst, cell, w.row)
	switch {
	case err != nil:
		return dst[:start], false, err
	case form == schema.Null:
		return append(dst[:start], "null"...), true, nil
	case kind != leafText && !json.Valid(made[start:]): // NaN and the infinities
		return append(dst[:start], "null"...), true, nil
	case kind != leafText:
		return made, true, nil
	}
	for _, b := range made[start+1:] {
		if b < ' ' || b == '"' || b == '\\' || b >= utf8.RuneSelf {
			return appendJSON(made[:start], bytes.Clone(made[start+1:])), true, nil
		}
	}
	return append(made, '"'), true, nil
}

// members appends the fakes of what an object or a list holds. What is left out takes its comma with it.
func (w *jsonWalk) members(dst []byte, n *pathNode, depth int) ([]byte, bool, error) {
	if depth >= MaxDocumentDepth {
		return dst, false, errMalformed
	}
	object := w.in[w.at] == '{'
	dst = append(dst, w.in[w.at])
	w.at++
	lead := w.space()
	firstLead, first := lead, true
	for w.in[w.at] != '}' && w.in[w.at] != ']' {
		mark := len(dst)
		if first {
			dst = append(dst, firstLead...)
		} else {
			dst = append(append(dst, ','), lead...)
		}
		child, kept := n.element(), true
		if object {
			key := w.text()
			dst = append(dst, key...)
			dst = append(dst, w.space()...)
			dst = append(dst, w.in[w.at])
			w.at++
			dst = append(dst, w.space()...)
			name := unquoted(key)
			child = n.member(name)
			kept = child != nil || w.rest == RestRedact && plainName(name)
			if child == nil && w.rest == RestRefuse {
				return dst, false, w.refusal
			}
		}
		if kept {
			var err error
			if dst, kept, err = w.value(dst, child, depth+1); err != nil {
				return dst, false, err
			}
		} else {
			w.skip()
		}
		trail := w.space()
		if kept {
			dst, first = append(dst, trail...), false
		} else {
			dst = dst[:mark]
		}
		if w.in[w.at] == ',' {
			w.at++
			lead = w.space()
		}
	}
	dst = append(dst, w.in[w.at])
	w.at++
	return dst, true, nil
}
