package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/opendatahub-io/mpijob/internal/cli"
	"github.com/opendatahub-io/mpijob/internal/cli/jobflags"
)

// typed is a command line of odh that a page or a help text shows.
type typed struct{ where, line string }

// calls are the ways to call the program; as a plugin it is the training commands alone.
var calls = regexp.MustCompile(`^(?:\S+/)?(odh|kubectl odh-training|oc odh-training)(?:\s|$)`)

var (
	inline = regexp.MustCompile("`([^`]+)`")
	fence  = regexp.MustCompile("^\\s*```")
)

// shown are the command lines in a Markdown text: those of code blocks, which may be continued by a
// backslash, and those in backticks.
func shown(where, text string) []typed {
	var out []typed
	add := func(line string) {
		// Of a pipeline or a list, each command by itself.
		for _, part := range regexp.MustCompile(`\s(?:\||&&|\|\|)\s|;\s`).Split(line, -1) {
			part = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(part), "$ "))
			part, _, _ = strings.Cut(part, " > ")
			part, _, _ = strings.Cut(part, " #")
			if calls.MatchString(part) {
				out = append(out, typed{where, part})
			}
		}
	}
	inFence, open := false, ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case fence.MatchString(line):
			inFence, open = !inFence, ""
		case inFence:
			if rest, more := strings.CutSuffix(line, `\`); more {
				open += rest
				continue
			}
			add(open + line)
			open = ""
		default:
			for _, m := range inline.FindAllStringSubmatch(line, -1) {
				add(m[1])
			}
		}
	}
	return out
}

// parses says what is wrong with a command line: the command isn't there, or a flag isn't.
func parses(line string) error {
	call := calls.FindStringSubmatch(line)
	words, err := jobflags.Words(strings.TrimPrefix(line, call[0]))
	if err != nil {
		return err
	}
	if call[1] != "odh" {
		words = append([]string{"training"}, words...)
	}
	// A usage line, as `odh training logs JOB [flags]`, is held to its command alone.
	usage := slices.ContainsFunc(words, func(w string) bool { return strings.ContainsAny(w, "[(…") && !strings.Contains(w, "jsonpath") })
	root := cli.NewRoot()
	root.InitDefaultCompletionCmd()
	cmd, rest, err := root.Find(words)
	if err != nil {
		return err
	}
	if cmd.HasSubCommands() && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") && !usage {
		return fmt.Errorf("%s has no command %q", cmd.CommandPath(), rest[0])
	}
	if usage || cmd.DisableFlagParsing {
		return nil
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	return misread(cmd)
}

// misread is a flag of a job whose value is judged with the rest of the job, and not by the parser.
func misread(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		var wrong error
		switch text := f.Value.String(); f.Value.Type() {
		case "int32":
			_, wrong = strconv.Atoi(text)
		case "duration":
			_, wrong = time.ParseDuration(text)
		}
		if wrong != nil {
			err = errors.Join(err, fmt.Errorf("--%s: %w", f.Name, wrong))
		}
	})
	return err
}

// TestWrongCommandsAreFound keeps the two above from passing whatever is written.
func TestWrongCommandsAreFound(t *testing.T) {
	for _, line := range []string{
		"odh training lst", "odh training list --colour red", "odh train list", "kubectl odh-training list --limit many",
		"bin/odh training logs a --tail", "odh training run a --workers three -- p", "odh training run a --time-limit soon -- p",
	} {
		if parses(line) == nil {
			t.Errorf("%s is taken for right", line)
		}
	}
	page := "text `odh a` and\n```console\n$ odh b --x \\\n    --y | odh c > file\nodh d # why\nresult\n```\n"
	var got []string
	for _, c := range shown("", page) {
		got = append(got, c.line)
	}
	if want := []string{"odh a", "odh b --x     --y", "odh c", "odh d"}; !slices.Equal(got, want) {
		t.Errorf("finds %q", got)
	}
}
