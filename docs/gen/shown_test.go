package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli"
	"github.com/opendatahub-io/mpijob/internal/cli/exit"
)

// TestShownCommandsParse: every command line in the documentation, in help and in examples is one that
// the program knows, with its flags.
func TestShownCommandsParse(t *testing.T) {
	var all []typed
	for _, page := range pages(t, "../..") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, shown(page, string(text))...)
	}
	examples := 0
	err := eachCommand(cli.NewRoot(), func(c *cobra.Command) error {
		lines := shown("the examples of "+c.CommandPath(), "```\n"+c.Example+"\n```\n")
		examples += len(lines)
		all = append(all, append(lines, shown("the help of "+c.CommandPath(), c.Long)...)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 || examples < 20 {
		t.Fatalf("found %d command lines, %d of them examples: has their form changed?", len(all), examples)
	}
	for _, c := range all {
		if err := parses(c.line); err != nil {
			t.Errorf("%s shows `%s`: %v", c.where, c.line, err)
		}
	}
}

// hinted is a command named in the program's own texts: errors, hints, advice.
var hinted = regexp.MustCompile("odh training ([a-z]+)")

// TestHintedCommandsExist: so is every verb that an error, a hint or a piece of advice tells one to type.
func TestHintedCommandsExist(t *testing.T) {
	verbs := map[string]bool{}
	for _, c := range cli.NewRoot().Commands() {
		for _, verb := range c.Commands() {
			verbs[verb.Name()] = true
			for _, alias := range verb.Aliases {
				verbs[alias] = true
			}
		}
	}
	found := 0
	for _, dir := range []string{"../../internal", "../../pkg", "../../config", "../../sandbox"} {
		err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(p, "_test.go") || strings.Contains(p, "testdata") {
				return err
			}
			if ext := filepath.Ext(p); ext != ".go" && ext != ".sh" && ext != ".yaml" {
				return nil
			}
			text, err := os.ReadFile(p)
			for _, m := range hinted.FindAllStringSubmatch(string(text), -1) {
				found++
				if !verbs[m[1]] {
					t.Errorf("%s tells to type `%s`, which is no command", p, m[0])
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found < 30 {
		t.Fatalf("found %d commands: has their form changed?", found)
	}
}

// runs is a command with a prompt: something to be typed as it is.
var runs = regexp.MustCompile(`(?m)^\$ ((?:odh|kubectl odh-training|oc odh-training) .*)$`)

// TestPromptedCommandsRun: what the README and the examples show with a prompt is run by a script on the
// sandbox, word for word.
func TestPromptedCommandsRun(t *testing.T) {
	script, err := os.ReadFile("../../test/e2e/cli/testdata/script/documented.txtar")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, page := range pages(t, "../..") {
		if filepath.Base(page) != "README.md" {
			continue
		}
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range runs.FindAllStringSubmatch(string(text), -1) {
			found++
			if !strings.Contains(string(script), "\n"+m[1]+"\n") {
				t.Errorf("%s shows `%s`, which test/e2e/cli/testdata/script/documented.txtar doesn't run", page, m[1])
			}
		}
	}
	if found < 4 {
		t.Fatalf("found %d commands with a prompt: has their form changed?", found)
	}
}

// TestExitCodesAreDocumented: the page has the codes as they are.
func TestExitCodesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../command-line.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range exit.Codes() {
		if row := fmt.Sprintf("| %d | %s |", c.Code, c.Meaning); !strings.Contains(string(text), row) {
			t.Errorf("command-line.md has no row %s", row)
		}
	}
}
