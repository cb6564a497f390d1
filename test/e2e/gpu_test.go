//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// A job of the simple form with GPUs is placed where there are some, a rank for each; the Launcher has
// none. The sandbox's GPUs are numbers on its node: scheduler and kubelet count them as real ones.
func TestGPUs(t *testing.T) {
	t.Parallel()
	e := setup(t)
	for name, kind := range map[string]corev1.ResourceName{"nvidia": training.GPUResource, "amd": training.AMDGPUResource} {
		t.Run(name, func(t *testing.T) {
			e := e.in(t)
			job := training.Spec{
				Name: "e2e-gpu-" + name, Namespace: teamA, Image: imageOpenMPI, Workers: 2, GPUsPerWorker: 2, GPUType: kind,
				Command: []string{"sh", "-c", `echo "rank $OMPI_COMM_WORLD_RANK on $(hostname)"; [ "$OMPI_COMM_WORLD_RANK" != 0 ] || cat /etc/mpi/hostfile 2>/dev/null; sleep 5`},
			}.MPIJob()
			e.submit(e.scientist, job)
			e.awaitCondition(job, kubeflow.JobRunning)
			for _, p := range e.podsOf(job, "") {
				gpus := p.Spec.Containers[0].Resources.Limits[kind]
				env := map[string]string{}
				for _, v := range p.Spec.Containers[0].Env {
					env[v.Name] = v.Value
				}
				visible, hidden := env["NVIDIA_VISIBLE_DEVICES"]
				switch p.Labels[kubeflow.JobRoleLabel] {
				case "worker":
					if gpus.Value() != 2 || hidden {
						t.Errorf("%s: %s of %s, NVIDIA_VISIBLE_DEVICES set: %v", p.Name, gpus.String(), kind, hidden)
					}
				default:
					if !gpus.IsZero() || !hidden || visible != "" {
						t.Errorf("%s: the Launcher has %s of %s, NVIDIA_VISIBLE_DEVICES=%q", p.Name, gpus.String(), kind, visible)
					}
				}
			}
			e.awaitCondition(job, kubeflow.JobSucceeded)
			log := e.launcherLog(e.scientist, job)
			for _, worker := range []string{"-worker-0", "-worker-1"} {
				if n := len(lines(log, job.Name+worker)); n != 2 {
					t.Errorf("%d ranks on %s%s, want one for each of its 2 GPUs:\n%s", n, job.Name, worker, log)
				}
			}
		})
	}
}

// Where pods may run is the template's to say, word for word.
func TestPlacementPassesThrough(t *testing.T) {
	t.Parallel()
	e := setup(t)
	want := corev1.PodSpec{
		NodeSelector: map[string]string{"kubernetes.io/os": "linux"},
		Tolerations:  []corev1.Toleration{{Key: "nvidia.com/gpu", Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule}},
		Affinity: &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{PreferredDuringSchedulingIgnoredDuringExecution: []corev1.PreferredSchedulingTerm{{
			Weight: 7, Preference: corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{
				{Key: "nvidia.com/gpu.product", Operator: corev1.NodeSelectorOpIn, Values: []string{"A100"}}}}}}}},
		TopologySpreadConstraints: []corev1.TopologySpreadConstraint{{
			MaxSkew: 1, TopologyKey: "kubernetes.io/hostname", WhenUnsatisfiable: corev1.ScheduleAnyway,
			LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "train"}},
		}},
	}
	job := e.submit(e.scientist, newJob(teamA, "e2e-placement", func(job *kubeflow.MPIJob) {
		for _, pod := range []*corev1.PodSpec{launcherPod(job), workerPod(job)} {
			pod.NodeSelector, pod.Tolerations = want.NodeSelector, want.Tolerations
			pod.Affinity, pod.TopologySpreadConstraints = want.Affinity, want.TopologySpreadConstraints
		}
	}))
	e.awaitCondition(job, kubeflow.JobSucceeded)
	for _, p := range e.podsOf(job, "") {
		var tolerations []corev1.Toleration
		for _, tol := range p.Spec.Tolerations {
			if !strings.HasPrefix(tol.Key, "node.kubernetes.io/") { // the API server's own
				tolerations = append(tolerations, tol)
			}
		}
		got := corev1.PodSpec{NodeSelector: p.Spec.NodeSelector, Tolerations: tolerations, Affinity: p.Spec.Affinity, TopologySpreadConstraints: p.Spec.TopologySpreadConstraints}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", p.Name, diff)
		}
	}
}

// Legal and surely not meant: the API server warns of it, and stores the job.
func TestMixedGPUsAreWarnedOf(t *testing.T) {
	t.Parallel()
	e := setup(t)
	job := newJob(teamA, "e2e-mixed", suspended, func(job *kubeflow.MPIJob) {
		for _, name := range []corev1.ResourceName{training.GPUResource, training.AMDGPUResource} {
			workerPod(job).Containers[0].Resources.Limits[name] = resource.MustParse("1")
		}
	})
	var warnings []string
	client, err := training.NewClientFromKubeconfig(training.Kubeconfig{Path: e.scientist.Kubeconfig, Namespace: teamA,
		Warnings: func(text string) { warnings = append(warnings, text) }})
	e.must(err, "connecting as a scientist")
	_, err = client.Jobs("").Create(e.ctx, job, training.CreateOptions{DryRun: training.DryRunServer})
	e.must(err, "creating the job")
	if !strings.Contains(strings.Join(warnings, "\n"), "GPUs of 2 types (amd.com/gpu, nvidia.com/gpu)") {
		t.Errorf("no warning: %q", warnings)
	}
}
