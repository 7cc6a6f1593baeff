package postgres_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/adapters/postgres"
	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/schema"
)

func TestD23_Catalog(t *testing.T) {
	address := testdb.Postgres(t)
	admin := open(t, address)
	must(t, admin, "CREATE EXTENSION IF NOT EXISTS citext", "CREATE SCHEMA billing", "CREATE SCHEMA elsewhere", "CREATE TABLE elsewhere.hidden (id integer)",
		`CREATE DOMAIN code AS varchar(5) NOT NULL CHECK (value <> 'x')`, "CREATE DOMAIN code2 AS code", "CREATE TYPE mood AS ENUM ('glad', 'sad')",
		`CREATE SEQUENCE "Own Numbers"`,
		`CREATE TABLE "Order" ("Select" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id integer, "a""b" text)`,
		`CREATE TABLE parents (a integer, b smallint, PRIMARY KEY (a, b))`,
		`CREATE TABLE features (
			id serial PRIMARY KEY, tenant_id integer, number bigint DEFAULT nextval('"Own Numbers"'), twice bigint GENERATED ALWAYS AS (number * 2) STORED,
			name varchar(20) NOT NULL, short char(4), free text, folded citext, label name, price numeric(12,2), hundreds numeric(5,-2), any_number numeric,
			c code2, m mood, tags text[], raw bytea, span interval, doc jsonb, r real, d double precision, u uuid, day date, clock time, at timestamp, atz timestamptz(3), ok boolean,
			pa integer, pb smallint, order_id bigint REFERENCES "Order" ON DELETE CASCADE,
			CONSTRAINT to_parent FOREIGN KEY (pa, pb) REFERENCES parents (a, b) DEFERRABLE INITIALLY DEFERRED,
			CONSTRAINT later UNIQUE (tenant_id, name) DEFERRABLE)`,
		`CREATE UNIQUE INDEX lowered ON features (lower(folded::text || 'price'), tenant_id) WHERE ok`,
		`CREATE UNIQUE INDEX covering ON features (u) INCLUDE (day)`,
		`CREATE INDEX plain ON features (day)`,
		`CREATE TABLE billing.parts (id bigint PRIMARY KEY, tenant_id integer, day date) PARTITION BY RANGE (id)`,
		`CREATE TABLE billing.parts_1 PARTITION OF billing.parts FOR VALUES FROM (0) TO (100)`,
		`CREATE TABLE billing.bills (id integer, part bigint REFERENCES billing.parts)`,
		`CREATE VIEW seen AS SELECT 1 AS one`, `CREATE TABLE retenant_anything (id integer)`,
		`CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
		`CREATE TRIGGER stamped BEFORE INSERT ON features FOR EACH ROW EXECUTE FUNCTION stamp()`,
		`CREATE TRIGGER off BEFORE INSERT ON features FOR EACH ROW EXECUTE FUNCTION stamp()`, `ALTER TABLE features DISABLE TRIGGER off`,
		`CREATE TRIGGER on_part AFTER INSERT ON billing.parts_1 FOR EACH ROW EXECUTE FUNCTION stamp()`,
		`CREATE RULE quiet AS ON DELETE TO parents DO ALSO NOTIFY gone`)
	db := open(t, address+"&search_path=public,billing")
	d := describe(t, postgres.Shared(db, sqldata.Config{}))

	var found []string
	for _, table := range d.Schema.Tables {
		found = append(found, table.Name+" "+table.SQL)
	}
	want := []string{`Order public."Order"`, "billing.bills billing.bills", "billing.parts billing.parts", "features public.features", "parents public.parents"}
	if difference := cmp.Diff(want, found); difference != "" {
		t.Errorf("tables (-want +found):\n%s", difference)
	}
	if d.Facts.Checking != refresh.CheckedNever || d.Facts.FireTriggers || len(d.Facts.Preconditions) > 0 || d.Facts.ReservesKeys || d.Facts.Rebuild {
		t.Errorf("facts of a superuser: %+v", d.Facts)
	}
	order := d.Schema.Table("Order")
	if c, _ := order.Column("Select"); c.Identity != schema.IdentityAlways || c.Sequence != `public."Order_Select_seq"` || c.Nullable {
		t.Errorf("identity column: %+v", c)
	}
	if order.Index(`a"b`) < 0 {
		t.Errorf("columns of Order: %+v", order.Columns)
	}
	features := d.Schema.Table("features")
	columns := []schema.Column{
		{Name: "id", Type: schema.Integer, Declared: "integer", Bare: "integer", Sequence: "public.features_id_seq"},
		{Name: "tenant_id", Type: schema.Integer, Declared: "integer", Bare: "integer", Nullable: true},
		{Name: "number", Type: schema.Integer, Declared: "bigint", Bare: "bigint", Nullable: true, Sequence: `public."Own Numbers"`},
		{Name: "twice", Type: schema.Integer, Declared: "bigint", Bare: "bigint", Nullable: true, Computed: true},
		{Name: "name", Type: schema.Text, Declared: "character varying(20)", Bare: "character varying", Size: 20},
		{Name: "short", Type: schema.Text, Declared: "character(4)", Bare: "bpchar", Size: 4, Nullable: true},
		{Name: "free", Type: schema.Text, Declared: "text", Bare: "text", Nullable: true},
		{Name: "folded", Type: schema.Text, Declared: "citext", Bare: "citext", Nullable: true},
		{Name: "label", Type: schema.Text, Declared: "name", Bare: "name", Size: 63, Nullable: true},
		{Name: "price", Type: schema.Decimal, Declared: "numeric(12,2)", Bare: "numeric", Scale: 2, Nullable: true},
		{Name: "hundreds", Type: schema.Decimal, Declared: "numeric(5,-2)", Bare: "numeric", Nullable: true},
		{Name: "any_number", Type: schema.Decimal, Declared: "numeric", Bare: "numeric", Scale: schema.ScaleAsWritten, Nullable: true},
		{Name: "c", Type: schema.Text, Declared: "code2", Bare: "character varying", Size: 5},
		{Name: "m", Type: schema.Other, Declared: "mood", Bare: "mood", Nullable: true},
		{Name: "tags", Type: schema.Other, Declared: "text[]", Bare: "text[]", Nullable: true},
		{Name: "raw", Type: schema.Bytes, Declared: "bytea", Bare: "bytea", Nullable: true},
		{Name: "span", Type: schema.Other, Declared: "interval", Bare: "interval", Nullable: true},
		{Name: "doc", Type: schema.JSON, Declared: "jsonb", Bare: "jsonb", Nullable: true},
		{Name: "r", Type: schema.Real, Declared: "real", Bare: "real", Nullable: true},
		{Name: "d", Type: schema.Real, Declared: "double precision", Bare: "double precision", Nullable: true},
		{Name: "u", Type: schema.UUID, Declared: "uuid", Bare: "uuid", Nullable: true},
		{Name: "day", Type: schema.Date, Declared: "date", Bare: "date", Nullable: true},
		{Name: "clock", Type: schema.Time, Declared: "time without time zone", Bare: "time without time zone", Nullable: true},
		{Name: "at", Type: schema.Timestamp, Declared: "timestamp without time zone", Bare: "timestamp without time zone", Nullable: true},
		{Name: "atz", Type: schema.TimestampTZ, Declared: "timestamp(3) with time zone", Bare: "timestamp with time zone", Nullable: true},
		{Name: "ok", Type: schema.Boolean, Declared: "boolean", Bare: "boolean", Nullable: true},
	}
	if difference := cmp.Diff(columns, features.Columns[:len(columns)]); difference != "" {
		t.Errorf("columns (-want +found):\n%s", difference)
	}
	uniques := []schema.Unique{
		{Name: "covering", Columns: []string{"u"}},
		{Name: "later", Columns: []string{"tenant_id", "name"}, Deferrable: true},
		{Name: "lowered", Columns: []string{"tenant_id", "folded"}, Expression: true, Partial: true},
	}
	if difference := cmp.Diff(uniques, features.Unique); difference != "" {
		t.Errorf("unique keys (-want +found):\n%s", difference)
	}
	keys := []schema.ForeignKey{
		{Name: "features_order_id_fkey", Columns: []string{"order_id"}, To: "Order", ToColumns: []string{"Select"}, OnDelete: "CASCADE"},
		{Name: "to_parent", Columns: []string{"pa", "pb"}, To: "parents", ToColumns: []string{"a", "b"}, Deferrable: true},
	}
	if difference := cmp.Diff(keys, features.ForeignKeys); difference != "" {
		t.Errorf("foreign keys (-want +found):\n%s", difference)
	}
	if k := d.Schema.Table("billing.bills").ForeignKeys; len(k) != 1 || k[0].To != "billing.parts" {
		t.Errorf("a foreign key to a partitioned table: %+v", k)
	}
	triggers := map[string]string{}
	for _, table := range d.Schema.Tables {
		for _, trigger := range table.Triggers {
			triggers[table.Name+" "+trigger.Name] = trigger.SQL
		}
	}
	if len(triggers) != 3 || !strings.HasPrefix(triggers["features stamped"], "CREATE TRIGGER stamped BEFORE INSERT ON ") ||
		triggers["billing.parts on_part"] == "" || !strings.HasPrefix(triggers["parents quiet"], "CREATE RULE") {
		t.Errorf("triggers: %q", triggers)
	}

	must(t, admin, "ALTER TABLE features ENABLE ALWAYS TRIGGER stamped")
	if d = describe(t, postgres.Shared(db, sqldata.Config{})); !d.Facts.FireTriggers || len(d.Schema.Table("features").Triggers) != 1 || len(d.Schema.Table("parents").Triggers) != 0 {
		t.Error("a trigger that fires although triggers are suspended must be reported, and it alone")
	}
}

