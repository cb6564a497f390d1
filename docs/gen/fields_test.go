package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// fieldRow is a row of fields.md that is about a field of the schema.
var fieldRow = regexp.MustCompile("(?m)^\\| `((?:spec|status)\\.[^`]*)` \\|(.*)\\|([^|]*)\\|$")

// TestFieldsAreDocumented: every field of the schema, down to the pod template, has its row, no row is
// of a field that doesn't exist, and every row names a test that does.
func TestFieldsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../fields.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for _, m := range fieldRow.FindAllStringSubmatch(string(text), -1) {
		if _, twice := rows[m[1]]; twice {
			t.Errorf("fields.md has two rows of %s", m[1])
		}
		rows[m[1]] = m[3]
	}
	tests := testFunctions(t)
	for _, field := range schemaFields(t) {
		named := testName.FindAllStringSubmatch(rows[field], -1)
		if len(named) == 0 {
			t.Errorf("fields.md has no row of %s that names a test", field)
		}
		for _, m := range named {
			if !tests[m[1]] {
				t.Errorf("fields.md names %s for %s, which no test file defines", m[1], field)
			}
		}
		delete(rows, field)
	}
	for field := range rows {
		t.Errorf("fields.md has a row of %s, which the schema doesn't have", field)
	}
}

// schemaFields are the paths of the CRD's fields: of spec down to the pod template, of status the first level.
func schemaFields(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../config/crd/kubeflow.org_mpijobs.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var crd apiextensions.CustomResourceDefinition
	if err := yaml.Unmarshal(text, &crd); err != nil {
		t.Fatal(err)
	}
	root := crd.Spec.Versions[0].Schema.OpenAPIV3Schema
	var out []string
	var walk func(path string, s apiextensions.JSONSchemaProps, depth int)
	walk = func(path string, s apiextensions.JSONSchemaProps, depth int) {
		for name, child := range s.Properties {
			p := path + "." + name
			out = append(out, p)
			if name == "template" || depth == 1 {
				continue
			}
			if all := child.AdditionalProperties; all != nil && all.Schema != nil {
				walk(p+"[*]", *all.Schema, depth-1)
			}
			walk(p, child, depth-1)
		}
	}
	walk("spec", root.Properties["spec"], -1)
	walk("status", root.Properties["status"], 1)
	if len(out) < 20 {
		t.Fatalf("found %d fields in the schema: has its form changed?", len(out))
	}
	return out
}

// testFunctions are the names of all test functions of the repository.
func testFunctions(t *testing.T) map[string]bool {
	t.Helper()
	defined := map[string]bool{}
	err := filepath.WalkDir("../..", func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, "_test.go") {
			return err
		}
		src, err := os.ReadFile(p)
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(src), -1) {
			defined[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return defined
}
