package masking_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/masking"
)

type address struct {
	Street string  `db:"street" mask:"street"`
	Zip    *string `db:"zip" mask:"postcode"`
}

type person struct {
	ID    int64
	Email string `db:"email" mask:"{mask: email, domain: login}"`
	First string `mask:"{mask: person, part: first_name, subject: [id]}"`
	Born  string `db:"born,omitempty" mask:"{mask: date_shift, days: 30, subject: id}"`
	Kind  string `db:"kind" mask:"{pass: one of three kinds}"`
	Token []byte `db:"token" mask:"{secret: blank}"`
	Value string `db:"value" mask:"{when: {column: kind, equals: email, then: email}, else: redact}"`
	Notes string `db:"notes" mask:"{mask: json, paths: {a.b: first_name}, rest: drop}"`
	Gone  string `db:"gone" mask:"null"`
	Other string `db:"-"`
	address
	hidden int
}

// The same rules as struct tags, as a Go value and as YAML.
func TestN9_ThreeWaysToWriteTheSameRules(t *testing.T) {
	_ = person{}.hidden
	tags, err := masking.FromStructs("tenant_id", map[string]any{"persons": person{}, "addresses": &address{}})
	if err != nil {
		t.Fatal(err)
	}
	street, zip := masking.Column{Mask: "street"}, masking.Column{Mask: "postcode"}
	value := masking.Rules{Version: 1, TenantColumn: "tenant_id", Tables: map[string]masking.Table{
		"addresses": {Columns: map[string]masking.Column{"street": street, "zip": zip}},
		"persons": {Columns: map[string]masking.Column{
			"email": {Mask: "email", Domain: "login"}, "first": {Mask: "person", Part: masking.PartFirstName, Subject: []string{"id"}},
			"born": {Mask: "date_shift", Days: 30, Subject: []string{"id"}}, "kind": {Mask: "pass", Reason: "one of three kinds"},
			"token": {Mask: masking.Withhold, Withheld: masking.WithheldBlank}, "street": street, "zip": zip, "gone": {Mask: "null"},
			"value": {Mask: masking.When, Cases: []masking.Case{{Column: "kind", In: []string{"email"}, Then: masking.Column{Mask: "email"}}}, Else: &masking.Column{Mask: "redact"}},
			"notes": {Mask: "json", Paths: map[string]masking.Column{"a.b": {Mask: "first_name"}}, Rest: masking.RestDrop},
		}},
	}}
	file, err := masking.ParseRules([]byte(`
version: 1
tenant_column: tenant_id
tables:
  addresses: {columns: {street: street, zip: {mask: postcode}}}
  persons:
    columns:
      email: {mask: email, domain: login}
      first: {mask: person, part: first_name, subject: id}
      born: {mask: date_shift, subject: [id], days: 30, malformed: refuse}
      kind: {pass: one of three kinds}
      token: {secret: blank}
      street: street
      zip: postcode
      gone: null
      value:
        when:
          - column: kind
            in: [email]
            then: {mask: email}
        else: redact
      notes:
        mask: json
        rest: drop
        paths:
          a.b: first_name
`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(value, tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	if value.Hash() != tags.Hash() || value.Hash() != file.Hash() {
		t.Error("the three have different hashes")
	}
	seen := map[masking.Hash]bool{}
	for _, change := range []func(*masking.Column){
		func(c *masking.Column) {}, func(c *masking.Column) { c.Mask = "x" }, func(c *masking.Column) { c.Withheld = "keep" }, func(c *masking.Column) { c.Part = "email" },
		func(c *masking.Column) { c.Subject = []string{"a"} }, func(c *masking.Column) { c.Subject = []string{"a", "b"} }, func(c *masking.Column) { c.Days = 1 }, func(c *masking.Column) { c.Percent = 1 },
		func(c *masking.Column) { c.Alphabet = "01" }, func(c *masking.Column) { c.Name = "n" }, func(c *masking.Column) { c.URLPath = "keep" }, func(c *masking.Column) { c.URLQuery = "keep" },
		func(c *masking.Column) { c.Paths = map[string]masking.Column{"a": {}} }, func(c *masking.Column) { c.Paths = map[string]masking.Column{"b": {}} }, func(c *masking.Column) { c.Rest = "drop" },
		func(c *masking.Column) { c.Malformed = "null" }, func(c *masking.Column) { c.Element = &masking.Column{} }, func(c *masking.Column) { c.Else = &masking.Column{} },
		func(c *masking.Column) { c.Cases = []masking.Case{{}} }, func(c *masking.Column) { c.Cases = []masking.Case{{Null: true}} }, func(c *masking.Column) { c.Cases = []masking.Case{{In: []string{"a"}}} },
		func(c *masking.Column) { c.Cases = []masking.Case{{Column: "a"}} }, func(c *masking.Column) { c.Cases = []masking.Case{{Then: masking.Column{Mask: "y"}}} }, func(c *masking.Column) { c.Compact = true },
	} {
		var c masking.Column
		change(&c)
		h := masking.Rules{Version: 1, Tables: map[string]masking.Table{"t": {Columns: map[string]masking.Column{"c": c}}}}.Hash()
		if seen[h] || c.Equal(masking.Column{}) != (len(seen) == 0) {
			t.Errorf("%+v has the hash of another rule", c)
		}
		seen[h] = true
	}
}

func TestN3_MistakesInTagsAtOnce(t *testing.T) {
	type bad struct {
		A string `db:"a" mask:"emial"`
		B string `db:"b" mask:"{pass: ok}"`
		C string `db:"c" mask:"{mask: ["`
		D string `db:"a"`
		E string `db:"-" mask:"email"`
		F string `db:"f" mask:"{mask: date_shift, days: 0, subject: [id]}"`
		G string `db:"g" mask:"{fixed: &x canary}"`
		H string `db:"h" mask:""`
		I string `db:"i" mask:"person"`
	}
	_, err := masking.FromStructs("", map[string]any{"t": bad{}, "u": 7, "v": nil, "w": []person{}})
	var problems masking.Problems
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	text := err.Error()
	for _, part := range []string{"t.a: field A: unknown mask emial; did you mean email?", "t.b: pass without a reason", "t.c: the mask tag of field C is no rule", "t.a: fields A and D are the same column",
		"t: field E has a mask tag", "t.f: field F: the number is out of range", "t.g: field G: an anchor", "t.h: the mask tag of field H is no rule", "t.i: person without part", "t.i: person without subject",
		"u: its model is no struct", "v: its model is no struct", "w: its model is no struct"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in\n%s", part, text)
		}
	}
	if strings.Contains(text, "canary") || slices.ContainsFunc(problems, func(p masking.Problem) bool { return p.Remedy == "" || p.Line != 0 }) {
		t.Errorf("a value is shown, a remedy missing, or a line named:\n%s", text)
	}
}
