package postgres_test

import (
	"testing"

	"github.com/retenant/retenant/adapters/adaptertest"
	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/adapters/postgres"
	"github.com/retenant/retenant/adapters/sqldata"
)

// TestN5_Settings keeps the directory in the tenants' database: settings are put into effect by Settle, and in the landing's own transaction.
func TestN5_Settings(t *testing.T) {
	for name, atCommit := range map[string]bool{"by Settle": false, "with the data's COMMIT": true} {
		t.Run(name, func(t *testing.T) {
			adaptertest.Settings(t, adaptertest.DataHarness{New: func(t *testing.T) adaptertest.Database {
				db := open(t, testdb.Postgres(t))
				host := adaptertest.SQL{DB: db.DB, Dialect: adaptertest.Postgres}
				if err := host.Install(t.Context()); err != nil {
					t.Fatal(err)
				}
				_, directory := adaptertest.People(t, db, db)
				var config sqldata.Config
				if atCommit {
					config.Handover = directory.Handover
				}
				database := host.Database(postgres.Shared(db, config))
				database.Directory = directory
				return database
			}})
		})
	}
}
