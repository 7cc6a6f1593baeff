package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/retenant/retenant/refresh"
)

// secretive has a canary wherever a value may stand.
const secretive = `version: 1
tables:
  people:
    columns:
      a: {fixed: canary}
      b: {fixed: "canary with spaces"} # canary
      c:
        fixed: |
          canary: canary
          - email canary
      d: {mask: email, domain: people}
      e:
        when:
          - {column: kind, equals: canary, then: phone}
          - column: kind
            in:
              - canary
              - canary2
            then: {fixed: canary}
        else: {pass: a canary of a reason}
      f: {fixed:
        canary}
      g:
        fixed: >-
          canary

          canary
      h: canary
      i:
        "fixed": 'canary
          and canary'
      born: {mask: date_shift, days: 30, subject: [id]}
    references:
      - {columns: [owner], to: users}
`

// TestN3_ExcerptShowsNoValue: whatever is wrong with a file, what is shown of it holds no value.
func TestN3_ExcerptShowsNoValue(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(secretive)
		for range rapid.IntRange(0, 4).Draw(t, "edits") {
			at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
			if strings.Contains(string(text[max(0, at-7):min(len(text), at+7)]), "canary") && text[at] != '"' && text[at] != '}' {
				continue // half a canary is no longer one
			}
			switch rapid.IntRange(0, 2).Draw(t, "edit") {
			case 0:
				text = append(text[:at:at], text[at+1:]...)
			case 1:
				text = append(text[:at:at], append([]byte(rapid.SampledFrom([]string{" ", "\n", "{", "}", "x", "'", "\t", "-", "#", "[", "*", "!"}).Draw(t, "more")), text[at:]...)...)
			}
		}
		file := filepath.Join(dir, "rules.yaml")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		_, read, err := readRules(t.Context(), file)
		if err != nil {
			for line := range strings.Lines(err.Error()) {
				if _, shown, found := strings.Cut(line, " | "); found && strings.Contains(shown, "canary") {
					t.Fatalf("a value is shown: %s\n%s", line, text)
				}
			}
		}
		lines := strings.Count(string(text), "\n") + 2
		problem := refresh.Problem{Line: rapid.IntRange(-1, lines).Draw(t, "line"), Table: "people", Column: "a", Message: "it is not classified", Remedy: "give it a mask"}
		if shown := read.describe(problem); strings.Contains(shown, "canary") {
			t.Fatalf("a value is shown: %s\n%s", shown, text)
		}
	})
}

func TestExcerptShowsTheWordsOfTheFormat(t *testing.T) {
	f := rulesFile{name: "rules.yaml", text: []byte(secretive)}
	problem := refresh.Problem{Table: "people", Column: "born", Message: "people(owner) to users: there is no table users", Remedy: "write people"}
	for line, want := range map[int]string{
		3: "  people:", 4: "    columns:", 5: "      …: {fixed: …", 11: "      …: {mask: email, domain: people}", 14: "          - {column: …, equals: …", 34: "      - {columns: [owner], to: users}",
		8: "        fixed: …", 9: "", 10: "", 22: "", 17: "", 33: "    references:", 32: "      born: {mask: date_shift, days: …, subject: […]}", 99: "", 0: "", -3: "",
	} {
		if got := f.excerpt(line, problem); got != want {
			t.Errorf("line %d: %q, want %q", line, got, want)
		}
	}
}

// A refusal tells the code, the place and the remedy, as text and as an object.
func TestD5_FailureAsJSON(t *testing.T) {
	f := rulesFile{name: "rules.yaml", text: []byte("version: 1\ntables:\n  people: {}\n")}
	err := &runError{err: f.locate(refresh.Problems{{Line: 3, Table: "people", Message: "wrong", Remedy: "mend it"}}), id: "r1", state: refresh.Admitted, advice: advice("r1", refresh.Admitted)}
	if got := failureOf(err); got.ExitCode != exitRefused || !got.Refused || len(got.Problems) != 1 || got.Problems[0].File != "rules.yaml" || got.Problems[0].Line != 3 || got.Refresh != "r1" ||
		got.Advice == "" || got.Error != "plan refused, 1 problem" {
		t.Errorf("%+v", got)
	}
	if want := "rules.yaml:3: people: wrong; mend it\n     3 |   people: {}"; !strings.Contains(err.Error(), want) {
		t.Errorf("%v\nwant %s", err, want)
	}
	if plain := errors.New("plain"); f.locate(plain) != plain || f.locate(nil) != nil {
		t.Error("an error without problems is changed")
	}
	if got := failureOf(&refresh.StepError{Run: "r", Step: "verify", Err: &refresh.FindingsError{Findings: []refresh.Finding{{Table: "people"}}}}); got.ExitCode != exitError || got.Refused || len(got.Findings) != 1 {
		t.Errorf("%+v", got)
	}
}
