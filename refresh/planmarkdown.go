package refresh

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
)

// Markdown gives the plan as a document to attach to a ticket: what becomes of each table and each column, what will be lost, what deserves a look, and the hash
// to agree to. It is GitHub's Markdown, with tables; names and reasons are escaped, so that none of them becomes markup. It shows no value of a row but keys that
// are numbers or UUIDs, and no value of a rule.
func (p *Plan) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Plan: %s is replaced by a copy of %s\n\n", escapeMarkdown(string(p.Target)), escapeMarkdown(string(p.Source)))
	markdownFacts(&b, p.facts())
	if len(p.warnings()) > 0 {
		b.WriteString("\n## Warnings\n\n")
		for _, warning := range p.warnings() {
			fmt.Fprintf(&b, "- %s\n", escapeMarkdown(warning))
		}
	}
	if facts := p.lossFacts(); facts != nil {
		b.WriteString("\n## What will be lost\n\n")
		markdownFacts(&b, facts)
		if rows := p.Annex.Losses.lossRows(); rows != nil {
			b.WriteByte('\n')
			markdownTable(&b, rows)
		}
	}
	b.WriteString("\n## Tables\n\n")
	markdownTable(&b, p.tableRows())
	for i := range p.Tables {
		t := &p.Tables[i]
		if t.Disposition != Copy {
			continue
		}
		fmt.Fprintf(&b, "\n### %s\n\n", escapeMarkdown(t.Name))
		rows := [][]string{{"column", "treatment"}}
		for _, c := range t.Columns {
			rows = append(rows, []string{c.Name, c.Treatment()})
		}
		markdownTable(&b, rows)
	}
	fmt.Fprintf(&b, "\nPlan `%s`\n", cmp.Or(p.Hash, "not compiled"))
	return b.String()
}

// markdownFacts writes a list of facts.
func markdownFacts(b *strings.Builder, facts []fact) {
	for _, f := range facts {
		fmt.Fprintf(b, "- **%s**: %s\n", f.name, escapeMarkdown(f.text))
	}
}

// markdownTable writes a table whose first row is its head.
func markdownTable(b *strings.Builder, rows [][]string) {
	for i, row := range rows {
		for _, cell := range row {
			fmt.Fprintf(b, "| %s ", escapeMarkdown(cell))
		}
		b.WriteString("|\n")
		if i == 0 {
			b.WriteString(strings.Repeat("| --- ", len(row)) + "|\n")
		}
	}
}

// markdownEscapes makes entities of all that is markup in Markdown or HTML, and of what GitHub turns into links or mentions.
var markdownEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "|", "&#124;", `\`, "&#92;", "`", "&#96;", "*", "&#42;", "_", "&#95;", "[", "&#91;",
	"]", "&#93;", "#", "&#35;", "~", "&#126;", "!", "&#33;", "$", "&#36;", "@", "&#64;", "://", "&#58;//", "www.", "www&#46;")

// escapeMarkdown makes text of what may be anything. Line breaks and other controls become spaces: a cell, a heading and an item are one line each.
func escapeMarkdown(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
	return strings.TrimSpace(markdownEscapes.Replace(text))
}
