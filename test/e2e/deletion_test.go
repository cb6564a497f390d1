//go:build e2e

package e2e

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// In whatever state a job is deleted, nothing of it is left.
func TestDeletionLeavesNothing(t *testing.T) {
	t.Parallel()
	e := setup(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	tests := []struct {
		name  string
		opts  []option
		until func(*env, *kubeflow.MPIJob)
	}{
		{"pending", []option{func(job *kubeflow.MPIJob) {
			workerPod(job).Containers[0].Resources.Requests[corev1.ResourceCPU] = resource.MustParse("900")
		}}, func(e *env, job *kubeflow.MPIJob) {
			e.awaitJob(job, "waiting for a node", func(j *kubeflow.MPIJob) bool {
				c := condition(j, kubeflow.JobCreated)
				return c != nil && strings.Contains(c.Message, " CPU: no ") // room, or node of that size
			})
		}},
		{"initializing", []option{ranks(busy)}, func(e *env, job *kubeflow.MPIJob) {
			e.awaitPods(job, "a launcher", func(p []*corev1.Pod) bool { return len(p) == 3 })
		}},
		{"running", []option{ranks(busy)}, func(e *env, job *kubeflow.MPIJob) {
			e.awaitCondition(job, kubeflow.JobRunning)
			e.awaitLog(job, started)
		}},
		{"succeeded", nil, func(e *env, job *kubeflow.MPIJob) { e.awaitCondition(job, kubeflow.JobSucceeded) }},
		{"failed", []option{once, command("sh", "-c", "exit 3")}, func(e *env, job *kubeflow.MPIJob) { e.awaitCondition(job, kubeflow.JobFailed) }},
		{"suspended", []option{suspended}, func(e *env, job *kubeflow.MPIJob) { e.awaitCondition(job, kubeflow.JobSuspended) }},
	}
	for i := range 4 {
		delay := time.Duration(rand.New(rand.NewPCG(seed, uint64(i))).IntN(1200)) * time.Millisecond
		tests = append(tests, tests[1])
		tests[len(tests)-1].name = fmt.Sprintf("created-%d", i)
		tests[len(tests)-1].until = func(*env, *kubeflow.MPIJob) { time.Sleep(delay) } // the delay is what is tested
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := e.in(t)
			job := e.submit(e.scientist, newJob(teamA, "e2e-del-"+tt.name, tt.opts...))
			tt.until(e, job)
			e.remove(e.scientist, job)
			e.awaitNothingLeft(teamA, job.Name)
		})
	}
	// Dashboards and Argo CD wait for what a job owns before they let go of the job itself.
	for _, until := range []kubeflow.JobConditionType{kubeflow.JobRunning, kubeflow.JobSucceeded} {
		t.Run("foreground-"+string(until), func(t *testing.T) {
			t.Parallel()
			e := e.in(t)
			program := ranks(busy)
			if until == kubeflow.JobSucceeded {
				program = command("true")
			}
			job := e.submit(e.scientist, newJob(teamA, "e2e-del-fore-"+strings.ToLower(string(until)), program))
			e.awaitCondition(job, until)
			e.must(e.scientist.Client.Delete(e.ctx, job, client.PropagationPolicy(metav1.DeletePropagationForeground)), "deleting the job")
			e.awaitNothingLeft(teamA, job.Name)
		})
	}
}

// awaitNothingLeft waits until no object of any kind in the namespace has a name that begins with
// the job's. Events are history, not a trace.
func (e *env) awaitNothingLeft(ns, job string) {
	e.t.Helper()
	resources, err := e.admin.Kube.Discovery().ServerPreferredNamespacedResources()
	e.must(err, "listing the kinds of objects")
	listable := discovery.FilteredBy(discovery.SupportsAllVerbs{Verbs: []string{"list", "watch"}}, resources)
	checked := 0
	for _, group := range listable {
		gv, err := schema.ParseGroupVersion(group.GroupVersion)
		e.must(err, "reading "+group.GroupVersion)
		for _, r := range group.APIResources {
			if r.Kind == "Event" {
				continue
			}
			list := &metav1.PartialObjectMetadataList{}
			list.SetGroupVersionKind(gv.WithKind(r.Kind + "List"))
			e.await(e.admin.Client, list, "no "+r.Kind+" of "+job+" to be left", func(objs []client.Object) bool {
				for _, o := range objs {
					if o.GetName() == job || strings.HasPrefix(o.GetName(), job+"-") {
						return false
					}
				}
				return true
			}, client.InNamespace(ns))
			checked++
		}
	}
	if checked < 10 {
		e.t.Errorf("only %d kinds were looked at", checked)
	}
}

// Delete and create again, under the same name and at once, ten times.
func TestSameNameAgain(t *testing.T) {
	t.Parallel()
	e := setup(t)
	var job *kubeflow.MPIJob
	e.follow(teamA, "e2e-again")
	for range 10 {
		if job != nil {
			e.remove(e.scientist, job)
		}
		job = newJob(teamA, "e2e-again")
		e.must(e.scientist.Client.Create(e.ctx, job), "creating the job again")
	}
	e.awaitCondition(job, kubeflow.JobSucceeded)
	e.startedOnce(job)
	e.oneOfEach(job)
}

// A namespace goes away with the jobs that run in it.
func TestNamespaceDeleted(t *testing.T) {
	t.Parallel()
	e := setup(t)
	ns := e.namespace("gone")
	job := newJob(ns, "job", ranks(busy))
	e.must(e.admin.Client.Create(e.ctx, job), "creating the job")
	e.awaitCondition(job, kubeflow.JobRunning)
	obj := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}}
	e.must(e.admin.Client.Delete(e.ctx, obj), "deleting the namespace")
	e.await(e.admin.Client, &corev1.NamespaceList{}, "namespace "+ns+" to be gone", func(objs []client.Object) bool {
		return find(objs, ns) == nil
	})
}
