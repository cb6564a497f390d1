// Command generate writes the schemas of pkg/training's types into the contract, between its two marks.
package main

import (
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// roots are what the service sends and takes; what they consist of follows.
var roots = []reflect.Type{
	reflect.TypeFor[training.Job](),
	reflect.TypeFor[training.Detail](),
	reflect.TypeFor[training.Changes](),
	reflect.TypeFor[training.Difference](),
	reflect.TypeFor[training.SortKey](),
	reflect.TypeFor[training.Spec](),
	reflect.TypeFor[training.Retried](),
	reflect.TypeFor[training.Comparison](),
	reflect.TypeFor[training.Verdict](),
	reflect.TypeFor[training.Usage](),
	reflect.TypeFor[training.Curve](),
	reflect.TypeFor[training.ProgressCurve](),
	reflect.TypeFor[training.Template](),
	reflect.TypeFor[training.OutputList](),
	reflect.TypeFor[training.Connection](),
	reflect.TypeFor[training.QueueList](),
	reflect.TypeFor[training.UsageBoard](),
}

// renamed are types that have another name in the contract.
var renamed = map[string]string{
	"pkg/training.Problem": "FieldProblem", "internal/preflight.Check": "PreflightCheck", "internal/preflight.Wait": "WaitEstimate", "internal/preflight.Kind": "PreflightKind",
}

// aliased are types of internal packages, by their names in pkg/training.
var aliased = map[string]string{
	"internal/failure.Failure": "Failure", "internal/preflight.Verdict": "Verdict", "internal/preflight.Check": "PreflightCheck",
	"internal/preflight.Wait": "WaitEstimate", "internal/preflight.Outcome": "Outcome", "internal/price.Cost": "Cost",
}

// closed are objects that refuse fields they don't know, for their reader does.
var closed = map[string]bool{"pkg/training.Changes": true, "pkg/training.Spec": true}

const (
	file  = "training.yaml"
	begin = "    # BEGIN of what"
	end   = "    # END"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run() error {
	docs, err := readDocs("..", "pkg/training", "internal/failure", "internal/mpijob", "internal/preflight", "internal/price")
	if err != nil {
		return err
	}
	s := &schemas{docs: docs, done: map[string]reflect.Type{}}
	for _, t := range append(roots, reflect.TypeFor[training.Problem]()) {
		if err := s.add(t); err != nil {
			return err
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	out, err := between(string(text), s.String())
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(out), 0o644)
}

// between replaces what is between the marks.
func between(text, schemas string) (string, error) {
	at := strings.Index(text, begin)
	last := strings.LastIndex(text, end)
	if at < 0 || last < at {
		return "", fmt.Errorf("%s has lost its marks %q and %q", file, begin, end)
	}
	line := at + strings.IndexByte(text[at:], '\n') + 1
	return text[:line] + schemas + text[last:], nil
}
