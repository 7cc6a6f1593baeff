package configuration_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/retenant/retenant/tenancy/configuration"
)

// Values of the source that are secrets under names of which nobody thought.
var leaks = map[string]string{
	"accesskey": "AKIAIOSFODNN7EXAMPLE", "privatekey": "x", "encryptionkey": "x", "SMTPPwd": "x", "sshkey": "x", "signingkey": "x", "passcode": "1", "jwt": "x", "PASSWORD": "x",
	"DBKEY": "x", "api_key": "x", "smtp_pass": "x", "dbpass": "x", "JWTs": "x", "auth_header": "x", "basic_auth": "x", "webhook_url": "x", "recoveryCodes": "x",
	"header": "Bearer abc", "login": "Basic YW5uOnB3", "session": "eyJhbGciOi.eyJ.x", "slack": "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
	"mailer": "SG.abc.def", "stripe": "sk_live_abcdefgh", "sas_url": "https://x.blob.core.windows.net/c?sv=2020&sig=abc%3D", "aws": "AKIAIOSFODNN7EXAMPLE",
	"aws2": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "github": "ghp_0123456789", "json": `{"clientSecret": "x"}`, "azure": "Endpoint=sb://x/;SharedAccessKey=abc=",
	"hash": "$2b$12$abcdefghijklmnopqrstuv", "repository": "https://0123456789abcdef01234567@example.com/x.git", "hex": "d41d8cd98f00b204e9800998ecf8427e",
	"database": "postgres://u:p@h/d", "amqp": "amqp://user:pass@host", "server": "Server=h;Password=x", "pem_file": "-----BEGIN OPENSSH PRIVATE KEY-----",
	"map": "https://maps.example.com/tile?zoom=3&key=abc",
}

func TestD16_SecretsByTheirLooks(t *testing.T) {
	copying := configuration.Choices{Rest: configuration.Copy}
	looks := func(name, text string) bool {
		t.Helper()
		merged, problems := configuration.Merge(configuration.Sides{Target: configuration.Values{}, Source: configuration.Values{name: text}}, declared, copying)
		if len(problems) > 0 || len(merged.Settings) != 1 || merged.Change.Set.Get(name).Set == merged.Settings[0].Secret {
			t.Fatalf("%s = %s: %+v, %v", name, text, merged, problems)
		}
		return merged.Settings[0].Secret
	}
	for name, text := range leaks {
		if !looks(name, text) {
			t.Errorf("%s = %s is copied from production", name, text)
		}
		byName := configuration.Definitions{name: {}, "*": {Secret: true}}
		if merged, _ := configuration.Merge(configuration.Sides{Source: configuration.Values{name: text}, Target: configuration.Values{}}, byName, copying); merged.Settings[0].Secret {
			t.Errorf("%s = %s was declared to be none by its name, and is a secret", name, text)
		}
	}
	for _, name := range []string{"password", "smtp_password", "SMTPPassword", "dbPasswd", "api-key", "apikey", "stripe.secretKey", "authtoken", "oauth2Token", "connection_string",
		"ConnectionString", "DSN", "keys"} {
		if !looks(name, "x") {
			t.Errorf("%s does not look like a secret", name)
		}
	}
	for _, name := range []string{"theme", "keyboard", "monkey", "donkeys", "turkey", "spin", "time_zone", "tokenizer", "emailSignature", "bypass", "compass", "pass_mark", "author", "auth_mode",
		"cookie_banner", "address", "class", "sas"} {
		for _, text := range []string{"x", "", "https://example.com:8080/a@b", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "Europe/Prague", "#00ff00", "2026-11-22T02:05:00Z", "ann@example.com",
			"Basic subscription", "the bearers of news", "welcome-to-the-sandbox-of-our-dear-partners", `{"color": "red", "limit": 3}`, "https://example.com/?q=1&sort=name"} {
			if looks(name, text) {
				t.Errorf("%s = %s looks like a secret", name, text)
			}
		}
	}
}

