package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/retenant/retenant/adapters/postgres"
	"github.com/retenant/retenant/adapters/postgres/postgrestest"
	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"tenantctl": main}) }

func chinookThere() bool { _, err := os.Stat(chinookFile); return err == nil }

func params(dir string, setup func(*testscript.Env) error) testscript.Params {
	return testscript.Params{
		Dir: dir,
		Setup: func(env *testscript.Env) error {
			file, err := filepath.Abs(chinookFile)
			if err != nil {
				return err
			}
			env.Setenv("CHINOOK", file)
			env.Setenv("ODD", "one\ntwo\x1b[2J") // a name that would do something to a screen
			if setup != nil {
				return setup(env)
			}
			return nil
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "chinook":
				return chinookThere(), nil
			case "root":
				return os.Geteuid() <= 0, nil // -1 is a system without such users
			}
			return false, fmt.Errorf("unknown condition %s", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "sql": runSQL, "sha256": hashFile, "getjson": getJSON, "share-chinook": share, "check-chinook": checkChinook, "rows": hashRows, "lock": lock, "admit": admit, "hold": hold, "release": release,
		},
	}
}

func TestScripts(t *testing.T) { testscript.Run(t, params("testdata", nil)) }

// TestPostgresScripts runs tenantctl against PostgreSQL. The URL in $DB has no password, as tenantctl wants it.
func TestPostgresScripts(t *testing.T) {
	if !chinookThere() {
		t.Skip("the sample data is not there: " + chinookFile)
	}
	u, err := url.Parse(postgrestest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	if password != "" {
		t.Setenv("PGPASSWORD", password) // for the commands that run in this process
	}
	testscript.Run(t, params("testdata/postgres", func(env *testscript.Env) error {
		env.Setenv("DB", u.String())
		env.Setenv("PGPASSWORD", password)
		return nil
	}))
}

// exits runs a command and wants an exit code: exits 2 tenantctl plan …
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

func open(ts *testscript.TestScript, url string) *sqlx.DB {
	var db *sqlx.DB
	var err error
	if file, found := strings.CutPrefix(url, "sqlite:"); found {
		mode := sqlite.Create
		if _, err := os.Stat(ts.MkAbs(file)); err == nil {
			mode = sqlite.ReadWrite // and the journal as it is
		}
		db, err = sqlite.Open(context.Background(), ts.MkAbs(file), mode)
	} else {
		db, err = postgres.Open(context.Background(), url)
	}
	ts.Check(err)
	return db
}

// runSQL executes statements, or prints the rows of a query: sql sqlite:FILE 'SELECT …'
func runSQL(ts *testscript.TestScript, _ bool, args []string) {
	db := open(ts, args[0])
	defer db.Close()
	db.SetMaxOpenConns(1) // a PRAGMA holds for the statements after it
	for _, statement := range args[1:] {
		if !strings.HasPrefix(statement, "SELECT") {
			_, err := db.Exec(statement)
			ts.Check(err)
			continue
		}
		rows, err := db.Queryx(statement)
		ts.Check(err)
		for rows.Next() {
			values, err := rows.SliceScan()
			ts.Check(err)
			cells := make([]string, len(values))
			for i, v := range values {
				cells[i] = text(v)
			}
			fmt.Fprintln(ts.Stdout(), strings.Join(cells, " | "))
		}
		ts.Check(rows.Err())
	}
}

// hashFile prints the hash of a file's bytes.
func hashFile(ts *testscript.TestScript, _ bool, args []string) {
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	fmt.Fprintf(ts.Stdout(), "%x\n", sha256.Sum256(data))
}

// getJSON sets a variable to a member of the JSON that the last command printed: getjson HASH hash
func getJSON(ts *testscript.TestScript, _ bool, args []string) {
	var document any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &document))
	if list, ok := document.([]any); ok && len(list) > 0 {
		document = list[0]
	}
	members, _ := document.(map[string]any)
	value, found := members[args[1]]
	if !found {
		ts.Fatalf("there is no %s", args[1])
	}
	ts.Setenv(args[0], fmt.Sprint(value))
}

// share puts Chinook into shared tables: share-chinook URL
func share(ts *testscript.TestScript, _ bool, args []string) {
	db := open(ts, args[0])
	defer db.Close()
	shareChinook(scriptTB{ts: ts}, db)
}

