package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/adapters/postgres"
	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/schema"
)

// TestChangesOfOthersAreFound holds the account of row changes to being exact with partitions, cascades, triggers and savepoints.
func TestChangesOfOthersAreFound(t *testing.T) {
	for name, c := range map[string]struct {
		make  []string
		found bool
	}{
		"nothing but the landing": {nil, false},
		"partitions":              {[]string{"CREATE TABLE more (id bigserial, tenant_id integer) PARTITION BY HASH (id)", "CREATE TABLE more_0 PARTITION OF more FOR VALUES WITH (MODULUS 1, REMAINDER 0)"}, false},
		"a trigger": {[]string{"CREATE TABLE log (what text)", "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO log VALUES (''x''); RETURN NULL; END'",
			"CREATE TRIGGER noted AFTER INSERT ON things FOR EACH ROW EXECUTE FUNCTION note()", "ALTER TABLE things ENABLE ALWAYS TRIGGER noted"}, true},
		"a cascade": {[]string{"CREATE TABLE parts (thing bigint REFERENCES things ON DELETE CASCADE)", "INSERT INTO parts SELECT id FROM things WHERE tenant_id = 12"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			address := testdb.Postgres(t)
			admin := open(t, address)
			must(t, admin, "CREATE TABLE things (id bigserial PRIMARY KEY, tenant_id integer)", "INSERT INTO things (tenant_id) SELECT 12 FROM generate_series(1, 5)")
			must(t, admin, c.make...)
			db := admin
			if name == "a cascade" { // the engine follows it only where foreign keys are not suspended
				role, asRole := plainRole(t, address)
				must(t, admin, "GRANT ALL ON ALL TABLES IN SCHEMA public TO "+role, "GRANT CREATE ON SCHEMA public TO "+role)
				db = open(t, asRole)
			}
			must(t, db, "CREATE TEMP TABLE warm (id integer)", "INSERT INTO warm VALUES (1)", "DROP TABLE warm")
			data := postgres.Shared(db, sqldata.Config{})
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
		})
	}
}

