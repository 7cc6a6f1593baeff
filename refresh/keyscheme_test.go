package refresh_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/schema"
)

// companyKey gives companies a key of another type, and a rule for it.
func companyKey(kind schema.Type, key masking.Key) func(*refresh.Proposal) {
	return func(p *refresh.Proposal) {
		change(p, "companies", func(t *schema.Table) { t.Columns[0].Type, t.Columns[0].Declared = kind, kind.String() })
		change(p, "persons", func(t *schema.Table) { t.Columns[3].Type = kind })
		rule := p.Rules.Tables["companies"]
		rule.Key, rule.Line = key, 5
		if key == masking.KeyTag || key == masking.KeyOffset || key == masking.KeyStation {
			rule.Columns = maps.Clone(rule.Columns)
			rule.Columns["id"] = masking.Column{Mask: "pass", Reason: "our own numbers"}
			change(p, "companies", func(t *schema.Table) { t.Columns[0].Sequence = "" })
		}
		p.Rules.Tables["companies"] = rule
	}
}

func choose(choice refresh.KeyChoice) func(*refresh.Proposal) {
	return func(p *refresh.Proposal) { p.Profile.Keys = map[string]refresh.KeyChoice{"companies": choice} }
}

func ownDatabases(p *refresh.Proposal) {
	p.From.Facts.Keys, p.To.Facts.Keys, p.To.Facts.ReservesKeys = refresh.OwnKeys, refresh.OwnKeys, true
	p.Rules.TenantColumn = ""
	p.Rules.Tables["countries"] = masking.Table{Columns: map[string]masking.Column{"code": {Mask: "pass", Reason: "a public list"}}}
	for _, table := range []string{"companies", "persons", "activities"} {
		change(p, table, func(t *schema.Table) { t.Columns = slices.Delete(t.Columns, 1, 2) })
	}
	change(p, "persons", func(t *schema.Table) { t.Unique = nil })
}

func TestC13KeySchemesOfAPlan(t *testing.T) {
	for _, c := range []struct {
		name   string
		edits  []func(*refresh.Proposal)
		scheme keys.Scheme
		text   string
	}{
		{"UUIDs in shared tables", []func(*refresh.Proposal){companyKey(schema.UUID, "")}, keys.SchemeUUID, "id by uuid"},
		{"UUIDs without their time", []func(*refresh.Proposal){companyKey(schema.UUID, masking.KeyUUIDWithoutTime)}, keys.SchemeUUID, "id by uuid"},
		{"UUIDs in a text column", []func(*refresh.Proposal){companyKey(schema.Text, masking.KeyUUID)}, keys.SchemeUUID, "id by uuid"},
		{"a tag of the target's id", []func(*refresh.Proposal){companyKey(schema.Text, masking.KeyTag)}, keys.SchemeTag, "id by tag 2-…"},
		{"a tag by profile", []func(*refresh.Proposal){companyKey(schema.Text, masking.KeyTag), choose(refresh.KeyChoice{Suffix: "-sb"})}, keys.SchemeTag, "id by tag …-sb"},
		{"another range", []func(*refresh.Proposal){companyKey(schema.Integer, masking.KeyOffset), choose(refresh.KeyChoice{First: 1, Last: 999, Base: 5000})}, keys.SchemeOffset, "id by offset 1-999 to 5000"},
		{"stations", []func(*refresh.Proposal){companyKey(schema.Integer, masking.KeyStation), choose(refresh.KeyChoice{Stations: map[string]string{"1": "7", "2": "8"}})}, keys.SchemeStation, "id by station 1→7 2→8"},
		{"a database of its own", []func(*refresh.Proposal){ownDatabases}, keys.SchemeSame, "id by same"},
		{"a database of its own, keys mapped", []func(*refresh.Proposal){ownDatabases, companyKey(schema.Integer, masking.KeyGenerations)}, keys.SchemeGenerations, "id by generations"},
		{"a database of its own, UUIDs mapped", []func(*refresh.Proposal){ownDatabases, func(p *refresh.Proposal) {
			companyKey(schema.UUID, masking.KeyUUID)(p)
			change(p, "persons", func(t *schema.Table) { t.Columns[2].Type = schema.UUID })
		}}, keys.SchemeUUID, "id by uuid"},
		{"a text key that a mask keeps apart", []func(*refresh.Proposal){companyKey(schema.Text, ""), func(p *refresh.Proposal) {
			p.Rules.Tables["companies"].Columns["id"] = masking.Column{Mask: "token", Alphabet: "abcdefghijklmnopqrstuvwxyz0123456789"}
		}}, "", "none of its own"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := crm()
			for _, edit := range c.edits {
				edit(&p)
			}
			plan, err := refresh.Compile(p)
			if err != nil {
				t.Fatal(err)
			}
			if got := plan.Table("companies").Scheme; got != c.scheme {
				t.Errorf("the scheme is %q, want %q", got, c.scheme)
			}
			if !strings.Contains(plan.String(), c.text) {
				t.Errorf("the plan does not say %q:\n%s", c.text, plan)
			}
			plain, err := refresh.Compile(crm())
			if err != nil || plain.Hash == plan.Hash {
				t.Errorf("another scheme has the same hash: %v", err)
			}
		})
	}
	with, without := crm(), crm()
	companyKey(schema.UUID, masking.KeyUUID)(&with)
	companyKey(schema.UUID, masking.KeyUUIDWithoutTime)(&without)
	a, err := refresh.Compile(with)
	b, err2 := refresh.Compile(without)
	if err := errors.Join(err, err2); err != nil || a.Table("companies").WithoutTime || !b.Table("companies").WithoutTime {
		t.Errorf("whether the time of UUIDs stays is not in the plan: %v", err)
	}
}

func TestKeySchemesThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		edits []func(*refresh.Proposal)
		says  []string
	}{
		{"UUIDs of integers", []func(*refresh.Proposal){companyKey(schema.Integer, masking.KeyUUID)}, []string{"line 5", "companies.id", "cannot map a key of type integer"}},
		{"generations of texts", []func(*refresh.Proposal){companyKey(schema.Text, masking.KeyGenerations)}, []string{"cannot map a key of type text"}},
		{"a tag that is none", []func(*refresh.Proposal){companyKey(schema.Text, masking.KeyTag), choose(refresh.KeyChoice{Prefix: "ü "})}, []string{"use 1 to 32 ASCII letters"}},
		{"a range without a base", []func(*refresh.Proposal){companyKey(schema.Integer, masking.KeyOffset)}, []string{"offset", "profile"}},
		{"stations without pairs", []func(*refresh.Proposal){companyKey(schema.Integer, masking.KeyStation)}, []string{"no station", "profile"}},
		{"a station that is no number", []func(*refresh.Proposal){companyKey(schema.Integer, masking.KeyStation), choose(refresh.KeyChoice{Stations: map[string]string{"1": "north"}})}, []string{`"north" is no station`}},
		{"N3 assigned keys that nobody passed", []func(*refresh.Proposal){companyKey(schema.Text, masking.KeyTag), func(p *refresh.Proposal) {
			delete(p.Rules.Tables["companies"].Columns, "id")
		}}, []string{"companies.id", "leaves the values that people assigned", "write `pass`"}},
		{"N3 assigned keys under a mask", []func(*refresh.Proposal){companyKey(schema.Text, masking.KeyTag), func(p *refresh.Proposal) {
			p.Rules.Tables["companies"].Columns["id"] = masking.Column{Mask: "redact"}
		}}, []string{"companies.id", "leave `key` out"}},
		{"D24 a range that a sequence comes to", []func(*refresh.Proposal){companyKey(schema.Integer, masking.KeyOffset), choose(refresh.KeyChoice{First: 1, Last: 3, Base: 4}), func(p *refresh.Proposal) {
			change(p, "companies", func(t *schema.Table) { t.Columns[0].Sequence = "s" })
		}}, []string{"companies.id", "a sequence hands out its values"}},
		{"a choice for a table with generations", []func(*refresh.Proposal){choose(refresh.KeyChoice{Prefix: "x"})}, []string{`made by "generations"`}},
		{"a choice of another scheme", []func(*refresh.Proposal){companyKey(schema.Text, masking.KeyTag), choose(refresh.KeyChoice{Base: 7})}, []string{"what is not of `key: tag`"}},
		{"a choice for no table", []func(*refresh.Proposal){func(p *refresh.Proposal) {
			p.Profile.Keys = map[string]refresh.KeyChoice{"company": {Prefix: "x"}}
		}}, []string{"does not have", "companies"}},
		{"a key column that is none", []func(*refresh.Proposal){companyKey(schema.Integer, masking.KeyStation), func(p *refresh.Proposal) {
			rule := p.Rules.Tables["companies"]
			rule.KeyColumn = "name"
			p.Rules.Tables["companies"] = rule
		}}, []string{"key_column names name"}},
		{"a station's reference to others", []func(*refresh.Proposal){companyKey(schema.Integer, masking.KeyStation), choose(refresh.KeyChoice{Stations: map[string]string{"1": "7"}}), func(p *refresh.Proposal) {
			rule := p.Rules.Tables["persons"]
			rule.References = []masking.Reference{{Columns: []string{"company_id"}, To: "companies", Outside: masking.OutsideNull}}
			p.Rules.Tables["persons"] = rule
		}}, []string{"persons.company_id", "outside: refuse"}},
		{"a text key that passes", []func(*refresh.Proposal){companyKey(schema.Text, ""), func(p *refresh.Proposal) {
			p.Rules.Tables["companies"].Columns["id"] = masking.Column{Mask: "pass", Reason: "a short name"}
		}}, []string{"tenants share this table", "key: tag"}},
		{"a text key under a lossy mask", []func(*refresh.Proposal){companyKey(schema.Text, ""), func(p *refresh.Proposal) {
			p.Rules.Tables["companies"].Columns["id"] = masking.Column{Mask: "company"}
		}}, []string{"the primary key is unique over (id)", "the same fake"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := crm()
			for _, edit := range c.edits {
				edit(&p)
			}
			_, err := refresh.Compile(p)
			if !errors.Is(err, refresh.ErrRefusedPlan) {
				t.Fatalf("the plan is not refused: %v", err)
			}
			for _, want := range c.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is missing in\n%v", want, err)
				}
			}
		})
	}
}
