package scale

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/opendatahub-io/mpijob/bench/result"
)

func pod(uid, node, phase string) *unstructured.Unstructured {
	p := &unstructured.Unstructured{Object: map[string]any{
		"spec": map[string]any{}, "status": map[string]any{"phase": phase},
	}}
	if node != "" {
		p.Object["spec"] = map[string]any{"nodeName": node}
	}
	p.SetUID(types.UID(uid))
	return p
}

func TestTrackerCountsEachPodOnce(t *testing.T) {
	tr := newTracker(2)
	for i, step := range []struct {
		pod  *unstructured.Unstructured
		done bool
	}{
		{pod("a", "", "Pending"), false},
		{pod("a", "n", "Running"), false}, // skipping a step counts for it too
		{pod("a", "n", "Running"), false}, // seen again
		{pod("b", "", "Pending"), false},
		{pod("b", "n", "Pending"), false},
		{pod("b", "n", "Running"), true},
	} {
		if done := tr.observe(float64(i), step.pod); done != step.done {
			t.Errorf("step %d: done %v", i, done)
		}
	}
	want := result.ScaleRun{Seconds: 5, Outcome: result.Succeeded, Created: 3, Scheduled: 4}
	if diff := cmp.Diff(want, tr.run); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestEveryContenderMakesItsJobsForFakeNodesOnly(t *testing.T) {
	shape := result.Shape{Jobs: 2, Workers: 3}
	for _, c := range All() {
		objects, err := c.Jobs("r00", shape)
		if err != nil {
			t.Fatalf("%s: %v", c.Key, err)
		}
		want := shape.Jobs
		if c.manifest == "pods.yaml" {
			want = shape.Pods()
		}
		if len(objects) != want {
			t.Errorf("%s: %d objects, want %d", c.Key, len(objects), want)
		}
		setup, err := c.Setup(shape.Workers)
		if err != nil {
			t.Fatalf("%s: %v", c.Key, err)
		}
		text := ""
		for _, o := range append(objects, setup...) {
			if o.GetNamespace() != c.Namespace {
				t.Errorf("%s: %s is in %q", c.Key, o.GetName(), o.GetNamespace())
			}
			text += fmt.Sprint(o.Object)
		}
		if !strings.Contains(text, "map[type:kwok]") || !strings.Contains(text, "kwok.x-k8s.io/node") {
			t.Errorf("%s: its pods would land on real nodes", c.Key)
		}
	}
}

func TestFakeNodesKeepOrdinaryPodsAway(t *testing.T) {
	fake, err := FakeNodes()
	if err != nil || len(fake) != Nodes {
		t.Fatalf("%d nodes, %v", len(fake), err)
	}
	for _, n := range fake {
		if len(taints(n)) != 1 || n.GetAnnotations()["kwok.x-k8s.io/node"] != "fake" {
			t.Errorf("%s: %v", n.GetName(), n.Object)
		}
	}
}

func TestUpArgs(t *testing.T) {
	args := state{settings: Defaults, operator: &Tuned}.upArgs()
	for _, want := range []string{"--reset", "kube-controller-manager=--kube-api-qps=20", "mpi-operator=--kube-api-burst=1000"} {
		if !slices.Contains(args, want) {
			t.Errorf("no %s in %v", want, args)
		}
	}
	if plain := strings.Join((state{settings: Raised, operator: &Operator{}}).upArgs(), " "); strings.Contains(plain, "qps") {
		t.Errorf("the sandbox's own settings need no arguments: %s", plain)
	}
}

func TestPlanGivesSlowBlocksFewerRounds(t *testing.T) {
	var got []string
	for _, s := range Plan(4, All()) {
		got = append(got, fmt.Sprintf("%s:%d of %d", s.Name, s.Rounds, len(s.Block.Contenders)))
	}
	want := []string{"raised/one:4 of 5", "raised/many:2 of 5", "defaults/one:2 of 5", "defaults/many:1 of 5"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
