package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"go/build"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/sqlstore"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

func TestInstallKeepsWhatIsThere(t *testing.T) {
	onEach(t, func(t *testing.T, e testEngine) {
		db, _ := e.installed(t)
		if err := e.directory(t, db).Declare(t.Context(), tenancy.Tenant{ID: "t", Kind: tenancy.Sandbox}); err != nil {
			t.Fatal(err)
		}
		if err := sqlstore.Install(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		if _, err := e.directory(t, db).Tenant(t.Context(), "t"); err != nil {
			t.Fatalf("installing again lost a tenant: %v", err)
		}
	})
}

func TestInstallAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, e testEngine) {
		dsn := e.dsn(t)
		var installing sync.WaitGroup
		errs := make([]error, 6)
		for i := range errs {
			db := e.open(t, dsn)
			installing.Go(func() { errs[i] = sqlstore.Install(t.Context(), db) })
		}
		installing.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		db := e.open(t, dsn)
		for _, table := range []string{"retenant_chain", "retenant_store_version"} {
			var rows int
			if err := db.Get(&rows, `SELECT count(*) FROM `+table); err != nil || rows != 1 {
				t.Fatalf("%s has %d rows and not one; %v", table, rows, err)
			}
		}
	})
}

// MariaDB has no transaction for DDL: an installation that was broken off after any of its statements goes on.
func TestMariaDBInstallGoesOn(t *testing.T) {
	e := engines[2]
	for _, missing := range [][]string{{"retenant_chain"}, {"retenant_lease", "retenant_chain"}, {"retenant_refresh", "retenant_lease", "retenant_chain"},
		{"retenant_tenant", "retenant_handover", "retenant_refresh", "retenant_lease", "retenant_chain"}} {
		db, _ := e.installed(t)
		for _, table := range missing {
			mustExec(t, db, "DROP TABLE "+table)
		}
		mustExec(t, db, "UPDATE retenant_store_version SET version = 0")
		if err := sqlstore.Install(t.Context(), db); err != nil {
			t.Fatalf("without %v: %v", missing, err)
		}
		for table, want := range map[string]int{"retenant_chain": 1, "retenant_store_version": 1, "retenant_lease": 0, "retenant_tenant": 0} {
			var rows int
			if err := db.Get(&rows, "SELECT count(*) FROM "+table); err != nil || rows != want {
				t.Errorf("without %v: %s has %d rows and not %d; %v", missing, table, rows, want, err)
			}
		}
		if _, err := e.store(t, db).Refreshes(t.Context(), "t"); err != nil {
			t.Error(err)
		}
	}
}

func TestForgetfulMariaDBIsRefused(t *testing.T) {
	db := engines[2].open(t, engines[2].dsn(t))
	mustExec(t, db, "SET GLOBAL innodb_flush_log_at_trx_commit = 2")
	t.Cleanup(func() { _, _ = db.Exec("SET GLOBAL innodb_flush_log_at_trx_commit = 1") })
	if err := sqlstore.Install(t.Context(), db); err == nil || !strings.Contains(err.Error(), "innodb_flush_log_at_trx_commit = 1") {
		t.Error(err)
	}
}

func TestInstallRefusesNewerTables(t *testing.T) {
	onEach(t, func(t *testing.T, e testEngine) {
		db, _ := e.installed(t)
		mustExec(t, db, `UPDATE retenant_store_version SET version = 99`)
		if err := sqlstore.Install(t.Context(), db); err == nil || !strings.Contains(err.Error(), "version 99") || !strings.Contains(err.Error(), "newer release") {
			t.Fatalf("tables of version 99: %v", err)
		}
		var version int
		if err := db.Get(&version, `SELECT version FROM retenant_store_version`); err != nil || version != 99 {
			t.Fatalf("the version was changed to %d, %v", version, err)
		}
	})
}

func TestMissingTables(t *testing.T) {
	onEach(t, func(t *testing.T, e testEngine) {
		db := e.open(t, e.dsn(t))
		_, err := e.directory(t, db).Tenant(t.Context(), "t")
		for name, err := range map[string]error{"Tenant": err, "Create": e.store(t, db).Create(t.Context(), refresh.Refresh{ID: "r"})} {
			if err == nil || !strings.Contains(err.Error(), "call sqlstore.Install first") {
				t.Errorf("%s without tables: %v", name, err)
			}
		}
	})
}

func TestForgetfulSQLiteIsRefused(t *testing.T) {
	e := engines[0]
	for setting, refused := range map[string]bool{"OFF": true, "NORMAL": true, "FULL": false, "EXTRA": false} {
		db := e.open(t, e.dsn(t)+"&_pragma=synchronous("+setting+")")
		err := sqlstore.Install(t.Context(), db)
		if (err != nil) != refused || refused && !strings.Contains(err.Error(), "synchronous(FULL)") {
			t.Errorf("synchronous %s: %v", setting, err)
		}
	}
}

func TestUnknownDriver(t *testing.T) {
	connector := sqlx.NewDb(sql.OpenDB(nowhere{}), "oracle")
	_, errStore := sqlstore.NewStore(connector)
	_, errDirectory := sqlstore.NewDirectory(connector)
	_, errNil := sqlstore.NewStore(nil)
	for name, err := range map[string]error{"NewStore": errStore, "NewDirectory": errDirectory, "Install": sqlstore.Install(t.Context(), connector)} {
		if err == nil || !strings.Contains(err.Error(), `"oracle"`) || !strings.Contains(err.Error(), `"sqlite"`) {
			t.Errorf("%s on an unknown driver: %v", name, err)
		}
	}
	if errNil == nil {
		t.Error("NewStore(nil) gave no error")
	}
}

func TestImportsNoDriver(t *testing.T) {
	p, err := build.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	allowed := []string{"github.com/jmoiron/sqlx", "github.com/retenant/retenant/refresh", "github.com/retenant/retenant/tenancy",
		"github.com/retenant/retenant/tenancy/configuration"}
	for _, path := range p.Imports {
		if strings.Contains(path, ".") && !slices.Contains(allowed, path) {
			t.Errorf("imports %s", path)
		}
	}
}

// A transaction that fails, for whatever reason, leaves the connection free.
func TestFailedTransactionsLeaveNothingOpen(t *testing.T) {
	onEach(t, func(t *testing.T, e testEngine) {
		db, _ := e.installed(t)
		db.SetMaxOpenConns(1)
		d := e.directory(t, db)
		if err := d.Declare(t.Context(), tenancy.Tenant{ID: "t", Kind: tenancy.Sandbox}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		failure := errors.New("the host says no")
		for name, change := range map[string]func(tenancy.Settings) (tenancy.Settings, error){
			"refused": func(s tenancy.Settings) (tenancy.Settings, error) { return s.EnableWorkflows(), failure },
			"cancelled": func(s tenancy.Settings) (tenancy.Settings, error) {
				cancel()
				return s.EnableWorkflows(), nil
			},
		} {
			if _, err := d.Change(ctx, "t", change); err == nil {
				t.Fatalf("%s: the change went through", name)
			}
			if got, err := d.Tenant(t.Context(), "t"); err != nil || !got.Settings.Quiet() {
				t.Fatalf("%s: the change was kept: %+v, %v", name, got, err)
			}
		}
		if s, err := d.Change(t.Context(), "t", func(s tenancy.Settings) (tenancy.Settings, error) { return s.EnableWorkflows(), nil }); err != nil || !s.Workflows() {
			t.Fatalf("after that: %v, %v", s, err)
		}
	})
}
