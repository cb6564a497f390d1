package printer

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// APIVersion of what -o json and -o yaml print. Fields are added to a version, never changed.
const APIVersion = "cli.training.opendatahub.io/v1"

// Format is a value of -o.
type Format string

// The formats.
const (
	Text Format = ""
	Wide Format = "wide"
	JSON Format = "json"
	YAML Format = "yaml"
	Name Format = "name"
)

// ParseFormat checks a value of -o against those a command has.
func ParseFormat(s string, allowed ...Format) (Format, error) {
	var names []string
	for _, f := range allowed {
		if s == string(f) {
			return f, nil
		}
		if f != Text {
			names = append(names, string(f))
		}
	}
	return "", exit.Usagef("there is no output format %q: use %s", s, strings.Join(names, ", "))
}

// Data writes a value as JSON or YAML.
func Data(w io.Writer, f Format, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("writing %s: %w", f, err)
	}
	if f == YAML {
		if text, err = yaml.JSONToYAML(text); err != nil {
			return fmt.Errorf("writing yaml: %w", err)
		}
	} else {
		text = append(text, '\n')
	}
	_, err = w.Write(text)
	return err
}

type typeMeta struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
}

// Job is a job as -o json prints it.
func Job(j *training.Job) any {
	return struct {
		typeMeta
		*training.Job
	}{typeMeta{APIVersion, "TrainingJob"}, j}
}

// Detail is a job with its parts as -o json prints it.
func Detail(d *training.Detail) any {
	return struct {
		typeMeta
		*training.Detail
	}{typeMeta{APIVersion, "TrainingJobDetail"}, d}
}

// Jobs is a list as -o json prints it.
func Jobs(jobs []*training.Job) any {
	return struct {
		typeMeta
		Items []*training.Job `json:"items"`
	}{typeMeta{APIVersion, "TrainingJobList"}, jobs}
}

// Manifest is an MPIJob as one would write it: without status, and without what only a cluster sets.
func Manifest(m *training.MPIJob) any {
	m = m.DeepCopy()
	m.ManagedFields = nil
	text, err := json.Marshal(m)
	if err != nil {
		return m
	}
	var v map[string]any
	if json.Unmarshal(text, &v) != nil {
		return m
	}
	delete(v, "status")
	dropEmpty(v)
	return v
}

// dropEmpty removes what Kubernetes' types print although it was never written: creationTimestamp
// null, resources and empty mappings. An emptyDir is empty on purpose.
func dropEmpty(v any) {
	switch t := v.(type) {
	case map[string]any:
		for k, x := range t {
			dropEmpty(x)
			if m, ok := x.(map[string]any); x == nil || ok && len(m) == 0 && (k == "resources" || k == "strategy" || k == "metadata") {
				delete(t, k)
			}
		}
	case []any:
		for _, x := range t {
			dropEmpty(x)
		}
	}
}
