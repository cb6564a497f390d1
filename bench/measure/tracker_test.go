package measure

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opendatahub-io/mpijob/bench/result"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func pod(name string, change ...func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(name)}}
	for _, c := range change {
		c(p)
	}
	return p
}

func onNode(p *corev1.Pod) { p.Spec.NodeName = "node" }

func running(p *corev1.Pod) {
	onNode(p)
	p.Status.Phase = corev1.PodRunning
	p.Status.ContainerStatuses = []corev1.ContainerStatus{{ContainerID: "containerd://" + p.Name, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}
}

func initialising(p *corev1.Pod) {
	onNode(p)
	p.Status.ContainerStatuses = []corev1.ContainerStatus{{State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{}}}}
}

func succeeded(p *corev1.Pod) {
	onNode(p)
	p.Status.Phase = corev1.PodSucceeded
	p.Status.ContainerStatuses = []corev1.ContainerStatus{{State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{}}}}
}

func index(i string) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.Labels = map[string]string{"training.kubeflow.org/replica-index": i} }
}

func TestMarksKeepTheFirstMoment(t *testing.T) {
	tr := newTracker(2)
	for at, p := range []*corev1.Pod{
		1: pod("pi-worker-0"), 2: pod("pi-worker-1"), 3: pod("pi-launcher-x"),
		4: pod("pi-worker-0", onNode), 5: pod("pi-launcher-x", onNode), 6: pod("pi-worker-1", initialising),
		7: pod("pi-worker-0", running), 8: pod("pi-worker-1", running), 9: pod("pi-launcher-x", running),
		10: pod("pi-worker-1", running), 11: pod("pi-launcher-x", succeeded), 12: pod("pi-launcher-x", succeeded),
	} {
		if p != nil {
			tr.observe(float64(at), p)
		}
	}
	want := result.Marks{PodsCreated: 3, PodsScheduled: 6, WorkersStarted: 8, LauncherStarted: 9, LauncherEnded: 11}
	if diff := cmp.Diff(want, tr.marks); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if n := tr.launcherRestarts(); n != 0 {
		t.Errorf("no restart happened, counted %d", n)
	}
}

func TestLauncherRestartsCountPodsAndContainers(t *testing.T) {
	restarted := func(p *corev1.Pod) {
		running(p)
		p.Status.ContainerStatuses[0].RestartCount = 2
	}
	for _, test := range []struct {
		name string
		pods []*corev1.Pod
		want int
	}{
		{"none yet", nil, 0},
		{"workers do not count", []*corev1.Pod{pod("pi-worker-0", restarted)}, 0},
		{"once", []*corev1.Pod{pod("pi-launcher-a", running)}, 0},
		{"a second pod", []*corev1.Pod{pod("pi-launcher-a"), pod("pi-launcher-b")}, 1},
		{"a container restarted twice", []*corev1.Pod{pod("pi-launcher-a", running), pod("pi-launcher-a", restarted)}, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			tr := newTracker(1)
			for _, p := range test.pods {
				tr.observe(1, p)
			}
			if got := tr.launcherRestarts(); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func TestVictimIsWorker1(t *testing.T) {
	tr := newTracker(2)
	tr.observe(1, pod("pi-worker-0", running, index("0")))
	tr.observe(1, pod("pi-worker-1", initialising, index("1")))
	if got := tr.victim(); got != "" {
		t.Errorf("Worker 1 does not run yet, got %q", got)
	}
	tr.observe(2, pod("pi-worker-1", running, index("1")))
	if got := tr.victim(); got != "containerd://pi-worker-1" {
		t.Errorf("got %q", got)
	}
}

func TestAgentImage(t *testing.T) {
	tr := newTracker(1)
	tr.observe(1, pod("pi-worker-0"))
	if got := tr.agentImage(); got != "" {
		t.Errorf("a pod without init container: got %q", got)
	}
	tr.observe(1, pod("pi-launcher-x", func(p *corev1.Pod) {
		p.Spec.InitContainers = []corev1.Container{{Name: "other", Image: "no"}, {Name: "mpi-agent-install", Image: "agent:1"}}
	}))
	if got := tr.agentImage(); got != "agent:1" {
		t.Errorf("got %q", got)
	}
}
