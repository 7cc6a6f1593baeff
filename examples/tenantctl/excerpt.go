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
	vocabulary = append(masking.Names(), "version", "tenant_column", "tables", "global", "key", "columns", "references", "to", "to_columns", "outside", "same", "generations", "refuse", "true", "false",
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
	named := p.Table + " " + p.Column + " " + p.Message + " " + p.Remedy
	known := append(word.FindAllString(named, -1), p.Table, p.Column)
	shown := word.ReplaceAllStringFunc(text, func(w string) string {
		if slices.Contains(vocabulary, w) || slices.Contains(known, w) || slices.Contains(known, strings.TrimRight(w, ".;()")) {
			return w
		}
		return "…"
	})
	for strings.Contains(shown, "… …") {
		shown = strings.ReplaceAll(shown, "… …", "…")
	}
	if strings.Trim(shown, " …-") == "" {
		return ""
	}
	return shown + after
}

// withinValue tells whether a line may be the continuation of a value that is not shown: one of the lines that it is indented below has its key, or opens
// a text or a mapping on several lines with it.
func withinValue(lines []string, at int) bool {
	depth := indent(lines[at])
	for i := at - 1; i >= 0; i-- {
		if strings.TrimSpace(lines[i]) == "" {
			continue
		}
		open := strings.Count(lines[i], "{") > strings.Count(lines[i], "}") || strings.Count(lines[i], `"`)%2 == 1 || strings.Count(lines[i], "'")%2 == 1
		if n := indent(lines[i]); n < depth || open || i == at-1 {
			if valueKey.MatchString(lines[i]) && (n < depth || open || unfinished(lines[i])) {
				return true
			}
			depth = min(depth, n)
		}
	}
	return false
}

// unfinished tells whether the value of the last key on the line has yet to come.
func unfinished(line string) bool {
	line = strings.TrimSpace(line)
	return strings.HasSuffix(line, ":") || strings.HasSuffix(line, "|") || strings.HasSuffix(line, ">") || strings.HasSuffix(line, "-")
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }
