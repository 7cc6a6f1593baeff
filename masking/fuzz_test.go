package masking_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// Whatever the bytes are: rules that can be written and read again, or problems with a remedy each, one to a line.
func FuzzParseRules(f *testing.F) {
	for _, seed := range []string{rulesFile, "", "version: 1", "version: 1\ntables: {t: {columns: {c: {fixed: x}}}}", "&a [*a]", "? a\n: b", "--- 1\n...\n---",
		"version: 1\ntables: {t: {columns: {c: {mask: null}, d: {pass: \"\\u2028abc\"}}}}", "%YAML 1.1\n---\nversion: 1", "\xff\xfev\x00", "a: !!x b",
		"version: 1\ntables:\n  t:\n    references: [{columns: [a], to: b, outside: ~}]", "{{{{", "- - - -", "version: 01", "<<: {version: 1}", "version: 1\n\"\\0\": x",
		"version: 1\ntables: {t: {columns: {c: {when: {column: k, equals: null, then: redact}, else: {mask: array, element: digits}}}}}",
		"version: 1\ntables: {t: {columns: {c: {mask: json, rest: drop, paths: {\"a.\\\"b\\\"[*].*\": {mask: person, part: email, subject: [id]}, $: null}}}}}",
		"version: 1\ntables: {t: {columns: {c: {secret: keep}, d: {mask: url, path: drop}, e: {mask: token, alphabet: 01}, f: {mask: number, percent: 0x5}}}}",
		"version: 1\ntables: {t: {columns: {c: {mask: date_shift, days: 1_0, subject: id, malformed: null}, d: {mask: fake, name: color}, e: {mask: custom, name: x}}}}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rules, err := masking.ParseRules(data)
		if err == nil {
			if _, err := rules.YAML(masking.Comments{}); err != nil {
				t.Fatalf("rules that were read cannot be written: %v", err)
			}
			return
		}
		var problems masking.Problems
		if !errors.As(err, &problems) || len(problems) == 0 {
			t.Fatalf("an error that is no problems: %v", err)
		}
		for _, p := range problems {
			if p.Message == "" || p.Remedy == "" || strings.ContainsAny(p.String(), "\n\r") {
				t.Fatalf("a problem without message or remedy, or on two lines: %q", p.String())
			}
		}
	})
}

// FuzzDocuments holds masks of structured values to what they promise of any input: a well-formed fake without the canary, or a refusal.
func FuzzDocuments(f *testing.F) {
	for _, seed := range []string{`{"name": "canary", "contacts": [{"email": "canary"}]}`, `[1, 2.5e3, "canary", null, true]`, `{"a":{"b":[{}]},"a":1}`, `"\ud83d\ude00\u0000"`,
		`<person id="1"><name>canary</name><![CDATA[canary]]><!--c--></person>`, `<a xmlns:b="c"><b:d/></a>`, `<a b="&quot;&#10;"/>`, `{canary,"ca\"nary",NULL,{}}`, `[1:2]={a,b}`, "{}", "\xff"} {
		f.Add([]byte(seed))
	}
	rest := func(c *masking.Column) {
		c.Rest = masking.RestRedact
		for _, path := range []string{"tags", "flags.*", "contacts[*].kind", "person.kind"} {
			delete(c.Paths, path)
		}
	}
	jsonMask := profiles(f, schema.JSON, rest)
	s := newStand(f, column("profile", schema.Text))
	xmlRule := parseColumn(f, personXML)
	rest(&xmlRule)
	xmlMask := s.compile("profile", xmlRule)
	arrayRule := masking.Column{Mask: "array", Element: &masking.Column{Mask: "redact"}}
	arrayMask, err := arrayRule.Compile(testSecret(f, 1), "target", schema.Column{Type: schema.Other, Declared: "text[]"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := jsonMask(string(data)); err == nil && len(data) > 0 && !json.Valid([]byte(got)) {
			t.Fatalf("JSON %q becomes %q", data, got)
		}
		cell := schema.Cell{Bytes: data, Form: schema.Regular}
		out, _, err := xmlMask.Append(nil, cell, s.row(""))
		if err == nil && len(data) > 0 && (!utf8.Valid(out) || wellFormed(string(data)) && !wellFormed(string(out))) {
			t.Fatalf("XML %q becomes %q", data, out)
		}
		if out, _, err := arrayMask.Append(nil, cell, schema.Row{}); err == nil && len(data) > 0 {
			again, _, err := arrayMask.Append(nil, schema.Cell{Bytes: out, Form: schema.Regular}, schema.Row{})
			if err != nil || string(again) != string(out) {
				t.Fatalf("array %q becomes %q, then %q, %v", data, out, again, err)
			}
		}
	})
}
