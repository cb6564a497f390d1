package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/opendatahub-io/mpijob/internal/cli"
)

// useCase is a row of parity.md: what each face calls it.
type useCase struct {
	name                     string
	sdk, cli, api, dashboard []string
}

var named = regexp.MustCompile("`([^`]+)`")

// useCases reads the table.
func useCases(t *testing.T) (rows []useCase) {
	t.Helper()
	text, err := os.ReadFile("../parity.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		switch {
		case !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---"):
			continue
		case strings.TrimSpace(cells[0]) == "Use case":
			continue
		case len(cells) != 5:
			t.Fatalf("parity.md: a row of %d cells: %s", len(cells), line)
		}
		words := func(cell string) (out []string) {
			for _, m := range named.FindAllStringSubmatch(cell, -1) {
				out = append(out, m[1])
			}
			if len(out) == 0 && strings.TrimSpace(cell) != "-" {
				t.Errorf("parity.md: %q names nothing: write a dash where there is nothing to name", strings.TrimSpace(cells[0]))
			}
			return out
		}
		rows = append(rows, useCase{name: strings.TrimSpace(cells[0]), sdk: words(cells[1]), cli: words(cells[2]), api: words(cells[3]), dashboard: words(cells[4])})
	}
	if len(rows) < 15 {
		t.Fatalf("found %d use cases: has the table's form changed?", len(rows))
	}
	return rows
}

// sdk are the exported functions of pkg/training, and the methods of Jobs, Client and Spec.
func sdk(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	files := token.NewFileSet()
	entries, err := os.ReadDir("../../pkg/training")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, "../../pkg/training/"+e.Name(), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !f.Name.IsExported() {
				continue
			}
			name := f.Name.Name
			if f.Recv != nil {
				of := f.Recv.List[0].Type
				if star, ok := of.(*ast.StarExpr); ok {
					of = star.X
				}
				id, ok := of.(*ast.Ident)
				if !ok {
					continue
				}
				name = id.Name + "." + name
			}
			out[name] = true
		}
	}
	return out
}

// noUseCase is what the SDK has beside use cases: where one begins, and what describes values.
var noUseCase = []string{
	"NewClient", "NewClientFromKubeconfig", "Client.Host", "Client.StreamWith", "Client.Namespace", "Client.Jobs", "Client.Namespaces", "Client.CheckNamespace",
	"Jobs.Namespace", "Jobs.Of", "Jobs.Type", "Contexts", "ContextNamespaces", "Types", "ParseType", "Phases", "SortKeys",
}

func TestParityWithTheSDK(t *testing.T) {
	has := sdk(t)
	rows := useCases(t)
	told := map[string]bool{}
	for _, r := range rows {
		for _, name := range r.sdk {
			told[name] = true
			if !has[name] {
				t.Errorf("parity.md names %s for %q, which pkg/training doesn't have", name, r.name)
			}
		}
	}
	for name := range has {
		of, _, method := strings.Cut(name, ".")
		if (!method || of == "Jobs" || of == "Client") && !told[name] && !slices.Contains(noUseCase, name) {
			t.Errorf("pkg/training has %s, of which docs/parity.md has no row", name)
		}
	}
}

func TestParityWithTheCommandLine(t *testing.T) {
	rows := useCases(t)
	verbs := map[string]bool{}
	for _, c := range cli.NewRoot().Commands() {
		for _, verb := range c.Commands() {
			if !verb.Hidden && verb.Name() != "help" && verb.Name() != "completion" {
				verbs[verb.Name()] = true
			}
		}
	}
	told := map[string]bool{}
	for _, r := range rows {
		for _, line := range r.cli {
			verb, _, _ := strings.Cut(line, " ")
			told[verb] = true
			if err := parses("odh training " + line); err != nil || !verbs[verb] {
				t.Errorf("parity.md names `%s` for %q, which is no command (error %v)", line, r.name, err)
			}
		}
	}
	for v := range verbs {
		if !told[v] {
			t.Errorf("there is odh training %s, of which docs/parity.md has no row", v)
		}
	}
}

// operation is one of the contract's: how it is asked for.
type operation struct{ method, path string }

// operations are those of the contract, by id.
func operations(t *testing.T) map[string]operation {
	t.Helper()
	text, err := os.ReadFile("../../openapi/training.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var contract struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	if err := yaml.Unmarshal(text, &contract); err != nil {
		t.Fatal(err)
	}
	out := map[string]operation{}
	for path, methods := range contract.Paths {
		for method, m := range methods {
			if o, ok := m.(map[string]any); ok {
				if id, ok := o["operationId"].(string); ok {
					out[id] = operation{strings.ToUpper(method), path}
				}
			}
		}
	}
	return out
}

func TestParityWithREST(t *testing.T) {
	has, told := operations(t), map[string]bool{}
	for _, r := range useCases(t) {
		for _, id := range r.api {
			told[id] = true
			if _, ok := has[id]; !ok {
				t.Errorf("parity.md names %s for %q, which the contract doesn't have", id, r.name)
			}
		}
	}
	for id := range has {
		if !told[id] {
			t.Errorf("the contract has %s, of which docs/parity.md has no row", id)
		}
	}
}

// The dashboard's column names where on its pages a use case is, in its own words, and whatever it asks the service for
// is a use case that it says to have. (One answer serves several: a job's status has its events and its family.)
func TestParityWithTheDashboard(t *testing.T) {
	code, words := dashboardSources(t)
	asks := map[string]bool{}
	for id, o := range operations(t) {
		asks[id] = o.askedForIn(code)
	}
	told := map[string]bool{}
	for _, r := range useCases(t) {
		for _, word := range r.dashboard {
			if !strings.Contains(words, "'"+word+"'") {
				t.Errorf("parity.md says that %q is at %q, a word that no page of the dashboard has", r.name, word)
			}
		}
		for _, id := range r.api {
			told[id] = told[id] || len(r.dashboard) > 0
		}
	}
	for id, asked := range asks {
		if asked && !told[id] {
			t.Errorf("the dashboard asks for %s, of which docs/parity.md says that it hasn't it", id)
		}
	}
}

// dashboardSources are the dashboard's code without its tests and what is generated, and its words.
func dashboardSources(t *testing.T) (code, words string) {
	t.Helper()
	const root = "../../dashboard/src"
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, ".test.") || strings.Contains(path, ".gen.") || !strings.Contains(path, ".ts") {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.HasPrefix(path, root+"/words/") {
			words += string(text)
		} else {
			code += string(text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return code, words
}

// askedForIn says whether the code asks for it: through the typed client, or by an address it puts together.
func (o operation) askedForIn(code string) bool {
	if strings.Contains(code, "api."+o.method+"('"+o.path+"'") {
		return true
	}
	if o.method != "GET" {
		return false
	}
	parts := regexp.MustCompile(`\{[a-z]+\}`).Split(o.path, -1)
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile("['`]" + strings.Join(parts, `\$\{[^}]+\}`) + "['`?]").MatchString(code)
}
