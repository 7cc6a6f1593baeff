package refresh_test

import (
	"testing"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/schema"
)

// contact is a host's model of the table persons, with the rules in its tags.
type contact struct {
	ID      int64  `db:"id"`
	Tenant  int64  `db:"tenant_id"`
	Email   string `db:"email" mask:"{mask: email, domain: login}"`
	Company *int64 `db:"company_id"`
	Country string `db:"country"`
	Born    string `db:"born" mask:"{mask: date_shift, days: 30, subject: [id]}"`
	Salary  string `db:"salary" mask:"{mask: number, percent: 10}"`
	Active  bool   `db:"active" mask:"{pass: a flag}"`
}

// TestA7RulesAreOneValueHoweverWritten holds that a plan does not tell where its rules were written, and does tell when they are others.
func TestA7RulesAreOneValueHoweverWritten(t *testing.T) {
	const file = `
version: 1
tenant_column: tenant_id
tables:
  countries: {global: true}
  companies: {columns: {name: company}}
  activities: {}
  persons:
    columns:
      active: {pass: a flag}
      salary: {mask: number, percent: 10}
      born: {mask: date_shift, days: 30, subject: [id]}
      email: {mask: email, domain: login}
`
	p := crm()
	change(&p, "persons", func(t *schema.Table) {
		t.Columns = append(t.Columns, schema.Column{Name: "born", Type: schema.Date, Declared: "date", Nullable: true},
			schema.Column{Name: "salary", Type: schema.Decimal, Declared: "numeric(12,2)", Nullable: true}, schema.Column{Name: "active", Type: schema.Boolean, Declared: "boolean"})
	})
	value := p.Rules
	value.Tables["persons"] = masking.Table{Columns: map[string]masking.Column{
		"email": {Mask: "email", Domain: "login"}, "born": {Mask: "date_shift", Days: 30, Subject: []string{"id"}},
		"salary": {Mask: "number", Percent: 10}, "active": {Mask: masking.Pass, Reason: "a flag"}}}
	parsed, err := masking.ParseRules([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	tagged, err := masking.FromStructs("tenant_id", map[string]any{"persons": contact{}, "companies": struct {
		Name string `mask:"company"`
	}{}})
	if err != nil {
		t.Fatal(err)
	}
	tagged.Tables["countries"], tagged.Tables["activities"] = masking.Table{Global: true}, masking.Table{}
	compile := func(rules masking.Rules) *refresh.Plan {
		p.Rules = rules
		plan, err := refresh.Compile(p)
		if err != nil {
			t.Fatal(err)
		}
		return plan
	}
	want := compile(value)
	for name, rules := range map[string]masking.Rules{"YAML": parsed, "struct tags": tagged} {
		if plan := compile(rules); plan.Hash != want.Hash || plan.Rules != want.Rules {
			t.Errorf("from %s the plan is %s by rules %s; from a Go value it is %s by %s", name, plan.Hash, plan.Rules, want.Hash, want.Rules)
		}
	}
	tagged.Tables["persons"].Columns["salary"] = masking.Column{Mask: "number", Percent: 11}
	if plan := compile(tagged); plan.Hash == want.Hash || plan.Rules == want.Rules {
		t.Error("other rules make the same plan")
	}
}
