package training

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// problemsOf are the problems of an InvalidError, as they are told.
func problemsOf(t *testing.T, err error) (told []string) {
	t.Helper()
	var invalid *InvalidError
	if err == nil {
		return nil
	}
	if !errors.As(err, &invalid) {
		t.Fatalf("%T %v", err, err)
	}
	for _, p := range invalid.Problems {
		told = append(told, p.String())
	}
	return told
}

// A key that is given twice is refused, and nothing is read that wasn't judged.
func TestKeysGivenTwiceInJSON(t *testing.T) {
	for text, want := range map[string][]string{
		`{"claims":[{"name":"x","mountPath":"/d","nothing":true}],"claims":[{"name":"x"}]}`: {"claims: is given twice: remove one", `claims[0].nothing: there is no such field: remove it, or check its indentation`},
		`{"memoryPerWorker":"lots","memoryPerWorker":"1Gi"}`:                                {"memoryPerWorker: is given twice: remove one", `memoryPerWorker: "lots" is no amount: write it as 512Mi or 16Gi`},
		`{"memoryPerWorker":"1Gi","memoryPerWorker":"lots"}`:                                {"memoryPerWorker: is given twice: remove one"},
		`{"nodeSelector":{"a":"b","a":"c"},"env":[{"name":"A","name":"B"}]}`:                {"nodeSelector.a: is given twice: remove one", "env[0].name: is given twice: remove one"},
		`{"workers":2}`: nil,
	} {
		if d := cmp.Diff(want, problemsOf(t, json.Unmarshal([]byte(text), &Spec{}))); d != "" {
			t.Errorf("%s (-want +got):\n%s", text, d)
		}
	}
	if got := problemsOf(t, json.Unmarshal([]byte(`{"workers":1,"workers":2}`), &Changes{})); len(got) != 1 || got[0] != "workers: is given twice: remove one" {
		t.Errorf("changes: %q", got)
	}
	for _, text := range []string{`{"workers":1} {"workers":2}`, `{"workers":1}]`, `{"workers":`} {
		if err := new(Spec).UnmarshalJSON([]byte(text)); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

// Two keys of YAML that are one in JSON are one given twice: which of them was taken was left to chance.
func TestKeysThatAreOneInJSON(t *testing.T) {
	for labels, want := range map[string]string{
		`{0x1: a, "1": b}`: "is the same key as 0x1: remove one", `{"1": b, 1: a}`: givenTwice, `{1.0: a, "1": b}`: "is the same key as 1.0: remove one",
		`{yes: a, "true": b}`: "is the same key as yes: remove one", `{a: &k x, *k : c, x: z}`: givenTwice, `{!!int "0x1": a, 1: b}`: "is the same key as 0x1: remove one",
		`{1: a, 2: b, "0x1": c, "yes": d, "y": e}`: "",
	} {
		_, err := ReadManifest(strings.NewReader(strings.Replace(good, "name: pi", "name: pi\n  labels: "+labels, 1)), "job.yaml")
		got := problemsOf(t, err)
		if want == "" && len(got) == 0 {
			continue
		}
		if len(got) != 1 || want == "" || !strings.HasPrefix(got[0], "line 5: metadata.labels.") || !strings.HasSuffix(got[0], ": "+want) {
			t.Errorf("%s: %q, want %q", labels, got, want)
		}
	}
}

// A list's item that is nothing is no text: it would be read as an empty argument.
func TestNothingIsNoText(t *testing.T) {
	got := problemsOf(t, json.Unmarshal([]byte(`{"command":["python",null,"a",""]}`), &Spec{}))
	if want := []string{`command[1]: is empty: write "" or remove it`}; !cmp.Equal(want, got) {
		t.Errorf("%q", got)
	}
	_, err := ReadManifest(strings.NewReader(strings.Replace(good, `command: [mpirun, -n, "4", p]`, "args:\n            - a\n            -\n            - b", 1)), "job.yaml")
	if got, want := problemsOf(t, err), []string{`line 16: spec.mpiReplicaSpecs[Launcher].template.spec.containers[0].args[1]: is empty: write "" or remove it`}; !cmp.Equal(want, got) {
		t.Errorf("%q", got)
	}
}

// A text of a few hundred thousand bytes costs no gigabytes, however it is wrong.
func TestMistakesAreBounded(t *testing.T) {
	const head = "apiVersion: kubeflow.org/v2beta1\nkind: MPIJob\nmetadata: {name: a}\nspec:\n"
	nested := strings.Repeat(`"a":1,`, 4000)
	for range 180 {
		nested = `"` + strings.Repeat("k", 1000) + `":{` + strings.TrimSuffix(nested, ",") + "}"
	}
	containers := strings.TrimSuffix(strings.Repeat("{nam: 1},", 20_000), ",")
	unknown := &strings.Builder{}
	for i := range 5000 {
		fmt.Fprintf(unknown, "  imag%d%s: 1\n", i, strings.Repeat("é", 60))
	}
	for name, text := range map[string]string{
		"duplicates below long keys": `{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJob","spec":{` + nested + "}}",
		"many below a long key":      head + "  mpiReplicaSpecs:\n   ? " + strings.Repeat("k", 100_000) + "\n   : {template: {spec: {containers: [" + containers + "]}}}\n",
		"long unknown keys":          head + unknown.String(),
		"one long key":               head + "  " + strings.Repeat("k", 900) + ": 1\n  ? " + strings.Repeat("x", 500_000) + "\n  : 1\n",
		"a long number":              head + "  slotsPerWorker: \"" + strings.Repeat("0", 500_000) + "1\"\n",
		"a long version":             "apiVersion: kubeflow.org/v1" + strings.Repeat("x", 500_000) + "\nkind: MPIJob\n",
		"a long anchor":              "a: *" + strings.Repeat("x", 500_000) + "\n",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ReadJobs(strings.NewReader(text), "job.yaml", "")
		var told string
		if err != nil {
			told = err.Error()
		}
		runtime.ReadMemStats(&after)
		var invalid *InvalidError
		if !errors.As(err, &invalid) || len(invalid.Problems) > 2*maxProblems || len(told) > 64<<10 {
			t.Errorf("%s: %T, %d bytes: %.200s", name, err, len(told), told)
			continue
		}
		for _, p := range invalid.Problems {
			if len(p.Field) > maxPath || len(p.Message) > 1<<10 {
				t.Errorf("%s: a path of %d bytes, a message of %d: %.200s", name, len(p.Field), len(p.Message), p)
			}
		}
		if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; spent > 1024 {
			t.Errorf("%s: %d bytes cost %d MiB", name, len(text), spent)
		} else {
			t.Logf("%s: %d bytes cost %d MiB, %d problems: %.200s", name, len(text), spent, len(invalid.Problems), told)
		}
	}
}

// What is told of many problems is short, and says how many more there are.
func TestManyProblemsAreToldShortly(t *testing.T) {
	invalid := &InvalidError{What: "x", Problems: make([]Problem, 150)}
	if text := invalid.Error(); !strings.HasPrefix(text, "x is invalid, 150 problems:\n") || !strings.HasSuffix(text, "\n  and 50 more") {
		t.Errorf("%s", text)
	}
}

func TestPathsAreCut(t *testing.T) {
	long := strings.Repeat("é", 400)
	path := below("spec", long)
	if len(path) > maxPath || !strings.HasSuffix(path, "é…") || below(path, "x") != path || keyed(path, "1") != path {
		t.Errorf("%d bytes: %s", len(path), path)
	}
	if got := keyed(below("a", "b"), "c"); got != "a.b[c]" {
		t.Error(got)
	}
}
