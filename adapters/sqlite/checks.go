package sqlite

import (
	"regexp"
	"slices"
	"strings"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/schema"
)

// word is a literal, a quoted name, a comment, a plain word, or one other character of a statement.
var word = regexp.MustCompile("(?s)'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|\\[[^\\]]*\\]|--[^\\n]*|/\\*.*?\\*/|[\\pL_][\\pL\\pN_$]*|\\S")

// checks finds the checks in the statements that made the tables: no catalog of SQLite has them.
func (i *inspection) checks() error {
	for _, d := range i.result.Facts.Definitions {
		if t := i.table(d.Table); t != nil && d.Kind == "table" {
			t.Checks = checksIn(d, t.Columns)
		}
	}
	return nil
}

func checksIn(d refresh.Definition, columns []schema.Column) (found []schema.Check) {
	places := word.FindAllStringIndex(d.SQL, -1)
	text := func(i int) string {
		if i < 0 || i >= len(places) {
			return ""
		}
		return d.SQL[places[i][0]:places[i][1]]
	}
	for i := range places {
		if !strings.EqualFold(text(i), "check") || text(i+1) != "(" {
			continue
		}
		var check schema.Check
		if strings.EqualFold(text(i-2), "constraint") {
			check.Name = plainName(text(i - 1))
		}
		end, depth := i+2, 1
		for ; end < len(places) && depth > 0; end++ {
			switch part := text(end); part {
			case "(":
				depth++
			case ")":
				depth--
			default:
				at := slices.IndexFunc(columns, func(c schema.Column) bool { return strings.EqualFold(c.Name, plainName(part)) })
				if at >= 0 && part[0] != '\'' && !slices.Contains(check.Columns, columns[at].Name) {
					check.Columns = append(check.Columns, columns[at].Name)
				}
			}
		}
		check.SQL = d.SQL[places[i][0]:places[end-1][1]]
		found = append(found, check)
	}
	return found
}

// plainName takes the quotes off a name.
func plainName(text string) string {
	if len(text) < 2 || !strings.ContainsAny(text[:1], "\"`[") {
		return text
	}
	closing := text[len(text)-1:]
	return strings.ReplaceAll(text[1:len(text)-1], closing+closing, closing)
}
