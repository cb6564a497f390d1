package training

import (
	"bytes"
	"errors"
	"fmt"
	"io"
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
	text, err := io.ReadAll(io.LimitReader(r, MaxManifest+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", what, err)
	}
	if len(text) > MaxManifest {
		return nil, &InvalidError{What: what, Problems: []Problem{{Message: "is larger than 1 MiB, which no MPIJob is: put data into the image, a ConfigMap or a volume"}}}
	}
	return parseManifest(text, what)
}

func parseManifest(text []byte, what string) ([]*MPIJob, error) {
	invalid := &InvalidError{What: what}
	var jobs []*MPIJob
	decoder := yaml.NewDecoder(bytes.NewReader(text))
documents:
	for n := 0; ; {
		var doc yaml.Node
		err := decoder.Decode(&doc)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			invalid.Problems = append(invalid.Problems, syntaxProblem(err))
			break
		}
		items := []*yaml.Node{nil}
		if len(doc.Content) > 0 && doc.Content[0].Tag != "!!null" {
			var problem *Problem
			if items, problem = itemsOf(doc.Content[0]); problem != nil {
				invalid.Problems = append(invalid.Problems, *problem)
			}
		}
		for _, item := range items {
			if n++; n > maxDocuments {
				invalid.Problems = append(invalid.Problems, tooMany())
				break documents
			}
			if item == nil {
				continue
			}
			m, problems := parseDocument(item)
			invalid.Problems = append(invalid.Problems, problems...)
			jobs = append(jobs, m)
		}
	}
	if len(invalid.Problems) == 0 && len(jobs) == 0 {
		invalid.Problems = []Problem{{Message: "is empty: it should hold an MPIJob (apiVersion: kubeflow.org/v2beta1, kind: MPIJob)"}}
	}
	if len(invalid.Problems) > 0 {
		return nil, invalid
	}
	return jobs, nil
}

func syntaxProblem(err error) Problem {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	p := Problem{Message: "is not YAML: " + message}
	if _, scanErr := fmt.Sscanf(message, "line %d:", &p.Line); scanErr == nil {
		_, after, _ := strings.Cut(message, ": ")
		p.Message = "is not YAML: " + after
	}
	return p
}

// parseDocument reads one MPIJob out of a document's root.
func parseDocument(root *yaml.Node) (*MPIJob, []Problem) {
	budget := maxNodes
	if !affordable(root, &budget, 0) {
		return nil, []Problem{*tooMuch(root)}
	}
	if p := kindProblem(root); p != nil {
		return nil, []Problem{*p}
	}
	problems := badQuantities(root, "")
	// Encoding a checked tree again resolves its aliases; numbers and booleans are then read as
	// Kubernetes reads them.
	text, err := yaml.Marshal(root)
	if err != nil {
		return nil, []Problem{{Line: root.Line, Message: "can't be read: " + err.Error()}}
	}
	json, err := sigsyaml.YAMLToJSONStrict(text)
	if err != nil {
		return nil, append(problems, duplicateKeys(root, err)...)
	}
	m := &MPIJob{}
	strict, err := kjson.UnmarshalStrict(json, m)
	for _, e := range strict {
		problems = append(problems, unknownField(root, e.Error()))
	}
	if err != nil {
		problems = append(problems, typeProblem(root, err))
	}
	if len(problems) > 0 {
		slices.SortStableFunc(problems, func(a, b Problem) int { return a.Line - b.Line })
		return nil, problems
	}
	return m, nil
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
		return problem("is an MPIJob of %s, the old API: %s", version, convertV1(root))
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
