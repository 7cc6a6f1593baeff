package mysql_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/adapters/mysql"
	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlstore"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

const thingsTable = "CREATE TABLE things (id bigint AUTO_INCREMENT PRIMARY KEY, tenant_id integer, KEY (tenant_id))"

// TestChangesOfOthersAreFound holds the account of row changes to being exact with partitions and triggers.
func TestChangesOfOthersAreFound(t *testing.T) {
	for name, c := range map[string]struct {
		make  []string
		found bool
	}{
		"nothing but the landing": {nil, false},
		"partitions":              {[]string{"CREATE TABLE more (id bigint AUTO_INCREMENT PRIMARY KEY, tenant_id integer) PARTITION BY HASH (id) PARTITIONS 3", "INSERT INTO more (tenant_id) VALUES (12), (12), (7)"}, false},
		"a trigger that inserts":  {[]string{"CREATE TABLE log (what text)", "CREATE TRIGGER noted AFTER INSERT ON things FOR EACH ROW INSERT INTO log VALUES ('x')"}, true},
		"a trigger that deletes":  {[]string{"CREATE TABLE log (what int)", "INSERT INTO log VALUES (1)", "CREATE TRIGGER noted AFTER DELETE ON things FOR EACH ROW DELETE FROM log"}, true},
		"a trigger that updates":  {[]string{"CREATE TABLE log (what int)", "INSERT INTO log VALUES (1)", "CREATE TRIGGER noted AFTER DELETE ON things FOR EACH ROW UPDATE log SET what = what + 1"}, true},
		"a cascade is not followed": {[]string{"CREATE TABLE parts (thing bigint, tenant_id integer, FOREIGN KEY (thing) REFERENCES things (id) ON DELETE CASCADE)",
			"INSERT INTO parts SELECT id, 3 FROM things WHERE tenant_id = 12"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, testdb.MySQL(t))
			must(t, db, thingsTable, "INSERT INTO things (tenant_id) SELECT 12 FROM seq_1_to_5")
			must(t, db, c.make...)
			data := mysql.Shared(db, sqldata.Config{})
			extents := []refresh.Extent{extent(t, data, "things", sandbox)}
			if name == "partitions" {
				extents = append(extents, extent(t, data, "more", sandbox))
			}
			stage := begin(t, data, 1, extents...)
			for _, e := range extents {
				for i := range 3 {
					if err := stage.Write(t.Context(), e, batch(2, []string{"101", "102", "103"}[i], "12")); err != nil {
						t.Fatal(err)
					}
				}
			}
			findings, err := stage.Check(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if found := len(findings) > 0; found != c.found {
				t.Errorf("findings: %+v", findings)
			}
			if name == "a cascade is not followed" {
				if err := stage.Commit(t.Context(), refresh.Handover{Run: "run", Token: 1, Target: sandbox}); err != nil {
					t.Fatal(err)
				}
				var parts int
				if err := db.Get(&parts, "SELECT count(*) FROM parts"); err != nil || parts != 5 {
					t.Errorf("%d of 5 rows of another tenant are left, %v", parts, err)
				}
			}
		})
	}
}

func TestFenceWaitsForALandingInItsCommit(t *testing.T) {
	db := open(t, testdb.MySQL(t))
	must(t, db, thingsTable)
	inside, fenced := make(chan struct{}), make(chan error, 1)
	data := mysql.Shared(db, sqldata.Config{Handover: func(ctx context.Context, _ sqlx.ExtContext, _ refresh.Handover) error {
		close(inside)
		for { // until the fence waits for us
			var waiting int
			if err := db.GetContext(ctx, &waiting, "SELECT count(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"); err != nil || waiting > 0 {
				return err
			}
			time.Sleep(150 * time.Millisecond) // the server looks again after 100 ms at the earliest
		}
	}})
	stage := begin(t, data, 1, extent(t, data, "things", sandbox))
	go func() {
		<-inside
		fenced <- data.Fence(context.WithoutCancel(t.Context()), sandbox, 2)
	}()
	if err := stage.Commit(t.Context(), refresh.Handover{Run: "run", Token: 1, Target: sandbox}); err != nil {
		t.Fatal(err)
	}
	if err := <-fenced; err != nil {
		t.Fatal(err)
	}
	if done, err := data.Committed(t.Context(), sandbox, "run"); err != nil || !done {
		t.Errorf("after the fence the landing is committed: %t, %v", done, err)
	}
}

