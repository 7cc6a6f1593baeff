package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/adapters/sqlstore"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// TestA4IdsThatTheDatabaseTakesForOne must not let a sandbox that is written like production be replaced: the guard compares texts.
func TestA4IdsThatTheDatabaseTakesForOne(t *testing.T) {
	for name, c := range map[string]struct {
		column             string
		production, target tenancy.ID
		refused            bool // the id itself is no id of the column
	}{
		"a leading zero":  {"INTEGER", "1", "01", true},
		"a plus":          {"INTEGER", "1", "+1", true},
		"another case":    {"TEXT COLLATE NOCASE", "acme", "ACME", false},
		"trailing spaces": {"TEXT COLLATE RTRIM", "acme", "acme ", false},
		"a decimal":       {"NUMERIC", "1", "1.0", true},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, filepath.Join(t.TempDir(), "shared.db"), sqlite.Create, `CREATE TABLE people (id INTEGER PRIMARY KEY, tenant `+c.column+`, name TEXT, boss INTEGER, code TEXT)`)
			db.MustExec(`INSERT INTO people (tenant, name) VALUES (?, 'Ann'), (?, 'Bob'), (3, 'Source')`, string(c.production), string(c.production))
			before := dump(t, db, `SELECT * FROM people WHERE name IN ('Ann', 'Bob') ORDER BY id`)
			s := newStand(t, sqlite.Shared(db, sqldata.Config{}), strings.Replace(peopleRules, "code:", "boss: {pass: a number}, code:", 1),
				tenancy.Tenant{ID: "3", Kind: tenancy.Production}, tenancy.Tenant{ID: c.production, Kind: tenancy.Production}, tenancy.Tenant{ID: c.target, Kind: tenancy.Sandbox})
			_, err := s.runner.Plan(context.Background(), refresh.Request{Source: "3", Target: c.target})
			if c.refused {
				if err == nil || !strings.Contains(err.Error(), "does not fit") {
					t.Errorf("the plan is not refused: %v", err)
				}
				return
			}
			s.refresh("3", c.target)
			if after := dump(t, db, `SELECT * FROM people WHERE name IN ('Ann', 'Bob') ORDER BY id`); strings.Join(before, "\n") != strings.Join(after, "\n") {
				t.Errorf("production changed:\n%v\n%v", before, after)
			}
		})
	}
}

func TestA4OneFileForSourceAndTarget(t *testing.T) {
	file := filepath.Join(t.TempDir(), "one.db")
	db := open(t, file, sqlite.Create, odd, oddValues)
	linked := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(file, linked); err != nil {
		t.Skip(err)
	}
	s := newStand(t, sqlite.Files(func(id tenancy.ID) string { return map[tenancy.ID]string{"1": file, "2": linked}[id] }, sqldata.Config{}), oddRules,
		tenancy.Tenant{ID: "1"}, tenancy.Tenant{ID: "2", Kind: tenancy.Test})
	if _, err := s.runner.Plan(context.Background(), refresh.Request{Source: "1", Target: "2"}); !errors.Is(err, refresh.ErrRefusedPlan) || !strings.Contains(err.Error(), "one database") {
		t.Errorf("%v", err)
	}
	if got := dump(t, db, `SELECT count(*) FROM odd`); got[0] != "int64:6|" {
		t.Errorf("the source has %s rows", got)
	}
}

func TestA4AFileOfSeveralTenantsIsNotMadeAnew(t *testing.T) {
	dir := t.TempDir()
	file := func(id tenancy.ID) string { return filepath.Join(dir, string(id)+".db") }
	open(t, file("1"), sqlite.Create, people, `INSERT INTO people (tenant, name) VALUES (1, 'Ann')`)
	target := open(t, file("2"), sqlite.Create, people, `INSERT INTO people (tenant, name) VALUES (2, 'Old'), (9, 'Production')`)
	s := newStand(t, sqlite.Files(file, sqldata.Config{}), peopleRules, tenancy.Tenant{ID: "1"}, tenancy.Tenant{ID: "2", Kind: tenancy.Test})
	id := s.request("1", "2")
	if _, err := s.runner.Run(context.Background(), id); err == nil || !strings.Contains(err.Error(), "rows of other tenants") {
		t.Errorf("%v", err)
	}
	if got := dump(t, target, `SELECT count(*) FROM people`); got[0] != "int64:2|" {
		t.Errorf("the target has %s rows", got)
	}
}

