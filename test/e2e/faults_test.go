//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/testkit"
)

// fault is one way a job can go wrong, and what its users must then read.
type fault struct {
	name string
	opts []option
	// strike is done to the job once its ranks run; nil where the job fails by itself.
	strike func(*env, *kubeflow.MPIJob)
	reason failure.Reason
	where  string
	says   []string // all in the message of the condition Failed
	log    string   // what the kept log of the Launcher still contains; "" where there is none
}

const (
	started = "all is well so far"
	// busy is what a rank does until it is stopped.
	busy = `echo "` + started + `"; exec sleep 600`
)

func faults() []fault {
	onWorkers := func(change func(*corev1.Container)) option {
		return func(job *kubeflow.MPIJob) { change(&workerPod(job).Containers[0]) }
	}
	missingSecret := []corev1.EnvVar{{Name: "KEY", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
		LocalObjectReference: corev1.LocalObjectReference{Name: "no-such-secret"}, Key: "key"}}}}
	return []fault{
		{name: "launcher-exit", opts: []option{once, command("sh", "-c", "echo "+quoted(started)+"; exit 3")},
			reason: failure.LauncherExited, where: "Launcher", says: []string{"code 3"}, log: started},
		{name: "rank-exit", opts: []option{once, ranks(`if [ $RANK = 3 ]; then echo "` + started + `"; exit 3; fi; exec sleep 600`)},
			reason: failure.RankExited, where: "Worker 1", says: []string{"Worker 1", "rank 3", "code 3"}, log: started},
		{name: "mpi-rank-exit", opts: []option{once, command("mpirun", "-n", "4", "mpi-fault", "--exit-rank", "2", "--exit-code", "7", "--sleep", "600")},
			reason: failure.RankExited, where: "Worker 1", says: []string{"Worker 1", "rank 2", "code 7"}, log: "worker-1"},
		{name: "rank-killed", opts: []option{once, ranks(`if [ $RANK = 1 ]; then echo "` + started + `"; kill -9 $$$$; fi; exec sleep 600`)},
			reason: failure.RankKilledBySignal, where: "Worker 0", says: []string{"Worker 0", "rank 1", "SIGKILL"}, log: started},
		{name: "rank-segfault", opts: []option{once, command("mpirun", "-n", "4", "mpi-fault", "--signal-rank", "0", "--signal", "11", "--sleep", "600")},
			reason: failure.RankKilledBySignal, where: "Worker 0", says: []string{"Worker 0", "rank 0", "SIGSEGV"}, log: "worker-0"},
		{name: "worker-killed", opts: []option{ranks(busy)}, strike: killContainer("worker-1"),
			reason: failure.WorkerExited, where: "Worker 1", says: []string{"Worker 1"}, log: started},
		{name: "worker-deleted", opts: []option{ranks(busy)}, strike: deletePod("worker", "1"),
			reason: failure.WorkerLost, where: "Worker 1", says: []string{"Worker 1", "deleted"}, log: started},
		{name: "launcher-deleted", opts: []option{once, ranks(busy)}, strike: deletePod("launcher", ""),
			reason: failure.LauncherLost, where: "Launcher", says: []string{"Launcher", "deleted"}},
		{name: "launcher-killed", opts: []option{once, ranks(busy)}, strike: killContainer("launcher"),
			where: "Launcher", says: []string{"Launcher", "SIGKILL"}, log: started},
		{name: "rank-oom", opts: []option{once, command("mpirun", "-n", "4", "mpi-fault", "--after", "1", "--alloc-rank", "2", "--alloc-mb", "-1", "--sleep", "600")},
			reason: failure.RankOOMKilled, where: "Worker 1", says: []string{"Worker 1, rank 2", "memory", "512Mi"}, log: "rank 2"},
		{name: "no-image", opts: []option{onWorkers(func(c *corev1.Container) {
			c.Image, c.ImagePullPolicy = "mpijob.sandbox/no-such-image:1", corev1.PullIfNotPresent
		})}, reason: failure.ImagePullFailed, where: "Worker", says: []string{"mpijob.sandbox/no-such-image:1"}},
		{name: "no-launcher-command", opts: []option{command("no-such-program", "-n", "4")},
			reason: failure.ContainerCommandNotFound, where: "Launcher", says: []string{"Launcher", "no-such-program"}, log: "no-such-program"},
		{name: "no-rank-command", opts: []option{once, command("mpirun", "-n", "4", "no-such-program")},
			reason: failure.ContainerCommandNotFound, where: "Worker", says: []string{"no-such-program"}, log: "no-such-program"},
		{name: "no-worker-command", opts: []option{onWorkers(func(c *corev1.Container) { c.Command = []string{"no-such-sshd"} })},
			reason: failure.ContainerCommandNotFound, where: "Worker", says: []string{"Worker", "no-such-sshd"}},
		{name: "no-secret", opts: []option{onWorkers(func(c *corev1.Container) { c.Env = missingSecret })},
			reason: failure.SecretMissing, where: "Worker", says: []string{"no-such-secret"}},
	}
}

