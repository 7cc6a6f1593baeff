package sqlstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/retenant/retenant/adapters/adaptertest"
	"github.com/retenant/retenant/refresh"
)

func TestDirectory(t *testing.T) {
	onEach(t, func(t *testing.T, e testEngine) {
		adaptertest.Directory(t, adaptertest.DirectoryHarness{New: func(t *testing.T) adaptertest.DirectoryUnderTest {
			db, dsn := e.installed(t)
			d := e.directory(t, db)
			return adaptertest.DirectoryUnderTest{
				Directory: d,
				Declare:   d.Declare,
				Configure: adaptertest.Configuring(d),
				Handover:  func(ctx context.Context, h refresh.Handover) error { return e.land(ctx, db, d, h) },
				Reopen:    func(t *testing.T) refresh.Directory { return e.directory(t, e.open(t, dsn)) },
			}
		}})
	})
}

// Whether the driver counts the rows that an UPDATE found or those that it changed makes no difference.
func TestMariaDBCountsFoundRows(t *testing.T) {
	e := engines[2]
	dsn := func(t *testing.T) string {
		return e.dsn(t) + "?clientFoundRows=true&parseTime=true&interpolateParams=true"
	}
	found := testEngine{name: e.name, driver: e.driver, dsn: dsn, earlier: e.earlier}
	adaptertest.Directory(t, adaptertest.DirectoryHarness{New: func(t *testing.T) adaptertest.DirectoryUnderTest {
		db, _ := found.installed(t)
		d := found.directory(t, db)
		return adaptertest.DirectoryUnderTest{Directory: d, Declare: d.Declare, Configure: adaptertest.Configuring(d),
			Handover: func(ctx context.Context, h refresh.Handover) error { return found.land(ctx, db, d, h) }}
	}})
	adaptertest.Store(t, adaptertest.StoreHarness{New: func(t *testing.T) adaptertest.StoreUnderTest {
		db, _ := found.installed(t)
		return adaptertest.StoreUnderTest{Store: found.store(t, db), Elapse: func(t *testing.T, d time.Duration) {
			mustExec(t, db, `UPDATE retenant_lease SET expires = `+found.earlier("expires", d))
		}}
	}})
}

func TestStore(t *testing.T) {
	onEach(t, func(t *testing.T, e testEngine) {
		adaptertest.Store(t, adaptertest.StoreHarness{New: func(t *testing.T) adaptertest.StoreUnderTest {
			db, dsn := e.installed(t)
			return adaptertest.StoreUnderTest{
				Store: e.store(t, db),
				Elapse: func(t *testing.T, d time.Duration) {
					mustExec(t, db, `UPDATE retenant_lease SET expires = `+e.earlier("expires", d))
				},
				Reopen: func(t *testing.T) refresh.Store { return e.store(t, e.open(t, dsn)) },
			}
		}})
	})
}
