package masking_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/retenant/retenant/masking"
)

// TestD3_DiffIsEmptyExactlyForTheSameRules holds Diff against the hash, both ways round.
func TestD3_DiffIsEmptyExactlyForTheSameRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyRules().Draw(t, "a"), anyRules().Draw(t, "b")
		if rapid.Bool().Draw(t, "near") { // one table or one column apart
			b = near(t, a)
		}
		there, back := masking.Diff(a, b), masking.Diff(b, a)
		if (len(there) == 0) != (a.Hash() == b.Hash()) {
			t.Fatalf("%d changes, and the hashes are equal: %v\n%v", len(there), a.Hash() == b.Hash(), there)
		}
		if len(there) != len(back) {
			t.Fatalf("%d changes there and %d back\n%v\n%v", len(there), len(back), there, back)
		}
		if self := masking.Diff(a, a); self != nil {
			t.Fatalf("rules differ from themselves: %v", self)
		}
		for _, c := range there {
			if c.What == "" || c.Kind == masking.Changed && !c.Hidden && c.Old == c.New {
				t.Fatalf("a change that tells nothing: %+v", c)
			}
		}
	})
}

// near returns the rules with one table or column taken from others.
func near(t *rapid.T, r masking.Rules) masking.Rules {
	other := anyRules().Draw(t, "other")
	r.Tables = maps.Clone(r.Tables)
	for name, table := range r.Tables {
		if rapid.IntRange(0, 4).Draw(t, "key") == 0 {
			table.KeyColumn += "k"
			r.Tables[name] = table
			return r
		}
		for _, from := range other.Tables {
			if !table.Global && !from.Global && rapid.Bool().Draw(t, "mix") {
				table.Columns = maps.Clone(table.Columns)
				for column := range table.Columns {
					for _, rule := range from.Columns {
						table.Columns[column] = rule
						break
					}
					break
				}
				table.References = from.References
				r.Tables[name] = table
				return r
			}
		}
	}
	return r
}

func TestD3_DiffTellsWhatChanged(t *testing.T) {
	old := parseRules(t, `version: 1
tenant_column: tenant_id
tables:
  gone: {columns: {a: email, b: email}}
  people:
    columns:
      born: {mask: date_shift, days: 30, subject: [id]}
      email: email
      fax: phone
      kind: {fixed: canary-old}
      note: {pass: for a reason}
      value:
        when: {column: kind, equals: canary-one, then: phone}
        else: {mask: last_name, domain: people}
      doc: {mask: json, paths: {a: email, b: phone}, rest: drop}
    references:
      - {columns: [boss], to: people}
      - {columns: [org], to: orgs}
`)
	new := parseRules(t, `version: 1
tenant_column: org_id
tables:
  extra: {global: true}
  people:
    key: same
    columns:
      born: {mask: date_shift, days: 60, subject: [id, org]}
      email: {mask: person, part: email, subject: [id]}
      kind: {fixed: canary-new}
      mobile: {fixed: canary-mobile}
      note: {pass: for another reason}
      value:
        when: {column: kind, equals: canary-two, then: {fixed: canary-three}}
        else: {mask: last_name, domain: persons}
      doc: {mask: json, paths: {a: email, c: phone}, rest: redact}
    references:
      - {columns: [boss], to: people, outside: null}
      - {columns: [team], to: teams}
`)
	var got []string
	for _, c := range masking.Diff(old, new) {
		got = append(got, fmt.Sprintf("%d:%d %s %s.%s %s: %s → %s%s", c.OldLine, c.NewLine, c.Kind, c.Table, c.Column, c.What, c.Old, c.New, map[bool]string{true: "hidden"}[c.Hidden]))
	}
	want := []string{
		"0:0 changed . tenant_column: tenant_id → org_id",
		"0:4 added extra. table:  → global",
		"4:0 removed gone. table: 2 columns → ",
		"5:5 changed people. key:  → same",
		"17:18 changed people. reference: {columns: [boss], to: people} → {columns: [boss], to: people, outside: null}",
		"18:0 removed people. reference: {columns: [org], to: orgs} → ",
		"0:19 added people. reference:  → {columns: [team], to: teams}",
		"7:8 changed people.born subject: [id] → [id, org]",
		"7:8 changed people.born days: 30 → 60",
		"15:16 changed people.doc rest: drop → redact",
		"15:0 removed people.doc path b: phone → ",
		"0:16 added people.doc path c:  → phone",
		"8:9 changed people.email mask: email → {mask: person, part: email, subject: [id]}",
		"9:0 removed people.fax column: phone → ",
		"10:10 changed people.kind value:  → hidden",
		"0:11 added people.mobile column:  → {fixed: …}",
		"11:12 changed people.note reason: for a reason → for another reason",
		"13:14 changed people.value case 1: values:  → hidden",
		"13:14 changed people.value case 1: then: mask: phone → {fixed: …}",
		"14:15 changed people.value else: domain: people → persons",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if text := strings.Join(got, "\n"); strings.Contains(text, "canary") {
		t.Errorf("a value is shown:\n%s", text)
	}
}

// A rule's text is the rule again, but for the values that it does not show.
func TestN3_RuleAsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := anyRules().Draw(t, "rules")
		for _, table := range rules.Tables {
			for _, c := range table.Columns {
				if text := c.String(); strings.Contains(text, "\n") || text == "" {
					t.Fatalf("not one line: %q", text)
				}
			}
		}
	})
	hidden := masking.Column{Mask: "when", Cases: []masking.Case{{Column: "kind", In: []string{"canary"}, Then: masking.Column{Mask: "fixed", Value: "canary"}}},
		Else: &masking.Column{Mask: "json", Rest: "drop", Paths: map[string]masking.Column{"a": {Mask: "fixed", Value: "canary"}}}}
	const want = "{when: [{column: kind, equals: …, then: {fixed: …}}], else: {mask: json, paths: {a: {fixed: …}}, rest: drop}}"
	if got := fmt.Sprintf("%v", hidden); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if hidden.Cases[0].In[0] != "canary" || hidden.Else.Paths["a"].Value != "canary" {
		t.Error("the rule itself was changed")
	}
}

func parseRules(t *testing.T, text string) masking.Rules {
	t.Helper()
	rules, err := masking.ParseRules([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return rules
}
