package refresh_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

// crm is a small schema in shared tables, and rules that it can be refreshed by. Tests change one thing in it.
func crm() refresh.Proposal {
	id := schema.Column{Name: "id", Type: schema.Integer, Declared: "bigint", Sequence: "s"}
	tenant := schema.Column{Name: "tenant_id", Type: schema.Integer, Declared: "bigint"}
	text := func(name string) schema.Column {
		return schema.Column{Name: name, Type: schema.Text, Declared: "text", Nullable: true}
	}
	ref := func(name string) schema.Column {
		return schema.Column{Name: name, Type: schema.Integer, Declared: "bigint", Nullable: true}
	}
	key := func(column, to string) schema.ForeignKey {
		return schema.ForeignKey{Name: column + "_fkey", Columns: []string{column}, To: to, ToColumns: []string{"id"}}
	}
	tables := []schema.Table{
		{Name: "countries", Columns: []schema.Column{{Name: "code", Type: schema.Text, Declared: "text"}}, PrimaryKey: []string{"code"}},
		{Name: "companies", Columns: []schema.Column{id, tenant, text("name")}, PrimaryKey: []string{"id"}},
		{Name: "persons", Columns: []schema.Column{id, tenant, text("email"), ref("company_id"), text("country")}, PrimaryKey: []string{"id"},
			Unique:      []schema.Unique{{Name: "persons_email", Columns: []string{"tenant_id", "email"}}},
			ForeignKeys: []schema.ForeignKey{key("company_id", "companies"), {Name: "country_fkey", Columns: []string{"country"}, To: "countries", ToColumns: []string{"code"}}}},
		{Name: "activities", Columns: []schema.Column{id, tenant, ref("parent_id"), ref("person_id")}, PrimaryKey: []string{"id"},
			ForeignKeys: []schema.ForeignKey{key("parent_id", "activities"), key("person_id", "persons")}},
	}
	s := schema.Schema{Tables: tables}
	s.Sort()
	side := refresh.Description{Schema: s, Facts: refresh.Facts{Exists: true, Keys: refresh.SharedKeys, Checking: refresh.CheckedNever}}
	return refresh.Proposal{
		Source: tenancy.Tenant{ID: "1", Kind: tenancy.Production}, Target: tenancy.Tenant{ID: "2", Kind: tenancy.Sandbox},
		From: side, To: side,
		Rules: masking.Rules{Version: 1, TenantColumn: "tenant_id", Tables: map[string]masking.Table{
			"countries":  {Global: true},
			"companies":  {Columns: map[string]masking.Column{"name": {Mask: "company"}}},
			"persons":    {Columns: map[string]masking.Column{"email": {Mask: "email"}}},
			"activities": {},
		}},
	}
}

// change edits a table of both sides.
func change(p *refresh.Proposal, table string, edit func(*schema.Table)) {
	for _, side := range []*refresh.Description{&p.From, &p.To} {
		side.Schema.Tables = slices.Clone(side.Schema.Tables)
		t := side.Schema.Table(table)
		t.Columns, t.Unique, t.ForeignKeys = slices.Clone(t.Columns), slices.Clone(t.Unique), slices.Clone(t.ForeignKeys)
		edit(t)
	}
}

func TestCompile(t *testing.T) {
	plan, err := refresh.Compile(crm())
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, table := range plan.Tables {
		order = append(order, table.Name)
	}
	if at := func(name string) int { return slices.Index(order, name) }; at("companies") > at("persons") || at("persons") > at("activities") {
		t.Errorf("order of writing is %v: what is referred to must come first", order)
	}
	persons := plan.Table("persons")
	if persons.Scheme != keys.SchemeGenerations || persons.KeyColumn != "id" || persons.TenantColumn != "tenant_id" {
		t.Errorf("persons: %+v", persons)
	}
	want := map[string]string{"id": "key by generations", "tenant_id": "tenant", "company_id": "reference to companies", "country": "reference to countries"}
	for _, c := range persons.Columns {
		if w, ok := want[c.Name]; ok && c.Treatment() != w {
			t.Errorf("%s: %s, want %s", c.Name, c.Treatment(), w)
		}
	}
	if d := plan.Table("countries").Disposition; d != refresh.Untouched {
		t.Errorf("D2: a global table is %s", d)
	}
	again, err := refresh.Compile(crm())
	if err != nil || again.Hash != plan.Hash || plan.Hash == "" {
		t.Errorf("N9: the same proposal has the hashes %s and %s, %v", plan.Hash, again.Hash, err)
	}
	counted := crm()
	counted.Target.Generation = 7
	if again, _ = refresh.Compile(counted); again.Hash != plan.Hash {
		t.Error("the annex is part of the hash, so that no plan survives until Friday")
	}
	other := crm()
	other.Profile.Audience = "everybody"
	if again, _ = refresh.Compile(other); again.Hash == plan.Hash {
		t.Error("another audience is another decision, and has the same hash")
	}
}

