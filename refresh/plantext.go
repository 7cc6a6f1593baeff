package refresh

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode"
)

// String gives the plan as text for people: what becomes of each table and each column, what deserves a look, and the hash to agree to. Columns that are
// treated alike stand in one line.
func (p *Plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Plan: %s is replaced by a copy of %s\n", p.Target, p.Source)
	p.head(&b)
	b.WriteByte('\n')
	p.overview(&b)
	p.losses(&b)
	for i := range p.Tables {
		if t := &p.Tables[i]; t.Disposition == Copy {
			b.WriteByte('\n')
			t.columns(&b)
		}
	}
	p.Settings.text(&b)
	if len(p.warnings()) > 0 {
		b.WriteByte('\n')
	}
	for _, warning := range p.warnings() {
		fmt.Fprintf(&b, "  warning: %s\n", warning)
	}
	fmt.Fprintf(&b, "\n  plan %s\n", p.Hash)
	return b.String()
}

// warnings lists what deserves a look, the annex's last.
func (p *Plan) warnings() []string { return slices.Concat(p.Warnings, p.Annex.Warnings) }

// fact is a line of the plan's head.
type fact struct{ name, text string }

// facts tells what holds for the plan as a whole.
func (p *Plan) facts() []fact {
	target := fmt.Sprintf("%s, generation %d", p.Annex.Target, p.Annex.Generation)
	switch {
	case p.Annex.Create:
		target = p.Annex.Target + ", which is made"
	case p.Annex.Generation == 0:
		target = p.Annex.Target + ", not refreshed before"
	}
	masked := fmt.Sprintf("yes; fakes for %s, rules %.12s", p.Audience, p.Rules)
	if !p.Masked {
		masked = fmt.Sprintf("NO: masking is turned off by request; rules %.12s", p.Rules)
	}
	how := "rows are replaced in one transaction"
	if p.Rebuild {
		how = "tables are made anew from the source's definitions, in one transaction"
	}
	keys := "shared with other tenants"
	if p.Keys == OwnKeys {
		keys = "the tenant's own"
	}
	list := []fact{{"source", p.Annex.Source}, {"target", target}, {"masked", masked},
		{"landing", fmt.Sprintf("%s; foreign keys %s, verified by set", how, cmp.Or(p.Checking, CheckedAtOnce))}, {"tables", keys}}
	if len(p.Annex.Rows) > 0 {
		list = append(list, fact{"rows", p.volume()})
	}
	return list
}

// volume tells how many rows come, as the plan counted them.
func (p *Plan) volume() string {
	var tables int
	var rows, last int64
	for _, t := range p.Tables {
		if t.Disposition == Copy {
			tables++
			rows += p.Annex.Rows[t.Name]
		}
		if t.replaced() {
			last += p.Annex.TargetRows[t.Name]
		}
	}
	text := fmt.Sprintf("%d come, in %d tables, from one snapshot", rows, tables)
	if tables == 1 {
		text = fmt.Sprintf("%d come, in one table, from one snapshot", rows)
	}
	if p.Annex.TargetRows != nil {
		text += fmt.Sprintf("; %d of the target go", last)
	}
	return text
}

// head writes the facts.
func (p *Plan) head(b *strings.Builder) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, f := range p.facts() {
		fmt.Fprintf(w, "  %s\t%s\n", f.name, f.text)
	}
	w.Flush()
}

// overview lists the tables in the order of writing, with the rows of both sides, and those that go.
func (p *Plan) overview(b *strings.Builder) { writeTable(b, p.tableRows()) }

func (p *Plan) tableRows() [][]string {
	rows := [][]string{{"table", "disposition", "source", "target", "keys"}}
	for i := range p.Tables {
		t := &p.Tables[i]
		rows = append(rows, []string{t.Name, string(t.Disposition), rowsOf(p.Annex.Rows, t.Name), rowsOf(p.Annex.TargetRows, t.Name), t.keying()})
	}
	for _, name := range p.Dropped {
		rows = append(rows, []string{name, "goes", "-", rowsOf(p.Annex.TargetRows, name), "-"})
	}
	return rows
}

// writeTable writes rows of cells under each other.
func writeTable(b *strings.Builder, rows [][]string) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			before := "\t"
			if i == 0 {
				before = "  "
			}
			fmt.Fprint(w, before, oneLine(cell))
		}
		fmt.Fprintln(w)
	}
	w.Flush()
}

// oneLine writes control characters as escapes: a name with a line end or a tab in it does not break the layout.
func oneLine(text string) string {
	if strings.IndexFunc(text, unicode.IsControl) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if unicode.IsControl(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func rowsOf(rows map[string]int64, table string) string {
	n, known := rows[table]
	if !known {
		return "-"
	}
	return fmt.Sprint(n)
}

// keying tells how the keys of a copied table are made.
func (t *TablePlan) keying() string {
	switch {
	case t.Disposition != Copy:
		return "-"
	case t.KeyColumn != "":
		return t.KeyColumn + " by " + t.schemeText()
	default:
		return "none of its own"
	}
}

// columns lists what the program does with the columns of a table. Operations come in a fixed order, columns in that of the table.
func (t *TablePlan) columns(b *strings.Builder) {
	fmt.Fprintf(b, "  %s\n", oneLine(t.Name))
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, op := range []Op{OpTenant, OpKey, OpReference, OpMask, OpPass} {
		var order []string
		columns := map[string][]string{}
		for _, c := range t.Columns {
			if c.Op != op {
				continue
			}
			how := c.brief()
			if columns[how] == nil {
				order = append(order, how)
			}
			columns[how] = append(columns[how], oneLine(c.Name))
		}
		for _, how := range order {
			fmt.Fprintf(w, "    %s\t%s\n", oneLine(how), strings.Join(columns[how], ", "))
		}
	}
	w.Flush()
}

// brief is [ColumnPlan.Treatment] without versions. A fixed value is not shown.
func (c ColumnPlan) brief() string {
	switch {
	case c.Deferred:
		c.Deferred = false
		return c.brief() + ", in a second pass"
	case c.kept():
		return "secret, the target's own stays"
	case c.Op != OpMask:
		return c.Treatment()
	}
	text := "mask " + c.Rule.Mask
	if c.Rule.Domain != "" {
		text += ", domain " + c.Rule.Domain
	}
	if c.Rule.Audience != "" {
		text += ", audience " + c.Rule.Audience
	}
	return text
}
