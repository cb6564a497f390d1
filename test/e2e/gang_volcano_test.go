//go:build e2e && gang

package e2e

import (
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	volcano "volcano.sh/apis/pkg/apis/scheduling/v1beta1"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// These tests share the node's 8 GPUs, so each has them for itself. `make test-gang` brings Volcano.

func gang(job *kubeflow.MPIJob) { scheduling(kubeflow.SchedulingPolicy{})(job) }

func (e *env) podGroups(job *kubeflow.MPIJob) []volcano.PodGroup {
	e.t.Helper()
	var list volcano.PodGroupList
	e.must(e.admin.Client.List(e.ctx, &list, client.InNamespace(job.Namespace), client.MatchingLabels{mpijob.LabelJob: job.Name}), "listing PodGroups")
	return list.Items
}

// podGroup is the job's one PodGroup.
func (e *env) podGroup(job *kubeflow.MPIJob) volcano.PodGroup {
	e.t.Helper()
	all := e.podGroups(job)
	if len(all) != 1 {
		e.t.Fatalf("job %s has %d PodGroups, want 1", job.Name, len(all))
	}
	return all[0]
}

// queue makes a queue with room for so many GPUs, and waits until it is open.
func (e *env) queue(name, gpus string) *volcano.Queue {
	e.t.Helper()
	q := &volcano.Queue{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: volcano.QueueSpec{
		Weight: 1, Capability: corev1.ResourceList{"nvidia.com/gpu": resource.MustParse(gpus), "cpu": resource.MustParse("8"), "memory": resource.MustParse("64Gi")},
	}}
	e.put(q)
	e.await(e.admin.Client, &volcano.QueueList{}, "queue "+name+" to open", func(objs []client.Object) bool {
		o, ok := find(objs, name).(*volcano.Queue)
		return ok && o.Status.State == volcano.QueueStateOpen
	})
	return q
}

func (e *env) priority(name string, value int32) {
	e.t.Helper()
	e.put(&schedulingv1.PriorityClass{ObjectMeta: metav1.ObjectMeta{Name: name}, Value: value})
}

func TestGangAllOrNothing(t *testing.T) {
	e := setup(t)
	first := e.submit(e.scientist, newJob(teamA, "e2e-gang-first", gang, gpuWorkers("2"), untilTold))
	e.awaitCondition(first, kubeflow.JobRunning)
	if g := e.podGroup(first); g.Spec.MinMember != 3 {
		t.Errorf("minMember %d, want 3", g.Spec.MinMember)
	}
	// 8 GPUs in all, of which 4 are free: two of its four Workers would fit, and none is placed.
	second := e.submit(e.scientist, newJob(teamA, "e2e-gang-second", gang, workers(4), gpuWorkers("2")))
	e.awaitWait(second, "8 nvidia.com/gpu", "the gang of 5 starts only together")
	if p := e.placed(second); len(p) > 0 {
		t.Errorf("%d pods of the job that doesn't fit are placed", len(p))
	}
	e.awaitEvents(second, string(failure.Unschedulable))
	e.tell(first)
	done := e.awaitCondition(first, kubeflow.JobSucceeded)
	if g := e.podGroups(first); len(g) > 0 {
		t.Errorf("the finished job still has PodGroup %s in its queue", g[0].Name)
	}
	e.awaitCondition(second, kubeflow.JobSucceeded)
	for _, p := range e.podsOf(second, "") {
		for _, c := range p.Status.Conditions {
			if c.Type == corev1.PodScheduled && c.LastTransitionTime.Before(done.Status.CompletionTime) {
				t.Errorf("pod %s was placed at %s, before the first job ended at %s", p.Name, c.LastTransitionTime, done.Status.CompletionTime)
			}
		}
	}
}

func TestGangQueue(t *testing.T) {
	e := setup(t)
	e.queue("e2e-team", "4")
	inQueue := scheduling(kubeflow.SchedulingPolicy{Queue: "e2e-team"})
	first := e.submit(e.scientist, newJob(teamA, "e2e-queue-first", inQueue, gpuWorkers("2"), untilTold))
	e.awaitCondition(first, kubeflow.JobRunning)
	if q := e.podGroup(first).Spec.Queue; q != "e2e-team" {
		t.Errorf("queue %q", q)
	}
	// There are GPUs on the node, but not in the queue.
	second := e.submit(e.scientist, newJob(teamA, "e2e-queue-second", inQueue, gpuWorkers("1")))
	e.awaitWait(second, "2 of 2 nvidia.com/gpu", `queue "e2e-team"`)
	e.tell(first)
	e.awaitCondition(first, kubeflow.JobSucceeded)
	e.awaitCondition(second, kubeflow.JobSucceeded)
	missing := e.submit(e.scientist, newJob(teamA, "e2e-queue-missing", scheduling(kubeflow.SchedulingPolicy{Queue: "e2e-nowhere"})))
	e.awaitWait(missing, `queue "e2e-nowhere", which doesn't exist`)
}

func TestGangPriority(t *testing.T) {
	e := setup(t)
	e.priority("e2e-low", 10)
	e.priority("e2e-high", 1000)
	low := e.submit(e.scientist, newJob(teamA, "e2e-prio-low", scheduling(kubeflow.SchedulingPolicy{PriorityClass: "e2e-low"}), gpuWorkers("4"), untilTold))
	e.awaitCondition(low, kubeflow.JobRunning)
	// Volcano lets a job into its queue when there is room for minResources, and only then lets it
	// push others out: a job that is to do so asks for little there.
	little := corev1.ResourceList{"cpu": resource.MustParse("10m")}
	high := e.submit(e.scientist, newJob(teamA, "e2e-prio-high", scheduling(kubeflow.SchedulingPolicy{PriorityClass: "e2e-high", MinResources: &little}), gpuWorkers("4")))
	e.awaitCondition(high, kubeflow.JobSucceeded)
	got := e.awaitCondition(low, kubeflow.JobFailed)
	if r := e.report(got); r.Failure == nil || r.Failure.Reason != failure.PreemptedByHigherPriority {
		t.Errorf("the job that was pushed out reports %+v:%s", r.Failure, conditions(got))
	}
}

func TestGangOfFewer(t *testing.T) {
	e := setup(t)
	first := e.submit(e.scientist, newJob(teamA, "e2e-fewer-first", gang, gpuWorkers("2"), untilTold))
	e.awaitCondition(first, kubeflow.JobRunning)
	// The Launcher and two of the four Workers suffice to be placed: the rest follow when there is room.
	second := e.submit(e.scientist, newJob(teamA, "e2e-fewer-second", scheduling(kubeflow.SchedulingPolicy{MinAvailable: ptr(int32(3))}), workers(4), gpuWorkers("2")))
	e.awaitPods(second, "three placed", func(pods []*corev1.Pod) bool {
		n := 0
		for _, p := range pods {
			if p.Spec.NodeName != "" {
				n++
			}
		}
		return n == 3
	})
	g := e.podGroup(second)
	gpus := (*g.Spec.MinResources)["nvidia.com/gpu"]
	if g.Spec.MinMember != 3 || gpus.Value() != 4 {
		t.Errorf("minMember %d, minResources %v", g.Spec.MinMember, g.Spec.MinResources)
	}
	e.awaitWait(second, "a place for 2 of 4 Workers", "3 of the gang of 5 start only together")
	e.tell(first)
	e.awaitCondition(second, kubeflow.JobSucceeded)
}

func TestGangLauncherCreation(t *testing.T) {
	e := setup(t)
	for _, p := range []kubeflow.LauncherCreationPolicy{kubeflow.LauncherCreationPolicyAtStartup, kubeflow.LauncherCreationPolicyWaitForWorkersReady} {
		t.Run(string(p), func(t *testing.T) {
			e := e.in(t)
			job := e.submit(e.scientist, newJob(teamA, "e2e-gang-"+strings.ToLower(string(p)), gang, func(j *kubeflow.MPIJob) {
				j.Spec.LauncherCreationPolicy = p
			}))
			e.awaitCondition(job, kubeflow.JobSucceeded)
			for _, p := range e.podsOf(job, "") {
				if p.Spec.SchedulerName != mpijob.SchedulerVolcano {
					t.Errorf("pod %s was placed by %s", p.Name, p.Spec.SchedulerName)
				}
			}
		})
	}
}

func TestGangSuspendedAndDeleted(t *testing.T) {
	e := setup(t)
	job := e.submit(e.scientist, newJob(teamA, "e2e-gang-suspended", gang, suspended, untilTold))
	e.awaitCondition(job, kubeflow.JobSuspended)
	if g := e.podGroups(job); len(g) != 0 {
		t.Errorf("a suspended job has %d PodGroups", len(g))
	}
	e.suspend(job, "false")
	e.awaitCondition(job, kubeflow.JobRunning)
	first := e.podGroup(job)
	// One that is deleted under a running gang changes nothing for it; its attempt ends as ever.
	e.suspend(job, "true")
	e.awaitGone(&first)
	e.awaitPods(job, "gone while suspended", func(p []*corev1.Pod) bool { return len(p) == 0 })
	e.suspend(job, "false")
	e.awaitJob(job, "running again", func(j *kubeflow.MPIJob) bool { return isTrue(j, kubeflow.JobRunning) })
	if second := e.podGroup(job); second.Name == first.Name {
		t.Errorf("the second attempt has the first's PodGroup %s", first.Name)
	}
	e.remove(e.scientist, job)
	e.awaitNothingLeft(teamA, job.Name)
}
