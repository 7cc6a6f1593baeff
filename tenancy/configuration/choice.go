package configuration

import "fmt"

// Choice says what becomes of a setting in a refresh (B14).
type Choice string

// The choices. The three ways differ only in what becomes of a conflict.
const (
	Default      Choice = "default"        // the product's default; a setting without one is unset. It holds where nothing is said
	Copy         Choice = "copy"           // the source's value
	Keep         Choice = "keep"           // the target's value
	ThreeWay     Choice = "three-way"      // what only one side changed since the last refresh; a conflict refuses the plan (N5)
	ThreeWayKeep Choice = "three-way-keep" // as ThreeWay; in a conflict the target's value stays
	ThreeWayCopy Choice = "three-way-copy" // as ThreeWay; in a conflict the source's value comes
)

// Valid tells whether the choice is one of the above.
func (c Choice) Valid() bool {
	switch c {
	case Default, Copy, Keep, ThreeWay, ThreeWayKeep, ThreeWayCopy:
		return true
	}
	return false
}

// looksAtSource tells whether a value of the source may come by the choice, or be kept as what a refresh took up.
func (c Choice) looksAtSource() bool { return c.Valid() && c != Default && c != Keep }

// everyChoice is what an error tells to write.
const everyChoice = "write default, copy, keep, three-way, three-way-keep or three-way-copy"

// UnmarshalText reads a choice from a file. It refuses whatever is none.
func (c *Choice) UnmarshalText(text []byte) error {
	if read := Choice(text); read.Valid() {
		*c = read
		return nil
	}
	return fmt.Errorf("%q is no choice for a setting; %s", text, everyChoice)
}

// Choices say what becomes of each setting. The zero value reverts all of them to their defaults.
type Choices struct {
	Rest  Choice            `json:"rest,omitempty"`  // of settings that are not named; "" is Default. It does not apply to secrets: one that is not named is kept
	Named map[string]Choice `json:"named,omitempty"` // by setting; a secret can be Keep, or Default, which leaves it blank
}

// IsZero tells whether nothing is said.
func (c Choices) IsZero() bool { return c.Rest == "" && len(c.Named) == 0 }

// of returns the choice for a setting, and whether it is named.
func (c Choices) of(name string) (choice Choice, named bool) {
	if choice, named = c.Named[name]; named {
		return choice, true
	}
	if c.Rest != "" {
		return c.Rest, false
	}
	return Default, false
}
