package mysql

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/jmoiron/sqlx"
	"pgregory.net/rapid"

	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/tenancy/schema"
)

func database(t *testing.T, statements ...string) *sqlx.DB {
	t.Helper()
	db, err := Open(t.Context(), testdb.MySQL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%v in %s", err, statement)
		}
	}
	return db
}

// inStage runs something in a stage's transaction and commits it.
func inStage(t *testing.T, db *sqlx.DB, do func(conn *sqlx.Conn) error) error {
	t.Helper()
	conn, err := db.Connx(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = dialect{}.End(context.WithoutCancel(t.Context()), conn)
		_ = conn.Raw(func(any) error { return errNotReused })
		_ = conn.Close()
	}()
	if err := (dialect{}).BeginStage(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	err = do(conn)
	if _, failed := conn.ExecContext(t.Context(), "COMMIT"); failed != nil && err == nil {
		t.Fatal(failed)
	}
	return err
}

// things describes the table of that name.
func things(t *testing.T, db *sqlx.DB) (*schema.Table, schema.Column) {
	t.Helper()
	conn, err := db.Connx(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	d, err := dialect{}.Inspect(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	table := d.Schema.Table("things")
	c, _ := table.Column("id")
	return table, c
}

func reserve(t *testing.T, db *sqlx.DB, above, n int64) (first int64, err error) {
	t.Helper()
	table, column := things(t, db)
	err = inStage(t, db, func(conn *sqlx.Conn) error {
		first, err = dialect{}.Reserve(t.Context(), conn, table, column, above, n)
		return err
	})
	return first, err
}

// TestD24_ReservedKeysAreNobodyElses reserves small and large ranges from two landings at once while others insert as fast as they can, in each of the ways in which
// the server counts.
func TestD24_ReservedKeysAreNobodyElses(t *testing.T) {
	db := database(t, "CREATE TABLE things (id bigint AUTO_INCREMENT PRIMARY KEY, name varchar(40) NOT NULL UNIQUE DEFAULT (uuid()))")
	ctx, stop := context.WithCancel(t.Context())
	var mu sync.Mutex
	drawn := map[int64]bool{}
	var others sync.WaitGroup
	for worker := range 4 {
		others.Go(func() {
			for ctx.Err() == nil {
				statement, n := "INSERT INTO things () VALUES ()", int64(1)
				if worker == 0 {
					statement, n = "INSERT INTO things () VALUES "+strings.Repeat("(), ", 199)+"()", 200
				}
				if worker == 1 {
					statement = "INSERT INTO things (name) SELECT uuid() FROM seq_1_to_50" // the server does not know how many
				}
				result, err := db.ExecContext(context.WithoutCancel(ctx), statement)
				if err != nil {
					t.Errorf("a host's insert failed: %v", err)
					return
				}
				first, _ := result.LastInsertId()
				mu.Lock()
				for id := first; id < first+n; id++ {
					drawn[id] = true
				}
				mu.Unlock()
			}
		})
	}
	type span struct{ first, n int64 }
	var spans []span
	var landings sync.WaitGroup
	table, column := things(t, db)
	for _, n := range []int64{3, 200_000} {
		landings.Go(func() {
			for range 15 {
				if err := inStage(t, db, func(conn *sqlx.Conn) error {
					first, err := dialect{}.Reserve(ctx, conn, table, column, 0, n)
					mu.Lock()
					spans = append(spans, span{first, n})
					mu.Unlock()
					return err
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	landings.Wait()
	stop()
	others.Wait()
	var ids []int64
	if err := db.Select(&ids, "SELECT id FROM things"); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		drawn[id] = true
	}
	if len(drawn) < 1000 {
		t.Errorf("only %d keys were drawn by others", len(drawn))
	}
	for i, s := range spans {
		for id := s.first; id < s.first+s.n; id++ {
			if drawn[id] {
				t.Fatalf("key %d was reserved and given to somebody else", id)
			}
		}
		for _, o := range spans[:i] {
			if s.first < o.first+o.n && o.first < s.first+s.n {
				t.Fatalf("%v and %v were reserved twice", s, o)
			}
		}
	}
}

func TestD24_ReservationsStayAbove(t *testing.T) {
	next := func(db *sqlx.DB) int64 {
		t.Helper()
		result, err := db.Exec("INSERT INTO things () VALUES ()")
		if err != nil {
			t.Fatal(err)
		}
		id, _ := result.LastInsertId()
		return id
	}
	plain := "CREATE TABLE things (id bigint AUTO_INCREMENT PRIMARY KEY)"
	t.Run("rows that the counter does not know of", func(t *testing.T) {
		db := database(t, plain, "INSERT INTO things VALUES (5)", "UPDATE things SET id = 5000")
		first, err := reserve(t, db, 0, 10)
		if err != nil || first <= 5000 {
			t.Fatal(first, err)
		}
		if id := next(db); id < first+10 {
			t.Errorf("the host got %d after %d to %d were reserved", id, first, first+9)
		}
	})
	t.Run("keys of mappings", func(t *testing.T) {
		if first, err := reserve(t, database(t, plain), 70_000, 10); err != nil || first <= 70_000 {
			t.Fatal(first, err)
		}
	})
	t.Run("a quiet counter leaves no gap for few keys and a small one for many", func(t *testing.T) {
		db := database(t, plain, "INSERT INTO things VALUES ()")
		for want := int64(2); want < 50; want += 12 {
			if first, err := reserve(t, db, 0, 12); err != nil || first != want {
				t.Fatal(first, want, err)
			}
		}
		for n := int64(1000); n <= 1_000_000_000; n *= 1000 {
			first, err := reserve(t, db, 0, n)
			id := next(db)
			if err != nil || id < first+n || id > first+n+n/200+70_000 {
				t.Errorf("%d keys from %d, and the next insert gets %d: %v", n, first, id, err)
			}
		}
	})
	t.Run("a negative key and one of zero", func(t *testing.T) {
		db := database(t, plain, "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO'", "INSERT INTO things VALUES (-5)")
		if first, err := reserve(t, db, 0, 2); err != nil || first != 1 {
			t.Error(first, err)
		}
	})
	t.Run("limits", func(t *testing.T) {
		db := database(t, "CREATE TABLE things (id smallint AUTO_INCREMENT PRIMARY KEY)")
		for _, n := range []int64{40_000, math.MaxInt64, 32_767} {
			if first, err := reserve(t, db, 0, n); err == nil || !strings.Contains(err.Error(), "limit of 32767") || !strings.Contains(err.Error(), "MODIFY `id` bigint") {
				t.Errorf("%d keys: %d, %v", n, first, err)
			}
		}
		if first, err := reserve(t, db, 0, 32_000); err != nil || first != 1 {
			t.Errorf("32000 keys fit a smallint: %d, %v", first, err)
		}
		if id := next(db); id != 32_001 && id > 32_767 {
			t.Errorf("the host gets %d", id)
		}
	})
	t.Run("what became of the landing does not matter", func(t *testing.T) {
		db := database(t, plain)
		table, column := things(t, db)
		conn, err := db.Connx(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := (dialect{}).BeginStage(t.Context(), conn); err != nil {
			t.Fatal(err)
		}
		first, err := dialect{}.Reserve(t.Context(), conn, table, column, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		if other, err := reserve(t, db, 0, 5); err != nil || other < first+100 { // does not wait for the first landing either
			t.Fatal(other, err)
		}
		_ = dialect{}.End(t.Context(), conn)
		if id := next(db); id < first+105 {
			t.Error(fmt.Sprint("a key was handed out twice: ", id))
		}
	})
}

// TestD24_WhateverTheTableDemands reserves keys of tables whose rows must have values that no other has.
func TestD24_WhateverTheTableDemands(t *testing.T) {
	for _, definition := range []string{
		"(id int AUTO_INCREMENT PRIMARY KEY, name varchar(20) NOT NULL UNIQUE, code char(8) NOT NULL, UNIQUE (code, name))",
		"(id int unsigned AUTO_INCREMENT PRIMARY KEY, email varchar(99) NOT NULL, folded varchar(99) AS (lower(email)) STORED UNIQUE)",
		"(id bigint AUTO_INCREMENT PRIMARY KEY, t text NOT NULL, UNIQUE (t(12)))",
		"(id bigint AUTO_INCREMENT, at datetime NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (year(at)) (PARTITION a VALUES LESS THAN (2021), PARTITION b VALUES LESS THAN (2022))",
		"(tenant_id int NOT NULL, id bigint NOT NULL AUTO_INCREMENT, PRIMARY KEY (tenant_id, id), KEY (id))",
		"(id bigint AUTO_INCREMENT PRIMARY KEY, up bigint NOT NULL, age int NOT NULL CHECK (age > 18), kind enum('a', 'b') NOT NULL, at date NOT NULL, j json NOT NULL, g geometry NOT NULL, p polygon NOT NULL, b blob NOT NULL, u uuid NOT NULL, FOREIGN KEY (up) REFERENCES things (id))",
		"(id bigint AUTO_INCREMENT PRIMARY KEY, u uuid NOT NULL UNIQUE, n int NOT NULL UNIQUE, d decimal(18,2) NOT NULL UNIQUE, at datetime(6) NOT NULL UNIQUE, ts timestamp(6) NOT NULL UNIQUE, day date NOT NULL UNIQUE, b varbinary(16) NOT NULL UNIQUE, f double NOT NULL UNIQUE, tm time(6) NOT NULL UNIQUE)",
		"(`or``der` int, id bigint AUTO_INCREMENT KEY, s int UNIQUE, `select` varchar(9) UNIQUE)",
	} {
		db := database(t, "CREATE TABLE things "+definition)
		if strings.Contains(definition, "PARTITION") {
			if _, err := db.Exec("INSERT INTO things (at) VALUES ('2021-05-05')"); err != nil {
				t.Fatal(err)
			}
		}
		var before, after int
		if err := db.Get(&before, "SELECT count(*) FROM things"); err != nil {
			t.Fatal(err)
		}
		for _, n := range []int64{1, 7, 5000} {
			if _, err := reserve(t, db, 0, n); err != nil {
				t.Errorf("%v in %s", err, definition)
			}
		}
		if err := db.Get(&after, "SELECT count(*) FROM things"); err != nil || after != before {
			t.Errorf("%d rows are left, %v", after-before, err)
		}
	}
	db := database(t, "CREATE TABLE things (id bigint PRIMARY KEY)")
	if _, err := reserve(t, db, 0, 1); err == nil || !strings.Contains(err.Error(), "AUTO_INCREMENT") {
		t.Error(err)
	}
}

// TestSpread: the rows of a reservation span its keys, and little more.
func TestSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, 1<<31).Draw(t, "n")
		rows, step := spread(n)
		if span := (rows-1)*step + 1; rows < 1 || step < 1 || step > maxStep || span < n || span-n > rows {
			t.Fatalf("%d rows in steps of %d span %d keys for %d", rows, step, span, n)
		}
	})
}
