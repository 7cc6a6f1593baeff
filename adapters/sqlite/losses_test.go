package sqlite_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

const lossRules = `
version: 1
tenant_column: tenant
tables:
  people: {columns: {name: first_name, city: {pass: of a million people}}}
  words: {key: tag, columns: {word: {pass: a test}, meaning: {pass: a test}}}
`

// TestN6WhatCanBeToldAfterChanges changes the rules, the columns and what was kept of a target between two refreshes.
func TestN6WhatCanBeToldAfterChanges(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "crm.db"), sqlite.Create,
		"CREATE TABLE people (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, name TEXT, city TEXT)",
		"CREATE TABLE words (word TEXT PRIMARY KEY, tenant INTEGER NOT NULL, meaning TEXT)",
		"INSERT INTO people (tenant, name, city) VALUES (1, 'Ann', 'Prague'), (1, 'Bob', 'Oslo'), (1, 'Eve', 'Perth')",
		"INSERT INTO words VALUES ('ann@example.org', 1, 'a key that is no number')")
	s := newStand(t, sqlite.Shared(db, sqldata.Config{}), lossRules, tenancy.Tenant{ID: "1", Kind: tenancy.Production}, tenancy.Tenant{ID: "2", Kind: tenancy.Sandbox})
	request := refresh.Request{Source: "1", Target: "2", Purpose: refresh.Develop, By: "ann"}
	plan := func() *refresh.Plan {
		t.Helper()
		plan, err := s.runner.Plan(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		return plan
	}
	loss := func(table string) refresh.TableLoss {
		t.Helper()
		for _, l := range plan().Annex.Losses.Tables {
			if l.Table == table {
				return l
			}
		}
		t.Fatalf("the plan does not tell what is lost of %s", table)
		return refresh.TableLoss{}
	}
	s.refresh("1", "2")
	for name, rules := range map[string]string{"the same": lossRules, "others": strings.Replace(lossRules, "name: first_name", "name: 'null'", 1)} {
		parsed, err := masking.ParseRules([]byte(rules))
		if err != nil {
			t.Fatal(err)
		}
		s.runner.Rules = parsed
		if l := loss("people"); !l.Compared || l.Lost()+l.Deleted != 0 {
			t.Errorf("by %s rules nothing is lost, and the plan says %+v", name, l)
		}
	}
	exec(t, db, "UPDATE words SET meaning = 'private thought' WHERE tenant = 2", "UPDATE people SET city = 'private thought' WHERE tenant = 2 AND city = 'Oslo'")
	if l := loss("words"); l.Changed != 1 || len(l.ChangedKeys) != 0 {
		t.Errorf("a row whose key is a text was changed, and the plan says %+v", l)
	}
	if l := loss("people"); l.Changed != 1 || len(l.ChangedKeys) != 1 {
		t.Errorf("a row was changed, and the plan says %+v", l)
	}
	if text := plan().Markdown(); strings.Contains(text, "ann@example.org") || strings.Contains(text, "private") {
		t.Errorf("the plan shows a value:\n%s", text)
	}

	var digests []byte
	if err := db.Get(&digests, "SELECT data FROM retenant_row_digest WHERE table_name = 'people' AND piece = 1"); err != nil {
		t.Fatal(err)
	}
	if len(digests) == 0 || len(digests) > 3*10 {
		t.Errorf("the digests of three rows take %d bytes", len(digests))
	}
	exec(t, db, "UPDATE retenant_row_digest SET data = x'00' WHERE table_name = 'people' AND piece = 1")
	if l := loss("people"); l.Compared || l.Why != "row digests are damaged" || l.Lost() != 3 {
		t.Errorf("what was kept of people is damaged, and the plan says %+v", l)
	}
	s.refresh("1", "2")
	if l := loss("people"); !l.Compared || l.Lost() != 0 {
		t.Errorf("a refresh replaces what was damaged, and the plan says %+v", l)
	}

	exec(t, db, "ALTER TABLE people ADD COLUMN note TEXT")
	s.runner.Rules.Tables["people"].Columns["note"] = masking.Column{Mask: masking.Null}
	if l := loss("people"); l.Compared || l.Why != "its columns changed since the last refresh" || l.Rows != 3 {
		t.Errorf("a column came, and the plan says %+v", l)
	}
	if l := loss("words"); !l.Compared || l.Lost() != 0 {
		t.Errorf("nothing of words is lost, and the plan says %+v", l)
	}
}

func exec(t *testing.T, db *sqlx.DB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}
