//go:build e2e && parity

package e2e

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/testkit/screen"
)

// The hand-over of docs/migrate-from-mpi-operator.md, with the released MPI operator: beside it our
// controller refuses to work; once it is stopped, ours takes over. Jobs that ran are not begun again,
// and their results are reported; suspended ones run when they are resumed.
func TestHandOverFromTheMPIOperator(t *testing.T) {
	e := setup(t)
	running := e.theirJob("hand-over-running", command("sleep", "75"))
	failing := e.theirJob("hand-over-failing", command("sh", "-c", "sleep 75; exit 3"), func(j *kubeflow.MPIJob) {
		// Or the Job controller would delete the pod, and its exit code with it.
		j.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeLauncher].RestartPolicy = kubeflow.RestartPolicyNever
	})
	parked := e.theirJob("hand-over-parked", command("mpirun", "--allow-run-as-root", "-n", "2", "hostname"), suspended)
	for _, job := range []*kubeflow.MPIJob{running, failing} {
		e.awaitCondition(job, kubeflow.JobRunning)
	}
	e.awaitCondition(parked, kubeflow.JobSuspended)
	launchers := e.podNames(running, failing)

	refusal := e.secondController().untilItEnds()
	for _, want := range []string{"another controller of MPIJobs runs", "Lease mpi-operator in namespace " + theirs, "kubectl -n " + theirs} {
		if !strings.Contains(refusal, want) {
			t.Errorf("the refusal doesn't say %q:\n%s", want, refusal)
		}
	}

	e.stopTheMPIOperator()
	second := e.secondController()
	second.untilItStays()
	for _, job := range []*kubeflow.MPIJob{running, failing} {
		e.awaitJob(job, "left to run", func(j *kubeflow.MPIJob) bool {
			c := condition(j, kubeflow.JobCreated)
			return finished(j) || c != nil && strings.Contains(c.Message, "Another controller began this job") || isTrue(j, kubeflow.JobRunning)
		})
	}
	e.awaitCondition(running, kubeflow.JobSucceeded)
	got := e.awaitJob(failing, "failed", finished)
	if c := condition(got, kubeflow.JobFailed); c == nil || !strings.Contains(c.Message, "exited with code 3") {
		t.Errorf("the job that failed should say so: %s", conditions(got))
	}
	if now := e.podNames(running, failing); !slices.Equal(now, launchers) {
		t.Errorf("a job was begun again: its Launchers were %v and are %v", launchers, now)
	}
	for _, job := range []*kubeflow.MPIJob{running, failing} {
		if runs := e.trainJobs(job); len(runs) != 0 {
			t.Errorf("%s was begun again as TrainJob %s", job.Name, runs[0].Name)
		}
	}
	e.must(e.admin.Client.Patch(e.ctx, parked.DeepCopy(), client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"runPolicy":{"suspend":false}}}`))), "resuming")
	e.awaitCondition(parked, kubeflow.JobSucceeded)
	if runs := e.trainJobs(parked); len(runs) != 1 {
		t.Errorf("the job that was suspended has %d TrainJobs, want 1", len(runs))
	}
	var old batchv1.Job
	if err := e.admin.Client.Get(e.ctx, client.ObjectKey{Namespace: theirs, Name: parked.Name + "-launcher"}, &old); ignoreGone(err) != nil || err == nil {
		t.Errorf("the suspended Launcher of the MPI operator should be gone: %v", err)
	}
}

// theirJob is taken up by the MPI operator.
func (e *env) theirJob(name string, opts ...option) *kubeflow.MPIJob {
	e.t.Helper()
	job := parityJob(name, opts...)
	job.Namespace = theirs
	return e.submit(e.admin, job)
}

func (e *env) podNames(jobs ...*kubeflow.MPIJob) []string {
	e.t.Helper()
	var names []string
	for _, job := range jobs {
		for _, p := range e.podsOf(job, "launcher") {
			names = append(names, p.Name)
		}
	}
	slices.Sort(names)
	return names
}

// stopTheMPIOperator freezes it, since the sandbox would start a killed one again; it goes on at the
// end of the test.
func (e *env) stopTheMPIOperator() {
	e.t.Helper()
	pid := e.componentPID("mpi-operator")
	e.must(syscall.Kill(pid, syscall.SIGSTOP), "stopping the MPI operator; the tests must run on the sandbox's machine, as root")
	e.t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGCONT) })
}

// process is a second controller of ours, for the namespace of the MPI operator.
type process struct {
	e      *env
	argv   []string
	output *screen.Text
	ended  chan error
}

// secondController is like the sandbox's own, with its rights, for the MPI operator's namespace.
func (e *env) secondController() *process {
	e.t.Helper()
	leader, pid := e.leader()
	p := &process{e: e, ended: make(chan error, 1), argv: []string{fmt.Sprintf("/proc/%d/exe", pid)}}
	for _, a := range leader.Spec.Containers[0].Args {
		name, _, _ := strings.Cut(a, "=")
		switch name {
		case "--namespace", "--beside-other-controllers", "--feed-address", "--leader-elect":
		case "--webhook-port", "--feed-bind-address", "--metrics-bind-address", "--health-probe-bind-address", "--pprof-bind-address", "--cert-dir":
		default:
			p.argv = append(p.argv, a)
		}
	}
	p.argv = append(p.argv, "--kubeconfig="+filepath.Join(e.sandbox.State, "kubeconfig", "system", "controller.yaml"),
		"--cert-dir="+filepath.Join(e.sandbox.State, "tls", "controller"), "--namespace="+theirs, "--webhook-port=29443", "--metrics-bind-address=0", "--health-probe-bind-address=0")
	return p
}

func (p *process) start() {
	p.e.t.Helper()
	p.output = &screen.Text{}
	cmd := exec.Command(p.argv[0], p.argv[1:]...)
	cmd.Stdout, cmd.Stderr = p.output, p.output
	cmd.Dir = filepath.Dir(p.argv[0])
	p.e.must(cmd.Start(), "starting a second controller")
	ended, output := make(chan error, 1), p.output
	p.ended = ended
	go func() { ended <- cmd.Wait() }()
	p.e.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		if p.e.t.Failed() {
			p.e.t.Logf("the second controller said:\n%s", output)
		}
	})
}

// untilItEnds returns what a controller that refuses to work says.
func (p *process) untilItEnds() string {
	p.e.t.Helper()
	p.start()
	select {
	case err := <-p.ended:
		p.ended <- err
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 {
			p.e.t.Errorf("the controller ended with %v, want exit code 1", err)
		}
	case <-p.e.ctx.Done():
		p.e.t.Fatal("the controller works on beside the MPI operator")
	}
	return p.output.String()
}

// untilItStays starts it until it no longer refuses: the lease of the other must run out first.
func (p *process) untilItStays() {
	p.e.t.Helper()
	err := wait.PollUntilContextTimeout(p.e.ctx, 2*time.Second, patience, true, func(ctx context.Context) (bool, error) {
		p.start()
		return wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, patience, true, func(context.Context) (bool, error) {
			select {
			case err := <-p.ended:
				p.ended <- err
				return false, errRefused
			default:
				return strings.Contains(p.output.String(), "Starting workers"), nil
			}
		}) == nil, nil
	})
	p.e.must(err, "waiting for the second controller to take over")
}

var errRefused = errors.New("it refuses still")