func TestAbandonRemovesOnlyWhatTheRunMade(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	file := func(id tenancy.ID) string { return filepath.Join(dir, string(id)+".db") }
	open(t, file("1"), sqlite.Create, odd, oddValues)
	for name, prepare := range map[string]func(string) error{
		"somebody's store": func(file string) error { return sqlstore.Install(ctx, open(t, file, sqlite.Create)) },
		"a view": func(file string) error {
			_, err := open(t, file, sqlite.Create).Exec("CREATE VIEW v AS SELECT 1")
			return err
		},
		"nothing": func(string) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			target := tenancy.ID(strings.ReplaceAll(name, " ", "-"))
			if err := prepare(file(target)); err != nil {
				t.Fatal(err)
			}
			_, there := os.Stat(file(target))
			s := newStand(t, sqlite.Files(file, sqldata.Config{}), oddRules, tenancy.Tenant{ID: "1"}, tenancy.Tenant{ID: target, Kind: tenancy.Test})
			id := s.request("1", target)
			s.runner.Inject = func(_ context.Context, step string, after bool) error {
				if step == "close" && after {
					return errors.New("injected")
				}
				return nil
			}
			if _, err := s.runner.Run(ctx, id); err == nil {
				t.Fatal("the run did not fail")
			}
			if err := s.runner.Abandon(ctx, id); err != nil {
				t.Fatal(err)
			}
			if _, still := os.Stat(file(target)); (there == nil) != (still == nil) {
				t.Errorf("before the run: %v; after Abandon: %v", there, still)
			}
		})
	}
}

func TestASchemaChangeAfterTheCommitDoesNotKeepTheTargetClosed(t *testing.T) {
	db, s := sharedPeople(t)
	id := s.request("1", "2")
	s.runner.Inject = func(_ context.Context, step string, after bool) error {
		if step == "commit" && after {
			return errors.New("killed")
		}
		return nil
	}
	if _, err := s.runner.Run(context.Background(), id); err == nil {
		t.Fatal("the run did not fail")
	}
	db.MustExec(`ALTER TABLE people ADD COLUMN phone TEXT`)
	s.runner.Inject = nil
	done, err := s.runner.Run(context.Background(), id)
	if err != nil || done.State != refresh.Opened || !strings.Contains(strings.Join(done.Receipt.Warnings, "\n"), "could not be counted") {
		t.Errorf("the refresh is %s, %v", done.State, err)
	}
}

func TestATargetThatCannotBeWrittenIsNotClosed(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	file := func(id tenancy.ID) string {
		return filepath.Join(dir, map[tenancy.ID]string{"1": "one.db", "2": "missing/two.db"}[id])
	}
	open(t, file("1"), sqlite.Create, odd, oddValues)
	s := newStand(t, sqlite.Files(file, sqldata.Config{}), oddRules, tenancy.Tenant{ID: "1"}, tenancy.Tenant{ID: "2", Kind: tenancy.Test})
	id := s.request("1", "2")
	if _, err := s.runner.Run(ctx, id); err == nil || !strings.Contains(err.Error(), "cannot be opened") {
		t.Errorf("%v", err)
	}
	if tenant, err := s.desk.Directory.Tenant(ctx, "2"); err != nil || tenant.Outage != nil {
		t.Errorf("the tenant is closed: %+v, %v", tenant.Outage, err)
	}
}

func TestALimitedPoolIsRefused(t *testing.T) {
	db, s := sharedPeople(t)
	db.SetMaxOpenConns(1)
	if _, err := s.runner.Plan(context.Background(), refresh.Request{Source: "1", Target: "2"}); !errors.Is(err, refresh.ErrRefusedPlan) || !strings.Contains(err.Error(), "SetMaxOpenConns") {
		t.Errorf("%v", err)
	}
}

func TestATooShortLeaseIsRefused(t *testing.T) {
	_, s := sharedPeople(t)
	s.runner.Lease = 3 * time.Nanosecond
	if _, err := s.runner.Run(context.Background(), s.request("1", "2")); err == nil || !strings.Contains(err.Error(), "too short") {
		t.Errorf("%v", err)
	}
}

func TestTheHashNamesTheDatabase(t *testing.T) {
	dir := t.TempDir()
	where := map[tenancy.ID]string{"1": "one.db", "2": "two.db"}
	open(t, filepath.Join(dir, "one.db"), sqlite.Create, odd, oddValues)
	s := newStand(t, sqlite.Files(func(id tenancy.ID) string { return filepath.Join(dir, where[id]) }, sqldata.Config{}), oddRules, tenancy.Tenant{ID: "1"}, tenancy.Tenant{ID: "2", Kind: tenancy.Test})
	id := s.request("1", "2")
	where["2"] = "three.db"
	if _, err := s.runner.Run(context.Background(), id); !errors.Is(err, refresh.ErrPlanChanged) {
		t.Errorf("what was agreed to for two.db was about to be done to three.db: %v", err)
	}
}

