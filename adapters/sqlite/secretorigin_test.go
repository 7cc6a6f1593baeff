package sqlite_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

const cannotTell = "it cannot be told which rows are copies of the same originals as before"

// holds compares the rows that a query returns.
func holds(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("the target holds %q instead of %q", got, want)
	}
}

// TestD16SecretsOfRowsThatAreNoCopies has a target and a source, each in a file of its own, hand out the same number. The secrets of copies stay, and go nowhere else.
func TestD16SecretsOfRowsThatAreNoCopies(t *testing.T) {
	for _, uncounted := range []bool{false, true} {
		dir := t.TempDir()
		file := func(id tenancy.ID) string { return filepath.Join(dir, string(id)+".db") }
		table := `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, token TEXT)`
		source := open(t, file("1"), sqlite.Create, table, `INSERT INTO users VALUES (1, 'Ann', 'prod'), (3, 'Cid', 'prod')`)
		target := open(t, file("2"), sqlite.Create, table)
		s := newStand(t, sqlite.Files(file, sqldata.Config{}), `
version: 1
tables:
  users: {columns: {name: {pass: a test}, token: {secret: keep}}}
`, tenancy.Tenant{ID: "1"}, tenancy.Tenant{ID: "2", Kind: tenancy.Test})
		s.runner.Profile.Uncounted = uncounted
		s.refresh("1", "2")
		exec(t, target, `INSERT INTO users (id, name, token) VALUES (2, 'a tester', 'tester token')`, `UPDATE users SET token = 'own', name = 'edited' WHERE id = 1`)
		exec(t, source, `INSERT INTO users (id, name, token) VALUES (2, 'the director', 'prod')`)
		done := s.refresh("1", "2")
		holds(t, dump(t, target, "SELECT id, name, token FROM users ORDER BY id"),
			"int64:1|string:Ann|string:own|", "int64:2|string:the director|<nil>:<nil>|", "int64:3|string:Cid|<nil>:<nil>|")
		if text := done.Receipt.String(); strings.Contains(text, cannotTell) {
			t.Errorf("the copies are known, and the receipt says otherwise:\n%s", text)
		}
	}
}

