package masking_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// profileRule is written as in a rules file.
const profileRule = `
      profile:
        mask: json
        paths:
          name: redact
          "contacts[*].email": email
          "contacts[*].kind": {pass: one of three kinds}
          "$.age": {mask: number, percent: 10}
          "tags": {pass: chosen from a list}
          "gone": null
          "level": {fixed: 7}
          "flags.*": {pass: switches}
          "born": {mask: date_shift, days: 30, subject: [id]}
`

func profiles(t testing.TB, typ schema.Type, change func(*masking.Column)) func(string) (string, error) {
	s := newStand(t, column("id", schema.Integer), column("profile", typ))
	rule := parseColumn(t, profileRule)
	if change != nil {
		change(&rule)
	}
	m := s.compile("profile", rule)
	return func(document string) (string, error) {
		row := s.row("1", document)
		out, form, err := m.Append([]byte("before"), row.Cell(1), row)
		if form == schema.Null && err == nil {
			return null, nil
		}
		return strings.TrimPrefix(string(out), "before"), err
	}
}

func TestA7_JSONByPath(t *testing.T) {
	refuse := profiles(t, schema.JSON, nil)
	email := compile(t, masking.Column{Mask: "email"}, 1, "target")
	for document, want := range map[string]string{
		`{"name": "Ann Lee", "tags": ["a", {"b": 1}], "gone": {"x": [1]}}`: `{"name": "xxx xxx", "tags": ["a", {"b": 1}], "gone": null}`,
		`{"contacts":[{"email":"a@b.c","kind":"home"},{"email":null}]}`:    `{"contacts":[{"email":"` + apply(email, "a@b.c") + `","kind":"home"},{"email":null}]}`,
		`{"level": 3, "flags": {"on": true, "off": false}}`:                `{"level": 7, "flags": {"on": true, "off": false}}`,
		`{"tags": "\u0041\/"}`:                   `{"tags": "\u0041\/"}`,
		`{"level": "high"}`:                      `{"level": "7"}`,
		"{ \"n\\u0061me\"\t:\n\"\\\"\\u00e9\" }": "{ \"n\\u0061me\"\t:\n\"xx\" }",
		`{"name": 12.5, "gone": 1}`:              `{"name": "xxxx", "gone": null}`,
		`{"name": "", "age": 0}`:                 `{"name": "", "age": 0}`,
		`{}`:                                     `{}`,
		` [] `:                                   ` [] `,
		`null`:                                   `null`,
	} {
		if got, err := refuse(document); err != nil || got != want {
			t.Errorf("%s becomes %s, %v; want %s", document, got, err, want)
		}
	}
	got, err := refuse(`{"age": 1000, "born": "2000-02-29"}`)
	var values struct {
		Age  int
		Born string
	}
	if err != nil || json.Unmarshal([]byte(got), &values) != nil || values.Age < 900 || values.Age > 1100 || values.Age == 1000 || values.Born == "2000-02-29" || len(values.Born) != 10 {
		t.Errorf("%s, %v", got, err)
	}
}

func TestN3_PartsOfADocumentThatNobodyClassified(t *testing.T) {
	const document = `{"canary": "canary", "name": "Ann", "contacts": [{"phone": "canary", "email": "a@b.c", "n": 5, "ok": true, "none": null}], "ann@canary": 1, "nested": {"canary": ["canary"]}, "tags": [1]}`
	refuse := profiles(t, schema.JSON, nil)
	if got, err := refuse(document); !errors.Is(err, masking.ErrRefused) || strings.Contains(err.Error(), "canary") || got != "" {
		t.Errorf("%q, %v", got, err)
	}
	for rest, want := range map[masking.Rest]string{
		masking.RestDrop:   `{"name": "xxx", "contacts": [{"email": "@"}], "tags": [1]}`,
		masking.RestRedact: `{"canary": "xxxxxx", "name": "xxx", "contacts": [{"phone": "xxxxxx", "email": "@", "n": 0, "ok": false, "none": null}], "nested": {"canary": ["xxxxxx"]}, "tags": [1]}`,
	} {
		got, err := profiles(t, schema.JSON, func(c *masking.Column) { c.Rest = rest })(document)
		email := apply(compile(t, masking.Column{Mask: "email"}, 1, "target"), "a@b.c")
		if got = strings.Replace(got, email, "@", 1); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", rest, got, err, want)
		}
	}
	for rest, want := range map[masking.Rest]string{masking.RestDrop: "null", masking.RestRedact: `"xxxxxx"`} {
		if got, err := profiles(t, schema.JSON, func(c *masking.Column) { c.Rest = rest })(`"canary"`); err != nil || got != want {
			t.Errorf("%s of a document that is a text: %s, %v", rest, got, err)
		}
	}
}

