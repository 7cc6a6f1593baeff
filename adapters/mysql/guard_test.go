package mysql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/adapters/memory"
	"github.com/retenant/retenant/adapters/mysql"
	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/tenancy"
)

// TestA4_IdsThatTheServerFindsEqualAreTold has tenants whose ids are one to the column's collation: in case, in accents, in spaces at the end. Each column type is
// tried as the tenant column; the production tenant's rows must stay, although the server would count them as the sandbox's.
func TestA4_IdsThatTheServerFindsEqualAreTold(t *testing.T) {
	for _, c := range []struct {
		column string
		rivals []string // of the sandbox acme
	}{
		{"varchar(40) COLLATE utf8mb4_general_ci", []string{"ACME", "acmé", "acme ", "Acme"}},
		{"varchar(40) COLLATE utf8mb4_bin", []string{"ACME", "acme "}},
		{"varchar(40) CHARACTER SET latin1", []string{"ACME", "acme "}},
		{"varchar(40) CHARACTER SET utf16", []string{"ACME", "acme  "}},
		{"char(40)", []string{"ACME", "acmé"}},
		{"tinytext", []string{"ACME", "acme "}},
	} {
		t.Run(c.column, func(t *testing.T) {
			db := open(t, testdb.MySQL(t))
			must(t, db, "CREATE TABLE people (id bigint AUTO_INCREMENT PRIMARY KEY, tenant_id "+c.column+", name text, boss bigint REFERENCES people (id), KEY (tenant_id(10)))")
			insert(t, db, "source", "Ann")
			insert(t, db, "acme", "Old")
			for _, rival := range c.rivals {
				insert(t, db, rival, "Rival")
			}
			must(t, db, "UPDATE people SET boss = id")
			h := newHost(t, "  people: {columns: {name: {pass: test}}}\n", db)
			h.runner.Directory = memory.NewDirectory(tenancy.Tenant{ID: "source", Kind: tenancy.Production}, tenancy.Tenant{ID: "acme", Kind: tenancy.Sandbox}, tenancy.Tenant{ID: "ACME", Kind: tenancy.Production})
			h.source = "source"
			done, err := h.refresh("acme")
			if err != nil {
				t.Fatal(err)
			}
			if got := h.rows("SELECT name FROM people WHERE CAST(CONVERT(tenant_id USING utf8mb4) AS BINARY) = 'acme' ORDER BY id"); got != "Ann" {
				t.Errorf("the sandbox has %q", got)
			}
			if got := h.rows("SELECT count(*) FROM people WHERE name = 'Rival' AND boss = id"); got != fmt.Sprint(len(c.rivals)) {
				t.Errorf("%s rows of rivals are left of %d", got, len(c.rivals))
			}
			if findings, err := h.runner.Verify(t.Context(), done.ID); err != nil || len(findings) > 0 {
				t.Error(findings, err)
			}
		})
	}
}

func insert(t *testing.T, db *sqlx.DB, tenant, name string) {
	t.Helper()
	if _, err := db.Exec("INSERT INTO people (tenant_id, name) VALUES (?, ?)", tenant, name); err != nil {
		t.Fatal(err)
	}
}

// TestA4_IdsThatTheColumnDoesNotHoldAreRefused looks at ids that the column would take for others.
func TestA4_IdsThatTheColumnDoesNotHoldAreRefused(t *testing.T) {
	db := open(t, testdb.MySQL(t))
	data := mysql.Shared(db, sqldata.Config{})
	for column, c := range map[string]struct{ good, bad []string }{
		"bigint":            {[]string{"1", "-5", "9223372036854775807"}, []string{"01", "1 ", "+1", "1.0", "one", "", "9223372036854775808", "1e3"}},
		"smallint unsigned": {[]string{"0", "65535"}, []string{"-1", "65536"}},
		"int(6) zerofill":   {[]string{"42", "4294967295"}, []string{"000042"}},
		"varchar(9)":        {[]string{"acme", "acme "}, []string{"a\xff"}},
		"char(9)":           {[]string{"acme"}, []string{"acme "}},
		"uuid":              {[]string{"f47ac10b-58cc-4372-a567-0e02b2c3d479"}, []string{"F47AC10B-58cc-4372-a567-0e02b2c3d479", "f47ac10b58cc4372a5670e02b2c3d479", "x"}},
		"varbinary(9)":      {nil, []string{"acme"}}, "tinyint(1)": {nil, []string{"1"}}, "enum('a')": {nil, []string{"a"}}, "year": {nil, []string{"2001"}}, "decimal(5,0)": {nil, []string{"1"}}, "double": {nil, []string{"1"}},
	} {
		must(t, db, "DROP TABLE IF EXISTS things", "CREATE TABLE things (id bigint PRIMARY KEY, tenant_id "+column+")")
		snapshot, err := data.Snapshot(t.Context(), production)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range append(c.good, c.bad...) {
			e := extent(t, data, "things", tenancy.ID(id))
			if id == "" {
				continue // the rows of no tenant
			}
			_, err := snapshot.Count(t.Context(), e)
			if bad := strings.Contains("\x00"+strings.Join(c.bad, "\x00")+"\x00", "\x00"+id+"\x00"); bad != (err != nil) {
				t.Errorf("%s: the id %q: %v", column, id, err)
			}
		}
		if err := snapshot.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestA4_TheTenantColumnsIndexIsUsed holds the exact comparison to an index that begins with the column.
func TestA4_TheTenantColumnsIndexIsUsed(t *testing.T) {
	dsn := testdb.MySQL(t)
	db := open(t, dsn)
	must(t, db, "CREATE TABLE people (id bigint AUTO_INCREMENT PRIMARY KEY, tenant_id varchar(36), name text, KEY (tenant_id))",
		"INSERT INTO people (tenant_id, name) SELECT concat('tenant-', seq % 200), 'x' FROM seq_1_to_20000", "ANALYZE TABLE people")
	data := mysql.Shared(db, sqldata.Config{})
	e := extent(t, data, "people", "tenant-7")
	snapshot, err := data.Snapshot(t.Context(), production)
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	reads := func() (n int64) {
		if err := db.Get(&n, "SELECT CAST(sum(variable_value) AS SIGNED) FROM information_schema.global_status WHERE variable_name IN ('HANDLER_READ_NEXT', 'HANDLER_READ_RND_NEXT', 'HANDLER_READ_KEY')"); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := reads()
	if n, err := snapshot.Count(t.Context(), e); err != nil || n != 100 {
		t.Fatal(n, err)
	}
	if n := reads() - before; n > 1000 {
		t.Errorf("%d rows were read to find 100", n)
	}
}
