//go:build e2e

package e2e

import (
	"context"
	"errors"
	"net"
	"slices"
	"syscall"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	controllerName  = "mpijob-controller"
	controllerSpace = "mpijob-system"
)

// controllerPods are the controller's pods, the one that leads first.
func (e *env) controllerPods(ctx context.Context) ([]corev1.Pod, error) {
	var lease coordinationv1.Lease
	if err := e.admin.Client.Get(ctx, client.ObjectKey{Namespace: controllerSpace, Name: controllerName}, &lease); err != nil {
		return nil, err
	}
	var pods corev1.PodList
	if err := e.admin.Client.List(ctx, &pods, client.InNamespace(controllerSpace), client.MatchingLabels{"app.kubernetes.io/name": controllerName}); err != nil {
		return nil, err
	}
	leads := func(p corev1.Pod) bool {
		return lease.Spec.HolderIdentity != nil && p.Name == *lease.Spec.HolderIdentity
	}
	i := slices.IndexFunc(pods.Items, leads)
	if i < 0 {
		return nil, errors.New("none of the controller's pods leads")
	}
	pods.Items[0], pods.Items[i] = pods.Items[i], pods.Items[0]
	return pods.Items, nil
}

// leader waits until a pod leads that runs, and returns it with its process.
func (e *env) leader() (pod corev1.Pod, pid int) {
	e.t.Helper()
	err := wait.ExponentialBackoffWithContext(e.ctx, backoff(), func(ctx context.Context) (bool, error) {
		pods, unknown := e.controllerPods(ctx)
		if unknown == nil && pods[0].DeletionTimestamp.IsZero() {
			pod = pods[0]
			pid, unknown = mainProcess(&pod)
			return unknown == nil, nil
		}
		return false, nil // between two leaders, or between two API servers
	})
	e.must(err, "looking for the controller that leads")
	return pod, pid
}

// crashLeader kills the process that leads; the kubelet starts it again.
func (e *env) crashLeader() {
	e.t.Helper()
	_, pid := e.leader()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		e.t.Fatalf("killing the controller: %v; the tests must run on the sandbox's machine, as root", err)
	}
}

// deleteLeader deletes the pod that leads, as a drain of its node would; another takes over.
func (e *env) deleteLeader() {
	e.t.Helper()
	pod, _ := e.leader()
	e.must(ignoreGone(e.admin.Client.Delete(e.ctx, &pod)), "deleting the controller's pod")
}

// createPatiently creates a job though the webhook may be away for a moment: a user, or the CI pipeline,
// tries again.
func (e *env) createPatiently(job *kubeflow.MPIJob) {
	e.t.Helper()
	e.follow(job.Namespace, job.Name)
	e.must(retry.OnError(backoff(), func(error) bool { return true }, func() error {
		job.ResourceVersion = ""
		return e.scientist.Client.Create(e.ctx, job)
	}), "creating "+job.Name)
}

// A leader that hangs and wakes up again: the other replica takes the running job over and sees it
// through, and the one that wakes up does no harm. Not parallel: it takes the leader from other tests.
func TestFailover(t *testing.T) {
	e := setup(t)
	before := e.submit(e.scientist, newJob(teamA, "e2e-failover",
		ranks(`echo "`+started+`"; sleep 30; echo "rank $RANK came through"`)))
	e.awaitCondition(before, kubeflow.JobRunning)
	e.awaitLog(before, started)
	first, pid := e.leader()
	e.must(syscall.Kill(pid, syscall.SIGSTOP), "stopping the controller that leads")
	wake := func() { _ = syscall.Kill(pid, syscall.SIGCONT) }
	t.Cleanup(wake)

	during := newJob(teamA, "e2e-failover-during")
	e.createPatiently(during)
	for _, job := range []*kubeflow.MPIJob{during, before} {
		e.awaitCondition(job, kubeflow.JobSucceeded)
	}
	if second, _ := e.leader(); second.Name == first.Name {
		t.Errorf("%s still leads, though it was stopped", first.Name)
	}
	wake()
	after := e.submit(e.scientist, newJob(teamA, "e2e-failover-after"))
	e.awaitCondition(after, kubeflow.JobSucceeded)
	for _, job := range []*kubeflow.MPIJob{before, during, after} {
		e.startedOnce(job)
		e.oneOfEach(job)
	}
	if log := e.launcherLog(e.scientist, before); len(lines(log, "came through")) != 4 {
		t.Errorf("want 4 ranks that came through:\n%s", log)
	}
	e.awaitControllers()
}

// awaitControllers waits until every replica is ready again.
func (e *env) awaitControllers() {
	e.t.Helper()
	e.await(e.admin.Client, &appsv1.DeploymentList{}, "the controller's replicas", func(objs []client.Object) bool {
		d, ok := find(objs, controllerName).(*appsv1.Deployment)
		return ok && d.Status.AvailableReplicas == 2 && d.Status.Replicas == 2
	}, client.InNamespace(controllerSpace))
}

// Both replicas run, restricted, and the feed is open at the one that leads only, so that an agent that
// tries one address after the other ends there.
func TestControllerReplicas(t *testing.T) {
	e := setup(t)
	e.awaitControllers()
	_, _ = e.leader()
	pods, err := e.controllerPods(e.ctx)
	e.must(err, "listing the controller's pods")
	if len(pods) < 2 {
		t.Fatalf("%d pods, want 2", len(pods))
	}
	for i, p := range pods[:2] {
		address := net.JoinHostPort(p.Status.PodIP, "9444")
		conn, err := net.DialTimeout("tcp", address, 2*time.Second)
		if err == nil {
			conn.Close()
		}
		if leads := i == 0; leads != (err == nil) {
			t.Errorf("pod %s leads: %v; connecting to its feed: %v", p.Name, leads, err)
		}
		if c := p.Spec.Containers[0].SecurityContext; c == nil || c.ReadOnlyRootFilesystem == nil || !*c.ReadOnlyRootFilesystem {
			t.Errorf("pod %s has a writable root", p.Name)
		}
	}
	var ns corev1.Namespace
	e.must(e.admin.Client.Get(e.ctx, client.ObjectKey{Name: controllerSpace}, &ns), "reading the controller's namespace")
	if got := ns.Labels["pod-security.kubernetes.io/enforce"]; got != "restricted" {
		t.Errorf("the namespace enforces %q", got)
	}
}

// disturb crashes the leader or deletes its pod, turn by turn, after a while.
func (e *env) disturb(turn int, after time.Duration) {
	e.t.Helper()
	time.Sleep(after) // the point of time is what the test varies; nothing is waited for
	if turn%2 == 0 {
		e.crashLeader()
	} else {
		e.deleteLeader()
	}
}
