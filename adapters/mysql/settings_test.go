package mysql_test

import (
	"testing"

	"github.com/retenant/retenant/adapters/adaptertest"
	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/adapters/mysql"
	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlstore"
)

// TestN5_Settings keeps the directory in the tenants' database: settings are put into effect by Settle, and in the landing's own transaction.
func TestN5_Settings(t *testing.T) {
	for name, atCommit := range map[string]bool{"by Settle": false, "with the data's COMMIT": true} {
		t.Run(name, func(t *testing.T) {
			adaptertest.Settings(t, adaptertest.DataHarness{Padded: true, New: func(t *testing.T) adaptertest.Database {
				dsn := testdb.MySQL(t)
				db := open(t, inUTC(t, dsn))
				host := adaptertest.SQL{DB: db.DB, Dialect: adaptertest.MariaDB}
				if err := host.Install(t.Context()); err != nil {
					t.Fatal(err)
				}
				if err := sqlstore.Install(t.Context(), db); err != nil {
					t.Fatal(err)
				}
				directory, err := sqlstore.NewDirectory(db)
				if err != nil {
					t.Fatal(err)
				}
				var config sqldata.Config
				if atCommit {
					config.Handover = directory.Handover
				}
				database := host.Database(mysql.Shared(db, config))
				database.Directory = directory
				return database
			}})
		})
	}
}
