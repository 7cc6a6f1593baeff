package receipt

import (
	"fmt"
	"strings"
)

// configured lists the settings by what became of them.
func (r *Receipt) configured(b *strings.Builder) {
	for _, outcome := range []struct {
		text string
		is   func(Setting) bool
	}{
		{"kept as in the target", func(s Setting) bool { return !s.Secret && !s.Conflict && s.From == "target" }},
		{"from the source", func(s Setting) bool { return !s.Secret && !s.Conflict && s.From == "source" }},
		{"reverted to defaults", func(s Setting) bool { return !s.Secret && s.From == "default" }},
		{"changed on both sides, kept as in the target", func(s Setting) bool { return s.Conflict && s.From == "target" }},
		{"changed on both sides, from the source", func(s Setting) bool { return s.Conflict && s.From == "source" }},
		{"secret, kept as in the target", func(s Setting) bool { return s.Secret && s.From == "target" }},
		{"secret, blank", func(s Setting) bool { return s.Secret && s.From == "default" }},
	} {
		var names []string
		for _, s := range r.Configured {
			if outcome.is(s) {
				names = append(names, fmt.Sprintf("%q", s.Name))
			}
		}
		if len(names) > 0 {
			fmt.Fprintf(b, "  settings %s: %s\n", outcome.text, strings.Join(names, ", "))
		}
	}
}
