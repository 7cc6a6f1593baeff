package adaptertest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/retenant/retenant/tenancy"
)

// Row is a row as a host writes and reads it: the text of each column; NULL is absent. Rows that the suites write are in canonical form (see
// package schema); rows that a [Database] reads back may be in any form that is the same for the same value, but for texts and integers,
// which are canonical.
type Row map[string]string

// Rows are rows by table.
type Rows map[string][]Row

// exotic are texts that stores, drivers and SQL like to break.
var exotic = []string{
	"", "NULL", `O'Brien "the" \ back\slash`, "Zoë 李小龍 😀 ñ́", "tab\tline\nfeed\r\n", "100% %s $1 ? :name", " leading and trailing ",
	strings.Repeat("long and wide 漢 ", 1500), `\x00 {"json": [1]}`, "--; DROP TABLE notes",
}

// populate makes rows for each tenant, about size to a table, the same for the same arguments. Where tables are shared, the rows of the tenant ""
// are those of no tenant, keys are drawn from one sequence with gaps, and the tenants' keys are interleaved.
func (c CRM) populate(tenants []tenancy.ID, size int) map[tenancy.ID]Rows {
	g := generator{crm: c, rows: map[tenancy.ID]Rows{}, last: map[string]int64{}}
	owners := slices.Clone(tenants)
	if c.own() {
		for _, tenant := range tenants {
			g.rows[tenant] = Rows{"countries": countries()}
		}
	} else {
		g.rows[""] = Rows{"countries": countries()}
		for i := range 3 {
			g.add("", "items", i, Row{"name": exotic[i+2], "price": "0.10"})
			g.add("", "assets", i, Row{"title": exotic[i+1]})
		}
	}
	for _, of := range []struct {
		table string
		rows  int
	}{{"companies", size/3 + 1}, {"persons", size + 2}, {"items", size/2 + 1}, {"orders", size + 1}, {"lines", 2 * size}, {"activities", size + 3}, {"assets", size/2 + 2}, {"parts", size/3 + 2}, {"notes", size/2 + len(exotic)}} {
		for i := range of.rows {
			for _, tenant := range owners {
				g.add(tenant, of.table, i, g.row(tenant, of.table, i))
			}
		}
	}
	for _, tenant := range tenants { // one reference leads forward, and the others back to it: a cycle
		activities := g.rows[tenant]["activities"]
		activities[0]["parent_id"] = activities[len(activities)-1]["id"]
	}
	return g.rows
}

func countries() []Row {
	return []Row{{"code": "AU", "label": "country-AU", "name": "Australia"}, {"code": "CZ", "label": "country-CZ", "name": "Česko"}, {"code": "NO", "label": "country-NO"}}
}

type generator struct {
	crm  CRM
	rows map[tenancy.ID]Rows
	last map[string]int64
}

// add completes a row with key, tenant and label.
func (g *generator) add(tenant tenancy.ID, table string, i int, row Row) {
	if g.rows[tenant] == nil {
		g.rows[tenant] = Rows{}
	}
	t := g.crm.table(table)
	if t.columns[0].serial {
		space := table
		if g.crm.own() {
			space += "@" + string(tenant)
		}
		g.last[space] += 1 + int64((7*i+len(tenant)+len(table))%4)
		row["id"] = strconv.FormatInt(g.last[space], 10)
	}
	switch table {
	case "assets":
		row["id"] = uuid(tenant, strconv.Itoa(i))
	case "parts":
		row["code"] = fmt.Sprintf("P%s.%d", tenant, i)
	}
	if tenant != "" && !g.crm.own() {
		row[TenantColumn] = string(tenant)
	}
	row["label"] = fmt.Sprintf("%s-%s-%d", tenant, table, i)
	g.rows[tenant][table] = append(g.rows[tenant][table], row)
}

// ref returns the key of the tenant's row i of a table, counted round.
func (g *generator) ref(tenant tenancy.ID, table string, i int) string {
	rows := g.rows[tenant][table]
	return rows[i%len(rows)][g.crm.table(table).toKey()]
}

// uuid returns a UUID, of version 4 or 7 in turn.
func uuid(tenant tenancy.ID, name string) string {
	sum := sha256.Sum256([]byte(string(tenant) + " " + name))
	version := "47"[sum[31]%2]
	text := hex.EncodeToString(sum[:16])
	return fmt.Sprintf("%s-%s-%c%s-%c%s-%s", text[:8], text[8:12], version, text[13:16], "89ab"[sum[30]%4], text[17:20], text[20:])
}