func TestVerifyLooksAtEmptiedTables(t *testing.T) {
	db, s := sharedPeople(t)
	s.runner.Profile.Dispositions = map[string]refresh.Disposition{"people": refresh.Empty}
	done := s.refresh("1", "2")
	db.MustExec(`INSERT INTO people (tenant, name) VALUES (2, 'New')`)
	if findings, err := s.runner.Verify(context.Background(), done.ID); err != nil || len(findings) != 1 || findings[0].Rows != 1 {
		t.Errorf("%v, %v", findings, err)
	}
}

func TestN1ASharedAudienceOnAGloballyUniqueColumnIsRefused(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "shared.db"), sqlite.Create, `CREATE TABLE people (id INTEGER PRIMARY KEY, tenant INTEGER, email TEXT UNIQUE)`)
	rules := "version: 1\ntenant_column: tenant\ntables:\n  people: {columns: {email: email}}\n"
	s := newStand(t, sqlite.Shared(db, sqldata.Config{}), rules, tenancy.Tenant{ID: "1"}, tenancy.Tenant{ID: "2", Kind: tenancy.Test})
	if _, err := s.runner.Plan(context.Background(), refresh.Request{Source: "1", Target: "2"}); err != nil {
		t.Fatal(err)
	}
	s.runner.Profile.Audience = "everybody"
	if _, err := s.runner.Plan(context.Background(), refresh.Request{Source: "1", Target: "2"}); !errors.Is(err, refresh.ErrRefusedPlan) {
		t.Errorf("%v", err)
	}
}

// A refresh is withdrawn while another one of the same target is under way.
func TestD7ARefreshThatIsCancelledWhileAnotherOneRunsNeverBegins(t *testing.T) {
	ctx := context.Background()
	_, s := sharedPeople(t)
	running, waiting, again := s.request("1", "2"), s.request("1", "2"), s.request("1", "2")
	state := func(id refresh.RunID) refresh.State {
		t.Helper()
		r, err := s.desk.Store.Refresh(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		return r.State
	}
	s.runner.Inject = func(_ context.Context, step string, after bool) error {
		if step != "verify" || after {
			return nil
		}
		return errors.Join(s.desk.Cancel(ctx, waiting), s.desk.Cancel(ctx, again))
	}
	if _, err := s.runner.Run(ctx, running); err != nil {
		t.Fatal(err)
	}
	if got := []refresh.State{state(running), state(waiting), state(again)}; got[0] != refresh.Opened || got[1] != refresh.Admitted || got[2] != refresh.Admitted {
		t.Errorf("the refreshes are %v", got)
	}
	if err := s.desk.Cancel(ctx, again); err != nil || state(again) != refresh.Cancelled {
		t.Errorf("once nobody is at work it is cancelled at once; it is %s, %v", state(again), err)
	}
	steps := 0
	s.runner.Inject = func(context.Context, string, bool) error { steps++; return nil }
	if done, err := s.runner.Run(ctx, waiting); !errors.Is(err, refresh.ErrCancelled) || done.State != refresh.Abandoned || steps > 0 {
		t.Errorf("the refresh is %s after %d steps, %v", done.State, steps, err)
	}
}

func TestD7ARunThatWasCancelledWhileNobodyWasAtWorkCopiesNothing(t *testing.T) {
	ctx := context.Background()
	db, s := sharedPeople(t)
	before := dump(t, db, `SELECT * FROM people ORDER BY id`)
	id := s.request("1", "2")
	s.runner.Inject = func(_ context.Context, step string, after bool) error {
		if step == "copy" {
			return errors.New("killed")
		}
		return nil
	}
	if _, err := s.runner.Run(ctx, id); err == nil {
		t.Fatal("the run did not fail")
	}
	if err := s.desk.Cancel(ctx, id); err != nil {
		t.Fatal(err)
	}
	steps := 0
	s.runner.Inject = func(context.Context, string, bool) error { steps++; return nil }
	done, err := s.runner.Run(ctx, id)
	if !errors.Is(err, refresh.ErrCancelled) || done.State != refresh.Abandoned || steps > 0 {
		t.Errorf("the refresh is %s after %d steps, %v", done.State, steps, err)
	}
	if after := dump(t, db, `SELECT * FROM people ORDER BY id`); strings.Join(before, "\n") != strings.Join(after, "\n") {
		t.Errorf("rows changed:\n%v\n%v", before, after)
	}
	if tenant, err := s.desk.Directory.Tenant(ctx, "2"); err != nil || tenant.Outage != nil {
		t.Errorf("the tenant is left as %+v, %v", tenant, err)
	}
}
