package training

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const good = `apiVersion: kubeflow.org/v2beta1
kind: MPIJob
metadata:
  name: pi
spec:
  slotsPerWorker: 2
  mpiReplicaSpecs:
    Launcher:
      template:
        spec:
          containers:
          - name: launcher
            image: i
            command: [mpirun, -n, "4", p]
    Worker:
      replicas: 2
      template:
        spec:
          containers:
          - name: worker
            image: i
            resources: {limits: {cpu: 1, memory: 1Gi}}
`

// listOf is a List of the given documents.
func listOf(documents ...string) string {
	text := "apiVersion: v1\nkind: List\nitems:\n"
	for _, d := range documents {
		text += "- " + strings.ReplaceAll(strings.TrimSpace(d), "\n", "\n  ") + "\n"
	}
	return text
}

func TestReadManifest(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'i'; c++ {
		before := string(c - 1)
		bomb += string(c) + ": &" + string(c) + " [" + strings.TrimSuffix(strings.Repeat("*"+before+",", 9), ",") + "]\n"
	}
	for _, c := range []struct {
		name, text string
		jobs       int
		wrong      []string // all in the error's text
	}{
		{name: "good", text: good, jobs: 1},
		{name: "two", text: good + "---\n" + good + "---\n", jobs: 2},
		{name: "JSON", text: `{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJob","metadata":{"name":"a"}}`, jobs: 1},
		{name: "an honest alias", text: strings.Replace(good, "image: i\n            command", "image: &i reg/i:1\n            command", 1) + "            env: [{name: A, value: *i}]\n", jobs: 1},
		{name: "empty", text: "\n---\n# nothing\n", wrong: []string{"is empty"}},
		{name: "a list", text: "- a\n- b\n", wrong: []string{"is a list", "---"}},
		{name: "a word", text: "hello", wrong: []string{"single value"}},
		{name: "a List", text: listOf(good, good) + "---\n" + good, jobs: 3},
		{name: "a List in JSON", text: `{"apiVersion":"v1","kind":"List","metadata":{"resourceVersion":""},"items":[{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJob","metadata":{"name":"a"}}]}`, jobs: 1},
		{name: "a List whose items share an alias", text: listOf(strings.Replace(good, "image: i\n            command", "image: &i reg/i:1\n            command", 1), strings.Replace(good, "image: i\n            command", "image: *i\n            command", 1)), jobs: 2},
		{name: "a List with a mistake in its second item", text: listOf(good, strings.Replace(good, "slotsPerWorker", "slotPerWorker", 1)), wrong: []string{"line 31: spec.slotPerWorker"}},
		{name: "an empty List", text: "apiVersion: v1\nkind: List\nitems: []\n", wrong: []string{"is empty"}},
		{name: "a List without items", text: "apiVersion: v1\nkind: List\n", wrong: []string{"items"}},
		{name: "a List in a List", text: listOf(listOf(good)), wrong: []string{"is a List within a List"}},
		{name: "a List of more than a file may hold", text: listOf(slices.Repeat([]string{"apiVersion: v1\n"}, 101)...), wrong: []string{"more than 100 documents"}},
		{name: "a bomb in a List", text: "kind: List\nitems: [*g]\n" + bomb, wrong: []string{"is invalid"}},
		{name: "another kind, second", text: good + "---\napiVersion: v1\nkind: Secret\n", wrong: []string{`"Secret"`, "kubectl apply", "line 24"}},
		{name: "no kind", text: "a: b\n", wrong: []string{"neither apiVersion nor kind"}},
		{name: "another version", text: "apiVersion: kubeflow.org/v3\nkind: MPIJob\n", wrong: []string{"kubeflow.org/v2beta1"}},
		{name: "v1", text: "apiVersion: kubeflow.org/v1\nkind: MPIJob\nspec: {cleanPodPolicy: All, mainContainer: a}\n",
			wrong: []string{"change apiVersion to kubeflow.org/v2beta1", "move spec.cleanPodPolicy to spec.runPolicy.cleanPodPolicy", "mainContainer"}},
		{name: "unknown fields, all of them", text: strings.NewReplacer("slotsPerWorker", "slotPerWorker", "command:", "comand:", "template:\n        spec:\n          containers:\n          - name: worker", "template:\n        spec:\n          zzz: 1\n          containers:\n          - name: worker").Replace(good),
			wrong: []string{"line 6: spec.slotPerWorker", `did you mean "slotsPerWorker"`, "line 14:", `did you mean "command"`, "zzz: there is no such field: remove it"}},
		{name: "wrong type", text: strings.Replace(good, "slotsPerWorker: 2", "slotsPerWorker: two", 1), wrong: []string{"line 6: spec.slotsPerWorker", "a whole number"}},
		{name: "not a list", text: strings.Replace(good, `[mpirun, -n, "4", p]`, "mpirun -n 4 p", 1), wrong: []string{"command", "a list"}},
		{name: "quantities", text: strings.Replace(good, "cpu: 1, memory: 1Gi", "cpu: one, memory: 1Gigs", 1), wrong: []string{`line 22: spec.mpiReplicaSpecs[Worker].template.spec.containers[0].resources.limits[cpu]: "one" is no amount: write it as 4 or 500m`, `"1Gigs" is no amount: did you mean 1G, or 1Gi?`}},
		{name: "given twice", text: strings.Replace(good, "  name: pi\n", "  name: pi\n  name: po\n", 1), wrong: []string{"line 5", "name"}},
		{name: "broken", text: "a: [b\nc: d", wrong: []string{"is not YAML", "line"}},
		{name: "a tab", text: strings.Replace(good, "  name: pi\n", "\tname: pi\n", 1), wrong: []string{"line 4", "indent with spaces"}},
		{name: "bomb", text: bomb, wrong: []string{"expands to far more"}},
		{name: "an alias of itself", text: "a: &a [*a]\n", wrong: []string{"is invalid"}},
		{name: "deep", text: strings.Repeat("[", 5000) + strings.Repeat("]", 5000), wrong: []string{"is invalid"}},
		{name: "large", text: "# " + strings.Repeat("x", MaxManifest), wrong: []string{"larger than 1 MiB"}},
	} {
		jobs, err := ReadManifest(strings.NewReader(c.text), "job.yaml")
		if len(jobs) != c.jobs || (err != nil) != (len(c.wrong) > 0) {
			t.Errorf("%s: %d jobs, error %v", c.name, len(jobs), err)
			continue
		}
		var invalid *InvalidError
		if err != nil && !errors.As(err, &invalid) {
			t.Errorf("%s: error of type %T", c.name, err)
		}
		for _, w := range c.wrong {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: the error does not say %q:\n%v", c.name, w, err)
			}
		}
	}
}

