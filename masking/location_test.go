package masking_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

func TestA7_PostcodesKeepTheirForm(t *testing.T) {
	m := compile(t, masking.Column{Mask: "postcode"}, 1, "target")
	rapid.Check(t, func(rt *rapid.T) {
		value := rapid.OneOf(rapid.StringMatching(`[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}|[0-9]{4,6}|[0-9]{5}-[0-9]{4}|[A-Z]-?[0-9]{4}`), rapid.StringN(1, 12, -1)).Draw(rt, "value")
		in, out := []rune(value), []rune(apply(m, value))
		if len(in) != len(out) {
			rt.Fatalf("%q becomes %q", value, string(out))
		}
		for i, r := range in {
			class := `^[a-z]$`
			switch {
			case r >= '0' && r <= '9':
				class = `^[0-9]$`
			case r >= 'A' && r <= 'Z':
				class = `^[A-Z]$`
			case r >= ' ' && r <= '~' && (r < 'a' || r > 'z'):
				class = "^" + regexp.QuoteMeta(string(r)) + "$"
			}
			if !regexp.MustCompile(class).MatchString(string(out[i])) {
				rt.Fatalf("%q becomes %q", value, string(out))
			}
		}
		if strings.ContainsAny(value, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") && string(out) == value {
			rt.Fatalf("%q stays", value)
		}
	})
}

func TestA7_PlacesAreWellFormed(t *testing.T) {
	street, city := compile(t, masking.Column{Mask: "street"}, 1, "target"), compile(t, masking.Column{Mask: "city"}, 1, "target")
	form := regexp.MustCompile(`^[1-9][0-9]{0,2} [A-Z][A-Za-z'-]+ [A-Z][A-Za-z ]+$`)
	streets, towns := map[string]bool{}, map[string]bool{}
	for i := range 5000 {
		value := strings.Repeat("x", i%50) + string(rune('a'+i%26)) + string(rune(0x4e00+i))
		s := apply(street, value)
		if !form.MatchString(s) {
			t.Fatalf("street %q", s)
		}
		streets[s], towns[apply(city, value)] = true, true
	}
	if len(streets) < 4900 || len(towns) < 50 {
		t.Errorf("%d streets and %d cities", len(streets), len(towns))
	}
}

func TestA7_URLsKeepTheirShape(t *testing.T) {
	of := func(c masking.Column) func(string) string {
		c.Mask = "url"
		m := compile(t, c, 1, "target")
		return func(v string) string { return apply(m, v) }
	}
	host := compile(t, masking.Column{Mask: "host"}, 1, "target")
	fake := func(h string) string { return apply(host, h) }
	masked, dropped, kept := of(masking.Column{}), of(masking.Column{URLPath: masking.URLDrop, URLQuery: masking.URLDrop}), of(masking.Column{URLPath: masking.URLKeep, URLQuery: masking.URLKeep})
	for value, want := range map[string][3]string{
		"https://crm.example.com/":                   {"https://" + fake("crm.example.com") + "/", "https://" + fake("crm.example.com"), "https://" + fake("crm.example.com") + "/"},
		"http://ann:canary@crm.example.com:8080/a":   {"http://" + fake("crm.example.com") + `:8080/[a-z]`, "http://" + fake("crm.example.com") + ":8080", "http://" + fake("crm.example.com") + ":8080/a"},
		"https://x.org/Ann-Lee/42.pdf?id=77&q=x#top": {"https://" + fake("x.org") + `/[A-Z][a-z]{2}-[A-Z][a-z]{2}/[0-9]{2}\.[a-z]{3}\?id=[0-9]{2}&q=[a-z]#[a-z]{3}`, "https://" + fake("x.org"), "https://" + fake("x.org") + `/Ann-Lee/42\.pdf\?id=77&q=x#top`},
		"x.org/a":                       {fake("x.org") + "/[a-z]", fake("x.org"), fake("x.org") + "/a"},
		"localhost:3000":                {fake("localhost") + ":3000", fake("localhost") + ":3000", fake("localhost") + ":3000"},
		"//cdn.example.com/x":           {"//" + fake("cdn.example.com") + "/[a-z]", "//" + fake("cdn.example.com"), "//" + fake("cdn.example.com") + "/x"},
		"mailto:ann@example.org":        {"mailto:[0-9a-z]{13}", "mailto:[0-9a-z]{13}", "mailto:[0-9a-z]{13}"},
		"/relative/path":                {"/[a-z]{8}/[a-z]{4}", "/", "/relative/path"},
		"https://[2001:db8::1]:443/x":   {"https://" + fake("[2001:db8::1]") + ":443/[a-z]", "https://" + fake("[2001:db8::1]") + ":443", "https://" + fake("[2001:db8::1]") + ":443/x"},
		"https://x.org/?canary":         {"https://" + fake("x.org") + `/\?[a-z]{6}`, "https://" + fake("x.org"), "https://" + fake("x.org") + `/\?canary`},
		"https://x.org/a%20b?ann@x=1&y": {"https://" + fake("x.org") + `/[a-z]{2}[0-9]{2}[a-z]\?[a-z]{6}[0-9]&[a-z]`, "https://" + fake("x.org"), "https://" + fake("x.org") + `/a%20b\?ann@x=1&y`},
	} {
		for i, mask := range []func(string) string{masked, dropped, kept} {
			if got := mask(value); !regexp.MustCompile("^" + strings.ReplaceAll(want[i], ".invalid", `\.invalid`) + "$").MatchString(got) {
				t.Errorf("way %d: %s becomes %s; want %s", i, value, got, want[i])
			}
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		value := rapid.OneOf(rapid.StringMatching(`https?://([a-z]{1,9}\.){1,3}[a-z]{2,3}(:[0-9]{2,5})?(/[a-zA-Z0-9._-]{0,12}){0,5}(\?[a-z]{1,5}=[a-z0-9]{0,9})?`), rapid.StringN(1, 60, -1)).Draw(rt, "value")
		got := masked(value)
		if n := utf8.RuneCountInString(got); n > max(utf8.RuneCountInString(value), 80) || !utf8.ValidString(got) {
			rt.Fatalf("%q becomes %q, %d characters", value, got, n)
		}
		if strings.HasPrefix(value, "http") && strings.Contains(value, "://") {
			u, err := url.Parse(got)
			if err == nil && u.Hostname() != "" && !strings.HasSuffix(u.Hostname(), ".invalid") {
				rt.Fatalf("%q leads to %s", got, u.Hostname())
			}
			if want := strings.Count(value, "/"); len(got) < len(value) && err == nil && strings.Count(got, "/") != want {
				rt.Fatalf("%q becomes %q, of another depth", value, got)
			}
		}
	})
	short := column("c", schema.Text)
	short.Size = 79
	if ps := (masking.Column{Mask: "url"}).Check(short); len(ps) != 1 {
		t.Errorf("a column of 79 characters: %v", ps)
	}
}
