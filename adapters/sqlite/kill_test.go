package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/retenant/retenant/adapters/adaptertest"
	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/refresh"
)

// TestKilled keeps data, store and directory in three databases.
func TestKilled(t *testing.T) {
	adaptertest.Kills(t, adaptertest.KillHarness{
		Make: func(t *testing.T) string {
			file := filepath.Join(t.TempDir(), "crm.db")
			host := adaptertest.SQL{DB: open(t, file, sqlite.Create).DB, Dialect: adaptertest.SQLite}
			if err := host.Install(t.Context()); err != nil {
				t.Fatal(err)
			}
			return file
		},
		Open: func(t *testing.T, file string) adaptertest.Database {
			db := open(t, file, sqlite.ReadWrite)
			return adaptertest.SQL{DB: db.DB, Dialect: adaptertest.SQLite}.Database(sqlite.Shared(db, sqldata.Config{}))
		},
		People: func(t *testing.T, dir string) (refresh.Store, adaptertest.KillDirectory) {
			return adaptertest.People(t, open(t, filepath.Join(dir, "refreshes.db"), sqlite.Create), open(t, filepath.Join(dir, "tenants.db"), sqlite.Create))
		},
	})
}
