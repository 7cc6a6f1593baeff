package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// printJSON prints a value as JSON, indented.
func (a *app) printJSON(value any) error {
	encoder := json.NewEncoder(a.out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// aligned prints lines of cells with tabs between them, in columns.
func aligned(out io.Writer, lines ...string) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, line := range lines {
		fmt.Fprintln(w, line)
	}
	w.Flush()
}

// instant gives a time to the second, or "-".
func instant(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

// orElse gives a time to the second, or words where there is none.
func orElse(t time.Time, words string) string {
	if t.IsZero() {
		return words
	}
	return instant(t)
}
