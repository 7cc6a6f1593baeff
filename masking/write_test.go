package masking_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/retenant/retenant/masking"
)

// anyRules draws valid rules, with names and values that YAML would take for something else.
func anyRules() *rapid.Generator[masking.Rules] {
	odd := rapid.SampledFrom([]string{"null", "~", "true", "no", "1", "0x1f", "2026-01-02", "<<", "a: b", "# c", " x ", "*a", "&a", "!a", "- a",
		"'", `"`, "a\nb", "a\r\n", "\t", "é", "\u2028", "\u0085", "\x7f", "\U0001f600", "{", "[", "%", "@", "`", "|", ">", "=", "?", "..."})
	name := rapid.OneOf(odd, rapid.StringMatching(`[a-z][a-z0-9_.]{0,9}`), rapid.StringN(1, 12, -1))
	optional := rapid.OneOf(rapid.Just(""), name)
	column := anyColumn(name, 2)
	reference := rapid.Custom(func(t *rapid.T) masking.Reference {
		r := masking.Reference{Columns: rapid.SliceOfNDistinct(name, 1, 3, rapid.ID).Draw(t, "columns"), To: name.Draw(t, "to"),
			Outside: rapid.SampledFrom([]masking.Outside{masking.OutsideRefuse, masking.OutsideNull, masking.OutsidePass}).Draw(t, "outside")}
		if rapid.Bool().Draw(t, "to columns") {
			r.ToColumns = rapid.SliceOfNDistinct(name, len(r.Columns), len(r.Columns), rapid.ID).Draw(t, "names")
		}
		return r
	})
	table := rapid.Custom(func(t *rapid.T) masking.Table {
		if rapid.Bool().Draw(t, "global") {
			return masking.Table{Global: true}
		}
		target := func(r masking.Reference) string { return r.To }
		return masking.Table{
			TenantColumn: optional.Draw(t, "tenant column"),
			Key:          rapid.SampledFrom(append(masking.KeySchemes(), masking.KeyByPlan)).Draw(t, "key"),
			Columns:      rapid.MapOfN(name, column, 0, 4).Draw(t, "columns"),
			References:   rapid.SliceOfNDistinct(reference, 0, 3, target).Draw(t, "references"),
		}
	})
	return rapid.Custom(func(t *rapid.T) masking.Rules {
		return masking.Rules{Version: 1, TenantColumn: optional.Draw(t, "tenant column"), Tables: rapid.MapOfN(name, table, 0, 4).Draw(t, "tables")}
	})
}