// Whatever the input, the decoder answers with jobs or with an InvalidError, and quickly.
func FuzzReadManifest(f *testing.F) {
	for _, s := range []string{good, good + "---\n" + good, "a: &a [*a]", "- a", "kind: MPIJob", "{", "apiVersion: kubeflow.org/v1\nkind: MPIJob", "a: *b", "? [a]\n: b", strings.Replace(good, "memory: 1Gi", "memory: &m [*m]", 1),
		strings.Replace(good, "memory: 1Gi", "memory: 10 TB", 1), strings.Replace(good, "replicas: 2", "replicas: {a: [1.5, !!binary x]}", 1)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		jobs, err := ReadManifest(bytes.NewReader(text), "x")
		var invalid *InvalidError
		if err != nil && !errors.As(err, &invalid) || (err == nil) != (len(jobs) > 0) {
			t.Fatalf("%d jobs, error %T %v", len(jobs), err, err)
		}
		for _, j := range jobs {
			_ = Check(j)
		}
		_, err = ReadJobs(bytes.NewReader(text), "x", "")
		lines := bytes.Count(text, []byte("\n")) + bytes.Count(text, []byte("\r")) + 1
		if errors.As(err, &invalid) {
			for _, p := range invalid.Problems {
				if p.Line < 0 || p.Line > lines || p.Message == "" {
					t.Fatalf("%q of %d lines: %+v", text, lines, p)
				}
			}
		}
	})
}

