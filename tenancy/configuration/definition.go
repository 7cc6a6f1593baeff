package configuration

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Definition is what a host says of a setting.
type Definition struct {
	Default Value // what the setting reverts to; not set, where the product applies its default to a setting that is not set
	Secret  bool  // never copied, and its value is never shown; it has no default
}

// Definitions are a host's settings, by name. A setting without a definition has no default, and is secret where it looks like one.
type Definitions map[string]Definition

// secret tells whether a setting counts as secret. A definition has the last word, and without one its looks do.
func (d Definitions) secret(name string, values ...Value) bool {
	if definition, declared := d[name]; declared {
		return definition.Secret
	}
	return secretName(name) || slices.ContainsFunc(values, func(v Value) bool { return credentials.MatchString(v.Text) })
}

// credentials finds what grants access by itself: a URL with a password, a private key.
var credentials = regexp.MustCompile(`://[^/\s:@]*:[^/\s@]+@|-----BEGIN [A-Z ]*PRIVATE KEY|(?i)\b(password|pwd)\s*=`)

// secretParts are words that make a name look like a secret's: whole ones, and long ones at the end of a word that is written together.
var secretParts = []string{"password", "passwd", "pwd", "passphrase", "secret", "token", "salt", "credential", "credentials", "key", "keys", "dsn", "otp", "pin",
	"apikey", "secrets", "tokens", "passwords", "connectionstring"}

// secretName tells whether a name looks like a secret's. Names are split at what is no letter, and where a capital begins a word.
func secretName(name string) bool {
	list := words(name)
	for i, word := range list {
		for _, part := range secretParts {
			if word == part || len(part) >= 5 && strings.HasSuffix(word, part) {
				return true
			}
		}
		if word == "connection" && i+1 < len(list) && list[i+1] == "string" {
			return true
		}
	}
	return false
}

func words(name string) []string {
	var spaced strings.Builder
	lower := false
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r):
			r = ' '
		case unicode.IsUpper(r) && lower:
			spaced.WriteByte(' ')
		}
		lower = unicode.IsLower(r)
		spaced.WriteRune(unicode.ToLower(r))
	}
	return strings.Fields(spaced.String())
}
