package masking_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// Two secrets, two audiences and two domains share no fake, where the space is too large for chance.
func TestN1_RulesOfTwoAudiencesShareNothing(t *testing.T) {
	id := []string{"id"}
	for _, c := range []struct {
		rule masking.Column
		typ  schema.Type
		form string
	}{
		{masking.Column{Mask: "host"}, schema.Text, "h%016d"},
		{masking.Column{Mask: "url"}, schema.Text, "https://h%016d/abcdefghij"},
		{masking.Column{Mask: "digits"}, schema.Text, "%016d"},
		{masking.Column{Mask: "digits"}, schema.Integer, "1%016d"},
		{masking.Column{Mask: "token"}, schema.Integer, "1%016d"},
		{masking.Column{Mask: "token", Alphabet: tokenAlphabet}, schema.Text, "ABCD%016d"},
		{masking.Column{Mask: "token"}, schema.UUID, "00000000-0000-4000-8000-%012d"},
		{masking.Column{Mask: "person", Part: masking.PartLogin, Subject: id}, schema.Text, "x%d"},
		{masking.Column{Mask: "number", Percent: 100}, schema.Decimal, "1%016d.5"},
		{masking.Column{Mask: "postcode"}, schema.Text, "AB %016d"},
	} {
		seen := map[string]string{}
		for _, variant := range []struct {
			seed             byte
			audience, domain string
		}{{1, "a", ""}, {2, "a", ""}, {1, "b", ""}, {1, "a", "d"}} {
			s := newStand(t, column("id", schema.Integer), column("c", c.typ))
			s.binding = masking.Binding{Secret: testSecret(t, variant.seed), Audience: variant.audience}
			c.rule.Domain = variant.domain
			m := s.compile("c", c.rule)
			for i := range 500 {
				fake := s.mask("c", m, s.row(strconv.Itoa(i), fmt.Sprintf(c.form, i)))
				if other, found := seen[fake]; found {
					t.Fatalf("%s on %s: %v and %s share %s", c.rule.Mask, c.typ, variant, other, fake)
				}
				seen[fake] = fmt.Sprint(variant)
			}
		}
	}
}

// The same value has the same fake in every table, whatever the size of the column and the other columns are.
func TestN1_DomainsSpanTables(t *testing.T) {
	one := newStand(t, column("id", schema.Integer), column("site", schema.Text))
	sized := column("homepage", schema.Text)
	sized.Size = 90
	two := newStand(t, sized)
	rule := masking.Column{Mask: "url", Domain: "sites"}
	a, b := one.compile("site", rule), two.compile("homepage", rule)
	host := two.compile("homepage", masking.Column{Mask: "host", Domain: "sites"})
	for i := range 200 {
		name := fmt.Sprintf("h%d.example.org", i)
		url := "https://" + name + "/x"
		fake := one.mask("site", a, one.row("1", url))
		if fake != two.mask("homepage", b, two.row(url)) || fake[:len("https://")+22] != "https://"+two.mask("homepage", host, two.row(name)) {
			t.Fatalf("%s becomes %s in one table, and something else in another", url, fake)
		}
	}
}
