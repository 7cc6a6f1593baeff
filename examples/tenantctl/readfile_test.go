package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
)

// What is read has a limit, and nobody waits for what never comes.
func TestD5_FilesAreReadUpToALimit(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	write := func(name string, text []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	full := write("full", []byte("12345678"))
	if text, err := readFile(ctx, "file", full, 8); err != nil || string(text) != "12345678" {
		t.Errorf("a file as long as the limit: %q, %v", text, err)
	}
	if _, err := readFile(ctx, "file", full, 7); !errors.Is(err, errRefused) || !strings.Contains(err.Error(), "more than 7 bytes") {
		t.Errorf("a file longer than the limit: %v", err)
	}
	if _, err := readFile(ctx, "file", filepath.Join(dir, "none"), 7); !errors.Is(err, os.ErrNotExist) || strings.Count(err.Error(), "none") != 1 {
		t.Errorf("a file that is not there: %v", err)
	}
	long := write("long.yaml", []byte(strings.Repeat("# comment\n", masking.MaxRulesBytes/10+1)))
	wide := []byte{0xFF, 0xFE}
	for _, unit := range utf16.Encode([]rune("version: 1\n")) {
		wide = append(wide, byte(unit), byte(unit>>8))
	}
	a := &app{out: io.Discard, err: io.Discard}
	for what, read := range map[string]func(name string) error{
		"rules":   func(name string) error { _, _, err := readRules(ctx, name); return err },
		"profile": func(name string) error { _, err := readProfile(ctx, name); return err },
		"secret":  func(name string) error { _, err := a.readSecret(ctx, secretFlags{file: name}); return err },
	} {
		for _, name := range []string{dir, os.DevNull, "/dev/zero", long} {
			if _, err := os.Stat(name); err != nil {
				continue // a system without it
			}
			if err := read(name); !errors.Is(err, errRefused) {
				t.Errorf("%s %s: %v, want it refused", what, name, err)
			}
		}
	}
	for name, text := range map[string][]byte{"mark.yaml": wide, "plain.yaml": wide[2:]} {
		if _, _, err := readRules(ctx, write(name, text)); !errors.Is(err, errRefused) || !strings.Contains(err.Error(), "save it as UTF-8") {
			t.Errorf("UTF-16, %s: %v", name, err)
		}
	}
}

// A question that nobody answers ends with the context.
func TestD7_NobodyWaitsForAnAnswerAfterTheEnd(t *testing.T) {
	question, answer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer question.Close()
	defer answer.Close()
	ctx, end := context.WithCancel(t.Context())
	end()
	a := &app{stdin: question, err: io.Discard}
	if text, err := a.answer(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%q, %v, want the end of the context", text, err)
	}
}

// The example of help profile says something of everything, and is read as it stands.
func TestD3_ExampleProfileIsRead(t *testing.T) {
	name := filepath.Join(t.TempDir(), "profile.json")
	if err := os.WriteFile(name, []byte(exampleProfile), 0o600); err != nil {
		t.Fatal(err)
	}
	profile, err := readProfile(t.Context(), name)
	if err != nil || profile.Dispositions["saved_views"] != refresh.Keep || profile.Keys["items"].Prefix != "S-" || profile.Tolerance.Rows != 20 || profile.Settings.IsZero() || profile.Audience == "" {
		t.Errorf("%+v, %v", profile, err)
	}
}

// Without a target, what the source's role may not write is no matter.
func TestD5_SourceThatIsOnlyReadIsNoTarget(t *testing.T) {
	source := refresh.Description{Facts: refresh.Facts{NoUpdate: map[string][]string{"people": {"name"}}, Preconditions: []string{"GRANT INSERT"}, Warnings: []string{"look"}, Dialect: "postgres"}}
	like := likeSource(source)
	if f := like.Facts; f.NoUpdate != nil || f.Preconditions != nil || f.Warnings != nil || f.Dialect != "postgres" {
		t.Errorf("a target like the source: %+v", f)
	}
	if source.Facts.NoUpdate == nil {
		t.Error("the source was changed")
	}
}
