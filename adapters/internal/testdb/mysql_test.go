package testdb

import (
	"database/sql"
	"testing"
)

func TestMySQLDatabasesAreApart(t *testing.T) {
	var names [2]string
	for i := range names {
		db, err := sql.Open("mysql", MySQL(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		if err := db.QueryRow("SELECT DATABASE()").Scan(&names[i]); err != nil {
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
