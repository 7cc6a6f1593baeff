package adaptertest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/refresh/receipt"
	"github.com/retenant/retenant/tenancy"
)

func outside(t *testing.T, harness DataHarness) {
	for _, of := range []struct{ table, label, column, to string }{
		{"activities", "7-activities-2", "person_id", "persons"}, {"parts", "7-parts-1", "asset_id", "assets"}, {"parts", "7-parts-1", "part_of", "parts"},
	} {
		for _, rule := range []masking.Outside{masking.OutsideRefuse, masking.OutsideNull, masking.OutsidePass} {
			t.Run(of.table+"."+of.column+" "+map[masking.Outside]string{"": "refuse", "null": "null", "pass": "pass"}[rule], func(t *testing.T) {
				s := newStand(t, harness, 6)
				foreign := s.picture()[neighbor][of.to][0][s.crm.table(of.to).toKey()]
				s.must(s.db.Update(t.Context(), production, of.table, s.where(production, of.label), Row{of.column: foreign}))
				table := s.runner.Rules.Tables[of.table]
				table.References = []masking.Reference{{Columns: []string{of.column}, To: of.to, Outside: rule}}
				s.runner.Rules.Tables[of.table] = table
				before := s.picture()
				id := s.admitted(sandbox)
				done, err := s.runner.Run(t.Context(), id)
				if rule == masking.OutsideRefuse {
					if err == nil || !strings.Contains(err.Error(), of.table) || !strings.Contains(err.Error(), of.column) {
						t.Fatalf("a row refers to another tenant's row, and the error is %v", err)
					}
					s.must(s.runner.Abandon(t.Context(), id))
					s.untouched(before)
					return
				}
				s.must(err)
				want := s.expect(before, sandbox)
				want.outside = rule
				s.replacedAs(before, want)
				i := slices.IndexFunc(done.Receipt.Tables, func(e receipt.Table) bool { return e.Name == of.table })
				got, wanted := [2]int64{done.Receipt.Tables[i].Nulled, done.Receipt.Tables[i].Passed}, [2]int64{1, 0}
				if rule == masking.OutsidePass {
					wanted = [2]int64{0, 1}
				}
				if got != wanted {
					t.Errorf("the receipt counts %v references that were nulled and passed; want %v", got, wanted)
				}
				if findings, err := s.runner.Verify(t.Context(), done.ID); err != nil || len(findings) > 0 {
					t.Errorf("the refresh does not verify: %v, %v", findings, err)
				}
			})
		}
	}
}

func orphans(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 6)
	s.own(sandbox)
	refer := func(label string) {
		for _, row := range s.picture()[sandbox]["companies"] {
			if row["label"] == label {
				s.must(s.db.Update(t.Context(), neighbor, "persons", s.where(neighbor, "3-persons-0"), Row{"company_id": row["id"]}))
				return
			}
		}
		t.Fatalf("the target has no company %s", label)
	}
	free := s.picture()[neighbor]["persons"][0]["company_id"]
	refer("own-companies-0")
	before := s.picture()
	id := s.admitted(sandbox)
	if _, err := s.runner.Run(t.Context(), id); err == nil {
		t.Fatal("a row to which another tenant's row refers was taken away")
	}
	s.must(s.runner.Abandon(t.Context(), id))
	s.untouched(before)

	s.must(s.db.Update(t.Context(), neighbor, "persons", s.where(neighbor, "3-persons-0"), Row{"company_id": free}))
	s.refresh(sandbox)
	refer("7-companies-0")
	before = s.picture()
	s.refresh(sandbox) // the copy comes back under the same key
	s.replaced(before, sandbox)
}

