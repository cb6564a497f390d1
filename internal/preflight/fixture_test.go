package preflight_test

import (
	"fmt"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/preflight"
	"github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// amounts reads "cpu=2 memory=4Gi nvidia.com/gpu=1".
func amounts(text string) corev1.ResourceList {
	out := corev1.ResourceList{}
	for _, f := range strings.Fields(text) {
		name, value, _ := strings.Cut(f, "=")
		out[corev1.ResourceName(name)] = resource.MustParse(value)
	}
	return out
}

// asking makes a container ask for that, requests and limits alike.
func asking(text string) func(*corev1.Container) {
	return func(c *corev1.Container) {
		c.Resources = corev1.ResourceRequirements{Requests: amounts(text), Limits: amounts(text)}
	}
}

// train is a job of n Workers that ask for as much each; its Launcher asks for a CPU and a GiB.
func train(n int32, each string) *mpijobtest.JobBuilder {
	return mpijobtest.Job("train").Workers(n).Launcher(asking("cpu=1 memory=1Gi")).Worker(asking(each))
}

func quota(name, hard, used string, scopes ...corev1.ResourceQuotaScope) corev1.ResourceQuota {
	q := corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "ns"}}
	q.Spec.Hard, q.Spec.Scopes = amounts(hard), scopes
	q.Status.Hard, q.Status.Used = amounts(hard), amounts(used)
	for r := range q.Status.Hard {
		if _, ok := q.Status.Used[r]; !ok {
			q.Status.Used[r] = resource.Quantity{}
		}
	}
	return q
}

func node(name, allocatable string, change ...func(*corev1.Node)) corev1.Node {
	n := corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelHostname: name}}}
	n.Status.Allocatable = amounts("pods=110 " + allocatable)
	n.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}
	for _, c := range change {
		c(&n)
	}
	return n
}

// nodes are n alike.
func nodes(n int, allocatable string) []corev1.Node {
	var out []corev1.Node
	for i := range n {
		out = append(out, node(fmt.Sprintf("node-%d", i), allocatable))
	}
	return out
}

// bound is a pod of a job of that name on a node.
func bound(job, on, asks string) corev1.Pod {
	p := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: job + "-" + on, Labels: map[string]string{
		kubeflow.JobNameLabel: job, kubeflow.OperatorNameLabel: kubeflow.OperatorName}}}
	p.Spec.NodeName = on
	p.Spec.Containers = []corev1.Container{{Name: "main", Resources: corev1.ResourceRequirements{Requests: amounts(asks)}}}
	return p
}

// big is a cluster with room for everything in these tests.
func big() []corev1.Node { return nodes(8, "cpu=64 memory=512Gi nvidia.com/gpu=8") }

func judge(b *mpijobtest.JobBuilder, s preflight.Snapshot) *preflight.Verdict {
	s.Now = mpijobtest.Epoch
	return preflight.Judge(b.Obj(), &s)
}

// expect compares an outcome, a part of the message, and the largest number of Workers (-1: none said).
func expect(t *testing.T, v *preflight.Verdict, outcome preflight.Outcome, message string, largest int32) {
	t.Helper()
	got := int32(-1)
	if v.LargestWorkers != nil {
		got = *v.LargestWorkers
	}
	if v.Outcome != outcome || !strings.Contains(v.Message, message) || got != largest {
		t.Errorf("got %s, %d Workers: %s\nwant %s, %d Workers: %s\n%+v", v.Outcome, got, v.Message, outcome, largest, message, v.Checks)
	}
}
