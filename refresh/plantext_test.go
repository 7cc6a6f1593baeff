package refresh_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
)

func TestD5PlanText(t *testing.T) {
	p := crm()
	p.From.Facts.Database, p.To.Facts.Database = "postgres:prod/crm", "postgres:prod/crm"
	p.Rules.Tables["companies"].Columns["name"] = masking.Column{Mask: masking.Fixed, Value: "a value that stays out of sight"}
	p.Rules.Tables["persons"].Columns["email"] = masking.Column{Mask: "email", Domain: "login"}
	plan, err := refresh.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	plan.Annex.Rows = map[string]int64{"companies": 20, "persons": 1200}
	plan.Warnings = append(plan.Warnings, "look at this")
	want := `Plan: 2 is replaced by a copy of 1
  source   postgres:prod/crm
  target   postgres:prod/crm, not refreshed before
  masked   yes; fakes for 2, rules ` + plan.Rules[:12] + `
  landing  rows are replaced in one transaction; foreign keys suspended, verified by set
  tables   shared with other tenants
  rows     1220 come, in 3 tables, from one snapshot

  table       disposition  source  target  keys
  companies   copy         20      -       id by generations
  countries   untouched    -       -       -
  persons     copy         1200    -       id by generations
  activities  copy         -       -       id by generations

  companies
    tenant              tenant_id
    key by generations  id
    mask fixed          name

  persons
    tenant                    tenant_id
    key by generations        id
    reference to companies    company_id
    reference to countries    country
    mask email, domain login  email

  activities
    tenant                   tenant_id
    key by generations       id
    reference to activities  parent_id
    reference to persons     person_id

  warning: look at this

  plan ` + plan.Hash + "\n"
	if diff := cmp.Diff(want, plan.String()); diff != "" {
		t.Errorf("the plan as text (-want +got):\n%s", diff)
	}
}

func TestPlanTextTellsEachDisposition(t *testing.T) {
	p := crm()
	p.Unmasked = true
	p.Profile.Dispositions = map[string]refresh.Disposition{"activities": refresh.Empty}
	p.Target.Generation = 3
	plan, err := refresh.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	plan.Annex.TargetRows = map[string]int64{"activities": 7}
	text := plan.String()
	for _, line := range []string{
		"masked   NO: masking is turned off by request", "generation 3", "activities  empty        -       7", "pass: masking is turned off by request  email",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("the text lacks %q:\n%s", line, text)
		}
	}
	if strings.Contains(text, "\n  activities\n") {
		t.Errorf("a table that is emptied has no columns to list:\n%s", text)
	}
	plan.Annex.Create, plan.Rebuild, plan.Keys, plan.Dropped = true, true, refresh.OwnKeys, []string{"scratch"}
	text = plan.String()
	for _, line := range []string{"which is made", "made anew from the source's definitions", "the tenant's own", "scratch     goes"} {
		if !strings.Contains(text, line) {
			t.Errorf("the text lacks %q:\n%s", line, text)
		}
	}
}
