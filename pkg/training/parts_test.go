package training

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

func read[T any](t *testing.T, text string) *T {
	t.Helper()
	o := new(T)
	if err := json.Unmarshal([]byte(text), o); err != nil {
		t.Fatal(err)
	}
	return o
}

// trainedBy is a TrainJob with so many nodes in its manifest, beside two groups that prepare.
func trainedBy(t *testing.T, nodes string) observed {
	text := strings.NewReplacer(`"numNodes":4,`, nodes,
		`"jobsStatus":[`, `"jobsStatus":[{"name":"model-initializer","active":0},{"name":"dataset-initializer","active":0},`).Replace(aTrainJob)
	return observed{kind: kindOf(TypeTrainJob), job: read[trainer.TrainJob](t, text)}
}

func pyTorchJob(t *testing.T, replicas string) observed {
	before, _, _ := strings.Cut(aPyTorchJob, `"Master"`)
	_, after, _ := strings.Cut(aPyTorchJob, `"status"`)
	return observed{kind: kindOf(TypePyTorchJob), job: read[oldJob](t, before+replicas+`}},"status"`+after)}
}

// What a manifest or a pod's label says is no reason to make a job of millions of parts.
func TestPartsAreBounded(t *testing.T) {
	with := func(o observed, pods ...*corev1.Pod) observed { o.pods = pods; return o }
	master := pod("", "", state(corev1.PodRunning, runs))
	master.Labels = map[string]string{"training.kubeflow.org/replica-type": "master", "training.kubeflow.org/replica-index": "0"}
	master.CreationTimestamp.Time = noon
	mpi := aJob(cond("Running", "", ""))
	mpi.Spec.MPIReplicaSpecs["Worker"].Replicas = ptr.To[int32](3_000_000)
	for _, c := range []struct {
		name        string
		of          observed
		parts, left int
		total       int32
		last        string
	}{
		{"of millions of nodes", trainedBy(t, `"numNodes":3000000,`), maxParts, 2_990_000, 3_000_000, "Node 9999"},
		{"with what prepares", with(trainedBy(t, `"numNodes":3000000,`), jobSetPod("model-initializer", 0)), maxParts + 1, 2_989_999, 3_000_000, "Model initializer 0"},
		{"with a pod of a number that none has", with(trainedBy(t, `"numNodes":2,`), jobSetPod("node", 49_999), jobSetPod("dataset-initializer", maxParts)), 2, 0, 2, "Node 1"},
		{"with one as the runtime's", with(trainedBy(t, ""), jobSetPod("node", 49_999), jobSetPod("node", 1)), 2, 0, 2, "Node 1"},
		{"of less than none", trainedBy(t, `"numNodes":-3,`), 0, 0, -3, ""},
		{"old, of many", with(pyTorchJob(t, `"Worker":{"replicas":60000},"Master":{"replicas":2147483647}`), master), maxParts + 1, 2_147_483_647 - maxParts - 1, 2_147_483_647, "Master 0"},
		{"old, of groups that are many together", pyTorchJob(t, `"Worker":{"replicas":8000},"Master":{"replicas":1},"Other":{"replicas":8000}`), maxParts, 6001, 16_001, "Worker 1999"},
		{"an MPIJob that no admission has seen", observed{job: mpi}, maxParts + 1, 2_990_000, 3_000_000, "Worker 9999"},
	} {
		d := newDetail(c.of, noon)
		members := d.Members()
		notes := ""
		if c.left > 0 {
			notes = fmt.Sprintf("%d of its pods are left out: a job is shown with %d", c.left, maxParts)
		}
		if len(members) != c.parts || strings.Join(d.Notes, ", ") != notes || d.Workers.Total != c.total {
			t.Errorf("%s: %d parts, %v, %+v", c.name, len(members), d.Notes, d.Workers)
		}
		if len(members) > 0 && members[len(members)-1].Where != c.last {
			t.Errorf("%s: the last is %s", c.name, members[len(members)-1].Where)
		}
		names, indexes := map[string]bool{}, map[int]bool{}
		for _, m := range members {
			names[m.Where], indexes[m.Index] = true, true
			if where := c.of.parts().where(m.Index); where != m.Where {
				t.Fatalf("%s: part %d is %q and %q", c.name, m.Index, m.Where, where)
			}
		}
		if len(names) != len(members) || len(indexes) != len(members) {
			t.Errorf("%s: %d parts have %d names and %d indexes", c.name, len(members), len(names), len(indexes))
		}
	}
}

// A number that no pod has is nobody's, and no other pod's.
func TestNumbersOfPods(t *testing.T) {
	is := trainedBy(t, `"numNodes":4,`).parts()
	for _, group := range []string{"node", "dataset-initializer", "model-initializer"} {
		for _, number := range []string{"9223372036854775807", "6148914691236517205", "4611686018427387904", "2147483647", "10000", "-1", "+1", "1.0", "", "x"} {
			p := jobSetPod(group, 0)
			p.Labels["batch.kubernetes.io/job-completion-index"] = number
			if index, ok := is.index(p); ok {
				t.Errorf("%s %q is part %d, %s", group, number, index, is.where(index))
			}
		}
		p := jobSetPod(group, maxParts-1)
		if index, ok := is.index(p); !ok || is.where(index) != titled(group, maxParts-1) {
			t.Errorf("%s: part %d, %v", group, index, ok)
		}
	}
	p := jobSetPod("node", 0)
	p.Labels[restartsLabel] = "9223372036854775807"
	if n := is.attempt(p); n != 0 {
		t.Errorf("attempt %d", n)
	}
}

// Names that pods can't be labelled with, as the old types let anyone write, are none of a group.
func TestNamesOfGroups(t *testing.T) {
	for replicas, want := range map[string]string{
		`"":{"replicas":2},"Worker":{"replicas":1}`: "Worker 0",
		`"":{}`: "",
		`"Änderung":{},"` + strings.Repeat("x", 64) + `":{},"a b":{},"-":{},"Master":{}`: "Master 0",
	} {
		d := newDetail(pyTorchJob(t, replicas), noon)
		if got := wheres(d.Members()); got != want {
			t.Errorf("%s: got %s", replicas, got)
		}
	}
	for name, want := range map[string]string{"über-mut": "Über mut 3", "node": "Node 3", "": " 3"} {
		if got := titled(name, 3); got != want {
			t.Errorf("%q: got %q", name, got)
		}
	}
}
