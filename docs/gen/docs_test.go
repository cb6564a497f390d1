package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// link is a relative Markdown link's target, without its anchor.
var link = regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)]*)?\)`)

// TestLinks follows every relative link of every Markdown page in the repository.
func TestLinks(t *testing.T) {
	for _, page := range pages(t, "../..") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s, which does not exist", page, m[1])
			}
		}
	}
}

// path is a file or folder of the repository named in a table of requirements.md.
var path = regexp.MustCompile("`((?:cmd|config|docs|examples|hack|images|internal|pkg|sandbox|test|bench)/[^` ]*|Makefile|README.md)`")

// TestRequirementsNameRealFiles: the traceability table can't name code or tests that are not there.
func TestRequirementsNameRealFiles(t *testing.T) {
	text, err := os.ReadFile("../requirements.md")
	if err != nil {
		t.Fatal(err)
	}
	found := path.FindAllStringSubmatch(string(text), -1)
	if len(found) == 0 {
		t.Fatal("no files named: has the table's form changed?")
	}
	for _, m := range found {
		if _, err := os.Stat(filepath.Join("../..", m[1])); err != nil {
			t.Errorf("requirements.md names %s, which does not exist", m[1])
		}
	}
}

// testName is a Go test named in requirements.md, such as `TestLinks`.
var testName = regexp.MustCompile("`(Test[A-Za-z0-9_]+)(?:/[^`]*)?`")

// TestRequirementsNameRealTests: nor can it name a test function that does not exist.
func TestRequirementsNameRealTests(t *testing.T) {
	text, err := os.ReadFile("../requirements.md")
	if err != nil {
		t.Fatal(err)
	}
	defined := testFunctions(t)
	for _, m := range testName.FindAllStringSubmatch(string(text), -1) {
		if !defined[m[1]] {
			t.Errorf("requirements.md names %s, which no test file defines", m[1])
		}
	}
}

// TestRequirementsAreCounted: the sums are those of our rows, which say where each is implemented and what proves it.
// The customer's say what they rest on instead, and aren't counted.
func TestRequirementsAreCounted(t *testing.T) {
	text, err := os.ReadFile("../requirements.md")
	if err != nil {
		t.Fatal(err)
	}
	const columns = 5
	rows, of := 0, map[string]int{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != columns {
			continue
		}
		switch status := strings.TrimSpace(cells[2]); {
		case status == "Status", strings.HasPrefix(status, "---"):
		case status == "done", status == "part", status == "open":
			rows++
			of[status]++
		default:
			t.Errorf("requirements.md: %s has the status %q", strings.TrimSpace(cells[0]), status)
		}
	}
	want := fmt.Sprintf("Of %d rows of ours: %d done, %d in part, %d open.", rows, of["done"], of["part"], of["open"])
	if !strings.Contains(string(text), want) {
		t.Errorf("requirements.md doesn't say %q", want)
	}
}

func pages(t *testing.T, root string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules" || d.Name() == "bin") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(p, ".md") {
			found = append(found, p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
