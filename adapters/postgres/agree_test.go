package postgres_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/retenant/retenant/adapters/adaptertest"
	"github.com/retenant/retenant/adapters/memory"
	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// Masks and keys are functions of canonical values, so that a copy is the same wherever it is made.
func TestN9_MasksAndKeysAreTheSameOnEveryEngine(t *testing.T) {
	inSQLite := adaptertest.DataHarness{New: func(t *testing.T) adaptertest.Database {
		db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "agree.db"), sqlite.Create)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		host := adaptertest.SQL{DB: db.DB, Dialect: adaptertest.SQLite}
		if err := host.Install(t.Context()); err != nil {
			t.Fatal(err)
		}
		return host.Database(sqlite.Shared(db, sqldata.Config{}))
	}}
	inMemory := adaptertest.DataHarness{New: func(*testing.T) adaptertest.Database {
		data := memory.NewData(adaptertest.CRM{}.Schema(), refresh.SharedKeys, time.Now)
		return adaptertest.Database{Target: data, Insert: func(_ context.Context, tenant tenancy.ID, table string, rows ...adaptertest.Row) error {
			list := make([]memory.Row, len(rows))
			for i, row := range rows {
				list[i] = memory.Row(row)
			}
			return data.Insert(tenant, table, list...)
		}}
	}}
	t.Run("SQLite", func(t *testing.T) { adaptertest.Agree(t, harness(true), inSQLite) })
	t.Run("memory", func(t *testing.T) { adaptertest.Agree(t, harness(true), inMemory) })
}
