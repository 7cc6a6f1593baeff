package adaptertest

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

// copied is what a checker learned about a copy: the key that stands for each original, and the fake for each value.
type copied struct {
	keys  map[string]map[string]string // by table and original's key
	rows  map[string]map[string]string // keys by table and label
	fakes map[string]map[string]string // by mask and value
}

// expectation is what the copy of source in the tenant target has to be.
type expectation struct {
	crm     CRM
	source  Rows
	globals Rows // of no tenant
	target  tenancy.ID
	outside masking.Outside
	masked  bool
	remap   bool     // keys are mapped although the tenant has tables of its own
	old     []Row    // the companies that the target had, with tokens of their own
	only    []string // the tables that are copied; nil is all that belong to the tenant
}

// check pairs originals and copies by label and holds each cell against the rules of the CRM, without any knowledge of how the copy was made. It
// returns what it learned, and in words what is wrong.
func (e expectation) check(copies Rows) (copied, []string) {
	found := copied{keys: map[string]map[string]string{}, rows: map[string]map[string]string{}, fakes: map[string]map[string]string{}}
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	pairs := map[string][][2]Row{}
	for _, table := range e.tables() {
		pairs[table.name] = e.pair(table, copies, say)
		keys, rows := map[string]string{}, map[string]string{}
		for _, pair := range pairs[table.name] {
			keys[pair[0][table.toKey()]] = pair[1][table.toKey()]
			rows[pair[0]["label"]] = pair[1][table.toKey()]
		}
		found.keys[table.name], found.rows[table.name] = keys, rows
	}
	for _, table := range e.tables() {
		for _, pair := range pairs[table.name] {
			for _, column := range table.columns {
				if message := e.cell(table, column, pair[0], pair[1], &found); message != "" {
					say("%s.%s of %s: %s", table.name, column.name, pair[0]["label"], message)
				}
			}
		}
	}
	return found, wrong
}

func (e expectation) tables() []crmTable {
	var tables []crmTable
	for _, table := range e.crm.tables() {
		chosen := e.only == nil
		for _, name := range e.only {
			chosen = chosen || name == table.name
		}
		if chosen && !table.global {
			tables = append(tables, table)
		}
	}
	return tables
}

// pair finds the one copy of each original.
func (e expectation) pair(table crmTable, copies Rows, say func(string, ...any)) [][2]Row {
	byLabel := map[string][]Row{}
	for _, row := range copies[table.name] {
		byLabel[row["label"]] = append(byLabel[row["label"]], row)
	}
	var pairs [][2]Row
	for _, row := range e.source[table.name] {
		found := byLabel[row["label"]]
		delete(byLabel, row["label"])
		if len(found) != 1 {
			say("%s: the row %s has %d copies instead of one (A1)", table.name, row["label"], len(found))
			continue
		}
		pairs = append(pairs, [2]Row{row, found[0]})
	}
	for name := range byLabel {
		say("%s: the row %s is in the target and not in the source (A2)", table.name, name)
	}
	return pairs
}

// cell returns "" for a cell that is as it has to be.
func (e expectation) cell(table crmTable, column crmColumn, original, made Row, found *copied) string {
	was, had := original[column.name]
	is, has := made[column.name]
	want, some := was, had
	switch {
	case column.name == TenantColumn:
		want, some = string(e.target), true
	case column.name == table.toKey() && table.name == "parts" && e.moves():
		want = string(e.target) + "-" + was
	case column.name == table.toKey() && table.keyed(column) && e.moves() && table.name != "lines":
		if is == was {
			return fmt.Sprintf("copy and original have the same key %s", was)
		}
		if column.kind == schema.UUID && (!has || len(is) != len(was) || is[14] != was[14] || was[14] == '7' && is[:13] != was[:13]) {
			return fmt.Sprintf("the copy of %s has the key %s, which is of another version or of another time", was, show(is, has))
		}
		return ""
	case column.mask == keptSecret:
		want, some = e.ownSecret(column, made)
	case column.to != "" && had:
		want, some = e.reference(column, was, found)
	case column.mask != "" && !column.passes() && e.masked:
		return e.mask(column.mask, was, is, had, has, found)
	}
	if has != some || is != want {
		return fmt.Sprintf("it is %s and should be %s", show(is, has), show(want, some))
	}
	return ""
}

// moves tells whether copies have other keys than their originals.
func (e expectation) moves() bool { return !e.crm.own() || e.remap }

// ownSecret returns what the target's row of the same key had.
func (e expectation) ownSecret(column crmColumn, made Row) (string, bool) {
	for _, row := range e.old {
		if row["id"] == made["id"] {
			value, had := row[column.name]
			return value, had
		}
	}
	return "", false
}

// reference returns the key that the copy of a reference should hold.
func (e expectation) reference(column crmColumn, was string, found *copied) (string, bool) {
	if key, copied := found.keys[column.to][was]; copied {
		return key, true
	}
	to := e.crm.table(column.to)
	for _, row := range e.globals[to.name] {
		if row[to.toKey()] == was {
			return was, true
		}
	}
	if e.outside == masking.OutsidePass {
		return was, true
	}
	return "", false
}

// mask holds a fake against what the mask promises, and against the fakes seen before.
func (e expectation) mask(mask, was, is string, had, has bool, found *copied) string {
	switch {
	case mask == masking.Null:
		if has {
			return "it is not NULL, although the rule says so"
		}
		return ""
	case !had || was == "":
		if has != had || is != was {
			return fmt.Sprintf("it was %s and is %s", show(was, had), show(is, has))
		}
		return ""
	case !has || is == "" || is == was:
		return fmt.Sprintf("%s does not mask %s", show(is, has), show(was, had))
	case mask == "email" && !strings.HasSuffix(is, ".invalid"):
		return fmt.Sprintf("somebody may receive mail at the fake %s", is)
	case mask == "redact" && (strings.Trim(is, "x \t\r\n") != "" || utf8.RuneCountInString(is) != utf8.RuneCountInString(was)):
		return fmt.Sprintf("%s does not redact %s", show(is, has), show(was, had))
	}
	if found.fakes[mask] == nil {
		found.fakes[mask] = map[string]string{}
	}
	if before, seen := found.fakes[mask][was]; seen && before != is {
		return fmt.Sprintf("%s has the fakes %s and %s (N1)", show(was, had), show(before, true), show(is, has))
	}
	found.fakes[mask][was] = is
	return ""
}

// stable returns, in words, which rows and values that both copies hold have other keys or fakes in the second one (N1).
func (c copied) stable(later copied) []string {
	var wrong []string
	for what, pair := range map[string][2]map[string]map[string]string{"key": {c.rows, later.rows}, "fake": {c.fakes, later.fakes}} {
		for of, before := range pair[0] {
			for name, was := range before {
				if is, still := pair[1][of][name]; still && is != was {
					wrong = append(wrong, fmt.Sprintf("%s: %s has the %s %s and had %s on the refresh before (N1)", of, show(name, true), what, show(is, true), show(was, true)))
				}
			}
		}
	}
	return wrong
}

func show(text string, some bool) string {
	if !some {
		return "NULL"
	}
	if len(text) > 60 {
		return fmt.Sprintf("%.40q… (%d bytes)", text, len(text))
	}
	return fmt.Sprintf("%q", text)
}
