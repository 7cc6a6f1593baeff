package classify_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/masking/classify"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

// anySchema draws tables with names that the classes know, keys of several kinds, and references between the tables.
func anySchema(t *rapid.T) schema.Schema {
	words := []string{"id", "email", "login", "phone", "first", "last", "name", "note", "price", "date", "birth", "hired", "status", "secret", "url", "host", "x", "address", "city", "zip", "iban",
		"code", "number", "salary", "count", "user", "company", "at", "full", "Ü"}
	some := rapid.SampledFrom(words)
	var s schema.Schema
	for i, table := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"people", "users", "Employee", "customers", "countries", "orders", "notes", "x y", "crm.contacts", "patient_visits"}), 1, 5, rapid.ID).Draw(t, "tables") {
		made := schema.Table{Name: table}
		key := rapid.SampledFrom([]schema.Type{schema.Integer, schema.UUID, schema.Text, schema.Other}).Draw(t, "key")
		if key == schema.Other {
			made.PrimaryKey = nil
		} else {
			made.PrimaryKey = []string{"id"}
			made.Columns = append(made.Columns, schema.Column{Name: "id", Type: key, Declared: key.String()})
		}
		if rapid.Bool().Draw(t, "tenant") {
			made.Columns = append(made.Columns, schema.Column{Name: "tenant_id", Type: schema.Integer, Declared: "bigint"})
		}
		for k := range rapid.IntRange(0, 7).Draw(t, "columns") {
			name := strings.Join(rapid.SliceOfN(some, 1, 3).Draw(t, "name"), "_")
			if rapid.Bool().Draw(t, "numbered") || slices.ContainsFunc(made.Columns, func(c schema.Column) bool { return c.Name == name }) {
				name += fmt.Sprint(k)
			}
			c := schema.Column{Name: name, Type: schema.Type(rapid.IntRange(0, int(schema.JSON)).Draw(t, "type")), Nullable: rapid.Bool().Draw(t, "nullable")}
			if rapid.Bool().Draw(t, "text") {
				c.Type = schema.Text
			}
			if c.Type == schema.Text || c.Type == schema.Bytes {
				c.Size = rapid.SampledFrom([]int{0, 0, 1, 8, 12, 20, 30, 40, 60}).Draw(t, "size")
			}
			c.Declared = c.Type.String()
			made.Columns = append(made.Columns, c)
			if rapid.IntRange(0, 5).Draw(t, "unique") == 0 {
				made.Unique = append(made.Unique, schema.Unique{Name: fmt.Sprintf("u%d_%d", i, k), Columns: []string{name}})
			}
		}
		if len(s.Tables) > 0 && rapid.Bool().Draw(t, "refers") {
			to := rapid.SampledFrom(s.Tables).Draw(t, "to")
			if len(to.PrimaryKey) > 0 {
				column, _ := to.Column("id")
				column.Name, column.Nullable = "ref", rapid.Bool().Draw(t, "optional")
				made.Columns = append(made.Columns, column)
				made.ForeignKeys = []schema.ForeignKey{{Name: "f", Columns: []string{"ref"}, To: to.Name, ToColumns: []string{"id"}}}
			}
		}
		s.Tables = append(s.Tables, made)
	}
	s.Sort()
	return s
}

// TestN3_ProposedRulesCompile: what is proposed for any schema can be written and read as a file, every mask can be made, and a plan by it is refused for
// nothing but columns for which no rule was proposed.
func TestN3_ProposedRulesCompile(t *testing.T) {
	secret, err := masking.NewSecret([]byte(strings.Repeat("secret..", 4)))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := anySchema(t)
		tenantColumn := rapid.SampledFrom([]string{"", "tenant_id"}).Draw(t, "tenant column")
		tables := classify.ProposeSchema(&s, tenantColumn != "", tenantColumn)
		rules := classify.Rules(tables, tenantColumn)
		text, err := rules.YAML(masking.Comments{})
		if err != nil {
			t.Fatalf("the rules cannot be written: %v", err)
		}
		if rules, err = masking.ParseRules(text); err != nil {
			t.Fatal(err)
		}
		open := map[string]bool{}
		for _, proposed := range tables {
			table := s.Table(proposed.Name)
			for _, p := range proposed.Columns {
				column, _ := table.Column(p.Name)
				if p.Column.Mask == "" {
					open[proposed.Name+"."+p.Name] = true
				} else if _, err := p.Column.CompileFor(masking.Binding{Secret: secret, Audience: "box"}, table, column); err != nil {
					t.Fatalf("%s.%s: %v", proposed.Name, p.Name, err)
				}
			}
		}
		for _, d := range classify.Drift(rules, &s) {
			if !d.New || !open[d.Table+"."+d.Column] {
				t.Fatalf("proposed rules and their schema differ: %+v", d)
			}
		}
		if tenantColumn != "" {
			return // whether keys can be mapped in shared tables, the rules do not decide
		}
		side := refresh.Description{Schema: s, Facts: refresh.Facts{Exists: true, Keys: refresh.OwnKeys}}
		_, err = refresh.Compile(refresh.Proposal{Source: tenancy.Tenant{ID: "prod", Kind: tenancy.Production}, Target: tenancy.Tenant{ID: "box", Kind: tenancy.Sandbox},
			From: side, To: side, Rules: rules})
		var problems refresh.Problems
		if err != nil && !errors.As(err, &problems) {
			t.Fatal(err)
		}
		for _, p := range problems {
			if !open[p.Table+"."+p.Column] && !(p.Column == "ref" && strings.Contains(p.Message, "not classified")) {
				t.Fatalf("the plan is refused: %s\n%s", p, text)
			}
		}
	})
}

func TestN3_DriftTellsWhatIsNewAndWhatIsGone(t *testing.T) {
	id := of("id", schema.Integer, false)
	s := schema.Schema{Tables: []schema.Table{
		{Name: "people", PrimaryKey: []string{"id"}, Columns: []schema.Column{id, text("email_address", 60), text("nickname", 40), text("city", 40), of("org_id", schema.Integer, true)}},
		{Name: "orgs", PrimaryKey: []string{"id"}, Columns: []schema.Column{id}},
		{Name: "products", PrimaryKey: []string{"code"}, Columns: []schema.Column{{Name: "code", Type: schema.Text}}},
		{Name: "audit", Columns: []schema.Column{text("line", 0)}},
	}}
	s.Sort()
	rules, err := masking.ParseRules([]byte(`version: 1
tables:
  orgs: {}
  products: {key: tag, columns: {code: {pass: our own numbers}}}
  people:
    columns:
      email_adress: email
      city: city
      born: {mask: date_shift, days: 30, subject: [ident]}
    references:
      - {columns: [org_id], to: orgs}
      - {columns: [team_id], to: teams}
  audits: {columns: {line: free_text}}
`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range classify.Drift(rules, &s) {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%d %s.%s new:%v %s near:%s %s %s", d.Line, d.Table, d.Column, d.New, d.Use, d.Near, d.Type, d.Proposal.Column.Mask)))
	}
	want := []string{
		"0 audit. new:true  near:",
		"13 audits. new:false a rule near:audit",
		"9 people.born new:false a rule near:",
		"7 people.email_adress new:false a rule near:email_address",
		"9 people.ident new:false a subject or case near:",
		"12 people.team_id new:false a reference near:",
		"0 people.email_address new:true  near:email_adress text email",
		"0 people.nickname new:true  near: text email",
		"12 teams. new:false a reference near:",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