// What nobody declared does not come from the source, whatever it looks like.
func TestD16_N3_UndeclaredSettingsDoNotCome(t *testing.T) {
	sides := configuration.Sides{Target: configuration.Values{"feature.a": "off", "plain": "target", "own": "1"},
		Source: configuration.Values{"feature.a": "on", "feature.b": "on", "plain": "production", "theme": "dark", "api_key": "x"}}
	for _, choice := range []configuration.Choice{configuration.Copy, configuration.ThreeWay, configuration.ThreeWayKeep, configuration.ThreeWayCopy} {
		for _, choices := range []configuration.Choices{{Rest: choice}, {Rest: configuration.Keep, Named: map[string]configuration.Choice{"plain": choice, "feature.a": choice, "feature.b": choice}}} {
			_, problems := configuration.Merge(sides, configuration.Definitions{"theme": {}}, choices)
			if len(problems) != 1 || !strings.HasSuffix(problems[0].Message, `undeclared "feature.a", "feature.b", "plain"`) || !strings.Contains(problems[0].Remedy, `"feature.*"`) {
				t.Errorf("%+v: %+v", choices, problems)
			}
		}
	}
	// One line declares two hundred of them.
	merged, problems := configuration.Merge(sides, configuration.Definitions{"theme": {}, "feature.*": {}, "plain": {}}, configuration.Choices{Rest: configuration.Copy})
	if len(problems) > 0 || merged.Change.Set.Get("feature.b") != configuration.Text("on") || merged.Change.Set.Get("api_key").Set {
		t.Errorf("%+v, %+v", merged.Change, problems)
	}
	for _, choice := range []configuration.Choice{configuration.Keep, configuration.Default} {
		if _, problems := configuration.Merge(sides, nil, configuration.Choices{Rest: choice}); len(problems) > 0 {
			t.Errorf("%s needs no declaration: %+v", choice, problems)
		}
	}
}

func TestD16_TheLongestBeginningCounts(t *testing.T) {
	definitions := configuration.Definitions{"*": {}, "mail.*": {Secret: true}, "mail.from.*": {}, "mail.host": {Default: configuration.Text("localhost")}}
	sides := configuration.Sides{Target: configuration.Values{}, Source: configuration.Values{"mail.user": "x", "mail.from.name": "x", "mail.host": "x", "mail.": "x", "mail": "x", "*": "x", "a*": "x"}}
	merged, problems := configuration.Merge(sides, definitions, configuration.Choices{Rest: configuration.Copy})
	var secret []string
	for _, s := range merged.Settings {
		if s.Secret {
			secret = append(secret, s.Name)
		}
	}
	if want := []string{"mail.", "mail.user"}; len(problems) > 0 || len(merged.Settings) != 7 || !slices.Equal(secret, want) {
		t.Errorf("secret are %v instead of %v; %+v, %+v", secret, want, merged.Settings, problems)
	}
	reverted, problems := configuration.Merge(configuration.Sides{Target: configuration.Values{"mail.from.name": "y"}}, definitions, configuration.Choices{})
	if len(problems) > 0 || reverted.Change.Set.Get("mail.host") != configuration.Text("localhost") || !slices.Equal(reverted.Change.Unset, []string{"mail.from.name"}) {
		t.Errorf("%+v, %+v", reverted.Change, problems)
	}
	definitions["feature.*"] = configuration.Definition{Default: configuration.Text("on")}
	if _, problems := configuration.Merge(sides, definitions, configuration.Choices{}); len(problems) != 1 || problems[0].Setting != "feature.*" || problems[0].Remedy == "" {
		t.Errorf("a default that all settings of a beginning would share: %+v", problems)
	}
}

