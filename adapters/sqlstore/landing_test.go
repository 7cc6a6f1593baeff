package sqlstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/sqlstore"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/configuration"
)

// begin opens a transaction as a landing on the engine does: one that writes first.
func (e testEngine) begin(ctx context.Context, db *sqlx.DB) (*sqlx.Tx, error) {
	if _, err := db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS host_rows (id integer)`); err != nil {
		return nil, err
	}
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO host_rows (id) VALUES (1)`); err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return tx, nil
}

// land commits a landing that replaces a row and hands over.
func (e testEngine) land(ctx context.Context, db *sqlx.DB, d *sqlstore.Directory, h refresh.Handover) error {
	tx, err := e.begin(ctx, db)
	if err != nil {
		return err
	}
	if err := d.Handover(ctx, tx, h); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func closedTenant(t *testing.T, d *sqlstore.Directory, run string) tenancy.Tenant {
	t.Helper()
	tenant := tenancy.Tenant{ID: "t", Name: "T", Kind: tenancy.Sandbox, Settings: tenancy.Settings{}.EnableCommunications().EnableWorkflows()}
	if err := d.Declare(t.Context(), tenant); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(t.Context(), "t", tenancy.Outage{Run: run, From: time.Unix(1775203200, 0)}); err != nil {
		t.Fatal(err)
	}
	return tenant
}

// A landing that does not commit leaves the settings as they were, together with the data.
func TestA22_A23_A24_RolledBackLandingHandsOverNothing(t *testing.T) {
	onEach(t, func(t *testing.T, e testEngine) {
		db, _ := e.installed(t)
		d := e.directory(t, db)
		want := closedTenant(t, d, "r1")
		tx, err := e.begin(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		change := configuration.Change{Set: configuration.Values{"theme": "dark"}, Baseline: configuration.Baseline{"theme": configuration.Text("dark")}}
		if err := d.Handover(t.Context(), tx, refresh.Handover{Run: "r1", Target: "t", Configuration: &change}); err != nil {
			t.Fatal(err)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		got, err := d.Tenant(t.Context(), "t")
		if err != nil || got.Settings != want.Settings || got.Generation != 0 || got.Provenance != nil {
			t.Fatalf("after a rollback the tenant is %+v, %v", got, err)
		}
		if state, err := d.Configuration(t.Context(), "t"); err != nil || len(state.Values)+len(state.Baseline) > 0 {
			t.Fatalf("N5 after a rollback the settings are %+v, %v", state, err)
		}
		if err := d.Settle(t.Context(), "t", "r1"); !errors.Is(err, tenancy.ErrNotSettled) {
			t.Fatalf("after a rollback there is nothing to settle; got %v", err)
		}
		if err := d.Release(t.Context(), "t", "r1", 0); err != nil {
			t.Fatal(err)
		}
	})
}

// While a landing is between its look at the tenant and its commit, nobody declares the tenant production, even where the directory would let them.
func TestA4_HandoverLocksTheTenant(t *testing.T) {
	t.Run("PostgreSQL", func(t *testing.T) { handoverLocks(t, engines[1], "&lock_timeout=50ms") })
	t.Run("MariaDB", func(t *testing.T) { handoverLocks(t, engines[2], "?innodb_lock_wait_timeout=1") })
}

func handoverLocks(t *testing.T, e testEngine, impatience string) {
	db, dsn := e.installed(t)
	d := e.directory(t, db)
	closedTenant(t, d, "r1")
	tx, err := e.begin(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := d.Handover(t.Context(), tx, refresh.Handover{Run: "r1", Target: "t"}); err != nil {
		t.Fatal(err)
	}
	impatient := e.open(t, dsn+impatience)
	if _, err := impatient.ExecContext(t.Context(), `UPDATE retenant_tenant SET kind = 'production' WHERE id = 't'`); err == nil {
		t.Fatal("the tenant was declared production between the handover and the commit")
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if got, err := d.Tenant(t.Context(), "t"); err != nil || got.Kind != tenancy.Sandbox || got.Generation != 1 {
		t.Fatalf("after the commit the tenant is %+v, %v", got, err)
	}
}
