//go:build e2e && failures

package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// evictPod asks the API server to evict a Worker, as `kubectl drain` does.
func evictPod(index string) func(*env, *kubeflow.MPIJob) {
	return func(e *env, job *kubeflow.MPIJob) {
		e.t.Helper()
		for _, p := range e.podsOf(job, "worker") {
			if p.Spec.Hostname == job.Name+"-worker-"+index {
				e.must(e.admin.Kube.CoreV1().Pods(p.Namespace).EvictV1(e.ctx, &policyv1.Eviction{
					ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: p.Name},
				}), "evicting pod "+p.Name)
				return
			}
		}
		e.t.Fatalf("there is no worker %s", index)
	}
}

// deleteService deletes the Service that gives the job's pods their names.
func deleteService(e *env, job *kubeflow.MPIJob) {
	e.t.Helper()
	e.await(e.admin.Client, &corev1.ServiceList{}, "the job's Service", func(objs []client.Object) bool {
		return find(objs, job.Name) != nil
	}, client.InNamespace(job.Namespace))
	e.must(e.admin.Client.Delete(e.ctx, &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: job.Namespace, Name: job.Name}}), "deleting the Service")
}

// cutNetwork takes down the interface of a Worker while its first init container of ours runs.
func cutNetwork(index string) func(*env, *kubeflow.MPIJob) {
	return func(e *env, job *kubeflow.MPIJob) {
		e.t.Helper()
		var id string
		e.awaitPods(job, "an init container that runs in Worker "+index, func(pods []*corev1.Pod) bool {
			for _, p := range pods {
				for _, s := range p.Status.InitContainerStatuses {
					if p.Spec.Hostname == job.Name+"-worker-"+index && s.Name == "first" && s.State.Running != nil {
						id = s.ContainerID
					}
				}
			}
			return id != ""
		})
		pid := 0
		_, id, _ = strings.Cut(id, "://")
		groups, err := filepath.Glob("/proc/[0-9]*/cgroup")
		e.must(err, "listing processes")
		for _, path := range groups {
			if text, err := os.ReadFile(path); err == nil && strings.Contains(string(text), id) {
				pid, _ = strconv.Atoi(filepath.Base(filepath.Dir(path)))
			}
		}
		if pid == 0 {
			e.t.Fatalf("no process belongs to container %s: the tests must run on the sandbox's machine, as root", id)
		}
		out, err := exec.CommandContext(e.ctx, "nsenter", "-t", strconv.Itoa(pid), "-n", "ip", "link", "set", "eth0", "down").CombinedOutput()
		e.must(err, "cutting the network: "+string(out))
	}
}

// freezeAgent stops a Worker's agent, as ranks do that leave it neither CPU nor memory, until its
// Launcher has noticed; what follows is how long that has patience.
func freezeAgent(index string) func(*env, *kubeflow.MPIJob) {
	return func(e *env, job *kubeflow.MPIJob) {
		e.t.Helper()
		e.signalContainer(job, "worker-"+index, syscall.SIGSTOP)
		e.awaitLog(job, "lost touch with Worker "+index)
	}
}

// loseNode stops the kubelet as the loss of its node would, until the control plane has noticed, and
// then kills a Worker there that no kubelet can tell about. The kubelet goes on at the end.
func loseNode(host string) func(*env, *kubeflow.MPIJob) {
	return func(e *env, job *kubeflow.MPIJob) {
		e.t.Helper()
		pid := kubelet(e)
		e.must(syscall.Kill(pid, syscall.SIGSTOP), "stopping the kubelet")
		ready := func(want corev1.ConditionStatus) func([]client.Object) bool {
			return func(objs []client.Object) bool {
				for _, o := range objs {
					for _, c := range o.(*corev1.Node).Status.Conditions {
						if c.Type == corev1.NodeReady && (c.Status == corev1.ConditionTrue) == (want == corev1.ConditionTrue) {
							return true
						}
					}
				}
				return false
			}
		}
		e.t.Cleanup(func() {
			if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
				e.t.Errorf("the kubelet can't go on: %v", err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			if _, err := awaitWith(ctx, e.admin.Client, &corev1.NodeList{}, ready(corev1.ConditionTrue)); err != nil {
				e.t.Errorf("the node doesn't come back: %v", err)
			}
			// The controller's pods were there too: until they are ready again, the webhook refuses every job.
			e.awaitControllers()
		})
		e.await(e.admin.Client, &corev1.NodeList{}, "the control plane to notice", ready(corev1.ConditionFalse))
		e.awaitPods(job, "no longer ready", func(pods []*corev1.Pod) bool {
			for _, p := range pods {
				for _, c := range p.Status.Conditions {
					if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue {
						return false
					}
				}
			}
			return true
		})
		killContainer(host)(e, job)
	}
}

// kubelet is the PID of the sandbox's.
func kubelet(e *env) int {
	e.t.Helper()
	commands, err := filepath.Glob("/proc/[0-9]*/cmdline")
	e.must(err, "listing processes")
	for _, path := range commands {
		text, err := os.ReadFile(path)
		argv := strings.Split(string(text), "\x00")
		if err == nil && filepath.Base(argv[0]) == "kubelet" && strings.Contains(string(text), e.sandbox.State) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			e.must(err, "reading "+path)
			return pid
		}
	}
	e.t.Fatal("no kubelet of the sandbox runs here: the tests must run on its machine, as root")
	return 0
}
