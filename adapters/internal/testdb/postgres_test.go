package testdb

import (
	"database/sql"
	"strings"
	"testing"
)

func TestPostgresDatabasesAreApart(t *testing.T) {
	var names [2]string
	for i := range names {
		db, err := sql.Open("pgx", Postgres(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		if err := db.QueryRow("SELECT current_database()").Scan(&names[i]); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec("CREATE TABLE mine (id integer)"); err != nil {
			t.Fatalf("the database is not empty, or not ours: %v", err)
		}
	}
	if names[0] == names[1] {
		t.Fatalf("two calls returned the same database %s", names[0])
	}
}

func TestInDatabase(t *testing.T) {
	for dsn, want := range map[string]string{
		"postgres://u:p@h:5/postgres?sslmode=disable": "postgres://u:p@h:5/x?sslmode=disable",
		"host=/tmp user=u":                            "host=/tmp user=u dbname=x",
	} {
		if got, err := inDatabase(dsn, "x"); err != nil || got != want {
			t.Errorf("inDatabase(%q) = %q, %v; want %q", dsn, got, err, want)
		}
	}
	if _, err := inDatabase("postgres://u:secret@h/%zz", "x"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a URL that cannot be read must give an error that does not show the password, not %v", err)
	}
}
