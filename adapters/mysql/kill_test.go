package mysql_test

import (
	"path/filepath"
	"testing"

	"github.com/retenant/retenant/adapters/adaptertest"
	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/adapters/mysql"
	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/adapters/sqlstore"
	"github.com/retenant/retenant/refresh"
)

// TestKilled keeps the data in MariaDB and people's side in two files.
func TestKilled(t *testing.T) {
	adaptertest.Kills(t, adaptertest.KillHarness{
		Make: func(t *testing.T) string {
			dsn := testdb.MySQL(t)
			if err := (adaptertest.SQL{DB: open(t, dsn).DB, Dialect: adaptertest.MariaDB}).Install(t.Context()); err != nil {
				t.Fatal(err)
			}
			return dsn
		},
		Open: func(t *testing.T, dsn string) adaptertest.Database {
			host := adaptertest.SQL{DB: open(t, inUTC(t, dsn)).DB, Dialect: adaptertest.MariaDB}
			return host.Database(mysql.Shared(open(t, dsn), sqldata.Config{}))
		},
		People: func(t *testing.T, dir string) (refresh.Store, adaptertest.KillDirectory) {
			db, err := sqlite.Open(t.Context(), filepath.Join(dir, "people.db"), sqlite.Create)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			if err := sqlstore.Install(t.Context(), db); err != nil {
				t.Fatal(err)
			}
			store, err := sqlstore.NewStore(db)
			if err != nil {
				t.Fatal(err)
			}
			directory, err := sqlstore.NewDirectory(db)
			if err != nil {
				t.Fatal(err)
			}
			return store, directory
		},
	})
}
