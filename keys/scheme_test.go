package keys_test

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/retenant/retenant/keys"
)

// checkMapping holds m to what Mapping promises, for originals that are distinct: injective, invertible, stable, dst stays
// before what is appended, whether or not the original lies in the room behind it.
func checkMapping(t *rapid.T, m keys.Mapping, originals []string) map[string]string {
	t.Helper()
	copies, owner := map[string]string{}, map[string]string{}
	for _, original := range originals {
		got, ok := m.Map([]byte("before"), []byte(original))
		if !bytes.HasPrefix(got, []byte("before")) || !ok && len(got) != len("before") {
			t.Fatalf("Map(%q) gives %q, %t: not appended", original, got, ok)
		}
		room := append(make([]byte, 0, 2*len(original)+50), original...)
		if again, ok2 := m.Map(room[:0], room); ok != ok2 || ok && string(again) != string(got[len("before"):]) {
			t.Fatalf("Map(%q) gives %q, and %q, %t in the room behind dst", original, got, again, ok2)
		}
		if !ok {
			continue
		}
		copy := string(got[len("before"):])
		if other, taken := owner[copy]; taken && other != original {
			t.Fatalf("%q and %q share the copy %q", other, original, copy)
		}
		owner[copy], copies[original] = original, copy
		if back, ok := m.Invert([]byte("before"), []byte(copy)); !ok || string(back) != "before"+original {
			t.Fatalf("%q maps to %q and back to %q, %t", original, copy, back, ok)
		}
		room = append(make([]byte, 0, 2*len(copy)+50), copy...)
		if back, ok := m.Invert(room[:0], room); !ok || string(back) != original {
			t.Fatalf("%q inverts to %q, %t in the room behind dst", copy, back, ok)
		}
	}
	for _, text := range originals { // what has an original is its copy
		if back, ok := m.Invert(nil, []byte(text)); ok {
			if there, ok := m.Map(nil, back); !ok || string(there) != text {
				t.Fatalf("%q inverts to %q, which maps to %q, %t", text, back, there, ok)
			}
		}
	}
	return copies
}

func checkAllocs(t *testing.T, m keys.Mapping, original string) {
	t.Helper()
	text := []byte(original)
	copy, ok := m.Map(nil, text)
	if !ok {
		t.Fatalf("%s refuses %q", m.Scheme(), original)
	}
	room := make([]byte, 0, 128)
	if n := testing.AllocsPerRun(100, func() { m.Map(room, text); m.Invert(room, copy) }); n >= 1 {
		t.Errorf("%s allocates %v times", m.Scheme(), n)
	}
}

func TestN1_LookupsDoNotAllocate(t *testing.T) {
	u, _ := keys.NewUUIDs(make([]byte, keys.UUIDKeySize), keys.UUIDConfig{Global: [][16]byte{{1}}})
	s, _ := keys.NewStations(map[string]string{"1": "101"})
	p, _ := keys.NewTag(keys.TagConfig{Prefix: "S1-", Global: []string{"EUR"}})
	o, _ := keys.NewOffset(keys.Span{First: 1, Last: 99}, 1000, setOf(500))
	g, _ := (*keys.Generations)(nil).Extend(setOf(7), 100)
	checkAllocs(t, u, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6")
	checkAllocs(t, s, "1")
	checkAllocs(t, p, "A-100")
	checkAllocs(t, o, "7")
	checkAllocs(t, g, "7")
}

func TestN1_ZeroMappingsMapNothing(t *testing.T) {
	for _, m := range []keys.Mapping{(*keys.UUIDs)(nil), &keys.UUIDs{}, (*keys.Stations)(nil), &keys.Stations{}, (*keys.Tag)(nil), &keys.Tag{},
		(*keys.Offset)(nil), &keys.Offset{}, (*keys.Generations)(nil), &keys.Generations{}, keys.Refuse{}} {
		for _, text := range []string{"", "0", "7", "A", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "00000000-0000-0000-0000-000000000000"} {
			if got, ok := m.Map([]byte("x"), []byte(text)); ok || string(got) != "x" {
				t.Errorf("%s maps %q to %q, %t", m.Scheme(), text, got, ok)
			}
			if got, ok := m.Invert([]byte("x"), []byte(text)); ok || string(got) != "x" {
				t.Errorf("%s inverts %q to %q, %t", m.Scheme(), text, got, ok)
			}
		}
	}
	if _, ok := (&keys.UUIDs{}).MapUUID([16]byte{1}); ok {
		t.Error("the zero UUIDs maps a UUID")
	}
	if _, ok := (&keys.UUIDs{}).InvertUUID([16]byte{1}); ok {
		t.Error("the zero UUIDs inverts a UUID")
	}
}

func TestN1_SchemesAreNamed(t *testing.T) {
	names := map[keys.Scheme]bool{"": true}
	for _, m := range []keys.Mapping{keys.Same{}, keys.Refuse{}, &keys.Generations{}, &keys.UUIDs{}, &keys.Stations{}, &keys.Tag{}, &keys.Offset{}} {
		if names[m.Scheme()] {
			t.Errorf("%T: the name %q is taken", m, m.Scheme())
		}
		names[m.Scheme()] = true
	}
}

func wantRefused(t interface {
	Helper()
	Errorf(string, ...any)
}, name string, err error, words ...string) {
	t.Helper()
	if !errors.Is(err, keys.ErrScheme) {
		t.Errorf("%s: error is %v", name, err)
		return
	}
	for _, w := range words {
		if !bytes.Contains([]byte(err.Error()), []byte(w)) {
			t.Errorf("%s: %q does not say %s", name, err, w)
		}
	}
}
