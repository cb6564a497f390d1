package printer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"k8s.io/client-go/util/jsonpath"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/yamltext"
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
	// JSONPath is followed by = and an expression over what JSON prints, as kubectl's.
	JSONPath Format = "jsonpath"
)

// IsData says whether the format is one that Data writes.
func (f Format) IsData() bool {
	return f == JSON || f == YAML || strings.HasPrefix(string(f), string(JSONPath))
}

// ParseFormat checks a value of -o against those a command has.
func ParseFormat(s string, allowed ...Format) (Format, error) {
	var names []string
	for _, f := range allowed {
		if expression, ok := strings.CutPrefix(s, string(JSONPath)+"="); ok && f == JSONPath {
			if err := jsonpath.New("output").Parse(expression); err != nil || expression == "" {
				return "", exit.Usagef("%q is no JSONPath expression: write it as jsonpath='{.items[*].name}'", expression)
			}
			return Format(s), nil
		}
		if s == string(f) && f != JSONPath {
			return f, nil
		}
		switch f {
		case Text:
		case JSONPath:
			names = append(names, "jsonpath=EXPRESSION")
		default:
			names = append(names, string(f))
		}
	}
	return "", exit.Usagef("there is no output format %q: use %s", s, strings.Join(names, ", "))
}

// Data writes a value as JSON, YAML, or what a JSONPath expression picks out of it.
func Data(w io.Writer, f Format, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("writing %s: %w", f, err)
	}
	if expression, ok := strings.CutPrefix(string(f), string(JSONPath)+"="); ok {
		return pick(w, expression, text)
	}
	if f == YAML {
		if text, err = yamltext.FromJSON(text); err != nil {
			return fmt.Errorf("writing yaml: %w", err)
		}
	} else {
		text = append(text, '\n')
	}
	_, err = w.Write(text)
	return err
}

// pick writes what an expression finds in JSON; what isn't there is nothing, as for kubectl.
func pick(w io.Writer, expression string, text []byte) error {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return fmt.Errorf("reading what jsonpath looks in: %w", err)
	}
	path := jsonpath.New("output").AllowMissingKeys(true)
	if err := path.Parse(expression); err != nil {
		return exit.Usagef("%q is no JSONPath expression: %v", expression, err)
	}
	var out bytes.Buffer
	if err := path.Execute(&out, v); err != nil {
		return exit.Usagef("jsonpath=%s: %v", expression, err)
	}
	out.WriteByte('\n')
	_, err := out.WriteTo(w)
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
func Jobs(p *training.Page) any {
	return struct {
		typeMeta
		*training.Page
	}{typeMeta{APIVersion, "TrainingJobList"}, p}
}

// UsageData is what a job uses as -o json prints it.
func UsageData(u *training.Usage) any {
	return struct {
		typeMeta
		*training.Usage
	}{typeMeta{APIVersion, "TrainingJobUsage"}, u}
}

// Board is what jobs take of namespaces as -o json prints it.
func Board(b *training.UsageBoard) any {
	return struct {
		typeMeta
		*training.UsageBoard
	}{typeMeta{APIVersion, "TrainingUsage"}, b}
}

// Comparison is several jobs side by side as -o json prints it.
func Comparison(c *training.Comparison) any {
	return struct {
		typeMeta
		*training.Comparison
	}{typeMeta{APIVersion, "TrainingJobComparison"}, c}
}

// Events are a job's events as -o json prints them.
func Events(events []training.Event) any {
	if events == nil {
		events = []training.Event{}
	}
	return struct {
		typeMeta
		Items []training.Event `json:"items"`
	}{typeMeta{APIVersion, "TrainingJobEventList"}, events}
}

// FullName is a job as -o name prints it: "mpijob.kubeflow.org/hello".
func FullName(t training.Type, name string) string {
	_, group, _ := strings.Cut(t.Resource(), ".")
	return strings.ToLower(string(t)) + "." + group + "/" + name
}

// ShortName is a job as a person types it: "mpijob/hello".
func ShortName(t training.Type, name string) string { return strings.ToLower(string(t)) + "/" + name }

// Outputs is what a job left as -o json prints it.
func Outputs(l *training.OutputList) any {
	return struct {
		typeMeta
		*training.OutputList
	}{typeMeta{APIVersion, "TrainingJobOutputs"}, l}
}

// Templates is a list of templates as -o json prints it.
func Templates(list []*training.Template) any {
	return struct {
		typeMeta
		Items []*training.Template `json:"items"`
	}{typeMeta{APIVersion, "TrainingTemplateList"}, list}
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
