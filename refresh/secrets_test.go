package refresh_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

func TestD16SecretsOfTheTargetInPlans(t *testing.T) {
	compile := func(withheld masking.Withheld, edit func(*refresh.Proposal)) *refresh.Plan {
		t.Helper()
		p := crm()
		p.Rules.Tables["persons"].Columns["email"] = masking.Column{Mask: masking.Withhold, Withheld: withheld}
		p.Target.Provenance = &tenancy.Provenance{Source: p.Source.ID}
		edit(&p)
		plan, err := refresh.Compile(p)
		if err != nil {
			t.Fatal(err)
		}
		return plan
	}
	none := func(*refresh.Proposal) {}
	kept, blank := compile(masking.WithheldKeep, none), compile(masking.WithheldBlank, none)
	if kept.Hash == blank.Hash {
		t.Error("whether secrets stay is a decision, and the hash is the same")
	}
	if text := kept.String(); !strings.Contains(text, "secret, the target's own stays  email") || strings.Contains(text, "are blank in this one") {
		t.Errorf("the plan does not tell that secrets stay:\n%s", text)
	}
	if text := blank.String(); strings.Contains(text, "stays") {
		t.Errorf("the plan tells that secrets stay which become blank:\n%s", text)
	}
	for name, provenance := range map[string]*tenancy.Provenance{"a first refresh": nil, "another source": {Source: "9"}} {
		plan := compile(masking.WithheldKeep, func(p *refresh.Proposal) { p.Target.Provenance = provenance })
		if !slices.ContainsFunc(plan.Warnings, func(w string) bool { return strings.Contains(w, "are blank in this one") }) {
			t.Errorf("%s: nothing warns that secrets are blank: %v", name, plan.Warnings)
		}
	}
	compile(masking.WithheldKeep, func(p *refresh.Proposal) { // the values of the target are unique among all tenants as they were, and others are NULL
		change(p, "persons", func(t *schema.Table) { t.Unique = []schema.Unique{{Name: "all", Columns: []string{"email"}}} })
	})
	compile(masking.WithheldBlank, func(p *refresh.Proposal) {
		change(p, "persons", func(t *schema.Table) { t.Unique = []schema.Unique{{Name: "all", Columns: []string{"email"}}} })
	})
}
