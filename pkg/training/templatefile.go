package training

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/opendatahub-io/mpijob/internal/yamltext"
)

// What a template's file begins with. Fields are added to a version, never changed.
const (
	templateVersion  = "training.opendatahub.io/v1"
	templateFileKind = "TrainingTemplate"
)

// templateText is a template as a file has it.
type templateText struct {
	APIVersion  string  `json:"apiVersion"`
	Kind        string  `json:"kind"`
	Name        string  `json:"name,omitempty"`
	Description string  `json:"description,omitempty"`
	Spec        *Spec   `json:"spec,omitempty"`
	MPIJob      *MPIJob `json:"mpijob,omitempty"`
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
		jobs, err := jobsOf(parseManifest(text), what)
		switch {
		case err != nil:
			return nil, err
		case len(jobs) > 1:
			return fail(Problem{Message: fmt.Sprintf("has %d jobs: a template is one", len(jobs))})
		}
		return TemplateOf(jobs[0].Name, jobs[0]), nil
	}
	if v := scalar(root, "apiVersion"); v != templateVersion {
		return fail(Problem{Field: "apiVersion", Line: root.Line, Message: fmt.Sprintf("is %q: a %s is %s", short(v), templateFileKind, templateVersion)})
	}
	budget := maxNodes
	if !affordable(root, &budget, 0) {
		return fail(Problem{Line: root.Line, Message: "expands to far more than is written, through aliases or nesting: write it out without them"})
	}
	file := &templateText{}
	read, problems := decodeNode(root, file)
	if !read {
		return fail(problems...)
	}
	t := &Template{Name: file.Name, Description: file.Description, Spec: file.Spec, MPIJob: file.MPIJob}
	if t.MPIJob != nil {
		t.MPIJob.TypeMeta = jobMeta
	}
	if problems = append(problems, located(root, untold(problems, t.problems()))...); len(problems) > 0 {
		return fail(problems...)
	}
	return t, nil
}