// TestD23_CatalogInFewQueries counts the statements that an inspection of many tables takes.
func TestD23_CatalogInFewQueries(t *testing.T) {
	address := testdb.Postgres(t)
	admin := open(t, address)
	must(t, admin, `DO $$ BEGIN FOR i IN 1..130 LOOP EXECUTE format('CREATE TABLE t%s (id bigserial PRIMARY KEY, tenant_id integer, up bigint REFERENCES t%s)', i, i); END LOOP; END $$`)
	statements := func() (n int64) {
		// Each statement outside of a block is a transaction of its own.
		if err := admin.Get(&n, "SELECT xact_commit FROM pg_stat_get_activity(pg_backend_pid()) a JOIN pg_stat_database d ON d.datid = a.datid"); err != nil {
			t.Fatal(err)
		}
		return n
	}
	data := postgres.Shared(admin, sqldata.Config{})
	admin.SetMaxOpenConns(1)
	must(t, admin, "SELECT pg_stat_force_next_flush()")
	before := statements()
	d := describe(t, data)
	must(t, admin, "SELECT pg_stat_force_next_flush()")
	if n := statements() - before; n < 5 || n > 25 {
		t.Errorf("the inspection of 130 tables took %d statements", n)
	}
	if len(d.Schema.Tables) != 130 || d.Schema.Table("t77").ForeignKeys[0].To != "t77" {
		t.Errorf("%d tables were found", len(d.Schema.Tables))
	}
}

