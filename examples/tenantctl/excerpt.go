package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
)

var (
	// vocabulary are the words of a rules file that are never a value of somebody's.
	vocabulary = append(append(masking.Names(), masking.KeySchemes()...), "version", "tenant_column", "tables", "global", "key", "columns", "key_column", "references", "to", "to_columns", "outside", "refuse", "true", "false",
		"mask", "else", "domain", "audience", "compact", "part", "subject", "days", "percent", "alphabet", "name", "path", "query", "paths", "rest", "malformed", "element", "column", "equals", "in", "then",
		"keep", "blank", "drop", "login", "full_name")
	// valueKey is a key whose value is not shown, wherever it goes on.
	valueKey = regexp.MustCompile(`(^|[\s{,"'?-])(fixed|equals|in|value|alphabet)["']?\s*:`)
	word     = regexp.MustCompile(`[^\s{}\[\],:"'|>-][^\s{}\[\],:"']*`)
)

// excerpt returns a line of the file, counted from 1, or "" where there is nothing to show. Of its words only those are shown that the format knows, or that
// the problem names: anything else may be a value. What follows the key of a fixed value, on the line or indented below it, is never shown.
func (f rulesFile) excerpt(line int, p refresh.Problem) string {
	lines := strings.Split(strings.ReplaceAll(string(f.text), "\r\n", "\n"), "\n")
	if line < 1 || line > len(lines) || withinValue(lines, line-1) {
		return ""
	}
	text, _, _ := strings.Cut(strings.TrimRight(lines[line-1], " \t\r"), " #")
	after := ""
	if at := valueKey.FindStringIndex(text); at != nil && strings.TrimSpace(text[at[1]:]) != "" {
		text, after = text[:at[1]], " …"
	}
	known := append(strings.FieldsFunc(p.Message+" "+p.Remedy, func(r rune) bool { return strings.ContainsRune(" \t(){}[],;:?\"'`", r) }), p.Table, p.Column)
	shown := word.ReplaceAllStringFunc(text, func(w string) string {
		if slices.Contains(vocabulary, w) || slices.Contains(known, w) {
			return w
		}
		return "…"
	})
	for strings.Contains(shown, "… …") {
		shown = strings.ReplaceAll(shown, "… …", "…")
	}
	if strings.Trim(shown, " …-:,|>{}[]\"'") == "" {
		return ""
	}
	return shown + after
}

// withinValue tells whether a line may be the continuation of a value that is not shown: a line that it is indented below has its key, or the line before it
// begins one and does not end it.
func withinValue(lines []string, at int) bool {
	depth, nearest := indent(lines[at]), true
	for i := at - 1; i >= 0; i-- {
		line := lines[i]
		if strings.TrimSpace(line) == "" {
			continue
		}
		if valueKey.MatchString(line) && (indent(line) < depth || nearest && unfinished(line)) {
			return true
		}
		depth, nearest = min(depth, indent(line)), false
	}
	return false
}

// unfinished tells whether the value of the last key on the line has yet to come.
func unfinished(line string) bool {
	line = strings.TrimSpace(line)
	return strings.ContainsAny(line[max(0, len(line)-1):], ":|>-,") || strings.Count(line, "{") > strings.Count(line, "}") ||
		strings.Count(line, `"`)%2 == 1 || strings.Count(line, "'")%2 == 1
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }
