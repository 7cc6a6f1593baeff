package postgres_test

import (
	"path/filepath"
	"testing"

	"github.com/retenant/retenant/adapters/adaptertest"
	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/adapters/postgres"
	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/refresh"
)

// TestKilled keeps the data in PostgreSQL and people's side in two files.
func TestKilled(t *testing.T) {
	adaptertest.Kills(t, adaptertest.KillHarness{
		Make: func(t *testing.T) string {
			address := testdb.Postgres(t)
			if err := (adaptertest.SQL{DB: open(t, address).DB, Dialect: adaptertest.Postgres}).Install(t.Context()); err != nil {
				t.Fatal(err)
			}
			return address
		},
		Open: func(t *testing.T, address string) adaptertest.Database {
			db := open(t, address)
			return adaptertest.SQL{DB: db.DB, Dialect: adaptertest.Postgres}.Database(postgres.Shared(db, sqldata.Config{}))
		},
		People: func(t *testing.T, dir string) (refresh.Store, adaptertest.KillDirectory) {
			db, err := sqlite.Open(t.Context(), filepath.Join(dir, "people.db"), sqlite.Create)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			return adaptertest.People(t, db, db)
		},
	})
}
