package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/memory"
	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// stand is a runner over a database, with people's side in memory.
type stand struct {
	*testing.T
	desk   refresh.Desk
	runner refresh.Runner
}

func newStand(t *testing.T, data refresh.Target, rules string, tenants ...tenancy.Tenant) *stand {
	t.Helper()
	parsed, err := masking.ParseRules([]byte(rules))
	if err != nil {
		t.Fatal(err)
	}
	secret, err := masking.NewSecret([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	store, directory := memory.NewStore(time.Now), memory.NewDirectory(tenants...)
	return &stand{T: t, desk: refresh.Desk{Store: store, Directory: directory, Now: time.Now},
		runner: refresh.Runner{Store: store, Directory: directory, Source: data, Target: data, Rules: parsed, Secret: secret, Now: time.Now}}
}

// request admits and acknowledges a refresh.
func (s *stand) request(source, target tenancy.ID) refresh.RunID {
	s.Helper()
	ctx := context.Background()
	r, err := s.desk.Request(ctx, refresh.Request{Source: source, Target: target, Purpose: refresh.Develop, By: "ann"})
	if err != nil {
		s.Fatal(err)
	}
	plan, err := s.runner.Plan(ctx, r.Request)
	if err != nil {
		s.Fatal(err)
	}
	if err := s.desk.Acknowledge(ctx, r.ID, plan); err != nil {
		s.Fatal(err)
	}
	return r.ID
}

func (s *stand) refresh(source, target tenancy.ID) refresh.Refresh {
	s.Helper()
	id := s.request(source, target)
	done, err := s.runner.Run(context.Background(), id)
	if err != nil {
		s.Fatal(err)
	}
	if done.State != refresh.Opened {
		s.Fatalf("the refresh is %s", done.State)
	}
	findings, err := s.runner.Verify(context.Background(), id)
	if err != nil || len(findings) > 0 {
		s.Fatalf("verify: %v %v", findings, err)
	}
	return done
}

func open(t *testing.T, file string, mode sqlite.Mode, statements ...string) *sqlx.DB {
	t.Helper()
	db, err := sqlite.Open(context.Background(), file, mode)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	return db
}

// dump returns the rows of a query as texts with their storage classes.
func dump(t *testing.T, db *sqlx.DB, query string) []string {
	t.Helper()
	rows, err := db.Queryx(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		cells, err := rows.SliceScan()
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, c := range cells {
			fmt.Fprintf(&b, "%T:%v|", c, c)
		}
		all = append(all, b.String())
	}
	return all
}

const odd = `CREATE TABLE odd (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b NUMERIC, c REAL, d BLOB, e, f BOOLEAN, g DATE, h DATETIME, i DECIMAL(10,2), "select" VARCHAR(20), j INTEGER,
	k TEXT GENERATED ALWAYS AS (upper(a)) STORED, l INT AS (j + 1))`

const oddValues = `INSERT INTO odd (a, b, c, d, e, f, g, h, i, "select", j) VALUES
	(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('', '', '', '', '', '', '', '', '', '', ''),
	('ÄÖ ☃ ''"', 9223372036854775807, 1e308, x'00ff', 12, 1, '2020-02-29', '2020-02-29 23:59:59.5', 19.9, 'x', -9223372036854775808),
	(x'ff', 'abc', 'abc', 'text', 'text', 0, 20200229, 2458909.5, 1e300, 7, 'abc'),
	(12, 0.1, 3, 5, 2.5, 7, x'01', 0, '1e5', x'00', 1.5),
	('a' || char(0) || 'b', -0.0, 9e999, 1.25, x'', 'true', 'infinity', 'now', 12345678901234567890, 'ü', '007')`

const oddRules = `
version: 1
tables:
  odd: {columns: {a: {pass: test data}, b: {pass: test data}, c: {pass: test data}, d: {pass: test data}, e: {pass: test data}, f: {pass: test data}, g: {pass: test data},
    h: {pass: test data}, i: {pass: test data}, select: {pass: test data}, j: {pass: test data}}}
`

// TestA3FilesRoundTrip copies every storage class in every kind of column into a file that does not exist yet.
func TestA3FilesRoundTrip(t *testing.T) {
	dir := t.TempDir()
	file := func(id tenancy.ID) string { return filepath.Join(dir, string(id)+".db") }
	source := open(t, file("prod"), sqlite.Create, odd, oddValues, `CREATE UNIQUE INDEX "odd index" ON odd (lower(a), id) WHERE id > 0`, `CREATE VIEW v AS SELECT a FROM odd`, `CREATE TRIGGER "on the view" INSTEAD OF INSERT ON v BEGIN INSERT INTO odd (a) VALUES (new.a); END`,
		`CREATE TABLE log (what TEXT)`, `CREATE TRIGGER "log it" AFTER INSERT ON odd BEGIN INSERT INTO log VALUES (new.id); END`, `PRAGMA user_version = 42`, `DELETE FROM odd WHERE id = 6`,
		`UPDATE sqlite_sequence SET seq = 1000`)
	s := newStand(t, sqlite.Files(file, sqldata.Config{}), oddRules+"  log: {columns: {what: {pass: test data}}}\n",
		tenancy.Tenant{ID: "prod", Kind: tenancy.Production}, tenancy.Tenant{ID: "box", Kind: tenancy.Sandbox})
	s.refresh("prod", "box")
	target := open(t, file("box"), sqlite.ReadWrite)
	all := `SELECT id, +a, +b, +c, +d, +e, +f, +g, +h, +i, +"select", +j, +k, +l FROM odd ORDER BY id`
	if diff := cmp.Diff(dump(t, source, all), dump(t, target, all)); diff != "" {
		t.Errorf("the copy differs:\n%s", diff)
	}
	ddl := `SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'retenant%' AND name NOT LIKE 'sqlite%' ORDER BY type, name`
	if diff := cmp.Diff(dump(t, source, ddl), dump(t, target, ddl)); diff != "" {
		t.Errorf("the copy's schema differs:\n%s", diff)
	}
	if got := dump(t, target, `SELECT count(*) FROM log`); got[0] != "int64:0|" {
		t.Errorf("the host's trigger fired during the copy: %s rows", got)
	}
	if _, err := target.Exec(`INSERT INTO odd (a) VALUES ('next')`); err != nil {
		t.Fatal(err)
	}
	if got := dump(t, target, `SELECT max(id) FROM odd`); got[0] != "int64:1001|" {
		t.Errorf("D24: the counter is behind: the next row has %s", got)
	}

	t.Run("A2 what the target alone has goes", func(t *testing.T) {
		for _, statement := range []string{`CREATE TABLE mine (x)`, `INSERT INTO mine VALUES (1)`, `ALTER TABLE odd ADD COLUMN z`} {
			if _, err := target.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		s.refresh("prod", "box")
		if diff := cmp.Diff(dump(t, source, ddl), dump(t, target, ddl)); diff != "" {
			t.Errorf("the copy's schema differs:\n%s", diff)
		}
	})
}

const people = `CREATE TABLE people (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, name TEXT, boss INTEGER REFERENCES people(id) ON DELETE CASCADE, code TEXT, UNIQUE (tenant, code))`

const peopleRules = `
version: 1
tenant_column: tenant
tables:
  people: {columns: {name: first_name, code: {pass: a number of ours}}}
`

func sharedPeople(t *testing.T, more ...string) (*sqlx.DB, *stand) {
	db := open(t, filepath.Join(t.TempDir(), "shared.db"), sqlite.Create, append([]string{people,
		`INSERT INTO people VALUES (1, 1, 'Ann', NULL, 'a'), (2, 3, 'Bob', NULL, 'a'), (3, 1, 'Cid', 1, 'b'), (4, 2, 'Old', NULL, 'a'), (5, 1, 'Dan', 3, 'c'), (6, 3, 'Eve', 2, NULL)`}, more...)...)
	return db, newStand(t, sqlite.Shared(db, sqldata.Config{}), peopleRules, tenancy.Tenant{ID: "1", Kind: tenancy.Production},
		tenancy.Tenant{ID: "2", Kind: tenancy.Sandbox}, tenancy.Tenant{ID: "3", Kind: tenancy.Production})
}

func TestSharedTriggersAreSuspendedAndBack(t *testing.T) {
	db, s := sharedPeople(t, `CREATE TABLE log (tenant INTEGER, what TEXT)`, `CREATE TRIGGER "log it" AFTER INSERT ON people BEGIN INSERT INTO log VALUES (new.tenant, new.name); END`,
		`CREATE TRIGGER "log out" AFTER DELETE ON people BEGIN INSERT INTO log VALUES (old.tenant, old.name); END`)
	s.runner.Rules.Tables["log"] = masking.Table{Columns: map[string]masking.Column{"what": {Mask: "redact"}}}
	before := dump(t, db, `SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name`)
	s.refresh("1", "2")
	if diff := cmp.Diff(before, dump(t, db, `SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name`)); diff != "" {
		t.Errorf("D23: the triggers are not as before:\n%s", diff)
	}
	if got := dump(t, db, `SELECT * FROM log`); len(got) > 0 {
		t.Errorf("D23: the host's triggers fired during the copy: %s", got)
	}
}

func TestA5_ANonProductionSourceWorks(t *testing.T) {
	db, s := sharedPeople(t)
	directory := s.desk.Directory.(*memory.Directory)
	if err := directory.Declare(context.Background(), tenancy.Tenant{ID: "9", Kind: tenancy.Test}); err != nil {
		t.Fatal(err)
	}
	done := s.refresh("2", "9") // a sandbox into a test tenant
	if got := dump(t, db, `SELECT count(*) FROM people WHERE tenant = 9`); got[0] != "int64:1|" || done.Receipt.Source.Kind != string(tenancy.Sandbox) {
		t.Errorf("%s rows came from a %s", got, done.Receipt.Source.Kind)
	}
}

func TestReferencesOfOthersIntoTheTarget(t *testing.T) {
	db, s := sharedPeople(t, `UPDATE people SET boss = 4 WHERE id = 6`)
	id := s.request("1", "2")
	_, err := s.runner.Run(context.Background(), id)
	if !errors.Is(err, refresh.ErrNotVerified) || !strings.Contains(err.Error(), "other tenants would lose") {
		t.Fatalf("a row of another tenant lost its reference: %v", err)
	}
	if got := dump(t, db, `SELECT id FROM people WHERE tenant = 2`); len(got) != 1 || got[0] != "int64:4|" {
		t.Errorf("the target changed: %s", got)
	}
	if err := s.runner.Abandon(context.Background(), id); err != nil {
		t.Fatal(err)
	}
}

func TestBadInputLeavesTheTargetAsItWas(t *testing.T) {
	ctx := context.Background()
	t.Run("a locked file", func(t *testing.T) {
		whole, _ := sharedPeople(t)
		var file string
		if err := whole.Get(&file, "SELECT file FROM pragma_database_list WHERE name = 'main'"); err != nil {
			t.Fatal(err)
		}
		db, err := sqlx.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(100)")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		s := newStand(t, sqlite.Shared(db, sqldata.Config{}), peopleRules, tenancy.Tenant{ID: "1", Kind: tenancy.Production}, tenancy.Tenant{ID: "2", Kind: tenancy.Sandbox})
		id := s.request("1", "2")
		other, err := db.Connx(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		// The lock is taken after the fence, which would wait for it too.
		s.runner.Inject = func(ctx context.Context, step string, after bool) error {
			if step == "copy" && !after {
				_, err := other.ExecContext(ctx, "BEGIN IMMEDIATE")
				return err
			}
			return nil
		}
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		_, err = s.runner.Run(ctx, id)
		if err == nil || !strings.Contains(err.Error(), "write lock") {
			t.Fatalf("%v, want an error that names the write lock", err)
		}
		if _, err := other.ExecContext(ctx, "ROLLBACK"); err != nil {
			t.Fatal(err)
		}
		s.runner.Inject = nil
		if done, err := s.runner.Run(ctx, id); err != nil || done.State != refresh.Opened || done.Attempts != 2 {
			t.Errorf("the next run ends %s, attempt %d, %v", done.State, done.Attempts, err)
		}
	})
	t.Run("a read-only file", func(t *testing.T) {
		whole, _ := sharedPeople(t)
		var file string
		if err := whole.Get(&file, "SELECT file FROM pragma_database_list WHERE name = 'main'"); err != nil {
			t.Fatal(err)
		}
		s := newStand(t, sqlite.Shared(open(t, file, sqlite.ReadOnly), sqldata.Config{}), peopleRules, tenancy.Tenant{ID: "1"}, tenancy.Tenant{ID: "2", Kind: tenancy.Test})
		id := s.request("1", "2")
		if _, err := s.runner.Run(ctx, id); err == nil || !strings.Contains(err.Error(), "read-only") {
			t.Errorf("%v", err)
		}
	})
	t.Run("a full disk", func(t *testing.T) {
		whole, _ := sharedPeople(t, `INSERT INTO people (tenant, name) WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT 1, 'name ' || i FROM n`)
		var file string
		var pages int
		if err := errors.Join(whole.Get(&file, "SELECT file FROM pragma_database_list WHERE name = 'main'"), whole.Get(&pages, "PRAGMA page_count")); err != nil {
			t.Fatal(err)
		}
		db, err := sqlx.Open("sqlite", fmt.Sprintf("file:%s?_pragma=max_page_count(%d)", file, pages+20))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		before := dump(t, whole, `SELECT * FROM people ORDER BY id`)
		s := newStand(t, sqlite.Shared(db, sqldata.Config{}), peopleRules, tenancy.Tenant{ID: "1"}, tenancy.Tenant{ID: "2", Kind: tenancy.Test})
		id := s.request("1", "2")
		if _, err := s.runner.Run(ctx, id); err == nil || !strings.Contains(err.Error(), "disk is full") {
			t.Errorf("%v", err)
		}
		if err := s.runner.Abandon(ctx, id); err != nil {
			t.Errorf("abandoning afterwards: %v", err)
		}
		if diff := cmp.Diff(before, dump(t, whole, `SELECT * FROM people ORDER BY id`)); diff != "" {
			t.Errorf("the file changed:\n%s", diff)
		}
	})
	t.Run("a file in rollback mode", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "x.db")
		db := open(t, file, sqlite.Create, people, "PRAGMA journal_mode = DELETE")
		s := newStand(t, sqlite.Shared(db, sqldata.Config{}), peopleRules, tenancy.Tenant{ID: "1"}, tenancy.Tenant{ID: "2", Kind: tenancy.Test})
		_, err := s.runner.Plan(ctx, refresh.Request{Source: "1", Target: "2"})
		if !errors.Is(err, refresh.ErrRefusedPlan) || !strings.Contains(err.Error(), "journal_mode = WAL") {
			t.Errorf("%v", err)
		}
	})
	t.Run("not a database", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "x.db")
		if err := os.WriteFile(file, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sqlite.Open(ctx, file, sqlite.ReadOnly); err == nil || !strings.Contains(err.Error(), "not a SQLite database") {
			t.Errorf("%v", err)
		}
	})
	t.Run("a missing source", func(t *testing.T) {
		dir := t.TempDir()
		s := newStand(t, sqlite.Files(func(id tenancy.ID) string { return filepath.Join(dir, string(id)) }, sqldata.Config{}), peopleRules,
			tenancy.Tenant{ID: "1"}, tenancy.Tenant{ID: "2", Kind: tenancy.Test})
		if _, err := s.runner.Plan(ctx, refresh.Request{Source: "1", Target: "2"}); !errors.Is(err, refresh.ErrRefusedPlan) {
			t.Errorf("%v", err)
		}
		if entries, _ := os.ReadDir(dir); len(entries) > 0 {
			t.Errorf("planning left %v behind", entries)
		}
	})
}
