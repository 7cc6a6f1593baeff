package keys_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/retenant/retenant/keys"
)

func uuidsOf(t interface{ Fatal(...any) }, key []byte, config keys.UUIDConfig) *keys.UUIDs {
	u, err := keys.NewUUIDs(key, config)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

var uuidKey = []byte("0123456789abcdef")

// genUUID draws any 16 bytes, versions 4 and 7, and those that stand for nothing.
var genUUID = rapid.Custom(func(t *rapid.T) [16]byte {
	id := [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes"))
	switch kind := rapid.IntRange(0, 5).Draw(t, "kind"); kind {
	case 1, 2:
		id[6], id[8] = id[6]&0xf|0x40, id[8]&0x3f|0x80
	case 3, 4:
		id[6], id[8] = id[6]&0xf|0x70, id[8]&0x3f|0x80
	case 5:
		id = rapid.SampledFrom([][16]byte{{}, uuid.Max}).Draw(t, "nothing")
	}
	return id
})

func TestN1_UUIDsAreInjectiveAndInvertible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		config := keys.UUIDConfig{PermuteTime: rapid.Bool().Draw(t, "permute time"), Global: rapid.SliceOfN(genUUID, 0, 5).Draw(t, "global")}
		key := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key")
		u := uuidsOf(t, key, config)
		var texts []string
		ids := append(rapid.SliceOfN(genUUID, 1, 30).Draw(t, "originals"), config.Global...)
		for _, id := range ids {
			texts = append(texts, uuid.UUID(id).String())
		}
		copies := checkMapping(t, u, texts)
		again := uuidsOf(t, bytes.Clone(key), config)
		for i, id := range ids {
			copy, ok := u.MapUUID(id)
			if !ok || uuid.UUID(copy).String() != copies[texts[i]] {
				t.Fatalf("%s: MapUUID gives %x, %t, Map %s", texts[i], copy, ok, copies[texts[i]])
			}
			if back, ok := u.InvertUUID(copy); !ok || back != id {
				t.Fatalf("%x maps back to %x, %t", id, back, ok)
			}
			if same, _ := again.MapUUID(id); same != copy {
				t.Fatalf("%x maps to %x and to %x with the same key", id, copy, same)
			}
			a, b := uuid.UUID(id), uuid.UUID(copy)
			if a.Version() != b.Version() || a.Variant() != b.Variant() || id[8]>>6 != copy[8]>>6 {
				t.Fatalf("%v, of version %d, becomes %v", a, a.Version(), b)
			}
			if a.Variant() == uuid.RFC4122 && a.Version() == 7 && !config.PermuteTime && !bytes.Equal(id[:6], copy[:6]) {
				t.Fatalf("%v becomes %v: another time", a, b)
			}
		}
	})
}

// Originals do not keep their keys, neither the whole nor the time where it is to be permuted; two targets share no copy.
func TestN1_UUIDsMoveEveryKey(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	kept, whole := uuidsOf(t, uuidKey, keys.UUIDConfig{}), uuidsOf(t, uuidKey, keys.UUIDConfig{PermuteTime: true})
	other := uuidsOf(t, []byte("another target's"), keys.UUIDConfig{})
	seen := map[[16]byte]bool{}
	for range 20_000 {
		var id [16]byte
		for i := range id {
			id[i] = byte(random.Uint32())
		}
		id[6], id[8] = id[6]&0xf|0x70, id[8]&0x3f|0x80
		seen[id] = true
		for _, u := range []*keys.UUIDs{kept, whole, other} {
			copy, _ := u.MapUUID(id)
			if seen[copy] {
				t.Fatalf("%x is taken", copy)
			}
			seen[copy] = true
			if u == whole && bytes.Equal(copy[:6], id[:6]) {
				t.Fatalf("%x keeps its time", id)
			}
		}
	}
}

