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

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	"go.yaml.in/yaml/v3"
	kjson "sigs.k8s.io/json"
	sigsyaml "sigs.k8s.io/yaml"
)

// Limits of a manifest.
const (
	MaxManifest  = 1 << 20 // bytes
	maxDocuments = 100
	maxNodes     = 200_000 // with aliases expanded
)

// ReadManifest reads one or more MPIJobs, separated by `---` or as items of a List, from YAML or JSON: strictly (a field
// that doesn't exist is an error), at most MaxManifest bytes. All problems come back at once, with
// their lines, as one InvalidError; what names the source in it, as "train.yaml".
func ReadManifest(r io.Reader, what string) ([]*MPIJob, error) {
	documents, err := documentsOf(r, what)
	if err != nil {
		return nil, err
	}
	return jobsOf(documents, what)
}

// ReadJobs is ReadManifest and Check in one: what can't be read and what can't be come back at once, with their lines. A
// name, where one is given, takes the place of that of the one job there is.
func ReadJobs(r io.Reader, what, name string) ([]*MPIJob, error) {
	documents, err := documentsOf(r, what)
	if err != nil {
		return nil, err
	}
	if name != "" && len(documents) > 1 {
		return nil, &InvalidError{What: what, Problems: []Problem{{Message: fmt.Sprintf("has %d jobs, and one name was given: leave the name out", len(documents))}}}
	}
	for i := range documents {
		d := &documents[i]
		if d.job == nil {
			continue
		}
		if name != "" {
			d.job.Name = name
		}
		var invalid *InvalidError
		if errors.As(Check(d.job), &invalid) {
			d.problems = append(d.problems, located(d.root, untold(d.problems, invalid.Problems))...)
		}
	}
	return jobsOf(documents, what)
}

// document is one MPIJob of a manifest.
type document struct {
	// job is what could be read of it; nil where it is none.
	job      *MPIJob
	root     *yaml.Node
	problems []Problem
}

func documentsOf(r io.Reader, what string) ([]document, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxManifest+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", what, err)
	}
	if len(text) > MaxManifest {
		return nil, &InvalidError{What: what, Problems: []Problem{{Message: "is larger than 1 MiB, which no MPIJob is: put data into the image, a ConfigMap or a volume"}}}
	}
	return parseManifest(text), nil
}

// jobsOf are the jobs of documents that have no problems.
func jobsOf(documents []document, what string) ([]*MPIJob, error) {
	invalid := &InvalidError{What: what}
	var jobs []*MPIJob
	for _, d := range documents {
		slices.SortStableFunc(d.problems, func(a, b Problem) int { return a.Line - b.Line })
		invalid.Problems = append(invalid.Problems, d.problems...)
		jobs = append(jobs, d.job)
	}
	if len(documents) == 0 {
		invalid.Problems = []Problem{{Message: "is empty: it should hold an MPIJob (apiVersion: kubeflow.org/v2beta1, kind: MPIJob)"}}
	}
	if len(invalid.Problems) > 0 {
		return nil, invalid
	}
	return jobs, nil
}

func parseManifest(text []byte) (documents []document) {
	wrong := func(p Problem) { documents = append(documents, document{problems: []Problem{p}}) }
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for n := 0; ; {
		var doc yaml.Node
		err := decoder.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return documents
		}
		if err != nil {
			wrong(syntaxProblem(err))
			return documents
		}
		items := []*yaml.Node{nil}
		if len(doc.Content) > 0 && doc.Content[0].Tag != "!!null" {
			var problem *Problem
			if items, problem = itemsOf(doc.Content[0]); problem != nil {
				wrong(*problem)
			}
		}
		for _, item := range items {
			if n++; n > maxDocuments {
				wrong(tooMany())
				return documents
			}
			if item != nil {
				documents = append(documents, parseDocument(item))
			}
		}
	}
}

func syntaxProblem(err error) Problem {
	message := cut(strings.TrimPrefix(err.Error(), "yaml: "))
	p := Problem{Message: "is not YAML: " + message}
	if _, scanErr := fmt.Sscanf(message, "line %d:", &p.Line); scanErr == nil {
		_, after, _ := strings.Cut(message, ": ")
		p.Message = "is not YAML: " + after
	}
	if strings.HasSuffix(message, "found character that cannot start any token") {
		p.Message += "; if it is a tab, indent with spaces"
	}
	return p
}

// parseDocument reads one MPIJob out of a document's root, as far as it can be read.
func parseDocument(root *yaml.Node) document {
	budget := maxNodes
	if !affordable(root, &budget, 0) {
		return document{problems: []Problem{*tooMuch(root)}}
	}
	if p := kindProblem(root); p != nil {
		return document{problems: []Problem{*p}}
	}
	d := document{root: root, job: &MPIJob{}}
	var read bool
	if read, d.problems = decodeNode(root, d.job); !read {
		d.job = nil
	}
	return d
}

