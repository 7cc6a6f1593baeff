package sqlite_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/refresh/receipt"
	"github.com/retenant/retenant/tenancy"
)

// townsfolk is a production tenant with two people, whose copy is in tenant 2.
func townsfolk(t *testing.T) (*stand, *sqlx.DB) {
	t.Helper()
	db := open(t, filepath.Join(t.TempDir(), "crm.db"), sqlite.Create,
		"CREATE TABLE people (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, city TEXT)",
		"INSERT INTO people (tenant, city) VALUES (1, 'Prague'), (1, 'Oslo')")
	s := newStand(t, sqlite.Shared(db, sqldata.Config{}), "version: 1\ntenant_column: tenant\ntables:\n  people: {columns: {city: {pass: a test}}}\n",
		tenancy.Tenant{ID: "1", Kind: tenancy.Production}, tenancy.Tenant{ID: "2", Kind: tenancy.Sandbox})
	s.refresh("1", "2")
	return s, db
}

// TestN6FailedAttemptsDoNotMoveTheAgreement adds a row, which is tolerated, before each of several attempts that fail, before the close and after it.
func TestN6FailedAttemptsDoNotMoveTheAgreement(t *testing.T) {
	boom := errors.New("boom")
	for _, step := range []string{"close", "copy", "commit"} {
		t.Run("before "+step, func(t *testing.T) {
			s, db := townsfolk(t)
			s.runner.Profile.Tolerance = refresh.Tolerance{Rows: 1}
			id := s.request("1", "2")
			s.runner.Inject = func(_ context.Context, at string, after bool) error {
				if at == step && !after {
					return boom
				}
				return nil
			}
			for i := range 3 {
				exec(t, db, "INSERT INTO people (tenant, city) VALUES (2, 'work')")
				want := boom
				if i > 0 {
					want = refresh.ErrMoreLost
				}
				if done, err := s.runner.Run(t.Context(), id); !errors.Is(err, want) || done.Losses["people"] != 0 {
					t.Fatalf("%d rows more are lost than were agreed to and 1 is tolerated; the run ended with %v, and agreed to are %d", i+1, err, done.Losses["people"])
				}
			}
		})
	}
}

