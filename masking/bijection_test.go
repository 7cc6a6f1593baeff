package masking_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

const tokenAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// bijections returns the masks that are declared bijective, with a type each.
func bijections() map[string]struct {
	rule masking.Column
	typ  schema.Type
} {
	type on = struct {
		rule masking.Column
		typ  schema.Type
	}
	return map[string]on{
		"digits of text": {masking.Column{Mask: "digits"}, schema.Text}, "digits of integer": {masking.Column{Mask: "digits"}, schema.Integer},
		"token of text": {masking.Column{Mask: "token", Alphabet: tokenAlphabet}, schema.Text}, "token of integer": {masking.Column{Mask: "token"}, schema.Integer},
		"token of uuid": {masking.Column{Mask: "token"}, schema.UUID},
	}
}

func compileOn(t testing.TB, c masking.Column, typ schema.Type) *masking.Mask {
	t.Helper()
	m, err := c.Compile(testSecret(t, 1), "target", column("c", typ))
	if err != nil {
		t.Fatal(err)
	}
	return &m
}

func TestD11_BijectionsOnAMillionValues(t *testing.T) {
	n := 1_000_000
	if testing.Short() {
		n = 20_000
	}
	for name, on := range bijections() {
		if traits, _ := on.rule.Traits(); traits.Uniqueness != masking.Bijective {
			t.Errorf("%s is declared %s", name, traits.Uniqueness)
		}
		m := compileOn(t, on.rule, on.typ)
		seen := make(map[string]struct{}, n)
		for i := range n {
			value := strconv.Itoa(i)
			if on.typ == schema.UUID {
				value = fmt.Sprintf("%08x-0000-4000-8000-%012x", i%1000, i)
			}
			seen[apply(m, value)] = struct{}{}
		}
		if len(seen) != n {
			t.Errorf("%s: %d values have %d fakes", name, n, len(seen))
		}
	}
}

// All texts of a length are permuted among themselves, for the shortest lengths on which all can be tried.
func TestD11_DigitsPermuteEachLength(t *testing.T) {
	m := compileOn(t, masking.Column{Mask: "digits"}, schema.Text)
	for length, count := 1, 10; length <= 4; length, count = length+1, count*10 {
		seen, kept := map[string]bool{}, 0
		for i := range count {
			value := fmt.Sprintf("%0*d", length, i)
			fake := apply(m, value)
			if len(fake) != length || strings.Trim(fake, "0123456789") != "" {
				t.Fatalf("%s becomes %s", value, fake)
			}
			if fake == value {
				kept++
			}
			seen[fake] = true
		}
		if len(seen) != count || length > 1 && kept > 8 {
			t.Errorf("length %d: %d of %d texts, %d stay", length, len(seen), count, kept)
		}
	}
}

func TestD11_IntegersStayWithinTheirWidth(t *testing.T) {
	limits := []uint64{127, 255, 32767, 65535, 8388607, 16777215, 2147483647, 4294967295, 1<<63 - 1, 1<<64 - 1}
	negatives := []uint64{128, 32768, 8388608, 1 << 31, 1 << 63}
	digits, token := compileOn(t, masking.Column{Mask: "digits"}, schema.Integer), compileOn(t, masking.Column{Mask: "token"}, schema.Integer)
	seen := map[string]bool{}
	for i := -40_000; i < 70_000; i++ {
		seen[apply(digits, strconv.Itoa(i))] = true
	}
	if len(seen) != 110_000 {
		t.Errorf("110,000 integers have %d fakes", len(seen))
	}
	rapid.Check(t, func(rt *rapid.T) {
		magnitude := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 300), rapid.SampledFrom(append(limits, negatives...))).Draw(rt, "value")
		value, sign := strconv.FormatUint(magnitude, 10), ""
		classes := limits
		if magnitude > 0 && magnitude <= 1<<63 && rapid.Bool().Draw(rt, "negative") {
			value, sign, classes = "-"+value, "-", negatives
		}
		for name, m := range map[string]*masking.Mask{"digits": digits, "token": token} {
			fake := apply(m, value)
			if !canonical(fake, column("c", schema.Integer)) || strings.HasPrefix(fake, "-") != (sign == "-") || (fake == "0") != (value == "0") {
				rt.Fatalf("%s: %s becomes %s", name, value, fake)
			}
			if name == "digits" && len(fake) != len(value) {
				rt.Fatalf("%s becomes %s, which has not as many digits", value, fake)
			}
			f, _ := strconv.ParseUint(strings.TrimPrefix(fake, "-"), 10, 64)
			for _, limit := range classes {
				if (magnitude <= limit) != (f <= limit) {
					rt.Fatalf("%s: %s becomes %s, on the other side of %d", name, value, fake, limit)
				}
			}
		}
	})
}

