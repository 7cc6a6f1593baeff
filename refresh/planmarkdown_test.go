package refresh_test

import (
	"html"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
)

// lossy is a plan with something of every kind to lose.
func lossy(t *testing.T) *refresh.Plan {
	t.Helper()
	p := crm()
	p.From.Facts.Database, p.To.Facts.Database = "postgres:prod/crm", "postgres:prod/crm"
	p.Rules.Tables["companies"].Columns["name"] = masking.Column{Mask: masking.Fixed, Value: "a value that stays out of sight"}
	p.Rules.Tables["persons"].Columns["email"] = masking.Column{Mask: masking.Pass, Reason: "a|b <b>\nc"}
	p.Profile.Tolerance = refresh.Tolerance{Rows: 10, Percent: 5}
	plan, err := refresh.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	users := int64(3)
	plan.Annex.Rows, plan.Annex.TargetRows = map[string]int64{"companies": 20, "persons": 1200}, map[string]int64{"companies": 4, "persons": 9}
	plan.Annex.Losses = refresh.Losses{Counted: true, ActiveUsers: &users, ActiveSince: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Tables: []refresh.TableLoss{
		{Table: "companies", Rows: 4, Why: "no refresh has written it"},
		{Table: "persons", Rows: 9, Compared: true, Since: "run-1", Changed: 2, Created: 7, Deleted: 1, ChangedKeys: []string{"3", "4"}, CreatedKeys: []string{"11", "12", "13", "14", "15"}},
		{Table: "activities", Rows: 9, Compared: true, Since: "run-1"},
	}}
	return plan
}

func TestN6PlanMarkdown(t *testing.T) {
	plan := lossy(t)
	plan.Warnings = append(plan.Warnings, "look at <this>")
	want := `# Plan: 2 is replaced by a copy of 1

- **source**: postgres:prod/crm
- **target**: postgres:prod/crm, not refreshed before
- **masked**: yes; fakes for 2, rules ` + plan.Rules[:12] + `
- **landing**: rows are replaced in one transaction; foreign keys suspended, verified by set
- **tables**: shared with other tenants
- **rows**: 1220 come, in 3 tables, from one snapshot; 13 of the target go

## Warnings

- look at &lt;this&gt;

## What will be lost

- **will be lost**: 13 rows of the target that no refresh has left as they are
- **active users**: 3 since 2026-01-02T03:04:05Z
- **tolerated**: 5% and 10 rows more in each table

| table | rows | changed | created | deleted | keys |
| --- | --- | --- | --- | --- | --- |
| companies | 4 | - | - | - | all rows: no refresh has written it |
| persons | 9 | 2 | 7 | 1 | changed 3, 4; created 11, 12, 13, 14, 15, … |

## Tables

| table | disposition | source | target | keys |
| --- | --- | --- | --- | --- |
| companies | copy | 20 | 4 | id by generations |
| countries | untouched | - | - | - |
| persons | copy | 1200 | 9 | id by generations |
| activities | copy | - | - | id by generations |

### companies

| column | treatment |
| --- | --- |
| id | key by generations |
| tenant&#95;id | tenant |
| name | mask ` + plan.Table("companies").Columns[2].Version + ` |

### persons

| column | treatment |
| --- | --- |
| id | key by generations |
| tenant&#95;id | tenant |
| email | pass: a&#124;b &lt;b&gt; c |
| company&#95;id | reference to companies |
| country | reference to countries |

### activities

| column | treatment |
| --- | --- |
| id | key by generations |
| tenant&#95;id | tenant |
| parent&#95;id | reference to activities |
| person&#95;id | reference to persons |

Plan ` + "`" + plan.Hash + "`\n"
	if diff := cmp.Diff(want, plan.Markdown()); diff != "" {
		t.Errorf("the plan as a document (-want +got):\n%s", diff)
	}
	if strings.Contains(plan.Markdown(), "out of sight") {
		t.Error("the document shows a fixed value of the rules")
	}
}

func TestN6PlanTextTellsLosses(t *testing.T) {
	plan := lossy(t)
	text := plan.String()
	for _, part := range []string{`
  will be lost  13 rows of the target that no refresh has left as they are
  active users  3 since 2026-01-02T03:04:05Z
  tolerated     5% and 10 rows more in each table

  table      rows  changed  created  deleted  keys
  companies  4     -        -        -        all rows: no refresh has written it
  persons    9     2        7        1        changed 3, 4; created 11, 12, 13, 14, 15, …

  companies
`} {
		if !strings.Contains(text, part) {
			t.Errorf("the text lacks%s\nin\n%s", part, text)
		}
	}
	plan.Annex.Losses = refresh.Losses{Why: "that takes the masking secret"}
	if text := plan.String(); !strings.Contains(text, "will be lost  not counted: that takes the masking secret\n") {
		t.Errorf("the text does not say why nothing was counted:\n%s", text)
	}
	plan.Annex.Losses = refresh.Losses{Counted: true, Tables: []refresh.TableLoss{{Table: "persons", Rows: 9, Compared: true}}}
	if text := plan.String(); !strings.Contains(text, "will be lost  nothing: ") {
		t.Errorf("the text does not say that nothing is lost:\n%s", text)
	}
	plan.Annex.Losses.Tables[0].Changed, plan.Annex.Losses.Tables[0].AtLeast = 7, true
	if text := plan.String(); !strings.Contains(text, "at least 7 rows") {
		t.Errorf("the text hides that a number is a lower bound:\n%s", text)
	}
}

// TestN6MarkdownIsEscaped holds that no name, reason or warning adds a cell, a line or markup, and that a reader sees what it says.
func TestN6MarkdownIsEscaped(t *testing.T) {
	original := lossy(t)
	lines := strings.Count(original.Markdown(), "\n")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("ab|\\`*_[]()<>&#~!$@\n\r\t\u2028\u202e\x00-+1.:/"))).Draw(t, "text")
		plan := *original
		plan.Target = "x"
		plan.Tables = append([]refresh.TablePlan(nil), original.Tables...)
		plan.Tables[0].Columns = append([]refresh.ColumnPlan(nil), original.Tables[0].Columns...)
		plan.Tables[0].Name, plan.Tables[0].Columns[0].Name, plan.Annex.Source = "t"+text, "c"+text, "s"+text
		document := plan.Markdown()
		if n := strings.Count(document, "\n"); n != lines {
			t.Fatalf("a name made %d lines of %d:\n%s", n, lines, document)
		}
		seen := false
		for _, line := range strings.Split(document, "\n") {
			if strings.ContainsAny(line, "<>\r\x00") || strings.Contains(line, "\u2028") {
				t.Fatalf("markup in %q", line)
			}
			if cells, ok := strings.CutPrefix(line, "| c"); ok && strings.HasSuffix(line, "| key by generations |") {
				seen = true
				if strings.Count(line, "|") != 3 {
					t.Fatalf("a name made another cell: %q", line)
				}
				shown := strings.TrimSuffix(cells, " | key by generations |")
				want := strings.TrimSpace(strings.Map(func(r rune) rune {
					if strings.ContainsRune("\n\r\t\u2028\u202e\x00", r) {
						return ' '
					}
					return r
				}, "c"+text))[1:]
				if got := html.UnescapeString(shown); got != want {
					t.Fatalf("a reader sees %q instead of %q", got, want)
				}
			}
		}
		if !seen {
			t.Fatalf("the column is missing:\n%s", document)
		}
	})
}
