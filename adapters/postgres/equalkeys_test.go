package postgres_test

import (
	"testing"

	"github.com/retenant/retenant/adapters/internal/testdb"
)

// TestD16SecretsUnderEqualKeys has keys of the source become others that the server holds for equal. The secrets of the former are not the latter's.
func TestD16SecretsUnderEqualKeys(t *testing.T) {
	address := testdb.Postgres(t)
	db := open(t, address)
	must(t, db, `CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
		`CREATE TABLE numbered (code numeric NOT NULL, tenant_id bigint NOT NULL, token text, PRIMARY KEY (tenant_id, code))`,
		`CREATE TABLE named (code text COLLATE nocase NOT NULL, tenant_id bigint NOT NULL, token text, PRIMARY KEY (tenant_id, code))`,
		`CREATE TABLE measured (code double precision NOT NULL, tenant_id bigint NOT NULL, token text, PRIMARY KEY (tenant_id, code))`,
		`INSERT INTO numbered VALUES (1.0, 7, 'p'), (2.0, 7, 'p')`, `INSERT INTO named VALUES ('ann', 7, 'p'), ('bob', 7, 'p')`, `INSERT INTO measured VALUES (0, 7, 'p'), (1.5, 7, 'p')`)
	h := newHost(t, address, `
  numbered: {columns: {code: {pass: a test}, token: {secret: keep}}}
  named: {columns: {code: {pass: a test}, token: {secret: keep}}}
  measured: {columns: {code: {pass: a test}, token: {secret: keep}}}
`)
	if _, err := h.refresh(sandbox); err != nil {
		t.Fatal(err)
	}
	must(t, db, `UPDATE numbered SET token = 'own' WHERE tenant_id = 12`, `UPDATE named SET token = 'own' WHERE tenant_id = 12`, `UPDATE measured SET token = 'own' WHERE tenant_id = 12`,
		`UPDATE numbered SET code = 1.00 WHERE tenant_id = 7 AND code = 1`, `UPDATE named SET code = 'Ann' WHERE tenant_id = 7 AND code = 'ann'`,
		`UPDATE measured SET code = '-0' WHERE tenant_id = 7 AND code = 0`)
	if _, err := h.refresh(sandbox); err != nil {
		t.Fatal(err)
	}
	for table, want := range map[string]string{"numbered": "1.00 none\n2.0 own", "named": "Ann none\nbob own", "measured": "-0 none\n1.5 own"} {
		if got := h.rows("SELECT code::text || ' ' || coalesce(token, 'none') FROM " + table + " WHERE tenant_id = 12 ORDER BY code"); got != want {
			t.Errorf("%s has\n%s\ninstead of\n%s", table, got, want)
		}
	}
}
