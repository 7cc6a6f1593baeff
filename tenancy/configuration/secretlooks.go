package configuration

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// What looks like a secret is one unless a host declares it by its name. The lists err on the side of caution: a setting that is taken for a secret by mistake
// keeps the target's value, and the plan says so.

// secretWords make a name look like a secret's where one of them is a word of it.
var secretWords = []string{"authorization", "bearer", "cred", "credential", "dsn", "hmac", "jwt", "key", "otp", "passcode", "passphrase", "passwd", "password", "pem", "pepper",
	"pfx", "pin", "pw", "pwd", "salt", "secret", "token", "totp", "webhook"}

// secretLast do so as the last word alone: smtp_pass, not pass_mark.
var secretLast = []string{"auth", "pass"}

// secretEndings do so at the end of a word that is written together with others: smtppwd, DBKEY.
var secretEndings = []string{"authorization", "credential", "dsn", "jwt", "key", "pass", "passcode", "passphrase", "passwd", "password", "pwd", "secret", "token", "webhook"}

// secretInside do so anywhere in a word.
var secretInside = []string{"accesskey", "apikey", "connectionstring", "passphrase", "passwd", "password", "privatekey", "secretkey", "signingkey", "encryptionkey"}

// harmless are words that end like a secret and are none.
var harmless = []string{"bypass", "compass", "donkey", "encompass", "hockey", "hotkey", "jockey", "monkey", "overpass", "surpass", "turkey", "underpass", "whiskey"}

// secretPairs are words that make a secret one behind the other.
var secretPairs = [][2]string{{"connection", "string"}, {"auth", "header"}, {"recovery", "code"}, {"backup", "code"}, {"access", "code"}}

// secretName tells whether a name looks like a secret's.
func secretName(name string) bool {
	list := words(name)
	for i, word := range list {
		ends := func(ending string) bool { return strings.HasSuffix(word, ending) }
		inside := func(part string) bool { return strings.Contains(word, part) }
		switch {
		case slices.Contains(harmless, word):
		case slices.Contains(secretWords, word), slices.ContainsFunc(secretEndings, ends) && word != "pass", slices.ContainsFunc(secretInside, inside),
			i > 0 && slices.Contains(secretPairs, [2]string{list[i-1], word}), i == len(list)-1 && slices.Contains(secretLast, word):
			return true
		}
	}
	return false
}

// words splits a name at what is no letter, and where a capital begins a word: smtpPassword, SMTPPassword, JWTs. They come without the s of a plural.
func words(name string) []string {
	var spaced strings.Builder
	letters := []rune(name)
	lower := func(i int) bool { return i >= 0 && i < len(letters) && unicode.IsLower(letters[i]) }
	for i, r := range letters {
		switch {
		case !unicode.IsLetter(r):
			r = ' '
		case unicode.IsUpper(r) && (lower(i-1) || lower(i+1) && lower(i+2)):
			spaced.WriteByte(' ')
		}
		spaced.WriteRune(unicode.ToLower(r))
	}
	list := strings.Fields(spaced.String())
	for i, word := range list {
		if !strings.HasSuffix(word, "ss") {
			list[i] = strings.TrimSuffix(word, "s")
		}
	}
	return list
}

// credentials finds what grants access by itself.
var credentials = regexp.MustCompile(strings.Join([]string{
	`://[^/\s:@]*:[^/\s@]+@`,                    // a URL with a password
	`://[\w-]{16,}@`,                            // or with a token in its place
	`-----BEGIN [A-Z0-9 ]*PRIVATE KEY`,          //
	`PuTTY-User-Key-File|AGE-SECRET-KEY-1`,      //
	`(?i:\bbearer\s+[\w.~+/=-]+)`,               // a header
	`\beyJ[\w-]+\.[\w-]+\.`,                     // a JSON web token
	`^\$(?:2[abxy]|argon2\w*|scrypt|5|6|y|7)\$`, // a hash of a password
	`(?i:(?:password|passwd|pwd|secret|token|(?:api|access|account|private)[_-]?key)["']?\s*[=:]\s*["']?[^\s"'])`, // a list of assignments, or JSON
	`(?i:[?&](?:sig|signature|x-amz-signature|x-goog-signature|access_token|token|auth|api_?key|key|secret|password)=)`,
	// Addresses that let whoever knows them post.
	`(?i:hooks\.slack\.com/|discord(?:app)?\.com/api/webhooks/|\.webhook\.office\.com/|chat\.googleapis\.com/v1/spaces/|hooks\.zapier\.com/|\.logic\.azure\.com|api\.telegram\.org/bot|maker\.ifttt\.com/)`,
	// Tokens that their issuers gave a form to be found by.
	`\b[sr]k_(?:live|test)_\w|\bwhsec_\w|\bSG\.[\w-]+\.[\w-]|\bgh[pousr]_\w{6}|\bgithub_pat_\w|\bglpat-[\w-]|\bxox[abceoprs]-|\bxapp-\d|\b(?:AKIA|ASIA)[0-9A-Z]{12}`,
	`\bAIza[\w-]{30}|\bya29\.[\w-]|\bGOCSPX-|\bsk-[\w-]{16}|\bnpm_\w{30}|\bpypi-\w{16}|\bdop_v1_|\bshp(?:at|ca|pa|ss)_|\bkey-[0-9a-f]{32}|\bSK[0-9a-f]{32}|\bsq0[a-z]{3}-|\bhvs\.\w`,
	`\bdapi[0-9a-f]{32}|\bPMAK-|\bNRAK-|\blin_api_|\bfigd_|\b\d{8,10}:[\w-]{35}`,
}, "|"))

// run is a text that is one word of at least 32 characters, as keys are written.
var run = regexp.MustCompile(`^[A-Za-z0-9+/_=-]{32,}$`)

// secretText tells whether a text looks like one that grants access.
func secretText(text string) bool {
	return credentials.MatchString(text) || basic(text) || random(strings.TrimSpace(text))
}

// basic finds a header with a name and a password.
func basic(text string) bool {
	for before, rest := "", strings.Fields(text); len(rest) > 0; before, rest = rest[0], rest[1:] {
		if !strings.EqualFold(before, "basic") {
			continue
		}
		if pair, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(rest[0], "=")); err == nil && strings.Contains(string(pair), ":") {
			return true
		}
	}
	return false
}

// random finds a long word of digits with letters in both cases, or of hexadecimal digits, that has no hyphens as a UUID has.
func random(text string) bool {
	if !run.MatchString(text) {
		return false
	}
	digits, upper, lower := strings.ContainsFunc(text, unicode.IsDigit), strings.ContainsFunc(text, unicode.IsUpper), strings.ContainsFunc(text, unicode.IsLower)
	return digits && upper && lower || strings.Trim(text, "0123456789abcdefABCDEF") == "" && digits && (upper || lower)
}
