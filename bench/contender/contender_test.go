package contender

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opendatahub-io/mpijob/bench/cluster"
	"github.com/opendatahub-io/mpijob/bench/result"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func testWork() Work {
	return Work{Workers: 2, Slots: 2, Image: "mpi", ImageSSHD: "mpi-sshd", AgentImage: "agent",
		Key: Key{Private: "private\n", Public: "public\n"}}
}

func kinds(t *testing.T, manifest []byte) []string {
	t.Helper()
	objects, err := cluster.Decode(manifest)
	if err != nil {
		t.Fatalf("%v in\n%s", err, manifest)
	}
	var out []string
	for _, o := range objects {
		out = append(out, o.GetKind()+" "+o.GetNamespace()+"/"+o.GetName())
	}
	return out
}

func TestManifests(t *testing.T) {
	want := map[string][]string{
		"ours":          {"MPIJob bench-ours/pi"},
		"ours-sshd":     {"MPIJob bench-ours-sshd/pi"},
		"operator":      {"MPIJob mpi-operator-bench/pi"},
		"operator-wait": {"MPIJob mpi-operator-bench/pi"},
		"trainer":       {"TrainJob bench-trainer/pi"},
		"pods": {"ConfigMap bench-pods/pi-config", "Service bench-pods/pi",
			"Pod bench-pods/pi-worker-0", "Pod bench-pods/pi-worker-1", "Pod bench-pods/pi-launcher"},
	}
	got := map[string][]string{}
	for _, c := range All() {
		manifest, err := c.Manifest("pi", testWork())
		if err != nil {
			t.Fatal(err)
		}
		got[c.Key] = kinds(t, manifest)
		if setup, err := c.Setup(testWork()); err != nil {
			t.Error(err)
		} else if setup != nil {
			kinds(t, setup)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestOursAndTheOperatorGetTheSameManifest(t *testing.T) {
	var specs []any
	for _, key := range []string{"ours-sshd", "operator"} {
		chosen, err := Select([]string{key})
		if err != nil {
			t.Fatal(err)
		}
		manifest, err := chosen[0].Manifest("pi", testWork())
		if err != nil {
			t.Fatal(err)
		}
		objects, err := cluster.Decode(manifest)
		if err != nil {
			t.Fatal(err)
		}
		specs = append(specs, objects[0].Object["spec"])
	}
	if diff := cmp.Diff(specs[0], specs[1]); diff != "" {
		t.Errorf("the comparison would not be fair:\n%s", diff)
	}
}

func TestArguments(t *testing.T) {
	v := values{Work: testWork()}
	if diff := cmp.Diff([]string{"-H", "$(JOB)-worker-0-0.$(JOB):2,$(JOB)-worker-0-1.$(JOB):2", "-n", "4", "/pi"}, v.HostArguments("/pi")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	v.Program = []string{"sleep", "300"}
	if diff := cmp.Diff([]string{"-n", "4", "sleep", "300"}, v.Arguments("/pi")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSelect(t *testing.T) {
	chosen, err := Select([]string{"pods", "ours"})
	if err != nil || len(chosen) != 2 || chosen[0].Key != "ours" {
		t.Errorf("want ours, then pods: %v, %v", chosen, err)
	}
	if _, err := Select([]string{"ours", "theirs"}); err == nil || !strings.Contains(err.Error(), `"theirs"`) {
		t.Errorf("the error must name what is unknown: %v", err)
	}
}

func TestFinished(t *testing.T) {
	condition := func(kind, status string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{"conditions": []any{
			map[string]any{"type": "Created", "status": "True"},
			map[string]any{"type": kind, "status": status, "reason": "Because", "message": "of this"},
		}}}}
	}
	phase := func(p string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{"phase": p}}}
	}
	for _, test := range []struct {
		name    string
		read    func(*unstructured.Unstructured) (result.Outcome, string)
		object  *unstructured.Unstructured
		outcome result.Outcome
		message string
	}{
		{"no status yet", ended("Succeeded"), &unstructured.Unstructured{Object: map[string]any{}}, "", ""},
		{"running", ended("Succeeded"), condition("Running", "True"), "", ""},
		{"succeeded", ended("Succeeded"), condition("Succeeded", "True"), result.Succeeded, ""},
		{"not failed", ended("Succeeded"), condition("Failed", "False"), "", ""},
		{"failed", ended("Succeeded"), condition("Failed", "True"), result.Failed, "Because: of this"},
		{"pod pending", podPhase, phase("Pending"), "", ""},
		{"pod succeeded", podPhase, phase("Succeeded"), result.Succeeded, ""},
		{"pod failed", podPhase, phase("Failed"), result.Failed, "the launcher's pod failed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			outcome, message := test.read(test.object)
			if outcome != test.outcome || message != test.message {
				t.Errorf("got %q, %q", outcome, message)
			}
		})
	}
}