// decodeNode reads a checked tree into a value, strictly: every problem at its line. What doesn't fit is left out, so that
// all else is read; read is false where nothing could be.
func decodeNode(root *yaml.Node, into any) (read bool, problems []Problem) {
	f := &fitting{}
	f.duplicates(root, "", 0)
	nothing := func(format string, args ...any) (bool, []Problem) {
		return false, append(f.problems, Problem{Line: root.Line, Message: cut(fmt.Sprintf(format, args...))})
	}
	// Encoding the tree again resolves its aliases; numbers and booleans are then read as Kubernetes reads them.
	text, err := yaml.Marshal(root)
	if err != nil {
		return nothing("can't be read: %v", err)
	}
	asJSON, err := sigsyaml.YAMLToJSONStrict(text)
	if err != nil {
		return nothing("can't be read: %s", withoutLine(err))
	}
	var given any
	decoder := json.NewDecoder(bytes.NewReader(asJSON))
	decoder.UseNumber()
	if err := decoder.Decode(&given); err != nil {
		return nothing("can't be read: %v", err)
	}
	f.fits(given, reflect.TypeOf(into), "")
	if asJSON, err = json.Marshal(given); err != nil {
		return nothing("can't be read: %v", err)
	}
	strict, err := kjson.UnmarshalStrict(asJSON, into)
	for _, e := range append(strict, err) {
		if e != nil {
			f.note(Problem{Line: root.Line, Message: "can't be read: " + cut(e.Error())})
		}
	}
	return true, located(root, f.problems)
}

// affordable counts a tree's nodes as they would be with aliases expanded, down to the budget.
func affordable(n *yaml.Node, budget *int, depth int) bool {
	if *budget--; *budget < 0 || depth > 200 {
		return false
	}
	if n.Kind == yaml.AliasNode {
		return affordable(n.Alias, budget, depth+1)
	}
	for _, c := range n.Content {
		if !affordable(c, budget, depth+1) {
			return false
		}
	}
	return true
}

// kindProblem refuses what is no MPIJob of the version we know, with what to do instead.
func kindProblem(root *yaml.Node) *Problem {
	problem := func(format string, args ...any) *Problem {
		return &Problem{Line: root.Line, Message: fmt.Sprintf(format, args...)}
	}
	if root.Kind == yaml.SequenceNode {
		return problem("is a list: write each MPIJob as a document of its own, with `---` between them")
	}
	if root.Kind == yaml.ScalarNode {
		return problem("is a single value (%q): it should be an MPIJob (apiVersion: kubeflow.org/v2beta1, kind: MPIJob)", short(root.Value))
	}
	version, kind := scalar(root, "apiVersion"), scalar(root, "kind")
	switch {
	case kind == "" && version == "":
		return problem("has neither apiVersion nor kind: begin it with `apiVersion: kubeflow.org/v2beta1` and `kind: MPIJob`")
	case kind == "List" || kind == "MPIJobList":
		return problem("is a %s within a List: write each MPIJob as a document of its own, with `---` between them", kind)
	case kind != "MPIJob":
		return problem("is a %q: only MPIJobs can be created here; use `kubectl apply` or `oc apply` for other objects", short(kind))
	case version == kubeflow.SchemeGroupVersion.String():
		return nil
	case strings.HasPrefix(version, "kubeflow.org/v1"):
		return problem("is an MPIJob of %s, the old API: %s", short(version), convertV1(root))
	}
	return problem("has apiVersion %q: MPIJobs are kubeflow.org/v2beta1", short(version))
}

// convertV1 says what to change in this manifest of kubeflow.org/v1 to make it v2beta1.
func convertV1(root *yaml.Node) string {
	steps := []string{"change apiVersion to kubeflow.org/v2beta1"}
	spec := child(root, "spec")
	for _, f := range []string{"cleanPodPolicy", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished", "schedulingPolicy"} {
		if child(spec, f) != nil {
			steps = append(steps, fmt.Sprintf("move spec.%s to spec.runPolicy.%s", f, f))
		}
	}
	if child(spec, "mainContainer") != nil {
		steps = append(steps, "remove spec.mainContainer (the first container is the main one)")
	}
	if child(spec, "replicas") != nil || child(spec, "template") != nil {
		steps = append(steps, "move replicas and template to spec.mpiReplicaSpecs.Worker and .Launcher")
	}
	return strings.Join(steps, "; ")
}

func short(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}
