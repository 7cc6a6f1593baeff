package masking_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/masking"
)

const rulesFile = `version: 1
tenant_column: tenant_id
tables:
  persons:
    columns:
      first_name: first_name                      # a mask alone
      email: {mask: email, domain: login}
      country: {pass: two letters that identify nobody}
      status: {fixed: active}
      level: {fixed: 0}
      nickname: {mask: null}
      note: {mask: "null"}
      title: null
      login: {mask: email, domain: short, compact: true, audience: everybody}
    references:
      - {columns: [owner_id], to: users, outside: null}
      - columns: [a, b]
        to: pairs
        to_columns: [x, y]
        outside: refuse
  countries: {global: true}
  tags: {tenant_column: account_id, key: generations, columns: {}}
`

func TestA7_RulesAreParsed(t *testing.T) {
	got, err := masking.ParseRules([]byte(rulesFile))
	if err != nil {
		t.Fatal(err)
	}
	want := masking.Rules{
		Version: 1, TenantColumn: "tenant_id",
		Tables: map[string]masking.Table{
			"persons": {
				Line: 4,
				Columns: map[string]masking.Column{
					"first_name": {Mask: "first_name", Line: 6},
					"email":      {Mask: "email", Domain: "login", Line: 7},
					"country":    {Mask: "pass", Reason: "two letters that identify nobody", Line: 8},
					"status":     {Mask: "fixed", Value: "active", Line: 9},
					"level":      {Mask: "fixed", Value: "0", Line: 10},
					"nickname":   {Mask: "null", Line: 11},
					"note":       {Mask: "null", Line: 12},
					"title":      {Mask: "null", Line: 13},
					"login":      {Mask: "email", Domain: "short", Compact: true, Audience: "everybody", Line: 14},
				},
				References: []masking.Reference{
					{Columns: []string{"owner_id"}, To: "users", Outside: masking.OutsideNull, Line: 16},
					{Columns: []string{"a", "b"}, To: "pairs", ToColumns: []string{"x", "y"}, Outside: masking.OutsideRefuse, Line: 17},
				},
			},
			"countries": {Global: true, Line: 21},
			"tags":      {TenantColumn: "account_id", Key: masking.KeyGenerations, Columns: map[string]masking.Column{}, Line: 22},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// One mistake on each numbered line; each is reported at its line, with what to write, and none twice.
func TestN3_EveryMistakeAtOnce(t *testing.T) {
	const file = `version: 2                                      # 1
tenant_colum: tenant_id                         # 2
tables:
  persons:
    columns:
      a: emial                                  # 6
      b: {pass: ok}                             # 7
      c: {pass: it identifies nobody, domain: x} # 8
      d: {mask: email, fixed: canary}           # 9
      e: pass                                   # 10
      f: fixed                                  # 11
      g: {fixed: [canary]}                      # 12
      h: {fixed: null}                          # 13
      i: {mask: email, domian: x}               # 14
      j:                                        # 15
      k: {mask: redact, compact: true}          # 16
      l: {fixed:canary}                         # 17
      m: canary-meant-to-be-fixed               # 18
      n: [email]                                # 19
      a: email                                  # 20
      1: email                                  # 21
      o: {mask: email, compact: yes please}     # 22
      p: {fixed: !!binary Y2FuYXJ5}             # 23
      q: {mask: redact, audience: x}            # 24
    references:
      - {columns: owner_id, to: users}          # 26
      - {columns: [owner_id]}                   # 27
      - {columns: [a, b], to: t, to_columns: [x]} # 28
      - {columns: [a, a], to: t}                # 29
      - {columns: [a], to: u, outside: nul}     # 30
    key: generation                             # 31
  countries: {global: true, key: same}          # 32
  tags:                                         # 33
  codes: {global: "true"}                       # 34
  cells: {<<: {key: same}}                      # 35
  ? [a, b]                                      # 36
  : {global: true}
rows: {}                                        # 38
`
	_, err := masking.ParseRules([]byte(file))
	var problems masking.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("want problems, got %v", err)
	}
	var want, got []int
	for i, line := range strings.Split(file, "\n") {
		if strings.Contains(line, fmt.Sprintf("# %d", i+1)) {
			want = append(want, i+1)
		}
	}
	for _, p := range problems {
		got = append(got, p.Line)
		if p.Remedy == "" || p.Message == "" {
			t.Errorf("%s: no remedy", p)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 20 {
		t.Errorf("lines with problems (-want +got):\n%s\n%v", diff, err)
	}
	text := err.Error()
	if strings.Contains(text, "canary") {
		t.Errorf("a fixed value is shown:\n%s", text)
	}
	if lines := strings.Split(text, "\n"); len(lines) != len(problems) {
		t.Errorf("%d problems on %d lines", len(problems), len(lines))
	}
	for _, part := range []string{
		"line 2: unknown key tenant_colum; did you mean tenant_column?",
		"line 6: persons.a: unknown mask emial; did you mean email?",
		"line 7: persons.b: pass without a reason; write {pass: ",
		"line 8: persons.c: domain has no effect on pass; remove it",
		"line 14: persons.i: unknown key domian; did you mean domain?",
		"line 17: persons.l: unknown key; write a space after the colon of fixed",
		"line 20: persons: a stands here twice, first on line 6; remove one",
		"line 30: persons: unknown choice nul; did you mean null?",
		"line 31: persons: unknown key scheme generation; did you mean generations?",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in\n%s", part, text)
		}
	}
}

// The same of rules with parameters and of rules within rules.
func TestN3_EveryMistakeInParametersAtOnce(t *testing.T) {
	const file = `version: 1
tables:
  persons:
    columns:
      a: person                                  # 5
      b: {mask: person, part: mail, subject: [id]} # 6
      c: {mask: person, part: email, subject: {id: 1}} # 7
      d: {mask: date_shift, days: 0, subject: [id]} # 8
      e: {mask: date_shift, days: long, subject: [id]} # 9
      f: {mask: date_shift, subject: [id, id], days: 3} # 10
      g: {mask: number, percent: 101}            # 11
      h: {mask: number, percent: 5%}             # 12
      i: {mask: token, alphabet: canarycanary}   # 13
      j: {mask: token, alphabet: "1"}            # 14
      k: {mask: fake, name: jobtitel}            # 15
      l: {mask: fake}                            # 16
      m: {mask: url, path: keeep}                # 17
      n: {mask: json}                            # 18
      o:
        mask: json
        rest: dropp                              # 21
        paths:
          a..b: redact                           # 23
          a: emial                               # 24
          b: {mask: email, percent: 3}           # 25
          $.c.d: redact
          c.d: redact                            # 27
      p: {mask: xml, paths: {"a[*]": redact}}    # 28
      q: {mask: array}                           # 29
      r: {mask: array, element: {secret: keep}}  # 30
      s: {when: {column: k, equals: canary, then: redact}} # 31
      t:
        when:
          - {column: k, equals: [canary], then: redact} # 34
          - {column: k, then: redact}            # 35
          - {equals: canary, then: redact}       # 36
          - {column: k, equals: canary}          # 37
          - {column: k, in: canary, then: redact} # 38
          - {column: k, equals: canary, than: redact} # 39
        else: redact
      u: {when: [], else: redact}                # 41
      v: {secret: kept}                          # 42
      w: {secret: keep, mask: email}             # 43
      x: {mask: email, subject: [id]}            # 44
      y: {mask: digits, malformed: redact}       # 45
      z: when                                    # 46
      aa: {mask: person, part: first_name, subject: [id], compact: true} # 47
      ab: {mask: custom}                         # 48
      ac:
        when:
          - {column: k, equals: a, then: redact} 
          - {column: l, then: redact}            # 52
        else: redact
`
	_, err := masking.ParseRules([]byte(file))
	var problems masking.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("want problems, got %v", err)
	}
	var want, got []int
	for i, line := range strings.Split(file, "\n") {
		if strings.Contains(line, fmt.Sprintf("# %d", i+1)) {
			want = append(want, i+1)
		}
	}
	for _, p := range problems {
		got = append(got, p.Line)
		if p.Remedy == "" || p.Message == "" || strings.Contains(p.String(), "canary") {
			t.Errorf("%s: no remedy, or a value is shown", p)
		}
	}
	if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
		t.Errorf("lines with problems (-want +got):\n%s\n%v", diff, err)
	}
}

func TestN3_FilesThatAreNoRules(t *testing.T) {
	const top = "version: 1\n"
	for name, c := range map[string]struct{ file, part string }{
		"empty":           {"", "line 1: the file holds no rules"},
		"a comment":       {"# nothing\n", "holds no rules"},
		"a text":          {"rules", "line 1: a text where keys and values belong"},
		"no version":      {"tables: {}", "no version; write version: 1"},
		"two documents":   {top + "---\n" + top, "line 2: a second document"},
		"broken second":   {top + "---\n{", "no YAML"},
		"tabs":            {top + "tables:\n\tx: {}\n", "line 3: no YAML"},
		"anchor":          {top + "tables: &a {}\n", "line 2: an anchor"},
		"alias":           {top + "tables: {x: &a {}, y: *a}\n", "line 2: an alias"},
		"alias of a text": {top + "tables: {x: {columns: {c: {fixed: *canary}}}}\n", "no YAML: an alias"},
		"deep":            {top + "tables: " + strings.Repeat("[", 25) + strings.Repeat("]", 25), "line 2: nested more than 20 deep"},
		"very deep":       {top + "tables: " + strings.Repeat("[", 20000), "no YAML"},
		"long":            {top + strings.Repeat("# comment\n", masking.MaxRulesBytes/10), "bytes, and 4194304 are allowed"},
		"no UTF-8":        {"version: \xff", "no YAML"},
		"mixed forms":     {top + "tables: {x: {columns: {a: email,\n b: {mask: email, compact: true}}}}", "line 3: x.b: compact, while other columns of the domain are not"},
		"odd names":       {top + "tables: {\"a\\nb\": {columns: {\"\": emial}}}", `line 2: "a\nb"`},
		"repeated":        {top + "tables: {x: {references: [{columns: [a], to: t},\n {columns: [a], to: t, outside: pass}]}}", "line 3: x: a reference of the same columns"},
	} {
		_, err := masking.ParseRules([]byte(c.file))
		if err == nil || !strings.Contains(err.Error(), c.part) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v; want %q", name, err, c.part)
		}
	}
	if _, err := masking.ParseRules([]byte(top + "tables: {}\n")); err != nil {
		t.Errorf("rules without tables: %v", err)
	}
}

func TestN3_RulesMadeInGoAreCheckedLikeAFile(t *testing.T) {
	bad := masking.Rules{Tables: map[string]masking.Table{
		"a": {Global: true, Key: "same", Columns: map[string]masking.Column{"x": {}, "": {Mask: "redact"}}},
		"b": {Key: "copy", References: []masking.Reference{{Outside: "keep"}, {Columns: []string{""}, To: "t"}}},
		"c": {Columns: map[string]masking.Column{"r": {Mask: "redact", Reason: "why", Value: "canary", Audience: "a"}}},
		"":  {},
	}}
	problems := bad.Validate()
	text := problems.Error()
	if len(problems) != 13 || strings.Contains(text, "canary") || slices.ContainsFunc(problems, func(p masking.Problem) bool { return p.Remedy == "" }) {
		t.Errorf("%d problems:\n%s", len(problems), text)
	}
	if (masking.Rules{Version: 1}).Validate().Err() != nil {
		t.Error("rules without tables are refused")
	}
}