func TestA7_DocumentsThatCannotBeRead(t *testing.T) {
	bad := []string{"canary", "{", `{"a":1}}`, "\xff", `{"a":'x'}`, strings.Repeat("[", 101) + strings.Repeat("]", 101), strings.Repeat("[", 20000) + strings.Repeat("]", 20000),
		`"` + strings.Repeat("x", masking.MaxDocumentBytes) + `"`}
	for malformed, want := range map[masking.Malformed]string{masking.MalformedNull: null, masking.MalformedRedact: "x"} {
		of := profiles(t, schema.Text, func(c *masking.Column) { c.Malformed, c.Rest = malformed, masking.RestRedact })
		for _, document := range bad {
			if got, err := of(document); err != nil || got != null && strings.Trim(got, want) != "" || (got == null) != (want == null) {
				t.Errorf("%s: %.40q becomes %.40q, %v", malformed, document, got, err)
			}
		}
	}
	of := profiles(t, schema.Text, nil)
	for _, document := range bad {
		if got, err := of(document); !errors.Is(err, masking.ErrRefused) || got != "" || strings.Contains(err.Error(), "canary") {
			t.Errorf("%.40q becomes %.40q, %v", document, got, err)
		}
	}
	// A fake that is too long for the column.
	s := newStand(t, schema.Column{Name: "c", Type: schema.Text, Size: 30, Nullable: true})
	rule := masking.Column{Mask: "json", Paths: map[string]masking.Column{"e": {Mask: "email"}}, Malformed: masking.MalformedNull}
	if got := s.mask("c", s.compile("c", rule), s.row(`{"e":"a@b.c"}`)); got != null {
		t.Errorf("a document that is too long becomes %s", got)
	}
}

// Whatever the document holds, the fake is JSON of the same shape and holds nothing of what no path names.
func TestN2_DocumentsLeakNothing(t *testing.T) {
	of := map[masking.Rest]func(string) (string, error){}
	for _, rest := range []masking.Rest{masking.RestRedact, masking.RestDrop} {
		of[rest] = profiles(t, schema.JSON, func(c *masking.Column) { c.Rest = rest; delete(c.Paths, "tags"); delete(c.Paths, "flags.*") })
	}
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		scalar := rapid.Custom(func(t *rapid.T) any {
			return rapid.SampledFrom([]any{"canary", "canary\n\"é山", 424242.0, true, nil, ""}).Draw(t, "scalar")
		})
		if depth == 0 {
			return scalar
		}
		return rapid.Custom(func(t *rapid.T) any {
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				return rapid.MapOfN(rapid.SampledFrom([]string{"name", "contacts", "email", "kindly", "x", "a canary", "age", "gone"}), value(depth-1), 0, 5).Draw(t, "object")
			case 1:
				return rapid.SliceOfN(value(depth-1), 0, 4).Draw(t, "list")
			}
			return scalar.Draw(t, "value")
		})
	}
	rapid.Check(t, func(rt *rapid.T) {
		document, err := json.MarshalIndent(value(4).Draw(rt, "document"), "", rapid.SampledFrom([]string{"", " ", "\t"}).Draw(rt, "indent"))
		if err != nil {
			rt.Fatal(err)
		}
		for rest, mask := range of {
			got, err := mask(string(document))
			switch {
			case errors.Is(err, masking.ErrRefused): // age or born is a text that cannot be read
			case err != nil:
				rt.Fatal(err)
			case !json.Valid([]byte(got)) || strings.Contains(got, "canary") || strings.Contains(got, "424242"):
				rt.Fatalf("%s: %s becomes %s", rest, document, got)
			}
		}
	})
}

