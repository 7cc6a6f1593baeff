package sqlite_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/adapters/memory"
	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

const assignedRules = `
version: 1
tenant_column: tenant_id
tables:
  records:
    key: station
    key_column: station
    columns: {station: {pass: a number that only identifies}, serial: {pass: a number that only identifies}, title: {pass: made-up}}
  invoices:
    key: offset
    columns: {number: {pass: a number that only identifies}, note: {pass: made-up}}
  products:
    key: tag
    columns: {code: {pass: our own number of an item}, name: {pass: made-up}}
  devices:
    key: uuid
    columns: {name: {pass: made-up}}
`

func TestC18KeysThatPeopleAssign(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "assigned.db"), sqlite.Create,
		`CREATE TABLE records (station INTEGER NOT NULL, serial INTEGER NOT NULL, tenant_id INTEGER NOT NULL, title TEXT, prior_station INTEGER, prior_serial INTEGER,
			PRIMARY KEY (station, serial), FOREIGN KEY (prior_station, prior_serial) REFERENCES records (station, serial))`,
		`CREATE TABLE invoices (number INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL, note TEXT, product TEXT REFERENCES products (code), replaces INTEGER REFERENCES invoices (number))`,
		`CREATE TABLE products (code VARCHAR(12) PRIMARY KEY NOT NULL, tenant_id INTEGER, name TEXT)`,
		`CREATE TABLE devices (id CHAR(36) PRIMARY KEY NOT NULL, tenant_id INTEGER NOT NULL, name TEXT)`,
		`INSERT INTO products VALUES ('A-1', 1, 'one'), ('ALL', NULL, 'everybody''s')`,
		`INSERT INTO invoices VALUES (101, 1, 'first', 'A-1', NULL), (102, 1, 'second', 'ALL', 101), (9000, 3, 'other''s', 'ALL', NULL)`,
		`INSERT INTO records VALUES (10, 1, 1, 'a', NULL, NULL), (10, 2, 1, 'b', 10, 1), (11, 1, 1, 'c', 10, 2), (40, 1, 3, 'other''s', NULL, NULL)`,
		`INSERT INTO devices VALUES ('f47ac10b-58cc-4372-a567-0e02b2c3d479', 1, 'pump')`)
	data := sqlite.Shared(db, sqldata.Config{})
	s := newStand(t, data, assignedRules, tenancy.Tenant{ID: "1", Kind: tenancy.Production}, tenancy.Tenant{ID: "2", Kind: tenancy.Sandbox}, tenancy.Tenant{ID: "3", Kind: tenancy.Production})
	s.runner.Profile.Keys = map[string]refresh.KeyChoice{
		"records":  {Stations: map[string]string{"10": "90", "11": "91"}},
		"invoices": {First: 100, Last: 199, Base: 700},
		"products": {Suffix: "t2"},
	}
	for range 2 {
		s.refresh("1", "2")
		for query, want := range map[string]string{
			`SELECT station || '.' || serial || ' ' || title || ' after ' || coalesce(prior_station || '.' || prior_serial, 'none') FROM records WHERE tenant_id = 2 ORDER BY station, serial`: "90.1 a after none, 90.2 b after 90.1, 91.1 c after 90.2",
			`SELECT number || ' ' || note || ' ' || product || ' ' || coalesce(replaces, 'none') FROM invoices WHERE tenant_id = 2 ORDER BY number`:                                            "701 first A-1t2 none, 702 second ALL 701",
			`SELECT code || ' ' || name FROM products WHERE tenant_id = 2`: "A-1t2 one",
			`SELECT id || ' ' || name FROM devices WHERE tenant_id = 2`:    "1cd2e18d-848e-4693-a5f0-a95c827f128f pump", // under this secret for ever
			`SELECT count(*) FROM records WHERE tenant_id = 3`:             "1",
		} {
			var rows []string
			if err := db.Select(&rows, query); err != nil {
				t.Fatal(err)
			}
			if difference := cmp.Diff(want, strings.Join(rows, ", ")); difference != "" {
				t.Errorf("%s\n(-want +got)\n%s", query, difference)
			}
		}
	}
	for _, c := range []struct{ name, statement, mend, says string }{
		{"a number outside of the range", `INSERT INTO invoices VALUES (200, 1, 'late', NULL, NULL)`, `DELETE FROM invoices WHERE number = 200`, "invoices.number: the keys of 1 rows have no copy: it is not in the range"},
		{"a station without a pair", `INSERT INTO records VALUES (12, 1, 1, 'd', NULL, NULL)`, `DELETE FROM records WHERE station = 12`, "records.station: the keys of 1 rows have no copy: its station has none"},
		{"a key that carries the tag", `INSERT INTO products VALUES ('Zt2', 1, 'x')`, `DELETE FROM products WHERE code = 'Zt2'`, "products.code: the keys of 1 rows have no copy: it carries the tag"},
		{"a key that would be too long", `INSERT INTO products VALUES ('twelve-chars', 1, 'x')`, `DELETE FROM products WHERE code = 'twelve-chars'`, "products.code: the keys of 1 rows have no copy"},
		{"a global key that carries the tag", `INSERT INTO products VALUES ('Zt2', NULL, 'x')`, `DELETE FROM products WHERE code = 'Zt2'`, "1 global keys carry the tag"},
		{"a copy's key that another tenant's item has", `INSERT INTO products VALUES ('B', 1, 'new'), ('Bt2', 3, 'x')`, `DELETE FROM products WHERE code IN ('B', 'Bt2')`, "products.code: rows of other tenants have 1 of the keys"},
		{"a copy that came to another tenant", `UPDATE records SET tenant_id = 3 WHERE station = 91`, `UPDATE records SET tenant_id = 2 WHERE station = 91`, "records.station: rows of other tenants have 1 of the keys"},
	} {
		t.Run("D5 "+c.name, func(t *testing.T) {
			db.MustExec(c.statement)
			if _, err := s.runner.Plan(context.Background(), refresh.Request{Source: "1", Target: "2"}); !errors.Is(err, refresh.ErrRefusedPlan) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "Zt2") {
				t.Errorf("%v; want %q, and no value but a number", err, c.says)
			}
			db.MustExec(c.mend)
		})
	}
	t.Run("a UUID in upper case", func(t *testing.T) {
		db.MustExec(`UPDATE devices SET id = upper(id) WHERE tenant_id = 1`)
		id := s.request("1", "2")
		if _, err := s.runner.Run(context.Background(), id); err == nil || !strings.Contains(err.Error(), "devices.id: the key of a row has no copy: it is no UUID in its usual form") || strings.Contains(err.Error(), "F47AC") {
			t.Error(err)
		}
		if err := s.runner.Abandon(context.Background(), id); err != nil {
			t.Error(err)
		}
		db.MustExec(`UPDATE devices SET id = lower(id) WHERE tenant_id = 1`)
	})
	done := s.refresh("1", "2")
	s.runner.Profile.Keys["products"] = refresh.KeyChoice{Suffix: "t3"}
	if findings, err := s.runner.Verify(context.Background(), done.ID); err == nil || !strings.Contains(err.Error(), "products.code") {
		t.Errorf("the profile says other keys than the run made, and Verify finds %v, %v", findings, err)
	}
}