// Nothing shows the value of a setting that nobody declared, whatever both sides and the last refresh have.
func TestD16_N5_ValuesOfUndeclaredSettingsAreNotShown(t *testing.T) {
	choice := rapid.SampledFrom([]configuration.Choice{"", configuration.Default, configuration.Copy, configuration.Keep, configuration.ThreeWay, configuration.ThreeWayKeep, configuration.ThreeWayCopy})
	rapid.Check(t, func(t *rapid.T) {
		some := func(label string) configuration.Values {
			v := configuration.Values{}
			for _, name := range []string{"a", "b", "c"} {
				if n := rapid.IntRange(0, 2).Draw(t, label+" of "+name); n > 0 {
					v[name] = fmt.Sprint("canary-", n)
				}
			}
			return v
		}
		sides := configuration.Sides{Baseline: configuration.Baseline{}, Target: some("target"), Source: some("source")}
		if rapid.Bool().Draw(t, "the source keeps none") {
			sides.Source = nil
		}
		for name, text := range some("baseline") {
			sides.Baseline[name] = configuration.Text(text)
		}
		merged, problems := configuration.Merge(sides, nil, configuration.Choices{Rest: choice.Draw(t, "rest")})
		shown, err := json.Marshal(merged.Settings)
		if text := fmt.Sprintf("%s %+v %+v %v", shown, merged.Settings, problems, merged.Warnings); err != nil || strings.Contains(text, "canary") {
			t.Fatalf("a value is shown: %s, %v", text, err)
		}
		for _, s := range merged.Settings {
			if !s.Undeclared || s.Shown() {
				t.Fatalf("%+v is not undeclared", s)
			}
		}
		for name, text := range merged.Change.Set {
			t.Fatalf("%s = %s comes from the source", name, text)
		}
	})
}

// A source of which nothing is kept has nothing to copy, which is not the same as one that has set nothing.
func TestN5_ASourceWithoutSettingsTakesNothingAway(t *testing.T) {
	state := configuration.State{Values: configuration.Values{"theme": "dark", "own": "1"}, Baseline: configuration.Baseline{"theme": configuration.Text("dark"), "gone": configuration.Text("x")}}
	definitions := configuration.Definitions{"theme": {}, "limit": {Default: configuration.Text("10")}}
	for _, choice := range []configuration.Choice{configuration.Copy, configuration.ThreeWay, configuration.ThreeWayKeep, configuration.ThreeWayCopy} {
		merged, problems := configuration.Merge(configuration.Sides{Baseline: state.Baseline, Target: state.Values}, definitions, configuration.Choices{Rest: choice})
		after := merged.Change.Apply(state)
		if len(problems) > 0 || len(merged.Change.Set)+len(merged.Change.Unset) > 0 || after.Baseline["theme"] != configuration.Text("dark") {
			t.Errorf("%s: %+v, %+v", choice, merged.Change, problems)
		}
		if len(merged.Warnings) != 1 || !strings.Contains(merged.Warnings[0], "no settings are kept for the source") {
			t.Errorf("%s: warnings %v", choice, merged.Warnings)
		}
		emptied, problems := configuration.Merge(configuration.Sides{Baseline: state.Baseline, Target: state.Values, Source: configuration.Values{}}, definitions, configuration.Choices{Rest: choice})
		if len(problems) > 0 || !slices.Contains(emptied.Change.Unset, "theme") || len(emptied.Warnings) > 0 {
			t.Errorf("%s: a source that has set nothing: %+v, %+v, %v", choice, emptied.Change, problems, emptied.Warnings)
		}
	}
	reverted, problems := configuration.Merge(configuration.Sides{Target: state.Values}, definitions, configuration.Choices{})
	if len(problems)+len(reverted.Warnings) > 0 || !slices.Equal(reverted.Change.Unset, []string{"own", "theme"}) {
		t.Errorf("B14 what reverts does so without a look at the source: %+v, %+v, %v", reverted.Change, problems, reverted.Warnings)
	}
	kept, problems := configuration.Merge(configuration.Sides{Target: state.Values}, definitions, configuration.Choices{Rest: configuration.Keep})
	if len(problems)+len(kept.Warnings)+len(kept.Change.Unset) > 0 {
		t.Errorf("%+v, %+v, %v", kept.Change, problems, kept.Warnings)
	}
}