func TestCompileRefuses(t *testing.T) {
	column := func(table, name string, c masking.Column) func(*refresh.Proposal) {
		return func(p *refresh.Proposal) {
			columns := map[string]masking.Column{name: c}
			for k, v := range p.Rules.Tables[table].Columns {
				if k != name {
					columns[k] = v
				}
			}
			rule := p.Rules.Tables[table]
			rule.Columns = columns
			p.Rules.Tables[table] = rule
		}
	}
	keep := masking.Column{Mask: masking.Withhold, Withheld: masking.WithheldKeep}
	disposition := func(table string, d refresh.Disposition) func(*refresh.Proposal) {
		return func(p *refresh.Proposal) { p.Profile.Dispositions = map[string]refresh.Disposition{table: d} }
	}
	cases := []struct {
		name   string
		edit   func(*refresh.Proposal)
		table  string
		column string
		says   []string
	}{
		{"N3 a forgotten column", func(p *refresh.Proposal) {
			change(p, "persons", func(t *schema.Table) {
				t.Columns = append(t.Columns, schema.Column{Name: "ssn", Type: schema.Text})
			})
		}, "persons", "ssn", []string{"not classified", "give it a mask"}},
		{"N3 a forgotten table", func(p *refresh.Proposal) { delete(p.Rules.Tables, "companies") }, "companies", "", []string{"say nothing of this table"}},
		{"an unknown table", func(p *refresh.Proposal) { p.Rules.Tables["person"] = masking.Table{Line: 7} }, "person", "", []string{"no such table", "persons"}},
		{"an unknown column", column("persons", "emial", masking.Column{Mask: "email", Line: 9}), "persons", "emial", []string{"no such column", "email"}},
		{"a mask on a key", column("persons", "id", masking.Column{Mask: "redact"}), "persons", "id", []string{"is the table's key"}},
		{"a mask on a reference", column("persons", "company_id", masking.Column{Mask: "null"}), "persons", "company_id", []string{"is a reference"}},
		{"a rule that reads a column that is not there", column("persons", "email", masking.Column{Mask: "person", Part: masking.PartEmail, Subject: []string{"idd"}, Line: 8}), "persons", "email", []string{"idd", "did you mean id?"}},
		{"D16 secrets of a table without a key", func(p *refresh.Proposal) {
			change(p, "persons", func(t *schema.Table) { t.PrimaryKey = nil })
			p.Rules.Tables["activities"] = masking.Table{}
			change(p, "activities", func(t *schema.Table) { t.ForeignKeys = t.ForeignKeys[:1] })
			column("activities", "person_id", masking.Column{Mask: masking.Null})(p)
			column("persons", "email", keep)(p)
		}, "persons", "email", []string{"no key", "secret: blank"}},
		{"D16 a secret that others refer to", func(p *refresh.Proposal) {
			column("persons", "email", keep)(p)
			change(p, "activities", func(t *schema.Table) {
				t.Columns = append(t.Columns, schema.Column{Name: "of", Type: schema.Text, Declared: "text", Nullable: true})
			})
			change(p, "persons", func(t *schema.Table) { t.Unique = []schema.Unique{{Name: "emails", Columns: []string{"email"}}} })
			p.Rules.Tables["activities"] = masking.Table{References: []masking.Reference{{Columns: []string{"of"}, To: "persons", ToColumns: []string{"email"}}}}
		}, "persons", "email", []string{"a part of a key or a reference", "secret: blank"}},
		{"D16 a secret that the role may not set again", func(p *refresh.Proposal) {
			column("persons", "email", keep)(p)
			p.To.Facts.NoUpdate = map[string][]string{"persons": {"email"}}
		}, "persons", "email", []string{"GRANT UPDATE (email) ON persons", "secret: blank"}},
		{"D16 a secret that is unique and cannot be NULL", func(p *refresh.Proposal) {
			column("persons", "email", keep)(p)
			change(p, "persons", func(t *schema.Table) { t.Columns[2].Nullable = false })
		}, "persons", "email", []string{"persons_email is unique", "same fake"}},
		{"D11 a lossy mask on a unique column", column("persons", "email", masking.Column{Mask: "first_name"}), "persons", "email", []string{"persons_email", "unique", "email"}},
		{"D11 a passed value that is unique for all tenants", func(p *refresh.Proposal) {
			change(p, "persons", func(t *schema.Table) {
				t.Unique = []schema.Unique{{Name: "all_emails", Columns: []string{"email"}}}
			})
			column("persons", "email", masking.Column{Mask: "pass", Reason: "only test data"})(p)
		}, "persons", "email", []string{"for all tenants"}},
		{"D2 copied rows refer to an emptied table", disposition("companies", refresh.Empty), "persons", "company_id",
			[]string{"persons.company_id (copy) → companies (empty)", "outside: null"}},
		{"D2 kept rows refer to a copied table", disposition("persons", refresh.Keep), "persons", "company_id", []string{"persons.company_id (keep) → companies (copy)"}},
		{"D2 an unknown disposition", disposition("persons", "merge"), "persons", "", []string{`"merge" is no disposition`}},
		{"D2 a global table copied", disposition("countries", refresh.Copy), "countries", "", []string{"it is global"}},
		{"a reference to a missing table", func(p *refresh.Proposal) {
			p.Rules.Tables["activities"] = masking.Table{References: []masking.Reference{{Columns: []string{"person_id"}, To: "people", Line: 4}}}
		}, "activities", "", []string{"there is no table people"}},
		{"a reference to a column that is no key", func(p *refresh.Proposal) {
			p.Rules.Tables["activities"] = masking.Table{References: []masking.Reference{{Columns: []string{"person_id"}, To: "companies", ToColumns: []string{"name"}, Line: 4}}}
		}, "activities", "", []string{"(name) is no key of companies"}},
		{"D2 a cycle without a way out", func(p *refresh.Proposal) { owned(p, false) }, "companies", "owner_id",
			[]string{"companies.owner_id → persons, persons.company_id → companies", "owner_fkey deferrable, let owner_id be NULL"}},
		{"D2 a cycle of emptied tables without a way out", func(p *refresh.Proposal) {
			owned(p, false)
			p.Profile.Dispositions = map[string]refresh.Disposition{"companies": refresh.Empty, "persons": refresh.Empty, "activities": refresh.Empty}
		}, "companies", "owner_id", []string{"companies.owner_id → persons, persons.company_id → companies"}},
		{"D2 a cycle through a table without a key", func(p *refresh.Proposal) {
			p.To.Facts.Checking = refresh.CheckedAtOnce
			change(p, "activities", func(t *schema.Table) { // it refers to itself by a key that may be NULL
				t.PrimaryKey, t.Unique = nil, []schema.Unique{{Name: "number", Columns: []string{"tenant_id", "id"}}}
				t.Columns[0].Nullable = true
			})
		}, "activities", "parent_id", []string{"activities.parent_id → activities", "give the table a primary key"}},
		{"D2 a cycle that the role may not close", func(p *refresh.Proposal) {
			owned(p, true)
			p.To.Facts.NoUpdate = map[string][]string{"companies": {"owner_id"}, "persons": {"company_id"}}
		}, "persons", "company_id", []string{"persons.company_id → companies, companies.owner_id → persons", "GRANT UPDATE (company_id) ON persons"}},
		{"an integer key that nobody can reserve", func(p *refresh.Proposal) {
			change(p, "companies", func(t *schema.Table) { t.Columns[0].Sequence = "" })
		}, "companies", "", []string{"no sequence"}},
		{"a text key in shared tables", func(p *refresh.Proposal) {
			change(p, "companies", func(t *schema.Table) { t.Columns[0].Type, t.Columns[0].Declared = schema.Text, "text" })
			change(p, "persons", func(t *schema.Table) { t.Columns[3].Type = schema.Text })
		}, "companies", "", []string{"of type text"}},
		{"a table without its tenant column", func(p *refresh.Proposal) {
			change(p, "companies", func(t *schema.Table) { t.Columns = slices.Delete(t.Columns, 1, 2) })
		}, "companies", "", []string{"no tenant column", "global: true"}},
		{"a schema that differs", func(p *refresh.Proposal) {
			tables := slices.Clone(p.To.Schema.Tables)
			p.To.Schema.Tables = tables
			p.To.Schema.Table("companies").Columns = slices.Clone(p.To.Schema.Table("companies").Columns)[:2]
		}, "companies", "name", []string{"the target does not have this column"}},
		{"a trigger that would fire", func(p *refresh.Proposal) {
			p.To.Facts.FireTriggers = true
			change(p, "companies", func(t *schema.Table) { t.Triggers = []schema.Trigger{{Name: "audit"}} })
		}, "companies", "", []string{"trigger audit would fire"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := crm()
			c.edit(&p)
			_, err := refresh.Compile(p)
			var problems refresh.Problems
			if !errors.As(err, &problems) || !errors.Is(err, refresh.ErrRefusedPlan) {
				t.Fatalf("the plan is not refused: %v", err)
			}
			found := slices.ContainsFunc(problems, func(p refresh.Problem) bool {
				return p.Table == c.table && p.Column == c.column && !slices.ContainsFunc(c.says, func(s string) bool { return !strings.Contains(p.String(), s) })
			})
			if !found {
				t.Errorf("no problem of %s.%s says %q:\n%v", c.table, c.column, c.says, err)
			}
			for _, p := range problems {
				if p.Message == "" || p.Remedy == "" {
					t.Errorf("a problem without message or remedy: %q", p)
				}
			}
		})
	}
}

