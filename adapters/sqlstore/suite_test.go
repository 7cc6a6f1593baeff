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
