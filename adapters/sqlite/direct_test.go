package sqlite_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
	driversqlite "modernc.org/sqlite"

	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

// plainConnector opens connections that do no more than a driver has to, as those of a host may that puts something of its own before the driver.
type plainConnector struct{ driver.Connector }

func (c plainConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	return struct{ driver.Conn }{conn}, err
}

func openPlain(t *testing.T, file string) *sqlx.DB {
	t.Helper()
	connector, err := driversqlite.NewConnector("file:" + file + "?_pragma=busy_timeout(10000)&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	db := sqlx.NewDb(sql.OpenDB(plainConnector{connector}), "sqlite")
	t.Cleanup(func() { db.Close() })
	return db
}

// storedTable has columns of every affinity, a key, a reference and a mask.
const storedTable = `CREATE TABLE stored (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, a TEXT, b NUMERIC, c REAL, d BLOB, e, f BOOLEAN, g DATE, h DATETIME, "select" VARCHAR(20), j INTEGER,
	name TEXT, parent INTEGER REFERENCES stored(id), k TEXT GENERATED ALWAYS AS (upper(a)) STORED)`

const storedRules = `
version: 1
tenant_column: tenant
tables:
  stored: {columns: {a: {pass: test data}, b: {pass: test data}, c: {pass: test data}, d: {pass: test data}, e: {pass: test data}, f: {pass: test data}, g: {pass: test data},
    h: {pass: test data}, select: {pass: test data}, j: {pass: test data}, name: last_name}}
`

// storedValues are put into every column of storedTable.
var storedValues = []string{"NULL", "''", "'text'", "'ÄÖ ☃ '''", "'a' || char(0) || 'b'", "x''", "x'00ff'", "0", "1", "-0.0", "0.1", "1.5", "3.0", "9007199254740993", "9007199254740993.0",
	"9223372036854775807", "-9223372036854775808", "9e999", "-9e999", "5e-324", "1e308", "1e20", "'007'", "'12'", "'1e5'", "'infinity'", "12345678901234567890",
	"'2020-02-29'", "'2020-02-29 23:59:59.5'", "2458909.5", "replace(hex(zeroblob(40000)), '0', 'x')", "zeroblob(70000)"}

// storedFile makes a file in which tenant 1 has a row with each value in every column. It returns the number of rows.
func storedFile(t *testing.T) (file string, rows int) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "stored.db")
	db := open(t, file, sqlite.Create, storedTable)
	for i, value := range storedValues {
		if _, err := db.Exec(fmt.Sprintf(`INSERT INTO stored (id, tenant, a, b, c, d, e, f, g, h, "select", j, name, parent) VALUES (%d, 1%s, 'name %d', %d)`,
			i+1, strings.Repeat(", "+value, 10), i, i/2+1)); err != nil {
			t.Fatalf("%s: %v", value, err)
		}
	}
	return file, len(storedValues)
}

