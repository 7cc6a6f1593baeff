package schema

import (
	"regexp"
	"slices"
	"strings"
)

// Check is a check constraint: of a table, or of a column's domain.
type Check struct {
	Name    string   // "" where the database gives it none
	Columns []string // that it names
	SQL     string   // as the database writes it: "CHECK ((boss <> id))"
}

// NullAnswer tells what a check says to NULL in one of its columns.
type NullAnswer uint8

// The answers.
const (
	// NullUnclear says that the check's text does not tell.
	NullUnclear NullAnswer = iota
	// NullAllowed says that a row that meets the check still does when the column becomes NULL.
	NullAllowed
	// NullRefused says that the check asks for a value in the column.
	NullRefused
)

// token is a literal, a quoted name, a comment, a word, or one other character.
var token = regexp.MustCompile(`(?s)'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|::|[\pL_][\pL\pN_$]*|\S`)

// plain are the words before a parenthesis that are no functions, and the others that hand an unknown operand on as unknown.
var plain = []string{"check", "and", "or", "not", "in", "any", "some", "all", "between", "like", "array", "values"}

// Null reads the check's text. An expression of comparisons, AND, OR and NOT is never false because a value became unknown; IS NULL, IS NOT NULL and functions
// are what may make it so.
func (c Check) Null(column string) NullAnswer {
	if !slices.Contains(c.Columns, column) {
		return NullAllowed
	}
	words := token.FindAllString(c.SQL, -1)
	answer := NullAllowed
	for i, word := range words {
		switch lower := strings.ToLower(word); {
		case lower == "is":
			switch c.is(words, i, column) {
			case NullRefused:
				return NullRefused
			case NullUnclear:
				answer = NullUnclear
			}
		case at(words, i+1) == "(" && (lower == "num_nonnulls" || lower == "num_nulls"):
			return NullRefused
		case lower == "case" || lower == "isnull" || lower == "notnull" || lower == "glob" || lower == "match",
			at(words, i+1) == "(" && isName(word) && !slices.Contains(plain, lower):
			answer = NullUnclear
		}
	}
	return answer
}

// is judges the test that begins with IS at place i.
func (c Check) is(words []string, i int, column string) NullAnswer {
	operand := name(at(words, i-1))
	switch {
	case !slices.ContainsFunc(c.Columns, func(name string) bool { return strings.EqualFold(name, operand) }):
		return NullUnclear // it is an expression
	case !strings.EqualFold(operand, column):
		return NullAllowed // of another column, which stays as it is
	case at(words, i+1) == "not" && at(words, i+2) == "null":
		return NullRefused
	case at(words, i+1) != "null" || slices.ContainsFunc(words, func(word string) bool { return strings.EqualFold(word, "not") }):
		return NullUnclear
	}
	before, after := i-2, i+2
	for at(words, before) == "(" {
		before--
	}
	for at(words, after) == ")" {
		after++
	}
	if slices.Contains([]string{"", "check", "and", "or"}, at(words, before)) && slices.Contains([]string{"", "and", "or"}, at(words, after)) {
		return NullAllowed
	}
	return NullUnclear
}

// at returns a word in lower case; "" is none.
func at(words []string, i int) string {
	if i < 0 || i >= len(words) {
		return ""
	}
	return strings.ToLower(words[i])
}

// name takes the quotes off a name.
func name(word string) string {
	if len(word) > 1 && word[0] == '"' {
		return strings.ReplaceAll(word[1:len(word)-1], `""`, `"`)
	}
	return word
}

func isName(word string) bool {
	return word[0] == '"' || word[0] == '_' || strings.ToLower(word) != strings.ToUpper(word) && word[0] != '\'' && word[0] != '-' && word[0] != '/'
}
