package mysql_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/adapters/mysql"
	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/refresh"
)

func TestDrain(t *testing.T) {
	db := open(t, testdb.MySQL(t))
	must(t, db, thingsTable)
	data := mysql.Shared(db, sqldata.Config{})
	transaction := func(statements ...string) *sqlx.Conn {
		conn, err := db.Connx(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		must(t, conn, "START TRANSACTION")
		must(t, conn, statements...)
		return conn
	}
	end := func(conn *sqlx.Conn) { must(t, conn, "ROLLBACK") }
	sessions := func(mark []byte) (int, []byte) {
		t.Helper()
		open, next, err := data.Open(t.Context(), sandbox, mark)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range open {
			if o.Session == "" || strings.Contains(o.Client+o.Session, "INSERT") || o.Age > time.Minute {
				t.Errorf("%+v", o)
			}
		}
		return len(open), next
	}
	writer := transaction("SAVEPOINT a", "INSERT INTO things VALUES (1, 12)")
	reader := transaction("SELECT count(*) FROM things")
	n, mark := sessions(nil)
	if n != 1 {
		t.Errorf("%d open transactions instead of the one that writes", n)
	}
	time.Sleep(1100 * time.Millisecond) // the server tells the second only
	late := transaction("INSERT INTO things VALUES (3, 12)")
	if n, again := sessions(mark); n != 1 || string(again) != string(mark) {
		t.Errorf("%d open transactions from before the mark instead of one", n)
	}
	stage := begin(t, data, 1, extent(t, data, "things", partner))
	if err := stage.Write(t.Context(), extent(t, data, "things", partner), batch(2, "77", "13")); err != nil {
		t.Fatal(err)
	}
	if n, _ := sessions(nil); n != 2 {
		t.Errorf("%d open transactions instead of two; a landing is none", n)
	}
	if err := stage.Rollback(); err != nil {
		t.Fatal(err)
	}
	end(writer)
	must(t, reader, "INSERT INTO things VALUES (4, 12)")
	if n, _ := sessions(mark); n != 1 {
		t.Errorf("%d open transactions instead of the one that began before the mark and writes now", n)
	}
	end(reader)
	if n, _ := sessions(mark); n != 0 {
		t.Errorf("%d open transactions after the last one from before the mark has ended", n)
	}
	end(late)
	if _, _, err := data.Open(t.Context(), sandbox, []byte("x")); err == nil {
		t.Error("a damaged mark was read")
	}
}

// TestAHostTransactionThatWasOpenAtTheClose is waited for, or reported.
func TestAHostTransactionThatWasOpenAtTheClose(t *testing.T) {
	for _, ends := range []bool{true, false} {
		h := people(t)
		tx, err := h.db.BeginTxx(context.WithoutCancel(t.Context()), nil)
		if err != nil {
			t.Fatal(err)
		}
		must(t, tx, "INSERT INTO people (tenant_id, name) VALUES (12, 'Late')")
		h.runner.Grace = 2 * time.Second
		h.runner.Inject = func(_ context.Context, step string, after bool) error {
			if ends && step == "close" && after {
				time.AfterFunc(300*time.Millisecond, func() { _ = tx.Commit() })
			}
			return nil
		}
		_, err = h.refresh(sandbox)
		if ends && err != nil || !ends && !errors.Is(err, refresh.ErrNotDrained) {
			t.Errorf("ends %t: %v", ends, err)
		}
		_ = tx.Rollback()
		if got := h.sandboxRows(); strings.Contains(got, "Late") || ends == strings.Contains(got, "Old") {
			t.Errorf("ends %t: the target has %q", ends, got)
		}
	}
}
