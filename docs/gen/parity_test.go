package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/opendatahub-io/mpijob/internal/cli"
)

// useCase is a row of parity.md: what each face calls it.
type useCase struct {
	name          string
	sdk, cli, api []string
}

var named = regexp.MustCompile("`([^`]+)`")

// useCases reads the table; rest says whether it has a column for REST.
func useCases(t *testing.T) (rows []useCase, rest bool) {
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
			rest = len(cells) == 4
			continue
		case len(cells) < 3 || rest && len(cells) != 4:
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
		row := useCase{name: strings.TrimSpace(cells[0]), sdk: words(cells[1]), cli: words(cells[2])}
		if rest {
			row.api = words(cells[3])
		}
		rows = append(rows, row)
	}
	if len(rows) < 15 {
		t.Fatalf("found %d use cases: has the table's form changed?", len(rows))
	}
	return rows, rest
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
	"NewClient", "NewClientFromKubeconfig", "Client.Host", "Client.Namespace", "Client.Jobs", "Client.Namespaces", "Client.CheckNamespace",
	"Jobs.Namespace", "Jobs.Of", "Jobs.Type", "Contexts", "ContextNamespaces", "Types", "ParseType", "Phases", "SortKeys",
}

func TestParityWithTheSDK(t *testing.T) {
	has := sdk(t)
	rows, _ := useCases(t)
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
	rows, _ := useCases(t)
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

func TestParityWithREST(t *testing.T) {
	text, err := os.ReadFile("../../openapi/training.yaml")
	rows, column := useCases(t)
	if os.IsNotExist(err) {
		if column {
			t.Error("parity.md has a column for REST, of which there is no contract")
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if !column {
		t.Fatal("there is openapi/training.yaml: docs/parity.md wants a fourth column, REST")
	}
	var contract struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	if err := yaml.Unmarshal(text, &contract); err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{}
	for _, methods := range contract.Paths {
		for _, m := range methods {
			if operation, ok := m.(map[string]any); ok {
				if id, ok := operation["operationId"].(string); ok {
					has[id] = true
				}
			}
		}
	}
	told := map[string]bool{}
	for _, r := range rows {
		for _, id := range r.api {
			told[id] = true
			if !has[id] {
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
