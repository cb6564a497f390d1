package preflight_test

import (
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/preflight"
	"github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

func workers(change func(*corev1.PodSpec)) func(*kubeflow.MPIJob) {
	return func(j *kubeflow.MPIJob) { change(&j.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Template.Spec) }
}

func addSidecar(asks string) func(*kubeflow.MPIJob) {
	return workers(func(p *corev1.PodSpec) {
		c := corev1.Container{Name: "sidecar", Image: "image:1"}
		asking(asks)(&c)
		p.Containers = append(p.Containers, c)
	})
}

func TestNodes(t *testing.T) {
	gpus := "cpu=8 memory=16Gi nvidia.com/gpu=2"
	tainted := func(n *corev1.Node) {
		n.Spec.Taints = []corev1.Taint{{Key: "gpu", Value: "yes", Effect: corev1.TaintEffectNoSchedule}}
	}
	apart := func(p *corev1.PodSpec) {
		p.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{
			TopologyKey: corev1.LabelHostname, LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"training.kubeflow.org/job-role": "worker"}}}}}}
	}
	for _, c := range []struct {
		name    string
		job     *mpijobtest.JobBuilder
		s       preflight.Snapshot
		outcome preflight.Outcome
		message string
		largest int32
	}{
		{"free", train(4, gpus), preflight.Snapshot{Nodes: nodes(2, "cpu=64 memory=512Gi nvidia.com/gpu=4")}, preflight.Fits, "8 nvidia.com/gpu", 4},
		{"in use", train(4, gpus), preflight.Snapshot{Nodes: nodes(2, "cpu=64 memory=512Gi nvidia.com/gpu=4"), Pods: []corev1.Pod{bound("other", "node-0", "nvidia.com/gpu=4")}},
			preflight.Waits, "Requested 8 nvidia.com/gpu, 4 free on the nodes that take it (4 of 8 in use)", 2},
		{"too few", train(5, gpus), preflight.Snapshot{Nodes: nodes(2, "cpu=64 memory=512Gi nvidia.com/gpu=4")}, preflight.Waits, "Requested 10 nvidia.com/gpu, and all nodes that take it have 8 together", 4},
		{"too large", train(1, "nvidia.com/gpu=8"), preflight.Snapshot{Nodes: nodes(4, "cpu=64 memory=512Gi nvidia.com/gpu=4")}, preflight.Waits,
			"each Worker asks for 8 nvidia.com/gpu, and the largest node that takes it has 4", 0},
		{"no such resource", train(1, "amd.com/gpu=1"), preflight.Snapshot{Nodes: nodes(1, "cpu=64 memory=512Gi")}, preflight.Waits, "each Worker asks for 1 amd.com/gpu, and the largest node that takes it has 0", 0},
		{"in pieces", train(4, "cpu=3"), preflight.Snapshot{Nodes: nodes(4, "cpu=5 memory=64Gi"), Pods: []corev1.Pod{bound("a", "node-0", "cpu=3"), bound("b", "node-1", "cpu=3")}},
			preflight.Waits, "room for 2 of 4 Workers: what is free is spread over nodes in pieces smaller than a Worker (3 CPU)", 2},
		{"the Launcher takes room too", train(4, "cpu=4"), preflight.Snapshot{Nodes: nodes(4, "cpu=4 memory=64Gi")}, preflight.Waits, "Requested 17 CPU, and all nodes that take it have 16 together", 3},
		{"the Launcher goes where it hurts least", train(3, "cpu=4"), preflight.Snapshot{Nodes: append(nodes(3, "cpu=4 memory=64Gi"), node("small", "cpu=1 memory=2Gi"))}, preflight.Fits, "", 3},
		{"pods that have ended take none", train(4, gpus), preflight.Snapshot{Nodes: nodes(2, "cpu=64 memory=512Gi nvidia.com/gpu=4"), Pods: []corev1.Pod{func() corev1.Pod {
			p := bound("other", "node-0", "nvidia.com/gpu=4")
			p.Status.Phase = corev1.PodSucceeded
			return p
		}()}}, preflight.Fits, "", 4},
		{"pods per node", train(4, "cpu=1"), preflight.Snapshot{Nodes: []corev1.Node{node("n", "cpu=64 memory=64Gi pods=4")}}, preflight.Waits, "room for 3 of 4 Workers, were all nodes empty", 3},
		{"selector", train(1, "cpu=1").With(workers(func(p *corev1.PodSpec) { p.NodeSelector = map[string]string{"zone": "a"} })),
			preflight.Snapshot{Nodes: nodes(2, "cpu=4 memory=64Gi")}, preflight.Waits, "each Worker asks for 1 CPU, and the largest node that takes it has 0", 0},
		{"affinity", train(2, "cpu=4").With(workers(func(p *corev1.PodSpec) {
			p.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{"node-1"}}}}}}}}
		})), preflight.Snapshot{Nodes: nodes(2, "cpu=5 memory=64Gi")}, preflight.Waits, "room for 1 of 2 Workers, were all nodes empty", 1},
		{"tainted", train(1, gpus), preflight.Snapshot{Nodes: []corev1.Node{node("gpu", "cpu=64 memory=512Gi nvidia.com/gpu=4", tainted), node("cpu", "cpu=64 memory=64Gi")}},
			preflight.Waits, "the largest node that takes it has 0", 0},
		{"tolerated", train(1, gpus).With(workers(func(p *corev1.PodSpec) {
			p.Tolerations = []corev1.Toleration{{Key: "gpu", Operator: corev1.TolerationOpExists}}
		})),
			preflight.Snapshot{Nodes: []corev1.Node{node("gpu", "cpu=64 memory=512Gi nvidia.com/gpu=4", tainted), node("cpu", "cpu=64 memory=64Gi")}}, preflight.Fits, "", 2},
		{"none takes it", train(1, "cpu=1"), preflight.Snapshot{Nodes: []corev1.Node{node("a", "cpu=4", tainted), node("b", "cpu=4", func(n *corev1.Node) { n.Status.Conditions = nil }),
			node("c", "cpu=4", func(n *corev1.Node) { n.Spec.Unschedulable = true })}}, preflight.Waits, "none of the cluster's 3 nodes takes the job", 0},
		{"one Worker a node", train(3, "cpu=1").With(workers(apart)), preflight.Snapshot{Nodes: nodes(2, "cpu=64 memory=64Gi")}, preflight.Waits, "no two Workers share a node", 2},
		{"an init container that asks for more", train(2, "cpu=1").With(workers(func(p *corev1.PodSpec) {
			c := corev1.Container{Name: "download", Image: "image:1"}
			asking("cpu=4")(&c)
			p.InitContainers = append(p.InitContainers, c)
		})), preflight.Snapshot{Nodes: nodes(1, "cpu=8 memory=64Gi")}, preflight.Waits, "Requested 9 CPU, and all nodes that take it have 8 together", 1},
		{"only a Launcher", train(0, "cpu=1").With(func(j *kubeflow.MPIJob) { delete(j.Spec.MPIReplicaSpecs, kubeflow.MPIReplicaTypeWorker) }),
			preflight.Snapshot{Nodes: nodes(2, "cpu=4 memory=4Gi"), Pods: []corev1.Pod{bound("a", "node-0", "cpu=4"), bound("b", "node-1", "memory=4Gi")}}, preflight.Waits, "no room for the Launcher", -1},
		{"nodes not readable, and no quota there", train(1, gpus), preflight.Snapshot{Gaps: []preflight.Gap{{Source: preflight.SourceNodes, Right: "list nodes"}}}, preflight.Unknown,
			"No quota stands in its way; whether the cluster's nodes have room isn't shown to you", -1},
		{"nothing readable", train(1, gpus), preflight.Snapshot{Gaps: []preflight.Gap{{Source: preflight.SourceNodes}, {Source: preflight.SourceQuotas}, {Source: preflight.SourceLimitRanges}}}, preflight.Unknown,
			"Nothing of what decides could be read, so whether it would start isn't known", -1},
		{"nodes not readable", train(1, gpus), preflight.Snapshot{Gaps: []preflight.Gap{{Source: preflight.SourceNodes, Right: "list nodes"}}}, preflight.Unknown,
			"isn't shown to you", -1},
		{"pods not readable", train(1, gpus), preflight.Snapshot{Nodes: nodes(2, "cpu=64 memory=512Gi nvidia.com/gpu=4"), Gaps: []preflight.Gap{{Source: preflight.SourcePods, Right: "list pods in all namespaces"}}},
			preflight.Unknown, "whether the cluster's nodes have room at the moment isn't shown to you", 4},
	} {
		t.Run(c.name, func(t *testing.T) { expect(t, judge(c.job, c.s), c.outcome, c.message, c.largest) })
	}
}