// A copy may come to the tenant that it was made of, and is then an original like any other (C1).
func TestN1_ACopyThatMovesToItsSource(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "moves.db"), sqlite.Create,
		`CREATE TABLE devices (id UUID PRIMARY KEY NOT NULL, tenant INTEGER NOT NULL, name TEXT)`,
		`INSERT INTO devices VALUES ('f47ac10b-58cc-4372-a567-0e02b2c3d479', 1, 'pump'), ('0190aaaa-58cc-7372-a567-0e02b2c3d479', 1, 'fan')`)
	s := newStand(t, sqlite.Shared(db, sqldata.Config{}), `
version: 1
tenant_column: tenant
tables:
  devices:
    columns: {name: {pass: made-up}}
`, tenancy.Tenant{ID: "1", Kind: tenancy.Production}, tenancy.Tenant{ID: "2", Kind: tenancy.Sandbox})
	var ever []string
	for round := range 4 {
		s.refresh("1", "2")
		var copies []string
		if err := db.Select(&copies, `SELECT id FROM devices WHERE tenant = 2 ORDER BY id`); err != nil || len(copies) != 2+round {
			t.Fatalf("round %d: %d copies, %v", round, len(copies), err)
		}
		for _, id := range copies {
			if slices.Contains(ever, id) {
				t.Errorf("round %d: a copy has the key %s, which moved away", round, id)
			}
		}
		ever = append(ever, copies[0])
		db.MustExec(`UPDATE devices SET tenant = 1 WHERE id = ?`, copies[0])
		if round == 2 { // people's side forgets; the database does not
			directory := memory.NewDirectory(tenancy.Tenant{ID: "1", Kind: tenancy.Production}, tenancy.Tenant{ID: "2", Kind: tenancy.Sandbox})
			s.desk.Directory, s.runner.Directory = directory, directory
		}
	}
}
