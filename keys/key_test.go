package keys_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/retenant/retenant/keys"
)

func TestC13_KeyIsUnambiguous(t *testing.T) {
	text := rapid.OneOf(rapid.SampledFrom([]string{"", "7", "07", "(", ")", ",", `"`, "a,b", "\x00", "\x00\x01a", "\xff", "�"}), rapid.StringOfN(rapid.RuneFrom([]rune("a,\"\\()\x00\x01é")), 0, 4, -1))
	columns := rapid.SliceOfN(text, 1, 3)
	rapid.Check(t, func(t *rapid.T) {
		a, b := columns.Draw(t, "a"), columns.Draw(t, "b")
		x, y := keys.Compose(a...), keys.Compose(b...)
		same := slices.Equal(a, b)
		if !slices.Equal(x.Columns(), a) {
			t.Fatalf("Columns = %q, want %q", x.Columns(), a)
		}
		if (x == y) != same || (x.String() == y.String()) != same || (x.Compare(y) == 0) != same {
			t.Fatalf("%q and %q: == %t, %s and %s, Compare %d", a, b, x == y, x, y, x.Compare(y))
		}
		if x.Compare(y) != -y.Compare(x) {
			t.Fatalf("%v and %v: the order depends on the side", x, y)
		}
	})
}

func TestC13_KeyString(t *testing.T) {
	for want, k := range map[string]keys.Key{
		"7":                                    "7",
		"-7":                                   keys.Compose("-7"),
		`(7,"a,b")`:                            keys.Compose("7", "a,b"),
		`"(7,8)"`:                              "(7,8)",
		"(7,8)":                                keys.Compose("7", "8"),
		`""`:                                   "",
		`(7,"")`:                               keys.Compose("7", ""),
		"f81d4fae-7dec-11d0-a765-00a0c91e6bf6": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
		`"M\u00fcller"`:                        "Müller",
	} {
		if got := k.String(); got != want {
			t.Errorf("String = %s, want %s", got, want)
		}
	}
	if keys.Compose() != keys.Compose("") {
		t.Error("a key without columns is not the empty text")
	}
}

func TestC13_KeyOrder(t *testing.T) {
	want := []keys.Key{"-12", "-7", "0", "7", keys.Compose("7", "2"), keys.Compose("7", "10"), keys.Compose("7", "a"), "12", "", "007", "a", "b"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, keys.Key.Compare)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Text that nobody composed is still a key of one column.
func TestC13_KeyFromForeignText(t *testing.T) {
	for _, text := range []string{"\x00", "\x00\x05abc", "\x00\x80", "\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"} {
		if diff := cmp.Diff([]string{text}, keys.Key(text).Columns()); diff != "" {
			t.Error(diff)
		}
	}
}