// anyColumn draws a valid rule, with rules inside it down to the depth.
func anyColumn(name *rapid.Generator[string], depth int) *rapid.Generator[masking.Column] {
	optional := rapid.OneOf(rapid.Just(""), name)
	names := rapid.SliceOfNDistinct(name, 1, 3, rapid.ID)
	return rapid.Custom(func(t *rapid.T) masking.Column {
		inner := func(label string) masking.Column {
			c := anyColumn(name, depth-1).Draw(t, label)
			if c.Mask == "secret" {
				c = masking.Column{Mask: "null"}
			}
			return c
		}
		c := masking.Column{Mask: rapid.SampledFrom(masking.Names()).Draw(t, "mask")}
		if depth == 0 && slices.Contains([]string{"json", "xml", "array", "when"}, c.Mask) {
			c.Mask = "redact"
		}
		traits, _ := c.Traits()
		if traits.Keyed && c.Mask != "url" || c.Mask == "custom" {
			c.Domain, c.Audience = optional.Draw(t, "domain"), optional.Draw(t, "audience")
		}
		if slices.Contains([]string{"date_shift", "number", "digits", "token", "array", "json", "xml"}, c.Mask) {
			c.Malformed = rapid.SampledFrom([]masking.Malformed{"", "null"}).Draw(t, "malformed")
		}
		switch c.Mask {
		case "pass":
			c.Reason = "abc" + optional.Draw(t, "reason")
		case "fixed":
			c.Value = optional.Draw(t, "value")
		case "secret":
			c.Withheld = rapid.SampledFrom([]masking.Withheld{"keep", "blank"}).Draw(t, "withheld")
		case "person":
			c.Part = rapid.SampledFrom([]masking.Part{"first_name", "last_name", "full_name", "login", "email"}).Draw(t, "part")
			c.Subject = names.Draw(t, "subject")
		case "date_shift":
			c.Days, c.Subject = rapid.IntRange(1, masking.MaxDays).Draw(t, "days"), names.Draw(t, "subject")
		case "number":
			c.Percent = rapid.IntRange(1, 100).Draw(t, "percent")
		case "token":
			c.Alphabet = rapid.SampledFrom([]string{"", "01", "#-", "0x1f", "null", "~!"}).Draw(t, "alphabet")
			if c.Alphabet == "null" {
				c.Alphabet = "nul"
			}
		case "fake":
			c.Name = rapid.SampledFrom(masking.FakeNames()).Draw(t, "function")
		case "custom":
			c.Name = name.Draw(t, "function")
		case "url":
			c.URLPath = rapid.SampledFrom([]masking.URLPart{"", "drop", "keep"}).Draw(t, "path")
			c.URLQuery = rapid.SampledFrom([]masking.URLPart{"", "drop", "keep"}).Draw(t, "query")
		case "json", "xml":
			c.Rest = rapid.SampledFrom([]masking.Rest{"", "redact", "drop"}).Draw(t, "rest")
			c.Paths = map[string]masking.Column{}
			for _, path := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "a.b", `"x.y".*`, "*", "a.@b", "null", "~", "1", `"a: b"`}), 1, 3, rapid.ID).Draw(t, "paths") {
				c.Paths[path] = inner("rule")
			}
		case "array":
			element := inner("element")
			c.Element = &element
		case "when":
			for range rapid.IntRange(1, 2).Draw(t, "cases") {
				when := masking.Case{Column: name.Draw(t, "column"), In: rapid.SliceOfN(optional, 0, 2).Draw(t, "in"), Then: inner("then")}
				when.Null = len(when.In) == 0 || rapid.Bool().Draw(t, "null")
				c.Cases = append(c.Cases, when)
			}
			otherwise := inner("else")
			c.Else = &otherwise
		}
		return c
	})
}

// sameRules compares rules but for their lines, and for empty against nil.
var sameRules = cmp.Options{
	cmpopts.EquateEmpty(),
	cmpopts.IgnoreFields(masking.Table{}, "Line"), cmpopts.IgnoreFields(masking.Column{}, "Line"), cmpopts.IgnoreFields(masking.Reference{}, "Line"),
	cmpopts.IgnoreFields(masking.Case{}, "Line"),
}

func TestN9_WrittenRulesReadBackEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := anyRules().Draw(t, "rules")
		remark := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"a\nversion: 2", "# x", "\u2028tables: {}", "\u0085}"}))
		comments := masking.Comments{Top: remark.Draw(t, "top"), Tables: map[string]string{}, Columns: map[string]map[string]string{}}
		for name, table := range rules.Tables {
			comments.Tables[name] = remark.Draw(t, "on a table")
			comments.Columns[name] = map[string]string{}
			for column := range table.Columns {
				comments.Columns[name][column] = remark.Draw(t, "on a column")
			}
		}
		file, err := rules.YAML(comments)
		if err != nil {
			t.Fatal(err)
		}
		back, err := masking.ParseRules(file)
		if err != nil {
			t.Fatalf("%v\n%s", err, file)
		}
		if diff := cmp.Diff(rules, back, sameRules); diff != "" {
			t.Fatalf("(-want +got):\n%s\n%s", diff, file)
		}
		if rules.Hash() != back.Hash() {
			t.Fatal("the hash depends on lines")
		}
		again, err := back.YAML(comments)
		if err != nil || string(again) != string(file) {
			t.Fatalf("written again: %v\n%s", err, again)
		}
	})
}