func TestD5AllProblemsAtOnce(t *testing.T) {
	p := crm()
	delete(p.Rules.Tables, "activities")
	p.Rules.Tables["persons"] = masking.Table{Line: 3, Columns: map[string]masking.Column{"email": {Mask: "last_name", Line: 4}, "phon": {Mask: "phone", Line: 5}}}
	p.Rules.Tables["nobody"] = masking.Table{Line: 9}
	p.Profile.Dispositions = map[string]refresh.Disposition{"companies": "drop"}
	_, err := refresh.Compile(p)
	var problems refresh.Problems
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	for _, want := range []string{"activities: the rules say nothing", "line 4: persons.email", "line 5: persons.phon", "line 9: nobody", `companies: "drop"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in\n%v", want, err)
		}
	}
}

func TestA4CompileRefusesProductionAndItself(t *testing.T) {
	for _, c := range []struct {
		target tenancy.Tenant
		want   error
	}{
		{tenancy.Tenant{ID: "2", Kind: tenancy.Production}, tenancy.ErrProduction},
		{tenancy.Tenant{ID: "2"}, tenancy.ErrProduction},
		{tenancy.Tenant{ID: "1", Kind: tenancy.Sandbox}, tenancy.ErrSameTenant},
	} {
		p := crm()
		p.Target = c.target
		if _, err := refresh.Compile(p); !errors.Is(err, c.want) {
			t.Errorf("target %+v: %v, want %v", c.target, err, c.want)
		}
	}
}

// A custom mask is judged by what the host's function declares, and refused where the host has none of that name.
func TestD11CustomMasksAreJudgedByTheirFunction(t *testing.T) {
	make := func([]byte) func(dst, value []byte) ([]byte, error) { return nil }
	for _, c := range []struct {
		functions masking.Functions
		problem   string
	}{
		{masking.Functions{"own": {Uniqueness: masking.Bijective, Make: make}}, ""},
		{masking.Functions{"own": {Make: make}}, "gives different values the same fake"},
		{nil, "the host has no such function"},
	} {
		p := crm()
		p.Functions = c.functions
		p.Rules.Tables["persons"].Columns["email"] = masking.Column{Mask: "custom", Name: "own"}
		plan, err := refresh.Compile(p)
		switch {
		case c.problem == "" && err != nil:
			t.Error(err)
		case c.problem == "" && !strings.Contains(planText(plan), "own/0"):
			t.Errorf("the plan does not name the function's version:\n%s", planText(plan))
		case c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)):
			t.Errorf("%v; want %q", err, c.problem)
		}
	}
}

func planText(p *refresh.Plan) string {
	for _, c := range p.Table("persons").Columns {
		if c.Name == "email" {
			return c.Treatment()
		}
	}
	return ""
}

func TestA8UnmaskedTurnsOffMasksOnly(t *testing.T) {
	p := crm()
	p.Unmasked = true
	plan, err := refresh.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	if plan.Masked {
		t.Error("the plan says that it masks")
	}
	for _, table := range plan.Tables {
		for _, c := range table.Columns {
			if c.Op == refresh.OpMask {
				t.Errorf("%s.%s is still masked", table.Name, c.Name)
			}
		}
	}
	p.Rules.Tables["companies"].Columns["name"] = masking.Column{Mask: masking.Withhold, Withheld: masking.WithheldBlank}
	if plan, err = refresh.Compile(p); err != nil {
		t.Fatal(err)
	}
	for _, c := range plan.Table("companies").Columns {
		if c.Name == "name" && c.Op != refresh.OpMask {
			t.Errorf("D16 a secret is copied by %s where masks are turned off", c.Op)
		}
	}
	delete(p.Rules.Tables["persons"].Columns, "email")
	if _, err := refresh.Compile(p); !errors.Is(err, refresh.ErrRefusedPlan) {
		t.Errorf("classification was turned off too: %v", err)
	}
}

func TestA8AdmitOptOut(t *testing.T) {
	policy := refresh.Policy{MayUnmask: []string{"dpo"}}
	target := tenancy.Tenant{ID: "2", Kind: tenancy.Sandbox}
	base := refresh.Request{Source: "1", Target: "2", Purpose: refresh.Develop, By: "ann"}
	for _, c := range []struct {
		out *refresh.OptOut
		ok  bool
	}{
		{nil, true}, {&refresh.OptOut{By: "dpo", Reason: "a bug that only real names show"}, true},
		{&refresh.OptOut{By: "ann", Reason: "I would like to"}, false}, {&refresh.OptOut{By: "dpo"}, false},
	} {
		r := base
		r.Unmasked = c.out
		_, err := policy.Admit(r, target)
		if c.ok != (err == nil) {
			t.Errorf("%+v: %v", c.out, err)
		}
		if _, err := (refresh.Policy{}).Admit(r, target); c.out != nil && err == nil {
			t.Error("the zero policy lets somebody turn masking off")
		}
	}
}

func TestA6PurposeIsRequiredAndOthersWarn(t *testing.T) {
	target := tenancy.Tenant{ID: "2", Kind: tenancy.Sandbox}
	for purpose, want := range map[refresh.Purpose]string{"": "refused", refresh.Develop: "", refresh.Troubleshoot: "", "sales demo": "warned"} {
		warnings, err := refresh.Policy{}.Admit(refresh.Request{Source: "1", Target: "2", By: "ann", Purpose: purpose}, target)
		got := ""
		if err != nil {
			got = "refused"
		} else if len(warnings) > 0 {
			got = "warned"
		}
		if got != want {
			t.Errorf("purpose %q is %q, want %q", purpose, got, want)
		}
	}
}

func TestAdmitGivesAllReasonsAtOnce(t *testing.T) {
	_, err := refresh.Policy{}.Admit(refresh.Request{Source: "1", Target: "2", Unmasked: &refresh.OptOut{}}, tenancy.Tenant{ID: "2"})
	var refused *refresh.RefusedError
	if !errors.As(err, &refused) || len(refused.Reasons) < 5 || !errors.Is(err, tenancy.ErrProduction) || !errors.Is(err, refresh.ErrRefusedRequest) {
		t.Errorf("%v", err)
	}
}

func ExampleCompile() {
	plan, err := refresh.Compile(crm())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range plan.Table("persons").Columns {
		fmt.Println(c.Name, c.Op)
	}
	// Output:
	// id key
	// tenant_id tenant
	// email mask
	// company_id reference
	// country reference
}

func TestN6ToleranceIsAPartOfThePlan(t *testing.T) {
	hashes := map[string]refresh.Profile{}
	for _, profile := range []refresh.Profile{{}, {Uncounted: true}, {Tolerance: refresh.Tolerance{Rows: 1}}, {Tolerance: refresh.Tolerance{Percent: 1}}} {
		p := crm()
		p.Profile = profile
		plan, err := refresh.Compile(p)
		if err != nil {
			t.Fatal(err)
		}
		if other, twice := hashes[plan.Hash]; twice {
			t.Errorf("profiles %+v and %+v make one plan", profile, other)
		}
		hashes[plan.Hash] = profile
	}
	p := crm()
	p.Profile.Tolerance.Rows = -1
	if _, err := refresh.Compile(p); !errors.Is(err, refresh.ErrRefusedPlan) || !strings.Contains(err.Error(), "tolerance is below zero") {
		t.Errorf("a tolerance below zero was judged with %v", err)
	}
}
