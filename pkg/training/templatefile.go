package training

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	kjson "sigs.k8s.io/json"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/opendatahub-io/mpijob/internal/spelling"
	"github.com/opendatahub-io/mpijob/internal/yamltext"
)

// What a template's file begins with. Fields are added to a version, never changed.
const (
	templateVersion  = "training.opendatahub.io/v1"
	templateFileKind = "TrainingTemplate"
)

// templateText is a template as a file has it.
type templateText struct {
	APIVersion  string    `json:"apiVersion"`
	Kind        string    `json:"kind"`
	Name        string    `json:"name,omitempty"`
	Description string    `json:"description,omitempty"`
	Spec        *specText `json:"spec,omitempty"`
	MPIJob      *MPIJob   `json:"mpijob,omitempty"`
}

// YAML is the template as ReadTemplate reads it.
func (t *Template) YAML() ([]byte, error) {
	text := struct {
		APIVersion  string `json:"apiVersion"`
		Kind        string `json:"kind"`
		Name        string `json:"name"`
		Description string `json:"description,omitempty"`
		Spec        *Spec  `json:"spec,omitempty"`
		MPIJob      any    `json:"mpijob,omitempty"`
	}{APIVersion: templateVersion, Kind: templateFileKind, Name: t.Name, Description: t.Description, Spec: t.Spec}
	if t.MPIJob != nil {
		full, err := json.Marshal(t.MPIJob)
		if err != nil {
			return nil, fmt.Errorf("writing template %q: %w", t.Name, err)
		}
		var v map[string]any
		if err := json.Unmarshal(full, &v); err != nil {
			return nil, fmt.Errorf("writing template %q: %w", t.Name, err)
		}
		delete(v, "status")
		dropNulls(v)
		text.MPIJob = v
	}
	out, err := yamltext.Marshal(text)
	if err != nil {
		return nil, fmt.Errorf("writing template %q: %w", t.Name, err)
	}
	return out, nil
}

// dropNulls removes what Kubernetes' types print although nobody wrote it.
func dropNulls(v any) {
	switch t := v.(type) {
	case map[string]any:
		for k, x := range t {
			if x == nil {
				delete(t, k)
			}
			dropNulls(x)
		}
	case []any:
		for _, x := range t {
			dropNulls(x)
		}
	}
}

func parseTemplate(text []byte, what string) (*Template, error) {
	invalid := &InvalidError{What: what}
	fail := func(problems ...Problem) (*Template, error) {
		slices.SortStableFunc(problems, func(a, b Problem) int { return a.Line - b.Line })
		invalid.Problems = problems
		return nil, invalid
	}
	var doc yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0 {
		return fail(Problem{Message: "is empty: it should hold a " + templateFileKind + ", or an MPIJob"})
	} else if err != nil {
		return fail(syntaxProblem(err))
	}
	root := doc.Content[0]
	if err := decoder.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return fail(Problem{Message: "has more than one document: a template is one job"})
	}
	if scalar(root, "kind") != templateFileKind {
		jobs, err := parseManifest(text, what)
		if err != nil {
			return nil, err
		}
		t := TemplateOf(jobs[0].Name, jobs[0])
		return t, nil
	}
	if v := scalar(root, "apiVersion"); v != templateVersion {
		return fail(Problem{Field: "apiVersion", Line: root.Line, Message: fmt.Sprintf("is %q: a %s is %s", short(v), templateFileKind, templateVersion)})
	}
	budget := maxNodes
	if !affordable(root, &budget, 0) {
		return fail(Problem{Line: root.Line, Message: "expands to far more than is written, through aliases or nesting: write it out without them"})
	}
	read, problems := decodeTemplate(root)
	if len(problems) > 0 {
		return fail(problems...)
	}
	t := &Template{Name: read.Name, Description: read.Description, MPIJob: read.MPIJob}
	if t.MPIJob != nil {
		t.MPIJob.TypeMeta = jobMeta
	}
	if read.Spec != nil {
		s := Spec(read.Spec.plainSpec)
		limit, err := read.Spec.limit(0)
		if err != nil {
			return fail(Problem{Field: "spec.timeLimit", Line: lineOf(root, "spec.timeLimit"), Message: err.Error()})
		}
		s.TimeLimit = limit
		t.Spec = &s
	}
	for _, p := range t.problems() {
		p.Line = lineOf(root, p.Field)
		problems = append(problems, p)
	}
	if len(problems) > 0 {
		return fail(problems...)
	}
	return t, nil
}

// decodeTemplate reads a template's document, strictly.
func decodeTemplate(root *yaml.Node) (*templateText, []Problem) {
	problems := slices.Concat(badQuantities(root, ""), badAmounts(root))
	text, err := yaml.Marshal(root)
	if err != nil {
		return nil, []Problem{{Line: root.Line, Message: "can't be read: " + err.Error()}}
	}
	jsonText, err := sigsyaml.YAMLToJSONStrict(text)
	if err != nil {
		return nil, append(problems, duplicateKeys(root, err)...)
	}
	out := &templateText{}
	strict, err := kjson.UnmarshalStrict(jsonText, out)
	for _, e := range strict {
		problems = append(problems, unknownIn(root, e.Error(), reflect.TypeFor[templateText]()))
	}
	if err != nil {
		p := typeProblem(root, err)
		p.Field = strings.Replace(p.Field, "plainSpec.", "", 1) // how Spec is made up is nobody's business
		p.Line = lineOf(root, p.Field)
		problems = append(problems, p)
	}
	return out, problems
}

// badAmounts finds the simple form's quantities that are none, and blanks them.
func badAmounts(root *yaml.Node) (out []Problem) {
	for _, field := range []string{"cpuPerWorker", "memoryPerWorker", "launcherCPU", "launcherMemory", "sharedMemory"} {
		if v := child(child(root, "spec"), field); v != nil && v.Kind == yaml.ScalarNode && !isQuantity(v.Value) {
			out = append(out, Problem{Field: "spec." + field, Line: v.Line, Message: fmt.Sprintf("%q is not a quantity: write it as 500m, 4, 512Mi or 16Gi", short(v.Value))})
			v.Value, v.Tag = "0", "!!int"
		}
	}
	return out
}

// unknownIn is unknownField for a file of another type.
func unknownIn(root *yaml.Node, message string, t reflect.Type) Problem {
	p := unknownField(root, message)
	if !strings.HasPrefix(p.Message, "there is no such field") {
		return p
	}
	parent, name := "", p.Field
	if i := strings.LastIndex(name, "."); i >= 0 {
		parent, name = name[:i], name[i+1:]
	}
	p.Message = "there is no such field: remove it, or check its indentation"
	if meant := spelling.Nearest(name, fieldNames(t, parent)); meant != "" {
		p.Message = fmt.Sprintf("there is no such field: did you mean %q?", meant)
	}
	return p
}
