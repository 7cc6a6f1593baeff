package adaptertest

import (
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/sqlstore"
)

// People opens people's side in SQL: the store in one database and the directory in another one, or in the same. It makes the tables that are not there. The
// databases stay the caller's to close.
func People(t *testing.T, refreshes, tenants *sqlx.DB) (*sqlstore.Store, *sqlstore.Directory) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(sqlstore.Install(t.Context(), refreshes))
	if tenants != refreshes {
		must(sqlstore.Install(t.Context(), tenants))
	}
	store, err := sqlstore.NewStore(refreshes)
	must(err)
	directory, err := sqlstore.NewDirectory(tenants)
	must(err)
	return store, directory
}
