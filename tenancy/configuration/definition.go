package configuration

import "strings"

// Definition is what a host says of a setting.
type Definition struct {
	Default Value // what the setting reverts to; not set, where the product applies its default to a setting that is not set
	Secret  bool  // never copied, and its value is never shown; it has no default
}

// Definitions are a host's settings, by name. A name that ends in * declares all settings that begin so, and has no default: "feature.*", or "*" for whatever
// there is. The longest counts, and a setting's own name before all of them.
//
// A setting that is declared by its own name is secret if that says so. One that is declared by its beginning is secret too where it looks like one: nobody looked
// at each of them. One that is not declared is either secret by its looks or undeclared: its value is shown nowhere, and no source's value comes for it.
type Definitions map[string]Definition

// declaration is how a setting is declared.
type declaration int

const (
	undeclared declaration = iota
	byBeginning
	byName
)

// everyName marks a name that stands for all that begin so.
const everyName = "*"

// of returns what holds for a setting.
func (d Definitions) of(name string) (Definition, declaration) {
	if definition, declared := d[name]; declared && !strings.HasSuffix(name, everyName) {
		return definition, byName
	}
	for end := len(name); end >= 0; end-- {
		if definition, declared := d[name[:end]+everyName]; declared {
			return Definition{Secret: definition.Secret}, byBeginning
		}
	}
	return Definition{}, undeclared
}

// secret tells whether a setting counts as secret, which has these values.
func (d Definitions) secret(name string, values ...Value) bool {
	definition, how := d.of(name)
	if definition.Secret || how == byName {
		return definition.Secret
	}
	if secretName(name) {
		return true
	}
	for _, v := range values {
		if secretText(v.Text) {
			return true
		}
	}
	return false
}