// Global rows keep their keys and no copy gets one, also where the permutation leads from one to the next.
func TestN1_UUIDsStepOverGlobalRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain := uuidsOf(t, uuidKey, keys.UUIDConfig{})
		start := genUUID.Draw(t, "start")
		orbit := [][16]byte{start}
		for range 12 {
			next, _ := plain.MapUUID(orbit[len(orbit)-1])
			orbit = append(orbit, next)
		}
		global := map[[16]byte]bool{}
		var list [][16]byte
		for _, id := range orbit {
			if rapid.Bool().Draw(t, "global") {
				global[id], list = true, append(list, id)
			}
		}
		u := uuidsOf(t, uuidKey, keys.UUIDConfig{Global: list})
		taken := map[[16]byte]bool{}
		for i, id := range orbit[:len(orbit)-1] {
			copy, _ := u.MapUUID(id)
			if global[id] != (copy == id) && start != ([16]byte{}) && start != uuid.Max {
				t.Fatalf("%x (global %t) maps to %x", id, global[id], copy)
			}
			if !global[id] && global[copy] {
				t.Fatalf("%x gets the key of a global row", id)
			}
			if id != start && taken[copy] {
				t.Fatalf("%x is the copy of two", copy)
			}
			taken[copy] = true
			if back, ok := u.InvertUUID(copy); !ok || back != id {
				t.Fatalf("%x maps to %x and back to %x", id, copy, back)
			}
			// Others keep the copy that they had.
			if before, _ := plain.MapUUID(id); !global[id] && !global[orbit[i+1]] && before != copy {
				t.Fatalf("%x had %x and has %x", id, before, copy)
			}
		}
	})
}

func TestN1_UUIDTextIsCanonical(t *testing.T) {
	u := uuidsOf(t, uuidKey, keys.UUIDConfig{})
	const good = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
	for _, bad := range []string{"", good[1:], good + "0", strings.ToUpper(good), "{" + good + "}", "urn:uuid:" + good, strings.ReplaceAll(good, "-", ""),
		"f81d4fae-7dec-11d0-a765+00a0c91e6bf6", "-81d4faef7dec-11d0-a765-00a0c91e6bf6", good[:35] + " "} {
		if got, ok := u.Map(nil, []byte(bad)); ok {
			t.Errorf("%q maps to %q", bad, got)
		}
		if got, ok := u.Invert(nil, []byte(bad)); ok {
			t.Errorf("%q inverts to %q", bad, got)
		}
	}
	// Each byte at each place.
	for i := range len(good) {
		for c := range 256 {
			text := []byte(good)
			text[i] = byte(c)
			dash := good[i] == '-'
			want := dash && c == '-' || !dash && strings.ContainsRune("0123456789abcdef", rune(c))
			copy, ok := u.Map(nil, text)
			if ok != want {
				t.Fatalf("%q: %t", text, ok)
			}
			if back, ok := u.Invert(nil, copy); want && (!ok || !bytes.Equal(back, text)) {
				t.Fatalf("%q comes back as %q", text, back)
			}
		}
	}
}