const personXML = `
      profile:
        mask: xml
        paths:
          person.name: redact
          person.@id: {mask: token, alphabet: "0123456789"}
          person.mail.address: email
          person.kind: {pass: one of three kinds}
          "*.ns:phone": phone
`

func TestA7_XMLByPath(t *testing.T) {
	of := func(rest masking.Rest) func(string) (string, error) {
		s := newStand(t, column("profile", schema.Text))
		rule := parseColumn(t, personXML)
		rule.Rest = rest
		m := s.compile("profile", rule)
		return func(document string) (string, error) {
			out, _, err := m.Append(nil, schema.Cell{Bytes: []byte(document), Form: schema.Regular}, s.row(document))
			return string(out), err
		}
	}
	id := apply(compileOn(t, masking.Column{Mask: "token", Alphabet: "0123456789"}, schema.Text), "42")
	email := apply(compile(t, masking.Column{Mask: "email"}, 1, "target"), "a&b@c.d")
	phone := apply(compile(t, masking.Column{Mask: "phone"}, 1, "target"), "1")
	refuse, redact, drop := of(masking.RestRefuse), of(masking.RestRedact), of(masking.RestDrop)
	for document, want := range map[string]string{
		`<?xml version="1.0" encoding="ISO-8859-1"?>` + "\n<person id='42'>\n <name> Ann Lee </name>\n</person>\n": `<?xml version="1.0" encoding="ISO-8859-1"?>` + "\n<person id=\"" + id + "\">\n <name> xxx xxx </name>\n</person>\n",
		`<person><mail><address>a&amp;b@c.d</address></mail><!-- canary --><?canary canary?></person>`:             `<person><mail><address>` + email + `</address></mail></person>`,
		`<person><kind a:b="x" xmlns:a="u"><b>&lt;</b></kind><name/></person>`:                                     `<person><kind a:b="x" xmlns:a="u"><b>&lt;</b></kind><name/></person>`,
		`<x xmlns="u"><ns:phone>1</ns:phone></x>`:                                                                  `<x xmlns="u"><ns:phone>` + phone + `</ns:phone></x>`,
		`<person><name><![CDATA[<Ann>]]></name></person>`:                                                          `<person><name>xxxxx</name></person>`,
	} {
		if got, err := refuse(document); err != nil || got != want {
			t.Errorf("%s becomes %s, %v; want %s", document, got, err, want)
		}
	}
	const document = `<person id="42" ssn="canary"><name>Ann<b>canary</b></name>canary<x>canary<y z="canary"/></x><kind>k</kind></person>`
	if got, err := refuse(document); !errors.Is(err, masking.ErrRefused) || strings.Contains(err.Error(), "canary") || got != "" {
		t.Errorf("%s, %v", got, err)
	}
	if got, err := redact(document); err != nil || got != `<person id="`+id+`" ssn="xxxxxx"><name>xxx<b>xxxxxx</b></name>xxxxxx<x>xxxxxx<y z="xxxxxx"/></x><kind>k</kind></person>` {
		t.Errorf("redact: %s, %v", got, err)
	}
	if got, err := drop(document); err != nil || got != `<person id="`+id+`"><name>xxx</name><kind>k</kind></person>` {
		t.Errorf("drop: %s, %v", got, err)
	}
	for _, bad := range []string{"canary", "<a>", "<a></b>", "<a/><b/>", "<a/>x", `<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>`, "<a>&e;</a>", "<a b=c/>", "\xff<a/>",
		strings.Repeat("<a>", 101) + strings.Repeat("</a>", 101), `<!DOCTYPE a><a/>`, "</a>", "<?xml version='1.0'?>"} {
		if got, err := redact(bad); !errors.Is(err, masking.ErrRefused) || got != "" {
			t.Errorf("%.60s becomes %.60s, %v", bad, got, err)
		}
	}
}

func wellFormed(document string) bool {
	d := xml.NewDecoder(strings.NewReader(document))
	for {
		if _, err := d.Token(); err != nil {
			return err == io.EOF
		}
	}
}