// TestADeadlockInTheHandoverDoesNotCommit has a hook that swallows the error by which the server says that it has rolled the landing back.
func TestADeadlockInTheHandoverDoesNotCommit(t *testing.T) {
	db := open(t, testdb.MySQL(t))
	must(t, db, thingsTable, "CREATE TABLE pair (id int PRIMARY KEY, n int)", "INSERT INTO pair VALUES (1, 0), (2, 0)", "CREATE TABLE heavy (id int AUTO_INCREMENT PRIMARY KEY)")
	deadlocked := false
	data := mysql.Shared(db, sqldata.Config{Handover: func(ctx context.Context, tx sqlx.ExtContext, _ refresh.Handover) error {
		if _, err := tx.ExecContext(ctx, "UPDATE pair SET n = 1 WHERE id = 1"); err != nil {
			return err
		}
		other, err := db.BeginTxx(ctx, nil) // which has written more, so that the server ends ours
		if err != nil {
			return err
		}
		defer func() { _ = other.Rollback() }()
		if _, err := other.ExecContext(ctx, "INSERT INTO heavy SELECT NULL FROM seq_1_to_500"); err != nil {
			return err
		}
		if _, err := other.ExecContext(ctx, "UPDATE pair SET n = 2 WHERE id = 2"); err != nil {
			return err
		}
		waits := make(chan error, 1)
		go func() { _, err := other.ExecContext(ctx, "UPDATE pair SET n = 2 WHERE id = 1"); waits <- err }()
		time.Sleep(100 * time.Millisecond)
		_, err = tx.ExecContext(ctx, "UPDATE pair SET n = 1 WHERE id = 2")
		var server *driver.MySQLError
		deadlocked = errors.As(err, &server) && server.Number == 1213
		if err := <-waits; err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO things (tenant_id) VALUES (12)") // begins another transaction
		return err
	}})
	e := extent(t, data, "things", sandbox)
	stage := begin(t, data, 1, e)
	if err := stage.Write(t.Context(), e, batch(2, "101", "12")); err != nil {
		t.Fatal(err)
	}
	err := stage.Commit(t.Context(), refresh.Handover{Run: "run", Token: 1, Target: sandbox})
	if !deadlocked {
		t.Fatalf("there was no deadlock: %v", err)
	}
	if err == nil || !strings.Contains(err.Error(), "rolled back") {
		t.Errorf("a landing whose transaction had ended says %v", err)
	}
	var rows int
	if err := db.Get(&rows, "SELECT count(*) FROM things"); err != nil || rows != 0 {
		t.Errorf("%d rows were written, %v", rows, err)
	}
	if done, err := data.Committed(t.Context(), sandbox, "run"); err != nil || done {
		t.Error(done, err)
	}
}

// TestAnOvertakenLandingLetsGo has a runner that is paused for longer than its lease while it keeps rows locked.
func TestAnOvertakenLandingLetsGo(t *testing.T) {
	db := open(t, testdb.MySQL(t))
	must(t, db, thingsTable, "INSERT INTO things VALUES (1, 12), (2, 13)")
	data := mysql.Shared(db, sqldata.Config{})
	e := extent(t, data, "things", sandbox)
	paused := begin(t, data, 1, e)
	if err := data.Fence(t.Context(), partner, 1); err != nil {
		t.Fatal(err)
	}
	other, err := data.Begin(t.Context(), refresh.Landing{Run: "other", Token: 1, Source: production, Target: partner, Replace: []refresh.Extent{extent(t, data, "things", partner)}})
	if err != nil {
		t.Fatal(err)
	}
	next := begin(t, data, 2, e)
	if err := next.Commit(t.Context(), refresh.Handover{Run: "next", Token: 2, Target: sandbox}); err != nil {
		t.Fatal(err)
	}
	if err := paused.Commit(t.Context(), refresh.Handover{Run: "paused", Token: 1, Target: sandbox}); err == nil {
		t.Error("a landing that was overtaken was committed")
	}
	if done, err := data.Committed(t.Context(), sandbox, "paused"); err != nil || done {
		t.Error(done, err)
	}
	if err := other.Commit(t.Context(), refresh.Handover{Run: "other", Token: 1, Target: partner}); err != nil {
		t.Errorf("the landing on another tenant was ended too: %v", err)
	}
}