func foreignHolder(t *testing.T, harness DataHarness) {
	for _, of := range []struct{ table, label string }{{"notes", "7-notes-1"}, {"assets", "7-assets-3"}} {
		t.Run(of.table, func(t *testing.T) {
			s := newStand(t, harness, 8)
			s.refresh(sandbox)
			first := s.replaced(s.picture(), sandbox)
			key := first.rows[of.table][of.label]
			for _, child := range s.picture()[sandbox]["assets"] {
				if of.table == "assets" && child["parent_id"] == key {
					s.must(s.db.Delete(t.Context(), sandbox, "assets", Row{"id": child["id"]}))
				}
			}
			if of.table == "assets" {
				s.must(s.db.Delete(t.Context(), sandbox, "parts", s.row(sandbox, Row{"asset_id": key})))
			}
			s.must(s.db.Delete(t.Context(), sandbox, of.table, s.where(sandbox, of.label)))
			s.must(s.db.Insert(t.Context(), neighbor, of.table, s.row(neighbor, Row{"id": key, "label": "moved here"})))
			for round := range 3 {
				before := s.picture()
				done := s.refresh(sandbox)
				later := s.replaced(before, sandbox)
				if later.rows[of.table][of.label] == key {
					t.Fatalf("the copy of %s has the key %s, which another tenant's row holds or held", of.label, key)
				}
				if round == 0 {
					delete(first.rows[of.table], of.label)
				}
				if wrong := first.stable(later); len(wrong) > 0 {
					t.Fatalf("other copies than the one whose key is taken got other keys:\n%s", strings.Join(wrong, "\n"))
				}
				if findings, err := s.runner.Verify(t.Context(), done.ID); err != nil || len(findings) > 0 {
					t.Errorf("the refresh does not verify: %v, %v", findings, err)
				}
				if first = later; round == 1 { // the key stays retired, although nobody holds it any more
					s.must(s.db.Delete(t.Context(), neighbor, of.table, s.where(neighbor, "moved here")))
				}
			}
		})
	}
}

func remapped(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 9)
	for _, table := range s.crm.tables() {
		rule := s.runner.Rules.Tables[table.name]
		switch {
		case table.columns[0].serial:
			rule.Key = masking.KeyGenerations
		case table.name == "assets":
			rule.Key = masking.KeyUUID
		case table.name == "parts":
			rule.Key = masking.KeyTag
		}
		s.runner.Rules.Tables[table.name] = rule
	}
	var first copied
	for round := range 3 {
		before := s.picture()
		want := s.expect(before, sandbox)
		want.remap = true
		done := s.refresh(sandbox)
		learned := s.replacedAs(before, want)
		if wrong := first.stable(learned); round > 0 && len(wrong) > 0 {
			t.Fatalf("refresh %d does not repeat the first one:\n%s", round+1, strings.Join(wrong, "\n"))
		}
		if findings, err := s.runner.Verify(t.Context(), done.ID); err != nil || len(findings) > 0 {
			t.Errorf("the refresh does not verify: %v, %v", findings, err)
		}
		first = learned
		s.change(round + 1)
	}
}

func keySpace(t *testing.T, harness DataHarness) {
	rounds, count := 50, 10
	if testing.Short() || harness.Brief {
		rounds, count = 5, 3
	}
	var targets []tenancy.ID
	for i := range count - 1 {
		targets = append(targets, tenancy.ID(strconv.Itoa(20+i)))
	}
	s := newStand(t, harness, 2, targets...)
	targets = append(targets, sandbox)
	start := s.picture()
	first := map[tenancy.ID]copied{}
	for round := 1; round <= rounds; round++ {
		s.change(round)
		for _, target := range targets {
			if round > 1 && round < rounds {
				s.refresh(target)
				continue
			}
			before := s.picture()
			s.refresh(target)
			now := s.replaced(before, target)
			if wrong := first[target].stable(now); len(wrong) > 0 {
				t.Fatalf("round %d of tenant %s:\n%s", round, target, strings.Join(wrong, "\n"))
			}
			first[target] = now
		}
	}
	end := s.picture()
	for _, table := range []string{"companies", "persons", "items", "orders", "activities", "notes"} {
		originals := len(start[production][table]) // and those that were added since, gone or not
		if table == "notes" || table == "companies" {
			originals += rounds
		}
		used, needed := highest(end, table)-highest(start, table), int64(originals*(count+1))
		if used > 2*needed+100 {
			t.Errorf("%s: %d rounds of %d targets used %d keys for %d rows that ever were", table, rounds, count, used, needed)
		}
	}
}

