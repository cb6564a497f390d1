package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/opendatahub-io/mpijob/internal/cli"
	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// term is a row of the glossary.
type term struct {
	word string
	not  []string
}

var glossaryRow = regexp.MustCompile(`(?m)^\| ([A-Za-z][A-Za-z ]*) \| (.+?) \|(.*)\|$`)

func glossary(t *testing.T) []term {
	t.Helper()
	text, err := os.ReadFile("../glossary.md")
	if err != nil {
		t.Fatal(err)
	}
	var out []term
	for _, m := range glossaryRow.FindAllStringSubmatch(string(text), -1) {
		if m[1] == "Word" {
			continue
		}
		var not []string
		for _, w := range strings.Split(m[3], ",") {
			if w = strings.TrimSpace(w); w != "" {
				not = append(not, w)
			}
		}
		out = append(out, term{m[1], not})
	}
	if len(out) < 30 {
		t.Fatalf("found %d words: has the glossary's form changed?", len(out))
	}
	return out
}

// prose is a text of the product's, with where it is.
type prose struct{ where, text string }

// faces are the texts users read: help, the catalogue of failures, the guides, and the service's contract.
func faces(t *testing.T) []prose {
	t.Helper()
	var out []prose
	_ = eachCommand(cli.NewRoot(), func(c *cobra.Command) error { // which returns no error
		add := func(what, text string) {
			out = append(out, prose{fmt.Sprintf("%s of %s", what, c.CommandPath()), text})
		}
		add("help", c.Short+"\n"+c.Long)
		c.Flags().VisitAll(func(f *pflag.Flag) { add("--"+f.Name, f.Usage) })
		return nil
	})
	for _, e := range failure.Catalogue() {
		out = append(out, prose{"the catalogue's " + string(e.Reason), strings.Join([]string{e.Title, e.Symptom, e.Cause, e.Advice}, "\n")})
	}
	// These are about other people's words, or about how something is built.
	others := []string{"glossary.md", "requirements.md", "fields.md", "migrate-from-mpi-operator.md", "benchmarks.md", "benchmarks-scale.md"}
	guides, err := filepath.Glob("../*.md")
	if err != nil {
		t.Fatal(err)
	}
	guides = slices.DeleteFunc(guides, func(p string) bool { return slices.Contains(others, filepath.Base(p)) })
	for _, p := range append(guides, "../../README.md", "../../openapi/training.yaml") {
		text, err := os.ReadFile(p)
		if os.IsNotExist(err) { // the service's contract, where there is no service yet
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, prose{p, string(text)})
	}
	return out
}

var (
	codeBlock = regexp.MustCompile("(?s)```.*?```")
	codeWord  = regexp.MustCompile("`[^`]*`|\\]\\([^)]*\\)")
	// meant are uses of a forbidden word for something else: replicas of the controller, a runtime's name.
	meant = regexp.MustCompile(`(?i)(one|two|each|no|this|both|another|any)? ?replicas? (of the (controller|service)|serves|leads)|(two|both|other|any) replicas?\b|blob/main/|duration, workers, gpus`)
)

// spoken is a text without code, links and what is meant otherwise.
func spoken(text string) string {
	for _, r := range []*regexp.Regexp{codeBlock, codeWord, meant} {
		text = r.ReplaceAllString(text, " ")
	}
	return text
}

func says(text, word string) string {
	return regexp.MustCompile(`(?i)\b` + regexp.QuoteMeta(word) + `s?\b`).FindString(text)
}

// TestOneWordForOneThing: no face uses a word that the glossary has another one for.
func TestOneWordForOneThing(t *testing.T) {
	terms := glossary(t)
	for _, p := range faces(t) {
		text := spoken(p.text)
		for _, term := range terms {
			for _, w := range term.not {
				if found := says(text, w); found != "" {
					t.Errorf("%s says %q: the word is %s", p.where, found, term.word)
				}
			}
		}
	}
}

// small is a part of a job in small letters, where it isn't a flag, a name or a placeholder.
var small = regexp.MustCompile(`(?:^|[ (])(worker|workers|launcher)\b[^-/=]`)

// TestPartsAreNames: Launcher and Worker are written as the names they are.
func TestPartsAreNames(t *testing.T) {
	for _, p := range faces(t) {
		if strings.HasSuffix(p.where, ".yaml") { // whose fields are in small letters
			continue
		}
		if m := small.FindString(spoken(p.text)); m != "" {
			t.Errorf("%s says %q: write Worker and Launcher", p.where, m)
		}
	}
}

// TestGlossaryIsInUse: every word is used by some face, and phases and types are all there.
func TestGlossaryIsInUse(t *testing.T) {
	var all strings.Builder
	for _, p := range faces(t) {
		all.WriteString(p.text + "\n")
	}
	words := map[string]bool{}
	for _, term := range glossary(t) {
		words[term.word] = true
		used := says(all.String(), term.word) != "" || slices.Contains(training.Phases(), training.Phase(term.word))
		if !used {
			t.Errorf("the glossary has %q, which no face uses", term.word)
		}
	}
	for _, p := range training.Phases() {
		if !words[string(p)] {
			t.Errorf("the glossary has no phase %s", p)
		}
	}
	for _, w := range []training.Type{training.TypeMPIJob, training.TypeTrainJob} {
		if !words[string(w)] {
			t.Errorf("the glossary has no type %s", w)
		}
	}
}

// TestWrongWordsAreFound keeps the tests above from passing whatever is written.
func TestWrongWordsAreFound(t *testing.T) {
	for text, want := range map[string]bool{
		"the master decides": true, "Two replicas of the controller": false, "3 replicas": true, "`replicas: 3`": false,
		"```\nmaster\n```": false, "[a](master.md)": false, "masterly": false,
	} {
		got := says(spoken(text), "master") != "" || says(spoken(text), "replica") != ""
		if got != want {
			t.Errorf("%q: found %v", text, got)
		}
	}
}