// TestD23_DeferrableConstraintsAreVerified writes rows that break constraints which the server does not check while triggers are suspended.
func TestD23_DeferrableConstraintsAreVerified(t *testing.T) {
	db := open(t, testdb.Postgres(t))
	must(t, db, `CREATE TABLE things (id bigint, tenant_id integer, name text, "from" integer, "to" integer, flag boolean,
		CONSTRAINT key PRIMARY KEY (id) DEFERRABLE, CONSTRAINT named UNIQUE (tenant_id, name) DEFERRABLE INITIALLY DEFERRED, CONSTRAINT one UNIQUE NULLS NOT DISTINCT ("to") DEFERRABLE,
		CONSTRAINT apart EXCLUDE USING gist (int4range("from", "from" + 10) WITH &&) WHERE (flag) DEFERRABLE)`,
		`INSERT INTO things VALUES (1, 7, 'a', 0, 1, true), (2, 12, 'old', 20, 2, true)`)
	data := postgres.Shared(db, sqldata.Config{})
	e := extent(t, data, "things", sandbox)
	for i, c := range []struct {
		rows  [][]string
		found string
	}{
		{[][]string{{"3", "12", "a", "20", "3", "true"}, {"4", "12", "b", "5", "4", "false"}, {"5", "12", "", "40", "5", "true"}}, ""},
		{[][]string{{"1", "12", "x", "20", "6", "true"}}, "constraint key: 1 rows"},
		{[][]string{{"3", "12", "x", "20", "6", "true"}, {"4", "12", "x", "40", "7", "true"}}, "constraint named: 2 rows"},
		{[][]string{{"3", "12", "x", "20", "NULL", "true"}, {"4", "12", "y", "40", "NULL", "true"}}, "constraint one: 2 rows"},
		{[][]string{{"3", "12", "x", "5", "6", "true"}}, "constraint apart: 1 rows"},
	} {
		stage := begin(t, data, refresh.Token(i+1), e)
		for _, row := range c.rows {
			if err := stage.Write(t.Context(), e, nullable(row)); err != nil {
				t.Fatal(err)
			}
		}
		findings, err := stage.Check(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(findings) > 1 || (len(findings) == 1) != (c.found != "") || len(findings) == 1 && !strings.HasPrefix(findings[0].Message, c.found) {
			t.Errorf("%v: findings %+v instead of %q", c.rows, findings, c.found)
		}
		if err := stage.Rollback(); err != nil {
			t.Fatal(err)
		}
	}
}

// nullable makes a row in which the text NULL stands for it.
func nullable(cells []string) *schema.Batch {
	b := schema.NewBatch(len(cells), 0)
	for _, cell := range cells {
		if cell == "NULL" {
			b.Put(b.Buffer(), schema.Null)
		} else {
			b.Append(schema.Cell{Bytes: []byte(cell), Form: schema.Regular})
		}
	}
	return b
}

// TestFenceWaitsForALandingInItsCommit stops a landing between its look at the fence and its end.
func TestFenceWaitsForALandingInItsCommit(t *testing.T) {
	db := open(t, testdb.Postgres(t))
	must(t, db, "CREATE TABLE things (id bigint PRIMARY KEY, tenant_id integer)")
	inside, fenced := make(chan struct{}), make(chan error, 1)
	data := postgres.Shared(db, sqldata.Config{Handover: func(ctx context.Context, _ sqlx.ExtContext, _ refresh.Handover) error {
		close(inside)
		for { // until the fence waits for us
			var waiting int
			if err := db.GetContext(ctx, &waiting, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"); err != nil || waiting > 0 {
				return err
			}
			time.Sleep(5 * time.Millisecond)
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

// TestAnAbortedHandoverDoesNotCommit has a hook that swallows an error which ended the transaction.
func TestAnAbortedHandoverDoesNotCommit(t *testing.T) {
	db := open(t, testdb.Postgres(t))
	must(t, db, "CREATE TABLE things (id bigint PRIMARY KEY, tenant_id integer)")
	data := postgres.Shared(db, sqldata.Config{Handover: func(ctx context.Context, tx sqlx.ExtContext, _ refresh.Handover) error {
		_, _ = tx.ExecContext(ctx, "SELECT 1 / 0")
		return nil
	}})
	stage := begin(t, data, 1, extent(t, data, "things", sandbox))
	if err := stage.Commit(t.Context(), refresh.Handover{Run: "run", Token: 1, Target: sandbox}); err == nil {
		t.Error("a landing whose transaction had ended says that it is committed")
	}
}

// TestAnOvertakenLandingLetsGo has a runner that is paused for longer than its lease while it keeps rows locked.
func TestAnOvertakenLandingLetsGo(t *testing.T) {
	db := open(t, testdb.Postgres(t))
	must(t, db, "CREATE TABLE things (id bigint PRIMARY KEY, tenant_id integer)", "INSERT INTO things VALUES (1, 12), (2, 13)")
	data := postgres.Shared(db, sqldata.Config{})
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

func TestDrain(t *testing.T) {
	address := testdb.Postgres(t)
	db := open(t, address)
	must(t, db, "CREATE TABLE things (id bigint PRIMARY KEY, tenant_id integer)")
	role, asRole := plainRole(t, address)
	must(t, db, "GRANT USAGE, CREATE ON SCHEMA public TO "+role, "GRANT ALL ON things TO "+role)
	data := postgres.Shared(open(t, asRole), sqldata.Config{}) // may not see what the sessions of others do
	transaction := func(statements ...string) *sqlx.Conn {
		conn, err := db.Connx(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		must(t, conn, "BEGIN")
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
			if o.Session == "" || strings.Contains(o.Client+o.Session, "INSERT") {
				t.Errorf("%+v", o)
			}
		}
		return len(open), next
	}
	writer := transaction("SAVEPOINT a", "INSERT INTO things VALUES (1, 12)", "SAVEPOINT b", "INSERT INTO things VALUES (2, 12)")
	reader := transaction("SELECT count(*) FROM things")
	n, mark := sessions(nil)
	if n != 1 {
		t.Errorf("%d open transactions instead of the one that writes", n)
	}
	late := transaction("INSERT INTO things VALUES (3, 12)")
	if n, again := sessions(mark); n != 1 || string(again) != string(mark) {
		t.Errorf("%d open transactions from before the mark instead of one", n)
	}
	stage := begin(t, data, 1, extent(t, data, "things", sandbox))
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

// TestRowSecurityIsNeverSilent reads a table of which a policy hides rows.
func TestRowSecurityIsNeverSilent(t *testing.T) {
	address := testdb.Postgres(t)
	admin := open(t, address)
	must(t, admin, "CREATE TABLE things (id bigint PRIMARY KEY, tenant_id integer)", "INSERT INTO things VALUES (1, 12), (2, 12)", "ALTER TABLE things ENABLE ROW LEVEL SECURITY",
		"CREATE POLICY odd ON things USING (id % 2 = 1)")
	role, asRole := plainRole(t, address)
	must(t, admin, "GRANT SELECT ON things TO "+role)
	source := postgres.Source(open(t, asRole))
	described := describe(t, source).Schema
	table := described.Table("things")
	snapshot, err := source.Snapshot(t.Context(), sandbox)
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	if n, err := snapshot.Count(t.Context(), refresh.Extent{Table: table}); err == nil || !strings.Contains(err.Error(), "row-level security") {
		t.Errorf("%d rows, %v", n, err)
	}
}

// TestSnapshotUnderAnySettings reads canonical values although role and database are set otherwise.
func TestSnapshotUnderAnySettings(t *testing.T) {
	address := testdb.Postgres(t)
	must(t, open(t, address), "CREATE TABLE moments (id bigserial PRIMARY KEY, tenant_id integer, at timestamptz, part double precision, raw bytea)",
		`INSERT INTO moments (tenant_id, at, part, raw) VALUES (7, '2026-03-29 01:30:00.5+00', 0.1::float8 + 0.2, '\x00')`,
		`DO $$ DECLARE setting text; BEGIN
			FOREACH setting IN ARRAY ARRAY['datestyle = german', 'timezone = ''Australia/Sydney''', 'extra_float_digits = -3', 'bytea_output = escape', 'standard_conforming_strings = off'] LOOP
				EXECUTE format('ALTER DATABASE %I SET ', current_database()) || setting;
			END LOOP;
		END $$`)
	db := sqlx.MustOpen("pgx", address) // a host's own
	t.Cleanup(func() { _ = db.Close() })
	data := postgres.Shared(db, sqldata.Config{})
	snapshot, err := data.Snapshot(t.Context(), production)
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	reader, err := snapshot.Read(t.Context(), extent(t, data, "moments", production))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	rows := schema.NewBatch(5, 0)
	if err := reader.Next(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	row := rows.Row(0)
	if got := string(row.Cell(2).Bytes) + " " + string(row.Cell(3).Bytes) + " " + string(row.Cell(4).Bytes); got != "2026-03-29 01:30:00.5+00 0.30000000000000004 \x00" {
		t.Errorf("%q", got)
	}
	if d := time.Since(snapshot.At()); d < 0 || d > time.Hour || snapshot.At().Location() != time.UTC {
		t.Errorf("the snapshot is of %v", snapshot.At())
	}
}

func TestOpenShowsNoPassword(t *testing.T) {
	for _, address := range []string{"postgres://ann:s3cret@127.0.0.1:1/x?connect_timeout=1", "postgres://ann:s3cret@host:port:5/x", "host=127.0.0.1 port=1 password=s3cret user=ann connect_timeout=1", "postgres://ann:s3cret@[::1/x"} {
		_, err := postgres.Open(t.Context(), address)
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%v", err)
		}
	}
	address := testdb.Postgres(t)
	data := postgres.Shared(open(t, address), sqldata.Config{})
	if name := describe(t, data).Facts.Database; !strings.Contains(name, "/t_") || strings.Contains(name, "@") {
		t.Errorf("the database is described as %q", name)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := postgres.Open(ctx, address); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
