package postgres_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/adapters/postgres"
	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/refresh"
)

// TestD2ACycleOfKeysOfSeveralColumns has foreign keys that hold the tenant too, with MATCH SIMPLE and MATCH FULL, on a role that lacks the right to close
// the cycle at first.
func TestD2ACycleOfKeysOfSeveralColumns(t *testing.T) {
	address := testdb.Postgres(t)
	db := open(t, address)
	role, asRole := plainRole(t, address)
	must(t, db, `CREATE TABLE teams (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id bigint NOT NULL, name text, lead bigint, UNIQUE (tenant_id, id))`,
		`CREATE TABLE people (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id bigint NOT NULL, name text, team bigint NOT NULL, boss bigint, boss_team bigint,
			UNIQUE (tenant_id, id), UNIQUE (id, team), FOREIGN KEY (tenant_id, team) REFERENCES teams (tenant_id, id), FOREIGN KEY (boss, boss_team) REFERENCES people (id, team) MATCH FULL)`,
		`ALTER TABLE teams ADD CONSTRAINT lead_of FOREIGN KEY (tenant_id, lead) REFERENCES people (tenant_id, id)`,
		`INSERT INTO teams (tenant_id, name) VALUES (7, 'red'), (7, 'blue')`,
		`INSERT INTO people (tenant_id, name, team) VALUES (7, 'Ann', 1), (7, 'Bob', 1), (7, 'Cid', 2)`,
		`UPDATE people SET boss = 3, boss_team = 2 WHERE id < 3`, `UPDATE teams SET lead = 2 WHERE id = 1`, `UPDATE teams SET lead = 3 WHERE id = 2`,
		"GRANT CREATE ON SCHEMA public TO "+role, "GRANT SELECT, INSERT, DELETE ON teams, people TO "+role, "GRANT USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA public TO "+role)
	h := newHost(t, address, "  teams: {columns: {name: {pass: colors}}}\n  people: {columns: {name: {pass: made up}}}\n")
	data := postgres.Shared(open(t, asRole), sqldata.Config{})
	h.runner.Source, h.runner.Target = data, data
	_, err := h.refresh(sandbox)
	for _, grant := range []string{"GRANT UPDATE (lead) ON teams", "GRANT UPDATE (boss, boss_team) ON people"} {
		if !errors.Is(err, refresh.ErrRefusedPlan) || !strings.Contains(err.Error(), grant) {
			t.Errorf("the role may not close the cycle, and the plan does not say %q: %v", grant, err)
		}
	}
	must(t, db, "GRANT UPDATE (lead) ON teams TO "+role, "GRANT UPDATE (boss, boss_team) ON people TO "+role)
	for _, portable := range []bool{false, true} {
		h.runner.Portable = portable
		if _, err := h.refresh(sandbox); err != nil {
			t.Fatal(err)
		}
		for tenant, want := range map[string]string{"7": "Ann red Cid blue Bob\nBob red Cid blue Bob\nCid blue none none Cid", "12": "Ann red Cid blue Bob\nBob red Cid blue Bob\nCid blue none none Cid"} {
			if got := h.rows(`SELECT concat_ws(' ', p.name, t.name, coalesce(b.name, 'none'), coalesce(c.name, 'none'), l.name)
				FROM people p JOIN teams t ON t.id = p.team LEFT JOIN people b ON b.id = p.boss LEFT JOIN teams c ON c.id = p.boss_team JOIN people l ON l.id = t.lead
				WHERE p.tenant_id = ` + tenant + ` ORDER BY p.name`); got != want {
				t.Errorf("tenant %s refers to\n%s\ninstead of\n%s", tenant, got, want)
			}
		}
	}
}

// TestD16SecretsOfEveryType keeps the target's own values in a table whose key is a text, unique ones among them.
func TestD16SecretsOfEveryType(t *testing.T) {
	address := testdb.Postgres(t)
	db := open(t, address)
	must(t, db, `CREATE TABLE settings (tenant_id bigint, name text, token text UNIQUE, raw bytea, doc jsonb, pin integer NOT NULL, amount numeric(8,2) NOT NULL,
			at timestamptz, id uuid, code char(6), parts text[], PRIMARY KEY (tenant_id, name))`,
		`INSERT INTO settings SELECT t, n, 'token ' || t || n, '\x00ff', '{"a": 1}', t * 100, 1.5, '2026-01-01', gen_random_uuid(), 'c' || t, ARRAY['x'] FROM unnest(ARRAY[7, 13]) t, unnest(ARRAY['mail', 'sms', '']) n`)
	h := newHost(t, address, `  settings: {columns: {name: {pass: names of the product}, token: {secret: keep}, raw: {secret: keep}, doc: {secret: keep}, pin: {secret: keep},
    amount: {secret: keep}, at: {secret: keep}, id: {secret: keep}, code: {secret: keep}, parts: {secret: keep}}}`+"\n")
	if _, err := h.refresh(sandbox); err != nil {
		t.Fatal(err)
	}
	const text = `SELECT concat_ws('|', name, coalesce(token, '-'), coalesce(raw::text, '-'), coalesce(doc::text, '-'), pin, amount, coalesce(at::text, '-'), coalesce(id::text, '-'), coalesce(code, '-'), coalesce(parts::text, '-'))
		FROM settings WHERE tenant_id = `
	if want, got := "|-|-|-|0|0.00|-|-|-|-\nmail|-|-|-|0|0.00|-|-|-|-\nsms|-|-|-|0|0.00|-|-|-|-", h.rows(text+"12 ORDER BY name"); got != want {
		t.Fatalf("a first refresh has\n%s\ninstead of\n%s", got, want)
	}
	must(t, db, `UPDATE settings SET token = 'own ''quoted'' ' || name, raw = '\x0001', doc = '[null, 1.50]', pin = -7, amount = 12.30, at = '2026-02-03 04:05:06.789+00', id = gen_random_uuid(), code = 'x', parts = ARRAY['a', NULL]
		WHERE tenant_id = 12 AND name <> 'sms'`,
		`DELETE FROM settings WHERE tenant_id = 7 AND name = ''`, `INSERT INTO settings VALUES (7, 'new', 'token new', NULL, NULL, 1, 1)`)
	want := h.rows(text+"12 AND name <> '' ORDER BY name") + "\n" // the empty name has no counterpart any more
	want = strings.Replace(want, "\nsms|", "\nnew|-|-|-|0|0.00|-|-|-|-\nsms|", 1)
	others := h.rows(text + "13 ORDER BY name")
	done, err := h.refresh(sandbox)
	if err != nil {
		t.Fatal(err)
	}
	if got := h.rows(text+"12 ORDER BY name") + "\n"; got != want {
		t.Errorf("the target has\n%s\ninstead of\n%s", got, want)
	}
	if h.rows(text+"13 ORDER BY name") != others {
		t.Error("secrets of another tenant changed")
	}
	for _, column := range done.Receipt.Tables[0].Columns {
		if secret := column.Name != "name" && column.Name != "tenant_id"; secret != (column.Kept == 1) {
			t.Errorf("the receipt says that %d values of %s were kept", column.Kept, column.Name)
		}
	}
}
