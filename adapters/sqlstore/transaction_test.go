package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"pgregory.net/rapid"

	_ "modernc.org/sqlite"

	"github.com/retenant/retenant/tenancy"
)

type stateError string

func (s stateError) Error() string    { return "the database said " + string(s) }
func (s stateError) SQLState() string { return string(s) }

type codeError int

func (c codeError) Error() string { return fmt.Sprint("the database said ", int(c)) }
func (c codeError) Code() int     { return int(c) }

func TestWhatIsRunAgain(t *testing.T) {
	for text, want := range map[string]bool{"Error 1213 (40001): Deadlock found": true, "Error 1205 (HY000): Lock wait timeout exceeded": true, "Error 1020: Record has changed": true,
		"Error 1062 (23000): Duplicate entry 'Error 1213 (40001): x' for key 'PRIMARY'": false, "the file of Error 12 is gone": false, "busy": false} {
		if got := mysql.again(fmt.Errorf("wrapped: %w", errors.New(text))); got != want {
			t.Errorf("MySQL %v: run again %v", text, got)
		}
	}
	for err, want := range map[error]bool{stateError("40001"): true, stateError("40P01"): true, stateError("23505"): false, stateError("57014"): false} {
		if got := postgres.again(fmt.Errorf("wrapped: %w", err)); got != want {
			t.Errorf("PostgreSQL %v: run again %v", err, got)
		}
	}
	for err, want := range map[error]bool{codeError(5): true, codeError(261): true, codeError(517): true, codeError(6): true, codeError(262): true, codeError(1): false,
		codeError(2067): false, codeError(13): false, errors.New("busy"): false} {
		if got := sqlite.again(fmt.Errorf("wrapped: %w", err)); got != want {
			t.Errorf("SQLite %v: run again %v", err, got)
		}
	}
}

// An attempt that the database wants to be made again is made again; others are not, and none after the caller has given up.
func TestAgain(t *testing.T) {
	e := engine{dialect: &postgres}
	for _, failures := range []int{0, 1, 4} {
		attempts := 0
		err := e.again(t.Context(), func() error {
			if attempts++; attempts <= failures {
				return stateError("40001")
			}
			return nil
		})
		if err != nil || attempts != failures+1 {
			t.Errorf("%d failures: %d attempts, %v", failures, attempts, err)
		}
	}
	attempts := 0
	if err := e.again(t.Context(), func() error { attempts++; return stateError("23505") }); err == nil || attempts != 1 {
		t.Errorf("another failure: %d attempts, %v", attempts, err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	gaveUp := errors.New("gave up")
	err := e.again(ctx, func() error {
		cancel(gaveUp)
		return stateError("40001")
	})
	if !errors.Is(err, gaveUp) || !strings.Contains(err.Error(), "40001") {
		t.Errorf("a caller that gave up gets %v", err)
	}
}

// SQLite: while another one writes, we wait, without any busy_timeout in the DSN.
func TestSQLiteWaitsForAnotherWriter(t *testing.T) {
	open := func(path string) *sqlx.DB {
		db, err := sqlx.Open("sqlite", "file:"+path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
	path := filepath.Join(t.TempDir(), "store.db")
	db, other := open(path), open(path)
	if err := Install(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	conn, err := other.Connx(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	d, err := NewDirectory(db)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Declare(ctx, tenancy.Tenant{ID: "t"}); !errors.Is(err, context.Canceled) {
		t.Fatalf("a caller that gave up gets %v", err)
	}
	declared := make(chan error)
	go func() { declared <- d.Declare(context.WithoutCancel(ctx), tenancy.Tenant{ID: "t"}) }()
	select {
	case err := <-declared:
		t.Fatalf("did not wait for the other writer: %v", err)
	case <-time.After(30 * time.Millisecond):
	}
	if _, err := conn.ExecContext(t.Context(), "COMMIT"); err != nil {
		t.Fatal(err)
	}
	if err := <-declared; err != nil {
		t.Fatal(err)
	}
}

func TestSQLiteInMemory(t *testing.T) {
	db, err := sqlx.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if err := Install(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	d, err := NewDirectory(db)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Declare(t.Context(), tenancy.Tenant{ID: "t", Kind: tenancy.Sandbox}); err != nil {
		t.Fatal(err)
	}
	if got, err := d.Tenant(t.Context(), "t"); err != nil || got.Kind != tenancy.Sandbox {
		t.Fatalf("%+v, %v", got, err)
	}
}

// Instants keep their microseconds and, as text, their order.
func TestInstant(t *testing.T) {
	at := rapid.Custom(func(t *rapid.T) time.Time {
		zone := time.FixedZone("", 60*rapid.IntRange(-14*60, 14*60).Draw(t, "zone"))
		return time.UnixMicro(rapid.Int64Range(-6e16, 2.5e17).Draw(t, "microseconds")).Add(time.Duration(rapid.IntRange(0, 999).Draw(t, "ns"))).In(zone)
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := at.Draw(t, "a"), at.Draw(t, "b")
		textA, errA := instant{a}.Value()
		textB, errB := instant{b}.Value()
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		micro := func(t time.Time) int64 { return t.UnixNano() / 1000 }
		if a.Year() > 1700 && a.Year() < 2200 && b.Year() > 1700 && b.Year() < 2200 && a.UnixNano() >= 0 && b.UnixNano() >= 0 {
			if (textA.(string) < textB.(string)) != (micro(a) < micro(b)) {
				t.Fatalf("%v and %v are not in the order of %v and %v", textA, textB, a, b)
			}
		}
		for _, stored := range []any{textA, []byte(textA.(string)), a} {
			var back instant
			if err := back.Scan(stored); err != nil || back.Location() != time.UTC || !back.Truncate(time.Microsecond).Equal(a.Truncate(time.Microsecond)) {
				t.Fatalf("%v came back as %v, %v", a, back, err)
			}
		}
	})
	for _, far := range []time.Time{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if _, err := (instant{far}).Value(); err == nil {
			t.Errorf("the year %d was stored", far.Year())
		}
	}
	if v, err := (instant{}).Value(); v != nil || err != nil {
		t.Errorf("the zero time is %v, %v and not NULL", v, err)
	}
	for _, bad := range []any{"2026-04-03", "yesterday", 7, true} {
		if err := new(instant).Scan(bad); err == nil {
			t.Errorf("%v was read as an instant", bad)
		}
	}
}
