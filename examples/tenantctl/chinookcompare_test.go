package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"
)

// contents are the rows of a tenant by table, in order of their keys; each row by column.
type contents map[string][]map[string]string

// read reads all rows of a tenant, or of a whole database if tenant is 0, by plain SQL.
func read(t testing.TB, db *sqlx.DB, tenant int64) contents {
	t.Helper()
	all := contents{}
	for _, c := range chinookColumns {
		names, _ := columns(c.columns)
		quoted := make([]string, len(names))
		for i, name := range names {
			quoted[i] = fmt.Sprintf(`CAST(%q AS text) AS %q`, name, name)
		}
		where := ""
		if tenant != 0 && !c.global {
			where = fmt.Sprintf(" WHERE tenant_id = %d", tenant)
		}
		rows, err := db.Queryx(fmt.Sprintf(`SELECT %s FROM %q%s ORDER BY %q.%q, 2`, strings.Join(quoted, ", "), c.table, where, c.table, names[0]))
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values, err := rows.SliceScan()
			if err != nil {
				t.Fatal(err)
			}
			row := map[string]string{}
			for i, name := range names {
				row[name] = text(values[i])
			}
			all[c.table] = append(all[c.table], row)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// personal are the columns in which nothing may stay as it was. A first or a last name alone may, by chance, since the parts of a fictitious person do
// not know what they replace; both together may not.
var personal = map[string][]string{
	"Customer": {"Company", "Address", "City", "State", "PostalCode", "Phone", "Fax", "Email"},
	"Employee": {"Address", "City", "State", "PostalCode", "Phone", "Fax", "Email", "BirthDate"},
	"Invoice":  {"BillingAddress", "BillingCity", "BillingState", "BillingPostalCode"},
}

// passed are columns that have to be as they were.
var passed = map[string][]string{
	"Customer": {"Country"}, "Employee": {"Country"}, "Invoice": {"InvoiceDate", "Total", "BillingCountry"},
	"InvoiceLine": {"UnitPrice", "Quantity"}, "Track": {"Name", "Milliseconds", "Bytes", "UnitPrice"}, "Album": {"Title"},
	"Genre": {"Name"}, "MediaType": {"Name"},
}

// compareChinook holds a copy against its source: as many rows, every person masked, every reference to the counterpart of the row it led to. It returns what is wrong.
func compareChinook(source, target contents) []string {
	var wrong []string
	report := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	keys := map[string]map[string]string{} // of each table: the original's key to the copy's
	for _, c := range chinookColumns {
		names, kinds := columns(c.columns)
		if len(source[c.table]) == 0 || len(source[c.table]) != len(target[c.table]) {
			report("%s: %d rows, and %d in the copy", c.table, len(source[c.table]), len(target[c.table]))
			continue
		}
		keys[c.table] = map[string]string{}
		if kinds[0] == "id" {
			for i, row := range source[c.table] {
				keys[c.table][row[names[0]]] = target[c.table][i][names[0]]
			}
		}
	}
	for _, c := range chinookColumns {
		names, kinds := columns(c.columns)
		if c.table == "PlaylistTrack" {
			wrong = append(wrong, comparePairs(source[c.table], target[c.table], keys)...)
			continue
		}
		for i, row := range source[c.table] {
			if i >= len(target[c.table]) {
				break
			}
			copied := target[c.table][i]
			for k, name := range names {
				if to, refers := strings.CutPrefix(kinds[k], "→"); refers && row[name] != "NULL" && keys[to][row[name]] != copied[name] {
					report("%s %s: %s leads to %s, not to the counterpart %s", c.table, row[names[0]], name, copied[name], keys[to][row[name]])
				} else if refers && row[name] == "NULL" && copied[name] != "NULL" {
					report("%s %s: %s was NULL", c.table, row[names[0]], name)
				}
			}
			for _, name := range personal[c.table] {
				if row[name] != "NULL" && row[name] == copied[name] {
					report("%s %s: %s is not masked", c.table, row[names[0]], name)
				}
			}
			if row["LastName"] != "" && row["FirstName"] == copied["FirstName"] && row["LastName"] == copied["LastName"] {
				report("%s %s: the person is not masked", c.table, row[names[0]])
			}
			for _, name := range passed[c.table] {
				if row[name] != copied[name] {
					report("%s %s: %s is %s and was %s", c.table, row[names[0]], name, copied[name], row[name])
				}
			}
			if email, there := copied["Email"]; there && !strings.HasSuffix(email, ".invalid") {
				report("%s %s: an e-mail address that somebody may have", c.table, row[names[0]])
			}
		}
	}
	return wrong
}

// comparePairs compares the table that has no key of its own.
func comparePairs(source, target []map[string]string, keys map[string]map[string]string) (wrong []string) {
	var want, got []string
	for _, row := range source {
		want = append(want, keys["Playlist"][row["PlaylistId"]]+" "+keys["Track"][row["TrackId"]])
	}
	for _, row := range target {
		got = append(got, row["PlaylistId"]+" "+row["TrackId"])
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		wrong = append(wrong, "PlaylistTrack: the copy's pairs are not those of the source")
	}
	return wrong
}

// TestCompareChinookFindsDefects shows that the comparison can fail.
func TestCompareChinookFindsDefects(t *testing.T) {
	if !chinookThere() {
		t.Skip("the sample data is not there: " + chinookFile)
	}
	db := openTest(t, "sqlite:"+t.TempDir()+"/shared.db")
	shareChinook(t, db)
	source, target := read(t, db, north), read(t, db, south)
	maskByHand := func() {
		for table, names := range personal {
			for _, row := range target[table] {
				for _, name := range append([]string{"LastName"}, names...) {
					row[name] = "x.invalid"
				}
			}
		}
	}
	maskByHand()
	if wrong := compareChinook(source, target); len(wrong) > 0 {
		t.Fatalf("a copy without defects: %v", wrong)
	}
	for name, damage := range map[string]func(){
		"a person":    func() { target["Customer"][7]["LastName"] = source["Customer"][7]["LastName"] },
		"a boss":      func() { target["Employee"][3]["ReportsTo"] = target["Employee"][4]["EmployeeId"] },
		"an amount":   func() { target["Invoice"][9]["Total"] = "0" },
		"a pair":      func() { target["PlaylistTrack"][0]["TrackId"] = "1" },
		"a lost line": func() { target["InvoiceLine"] = target["InvoiceLine"][1:] },
	} {
		damage()
		if len(compareChinook(source, target)) == 0 {
			t.Errorf("%s: not found", name)
		}
		target = read(t, db, south)
		maskByHand()
	}
}