func TestA7_WrittenRulesAreForPeople(t *testing.T) {
	rules, err := masking.ParseRules([]byte(rulesFile))
	if err != nil {
		t.Fatal(err)
	}
	file, err := rules.YAML(masking.Comments{
		Top:     "Proposed.\nRead it before use.",
		Tables:  map[string]string{"persons": "12 rows of 3 tenants", "absent": "x"},
		Columns: map[string]map[string]string{"persons": {"email": "by its name", "title": "by\nits values", "first_name": "certain"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = `# Proposed.
# Read it before use.
version: 1
tenant_column: tenant_id
tables:
  countries: {global: true}
  # 12 rows of 3 tenants
  persons:
    columns:
      country: {pass: two letters that identify nobody}
      email: {mask: email, domain: login} # by its name
      first_name: first_name # certain
      level: {fixed: "0"}
      login: {mask: email, domain: short, audience: everybody, compact: true}
      nickname: null
      note: null
      status: {fixed: active}
      title: null # by its values
    references:
      - {columns: [owner_id], to: users, outside: null}
      - {columns: [a, b], to: pairs, to_columns: [x, y]}
  tags:
    tenant_column: account_id
    key: generations
`
	if diff := cmp.Diff(want, string(file)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := (masking.Rules{}).YAML(masking.Comments{}); err == nil {
		t.Error("rules without a version are written")
	}
	for _, bad := range []string{"\xff", "a\xc3"} {
		r := masking.Rules{Version: 1, Tables: map[string]masking.Table{bad: {Columns: map[string]masking.Column{"c": {Mask: "fixed", Value: bad}}}}}
		if file, err := r.YAML(masking.Comments{}); err == nil {
			t.Errorf("%q is written as\n%s", bad, file)
		}
	}
}

func TestN9_HashIsOfTheContent(t *testing.T) {
	parse := func(file string) masking.Hash {
		t.Helper()
		r, err := masking.ParseRules([]byte(file))
		if err != nil {
			t.Fatal(err)
		}
		return r.Hash()
	}
	base := parse(rulesFile)
	for _, same := range [][2]string{
		{"# a mask alone", ""},
		{"first_name: first_name ", "first_name: {mask: first_name, domain: first_name}"},
		{"status: {fixed: active}", "status:\n        fixed: 'active'"},
		{", columns: {}}", "}"},
		{"        outside: refuse\n", ""},
		{"  countries: {global: true}\n", "\n\n  countries:\n    global: true\n"},
		{"key: generations", "'key': \"generations\""},
	} {
		if file := strings.Replace(rulesFile, same[0], same[1], 1); file == rulesFile || parse(file) != base {
			t.Errorf("%q for %q changes the hash, or is not there", same[1], same[0])
		}
	}
	seen := map[masking.Hash]string{base: "base"}
	for _, other := range [][2]string{
		{"fixed: active", "fixed: Active"}, {"domain: login", "domain: logins"}, {"identify nobody", "identify no one"},
		{"outside: null", "outside: pass"}, {"outside: refuse", "outside: null"}, {"to: users", "to: user"}, {"[x, y]", "[y, x]"},
		{"key: generations", "key: same"}, {"account_id", "tenant_id"}, {"tenant_column: tenant_id", "tenant_column: t"},
		{"  countries: {global: true}\n", ""}, {"audience: everybody", "audience: all"}, {", compact: true", ""}, {"title: null", "title2: null"},
		{"note: {mask: \"null\"}", "note: redact"}, {"countries: {global: true}", "countries: {}"},
	} {
		file := strings.Replace(rulesFile, other[0], other[1], 1)
		h := parse(file)
		if was, ok := seen[h]; ok {
			t.Errorf("%q for %q gives the hash of %s", other[1], other[0], was)
		}
		seen[h] = other[1]
	}
	if len(base.String()) != 64 {
		t.Errorf("the hash is written %s", base)
	}
}
