package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/tenancy/schema"
)

func TestD23ChecksAreInspected(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "crm.db"), sqlite.Create, "CREATE TABLE people (id INTEGER PRIMARY KEY, tenant INTEGER, boss INTEGER CHECK (boss <> id), -- no CHECK (tenant > 0)\n"+
		"\"Full \"\"Name\"\"\" TEXT CHECK(length(\"Full \"\"Name\"\"\") < (10 * 2)), note TEXT DEFAULT 'CHECK (id > 0)', CONSTRAINT [a name] CHECK (BOSS IS NOT NULL OR `note` = 'id )'))",
		"CREATE TABLE plain (id INTEGER PRIMARY KEY, \"check\" TEXT)")
	got, err := sqlite.Shared(db, sqldata.Config{}).Describe(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	want := []schema.Check{{Columns: []string{"boss", "id"}, SQL: "CHECK (boss <> id)"},
		{Columns: []string{`Full "Name"`}, SQL: `CHECK(length("Full ""Name""") < (10 * 2))`},
		{Name: "a name", Columns: []string{"boss", "note"}, SQL: "CHECK (BOSS IS NOT NULL OR `note` = 'id )')"}}
	if diff := cmp.Diff(want, got.Schema.Table("people").Checks); diff != "" {
		t.Error(diff)
	}
	if checks := got.Schema.Table("plain").Checks; len(checks) > 0 {
		t.Errorf("a column of the name is taken for a check: %v", checks)
	}
}
