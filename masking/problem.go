package masking

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Problem is one thing that is wrong with rules, and what to write instead.
type Problem struct {
	Line    int    // in the rules file, 0 where there is none
	Table   string // "" where it concerns no single table, or the caller has yet to fill it in
	Column  string // likewise
	Message string // what is wrong; holds no value of the data and no fixed value
	Remedy  string // what to write instead
}

// String returns the problem as one line of text.
func (p Problem) String() string {
	var b strings.Builder
	if p.Line > 0 {
		b.WriteString("line " + strconv.Itoa(p.Line) + ": ")
	}
	switch {
	case p.Table != "" && p.Column != "":
		b.WriteString(shown(p.Table) + "." + shown(p.Column) + ": ")
	case p.Table != "" || p.Column != "":
		b.WriteString(shown(p.Table+p.Column) + ": ")
	}
	b.WriteString(p.Message)
	if p.Remedy != "" {
		b.WriteString("; " + p.Remedy)
	}
	return b.String()
}

// Problems is all that is wrong at once, as an error. Functions of this package return it sorted by line, table and column, and
// nil where nothing is wrong.
type Problems []Problem

// Error returns one line of text for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Err returns the problems as an error, which is nil where there are none.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Table, b.Table), cmp.Compare(a.Column, b.Column))
	})
}

// shown returns a name as it is written in an error: as it stands where it is plain, otherwise quoted, so that a problem stays one
// line whatever the name holds.
func shown(name string) string {
	plain := name != "" && utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-.$", r)
	})
	if plain {
		return name
	}
	return strconv.Quote(name)
}
