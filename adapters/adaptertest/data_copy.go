package adaptertest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/refresh/receipt"
	"github.com/retenant/retenant/tenancy"
)

func arrives(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 20)
	before := s.picture()
	done := s.refresh(sandbox)
	s.replaced(before, sandbox)
	for _, entry := range done.Receipt.Tables {
		if entry.Disposition != string(refresh.Copy) {
			continue
		}
		if rows := int64(len(before[production][entry.Name])); entry.Read != rows || entry.Written != rows {
			t.Errorf("the receipt says that %d rows of %s were read and %d written; the source has %d", entry.Read, entry.Name, entry.Written, rows)
		}
	}
	if findings, err := s.runner.Verify(t.Context(), done.ID); err != nil || len(findings) > 0 {
		t.Errorf("a finished refresh does not verify: %v, %v", findings, err)
	}
	s.must(s.db.Update(t.Context(), sandbox, "notes", s.where(sandbox, "7-notes-2"), Row{"title": "work"}))
	if findings, err := s.runner.Verify(t.Context(), done.ID); err != nil || len(findings) != 1 || findings[0].Table != "notes" {
		t.Errorf("a row was changed since, and Verify says %v, %v", findings, err)
	}
}

func sharedOf(harness DataHarness) bool { return harness.Layout != refresh.OwnKeys }

func replaces(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 5)
	s.own(sandbox)
	before := s.picture()
	if len(before[sandbox]["notes"]) == 0 {
		t.Fatal("the target has no rows of its own to replace")
	}
	s.refresh(sandbox)
	s.replaced(before, sandbox)
}

func unmasked(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 5)
	before := s.picture()
	r := request(sandbox)
	r.Unmasked = &refresh.OptOut{By: "officer", Reason: "restores a customer's own data"}
	if _, err := s.admit(r, refresh.Policy{}); err == nil {
		t.Error("a copy without masks was admitted although nobody may authorize one")
	}
	id, err := s.admit(r, refresh.Policy{MayUnmask: []string{"officer"}})
	s.must(err)
	done, err := s.runner.Run(t.Context(), id)
	s.must(err)
	want := s.expect(before, sandbox)
	want.masked = false
	s.replacedAs(before, want)
	if out := done.Receipt.OptOut; done.Receipt.Masked || out == nil || out.By != "officer" || out.Reason == "" {
		t.Errorf("the receipt does not say who turned masking off, and why: %+v", out)
	}
}

func dispositions(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 6)
	s.refresh(sandbox)
	s.must(s.db.Insert(t.Context(), sandbox, "notes", s.row(sandbox, Row{"label": "kept-note"})))
	s.runner.Profile.Dispositions = map[string]refresh.Disposition{"companies": refresh.Keep, "persons": refresh.Keep, "activities": refresh.Keep,
		"assets": refresh.Keep, "parts": refresh.Keep, "notes": refresh.Keep, "orders": refresh.Empty, "lines": refresh.Empty}
	if !sharedOf(harness) {
		s.runner.Profile.Dispositions["countries"] = refresh.Keep
	}
	s.change(1)
	s.must(s.db.Update(t.Context(), production, "items", s.where(production, "7-items-1"), Row{"name": "another"}))
	before := s.picture()
	s.refresh(sandbox)
	after := s.picture()
	for table, disposition := range s.runner.Profile.Dispositions {
		want := before[sandbox][table]
		if disposition == refresh.Empty {
			want = nil
		}
		if difference := cmp.Diff(want, after[sandbox][table]); difference != "" {
			t.Errorf("%s was to be treated as %q (-want +got):\n%s", table, disposition, difference)
		}
	}
	want := s.expect(before, sandbox)
	want.only = []string{"items"}
	s.replacedAs(before, want)
}

func stable(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 12)
	s.refresh(sandbox)
	first := s.replaced(s.picture(), sandbox)
	for round := 1; round <= 3; round++ {
		s.change(round)
		before := s.picture()
		done := s.refresh(sandbox)
		later := s.replaced(before, sandbox)
		if wrong := first.stable(later); len(wrong) > 0 {
			t.Fatalf("refresh %d does not repeat the first one:\n%s", round+1, strings.Join(wrong, "\n"))
		}
		for _, entry := range done.Receipt.Tables {
			want := int64(0)
			if sharedOf(harness) && (entry.Name == "notes" || entry.Name == "companies") {
				want = 1
			}
			if entry.NewKeys != want {
				t.Errorf("refresh %d took %d new keys in %s; %d rows are new", round+1, entry.NewKeys, entry.Name, want)
			}
		}
	}
}

func apart(t *testing.T, harness DataHarness) {
	const other tenancy.ID = "13"
	s := newStand(t, harness, 30, other)
	s.refresh(sandbox)
	one := s.replaced(s.picture(), sandbox)
	before := s.picture()
	s.refresh(other)
	two := s.replaced(before, other)
	for address, fake := range one.fakes["email"] {
		if two.fakes["email"][address] == fake {
			t.Errorf("both targets know %s as %s, so their copies can be joined", address, fake)
		}
	}
	if len(one.fakes["email"]) == 0 {
		t.Error("no address was masked, so nothing was compared")
	}
}

func paths(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 25)
	s.refresh(sandbox) // hands out the keys
	fast := s.refresh(sandbox)
	rows := s.picture()
	s.runner.Portable, s.runner.Batch = true, 700 // many batches
	portable := s.refresh(sandbox)
	if difference := rows.differs(s.picture()); difference != "" {
		t.Errorf("the portable path makes other rows than the fast one (-fast +portable):\n%s", difference)
	}
	if difference := cmp.Diff(digests(fast), digests(portable)); difference != "" {
		t.Errorf("the portable path has other digests than the fast one (-fast +portable):\n%s", difference)
	}
}

// digests lists the digest of each table that was copied.
func digests(r refresh.Refresh) []string {
	var list []string
	for _, entry := range slices.SortedFunc(slices.Values(r.Receipt.Tables), func(a, b receipt.Table) int { return strings.Compare(a.Name, b.Name) }) {
		list = append(list, fmt.Sprintf("%s %d %d %s", entry.Name, entry.Read, entry.Written, entry.Digest))
	}
	return list
}
