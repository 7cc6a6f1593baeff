package masking_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/retenant/retenant/masking"
)

// Whatever the bytes are: rules that can be written and read again, or problems with a remedy each, one to a line.
func FuzzParseRules(f *testing.F) {
	for _, seed := range []string{rulesFile, "", "version: 1", "version: 1\ntables: {t: {columns: {c: {fixed: x}}}}", "&a [*a]", "? a\n: b", "--- 1\n...\n---",
		"version: 1\ntables: {t: {columns: {c: {mask: null}, d: {pass: \"\\u2028abc\"}}}}", "%YAML 1.1\n---\nversion: 1", "\xff\xfev\x00", "a: !!x b",
		"version: 1\ntables:\n  t:\n    references: [{columns: [a], to: b, outside: ~}]", "{{{{", "- - - -", "version: 01", "<<: {version: 1}", "version: 1\n\"\\0\": x"} {
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
