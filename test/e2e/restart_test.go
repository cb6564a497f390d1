//go:build e2e

package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	jobset "sigs.k8s.io/jobset/api/jobset/v1alpha2"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// The controller that leads is killed, or its pod deleted, at random points of a stream of jobs: every
// job finishes, and nothing is made twice. Not parallel: it would take the controller from under the other tests.
func TestControllerKilled(t *testing.T) {
	e := setup(t)
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)

	var jobs []*kubeflow.MPIJob
	for i := range 8 {
		job := newJob(teamA, fmt.Sprintf("e2e-stream-%d", i))
		e.createPatiently(job)
		jobs = append(jobs, job)
		e.disturb(i, time.Duration(random.IntN(1500))*time.Millisecond)
	}
	for _, job := range jobs {
		e.awaitCondition(job, kubeflow.JobSucceeded)
		e.startedOnce(job)
		e.oneOfEach(job)
	}
	e.awaitControllers()
}

// oneOfEach checks that a job has exactly one TrainJob, TrainingRuntime and JobSet.
func (e *env) oneOfEach(job *kubeflow.MPIJob) {
	e.t.Helper()
	for _, list := range []client.ObjectList{&trainer.TrainJobList{}, &trainer.TrainingRuntimeList{}} {
		e.must(e.admin.Client.List(e.ctx, list, client.InNamespace(job.Namespace), client.MatchingLabels{mpijob.LabelJob: job.Name}), "listing what was made")
	}
	var trainJobs trainer.TrainJobList
	var runtimes trainer.TrainingRuntimeList
	var sets jobset.JobSetList
	label := client.MatchingLabels{mpijob.LabelJob: job.Name}
	e.must(e.admin.Client.List(e.ctx, &trainJobs, client.InNamespace(job.Namespace), label), "listing TrainJobs")
	e.must(e.admin.Client.List(e.ctx, &runtimes, client.InNamespace(job.Namespace), label), "listing TrainingRuntimes")
	e.must(e.admin.Client.List(e.ctx, &sets, client.InNamespace(job.Namespace)), "listing JobSets")
	if len(trainJobs.Items) != 1 || len(runtimes.Items) != 1 {
		e.t.Fatalf("%s: %d TrainJobs and %d TrainingRuntimes, want one of each", job.Name, len(trainJobs.Items), len(runtimes.Items))
	}
	n := 0
	for _, s := range sets.Items {
		if s.Name == trainJobs.Items[0].Name {
			n++
		}
	}
	if n != 1 {
		e.t.Errorf("%s: %d JobSets, want 1", job.Name, n)
	}
}

// Not parallel, as above.
func TestAPIServerRestarted(t *testing.T) {
	e := setup(t)
	job := e.submit(e.scientist, newJob(teamA, "e2e-api-restart",
		ranks(`echo "`+started+`"; sleep 20; echo "rank $RANK came through"`)))
	e.awaitCondition(job, kubeflow.JobRunning)
	e.awaitLog(job, started)
	e.killComponentAfter("kube-apiserver", 0)
	e.awaitCondition(job, kubeflow.JobSucceeded)
	if log := e.launcherLog(e.scientist, job); len(lines(log, "came through")) != 4 {
		t.Errorf("want 4 ranks that came through:\n%s", log)
	}
	e.startedOnce(job)
	e.oneOfEach(job)
}

// A Launcher that fails is started again as backoffLimit allows, and every run is told.
func TestBackoffLimit(t *testing.T) {
	t.Parallel()
	e := setup(t)
	job := e.submit(e.scientist, newJob(teamA, "e2e-backoff", command("sh", "-c", "echo trying; exit 3"),
		func(job *kubeflow.MPIJob) { job.Spec.RunPolicy.BackoffLimit = ptr(int32(1)) }))
	e.awaitCondition(job, kubeflow.JobFailed)
	if r := e.report(job); r.LauncherRuns != 2 {
		t.Errorf("the Launcher ran %d times, want 2", r.LauncherRuns)
	}
	// The agent's last word ends the job; the kubelet tells of the pod a moment later.
	for by := time.Now().Add(30 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		running := slices.DeleteFunc(e.podsOf(job, "launcher"), func(p corev1.Pod) bool { return p.Status.Phase == corev1.PodFailed })
		if len(running) == 0 {
			break
		}
		if time.Now().After(by) {
			t.Fatalf("launcher pod %s is %s, want Failed", running[0].Name, running[0].Status.Phase)
		}
	}
}
