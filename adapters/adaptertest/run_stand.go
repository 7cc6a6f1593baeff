package adaptertest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/retenant/retenant/adapters/memory"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// The tenants of the suites. Their ids are integers, as the CRM's tenant column.
const (
	production tenancy.ID = "7"  // the source
	sandbox    tenancy.ID = "12" // the target
	neighbor   tenancy.ID = "3"  // has nothing to do with either
)

// stand is a database with its tenants, a directory, a store and a runner around it.
type stand struct {
	t         *testing.T
	harness   DataHarness
	crm       CRM
	db        Database
	tenants   []tenancy.ID
	directory HostDirectory
	settings  settingsDirectory
	store     *memory.Store
	clock     *clock
	runner    refresh.Runner
	runs      *int
}

// clock is a clock that stands still but for what it is told.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// newStand makes a database where production and neighbor have rows, about size to a table; targets beside sandbox are added to
// the tenants and, as sandbox, have none.
func newStand(t *testing.T, harness DataHarness, size int, targets ...tenancy.ID) *stand {
	t.Helper()
	s := &stand{t: t, harness: harness, crm: CRM{harness.Layout}, db: harness.New(t),
		tenants: append([]tenancy.ID{production, neighbor, sandbox}, targets...),
		runs:    new(int), clock: &clock{now: time.Date(2026, 4, 3, 8, 0, 0, 0, time.UTC)}}
	s.store = memory.NewStore(s.clock.Now)
	known := []tenancy.Tenant{{ID: production, Kind: tenancy.Production}, {ID: neighbor, Kind: tenancy.Production}}
	for _, id := range s.tenants[2:] {
		known = append(known, tenancy.Tenant{ID: id, Kind: tenancy.Sandbox, Settings: tenancy.Settings{}.EnableCommunications().EnableWorkflows()})
	}
	s.directory = s.db.Directory
	if s.directory == nil {
		s.directory = memory.NewDirectory()
	}
	for _, tenant := range known {
		s.must(s.directory.Declare(t.Context(), tenant))
	}
	s.settings = s.directory
	s.configure(0)
	secret, err := masking.NewSecret([]byte(strings.Repeat("conformance ", 4)))
	if err != nil {
		t.Fatal(err)
	}
	s.runner = refresh.Runner{Store: s.store, Directory: s.directory, Source: s.db.Target, Target: s.db.Target,
		Rules: s.crm.Rules(), Secret: secret, Now: s.clock.Now}
	s.chooses()
	s.insert(s.crm.populate([]tenancy.ID{production, neighbor}, size))
	return s
}

// on returns the stand for a subtest.
func (s *stand) on(t *testing.T) *stand {
	here := *s
	here.t = t
	return &here
}

// insert writes rows as a host.
func (s *stand) insert(rows map[tenancy.ID]Rows) {
	s.t.Helper()
	for _, tenant := range append([]tenancy.ID{""}, s.tenants...) {
		for _, table := range s.crm.tables() {
			if list := rows[tenant][table.name]; len(list) > 0 {
				s.must(s.db.Insert(s.t.Context(), tenant, table.name, list...))
			}
		}
	}
}

// own gives the target rows of its own, which no source has, with keys that the database hands out.
func (s *stand) own(target tenancy.ID) {
	s.t.Helper()
	for _, table := range []string{"companies", "items", "notes"} {
		for i := range 3 {
			s.must(s.db.Insert(s.t.Context(), target, table, s.row(target, Row{"label": fmt.Sprintf("own-%s-%d", table, i)})))
		}
	}
}

// row adds the tenant column where there is one.
func (s *stand) row(tenant tenancy.ID, row Row) Row {
	if !s.crm.own() {
		row[TenantColumn] = string(tenant)
	}
	return row
}

// where names a tenant's row by its label.
func (s *stand) where(tenant tenancy.ID, label string) Row {
	return s.row(tenant, Row{"label": label})
}

func (s *stand) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *stand) picture() picture {
	s.t.Helper()
	return s.crm.picture(s.t, s.db, s.tenants)
}

// request is a plain request to refresh target.
func request(target tenancy.ID) refresh.Request {
	return refresh.Request{Source: production, Target: target, Purpose: refresh.Troubleshoot, By: "ann"}
}

// admit does what the desk does: it judges the request, plans, acknowledges the plan and creates the refresh.
func (s *stand) admit(r refresh.Request, policy refresh.Policy) (refresh.RunID, error) {
	ctx := s.t.Context()
	target, err := s.directory.Tenant(ctx, r.Target)
	if err != nil {
		return "", err
	}
	warnings, err := policy.Admit(r, target)
	if err != nil {
		return "", err
	}
	plan, err := s.runner.Plan(ctx, r)
	if err != nil {
		return "", err
	}
	*s.runs++
	id := refresh.RunID(fmt.Sprintf("run-%d", *s.runs))
	return id, s.store.Create(ctx, refresh.Refresh{ID: id, Request: r, State: refresh.Admitted, Warnings: warnings,
		Admitted: s.clock.Now(), Acknowledged: plan.Hash})
}

