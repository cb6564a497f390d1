package scale

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/opendatahub-io/mpijob/bench/result"
)

// tracker counts how far the pods of a run have come.
type tracker struct {
	expected int
	pods     map[types.UID]stage
	counts   [running + 1]int // pods that have come at least this far
	run      result.ScaleRun
}

// stage is how far a pod has come.
type stage int

const (
	created stage = iota
	scheduled
	running
)

func newTracker(expected int) *tracker {
	return &tracker{expected: expected, pods: map[types.UID]stage{}}
}

// observe takes a pod as it looked so many seconds after the first create call; it says whether all of
// them run. A pod that has come further stays counted.
func (t *tracker) observe(at float64, pod *unstructured.Unstructured) bool {
	node, _, _ := unstructured.NestedString(pod.Object, "spec", "nodeName")
	phase, _, _ := unstructured.NestedString(pod.Object, "status", "phase")
	now := created
	switch {
	case phase == "Running" || phase == "Succeeded":
		now = running
	case node != "":
		now = scheduled
	}
	before, known := t.pods[pod.GetUID()]
	if !known {
		before = -1
	}
	for s := before + 1; s <= now; s++ {
		t.counts[s]++
		if t.counts[s] != t.expected {
			continue
		}
		switch s {
		case created:
			t.run.Created = at
		case scheduled:
			t.run.Scheduled = at
		case running:
			t.run.Seconds, t.run.Outcome = at, result.Succeeded
		}
	}
	t.pods[pod.GetUID()] = max(before, now)
	return t.counts[running] >= t.expected
}