// TestN6WorkUntilTheDrainCounts edits rows while the last transactions end.
func TestN6WorkUntilTheDrainCounts(t *testing.T) {
	s, db := townsfolk(t)
	id := s.request("1", "2")
	s.runner.Drain = func(context.Context, tenancy.ID) error {
		exec(t, db, "UPDATE people SET city = 'a day of work' WHERE tenant = 2")
		return nil
	}
	done, err := s.runner.Run(t.Context(), id)
	var step *refresh.StepError
	if !errors.Is(err, refresh.ErrMoreLost) || !errors.As(err, &step) || step.Step != "note" || done.State != refresh.Running {
		t.Fatalf("two rows of work are lost and none was agreed to; the run ended %s with %v", done.State, err)
	}
	if work := dump(t, db, "SELECT id FROM people WHERE tenant = 2 AND city = 'a day of work'"); len(work) != 2 {
		t.Fatalf("a run that was refused touched rows: %q", work)
	}
	plan, err := s.runner.Plan(t.Context(), done.Request)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.desk.Acknowledge(t.Context(), id, plan); err != nil {
		t.Fatalf("a run that waits for it cannot be agreed to anew: %v", err)
	}
	if done, err = s.runner.Run(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if lost := done.Receipt.Tables[0].Lost; lost != 2 || !strings.Contains(done.Receipt.String(), "lost          2 rows") {
		t.Errorf("two rows of work were lost, and the receipt says %d:\n%s", lost, done.Receipt)
	}
}

// TestN6RefusedAfterTheDrainCanBeAbandoned keeps the work.
func TestN6RefusedAfterTheDrainCanBeAbandoned(t *testing.T) {
	s, db := townsfolk(t)
	id := s.request("1", "2")
	s.runner.Drain = func(context.Context, tenancy.ID) error {
		exec(t, db, "UPDATE people SET city = 'a day of work' WHERE tenant = 2")
		return nil
	}
	if _, err := s.runner.Run(t.Context(), id); !errors.Is(err, refresh.ErrMoreLost) {
		t.Fatal(err)
	}
	if err := s.runner.Abandon(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	tenant, err := s.runner.Directory.Tenant(t.Context(), "2")
	if err != nil || tenant.Outage != nil {
		t.Errorf("an abandoned run keeps the target closed: %+v, %v", tenant.Outage, err)
	}
	if work := dump(t, db, "SELECT id FROM people WHERE tenant = 2 AND city = 'a day of work'"); len(work) != 2 {
		t.Errorf("an abandoned run touched rows: %q", work)
	}
}

const hookRules = `
version: 1
tenant_column: tenant
tables:
  hooks: {columns: {name: {pass: a test}, token: {secret: keep}}}
`

// TestN6SecretsThatStayAreNotLost changes secrets of a copy, the rules for them, and then the source.
func TestN6SecretsThatStayAreNotLost(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "crm.db"), sqlite.Create,
		"CREATE TABLE hooks (token TEXT, id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, name TEXT)",
		"INSERT INTO hooks VALUES ('p', 1, 1, 'mail'), ('q', 2, 1, 'bank'), ('r', 3, 3, 'fax')")
	s := newStand(t, sqlite.Shared(db, sqldata.Config{}), hookRules,
		tenancy.Tenant{ID: "1", Kind: tenancy.Production}, tenancy.Tenant{ID: "2", Kind: tenancy.Sandbox}, tenancy.Tenant{ID: "3", Kind: tenancy.Production})
	loss := func(source tenancy.ID, rules string) refresh.TableLoss {
		t.Helper()
		runner := s.runner
		var err error
		if runner.Rules, err = masking.ParseRules([]byte(rules)); err != nil {
			t.Fatal(err)
		}
		plan, err := runner.Plan(t.Context(), refresh.Request{Source: source, Target: "2", Purpose: refresh.Develop, By: "ann"})
		if err != nil {
			t.Fatal(err)
		}
		return plan.Annex.Losses.Tables[0]
	}
	s.refresh("1", "2")
	id := s.request("1", "2")
	exec(t, db, "UPDATE hooks SET token = 'rotated' WHERE tenant = 2 AND name = 'mail'")
	if l := loss("1", hookRules); !l.Compared || l.Lost() != 0 || l.Rows != 2 {
		t.Errorf("a secret was changed that stays, and the plan says %+v", l)
	}
	done, err := s.runner.Run(t.Context(), id)
	if err != nil || done.Receipt.Tables[0].Lost != 0 {
		t.Fatalf("a secret was changed that stays, and the run ended with %v", err)
	}
	if l := loss("1", hookRules); !l.Compared || l.Lost() != 0 {
		t.Errorf("a refresh carried a secret over, and the plan says %+v", l)
	}
	exec(t, db, "UPDATE hooks SET token = 'again', name = 'post' WHERE tenant = 2 AND name = 'mail'")
	if l := loss("1", hookRules); l.Changed != 1 || len(l.ChangedKeys) != 1 {
		t.Errorf("a row was changed beside its secret, and the plan says %+v", l)
	}
	exec(t, db, "UPDATE hooks SET token = 'own' WHERE tenant = 2 AND name = 'bank'")
	blank := strings.Replace(hookRules, "secret: keep", "secret: blank", 1)
	for name, l := range map[string]refresh.TableLoss{"by rules that blank the secret": loss("1", blank), "by a copy of another tenant": loss("3", hookRules)} {
		if !l.Compared || l.Changed != 2 || l.Lost() != 2 || len(l.ChangedKeys) != 2 {
			t.Errorf("%s a row that was changed goes, and one that was not with its secret, and the plan says %+v", name, l)
		}
	}

	if s.runner.Rules, err = masking.ParseRules([]byte(blank)); err != nil {
		t.Fatal(err)
	}
	s.refresh("1", "2") // its digests cover the secrets
	if l := loss("1", hookRules); !l.Compared || l.Lost() != 0 {
		t.Errorf("the rules come to keep a secret, and the plan says %+v", l)
	}
}