// once has the Launcher not tried again, so that the first failure is the job's.
func once(job *kubeflow.MPIJob) { job.Spec.RunPolicy.BackoffLimit = ptr(int32(0)) }

func quoted(s string) string { return `"` + s + `"` }

func TestFaults(t *testing.T) {
	t.Parallel()
	e := setup(t)
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			e := e.in(t)
			job := e.submit(e.scientist, newJob(teamA, "e2e-"+f.name, f.opts...))
			if f.strike != nil {
				e.awaitCondition(job, kubeflow.JobRunning)
				e.awaitLog(job, started)
				f.strike(e, job)
			}
			got := e.awaitCondition(job, kubeflow.JobFailed)
			e.checkFailure(got, f)
			if f.log != "" {
				if log := e.launcherLog(e.scientist, job); !strings.Contains(log, f.log) {
					t.Errorf("the Launcher's log is kept, but without %q:\n%s", f.log, log)
				}
			}
			e.awaitPods(job, "none left running (cleanPodPolicy Running)", func(pods []*corev1.Pod) bool {
				for _, p := range pods {
					if p.Status.Phase == corev1.PodRunning || p.Status.Phase == corev1.PodPending {
						return false
					}
				}
				return true
			})
		})
	}
}

// checkFailure checks the condition's message, the event and the report of a failed job: all three
// say where and why, and what to change.
func (e *env) checkFailure(job *kubeflow.MPIJob, f fault) {
	e.t.Helper()
	message := condition(job, kubeflow.JobFailed).Message
	report := e.report(job)
	if report.Failure == nil {
		e.t.Fatalf("the report of a failed job has no failure: %+v", report)
	}
	if f.reason != "" && report.Failure.Reason != f.reason {
		e.t.Errorf("reason is %s, want %s; %s", report.Failure.Reason, f.reason, message)
	}
	if !strings.HasPrefix(report.Failure.Where, f.where) {
		e.t.Errorf("it happened at %q, want %q; %s", report.Failure.Where, f.where, message)
	}
	for _, text := range append(f.says, report.Failure.Advice()) {
		if !strings.Contains(message, text) {
			e.t.Errorf("the message should say %q: %s", text, message)
		}
	}
	reason := condition(job, kubeflow.JobFailed).Reason
	// A job that waited for what is missing has had a warning of the same reason already.
	e.await(e.admin.Client, &corev1.EventList{}, fmt.Sprintf("a warning %s of %s that says %q", reason, job.Name, report.Sentence), func(objs []client.Object) bool {
		return slices.ContainsFunc(objs, func(o client.Object) bool {
			ev := o.(*corev1.Event)
			return ev.InvolvedObject.UID == job.UID && ev.Reason == reason && ev.Type == corev1.EventTypeWarning && strings.Contains(ev.Message, report.Sentence)
		})
	}, client.InNamespace(job.Namespace))
}

// awaitLog waits until the Launcher's log contains a text, following it.
func (e *env) awaitLog(job *kubeflow.MPIJob, text string) {
	e.t.Helper()
	e.awaitLogAs(e.scientist, job, text)
}

func (e *env) awaitLogAs(as *testkit.User, job *kubeflow.MPIJob, text string) {
	e.t.Helper()
	pods := e.podsOf(job, "launcher")
	if len(pods) != 1 {
		e.t.Fatalf("%d launcher pods, want 1", len(pods))
	}
	ctx, cancel := context.WithTimeout(e.ctx, patience)
	defer cancel()
	stream, err := as.Kube.CoreV1().Pods(job.Namespace).GetLogs(pods[0].Name,
		&corev1.PodLogOptions{Container: pods[0].Spec.Containers[0].Name, Follow: true}).Stream(ctx)
	e.must(err, "following the Launcher's log")
	defer stream.Close()
	if log, ok := readUntil(stream, text); !ok {
		e.t.Fatalf("the Launcher's log ended, or went on for %v, without %q:\n%s", patience, text, log)
	}
}

func deletePod(role, index string) func(*env, *kubeflow.MPIJob) {
	return func(e *env, job *kubeflow.MPIJob) {
		e.t.Helper()
		for _, p := range e.podsOf(job, role) {
			if index == "" || strings.HasSuffix(p.Spec.Hostname, "-"+index) {
				e.must(e.admin.Client.Delete(e.ctx, &p, client.GracePeriodSeconds(1)), "deleting pod "+p.Name)
				return
			}
		}
		e.t.Fatalf("there is no %s pod %s", role, index)
	}
}
