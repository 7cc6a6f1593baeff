package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/retenant/retenant/adapters/sqlite"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"quickstart": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata", RequireExplicitExec: false})
}

// TestN2NothingOfTheSourceIsLeftInTheCopy looks for every name, address and number of the source in the sandbox's rows, with SQL of its own.
func TestN2NothingOfTheSourceIsLeftInTheCopy(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	if err := run(t.Context(), &out, dir, 4000); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(dir, "crm.db"), sqlite.ReadOnly)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	count := func(query string) (n int) {
		t.Helper()
		if err := db.Get(&n, query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return n
	}
	if n := count(`SELECT count(*) FROM persons WHERE tenant_id = 'acme'`); n < 100 || n != count(`SELECT count(*) FROM persons WHERE tenant_id = 'acme-sandbox'`) {
		t.Errorf("%d persons in acme and another number in the sandbox, or too few to tell anything", n)
	}
	for name, query := range map[string]string{
		"e-mail address":                `SELECT count(*) FROM persons c WHERE c.tenant_id = 'acme-sandbox' AND (c.email NOT LIKE '%.invalid' OR c.email IN (SELECT email FROM persons WHERE tenant_id <> c.tenant_id))`,
		"phone number":                  `SELECT count(*) FROM persons c WHERE c.tenant_id = 'acme-sandbox' AND c.phone IN (SELECT phone FROM persons WHERE tenant_id = 'acme')`,
		"date of birth":                 `SELECT count(*) FROM persons c WHERE c.tenant_id = 'acme-sandbox' AND c.born_on IS NOT NULL`,
		"company":                       `SELECT count(*) FROM companies c WHERE c.tenant_id = 'acme-sandbox' AND c.name IN (SELECT name FROM companies WHERE tenant_id = 'acme')`,
		"address in a note":             `SELECT count(*) FROM notes c WHERE c.tenant_id = 'acme-sandbox' AND c.body LIKE '%@%'`,
		"name in a subject":             `SELECT count(*) FROM activities c WHERE c.tenant_id = 'acme-sandbox' AND c.subject LIKE '%Talk to%'`,
		"reference across tenants":      `SELECT count(*) FROM orders o JOIN persons p ON p.id = o.person_id WHERE o.tenant_id <> p.tenant_id`,
		"self reference across tenants": `SELECT count(*) FROM activities a JOIN activities b ON b.id = a.follows_id WHERE a.tenant_id <> b.tenant_id`,
	} {
		if n := count(query); n != 0 {
			t.Errorf("%s: %d rows", name, n)
		}
	}
	if runtime.GOOS != "windows" {
		info, err := os.Stat(filepath.Join(dir, "secret"))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the secret's file: %v, %v", info.Mode(), err)
		}
	}
	for _, line := range strings.Split(out.String(), "\n") {
		if len(line) > 260 {
			t.Errorf("a line of %d characters: %s", len(line), line)
		}
	}
}
