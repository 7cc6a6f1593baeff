package masking_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retenant/retenant/masking"
)

var update = flag.Bool("update", false, "write testdata/golden.txt anew: only together with a new version of the mask that changed")

// The file pins, for each mask's identity, the fakes of some values under a secret of 32 bytes 1, domain "golden" and audience "target". A
// change that is not a new identity breaks a promise to everybody who has a copy.
func TestN1_GoldenVectors(t *testing.T) {
	values := []string{"Ann", "ann", "Ann ", "Zoë Åström", "ann@example.org", "+1 212 555 0142", "two\nlines, the second longer", "\xff\x00",
		strings.Repeat("long ", 30), "山田太郎"}
	var out bytes.Buffer
	for _, c := range textMasks() {
		traits, _ := c.Traits()
		name := traits.Identity()
		if c.Compact {
			name += " compact"
		}
		out.WriteString(name + "\n")
		if traits.Keyed {
			c.Domain = "golden"
		}
		m := compile(t, c, 1, "target")
		for _, v := range values {
			out.WriteString("\t" + strconv.QuoteToASCII(v) + "\t" + strconv.QuoteToASCII(apply(m, v)) + "\n")
		}
	}
	path := filepath.Join("testdata", "golden.txt")
	if *update {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(out.String(), "\n")); diff != "" {
		t.Errorf("fakes changed under the same identity, or a version is new and -update was not run (-want +got):\n%s", diff)
	}
}

func TestN2_TraitsSayWhatAReceiptRecords(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range masking.Names() {
		traits, ok := masking.Lookup(name)
		if !ok || traits.Mask != name || traits.Version < 1 || traits.Doc == "" || strings.Contains(traits.Doc, "\n") {
			t.Errorf("%s: traits %+v", name, traits)
		}
		if words := traits.DictionaryHash != [32]byte{}; words && !traits.Keyed {
			t.Errorf("%s: not keyed, with a dictionary", name)
		}
		if seen[traits.Identity()] {
			t.Errorf("%s: another mask has the identity %s", name, traits.Identity())
		}
		seen[traits.Identity()] = true
	}
	if len(seen) != 27 {
		t.Errorf("%d masks; want 27", len(seen))
	}
	if _, ok := masking.Lookup("e-mail"); ok {
		t.Error("a mask that does not exist is found")
	}
}
