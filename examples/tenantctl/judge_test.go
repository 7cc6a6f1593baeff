package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

func TestA4_ExitCodeTwoOnlyBeforeAStep(t *testing.T) {
	for _, cause := range []error{tenancy.ErrProduction, refresh.ErrPlanChanged, refresh.Problems{{Message: "wrong"}}, errRefused} {
		if got := exitCode(fmt.Errorf("run: %w", cause)); got != exitRefused {
			t.Errorf("%v: exit code %d, want %d", cause, got, exitRefused)
		}
		step := fmt.Errorf("run: %w", &refresh.StepError{Run: "r", Step: "commit", Err: cause})
		if got := exitCode(step); got != exitError {
			t.Errorf("%v in a step: exit code %d, want %d", cause, got, exitError)
		}
	}
}

func TestPostgresURLsHoldNoSecrets(t *testing.T) {
	for _, good := range []string{
		"postgres://ann@db.example/crm", "postgresql:///crm?host=/run/postgresql&port=5433&user=ann",
		"postgres://ann@h/d?sslmode=verify-full&sslrootcert=/ca.pem&sslcert=/c.pem&connect_timeout=5&application_name=x&dbname=e",
	} {
		if d, err := parseDatabase(good); err != nil || d.url != good {
			t.Errorf("%s: %v", good, err)
		}
	}
	const hidden = "hunter2"
	for _, bad := range []string{
		"postgres://ann:hunter2@h/d", "postgres://ann@h/d?password=hunter2", "postgres://ann@h/d?sslpassword=hunter2", "postgres://ann@h/d?PASSWORD=hunter2",
		"postgres://ann@h/d?options=-chunter2", "postgres://ann@h/d?passfile=hunter2", "postgres://ann@h/d?hunter2", "postgres://ann@h/d?a;password=hunter2",
		"postgres://ann@h/d?sslmode=%zzhunter2", "postgres://ann@h/d#hunter2", "postgres:hunter2", "postgres://ann:hunter2@h:port/d",
	} {
		if _, err := parseDatabase(bad); err == nil {
			t.Errorf("%s is taken", bad)
		} else if strings.Contains(err.Error(), hidden) {
			t.Errorf("the error shows the secret: %v", err)
		}
	}
}

func TestSecretForms(t *testing.T) {
	digits := strings.Repeat("0123456789abcdef", 5)
	for name, c := range map[string]struct {
		text  string
		raw   bool
		bytes int    // 0 is an error
		form  string // when there is none
	}{
		"hexadecimal":                {digits[:64] + "\n", false, 32, "hexadecimal"},
		"hexadecimal, and raw":       {digits[:64], true, 32, "hexadecimal"},
		"half":                       {digits[:32], false, 16, "hexadecimal"},
		"half, and raw":              {digits[:32], true, 16, "hexadecimal"},
		"digits that are base64 too": {digits[:48], false, 24, "hexadecimal"},
		"a digit short":              {digits[:63], false, 0, ""},
		"a digit short, and raw":     {digits[:63], true, 0, ""},
		"base64":                     {"ASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8=\n", false, 32, "base64"},
		"text":                       {"a sentence of more than thirty-two characters", false, 0, ""},
		"text, and raw":              {"a sentence of more than thirty-two characters\r\n", true, 45, "raw bytes"},
		"bytes":                      {strings.Repeat("\x00\xff", 15) + "\x01\n", false, 32, "raw bytes"},
	} {
		random, form, err := decodeSecret([]byte(c.text), c.raw)
		if (err != nil) != (c.bytes == 0) || len(random) != c.bytes || form != c.form {
			t.Errorf("%s: %d bytes as %q, %v; want %d as %q", name, len(random), form, err, c.bytes, c.form)
		}
		if err != nil && strings.Contains(err.Error(), strings.TrimSpace(c.text)) {
			t.Errorf("%s: the error shows the secret: %v", name, err)
		}
	}
}

func TestSameFileUnderOtherNames(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(at("a"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(at("folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(at("a"), at("hard")); err != nil {
		t.Skip("no links here: ", err)
	}
	for name, to := range map[string]string{"soft": "a", "other": "folder", "dangling": "folder/new", "chain": "dangling", "round": "trip", "trip": "round"} {
		if err := os.Symlink(to, at(name)); err != nil {
			t.Skip("no links here: ", err)
		}
	}
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"a", "a", true}, {"a", "hard", true}, {"a", "soft", true}, {"a", "folder/new", false}, {"a", "new", false}, {"new", "new", true}, {"new", "newer", false},
		{"folder/new", "other/new", true}, {"folder/new", "dangling", true}, {"other/new", "chain", true}, {"folder/new", "other/newer", false},
		{"none/deep/new", "none/deep/new", true}, {"none/new", "folder/new", false}, {"round", "a", false},
	} {
		if got := sameFile(at(c.a), at(c.b)); got != c.same {
			t.Errorf("%s and %s: %v, want %v", c.a, c.b, got, c.same)
		}
		if got := sameFile(at(c.b), at(c.a)); got != c.same {
			t.Errorf("%s and %s: %v, want %v", c.b, c.a, got, c.same)
		}
	}
}

func TestTenantIDsCanBeToldApart(t *testing.T) {
	for _, good := range []string{"17", "prod", "Acme's sandbox", "café", "東京"} {
		if err := checkID(good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{"", " ", " a", "a ", "a\n", "a\tb", "\x1b[31m", "a\x00", "a\u200bb", "\u202ea", "a\u00a0", "\xff"} {
		if checkID(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
