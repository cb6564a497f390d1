package measure

import (
	"maps"
	"slices"
	"strings"

	"github.com/opendatahub-io/mpijob/bench/result"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// tracker turns what a watch shows of a job's pods into the moments the page speaks of.
type tracker struct {
	expected int // pods of the job: its Workers and the Launcher
	pods     map[types.UID]*corev1.Pod
	marks    result.Marks
}

func newTracker(workers int) *tracker {
	return &tracker{expected: workers + 1, pods: map[types.UID]*corev1.Pod{}}
}

// observe takes a pod as it looked so many seconds after the job's creation. Each mark keeps the first
// moment it held.
func (t *tracker) observe(at float64, pod *corev1.Pod) {
	t.pods[pod.UID] = pod
	var scheduled, workersStarted int
	var launcherStarted, launcherEnded bool
	for _, p := range t.pods {
		if p.Spec.NodeName != "" {
			scheduled++
		}
		switch {
		case !isLauncher(p):
			if started(p) {
				workersStarted++
			}
		default:
			launcherStarted = launcherStarted || started(p)
			launcherEnded = launcherEnded || p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
		}
	}
	mark := func(m *float64, reached bool) {
		if reached && *m == 0 {
			*m = at
		}
	}
	mark(&t.marks.PodsCreated, len(t.pods) >= t.expected)
	mark(&t.marks.PodsScheduled, scheduled >= t.expected)
	mark(&t.marks.WorkersStarted, workersStarted >= t.expected-1)
	mark(&t.marks.LauncherStarted, launcherStarted)
	mark(&t.marks.LauncherEnded, launcherEnded)
}

// launcherRestarts counts starts of the Launcher beyond the first: a Job makes a new pod, a kubelet a new
// container.
func (t *tracker) launcherRestarts() int {
	starts := 0
	for _, p := range t.pods {
		if !isLauncher(p) {
			continue
		}
		starts++
		for _, s := range p.Status.ContainerStatuses {
			starts += int(s.RestartCount)
		}
	}
	return max(starts-1, 0)
}

// victim is the container of the Worker that is killed, as its pod's status names it; empty before it
// runs.
func (t *tracker) victim() string {
	for _, p := range t.pods {
		if isLauncher(p) || p.Labels["training.kubeflow.org/replica-index"] != victim {
			continue
		}
		for _, s := range p.Status.ContainerStatuses {
			if s.State.Running != nil {
				return s.ContainerID
			}
		}
	}
	return ""
}

// agentImage is what the controller's init container was made of; empty where there is none.
func (t *tracker) agentImage() string {
	for _, uid := range slices.Sorted(maps.Keys(t.pods)) {
		for _, c := range t.pods[uid].Spec.InitContainers {
			if c.Name == "mpi-agent-install" {
				return c.Image
			}
		}
	}
	return ""
}

// isLauncher goes by the name, the only thing the contenders' pods have in common.
func isLauncher(pod *corev1.Pod) bool { return strings.Contains(pod.Name, "launcher") }

// started says whether the pod's containers run, or did.
func started(pod *corev1.Pod) bool {
	for _, s := range pod.Status.ContainerStatuses {
		if s.State.Running == nil && s.State.Terminated == nil {
			return false
		}
	}
	return len(pod.Status.ContainerStatuses) > 0
}
