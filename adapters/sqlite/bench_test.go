package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/memory"
	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

const benchTables = `CREATE TABLE persons (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, first TEXT, last TEXT, email TEXT, phone TEXT, city TEXT, born TEXT, active INTEGER);
CREATE INDEX persons_tenant ON persons (tenant);
CREATE TABLE orders (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, person INTEGER REFERENCES persons(id), placed TEXT, amount NUMERIC, state TEXT);
CREATE INDEX orders_tenant ON orders (tenant);
CREATE INDEX orders_person ON orders (person)`

const benchRules = `
version: 1
tenant_column: tenant
tables:
  persons: {columns: {first: first_name, last: last_name, email: email, phone: phone, city: {pass: of a million people}, born: {pass: test data here}, active: {pass: a flag}}}
  orders: {columns: {placed: {pass: a time}, amount: {pass: a sum}, state: {pass: a word of ours}}}
`

// benchFile makes tenants 1 and 3 with rows persons and three orders each; 2 is empty.
func benchFile(b *testing.B, persons int) *sqlx.DB {
	b.Helper()
	db, err := sqlite.Open(context.Background(), filepath.Join(b.TempDir(), "bench.db"), sqlite.Create)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	db.MustExec(benchTables)
	for _, tenant := range []int{1, 3} {
		db.MustExec(`INSERT INTO persons (tenant, first, last, email, phone, city, born, active)
			WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
			SELECT ?1, 'First' || (i % 500), 'Last' || (i % 5000), 'person' || i || '@example.org', '+61 2 5550 ' || i, 'City ' || (i % 90), '1970-01-01', i % 2 FROM n`, tenant, persons)
		db.MustExec(`INSERT INTO orders (tenant, person, placed, amount, state)
			SELECT ?1, p.id, '2026-01-01 10:00:00', p.id % 1000 + 0.5, 'shipped' FROM persons p, (VALUES (1), (2), (3)) WHERE p.tenant = ?1`, tenant)
	}
	return db
}

// benchStatements copy tenant 1's rows to tenant 2, unmasked. The first way finds new keys by a map, as a host would have to; the second by adding
// a number, which only works where keys are dense.
var benchStatements = map[string][]string{
	"map": {
		`CREATE TEMP TABLE map AS SELECT id AS old, (SELECT max(id) FROM persons) + row_number() OVER (ORDER BY id) AS new FROM persons WHERE tenant = 1`,
		`CREATE UNIQUE INDEX temp.map_old ON map (old)`,
		`INSERT INTO persons SELECT m.new, 2, first, last, email, phone, city, born, active FROM persons p JOIN map m ON m.old = p.id WHERE tenant = 1`,
		`INSERT INTO orders (tenant, person, placed, amount, state) SELECT 2, m.new, placed, amount, state FROM orders o JOIN map m ON m.old = o.person WHERE tenant = 1`,
	},
	"add": {
		`INSERT INTO persons SELECT id + (SELECT max(id) FROM persons), 2, first, last, email, phone, city, born, active FROM persons WHERE tenant = 1`,
		`INSERT INTO orders SELECT id + (SELECT max(id) FROM orders), 2, person + (SELECT max(id) FROM persons WHERE tenant = 3), placed, amount, state FROM orders WHERE tenant = 1`,
	},
}

// benchReference runs the statements of one way in a transaction, with as much memory as a landing has.
func benchReference(b *testing.B, db *sqlx.DB, way string) time.Duration {
	b.Helper()
	conn := benchConn(b, db)
	start := time.Now()
	for _, statement := range append(append([]string{"BEGIN IMMEDIATE"}, benchStatements[way]...), "COMMIT") {
		benchExec(b, conn, statement)
	}
	return time.Since(start)
}

