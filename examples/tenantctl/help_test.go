package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestEveryCommandHasExamplesThatRun: the help of each command has two examples or more, and each of them is run by a script as it stands.
func TestEveryCommandHasExamplesThatRun(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts:", err)
	}
	run := map[string]bool{}
	before := regexp.MustCompile(`^(\[[^\]]*\] )?(exits \d+ |! )?`) // conditions, and how it is to end
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		script, _, _ := strings.Cut(string(text), "\n-- ")
		for line := range strings.Lines(script) {
			run[before.ReplaceAllString(strings.TrimSpace(line), "")] = true
		}
	}
	seen := 0
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Runnable() || c.HasSubCommands() {
			seen++
			examples := strings.Split(strings.TrimSpace(c.Example), "\n")
			if len(examples) < 2 {
				t.Errorf("%s: fewer than two examples", c.CommandPath())
			}
			for _, example := range examples {
				example = strings.TrimSpace(example)
				if !strings.HasPrefix(example, c.CommandPath()) {
					t.Errorf("%s: an example of something else: %s", c.CommandPath(), example)
				}
				if !run[example] {
					t.Errorf("%s: no script runs the example: %s", c.CommandPath(), example)
				}
			}
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk((&app{out: io.Discard, err: io.Discard}).command())
	if seen < 20 {
		t.Errorf("only %d commands were looked at", seen)
	}
}

// Every command's help tells what --json prints of it.
func TestD5_EveryShapeOfJSONIsDocumented(t *testing.T) {
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		path := strings.TrimPrefix(c.CommandPath(), "tenantctl ")
		if c.Runnable() && !c.HasSubCommands() && c.Name() != "help" && !strings.HasPrefix(path, "completion") &&
			!regexp.MustCompile(`(?m)(^|, )`+path+`( |$|,)`).MatchString(jsonShapes) {
			t.Errorf("the shape of %s --json is not told", path)
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk((&app{out: io.Discard, err: io.Discard}).command())
}