// TestD16SecretsAfterKeysAreMadeOtherwise changes between two refreshes what tells a copy's key from its original's, or what the target knows of its copies.
func TestD16SecretsAfterKeysAreMadeOtherwise(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, s *stand)
		why    string // "" is that the secrets stay
	}{
		"nothing": {func(*testing.T, *stand) {}, ""},
		"another range": {func(_ *testing.T, s *stand) {
			s.runner.Profile.Keys["hooks"] = refresh.KeyChoice{First: 100, Last: 199, Base: 699}
		}, "keys are not made as at the last refresh"},
		"another reason": {func(_ *testing.T, s *stand) { pass(s, "hooks", "name", "another test") }, ""},
		"another scheme": {func(_ *testing.T, s *stand) {
			hooks := s.runner.Rules.Tables["hooks"]
			hooks.Key = masking.KeyGenerations
			delete(hooks.Columns, "id")
			s.runner.Rules.Tables["hooks"], s.runner.Profile.Keys = hooks, nil
		}, "keys are not made as at the last refresh"},
		"another secret": {func(t *testing.T, s *stand) {
			secret, err := masking.NewSecret([]byte("another secret of the tests, of 32 bytes and more"))
			if err != nil {
				t.Fatal(err)
			}
			s.runner.Secret = secret
		}, "the masking secret is not that of the last refresh"},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, filepath.Join(t.TempDir(), "crm.db"), sqlite.Create,
				"CREATE TABLE hooks (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, name TEXT, token TEXT)",
				"INSERT INTO hooks VALUES (101, 1, 'mail', 'p1'), (102, 1, 'bank', 'p2')")
			s := newStand(t, sqlite.Shared(db, sqldata.Config{}), `
version: 1
tenant_column: tenant
tables:
  hooks: {key: offset, columns: {id: {pass: a test}, name: {pass: a test}, token: {secret: keep}}}
`, tenancy.Tenant{ID: "1", Kind: tenancy.Production}, tenancy.Tenant{ID: "2", Kind: tenancy.Sandbox})
			s.runner.Profile.Keys = map[string]refresh.KeyChoice{"hooks": {First: 100, Last: 199, Base: 700}}
			s.refresh("1", "2")
			exec(t, db, "UPDATE hooks SET token = name || ' token' WHERE tenant = 2")
			c.change(t, s)
			plan, err := s.runner.Plan(t.Context(), refresh.Request{Source: "1", Target: "2", Purpose: refresh.Develop, By: "ann"})
			if err != nil {
				t.Fatal(err)
			}
			done := s.refresh("1", "2")
			want := []string{"string:bank|string:bank token|", "string:mail|string:mail token|"}
			if c.why != "" {
				want = []string{"string:bank|<nil>:<nil>|", "string:mail|<nil>:<nil>|"}
			}
			holds(t, dump(t, db, "SELECT name, token FROM hooks WHERE tenant = 2 ORDER BY name"), want...)
			for what, text := range map[string]string{"plan": plan.String(), "plan as Markdown": strings.ReplaceAll(plan.Markdown(), `\`, ""), "receipt": done.Receipt.String()} {
				if c.why == "" && strings.Contains(text, cannotTell) || !strings.Contains(text, c.why) {
					t.Errorf("the %s is to say %q:\n%s", what, c.why, text)
				}
			}
		})
	}
}

func pass(s *stand, table, column, reason string) {
	rule := s.runner.Rules.Tables[table].Columns[column]
	rule.Reason = reason
	s.runner.Rules.Tables[table].Columns[column] = rule
}

// TestD16SecretsOfRowsWithoutAKey has rows whose primary key is NULL, which SQLite allows: nothing tells them apart.
func TestD16SecretsOfRowsWithoutAKey(t *testing.T) {
	dir := t.TempDir()
	file := func(id tenancy.ID) string { return filepath.Join(dir, string(id)+".db") }
	table := `CREATE TABLE hooks (code TEXT PRIMARY KEY, token TEXT)`
	open(t, file("1"), sqlite.Create, table, `INSERT INTO hooks VALUES (NULL, 'a'), (NULL, 'b'), ('x', 'c')`)
	target := open(t, file("2"), sqlite.Create, table)
	s := newStand(t, sqlite.Files(file, sqldata.Config{}), `
version: 1
tables:
  hooks: {columns: {code: {pass: a test}, token: {secret: keep}}}
`, tenancy.Tenant{ID: "1"}, tenancy.Tenant{ID: "2", Kind: tenancy.Test})
	s.refresh("1", "2")
	exec(t, target, `UPDATE hooks SET token = 'own'`)
	s.refresh("1", "2")
	holds(t, dump(t, target, "SELECT * FROM hooks ORDER BY code"), "<nil>:<nil>|<nil>:<nil>|", "<nil>:<nil>|<nil>:<nil>|", "string:x|string:own|")
}

// TestD16SecretsOfOneRowForEachTenant has a table whose key is the tenant itself, and one whose rows have a unique key and no primary one.
func TestD16SecretsOfOneRowForEachTenant(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "crm.db"), sqlite.Create,
		"CREATE TABLE account (tenant INTEGER PRIMARY KEY NOT NULL, name TEXT, token TEXT)", "INSERT INTO account VALUES (1, 'production', 'p1')",
		"CREATE TABLE hooks (tenant INTEGER NOT NULL, code TEXT NOT NULL, token TEXT, UNIQUE (tenant, code))", "INSERT INTO hooks VALUES (1, 'mail', 'p1'), (1, 'bank', 'p2')")
	s := newStand(t, sqlite.Shared(db, sqldata.Config{}), `
version: 1
tenant_column: tenant
tables:
  account: {columns: {name: {pass: a test}, token: {secret: keep}}}
  hooks: {columns: {code: {pass: a test}, token: {secret: keep}}}
`, tenancy.Tenant{ID: "1", Kind: tenancy.Production}, tenancy.Tenant{ID: "2", Kind: tenancy.Sandbox})
	s.refresh("1", "2")
	exec(t, db, "UPDATE account SET token = 'own', name = 'edited' WHERE tenant = 2", "UPDATE hooks SET token = 'own' WHERE tenant = 2 AND code = 'mail'")
	exec(t, db, "INSERT INTO hooks VALUES (2, 'new', 'tester token')", "INSERT INTO hooks VALUES (1, 'new', 'p3')")
	s.refresh("1", "2")
	holds(t, dump(t, db, "SELECT name, token FROM account WHERE tenant = 2"), "string:production|string:own|")
	holds(t, dump(t, db, "SELECT code, token FROM hooks WHERE tenant = 2 ORDER BY code"), "string:bank|<nil>:<nil>|", "string:mail|string:own|", "string:new|<nil>:<nil>|")
}
