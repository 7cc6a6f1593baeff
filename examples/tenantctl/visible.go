package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
)

// visible writes control characters as escapes, such as \u001b: names of tenants, tables and columns, and texts of errors, come from databases and files of
// others, and would move the cursor or worse. A line end and a tab stay. In JSON an escape is the same character. Marks that turn the direction of writing
// are written so on a terminal alone: elsewhere they may be meant.
type visible struct {
	to       io.Writer
	terminal bool
}

// onScreen makes what is written to a standard file visible.
func onScreen(file *os.File) visible { return visible{file, term.IsTerminal(int(file.Fd()))} }

// Write implements [io.Writer].
func (v visible) Write(text []byte) (int, error) {
	shown := escaped(string(text), func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t' || v.terminal && unicode.Is(unicode.Bidi_Control, r)
	})
	if _, err := io.WriteString(v.to, shown); err != nil {
		return 0, err
	}
	return len(text), nil
}

// cell makes a name fit into one cell of a line.
func cell(name string) string {
	return escaped(name, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
	})
}

// escaped writes the characters that are hidden as escapes, and bytes that are no UTF-8 as they are.
func escaped(text string, hidden func(rune) bool) string {
	if strings.IndexFunc(text, hidden) < 0 {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if hidden(r) {
			fmt.Fprintf(&b, "\\u%04x", r)
		} else {
			b.WriteString(text[:size])
		}
		text = text[size:]
	}
	return b.String()
}