// TestN9_TheDriverItselfAndDatabaseSQL copies every storage class in every kind of column by both ways to read and write rows.
func TestN9_TheDriverItselfAndDatabaseSQL(t *testing.T) {
	const all = `SELECT id, tenant, typeof(a), quote(a), typeof(b), quote(b), typeof(c), quote(c), typeof(d), quote(d), typeof(e), quote(e), typeof(f), quote(f), typeof(g), quote(g),
		typeof(h), quote(h), typeof("select"), quote("select"), typeof(j), quote(j), typeof(k), quote(k), name, parent FROM stored WHERE tenant = ? ORDER BY id`
	type outcome struct {
		Digest string
		Rows   [][]any
	}
	var outcomes []outcome
	for _, plain := range []bool{false, true} {
		file, rows := storedFile(t)
		db := open(t, file, sqlite.ReadWrite)
		data := db
		if plain {
			data = openPlain(t, file)
		}
		s := newStand(t, sqlite.Shared(data, sqldata.Config{}), storedRules, tenancy.Tenant{ID: "1", Kind: tenancy.Production}, tenancy.Tenant{ID: "2", Kind: tenancy.Sandbox})
		s.runner.Batch = 2000 // many batches
		done := s.refresh("1", "2")
		got := outcome{Digest: done.Receipt.Tables[0].Digest}
		for _, tenant := range []int{1, 2} {
			found, err := db.Queryx(all, tenant)
			if err != nil {
				t.Fatal(err)
			}
			for found.Next() {
				row, err := found.SliceScan()
				if err != nil {
					t.Fatal(err)
				}
				got.Rows = append(got.Rows, row)
			}
			found.Close()
		}
		if len(got.Rows) != 2*rows {
			t.Fatalf("there are %d rows instead of %d", len(got.Rows), 2*rows)
		}
		for i := range rows {
			original, copied := got.Rows[i], got.Rows[rows+i]
			if diff := cmp.Diff(original[2:24], copied[2:24]); diff != "" {
				t.Errorf("%s is another value in the copy (plain: %t):\n%s", storedValues[i], plain, diff)
			}
			if original[24] == copied[24] || copied[25] != copied[0].(int64)-original[0].(int64)+original[25].(int64) {
				t.Errorf("row %d: name %v, parent %v of %v (plain: %t)", i+1, copied[24], copied[25], original, plain)
			}
		}
		outcomes = append(outcomes, got)
	}
	if diff := cmp.Diff(outcomes[0], outcomes[1]); diff != "" {
		t.Errorf("the two ways differ (-direct +database/sql):\n%s", diff)
	}
}

// TestRowsLeftOpenEndWithTheirConnection: a reader that was not closed must not keep the engine's hold of the file.
func TestRowsLeftOpenEndWithTheirConnection(t *testing.T) {
	file, _ := storedFile(t)
	db, ctx := open(t, file, sqlite.ReadWrite), context.Background()
	data := sqlite.Shared(open(t, file, sqlite.ReadWrite), sqldata.Config{})
	if err := data.Fence(ctx, "2", 1); err != nil {
		t.Fatal(err)
	}
	description, err := data.Describe(ctx, "1")
	if err != nil {
		t.Fatal(err)
	}
	extent := refresh.Extent{Table: description.Schema.Table("stored"), Column: "tenant", Tenant: "1"}
	rows := schema.NewBatch(len(extent.Table.Stored()), 100)

	snapshot, err := data.Snapshot(ctx, "1")
	if err != nil {
		t.Fatal(err)
	}
	stage, err := data.Begin(ctx, refresh.Landing{Run: "r", Token: 1, Source: "1", Target: "2"})
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range []interface {
		Read(context.Context, refresh.Extent) (refresh.Reader, error)
	}{snapshot, stage} {
		reader, err := from.Read(ctx, extent)
		if err != nil {
			t.Fatal(err)
		}
		if err := reader.Next(ctx, rows); err != nil || rows.Len() == 0 {
			t.Fatalf("%d rows, %v", rows.Len(), err)
		}
		defer func() {
			if err := reader.Next(ctx, rows); err == nil || err == io.EOF {
				t.Errorf("a reader whose connection has ended says %v", err)
			}
			if err := reader.Close(); err != nil {
				t.Errorf("closing a reader twice: %v", err)
			}
		}()
	}
	if err := stage.Write(ctx, extent, rows); err == nil || !strings.Contains(err.Error(), "the first with id 1") {
		t.Errorf("rows that are there already were written again: %v", err)
	}
	if err := stage.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := snapshot.Close(); err != nil {
		t.Fatal(err)
	}
	var busy, frames, moved int
	if _, err := db.Exec("INSERT INTO stored (tenant) VALUES (3)"); err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRow("PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved); err != nil || busy != 0 {
		t.Errorf("somebody still reads the file: busy %d, %d of %d frames, %v", busy, moved, frames, err)
	}
}
