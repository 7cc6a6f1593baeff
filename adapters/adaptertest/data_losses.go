package adaptertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/retenant/retenant/adapters/memory"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
)

// plan plans a refresh of sandbox.
func (s *stand) plan() *refresh.Plan {
	s.t.Helper()
	plan, err := s.runner.Plan(s.t.Context(), request(sandbox))
	s.must(err)
	return plan
}

// agree asks for a refresh of sandbox at the desk and agrees to the plan.
func (s *stand) agree(plan *refresh.Plan) refresh.RunID {
	s.t.Helper()
	desk := refresh.Desk{Store: s.store, Directory: s.directory, Now: s.clock.Now}
	r, err := desk.Request(s.t.Context(), request(sandbox))
	s.must(err)
	s.must(desk.Acknowledge(s.t.Context(), r.ID, plan))
	return r.ID
}

// work edits the sandbox as its users do, at random.
func (s *stand) work(random *rand.Rand, edits int) {
	s.t.Helper()
	ctx := s.t.Context()
	for i := range edits {
		some := s.where(sandbox, fmt.Sprintf("7-%%s-%d", random.IntN(6)))
		named := func(table string) Row {
			row := maps.Clone(some)
			row["label"] = fmt.Sprintf(some["label"], table)
			return row
		}
		switch value := fmt.Sprintf("confidential work %d", random.IntN(4)); random.IntN(8) {
		case 0:
			s.must(s.db.Update(ctx, sandbox, "notes", named("notes"), Row{"title": value}))
		case 1:
			s.must(s.db.Update(ctx, sandbox, "persons", named("persons"), Row{"last_name": value}))
		case 2:
			s.must(s.db.Update(ctx, sandbox, "lines", named("lines"), Row{"quantity": fmt.Sprint(random.IntN(3))}))
		case 3, 4:
			table := []string{"notes", "companies", "items"}[random.IntN(3)]
			s.must(s.db.Insert(ctx, sandbox, table, s.row(sandbox, Row{"label": fmt.Sprintf("%s %d %d", value, i, random.Int())})))
		case 5:
			s.must(s.db.Delete(ctx, sandbox, "notes", named("notes")))
		case 6:
			s.must(s.db.Delete(ctx, sandbox, "lines", named("lines")))
		case 7: // a change and the way back is none
			s.must(s.db.Update(ctx, sandbox, "orders", named("orders"), Row{"remark": value}))
			s.must(s.db.Update(ctx, sandbox, "orders", named("orders"), Row{"remark": "as it was"}))
		}
	}
}

// lossesBetween is the naive model: it compares the rows by their keys.
func (c CRM) lossesBetween(was, is Rows) map[string]refresh.TableLoss {
	model := map[string]refresh.TableLoss{}
	for _, table := range c.tables() {
		if table.global {
			continue
		}
		byKey := func(rows []Row) map[string]Row {
			found := map[string]Row{}
			for _, row := range rows {
				var parts []string
				for _, name := range table.key {
					parts = append(parts, row[name])
				}
				found[strings.Join(parts, "/")] = row
			}
			return found
		}
		before, after := byKey(was[table.name]), byKey(is[table.name])
		loss := refresh.TableLoss{Table: table.name, Rows: int64(len(after)), Compared: true}
		for key, row := range after {
			if old, found := before[key]; !found {
				loss.Created++
			} else if !maps.Equal(old, row) {
				loss.Changed++
			}
		}
		for key := range before {
			if _, found := after[key]; !found {
				loss.Deleted++
			}
		}
		model[table.name] = loss
	}
	return model
}

// counted compares a plan's losses with the model's.
func (s *stand) counted(plan *refresh.Plan, was Rows) {
	s.t.Helper()
	is := s.picture()[sandbox]
	want, found := s.crm.lossesBetween(was, is), map[string]refresh.TableLoss{}
	if !plan.Annex.Losses.Counted {
		s.t.Fatalf("nothing was counted: %s", plan.Annex.Losses.Why)
	}
	for _, loss := range plan.Annex.Losses.Tables {
		found[loss.Table] = loss
		var keys []string
		for _, row := range is[loss.Table] {
			keys = append(keys, row["id"])
		}
		examples := slices.Concat(loss.ChangedKeys, loss.CreatedKeys)
		if s.crm.table(loss.Table).key[0] == "id" && (int64(len(loss.ChangedKeys)) != min(5, loss.Changed) || int64(len(loss.CreatedKeys)) != min(5, loss.Created)) {
			s.t.Errorf("%s: %d changed and %d created rows, and the keys of these: %v", loss.Table, loss.Changed, loss.Created, examples)
		}
		for _, key := range examples {
			if s.crm.table(loss.Table).key[0] == "id" && !slices.Contains(keys, key) {
				s.t.Errorf("%s: the plan names row %s, which the target does not have", loss.Table, key)
			}
		}
	}
	if difference := cmp.Diff(want, found, cmpopts.IgnoreFields(refresh.TableLoss{}, "Since", "ChangedKeys", "CreatedKeys")); difference != "" {
		s.t.Errorf("the plan does not count what was done in the target (-done +counted):\n%s", difference)
	}
}

