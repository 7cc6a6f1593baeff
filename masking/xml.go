package masking

import (
	"bytes"
	"encoding/xml"
	"io"
	"unicode/utf8"

	"github.com/retenant/retenant/tenancy/schema"
)

// xml masks an XML document: text and attributes that the paths name by their rules, all else as rest says. Comments and processing instructions
// are left out. A document type is malformed, so there are no entities but those of XML itself.
func (d *document) xml(dst []byte, src schema.Cell, row schema.Row) ([]byte, schema.Form, error) {
	if len(src.Bytes) > MaxDocumentBytes || !utf8.Valid(src.Bytes) {
		return d.malformed.handle(dst, src)
	}
	w := xmlWalk{document: d, in: src.Bytes, row: row, decoder: xml.NewDecoder(bytes.NewReader(src.Bytes))}
	w.decoder.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil } // it is UTF-8, whatever it says
	made, err := w.walk(dst)
	return d.finish(dst, made, src, err)
}

// xmlWalk reads an XML document once and writes its fake.
type xmlWalk struct {
	*document
	in      []byte
	row     schema.Row
	decoder *xml.Decoder
	open    []xmlElement
	rooted  bool // the root element has begun
}

// xmlElement is an element that has begun and not ended.
type xmlElement struct {
	name    string
	node    *pathNode
	passed  bool // it is copied as it stands
	dropped bool // it is left out, with all that it holds
}

func (w *xmlWalk) walk(dst []byte) ([]byte, error) {
	for {
		start := w.decoder.InputOffset()
		token, err := w.decoder.RawToken()
		if err == io.EOF {
			if !w.rooted || len(w.open) > 0 {
				return dst, errMalformed
			}
			return dst, nil
		}
		if err != nil {
			return dst, errMalformed
		}
		raw := w.in[start:w.decoder.InputOffset()]
		switch t := token.(type) {
		case xml.StartElement:
			dst, err = w.start(dst, t, raw)
		case xml.EndElement:
			dst, err = w.end(dst, t, raw)
		case xml.CharData:
			dst, err = w.text(dst, t, raw)
		case xml.ProcInst:
			if t.Target == "xml" && !w.rooted {
				dst = append(dst, raw...)
			}
		case xml.Directive:
			err = errMalformed
		}
		if err != nil {
			return dst, err
		}
	}
}

func xmlName(name xml.Name) string {
	if name.Space != "" {
		return name.Space + ":" + name.Local
	}
	return name.Local
}

func (w *xmlWalk) start(dst []byte, t xml.StartElement, raw []byte) ([]byte, error) {
	e := xmlElement{name: xmlName(t.Name)}
	if len(w.open) == 0 {
		if w.rooted {
			return dst, errMalformed
		}
		w.rooted, e.node = true, w.root.member([]byte(e.name))
	} else {
		around := w.open[len(w.open)-1]
		e.passed, e.dropped = around.passed, around.dropped
		e.node = around.node.member([]byte(e.name))
	}
	if len(w.open) >= MaxDocumentDepth {
		return dst, errMalformed
	}
	if leaf := e.node.ruled(); leaf != nil && leaf.whole == actPass {
		e.passed = true
	}
	if e.node == nil && !e.passed && !e.dropped {
		switch w.rest {
		case RestRefuse:
			return dst, w.refusal
		case RestDrop:
			if len(w.open) > 0 { // the root stays, for a document needs one
				e.dropped = true
			}
		}
	}
	w.open = append(w.open, e)
	switch {
	case e.dropped:
		return dst, nil
	case e.passed:
		return append(dst, raw...), nil
	}
	dst = append(append(dst, '<'), e.name...)
	for _, a := range t.Attr {
		var err error
		if dst, err = w.attribute(dst, e.node, a); err != nil {
			return dst, err
		}
	}
	if bytes.HasSuffix(raw, []byte("/>")) {
		dst = append(dst, '/')
	}
	return append(dst, '>'), nil
}

func (w *xmlWalk) attribute(dst []byte, n *pathNode, a xml.Attr) ([]byte, error) {
	name := xmlName(a.Name)
	value := schema.Cell{Bytes: []byte(a.Value), Form: schema.Regular}
	var leaf *leaf
	if n != nil && n.names["@"+name] != nil {
		leaf = n.names["@"+name].leaf
	}
	declares := name == "xmlns" || a.Name.Space == "xmlns"
	switch {
	case leaf == nil && declares:
	case leaf == nil || leaf.masks[leafText] == nil:
		switch w.rest {
		case RestRefuse:
			return dst, w.refusal
		case RestDrop:
			return dst, nil
		}
		value.Bytes = redact(nil, value.Bytes)
	default:
		made, form, err := leaf.masks[leafText].Append(nil, value, w.row)
		if err != nil || form == schema.Null {
			return dst, err
		}
		value.Bytes = made
	}
	dst = append(append(dst, ' '), name...)
	dst = appendXML(append(dst, `="`...), value.Bytes)
	return append(dst, '"'), nil
}

func (w *xmlWalk) end(dst []byte, t xml.EndElement, raw []byte) ([]byte, error) {
	if len(w.open) == 0 || w.open[len(w.open)-1].name != xmlName(t.Name) {
		return dst, errMalformed
	}
	e := w.open[len(w.open)-1]
	w.open = w.open[:len(w.open)-1]
	if e.dropped {
		return dst, nil
	}
	return append(dst, raw...), nil
}

// text masks what stands between two tags. White space around it stays.
func (w *xmlWalk) text(dst []byte, text xml.CharData, raw []byte) ([]byte, error) {
	inner := bytes.TrimSpace(text)
	if len(w.open) == 0 {
		if len(inner) > 0 {
			return dst, errMalformed
		}
		return append(dst, raw...), nil
	}
	e := w.open[len(w.open)-1]
	switch {
	case e.dropped:
		return dst, nil
	case e.passed, len(inner) == 0:
		return append(dst, raw...), nil
	}
	before, after := text[:bytes.Index(text, inner)], text[bytes.Index(text, inner)+len(inner):]
	leaf := e.node.ruled()
	if leaf == nil || leaf.masks[leafText] == nil {
		switch w.rest {
		case RestRefuse:
			return dst, w.refusal
		case RestDrop:
			return dst, nil
		}
		return appendXML(dst, redact(nil, text)), nil
	}
	made, form, err := leaf.masks[leafText].Append(nil, schema.Cell{Bytes: inner, Form: schema.Regular}, w.row)
	if err != nil || form == schema.Null {
		return dst, err
	}
	return append(appendXML(append(dst, before...), made), after...), nil
}

// appendXML appends text as it may stand between tags and in quotes.
func appendXML(dst, text []byte) []byte {
	var escaped bytes.Buffer
	_ = xml.EscapeText(&escaped, text) // a buffer returns no error
	return append(dst, escaped.Bytes()...)
}
