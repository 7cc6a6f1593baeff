package sqlite_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/tenancy"
)

// TestD16SecretsAcrossSchemas keeps a target's secrets in a file whose tables are made anew from a source that has other columns by then: what the target did
// not have, had as another type, or had in a row without a counterpart is blank.
func TestD16SecretsAcrossSchemas(t *testing.T) {
	for _, journal := range []string{"wal", "delete"} {
		t.Run(journal, func(t *testing.T) {
			dir := t.TempDir()
			file := func(id tenancy.ID) string { return filepath.Join(dir, string(id)+".db") }
			table := `CREATE TABLE hooks (id INTEGER PRIMARY KEY, token TEXT, pin INTEGER NOT NULL DEFAULT 0)`
			source := open(t, file("1"), sqlite.Create, table, `INSERT INTO hooks VALUES (1, 'source 1', 11), (2, 'source 2', 12), (3, 'source 3', 13)`)
			open(t, file("3"), sqlite.Create, table, `INSERT INTO hooks VALUES (1, 'other 1', 31)`)
			target := open(t, file("2"), sqlite.Create, "PRAGMA journal_mode = "+journal, `CREATE TABLE hooks (id INTEGER PRIMARY KEY, token TEXT, pin INTEGER NOT NULL DEFAULT 0)`,
				`INSERT INTO hooks VALUES (1, 'a row that is no copy', 7)`)
			s := newStand(t, sqlite.Files(file, sqldata.Config{}), `
version: 1
tables:
  hooks: {columns: {token: {secret: keep}, pin: {secret: keep}}}
`, tenancy.Tenant{ID: "1"}, tenancy.Tenant{ID: "2", Kind: tenancy.Test}, tenancy.Tenant{ID: "3"})
			holds := func(when, columns string, want ...string) {
				t.Helper()
				if got := dump(t, target, "SELECT "+columns+" FROM hooks ORDER BY id"); !slices.Equal(got, want) {
					t.Errorf("%s the target holds %q instead of %q", when, got, want)
				}
			}
			set := func(statement string) {
				t.Helper()
				if _, err := target.Exec(statement); err != nil {
					t.Fatal(err)
				}
			}
			row := func(id int, token, pin string) string { return fmt.Sprintf("int64:%d|%s|%s|", id, token, pin) }
			s.refresh("1", "2")
			holds("after the first refresh", "*", row(1, "<nil>:<nil>", "int64:0"), row(2, "<nil>:<nil>", "int64:0"), row(3, "<nil>:<nil>", "int64:0"))

			set(`UPDATE hooks SET token = 'own 1', pin = 99 WHERE id = 1`)
			set(`UPDATE hooks SET token = x'00ff', pin = 'odd' WHERE id = 2`)
			set(`INSERT INTO hooks VALUES (9, 'own 9', 9)`)
			s.refresh("1", "2")
			holds("after the second refresh", "*", row(1, "string:own 1", "int64:99"), row(2, "[]uint8:[0 255]", "string:odd"), row(3, "<nil>:<nil>", "int64:0"))

			for _, statement := range []string{"DROP TABLE hooks", `CREATE TABLE hooks (id INTEGER PRIMARY KEY, token TEXT, pin TEXT, second TEXT)`,
				`INSERT INTO hooks VALUES (1, 'source 1', '11', 'x'), (2, 'source 2', '12', 'y')`} {
				if _, err := source.Exec(statement); err != nil {
					t.Fatal(err)
				}
			}
			columns := s.runner.Rules.Tables["hooks"].Columns
			columns["second"] = columns["token"]
			s.refresh("1", "2")
			holds("after the source's schema changed", "token, pin, second", "string:own 1|<nil>:<nil>|<nil>:<nil>|", "[]uint8:[0 255]|<nil>:<nil>|<nil>:<nil>|")

			delete(columns, "second")
			s.refresh("3", "2")
			holds("after a refresh from another source", "*", row(1, "<nil>:<nil>", "int64:0"))
		})
	}
}