func losses(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 6)
	s.own(sandbox)
	for _, loss := range s.plan().Annex.Losses.Tables {
		if rows := int64(len(s.picture()[sandbox][loss.Table])); loss.Compared || loss.Rows != rows || loss.Lost() != rows {
			t.Errorf("no refresh has written the target's %d rows of %s, and the plan says %+v", rows, loss.Table, loss)
		}
	}
	random := rand.New(rand.NewPCG(6, 6))
	for round := range 3 {
		s.runner.Portable = round%2 == 1
		s.refresh(sandbox)
		landed := s.picture()[sandbox]
		s.counted(s.plan(), landed) // nothing is lost
		people, counts := s.directory.(*memory.Directory)
		if counts {
			s.must(people.Used(t.Context(), sandbox, fmt.Sprintf("user %d", round), s.tenant().Provenance.AsOf.Add(time.Hour)))
		}
		s.work(random, 4<<round)
		plan := s.plan()
		s.counted(plan, landed)
		annex, err := json.Marshal(plan.Annex)
		s.must(err)
		for _, text := range []string{string(annex), plan.String(), plan.Markdown()} {
			if strings.Contains(text, "confidential") {
				t.Fatalf("the plan shows a value of the target:\n%s", text)
			}
		}
		if users := plan.Annex.Losses.ActiveUsers; counts && (users == nil || *users != int64(round+1)) {
			t.Errorf("%d users were at work in the target, and the plan says %s", round+1, plan.Annex.Losses.Activity())
		}
	}
	other := s.runner
	var err error
	other.Secret, err = masking.NewSecret([]byte(strings.Repeat("another one ", 4)))
	s.must(err)
	plan, err := other.Plan(t.Context(), request(sandbox))
	s.must(err)
	for _, loss := range plan.Annex.Losses.Tables {
		if loss.Compared || loss.Why == "" || loss.Lost() != loss.Rows {
			t.Errorf("under another secret nothing can be told of %s, and the plan says %+v", loss.Table, loss)
		}
	}
	other.Secret = masking.Secret{}
	plan, err = other.Plan(t.Context(), request(sandbox))
	s.must(err)
	if l := plan.Annex.Losses; l.Counted || l.Why == "" || len(l.Tables) > 0 {
		t.Errorf("without a secret nothing can be counted, and the plan says %+v", l)
	}
	if hash := s.plan().Hash; plan.Hash != hash {
		t.Errorf("what is lost is a part of the plan's hash: %s and %s", plan.Hash, hash)
	}
}

func lossesOfLandings(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 6)
	random := rand.New(rand.NewPCG(7, 7))
	s.refresh(sandbox)
	landed := s.picture()[sandbox]
	s.work(random, 20)
	want := s.plan().Annex.Losses
	failing := s.during("verify", true, func(context.Context) error { return ErrInjected })
	id := s.admitted(sandbox)
	if _, err := failing.Run(t.Context(), id); !errors.Is(err, ErrInjected) {
		t.Fatalf("the run was to fail after its copy: %v", err)
	}
	s.must(s.runner.Abandon(t.Context(), id))
	s.counted(s.plan(), landed)
	if difference := cmp.Diff(want, s.plan().Annex.Losses); difference != "" {
		t.Errorf("an abandoned run changed what is lost (-before +after):\n%s", difference)
	}

	s.runner.Profile.Dispositions = map[string]refresh.Disposition{"items": refresh.Keep, "lines": refresh.Empty}
	s.refresh(sandbox)
	s.must(s.db.Update(t.Context(), sandbox, "items", s.where(sandbox, "7-items-0"), Row{"name": "kept"}))
	was := landed["items"]
	landed = s.picture()[sandbox]
	s.must(s.db.Update(t.Context(), sandbox, "notes", s.where(sandbox, "7-notes-0"), Row{"title": "changed"}))
	for _, loss := range s.plan().Annex.Losses.Tables {
		if loss.Table == "items" {
			t.Error("a table that is kept loses nothing, and the plan counts it")
		}
		if changed := loss.Table == "notes"; !loss.Compared || loss.Lost() != map[bool]int64{true: 1}[changed] {
			t.Errorf("after a refresh that emptied lines and an edit of notes, the plan says %+v", loss)
		}
	}
	s.runner.Profile.Dispositions = nil
	landed["items"] = was // of an earlier landing than the rest
	s.counted(s.plan(), landed)

	again := request(sandbox)
	again.Source = neighbor
	id, err := s.admit(again, refresh.Policy{})
	s.must(err)
	_, err = s.runner.Run(t.Context(), id)
	s.must(err)
	s.counted(s.plan(), s.picture()[sandbox]) // the target is a copy of another tenant by now

	s.runner.Profile.Uncounted = true
	s.refresh(sandbox)
	if l := s.plan().Annex.Losses; l.Counted || l.Why == "" {
		t.Errorf("the profile turns the count off, and the plan says %+v", l)
	}
	s.runner.Profile.Uncounted = false
	for _, loss := range s.plan().Annex.Losses.Tables {
		if keeps := loss.Table == "companies"; loss.Compared != keeps {
			t.Errorf("the last refresh kept digests of tables with secrets that stay alone, and of %s the plan says %+v", loss.Table, loss)
		}
	}
}

