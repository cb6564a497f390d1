package preflight_test

import (
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	nodev1 "k8s.io/api/node/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/preflight"
)

// inClass is train's job with Workers of a runtime class, and more said of their pods.
func inClass(s preflight.Snapshot, change ...func(*corev1.PodSpec)) *preflight.Verdict {
	job := train(2, "cpu=2 memory=4Gi").Obj()
	spec := &job.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Template.Spec
	name := "kata"
	spec.RuntimeClassName = &name
	for _, c := range change {
		c(spec)
	}
	if s.Nodes == nil {
		s.Nodes = big()
	}
	return preflight.Judge(job, &s)
}

// kata is a runtime that takes something for itself, and is on some nodes only.
func kata(overhead string, selector map[string]string) []nodev1.RuntimeClass {
	c := nodev1.RuntimeClass{ObjectMeta: metav1.ObjectMeta{Name: "kata"}, Handler: "kata"}
	if overhead != "" {
		c.Overhead = &nodev1.Overhead{PodFixed: amounts(overhead)}
	}
	if selector != nil {
		c.Scheduling = &nodev1.Scheduling{NodeSelector: selector, Tolerations: []corev1.Toleration{{Key: "sandboxed", Operator: corev1.TolerationOpExists}}}
	}
	return []nodev1.RuntimeClass{c}
}

// What a runtime takes for itself counts under quotas and on nodes, and not in LimitRanges.
func TestRuntimeClassOverhead(t *testing.T) {
	tight := []corev1.ResourceQuota{quota("tight", "requests.cpu=6", "")}
	expect(t, inClass(preflight.Snapshot{RuntimeClasses: kata("", nil), Quotas: tight}), preflight.Fits, "It would start now", 2)
	expect(t, inClass(preflight.Snapshot{RuntimeClasses: kata("cpu=500m", nil), Quotas: tight}), preflight.Fits, `It would start now`, 2)
	expect(t, inClass(preflight.Snapshot{RuntimeClasses: kata("cpu=1", nil), Quotas: tight}), preflight.Refused, `Requested 7 CPU, 6 available under quota "tight"`, 1)
	// Two Workers of 2 CPUs fit on a node of 4, with half a CPU more each they don't.
	small := []corev1.Node{node("workers", "cpu=4 memory=64Gi"), node("launcher", "cpu=2 memory=8Gi")}
	expect(t, inClass(preflight.Snapshot{RuntimeClasses: kata("", nil), Nodes: small}), preflight.Fits, "It would start now", 2)
	expect(t, inClass(preflight.Snapshot{RuntimeClasses: kata("cpu=500m", nil), Nodes: small}), preflight.Waits, "room for 1 of 2 Workers, were all nodes empty", 1)
	limits := []corev1.LimitRange{{ObjectMeta: metav1.ObjectMeta{Name: "pods"}, Spec: corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{{Type: corev1.LimitTypePod, Max: amounts("cpu=2")}}}}}
	expect(t, inClass(preflight.Snapshot{RuntimeClasses: kata("cpu=1", nil), LimitRanges: limits}), preflight.Fits, "7 CPU", 168)
}

func TestRuntimeClassNodes(t *testing.T) {
	tainted := func(n *corev1.Node) {
		n.Labels["runtime"] = "kata"
		n.Spec.Taints = []corev1.Taint{{Key: "sandboxed", Effect: corev1.TaintEffectNoSchedule}}
	}
	s := preflight.Snapshot{RuntimeClasses: kata("", map[string]string{"runtime": "kata"}), Nodes: append(nodes(1, "cpu=64 memory=512Gi"), node("sandboxed", "cpu=6 memory=64Gi", tainted))}
	expect(t, inClass(s), preflight.Fits, "It would start now", 3)
	expect(t, inClass(s, func(p *corev1.PodSpec) { p.NodeSelector = map[string]string{"runtime": "runc"} }), preflight.Refused, `asks for nodes with runtime=runc, and runtime class "kata" is on those with runtime=kata`, 0)
}

func TestRuntimeClassThatAdmitsNoPod(t *testing.T) {
	said := func(text string) func(*corev1.PodSpec) {
		return func(p *corev1.PodSpec) { p.Overhead = amounts(text) }
	}
	expect(t, inClass(preflight.Snapshot{}), preflight.Refused, `each Worker names runtime class "kata", which doesn't exist`, 0)
	expect(t, inClass(preflight.Snapshot{Gaps: []preflight.Gap{{Source: preflight.SourceRuntimeClasses, Right: `get runtimeclasses.node.k8s.io "kata"`}}}), preflight.Unknown, `whether runtime class "kata" exists, and what it adds to each pod isn't shown to you`, 255)
	expect(t, inClass(preflight.Snapshot{RuntimeClasses: kata("cpu=1", nil)}, said("cpu=2")), preflight.Refused, "takes something else for itself", 0)
	expect(t, inClass(preflight.Snapshot{RuntimeClasses: kata("cpu=1", nil)}, said("cpu=1000m")), preflight.Fits, "7 CPU", 168)
	expect(t, inClass(preflight.Snapshot{}, said("cpu=1"), func(p *corev1.PodSpec) { p.RuntimeClassName = nil }), preflight.Refused, "names no runtime class", 0)
}