// row makes the columns of a row that are neither key nor tenant nor label. What would be NULL is left out.
func (g *generator) row(tenant tenancy.ID, table string, i int) Row {
	row := Row{}
	set := func(name, value string, null bool) {
		if !null {
			row[name] = value
		}
	}
	switch table {
	case "companies":
		set("name", fmt.Sprintf("Acme %d Pty", i), false)
		set("token", fmt.Sprintf("secret of company %d of %s", i, tenant), i%5 == 2)
		set("phone", fmt.Sprintf("+61 2 9999 %04d", i), i%4 == 3)
		set("country", []string{"AU", "CZ", "NO"}[i%3], i%5 == 4)
	case "persons":
		set("company_id", g.ref(tenant, "companies", i), i%5 == 4)
		set("first_name", []string{"Ann", "Zoë", "", "O'Neil", "李"}[i%5], i%7 == 6)
		set("last_name", fmt.Sprintf("Meier %d", i%6), false)
		set("email", fmt.Sprintf("p%d.%s@example.org", i, tenant), i%6 == 5)
		set("born", fmt.Sprintf("19%02d-02-28", 40+i%60), i%3 == 2)
		set("active", strconv.FormatBool(i%2 == 0), false)
	case "items":
		set("name", exotic[i%len(exotic)], i%4 == 3)
		set("price", fmt.Sprintf("%d.%02d", i, i%100), i%6 == 5)
	case "orders":
		set("person_id", g.ref(tenant, "persons", 3*i), false)
		set("placed", fmt.Sprintf("2026-03-%02d 23:59:59.%05d1", 1+i%28, 10000+i), i%8 == 7)
		set("remark", "call "+strconv.Itoa(i), i%3 == 0)
	case "lines":
		set("order_id", g.ref(tenant, "orders", i/2), false)
		set("line_no", strconv.Itoa(1+i), false)
		set("item_id", g.ref(tenant, "items", i), i%7 == 6)
		if i%3 == 0 && !g.crm.own() {
			set("item_id", g.ref("", "items", i), false)
		}
		set("quantity", strconv.Itoa(i-5), i%9 == 8)
	case "activities":
		if i > 0 {
			set("parent_id", g.ref(tenant, "activities", i/2), false)
		}
		set("person_id", g.ref(tenant, "persons", i+1), i%4 == 1)
		set("subject", fmt.Sprintf("Talk %d with Ann Meier about\nprices", i%3), i%5 == 3)
	case "assets":
		if i > 0 {
			set("parent_id", g.ref(tenant, "assets", i/2), i%5 == 4)
		}
		if i%3 == 1 && !g.crm.own() {
			set("parent_id", g.ref("", "assets", i), false)
		}
		set("person_id", g.ref(tenant, "persons", 2*i), i%4 == 3)
		set("title", exotic[(i+1)%len(exotic)], i%6 == 5)
	case "parts":
		set("asset_id", g.ref(tenant, "assets", i), i%4 == 2)
		if i%3 == 2 && !g.crm.own() {
			set("asset_id", g.ref("", "assets", i), false)
		}
		if i > 0 {
			set("part_of", g.ref(tenant, "parts", i/2), i%3 == 0)
		}
	case "notes":
		g.note(set, tenant, i)
	}
	return row
}

// note sets a value of every type, its extremes included; the first rows take turns at being NULL.
func (g *generator) note(set func(name, value string, null bool), tenant tenancy.ID, i int) {
	pick := func(values ...string) string { return values[i%len(values)] }
	set("person_id", g.ref(tenant, "persons", i), i%3 == 1)
	set("title", exotic[i%len(exotic)], i%11 == 10)
	set("body", exotic[(i+3)%len(exotic)], i%5 == 4)
	set("number", pick("9223372036854775807", "-9223372036854775808", "0", "-1", "42"), i%8 == 0)
	set("ratio", pick("0.1", "-1.5e-09", "1e+21", "3", "123456.789"), i%8 == 1)
	set("amount", pick("0", "-19.5", "99999999.25", "0.001"), i%8 == 2)
	set("flag", pick("true", "false"), i%8 == 3)
	set("day", pick("2024-02-29", "0001-01-01", "9999-12-31", "1969-12-31"), i%8 == 4)
	set("clock", pick("00:00:00", "23:59:59.999999", "12:30:00.5"), i%8 == 5)
	set("moment", pick("2026-04-05 02:30:00", "1899-12-31 00:00:00.000001", "9999-12-31 23:59:59.999999"), i%8 == 6)
	set("instant", pick("2026-04-05 02:30:00+00", "2000-01-01 12:00:00.25+00"), i%8 == 7)
	set("token", pick("00000000-0000-0000-0000-000000000000", "f47ac10b-58cc-4372-a567-0e02b2c3d479"), i%8 == 0)
	set("raw", pick("", "\x00\xff'\\x", "plain", strings.Repeat("\x00\x01\xfe", 999)), i%8 == 1)
	set("document", pick(`{"a": [1, null, "x"]}`, `"text"`, `[]`), i%8 == 2)
}
