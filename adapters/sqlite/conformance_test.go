package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/adaptertest"
	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

var sharedHarness = adaptertest.DataHarness{
	OneWriter: true, Loose: true, Stride: 7,
	New: func(t *testing.T) adaptertest.Database {
		db := open(t, filepath.Join(t.TempDir(), "shared.db"), sqlite.Create)
		host := adaptertest.SQL{DB: db.DB, Dialect: adaptertest.SQLite}
		if err := host.Install(t.Context()); err != nil {
			t.Fatal(err)
		}
		return host.Database(sqlite.Shared(db, sqldata.Config{}))
	},
}

var filesHarness = adaptertest.DataHarness{
	Layout: refresh.OwnKeys, OneWriter: true, Loose: true, Stride: 7,
	New: func(t *testing.T) adaptertest.Database {
		h := &fileHost{t: t, dir: t.TempDir(), files: map[tenancy.ID]*sqlx.DB{}}
		return adaptertest.Database{
			Target: sqlite.Files(h.path, sqldata.Config{}),
			Insert: func(ctx context.Context, tenant tenancy.ID, table string, rows ...adaptertest.Row) error {
				return h.sql(ctx, tenant, true).Insert(ctx, table, rows...)
			},
			Update: func(ctx context.Context, tenant tenancy.ID, table string, where, set adaptertest.Row) error {
				return h.sql(ctx, tenant, false).Update(ctx, table, where, set)
			},
			Delete: func(ctx context.Context, tenant tenancy.ID, table string, where adaptertest.Row) error {
				return h.sql(ctx, tenant, false).Delete(ctx, table, where)
			},
			Rows: func(ctx context.Context, tenant tenancy.ID, table string) ([]adaptertest.Row, error) {
				if _, err := os.Stat(h.path(tenant)); errors.Is(err, os.ErrNotExist) {
					return nil, nil
				}
				s := h.sql(ctx, tenant, false)
				var tables int
				if err := s.DB.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE name = ?", table).Scan(&tables); err != nil || tables == 0 {
					return nil, err
				}
				return s.Rows(ctx, table)
			},
		}
	},
}

// fileHost is a host with a file for each tenant.
type fileHost struct {
	t     *testing.T
	dir   string
	files map[tenancy.ID]*sqlx.DB
}

func (h *fileHost) path(tenant tenancy.ID) string {
	return filepath.Join(h.dir, "tenant "+string(tenant)+".db")
}

// sql returns the host's side of a tenant's file.
func (h *fileHost) sql(ctx context.Context, tenant tenancy.ID, create bool) adaptertest.SQL {
	h.t.Helper()
	s := adaptertest.SQL{CRM: adaptertest.CRM{Layout: refresh.OwnKeys}, Dialect: adaptertest.SQLite}
	_, err := os.Stat(h.path(tenant))
	missing := errors.Is(err, os.ErrNotExist)
	db := h.files[tenant]
	if db == nil || missing {
		mode := sqlite.ReadWrite
		if create {
			mode = sqlite.Create
		}
		db = open(h.t, h.path(tenant), mode)
		h.files[tenant] = db
	}
	s.DB = db.DB
	if missing && create {
		if err := s.Install(ctx); err != nil {
			h.t.Fatal(err)
		}
	}
	return s
}

func TestSharedConformance(t *testing.T) { adaptertest.Data(t, sharedHarness) }

func TestFilesConformance(t *testing.T) { adaptertest.Data(t, filesHarness) }

func TestSharedRuns(t *testing.T) { adaptertest.Runs(t, atEveryCall(sharedHarness)) }

func TestFilesRuns(t *testing.T) { adaptertest.Runs(t, atEveryCall(filesHarness)) }

// atEveryCall injects faults at every call, unless tests are to be short.
func atEveryCall(harness adaptertest.DataHarness) adaptertest.DataHarness {
	if !testing.Short() {
		harness.Stride = 1
	}
	return harness
}
