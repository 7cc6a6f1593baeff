package configuration

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Value is a setting's value, or that it is not set. The zero value is not set.
type Value struct {
	Text string // canonical, as the host compares it; "" unless Set
	Set  bool
}

// Text returns a value that is set.
func Text(text string) Value { return Value{Text: text, Set: true} }

// String gives the value as people read it: quoted and cut off after some 40 characters, or "not set". It shows what the text holds, so it is not for secrets.
func (v Value) String() string {
	const most = 40
	if !v.Set {
		return "not set"
	}
	if runes := []rune(v.Text); len(runes) > most {
		return fmt.Sprintf("%q…", string(runes[:most]))
	}
	return fmt.Sprintf("%q", v.Text)
}

// MarshalJSON writes the text, or null.
func (v Value) MarshalJSON() ([]byte, error) {
	if !v.Set {
		return []byte("null"), nil
	}
	return json.Marshal(v.Text)
}

// UnmarshalJSON reads a text, or null.
func (v *Value) UnmarshalJSON(data []byte) error {
	var text *string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	*v = Value{}
	if text != nil {
		*v = Text(*text)
	}
	return nil
}

// Values are what a tenant has set: by name, the text in the host's canonical form. A name that is missing is not set; the empty text is.
type Values map[string]string

// Get returns the value of a setting.
func (v Values) Get(name string) Value {
	text, set := v[name]
	return Value{text, set}
}

// Validate returns an error that names all settings that not every database keeps: names and texts are UTF-8 without the character NUL, and no name is
// empty. It shows no text.
func (v Values) Validate() error {
	var bad []string
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if name == "" || !portable(name) || !portable(v[name]) {
			bad = append(bad, fmt.Sprintf("%q", name))
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return fmt.Errorf("setting %s: %s", strings.Join(bad, ", "), notPortable)
}

const notPortable = "names and texts are UTF-8 without the character NUL, and no name is empty; encode bytes as text"

func portable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsRune(text, 0)
}

// Baseline is what a tenant's last refresh took up: by name, the value from which later edits of either side are told. A setting that is not in it was
// never merged: what differs from its default counts as an edit. No secret is ever in it.
type Baseline map[string]Value

// State is what a directory keeps of a tenant's settings.
type State struct {
	Values   Values   // nil says that the directory keeps no settings for the tenant
	Baseline Baseline // nil before the first refresh
}

// Clone returns a copy that shares nothing.
func (s State) Clone() State { return State{maps.Clone(s.Values), maps.Clone(s.Baseline)} }
