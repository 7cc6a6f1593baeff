package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/postgres"
	"github.com/retenant/retenant/adapters/sqlite"
)

// chinookFile is the public sample database, where it is there at all.
const chinookFile = "../../../shared/data/chinook/chinook.sqlite"

// The tenants of the Chinook database in shared tables.
const (
	north   = 1 // production, the source
	south   = 2 // another production
	sandbox = 3 // the target
)

// chinookColumns lists the columns of each table, with its key first. An arrow leads to the table that a column refers to.
var chinookColumns = []struct {
	table   string
	global  bool
	columns string
}{
	{"Genre", true, "GenreId id, Name text"},
	{"MediaType", true, "MediaTypeId id, Name text"},
	{"Artist", false, "ArtistId id, Name text"},
	{"Album", false, "AlbumId id, Title text, ArtistId →Artist"},
	{"Track", false, "TrackId id, Name text, AlbumId →Album, MediaTypeId →MediaType, GenreId →Genre, Composer text, Milliseconds bigint, Bytes bigint, UnitPrice numeric(10,2)"},
	{"Employee", false, "EmployeeId id, LastName varchar(20), FirstName varchar(20), Title varchar(30), ReportsTo →Employee, BirthDate timestamp, HireDate timestamp, Address varchar(70), " +
		"City varchar(40), State varchar(40), Country varchar(40), PostalCode varchar(10), Phone varchar(24), Fax varchar(24), Email varchar(60)"},
	{"Customer", false, "CustomerId id, FirstName varchar(40), LastName varchar(20), Company varchar(80), Address varchar(70), City varchar(40), State varchar(40), Country varchar(40), " +
		"PostalCode varchar(10), Phone varchar(24), Fax varchar(24), Email varchar(60), SupportRepId →Employee"},
	{"Invoice", false, "InvoiceId id, CustomerId →Customer, InvoiceDate timestamp, BillingAddress varchar(70), BillingCity varchar(40), BillingState varchar(40), BillingCountry varchar(40), " +
		"BillingPostalCode varchar(10), Total numeric(10,2)"},
	{"InvoiceLine", false, "InvoiceLineId id, InvoiceId →Invoice, TrackId →Track, UnitPrice numeric(10,2), Quantity bigint"},
	{"Playlist", false, "PlaylistId id, Name text"},
	{"PlaylistTrack", false, "PlaylistId →Playlist, TrackId →Track"},
}

// columns splits the list of a table.
func columns(list string) (names, kinds []string) {
	depth := 0
	for _, part := range strings.FieldsFunc(list, func(r rune) bool {
		depth += strings.Count("(", string(r)) - strings.Count(")", string(r))
		return r == ',' && depth == 0
	}) {
		name, kind, _ := strings.Cut(strings.TrimSpace(part), " ")
		names, kinds = append(names, name), append(kinds, kind)
	}
	return names, kinds
}

// openTest opens a database of a test by its URL.
func openTest(t testing.TB, url string) *sqlx.DB {
	t.Helper()
	var db *sqlx.DB
	var err error
	if file, found := strings.CutPrefix(url, "sqlite:"); found {
		db, err = sqlite.Open(context.Background(), file, sqlite.Create)
	} else {
		db, err = postgres.Open(context.Background(), url)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// shareChinook puts the Chinook database into tables that three tenants share. The key of a row is three times the original's and the tenant, so that keys lie
// between each other.
func shareChinook(t testing.TB, db *sqlx.DB) {
	t.Helper()
	source, err := sqlite.Open(context.Background(), chinookFile, sqlite.ReadOnly)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	exec := func(statement string) {
		t.Helper()
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%.300s: %v", statement, err)
		}
	}
	global := map[string]bool{}
	for _, c := range chinookColumns {
		global[c.table] = c.global
		names, kinds := columns(c.columns)
		definition := createTable(db.DriverName(), c.table, c.global, names, kinds)
		exec(definition)
		rows, err := source.Queryx(fmt.Sprintf(`SELECT %s FROM %q`, `"`+strings.Join(names, `", "`)+`"`, c.table))
		if err != nil {
			t.Fatal(err)
		}
		var values []string
		flush := func() {
			if len(values) > 0 {
				exec(fmt.Sprintf("INSERT INTO %q VALUES %s", c.table, strings.Join(values, ", ")))
				values = values[:0]
			}
		}
		for rows.Next() {
			row, err := rows.SliceScan()
			if err != nil {
				t.Fatal(err)
			}
			for _, tenant := range []int64{north, south, sandbox} {
				if c.global && tenant > north {
					break
				}
				values = append(values, "("+strings.Join(literals(row, kinds, global, tenant, c.global), ", ")+")")
			}
			if len(values) > 400 {
				flush()
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		flush()
		if db.DriverName() == "pgx" && kinds[0] == "id" {
			exec(fmt.Sprintf(`SELECT setval(pg_get_serial_sequence('"%s"', '%s'), (SELECT max(%q) FROM %q))`, c.table, names[0], names[0], c.table))
		}
	}
}

func createTable(driver, table string, global bool, names, kinds []string) string {
	var parts []string
	if !global {
		parts = append(parts, `tenant_id bigint NOT NULL`)
	}
	var key []string
	for i, name := range names {
		definition := fmt.Sprintf("%q ", name)
		to, refers := strings.CutPrefix(kinds[i], "→")
		switch {
		case kinds[i] == "id" && driver == "sqlite":
			definition += "INTEGER PRIMARY KEY"
		case kinds[i] == "id":
			definition += "bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"
		case refers:
			definition += fmt.Sprintf("bigint REFERENCES %q", to)
		default:
			definition += kinds[i]
		}
		if table == "PlaylistTrack" {
			key = append(key, fmt.Sprintf("%q", name))
		}
		parts = append(parts, definition)
	}
	if key != nil {
		parts = append(parts, "PRIMARY KEY ("+strings.Join(key, ", ")+")")
	}
	return fmt.Sprintf("CREATE TABLE %q (%s)", table, strings.Join(parts, ", "))
}

// literals writes a row of Chinook as it stands in the shared tables.
func literals(row []any, kinds []string, global map[string]bool, tenant int64, globalTable bool) []string {
	var list []string
	if !globalTable {
		list = append(list, fmt.Sprint(tenant))
	}
	for i, value := range row {
		to, refers := strings.CutPrefix(kinds[i], "→")
		number, isNumber := value.(int64)
		switch {
		case value == nil:
			list = append(list, "NULL")
		case isNumber && (kinds[i] == "id" && !globalTable || refers && !global[to]):
			list = append(list, fmt.Sprint(3*number+tenant))
		default:
			list = append(list, "'"+strings.ReplaceAll(text(value), "'", "''")+"'")
		}
	}
	return list
}

// text gives a value of either engine in one form.
func text(value any) string {
	switch v := value.(type) {
	case nil:
		return "NULL"
	case []byte:
		return string(v)
	case interface{ Format(string) string }: // a time
		return v.Format("2006-01-02 15:04:05")
	}
	return fmt.Sprint(value)
}
