//go:build e2e && failures

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// survivor is a row of the table in docs/what-survives.md.
type survivor struct {
	policy, outcome                       string
	state, log, workers, trainJob, report string
}

func survivors(t *testing.T) []survivor {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repoRoot(t), "docs", "what-survives.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "|---|---|---|---|---|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var rows []survivor
	for _, line := range strings.Split(table, "\n") {
		c := strings.Split(strings.Trim(line, "|"), "|")
		if len(c) != 7 {
			t.Fatalf("a row of 7 cells is needed: %s", line)
		}
		for i := range c {
			c[i] = strings.TrimSpace(c[i])
		}
		rows = append(rows, survivor{c[0], c[1], c[2], c[3], c[4], c[5], c[6]})
	}
	return rows
}

// outcomes bring about what the table's second column says.
var outcomes = map[string]struct {
	opts   []option
	strike func(*env, *kubeflow.MPIJob)
}{
	"the program succeeds": {opts: []option{ranks(`echo well`)}},
	"the program fails":    {opts: []option{once, ranks(`exit 3`)}},
	"a Worker is killed":   {opts: []option{ranks(busy)}, strike: killContainer("worker-1")},
	"the deadline passes": {opts: []option{ranks(busy), func(j *kubeflow.MPIJob) {
		j.Spec.RunPolicy.ActiveDeadlineSeconds = ptr(int64(30))
	}}},
	"a Worker's image is missing": {opts: []option{onWorkers(image("no-such-registry.invalid/image:1"))}},
	"the job is suspended":        {opts: []option{ranks(busy)}, strike: suspend},
	"the TTL passes": {opts: []option{once, ranks(`exit 3`), func(j *kubeflow.MPIJob) {
		j.Spec.RunPolicy.TTLSecondsAfterFinished = ptr(int32(1))
	}}},
	"the program fails, keep-failed": {opts: []option{ranks(`exit 3`), func(j *kubeflow.MPIJob) {
		j.Annotations = map[string]string{mpijob.AnnotationKeepFailed: "1h"}
	}}},
}

// suspend suspends a job that is well under way.
func suspend(e *env, job *kubeflow.MPIJob) {
	e.t.Helper()
	e.awaitReport(job)
	patch := client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"runPolicy":{"suspend":true}}}`))
	e.must(e.admin.Client.Patch(e.ctx, job, patch), "suspending the job")
}

func (e *env) awaitReport(job *kubeflow.MPIJob) {
	e.t.Helper()
	e.await(e.admin.Client, &corev1.ConfigMapList{}, "the report", func(objs []client.Object) bool {
		return find(objs, mpijob.ReportName(job)) != nil
	}, client.InNamespace(job.Namespace))
}

// TestFailureSurvivors runs every row of the table of what survives.
func TestFailureSurvivors(t *testing.T) {
	e := setup(t)
	for i, row := range survivors(t) {
		t.Run(row.policy+" "+row.outcome, func(t *testing.T) {
			t.Parallel()
			e := e.in(t)
			how, ok := outcomes[row.outcome]
			if !ok {
				t.Fatalf("nothing brings about %q", row.outcome)
			}
			job := newJob(teamA, "survive-"+string(rune('a'+i)), how.opts...)
			job.Spec.RunPolicy.CleanPodPolicy = ptr(kubeflow.CleanPodPolicy(row.policy))
			job = e.submit(e.scientist, job)
			if how.strike != nil {
				e.awaitCondition(job, kubeflow.JobRunning)
				e.awaitLog(job, started)
				how.strike(e, job)
			}
			job = e.awaitCondition(job, kubeflow.JobConditionType(row.state))
			e.checkSurvivors(job, row)
		})
	}
}

func (e *env) checkSurvivors(job *kubeflow.MPIJob, row survivor) {
	e.t.Helper()
	e.awaitPods(job, "Workers that run: "+row.workers, func(pods []*corev1.Pod) bool {
		running := 0
		for _, p := range pods {
			if p.Labels[kubeflow.JobRoleLabel] == "worker" && p.Status.Phase == corev1.PodRunning && p.DeletionTimestamp.IsZero() {
				running++
			}
		}
		return running == map[string]int{"none": 0, "kept": 2}[row.workers]
	})
	e.awaitPods(job, "a Launcher: "+row.log, func(pods []*corev1.Pod) bool {
		launchers := 0
		for _, p := range pods {
			if p.Labels[kubeflow.JobRoleLabel] == "launcher" && p.DeletionTimestamp.IsZero() {
				launchers++
			}
		}
		return (launchers > 0) == (row.log == "kept")
	})
	if row.log == "kept" {
		e.launcherLog(e.scientist, job)
	}
	e.await(e.admin.Client, &trainer.TrainJobList{}, "the TrainJob: "+row.trainJob, func(objs []client.Object) bool {
		return (len(objs) > 0) == (row.trainJob == "kept")
	}, client.InNamespace(job.Namespace), client.MatchingLabels{mpijob.LabelJob: job.Name})
	if row.report == "kept" {
		e.awaitReport(job)
	}
	if strings.HasSuffix(row.outcome, "keep-failed") {
		if c := condition(job, kubeflow.JobFailed); !strings.Contains(c.Message, "kept for inspection until") {
			e.t.Errorf("the message should say that the pods are kept: %s", c.Message)
		}
	}
}

// TestFailureRetried evicts a Worker of a job that asks for another attempt: it runs again.
func TestFailureRetried(t *testing.T) {
	t.Parallel()
	e := setup(t)
	retry := func(j *kubeflow.MPIJob) { j.Annotations = map[string]string{mpijob.AnnotationRetryLost: "true"} }
	job := e.submit(e.admin, newJob(teamA, "retried", retry, ranks(busy)))
	for attempt := 1; attempt <= 2; attempt++ {
		e.awaitPods(job, "an attempt that runs", func(pods []*corev1.Pod) bool {
			n := 0
			for _, p := range pods {
				if p.Labels[mpijob.LabelAttempt] == string(rune('0'+attempt)) && p.Status.Phase == corev1.PodRunning {
					n++
				}
			}
			return n == 3
		})
		e.awaitJob(job, "running", func(j *kubeflow.MPIJob) bool { return isTrue(j, kubeflow.JobRunning) })
		if attempt == 1 {
			e.awaitLog(job, started)
			evictPod("1")(e, job)
			e.awaitEvents(job, mpijob.ReasonRestarting)
		}
	}
}
