package postgrestest_test

import (
	"testing"

	"github.com/retenant/retenant/adapters/postgres"
	"github.com/retenant/retenant/adapters/postgres/postgrestest"
)

func TestPostgresIsEmpty(t *testing.T) {
	db, err := postgres.Open(t.Context(), postgrestest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var tables int
	if err := db.Get(&tables, `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`); err != nil || tables != 0 {
		t.Fatalf("%d tables, %v", tables, err)
	}
}
