//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// What stays of a job's Workers after its end is what cleanPodPolicy says, though JobSet deletes
// their Kubernetes Job; and all of it goes with the job.
func TestCleanPodPolicyKeepsWorkers(t *testing.T) {
	t.Parallel()
	e := setup(t)
	ns := e.namespace("keep")
	tests := []struct {
		policy kubeflow.CleanPodPolicy
		fails  bool
		want   string // the phases of the Workers left
	}{
		{kubeflow.CleanPodPolicyNone, false, "Running Running"},
		{kubeflow.CleanPodPolicyNone, true, "Running Running"},
		{kubeflow.CleanPodPolicyRunning, false, ""},
		{kubeflow.CleanPodPolicyAll, false, ""},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s failing %v", tt.policy, tt.fails), func(t *testing.T) {
			t.Parallel()
			e := e.in(t)
			name, end := "succeeds", "0"
			if tt.fails {
				name, end = "fails", "3"
			}
			job := newJob(ns, fmt.Sprintf("keep-%s-%s", map[kubeflow.CleanPodPolicy]string{"None": "none", "Running": "running", "All": "all"}[tt.policy], name),
				command("sh", "-c", "mpirun -n 4 hostname; exit "+end))
			job.Spec.RunPolicy.CleanPodPolicy, job.Spec.RunPolicy.BackoffLimit = &tt.policy, ptr(int32(0))
			e.submit(e.admin, job)
			got := e.awaitJob(job, "finished", finished)
			if isTrue(got, kubeflow.JobFailed) != tt.fails {
				t.Fatalf("it should fail: %v; conditions:%s", tt.fails, conditions(got))
			}
			// The kubelet may tell of a Worker after a job as short as this one is over.
			pods := e.awaitPods(job, "Workers without a Kubernetes Job: "+tt.want, func(pods []*corev1.Pod) bool {
				var phases []string
				for _, p := range workersOf(pods) {
					if metav1.GetControllerOfNoCopy(p) != nil || !p.DeletionTimestamp.IsZero() {
						return false
					}
					phases = append(phases, string(p.Status.Phase))
				}
				return strings.Join(phases, " ") == tt.want
			})
			if len(pods)-len(workersOf(pods)) != 1 {
				t.Errorf("the Launcher's pod should stay: %d pods", len(pods))
			}
			e.remove(e.admin, job)
			e.awaitPods(job, "gone with the job", func(pods []*corev1.Pod) bool { return len(pods) == 0 })
		})
	}
}

func workersOf(pods []*corev1.Pod) []*corev1.Pod {
	var out []*corev1.Pod
	for _, p := range pods {
		if p.Labels[kubeflow.JobRoleLabel] == "worker" {
			out = append(out, p)
		}
	}
	return out
}

// On the host's network the pods share the machine's name space of ports and are found by its address.
func TestHostNetwork(t *testing.T) {
	t.Parallel()
	e := setup(t)
	job := newJob("default", "e2e-host-network", workers(1), command("mpirun", "-n", "2", "hostname"))
	for _, p := range []*corev1.PodSpec{launcherPod(job), workerPod(job)} {
		p.HostNetwork = true
	}
	e.submit(e.admin, job)
	e.awaitCondition(job, kubeflow.JobSucceeded)
	var pods corev1.PodList
	e.must(e.admin.Client.List(e.ctx, &pods, client.InNamespace("default"), client.MatchingLabels{kubeflow.JobNameLabel: job.Name}), "listing pods")
	for _, p := range pods.Items {
		if p.Spec.DNSPolicy != corev1.DNSClusterFirstWithHostNet {
			t.Errorf("%s: DNS policy %s, want %s, as upstream", p.Name, p.Spec.DNSPolicy, corev1.DNSClusterFirstWithHostNet)
		}
	}
}
