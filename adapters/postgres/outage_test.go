package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/adapters/postgres"
	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlstore"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

const peopleRules = "  people: {columns: {name: first_name}}\n"

// people is a host with three persons of production and one of the sandbox.
func people(t *testing.T) *host {
	t.Helper()
	address := testdb.Postgres(t)
	must(t, open(t, address), `CREATE TABLE people (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id bigint NOT NULL, name text)`,
		`INSERT INTO people (tenant_id, name) VALUES (7, 'Ann'), (7, 'Bob'), (12, 'Old'), (7, 'Cid'), (13, 'Eve')`)
	return newHost(t, address, peopleRules)
}

func (h *host) sandboxRows() string {
	return h.rows(`SELECT id || ' ' || name FROM people WHERE tenant_id = 12 ORDER BY id`)
}

// TestTheServerGoesAway ends the landing's session, as a restart of the server does, in the middle of every step that uses it.
func TestTheServerGoesAway(t *testing.T) {
	for _, at := range []string{"verify", "prepare", "commit"} {
		t.Run("before "+at, func(t *testing.T) {
			h := people(t)
			before := h.sandboxRows()
			h.runner.Inject = func(ctx context.Context, step string, after bool) error {
				if step == at && !after {
					must(t, h.db, `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'retenant landing'`)
				}
				return nil
			}
			failed, err := h.refresh(sandbox)
			if err == nil || failed.State != refresh.Running {
				t.Fatalf("the run ends %s, %v", failed.State, err)
			}
			if got := h.sandboxRows(); got != before {
				t.Fatalf("the target changed:\n%s", got)
			}
			h.runner.Inject = nil
			done, err := h.runner.Run(t.Context(), failed.ID)
			if err != nil || done.State != refresh.Opened || done.Attempts != 2 {
				t.Fatalf("the next run ends %s in attempt %d: %v", done.State, done.Attempts, err)
			}
			if got := strings.Count(h.sandboxRows(), "\n") + 1; got != 3 {
				t.Errorf("the target has %d rows instead of 3", got)
			}
		})
	}
}

// TestAHostTransactionThatWasOpenAtTheClose is drained, or reported, and never silently kept.
func TestAHostTransactionThatWasOpenAtTheClose(t *testing.T) {
	writing := func(t *testing.T, h *host) (end func()) {
		tx, err := h.db.BeginTxx(context.WithoutCancel(t.Context()), nil)
		if err != nil {
			t.Fatal(err)
		}
		must(t, tx, `INSERT INTO people (tenant_id, name) VALUES (12, 'Late')`)
		t.Cleanup(func() { _ = tx.Rollback() })
		return func() {
			if err := tx.Commit(); err != nil {
				t.Error(err)
			}
		}
	}
	t.Run("that ends in time is drained", func(t *testing.T) {
		h := people(t)
		end := writing(t, h)
		h.runner.Inject = func(_ context.Context, step string, after bool) error {
			if step == "drain" && !after {
				time.AfterFunc(50*time.Millisecond, end)
			}
			return nil
		}
		done, err := h.refresh(sandbox)
		if err != nil {
			t.Fatal(err)
		}
		if rows := h.sandboxRows(); strings.Contains(rows, "Late") || len(done.Receipt.Stragglers) > 0 {
			t.Errorf("what the transaction wrote survived the refresh:\n%s\n%v", rows, done.Receipt.Stragglers)
		}
	})
	t.Run("that does not end is reported", func(t *testing.T) {
		h := people(t)
		before := h.sandboxRows()
		end := writing(t, h)
		h.runner.Grace = 200 * time.Millisecond
		failed, err := h.refresh(sandbox)
		if !errors.Is(err, refresh.ErrNotDrained) || !strings.Contains(err.Error(), "session ") {
			t.Fatalf("%v, want ErrNotDrained with the session", err)
		}
		if got := h.sandboxRows(); got != before {
			t.Errorf("the target changed:\n%s", got)
		}
		end()
		if done, err := h.runner.Run(t.Context(), failed.ID); err != nil || done.State != refresh.Opened {
			t.Fatalf("the next run ends %s: %v", done.State, err)
		}
		if rows := h.sandboxRows(); strings.Contains(rows, "Late") {
			t.Errorf("what the transaction wrote survived the refresh:\n%s", rows)
		}
	})
	t.Run("a row written later is counted", func(t *testing.T) {
		h := people(t)
		h.runner.Inject = func(_ context.Context, step string, after bool) error {
			if step == "commit" && after {
				must(t, h.db, `INSERT INTO people (tenant_id, name) VALUES (12, 'Straggler')`)
			}
			return nil
		}
		done, err := h.refresh(sandbox)
		if err != nil || len(done.Receipt.Stragglers) != 1 || done.Receipt.Stragglers[0].Rows != 1 {
			t.Errorf("the straggler is not in the receipt: %v, %v", done.Receipt.Stragglers, err)
		}
	})
}

// TestA22_QuietInTheDatasOwnTransaction keeps the directory in the tenants' database: data and quiet settings become visible with one COMMIT.
func TestA22_QuietInTheDatasOwnTransaction(t *testing.T) {
	h := people(t)
	ctx := t.Context()
	if err := sqlstore.Install(ctx, h.db); err != nil {
		t.Fatal(err)
	}
	directory, err := sqlstore.NewDirectory(h.db)
	if err != nil {
		t.Fatal(err)
	}
	loud, err := tenancy.Settings{}.EnableCommunications().EnableWorkflows().EnableCallouts()
	if err != nil {
		t.Fatal(err)
	}
	for _, tenant := range []tenancy.Tenant{{ID: production, Kind: tenancy.Production}, {ID: sandbox, Kind: tenancy.Sandbox, Settings: loud}} {
		if err := directory.Declare(ctx, tenant); err != nil {
			t.Fatal(err)
		}
	}
	data := postgres.Shared(h.db, sqldata.Config{Handover: directory.Handover})
	h.runner.Directory, h.runner.Source, h.runner.Target = directory, data, data
	seen := ""
	h.runner.Inject = func(ctx context.Context, step string, after bool) error {
		if step == "prepare" && after || step == "commit" && after { // settle has not run
			tenant, err := directory.Tenant(ctx, sandbox)
			if err != nil {
				return err
			}
			if replaced := !strings.Contains(h.sandboxRows(), "Old"); replaced != tenant.Settings.Quiet() || replaced != (tenant.Provenance != nil) {
				t.Errorf("%s: replaced is %v and quiet %v", step, replaced, tenant.Settings.Quiet())
			}
			seen += step + " "
		}
		return nil
	}
	done, err := h.refresh(sandbox)
	if err != nil || seen != "prepare commit " {
		t.Fatalf("seen %q, %v", seen, err)
	}
	tenant, err := directory.Tenant(ctx, sandbox)
	if err != nil || tenant.Generation != 1 || done.Receipt.Generation != 1 || tenant.Provenance.Source != production || tenant.Outage != nil {
		t.Errorf("the tenant is left as %+v, %v", tenant, err)
	}
	for channel, row := range map[tenancy.Channel]string{tenancy.Mail: "A22", tenancy.Callout: "A23", tenancy.Workflow: "A24"} {
		if err := tenant.Allow(channel); !errors.Is(err, tenancy.ErrRefused) || !strings.Contains(err.Error(), "copy of 7") {
			t.Errorf("%s: %v", row, err)
		}
	}
}