// What can't be read and what can't be come at once, each at the line of its field.
func TestEveryProblemOfAManifestAtItsLine(t *testing.T) {
	text := strings.NewReplacer(
		"name: pi", "name: Pi\n  annotations:\n    training.opendatahub.io/network-policy: all\n  labels: {a: 1}",
		"slotsPerWorker: 2", "slotsPerWorker: 2.5",
		"replicas: 2", "replicas: many",
		"            image: i\n            resources: {limits: {cpu: 1, memory: 1Gi}}", "            image: a b\n            resources: {limits: {cpu: 2 cores, memory: 10 TB, nvidia.com/gpu: 1 gpu}}\n          volumes:\n          - name: v\n            emptyDir: {sizeLimit: 16 gb}\n          - v",
		"            image: i\n            command", "            image: 7\n            image: 8\n            command",
	).Replace(good)
	_, err := ReadJobs(strings.NewReader(text), "job.yaml", "")
	var invalid *InvalidError
	if !errors.As(err, &invalid) {
		t.Fatal(err)
	}
	var got []string
	for _, p := range invalid.Problems {
		got = append(got, p.String())
	}
	const launcher, worker = "spec.mpiReplicaSpecs[Launcher].template.spec.", "spec.mpiReplicaSpecs[Worker].template.spec."
	want := []string{
		`line 4: metadata.name: "Pi" becomes part of hostnames: use lower-case letters, digits and '-' only, begin with a letter, end with a letter or digit (no dots)`,
		`line 6: metadata.annotations[training.opendatahub.io/network-policy]: "all" must be one of none, default, restricted, isolated`,
		"line 7: metadata.labels[a]: is a number, but should be text: put it in quotes",
		"line 9: spec.slotsPerWorker: is 2.5, but should be a whole number",
		"line 16: " + launcher + "containers[0].image: is a number, but should be text: put it in quotes",
		"line 17: spec.mpiReplicaSpecs.Launcher.template.spec.containers[0].image: is given twice: remove one",
		`line 20: spec.mpiReplicaSpecs[Worker].replicas: is "many", but should be a whole number`,
		`line 25: ` + worker + `containers[0].image: "a b" must not contain spaces: write registry/name:tag`,
		`line 26: ` + worker + `containers[0].resources.limits[cpu]: "2 cores" is no amount: did you mean 2?`,
		`line 26: ` + worker + `containers[0].resources.limits[memory]: "10 TB" is no amount: did you mean 10T, or 10Ti?`,
		`line 26: ` + worker + `containers[0].resources.limits[nvidia.com/gpu]: "1 gpu" is no amount: did you mean 1?`,
		`line 29: ` + worker + `volumes[0].emptyDir.sizeLimit: "16 gb" is no amount: did you mean 16G, or 16Gi?`,
		"line 30: " + worker + "volumes[1]: is text, but should be a mapping (key: value)",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}

	jobs, err := ReadJobs(strings.NewReader(good), "job.yaml", "")
	if err != nil || len(jobs) != 1 || jobs[0].Name != "pi" {
		t.Errorf("%v, %v", jobs, err)
	}
	jobs, err = ReadJobs(strings.NewReader(strings.Replace(good, "name: pi", "name: Not_Pi", 1)), "job.yaml", "pi-2")
	if err != nil || len(jobs) != 1 || jobs[0].Name != "pi-2" {
		t.Errorf("with another name: %v, %v", jobs, err)
	}
	if _, err = ReadJobs(strings.NewReader(good+"---\n"+good), "job.yaml", "pi-2"); err == nil || !strings.Contains(err.Error(), "leave the name out") {
		t.Errorf("one name for two: %v", err)
	}
}