func TestA7_DigitsKeepSeparators(t *testing.T) {
	m := compileOn(t, masking.Column{Mask: "digits"}, schema.Text)
	rapid.Check(t, func(rt *rapid.T) {
		value := rapid.OneOf(rapid.StringOf(rapid.SampledFrom([]rune("0123456789 -/.é山K"))), rapid.Map(anyValue(), func(b []byte) string { return string(b) })).Draw(rt, "value")
		out, _, err := m.Append(nil, schema.Cell{Bytes: []byte(value), Form: schema.Regular}, schema.Row{})
		if !strings.ContainsAny(value, "0123456789") {
			if value != "" && !errors.Is(err, masking.ErrRefused) {
				rt.Fatalf("%q is not refused: %q", value, out)
			}
			return
		}
		if err != nil || len(out) != len(value) {
			rt.Fatalf("%q becomes %q, %v", value, out, err)
		}
		for i := range out {
			digit := value[i] >= '0' && value[i] <= '9'
			if digit != (out[i] >= '0' && out[i] <= '9') || !digit && out[i] != value[i] {
				rt.Fatalf("%q becomes %q", value, out)
			}
		}
	})
	// The digits count, not what stands between them.
	if a, b := apply(m, "4111 1111 1111 1111"), apply(m, "4111-1111-1111-1111"); strings.ReplaceAll(a, " ", "-") != b {
		t.Errorf("%s and %s", a, b)
	}
}

func TestA7_TokensKeepTheirAlphabet(t *testing.T) {
	m := compileOn(t, masking.Column{Mask: "token", Alphabet: tokenAlphabet}, schema.Text)
	rapid.Check(t, func(rt *rapid.T) {
		value := rapid.StringOfN(rapid.SampledFrom([]rune(tokenAlphabet+" -_.")), 1, 150, -1).Draw(rt, "value")
		fake := apply(m, value)
		if len(fake) != len(value) {
			rt.Fatalf("%q becomes %q", value, fake)
		}
		for i := range fake {
			separator := strings.IndexByte(tokenAlphabet, value[i]) < 0
			if separator && fake[i] != value[i] || !separator && strings.IndexByte(tokenAlphabet, fake[i]) < 0 {
				rt.Fatalf("%q becomes %q", value, fake)
			}
		}
	})
	for _, bad := range []string{"abc", "I", "Ä", "\xff", "AB\nCD"} {
		if _, _, err := m.Append(nil, schema.Cell{Bytes: []byte(bad), Form: schema.Regular}, schema.Row{}); !errors.Is(err, masking.ErrRefused) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	// Every text of two symbols has its own fake, and of 33 too, where each half takes more than two draws.
	for _, alphabet := range []string{"01", "abc", tokenAlphabet} {
		m := compileOn(t, masking.Column{Mask: "token", Alphabet: alphabet}, schema.Text)
		seen := map[string]bool{}
		for _, a := range alphabet {
			seen[apply(m, string(a))] = true
			for _, b := range alphabet {
				seen[apply(m, string(a)+string(b))] = true
				seen[apply(m, strings.Repeat(string(a), 16)+string(b)+strings.Repeat(string(a), 16))] = true
			}
		}
		if n := len(alphabet); len(seen) != n+2*n*n {
			t.Errorf("%s: %d texts have %d fakes", alphabet, n+2*n*n, len(seen))
		}
	}
}

func TestA7_UUIDTokensKeepVersionAndVariant(t *testing.T) {
	m := compileOn(t, masking.Column{Mask: "token"}, schema.UUID)
	rapid.Check(t, func(rt *rapid.T) {
		value := rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`).Draw(rt, "uuid")
		fake := apply(m, value)
		variant := func(s string) int { n, _ := strconv.ParseInt(s[19:20], 16, 0); return int(n) >> 2 }
		if !canonical(fake, column("c", schema.UUID)) || fake[14] != value[14] || variant(fake) != variant(value) {
			rt.Fatalf("%s becomes %s", value, fake)
		}
	})
	for _, kept := range []string{"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"} {
		if got := apply(m, kept); got != kept {
			t.Errorf("%s becomes %s", kept, got)
		}
	}
	// Each single bit that may change does reach the fake: neighbors of one UUID have fakes of their own.
	seen := map[string]bool{}
	for i := range 32 {
		for bit := range 4 {
			raw := []byte("6ba7b8109dad41d180b400c04fd430c8")
			digit, _ := strconv.ParseUint(string(raw[i]), 16, 8)
			raw[i] = strconv.FormatUint(digit^1<<bit, 16)[0]
			seen[apply(m, fmt.Sprintf("%s-%s-%s-%s-%s", raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:]))] = true
		}
	}
	if len(seen) != 128 {
		t.Errorf("128 neighbors have %d fakes", len(seen))
	}
	for _, bad := range []string{"canary", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "6ba7b810-9dad-11d1-80b4-00c04fd430cg", "6ba7b8109dad11d180b400c04fd430c8"} {
		if _, _, err := m.Append(nil, schema.Cell{Bytes: []byte(bad), Form: schema.Regular}, schema.Row{}); !errors.Is(err, masking.ErrRefused) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestD11_HostsAndPersonsKeepAMillionApart(t *testing.T) {
	if testing.Short() {
		t.Skip("a million values")
	}
	s := newStand(t, persons...)
	login := s.compile("login", masking.Column{Mask: "person", Part: masking.PartLogin, Subject: []string{"id"}, Compact: true})
	host := compile(t, masking.Column{Mask: "host"}, 1, "target")
	hosts, logins := make(map[string]struct{}, 1_000_000), make(map[string]struct{}, 1_000_000)
	for i := range 1_000_000 {
		n := strconv.Itoa(i)
		hosts[apply(host, n+".example.org")] = struct{}{}
		logins[s.mask("login", login, s.row(n, "", "", "", "x", "", null, null))] = struct{}{}
	}
	if len(hosts) != 1_000_000 || len(logins) != 1_000_000 {
		t.Errorf("a million values have %d hosts and %d logins", len(hosts), len(logins))
	}
}