// admitted returns a refresh of target that is ready to run.
func (s *stand) admitted(target tenancy.ID) refresh.RunID {
	s.t.Helper()
	id, err := s.admit(request(target), refresh.Policy{})
	s.must(err)
	return id
}

// refresh refreshes target and checks that it ends opened.
func (s *stand) refresh(target tenancy.ID) refresh.Refresh {
	s.t.Helper()
	done, err := s.runner.Run(s.t.Context(), s.admitted(target))
	if err != nil {
		s.t.Fatalf("the refresh of tenant %s failed: %v", target, err)
	}
	if done.State != refresh.Opened {
		s.t.Fatalf("the refresh of tenant %s is %s instead of %s", target, done.State, refresh.Opened)
	}
	return done
}

// expect is what a copy of production in target has to be by a picture.
func (s *stand) expect(p picture, target tenancy.ID) expectation {
	return expectation{crm: s.crm, source: p[production], globals: p[""], target: target, masked: true, old: p[target]["companies"]}
}

// replaced checks that target is a copy of production as before showed it, and that all else is as before showed it.
func (s *stand) replaced(before picture, target tenancy.ID) copied {
	s.t.Helper()
	return s.replacedAs(before, s.expect(before, target))
}

func (s *stand) replacedAs(before picture, want expectation) copied {
	s.t.Helper()
	after := s.picture()
	if difference := before.differs(after, want.target); difference != "" {
		s.t.Fatalf("rows of the source, of other tenants or of no tenant changed (-before +after):\n%s", difference)
	}
	if found := s.crm.duplicates(after); len(found) > 0 {
		s.t.Fatalf("keys are not unique over all tenants (C14):\n%s", strings.Join(found, "\n"))
	}
	learned, wrong := want.check(after[want.target])
	if len(wrong) > 0 {
		s.t.Fatalf("the target is not the copy that the rules describe:\n%s", strings.Join(wrong[:min(len(wrong), 20)], "\n"))
	}
	return learned
}

// untouched checks that everything is as before showed it.
func (s *stand) untouched(before picture) {
	s.t.Helper()
	if difference := before.differs(s.picture()); difference != "" {
		s.t.Fatalf("a refresh that did not commit left traces (-before +after):\n%s", difference)
	}
}

// change alters, adds and takes out rows of the source, other ones for every round.
func (s *stand) change(round int) {
	s.t.Helper()
	ctx := s.t.Context()
	s.must(s.db.Update(ctx, production, "notes", s.where(production, "7-notes-1"), Row{"title": fmt.Sprintf("round %d", round)}))
	s.must(s.db.Update(ctx, production, "persons", s.where(production, "7-persons-1"), Row{"last_name": fmt.Sprintf("Novak %d", round)}))
	s.setTokens(round)
	for _, table := range []string{"notes", "companies"} {
		s.must(s.db.Delete(ctx, production, table, s.where(production, fmt.Sprintf("added-%d", round-1))))
		s.must(s.db.Insert(ctx, production, table, s.row(production, Row{"label": fmt.Sprintf("added-%d", round)})))
	}
	s.must(s.db.Delete(ctx, production, "assets", s.where(production, fmt.Sprintf("added-%d", round-1))))
	label := fmt.Sprintf("added-%d", round)
	s.must(s.db.Insert(ctx, production, "assets", s.row(production, Row{"id": uuid(production, label), "label": label})))
}

// setTokens is people of the sandbox who set tokens in two of their copies, if they have any.
func (s *stand) setTokens(round int) {
	s.t.Helper()
	companies, err := s.db.Rows(s.t.Context(), sandbox, "companies")
	s.must(err)
	for _, row := range companies {
		if label := row["label"]; (label == "7-companies-0" || label == "7-companies-1") && (s.crm.own() || row[TenantColumn] == string(sandbox)) {
			s.must(s.db.Update(s.t.Context(), sandbox, "companies", s.where(sandbox, label), Row{"token": fmt.Sprintf("token %s of the sandbox, round %d", label, round)}))
		}
	}
}

// during makes the runner call do before (or after) a step, in its own goroutine.
func (s *stand) during(step string, after bool, do func(ctx context.Context) error) refresh.Runner {
	runner := s.runner
	runner.Inject = func(ctx context.Context, at string, past bool) error {
		if at == step && past == after {
			return do(ctx)
		}
		return nil
	}
	return runner
}