// highest returns the highest key of a table.
func highest(p picture, table string) int64 {
	var top int64
	for _, rows := range p {
		for _, row := range rows[table] {
			id, _ := strconv.ParseInt(row["id"], 10, 64)
			top = max(top, id)
		}
	}
	return top
}

func nextInsert(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 6)
	for round := range 2 {
		s.refresh(sandbox)
		before := s.picture()
		s.plainInserts(t.Context(), fmt.Sprintf("next-%d", round))
		after := s.picture()
		if found := s.crm.duplicates(after); len(found) > 0 {
			t.Fatalf("a host's insert after the refresh got a key that is taken:\n%s", strings.Join(found, "\n"))
		}
		for owner, tables := range before {
			for table, rows := range tables {
				if left := len(after[owner][table]) - len(rows); owner == "" && left != 0 || left < 0 {
					t.Fatalf("%s of tenant %q: a host's insert changed the number of other rows by %d", table, owner, left)
				}
			}
		}
	}
	before := s.picture()
	s.refresh(sandbox)
	s.replaced(before, sandbox)
	if difference := cmp.Diff(before[neighbor], s.picture()[neighbor]); difference != "" {
		t.Errorf("another tenant's new rows changed (-before +after):\n%s", difference)
	}
}

// plainInserts adds a row to each table with a serial key for each tenant, without giving the key.
func (s *stand) plainInserts(ctx context.Context, label string) {
	s.t.Helper()
	for _, tenant := range []tenancy.ID{sandbox, neighbor, production} {
		for _, table := range []string{"companies", "persons", "items", "activities", "notes"} {
			row := s.row(tenant, Row{"label": label})
			if table == "persons" {
				row["active"] = "true"
			}
			if err := s.db.Insert(ctx, tenant, table, row); err != nil {
				s.t.Fatalf("a host's insert into %s for tenant %s after the refresh: %v", table, tenant, err)
			}
		}
	}
}

func unresolved(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 3)
	s.must(s.db.Target.Fence(t.Context(), sandbox, 1))
	foreign := s.picture()[neighbor]["companies"][0]["id"]
	stage, landing := s.land("run-a", 1)
	s.write(stage, landing, "companies", Row{"id": "900001", "label": "company"})
	s.write(stage, landing, "persons", Row{"id": "900001", "label": "well", "company_id": "900001", "active": "true"},
		Row{"id": "900002", "label": "none", "active": "true"})
	d := s.describe()
	references := []refresh.Reference{{Name: "the company", From: s.extent(d, "persons", sandbox), Columns: []string{"company_id"},
		To: s.extent(d, "companies", sandbox), ToKey: []string{"id"}}}
	if found, err := stage.Check(t.Context(), references); err != nil || len(found) > 0 {
		t.Errorf("all references resolve, and Check says %v, %v", found, err)
	}
	s.write(stage, landing, "persons", Row{"id": "900003", "label": "astray", "company_id": foreign, "active": "true"})
	if found, err := stage.Check(t.Context(), references); err != nil || len(found) != 1 || found[0].Table != "persons" || found[0].Rows != 1 {
		t.Errorf("one person refers to another tenant's company, and Check says %v, %v", found, err)
	}
	references[0].Any = true
	if found, err := stage.Check(t.Context(), references); err != nil || len(found) > 0 {
		t.Errorf("a company of any tenant will do, and Check says %v, %v", found, err)
	}
}