func TestN1_UUIDKeyLength(t *testing.T) {
	for n := range 40 {
		_, err := keys.NewUUIDs(make([]byte, n), keys.UUIDConfig{})
		if n == keys.UUIDKeySize {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		wantRefused(t, fmt.Sprint(n, " bytes"), err, fmt.Sprint(n), "derive 16")
	}
}

// Copies of earlier refreshes must stay where they are: these never change.
func TestN1_UUIDGolden(t *testing.T) {
	for _, c := range []struct{ original, kept, whole string }{
		{"f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "7ff59528-2910-1cc7-92ed-044f7652e63a", "7ff59528-2910-1cc7-92ed-044f7652e63a"},
		{"3d813cbb-47fb-4ab1-9ea3-3ae6d0a5e1c9", "b9980ed7-2192-46a5-98fe-15a022e06e3e", "b9980ed7-2192-46a5-98fe-15a022e06e3e"},
		{"017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7f0e-a416-96c79832de9d", "c1090b5d-fca8-78eb-85d9-bc248ea0f5c6"},
		{"017f22e2-79b0-7cc3-98c4-dc0c0c073990", "017f22e2-79b0-72ec-9c07-fbd413a965c6", "9c2e2cc2-ae54-7f87-a0ce-a77dc61f18d1"},
		{"1ec9414c-232a-6b00-b3c8-9f6bdeced846", "173de3f4-e76c-609f-87f7-cee20dcaa973", "173de3f4-e76c-609f-87f7-cee20dcaa973"},
		{"6ba7b810-9dad-11d1-00b4-00c04fd430c8", "0b0d135e-cd11-1b6d-18f4-3f16a2cae509", "0b0d135e-cd11-1b6d-18f4-3f16a2cae509"},
		{"2f1e4fc0-81fd-11da-d156-00036a0f876a", "62868706-490d-180a-d6ae-92a2e15bf3e0", "62868706-490d-180a-d6ae-92a2e15bf3e0"},
		{"ffffffff-ffff-7fff-bfff-ffffffffffff", "ffffffff-ffff-7712-98ef-66178cf0efa7", "374a239d-67ba-70d2-86f3-1cfa22967025"},
		{"00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"},
		{"ffffffff-ffff-ffff-ffff-ffffffffffff", "ffffffff-ffff-ffff-ffff-ffffffffffff", "ffffffff-ffff-ffff-ffff-ffffffffffff"},
	} {
		for _, pass := range []struct {
			config keys.UUIDConfig
			want   string
		}{{keys.UUIDConfig{}, c.kept}, {keys.UUIDConfig{PermuteTime: true}, c.whole}} {
			u := uuidsOf(t, uuidKey, pass.config)
			if got, ok := u.Map(nil, []byte(c.original)); !ok || string(got) != pass.want {
				t.Errorf("permute time %t: %s maps to %s, %t; want %s", pass.config.PermuteTime, c.original, got, ok, pass.want)
			}
		}
	}
}

func FuzzUUIDText(f *testing.F) {
	f.Add([]byte("f81d4fae-7dec-11d0-a765-00a0c91e6bf6"), make([]byte, 16))
	f.Fuzz(func(t *testing.T, text, key []byte) {
		u, err := keys.NewUUIDs(key, keys.UUIDConfig{})
		if err != nil {
			t.Skip()
		}
		copy, ok := u.Map(nil, text)
		parsed, err := uuid.ParseBytes(text)
		if want := err == nil && parsed.String() == string(text); ok != want {
			t.Fatalf("%q: %t, want %t", text, ok, want)
		}
		if !ok {
			return
		}
		fromBytes, _ := u.MapUUID(parsed)
		if hex.EncodeToString(fromBytes[:]) != strings.ReplaceAll(string(copy), "-", "") {
			t.Fatalf("%s maps to %s and %x", text, copy, fromBytes)
		}
	})
}

// Whatever is retired, and whatever of what took its place, no copy has a retired key, no two originals share a copy, and a retired key is an
// original like any other.
func TestN1_RetiredUUIDsAreNotUsedAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		originals := rapid.SliceOfNDistinct(genUUID, 2, 8, rapid.ID).Draw(t, "originals")
		config := keys.UUIDConfig{Global: rapid.SliceOfN(genUUID, 0, 2).Draw(t, "global")}
		retired := map[[16]byte]bool{}
		for range rapid.IntRange(1, 5).Draw(t, "rounds") {
			u := uuidsOf(t, uuidKey, config)
			copy, _ := u.MapUUID(rapid.SampledFrom(originals).Draw(t, "original"))
			if isGlobal := slices.Contains(config.Global, copy); isGlobal || copy == ([16]byte{}) || copy == uuid.Max {
				continue
			}
			retired[copy] = true
			config.Retired = append(config.Retired, copy)
			if rapid.Bool().Draw(t, "copied in its turn") && !slices.Contains(originals, copy) {
				originals = append(originals, copy)
			}
			later, taken := uuidsOf(t, uuidKey, config), map[[16]byte]bool{}
			for _, id := range originals {
				made, ok := later.MapUUID(id)
				if !ok || retired[made] || taken[made] {
					t.Fatalf("%x maps to %x, %t; retired %t, the copy of two %t", id, made, ok, retired[made], taken[made])
				}
				taken[made] = true
				if back, ok := later.InvertUUID(made); !ok || back != id {
					t.Fatalf("%x maps to %x and back to %x", id, made, back)
				}
				if before, _ := u.MapUUID(id); before != copy && before != made {
					t.Fatalf("%x had %x, which is not retired, and has %x", id, before, made)
				}
			}
			for key := range retired {
				if original, ok := later.InvertUUID(key); ok {
					t.Fatalf("the retired %x is still the copy of %x", key, original)
				}
			}
		}
	})
}

// What takes the place of a retired copy is pinned too: the first, and the one after that is retired in its turn.
func TestN1_RetiredUUIDGolden(t *testing.T) {
	const original = "3d813cbb-47fb-4ab1-9ea3-3ae6d0a5e1c9"
	config := keys.UUIDConfig{}
	for _, want := range []string{"b9980ed7-2192-46a5-98fe-15a022e06e3e", "49879ca8-ff3e-4718-85f4-3272180f27b3", "22a4e0f9-5400-4ec0-b4cf-581dc9d78547"} {
		got, ok := uuidsOf(t, uuidKey, config).Map(nil, []byte(original))
		if !ok || string(got) != want {
			t.Errorf("after %d retired copies %s maps to %s, %t; want %s", len(config.Retired), original, got, ok, want)
		}
		id, _ := keys.ParseUUID(got)
		config.Retired = append(config.Retired, id)
	}
}