// benchConn returns a connection with the settings of a landing.
func benchConn(b *testing.B, db *sqlx.DB) *sqlx.Conn {
	b.Helper()
	conn, err := db.Connx(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	for _, statement := range []string{"PRAGMA foreign_keys = OFF", "PRAGMA cache_size = -32768", "PRAGMA temp_store = FILE"} {
		benchExec(b, conn, statement)
	}
	return conn
}

func benchExec(b *testing.B, conn *sqlx.Conn, statement string) {
	b.Helper()
	if _, err := conn.ExecContext(b.Context(), statement); err != nil {
		b.Fatalf("%s: %v", statement, err)
	}
}

// BenchmarkSharedCopy measures a masked refresh against INSERT … SELECT of the same rows into the same indexes, unmasked, through the same driver. The
// ratios are the result: of the copy with its commit, and of the verification, which INSERT … SELECT does not do.
func BenchmarkSharedCopy(b *testing.B) {
	const persons = 50000
	var byMap, byAdding, copied, verified time.Duration
	for range b.N {
		byMap += benchReference(b, benchFile(b, persons), "map")
		steps := benchRefresh(b, benchFile(b, persons))
		copied += steps["copy"] + steps["commit"]
		verified += steps["verify"]
		byAdding += benchReference(b, benchFile(b, persons), "add")
	}
	b.ReportMetric(copied.Seconds()/byMap.Seconds(), "copy/map")
	b.ReportMetric(copied.Seconds()/byAdding.Seconds(), "copy/add")
	b.ReportMetric(verified.Seconds()/byMap.Seconds(), "verify/map")
	b.ReportMetric(copied.Seconds()*1e6/4/persons/float64(b.N), "µs/row")
}

// BenchmarkSideFile measures what a side file would gain where others write to a shared file: for how long the file's write lock would be held if the
// copy were made and verified in a database beside it, and only moved by INSERT … SELECT and checked under the lock; and how long the refresh would take then,
// if the copy into the side file took half the time for want of indexes. Both against the landing as it is; the rows of the target before, which
// either way deletes under the lock, are left out.
func BenchmarkSideFile(b *testing.B) {
	const persons = 50000
	var locked, side, moved time.Duration
	for range b.N {
		db := benchFile(b, persons)
		steps := benchRefresh(b, db)
		locked += steps["copy"] + steps["verify"] + steps["commit"]
		side += steps["copy"]/2 + steps["verify"]
		conn := benchConn(b, db)
		for _, table := range []string{"persons", "orders"} { // temporary tables live in a file of their own
			benchExec(b, conn, "CREATE TEMP TABLE side_"+table+" AS SELECT * FROM "+table+" WHERE tenant = 2")
			benchExec(b, conn, "DELETE FROM "+table+" WHERE tenant = 2")
		}
		start := time.Now()
		benchExec(b, conn, "BEGIN IMMEDIATE")
		benchExec(b, conn, "INSERT INTO persons SELECT * FROM side_persons")
		benchExec(b, conn, "INSERT INTO orders SELECT * FROM side_orders")
		var dangling int
		if err := conn.GetContext(b.Context(), &dangling, `SELECT count(*) FROM orders c WHERE c.tenant = 2 AND c.person IS NOT NULL
			AND NOT EXISTS (SELECT 1 FROM persons p WHERE p.id = c.person AND (p.tenant = 2 OR p.tenant IS NULL))`); err != nil || dangling > 0 {
			b.Fatal(dangling, err)
		}
		benchExec(b, conn, "COMMIT")
		moved += time.Since(start)
	}
	b.ReportMetric(moved.Seconds()/locked.Seconds(), "side-lock/lock")
	b.ReportMetric((side+moved).Seconds()/locked.Seconds(), "side-time/time")
}

// benchRefresh refreshes tenant 2 from tenant 1 and returns how long each step took.
func benchRefresh(b *testing.B, db *sqlx.DB) map[string]time.Duration {
	b.Helper()
	return benchRefreshOf(b, sqlite.Shared(db, sqldata.Config{}))
}

func benchRefreshOf(b *testing.B, data refresh.Target) map[string]time.Duration {
	b.Helper()
	rules, err := masking.ParseRules([]byte(benchRules))
	if err != nil {
		b.Fatal(err)
	}
	secret, err := masking.NewSecret([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		b.Fatal(err)
	}
	store := memory.NewStore(time.Now)
	directory := memory.NewDirectory(tenancy.Tenant{ID: "1", Kind: tenancy.Production}, tenancy.Tenant{ID: "2", Kind: tenancy.Sandbox})
	spent, began := map[string]time.Duration{}, time.Time{}
	runner := refresh.Runner{Store: store, Directory: directory, Source: data, Target: data, Rules: rules, Secret: secret, Now: time.Now,
		Inject: func(_ context.Context, step string, after bool) error {
			if after {
				spent[step] = time.Since(began)
			}
			began = time.Now()
			return nil
		}}
	desk := refresh.Desk{Store: store, Directory: directory, Now: time.Now}
	ctx := context.Background()
	r, err := desk.Request(ctx, refresh.Request{Source: "1", Target: "2", Purpose: refresh.Develop, By: "ann"})
	if err != nil {
		b.Fatal(err)
	}
	plan, err := runner.Plan(ctx, r.Request)
	if err != nil {
		b.Fatal(err)
	}
	if err := desk.Acknowledge(ctx, r.ID, plan); err != nil {
		b.Fatal(err)
	}
	if done, err := runner.Run(ctx, r.ID); err != nil || done.State != refresh.Opened {
		b.Fatal(fmt.Errorf("%s: %w", done.State, err))
	}
	return spent
}
