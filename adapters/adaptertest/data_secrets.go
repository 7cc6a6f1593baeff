package adaptertest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/retenant/retenant/refresh"
)

// secrets sets tokens in copies and holds them against the next refresh. The source's own never arrive.
func secrets(t *testing.T, harness DataHarness) {
	s := newStand(t, harness, 20)
	s.must(s.db.Insert(t.Context(), sandbox, "companies", s.row(sandbox, Row{"label": "own", "token": "secret of a row that is no copy"})))
	s.change(1)
	before := s.picture()
	var told strings.Builder
	s.runner.Progress = func(e refresh.Event) { fmt.Fprintf(&told, "%+v\n", e) }
	plan, err := s.runner.Plan(t.Context(), request(sandbox))
	s.must(err)
	if !strings.Contains(plan.String(), "the secrets that the rules keep are blank in this one") {
		t.Errorf("the plan of a first refresh does not say that all secrets are blank:\n%s", plan)
	}
	done := s.refresh(sandbox)
	before[sandbox] = nil // no row of it has a counterpart in the copy, whatever its key
	s.replaced(before, sandbox)
	if kept := keptTokens(done); kept != 0 {
		t.Errorf("the receipt of a first refresh says that %d secrets were kept", kept)
	}

	s.setTokens(1)
	s.must(s.db.Insert(t.Context(), sandbox, "companies", s.row(sandbox, Row{"label": "own", "token": "secret of a row that is no copy"})))
	s.must(s.db.Delete(t.Context(), production, "companies", s.where(production, "added-1"))) // its copy goes, with its secret
	s.must(s.db.Update(t.Context(), sandbox, "companies", s.where(sandbox, "added-1"), Row{"token": "secret of a row that goes"}))
	s.must(s.db.Update(t.Context(), sandbox, "companies", s.where(sandbox, "7-companies-2"), Row{"token": ""}))
	for _, unmasked := range []bool{false, true} {
		before = s.picture()
		r := request(sandbox)
		want := s.expect(before, sandbox)
		if unmasked {
			r.Unmasked = &refresh.OptOut{By: "officer", Reason: "a bug that only real names show"}
			want.masked = false
		}
		id, err := s.admit(r, refresh.Policy{MayUnmask: []string{"officer"}})
		s.must(err)
		done, err = s.runner.Run(t.Context(), id)
		s.must(err)
		s.replacedAs(before, want)
		if kept := keptTokens(done); kept != 3 {
			t.Errorf("the receipt says that %d secrets were kept instead of 3; masks are off: %t", kept, unmasked)
		}
		if findings, err := s.runner.Verify(t.Context(), done.ID); err != nil || len(findings) > 0 {
			t.Errorf("a copy with the target's secrets does not verify: %v, %v", findings, err)
		}
	}
	s.setTokens(2) // people set a secret: that is no change of the copy
	if findings, err := s.runner.Verify(t.Context(), done.ID); err != nil || len(findings) > 0 {
		t.Errorf("a secret was set since, and Verify says %v, %v", findings, err)
	}
	plan, err = s.runner.Plan(t.Context(), request(sandbox))
	s.must(err)
	if lost := plan.Annex.Losses.Lost(); lost != 0 {
		t.Errorf("secrets were set that stay, and the plan says that %d rows are lost", lost)
	}
	written, err := json.Marshal([]any{plan, done})
	s.must(err)
	for _, text := range []string{string(written), plan.String(), done.Receipt.String(), told.String()} {
		if text == "" || strings.Contains(text, "secret of") || strings.Contains(text, "of the sandbox, round") {
			t.Errorf("a secret is shown, or nothing is, in %.300s", text)
		}
	}
}

// keptTokens returns what the receipt says of the companies' tokens.
func keptTokens(done refresh.Refresh) int64 {
	for _, entry := range done.Receipt.Tables {
		for _, column := range entry.Columns {
			if entry.Name == "companies" && column.Name == "token" {
				return column.Kept
			}
		}
	}
	return -1
}