// TestTheServerEndsTheSession ends the landing's session, as a restart of the server does, in the middle of every step that uses it.
func TestTheServerEndsTheSession(t *testing.T) {
	for _, at := range []string{"verify", "prepare", "commit"} {
		t.Run("before "+at, func(t *testing.T) {
			h := people(t)
			before := h.sandboxRows()
			h.runner.Inject = func(ctx context.Context, step string, after bool) error {
				if step != at || after {
					return nil
				}
				time.Sleep(150 * time.Millisecond) // the server shows for a tenth of a second what it looked up before
				var sessions []int64
				if err := h.db.Select(&sessions, "SELECT trx_mysql_thread_id FROM information_schema.innodb_trx WHERE trx_is_read_only = 0 AND trx_mysql_thread_id IN (SELECT id FROM information_schema.processlist WHERE db = DATABASE())"); err != nil {
					return err
				}
				if len(sessions) != 1 {
					t.Errorf("%d sessions have written", len(sessions))
				}
				for _, id := range sessions {
					if _, err := h.db.Exec("KILL ?", id); err != nil {
						return err
					}
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

// people is a host with three persons of production and one of the sandbox.
func people(t *testing.T) *host {
	t.Helper()
	db := open(t, testdb.MySQL(t))
	must(t, db, "CREATE TABLE people (id bigint AUTO_INCREMENT PRIMARY KEY, tenant_id bigint NOT NULL, name varchar(60), KEY (tenant_id))",
		"INSERT INTO people (tenant_id, name) VALUES (7, 'Ann'), (7, 'Bob'), (12, 'Old'), (7, 'Cid'), (13, 'Eve')")
	return newHost(t, "  people: {columns: {name: first_name}}\n", db)
}

func (h *host) sandboxRows() string {
	return h.rows("SELECT concat(id, ' ', name) FROM people WHERE tenant_id = 12 ORDER BY id")
}

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
	data := mysql.Shared(h.db, sqldata.Config{Handover: directory.Handover})
	h.runner.Directory, h.runner.Source, h.runner.Target = directory, data, data
	seen := ""
	h.runner.Inject = func(ctx context.Context, step string, after bool) error {
		if (step == "prepare" || step == "commit") && after { // settle has not run
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
	if _, err := h.refresh(sandbox); err != nil || seen != "prepare commit " {
		t.Fatalf("seen %q, %v", seen, err)
	}
}

// TestTheHostsSessionsStayAsTheyWere looks at every connection of a pool after refreshes went through it.
func TestTheHostsSessionsStayAsTheyWere(t *testing.T) {
	h := people(t)
	h.db.SetMaxOpenConns(4)
	for range 3 {
		if _, err := h.refresh(sandbox); err != nil {
			t.Fatal(err)
		}
	}
	for range 4 {
		conn, err := h.db.Connx(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		var session string
		if err := conn.GetContext(t.Context(), &session, "SELECT concat_ws(' ', if(@@autocommit, 'ON', 'OFF'), if(@@foreign_key_checks, 'ON', 'OFF'), @@tx_isolation, @@in_transaction, @@auto_increment_increment, @@sql_mode = @@global.sql_mode, @@time_zone = @@global.time_zone)"); err != nil || session != "ON ON REPEATABLE-READ 0 1 1 1" {
			t.Errorf("a session is left with %q, %v", session, err)
		}
	}
}

// TestTheSnapshotIsOfItsTime holds the time of a snapshot to rows that were committed before and after it.
func TestD22_TheSnapshotIsOfItsTime(t *testing.T) {
	db := open(t, testdb.MySQL(t))
	must(t, db, "CREATE TABLE things (id bigint AUTO_INCREMENT PRIMARY KEY, tenant_id integer, at varchar(40))", "INSERT INTO things (tenant_id, at) VALUES (7, utc_timestamp(6))")
	data := mysql.Shared(db, sqldata.Config{})
	e := extent(t, data, "things", production)
	snapshot, err := data.Snapshot(t.Context(), production)
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	must(t, db, "INSERT INTO things (tenant_id, at) VALUES (7, utc_timestamp(6))")
	var times []string
	if err := db.Select(&times, "SELECT at FROM things ORDER BY id"); err != nil {
		t.Fatal(err)
	}
	at := snapshot.At().Format("2006-01-02 15:04:05.000000")
	if n, err := snapshot.Count(t.Context(), e); err != nil || n != 1 || times[0] > at || at > times[1] || snapshot.At().Location() != time.UTC {
		t.Errorf("the snapshot of %s has %d rows of %v, %v", at, n, times, err)
	}
}

func TestOpenShowsNoPassword(t *testing.T) {
	for _, dsn := range []string{"ann:s3cret@tcp(127.0.0.1:1)/x?timeout=1s", "ann:s3cret@tcp(host:port:5)/x", "ann:s3cret@", "ann:s3cret@tcp(127.0.0.1:1)/", "ann:s3cret@tcp(127.0.0.1:1)/x?tls=nowhere"} {
		_, err := mysql.Open(t.Context(), dsn)
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%v", err)
		}
	}
	dsn := testdb.MySQL(t)
	if name := describe(t, mysql.Shared(open(t, dsn), sqldata.Config{})).Facts.Database; !strings.Contains(name, "/t_") || strings.Contains(name, "@") {
		t.Errorf("the database is described as %q", name)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := mysql.Open(ctx, dsn); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