func TestD5_Preconditions(t *testing.T) {
	address := testdb.Postgres(t)
	admin := open(t, address)
	must(t, admin, "CREATE TABLE a (id bigserial PRIMARY KEY, tenant_id integer)", "CREATE TABLE b (id integer PRIMARY KEY, tenant_id integer)", "CREATE TABLE c (id integer)",
		"CREATE TABLE guarded (id integer, tenant_id integer)", "ALTER TABLE guarded ENABLE ROW LEVEL SECURITY",
		"CREATE TABLE child (more text) INHERITS (c)", "CREATE SEQUENCE down INCREMENT -1", "CREATE TABLE counted (id bigint PRIMARY KEY DEFAULT nextval('down'))",
		"REVOKE CREATE ON SCHEMA public FROM public")
	role, asRole := plainRole(t, address)
	must(t, admin, "GRANT SELECT ON a, b, c, child, counted TO "+role, "GRANT INSERT ON b TO "+role, "GRANT SELECT, INSERT, DELETE ON guarded TO "+role)
	db := open(t, asRole)
	d := describe(t, postgres.Shared(db, sqldata.Config{}))
	want := []string{
		"row security hides rows of public.guarded from the role " + role + ": ALTER ROLE " + role + " BYPASSRLS",
		"public.c inherits from a table or has tables that inherit from it, so that rows would be read twice: make it a partitioned table, or end the inheritance",
		"public.child inherits from a table or has tables that inherit from it, so that rows would be read twice: make it a partitioned table, or end the inheritance",
		"the role lacks rights: GRANT DELETE ON public.b TO " + role,
		"the role lacks rights: GRANT INSERT, DELETE ON public.a, public.c, public.child, public.counted TO " + role,
		"sequence public.down counts down, and keys are reserved upwards: ALTER SEQUENCE public.down INCREMENT BY 1, above the highest key",
		"the role lacks rights: GRANT USAGE, UPDATE ON SEQUENCE public.a_id_seq, public.down TO " + role,
		`the role cannot make the tables of retenant: GRANT CREATE ON SCHEMA "public" TO ` + role,
	}
	sorted := cmp.Transformer("sort", func(list []string) map[string]bool {
		set := map[string]bool{}
		for _, s := range list {
			set[s] = true
		}
		return set
	})
	if difference := cmp.Diff(want, d.Facts.Preconditions, sorted); difference != "" {
		t.Errorf("preconditions (-want +found):\n%s", difference)
	}
	if d.Facts.Checking != refresh.CheckedAtCommit || !d.Facts.FireTriggers {
		t.Errorf("facts of a plain role: %+v", d.Facts)
	}
	if found := describe(t, postgres.Source(db)).Facts.Preconditions; len(found) != 3 {
		t.Errorf("a role that only reads needs nothing but to see all rows: %q", found)
	}

	must(t, admin, "CREATE SCHEMA billing", "CREATE TABLE billing.invoices (id integer PRIMARY KEY, a_id bigint REFERENCES public.a, self integer REFERENCES billing.invoices)",
		"CREATE TABLE billing.parts (id integer PRIMARY KEY, a_id bigint REFERENCES public.a) PARTITION BY RANGE (id)", "CREATE TABLE billing.part PARTITION OF billing.parts DEFAULT")
	outside := slices.DeleteFunc(describe(t, postgres.Shared(db, sqldata.Config{})).Facts.Preconditions, func(text string) bool { return !strings.Contains(text, "search_path") })
	if difference := cmp.Diff([]string{
		"billing.invoices refers to public.a and is not on the role's search path, so nobody would see that its references break: ALTER ROLE " + role + ` SET search_path = "public", billing`,
		"billing.parts refers to public.a and is not on the role's search path, so nobody would see that its references break: ALTER ROLE " + role + ` SET search_path = "public", billing`,
	}, outside); difference != "" {
		t.Errorf("a table that the search path does not lead to refers to one of the plan (-want +found):\n%s", difference)
	}
	must(t, admin, "DROP SCHEMA billing CASCADE")

	// The statements do what they say.
	for _, text := range d.Facts.Preconditions {
		if _, grant, ok := strings.Cut(text, ": "); ok && (strings.HasPrefix(grant, "GRANT") || strings.HasPrefix(grant, "ALTER ROLE") || strings.HasPrefix(grant, "ALTER SEQUENCE")) {
			must(t, admin, strings.TrimSuffix(strings.Replace(grant, ", above the highest key", " MAXVALUE 1000 START 1 RESTART 1 MINVALUE 1", 1), " "))
		}
	}
	must(t, admin, "ALTER TABLE child NO INHERIT c")
	if d = describe(t, postgres.Shared(db, sqldata.Config{})); len(d.Facts.Preconditions) > 0 {
		t.Errorf("after all grants there still is %q", d.Facts.Preconditions)
	}

	must(t, admin, "GRANT SET ON PARAMETER session_replication_role TO "+role)
	defer must(t, admin, "REVOKE SET ON PARAMETER session_replication_role FROM "+role)
	if d = describe(t, postgres.Shared(db, sqldata.Config{})); d.Facts.Checking != refresh.CheckedNever || d.Facts.FireTriggers {
		t.Errorf("facts of a role that may suspend triggers: %+v", d.Facts)
	}
}