func moreLost(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 6)
	ctx := t.Context()
	s.refresh(sandbox)
	edit := func(titles ...int) {
		for _, n := range titles {
			s.must(s.db.Update(ctx, sandbox, "notes", s.where(sandbox, fmt.Sprintf("7-notes-%d", n)), Row{"title": fmt.Sprint("edited ", n)}))
		}
	}
	edit(0, 1)
	plan := s.plan()
	id := s.agree(plan)
	edit(2)
	before, tenant := s.picture(), s.tenant()
	if _, err := s.runner.Run(ctx, id); !errors.Is(err, refresh.ErrMoreLost) || !strings.Contains(err.Error(), "notes: 3 rows, and 2 were agreed to") {
		t.Errorf("a row was changed after the plan was agreed to, and the run ended with %v", err)
	}
	s.untouched(before)
	if now := s.tenant(); now.Outage != nil || now.Generation != tenant.Generation {
		t.Errorf("a run that was refused closed the target: %+v", now)
	}
	desk := refresh.Desk{Store: s.store, Directory: s.directory, Now: s.clock.Now}
	s.must(desk.Acknowledge(ctx, id, s.plan()))
	done, err := s.runner.Run(ctx, id)
	s.must(err)
	for _, entry := range done.Receipt.Tables {
		if want := map[string]int64{"notes": 3}[entry.Name]; entry.Lost != want {
			t.Errorf("%d rows of %s were lost, and the receipt says %d", want, entry.Name, entry.Lost)
		}
	}

	s.runner.Profile.Tolerance = refresh.Tolerance{Rows: 1, Percent: 50}
	if hash := s.plan().Hash; hash == plan.Hash {
		t.Error("who agrees to a plan agrees to its tolerance, and its hash does not cover it")
	}
	edit(0, 1)
	id = s.agree(s.plan())
	edit(2, 3)
	s.must(s.db.Insert(ctx, sandbox, "companies", s.row(sandbox, Row{"label": "one"})))
	failing := s.during("close", false, func(context.Context) error { return ErrInjected })
	for range 2 { // each within the tolerance, if the attempt before counted as agreed to
		if _, err := failing.Run(ctx, id); !errors.Is(err, ErrInjected) {
			t.Errorf("a run was to fail before its outage: %v", err)
		}
	}
	before, tenant = s.picture(), s.tenant()
	late := s.during("drain", false, func(context.Context) error {
		return s.db.Insert(ctx, sandbox, "companies", s.row(sandbox, Row{"label": "two"}))
	})
	var step *refresh.StepError
	if _, err = late.Run(ctx, id); !errors.Is(err, refresh.ErrMoreLost) || !errors.As(err, &step) || step.Step != "note" || !strings.Contains(err.Error(), "companies: 2 rows, and 0 were agreed to") {
		t.Errorf("one row is tolerated, another came after the close, and the run ended with %v", err)
	}
	for range 2 {
		if _, err := s.runner.Run(ctx, id); !errors.Is(err, refresh.ErrMoreLost) {
			t.Errorf("a run that was refused for what it loses is resumed, and ends with %v", err)
		}
	}
	if now := s.tenant(); now.Outage == nil || now.Generation != tenant.Generation || len(s.picture()[sandbox]["companies"]) != len(before[sandbox]["companies"])+1 {
		t.Errorf("a run that was refused after its close did not leave the target closed and as it was: %+v", now)
	}
	s.must(desk.Acknowledge(ctx, id, s.plan()))
	before = s.picture()
	done, err = s.runner.Run(ctx, id)
	s.must(err)
	s.replaced(before, sandbox)
	for _, entry := range done.Receipt.Tables {
		if want := map[string]int64{"notes": 4, "companies": 2}[entry.Name]; entry.Lost != want {
			t.Errorf("%d rows of %s were lost, and the receipt says %d", want, entry.Name, entry.Lost)
		}
	}
	edit(0, 1)
	id = s.agree(s.plan())
	edit(2, 3, 4)
	if _, err := s.runner.Run(ctx, id); !errors.Is(err, refresh.ErrMoreLost) {
		t.Errorf("three rows more are lost than were agreed to and two are tolerated, and the run ended with %v", err)
	}
}