// checkChinook compares a copy of Chinook with its source: check-chinook URL TENANT URL TENANT; tenant 0 is a whole file.
func checkChinook(ts *testscript.TestScript, neg bool, args []string) {
	var sides [2]contents
	for i := range sides {
		tenant, err := strconv.ParseInt(args[2*i+1], 10, 64)
		ts.Check(err)
		var db *sqlx.DB
		if file, found := strings.CutPrefix(args[2*i], "sqlite:"); found {
			db, err = sqlite.Open(context.Background(), ts.MkAbs(file), sqlite.ReadOnly)
			ts.Check(err)
		} else {
			db = open(ts, args[2*i])
		}
		defer db.Close()
		sides[i] = read(scriptTB{ts: ts}, db, tenant)
	}
	wrong := compareChinook(sides[0], sides[1])
	if neg == (len(wrong) == 0) {
		ts.Fatalf("%d defects\n%s", len(wrong), strings.Join(wrong[:min(20, len(wrong))], "\n"))
	}
}

// hashRows prints the hash of all rows of a tenant in shared Chinook tables: rows URL TENANT
func hashRows(ts *testscript.TestScript, _ bool, args []string) {
	db := open(ts, args[0])
	defer db.Close()
	tenant, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	data, err := json.Marshal(read(scriptTB{ts: ts}, db, tenant)) // the keys of maps are written in order
	ts.Check(err)
	fmt.Fprintf(ts.Stdout(), "%x\n", sha256.Sum256(data))
}

// lock holds the write lock of a file until the script ends.
func lock(ts *testscript.TestScript, _ bool, args []string) {
	db := open(ts, args[0])
	_, err := db.Exec("CREATE TABLE IF NOT EXISTS held (id INTEGER)")
	ts.Check(err)
	tx, err := db.Beginx()
	ts.Check(err)
	_, err = tx.Exec("INSERT INTO held VALUES (1)")
	ts.Check(err)
	ts.Defer(func() { _, _ = tx.Rollback(), db.Close() })
}

// admit asks for a refresh and agrees to no plan: admit FROM TO RULES
func admit(ts *testscript.TestScript, _ bool, args []string) {
	a := &app{out: ts.Stdout(), err: ts.Stderr(), state: ts.MkAbs("tenantctl.db")}
	s, err := a.openState(context.Background(), writeState)
	ts.Check(err)
	defer s.Close()
	f := planFlags{from: args[0], to: args[1], rules: ts.MkAbs(args[2])}
	j, err := f.job(context.Background())
	ts.Check(err)
	source, err := s.database(context.Background(), "prod")
	ts.Check(err)
	target, err := s.database(context.Background(), "box")
	ts.Check(err)
	j.source, j.target = source.url, target.url
	id, err := a.request(context.Background(), s, refresh.Request{Source: "prod", Target: "box", Purpose: refresh.Develop, By: "dana"}, j, &refresh.Plan{Hash: "another plan"})
	ts.Check(err)
	ts.Setenv("ID", string(id))
}

// hold takes the lease on a target, as another runner would: hold TENANT
func hold(ts *testscript.TestScript, _ bool, args []string) {
	a := &app{state: ts.MkAbs("tenantctl.db")}
	s, err := a.openState(context.Background(), writeState)
	ts.Check(err)
	defer s.Close()
	_, err = s.store.Acquire(context.Background(), tenancy.ID(args[0]), "another", time.Hour, 0)
	ts.Check(err)
}

// release ends the lease on a target as time would: release TENANT
func release(ts *testscript.TestScript, _ bool, args []string) {
	db := open(ts, "sqlite:tenantctl.db")
	defer db.Close()
	_, err := db.Exec("UPDATE retenant_lease SET expires = NULL WHERE target = ?", args[0])
	ts.Check(err)
}

// scriptTB lets a script's command use what is made for tests.
type scriptTB struct {
	testing.TB
	ts *testscript.TestScript
}

func (s scriptTB) Helper()                           {}
func (s scriptTB) Fatal(args ...any)                 { s.ts.Fatalf("%s", fmt.Sprint(args...)) }
func (s scriptTB) Fatalf(format string, args ...any) { s.ts.Fatalf(format, args...) }
