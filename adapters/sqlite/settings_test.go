package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/retenant/retenant/adapters/adaptertest"
	"github.com/retenant/retenant/adapters/sqlite"
)

// TestN5_Settings keeps the directory in a file of its own, as a landing keeps the write lock of the tenants' file.
func TestN5_Settings(t *testing.T) {
	harness := sharedHarness
	harness.New = func(t *testing.T) adaptertest.Database {
		database := sharedHarness.New(t)
		people := open(t, filepath.Join(t.TempDir(), "people.db"), sqlite.Create)
		_, database.Directory = adaptertest.People(t, people, people)
		return database
	}
	adaptertest.Settings(t, harness)
}