// TestN6ReceiptTellsOfDroppedTables rebuilds a database that has a table of its own.
func TestN6ReceiptTellsOfDroppedTables(t *testing.T) {
	dir := t.TempDir()
	file := func(id tenancy.ID) string { return filepath.Join(dir, string(id)+".db") }
	open(t, file("1"), sqlite.Create, "CREATE TABLE a (id INTEGER PRIMARY KEY)", "INSERT INTO a VALUES (1)")
	open(t, file("2"), sqlite.Create, "CREATE TABLE a (id INTEGER PRIMARY KEY)", "CREATE TABLE own (id INTEGER PRIMARY KEY, note TEXT)", "INSERT INTO own VALUES (1, 'x'), (2, 'y')")
	s := newStand(t, sqlite.Files(file, sqldata.Config{}), "version: 1\ntables:\n  a: {}\n", tenancy.Tenant{ID: "1"}, tenancy.Tenant{ID: "2", Kind: tenancy.Test})
	r := s.refresh("1", "2").Receipt
	if last := r.Tables[len(r.Tables)-1]; last.Name != "own" || last.Disposition != receipt.Dropped || last.Lost != 2 || last.Written != 0 {
		t.Errorf("a table went with two rows, and the receipt says %+v", last)
	}
	if text := r.String(); !strings.Contains(text, "own: lost 2 rows") || !strings.Contains(text, "lost          2 rows") {
		t.Errorf("the receipt's text does not tell of two rows that went with their table:\n%s", text)
	}
}

// TestN6ReceiptTellsWhetherLossesWereCounted agrees to plans that counted nothing.
func TestN6ReceiptTellsWhetherLossesWereCounted(t *testing.T) {
	s, db := townsfolk(t)
	exec(t, db, "UPDATE people SET city = 'work' WHERE tenant = 2 AND city = 'Oslo'")
	blind := func() *receipt.Receipt {
		t.Helper()
		r, err := s.desk.Request(t.Context(), refresh.Request{Source: "1", Target: "2", Purpose: refresh.Develop, By: "ann"})
		if err != nil {
			t.Fatal(err)
		}
		viewer := s.runner
		viewer.Secret = masking.Secret{}
		plan, err := viewer.Plan(t.Context(), r.Request)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.desk.Acknowledge(t.Context(), r.ID, plan); err != nil {
			t.Fatal(err)
		}
		done, err := s.runner.Run(t.Context(), r.ID)
		if err != nil {
			t.Fatal(err)
		}
		return done.Receipt
	}
	if r := blind(); !r.Losses.Counted || r.Tables[0].Lost != 1 {
		t.Errorf("nobody counted what will be lost but the run could, and the receipt says %+v, %d rows", r.Losses, r.Tables[0].Lost)
	}
	if r := blind(); !r.Losses.Counted || !strings.Contains(r.String(), "lost          nothing") {
		t.Errorf("nothing was lost, and the receipt says\n%s", r)
	}
	s.runner.Profile.Uncounted = true
	if r := blind(); r.Losses.Counted || !strings.Contains(r.String(), "lost          not counted: the profile turns it off") {
		t.Errorf("nobody counted what was lost, and the receipt says\n%s", r)
	}
}

// TestD16PlanShowsNoMaskedKey makes a row in the target whose key is a number that the rules mask, beside one whose key they do not.
func TestD16PlanShowsNoMaskedKey(t *testing.T) {
	dir := t.TempDir()
	file := func(id tenancy.ID) string { return filepath.Join(dir, string(id)+".db") }
	tables := []string{"CREATE TABLE people (ssn BIGINT, visit INTEGER, city TEXT, PRIMARY KEY (ssn, visit))", "CREATE TABLE rooms (floor BIGINT, room INTEGER, name TEXT, PRIMARY KEY (floor, room))"}
	open(t, file("1"), sqlite.Create, append(tables, "INSERT INTO people VALUES (78051120, 1, 'x')", "INSERT INTO rooms VALUES (1, 1, 'x')")...)
	target := open(t, file("2"), sqlite.Create, tables...)
	pass := "{pass: a number}"
	s := newStand(t, sqlite.Files(file, sqldata.Config{}), `
version: 1
tables:
  people: {columns: {ssn: digits, visit: `+pass+`, city: `+pass+`}}
  rooms: {columns: {floor: `+pass+`, room: `+pass+`, name: `+pass+`}}
`, tenancy.Tenant{ID: "1"}, tenancy.Tenant{ID: "2", Kind: tenancy.Test})
	id := s.request("1", "2")
	if _, err := s.runner.Run(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	exec(t, target, "INSERT INTO people VALUES (85121799, 1, 'real person')", "INSERT INTO rooms VALUES (44556677, 1, 'a new room')")
	plan, err := s.runner.Plan(t.Context(), refresh.Request{Source: "1", Target: "2", Purpose: refresh.Develop, By: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{plan.String(), plan.Markdown()} {
		if strings.Contains(text, "85121799") || !strings.Contains(text, "44556677") {
			t.Errorf("the plan shows a key that the rules mask, or not one that they pass:\n%s", text)
		}
	}
}
