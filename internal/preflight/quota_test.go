package preflight_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/preflight"
	"github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

func TestQuotas(t *testing.T) {
	gpus := "cpu=8 memory=16Gi nvidia.com/gpu=2"
	both := func(change func(*corev1.PodSpec)) func(*kubeflow.MPIJob) {
		return func(j *kubeflow.MPIJob) {
			for _, r := range j.Spec.MPIReplicaSpecs {
				change(&r.Template.Spec)
			}
		}
	}
	class := func(name string) func(*kubeflow.MPIJob) {
		return both(func(p *corev1.PodSpec) { p.PriorityClassName = name })
	}
	scoped := func(op corev1.ScopeSelectorOperator, values ...string) preflight.Snapshot {
		q := quota("low", "pods=2", "")
		q.Spec.ScopeSelector = &corev1.ScopeSelector{MatchExpressions: []corev1.ScopedResourceSelectorRequirement{
			{ScopeName: corev1.ResourceQuotaScopePriorityClass, Operator: op, Values: values}}}
		return preflight.Snapshot{Quotas: []corev1.ResourceQuota{q}, Priorities: []schedulingv1.PriorityClass{
			{ObjectMeta: metav1.ObjectMeta{Name: "low"}, Value: 1}, {ObjectMeta: metav1.ObjectMeta{Name: "high"}, Value: 2}}}
	}
	with := func(qs ...corev1.ResourceQuota) preflight.Snapshot { return preflight.Snapshot{Quotas: qs} }
	for _, c := range []struct {
		name    string
		job     *mpijobtest.JobBuilder
		s       preflight.Snapshot
		outcome preflight.Outcome
		message string
		largest int32
	}{
		{"none", train(4, gpus), with(), preflight.Fits, "It would start now: 8 nvidia.com/gpu", 64/2 - 0},
		{"in use", train(4, gpus), with(quota("gpus", "requests.nvidia.com/gpu=16", "requests.nvidia.com/gpu=10")), preflight.Waits,
			`Requested 8 nvidia.com/gpu, 6 available under quota "gpus" (10 of 16 in use)`, 3},
		{"beyond", train(9, gpus), with(quota("gpus", "requests.nvidia.com/gpu=16", "")), preflight.Refused,
			`Requested 18 nvidia.com/gpu, 16 available under quota "gpus" (0 of 16 in use)`, 8},
		{"Launcher counts", train(4, "cpu=2 memory=1Gi"), with(quota("cpu", "requests.cpu=8", "")), preflight.Refused, "Requested 9 CPU, 8 available", 3},
		{"limits", train(4, "cpu=2 memory=1Gi"), with(quota("mem", "limits.memory=5Gi", "limits.memory=1Gi")), preflight.Waits, "Requested 5Gi memory limit, 4Gi available", 3},
		{"pods", train(4, gpus), with(quota("pods", "pods=6", "pods=3")), preflight.Waits, `Requested 5 pods, 3 available under quota "pods" (3 of 6 in use)`, 2},
		{"more in use than allowed", train(1, gpus), with(quota("pods", "pods=3", "pods=5")), preflight.Waits, "Requested 2 pods, 0 available", 0},
		{"jobs", train(1, gpus), with(quota("jobs", "count/mpijobs.kubeflow.org=12", "count/mpijobs.kubeflow.org=12")), preflight.Refused, `12/12 jobs running under quota "jobs"`, 0},
		{"runs", train(1, gpus), with(quota("jobs", "count/trainjobs.trainer.kubeflow.org=12", "count/trainjobs.trainer.kubeflow.org=12")), preflight.Waits, `12/12 jobs running under quota "jobs"`, 0},
		{"objects", train(1, gpus), with(quota("objects", "count/secrets=4", "count/secrets=4")), preflight.Waits, "Requested 1 secrets, 0 available", 0},
		{"unsaid", mpijobtest.Job("train"), with(quota("cpu", "requests.cpu=8", "")), preflight.Refused,
			`quota "cpu" counts requests.cpu, and container "launcher" of the Launcher doesn't say`, 0},
		{"unsaid limit", train(1, gpus).Worker(func(c *corev1.Container) { c.Resources.Limits = nil }), with(quota("mem", "limits.memory=8Gi", "")), preflight.Refused,
			`counts limits.memory, and container "worker" of each Worker doesn't say`, 0},
		{"terminating is other pods", train(4, gpus), with(quota("short", "pods=1", "", corev1.ResourceQuotaScopeTerminating)), preflight.Fits, "", 32},
		{"terminating", train(4, gpus).With(both(func(p *corev1.PodSpec) { p.ActiveDeadlineSeconds = ptr.To[int64](60) })),
			with(quota("short", "pods=1", "", corev1.ResourceQuotaScopeTerminating)), preflight.Refused, "Requested 5 pods, 1 available", 0},
		{"not terminating", train(4, gpus), with(quota("long", "pods=1", "", corev1.ResourceQuotaScopeNotTerminating)), preflight.Refused, "Requested 5 pods", 0},
		{"best effort", mpijobtest.Job("train"), with(quota("be", "pods=2", "", corev1.ResourceQuotaScopeBestEffort)), preflight.Refused, "Requested 3 pods", 1},
		{"best effort is other pods", train(2, gpus), with(quota("be", "pods=2", "", corev1.ResourceQuotaScopeBestEffort)), preflight.Fits, "", 32},
		{"some of each", train(4, gpus).Launcher(func(c *corev1.Container) { c.Resources = corev1.ResourceRequirements{} }),
			with(quota("be", "pods=4", "", corev1.ResourceQuotaScopeNotBestEffort)), preflight.Fits, "", 4},
		{"class in", train(2, gpus).With(class("low")), scoped(corev1.ScopeSelectorOpIn, "low"), preflight.Refused, `Requested 3 pods, 2 available under quota "low"`, 1},
		{"class not in", train(2, gpus).With(class("high")), scoped(corev1.ScopeSelectorOpIn, "low"), preflight.Fits, "", 32},
		{"no class, NotIn", train(2, gpus), scoped(corev1.ScopeSelectorOpNotIn, "low"), preflight.Refused, "Requested 3 pods", 1},
		{"class exists", train(2, gpus).With(class("high")), scoped(corev1.ScopeSelectorOpExists), preflight.Refused, "Requested 3 pods", 1},
		{"class doesn't exist", train(2, gpus).With(class("none")), scoped(corev1.ScopeSelectorOpIn, "low"), preflight.Refused, `names priority class "none", which doesn't exist (and 1 more)`, 0},
		{"cross-namespace affinity", train(2, gpus).With(both(func(p *corev1.PodSpec) {
			p.Affinity = &corev1.Affinity{PodAffinity: &corev1.PodAffinity{PreferredDuringSchedulingIgnoredDuringExecution: []corev1.WeightedPodAffinityTerm{
				{Weight: 1, PodAffinityTerm: corev1.PodAffinityTerm{Namespaces: []string{"other"}, TopologyKey: "zone"}}}}}
		})), with(quota("cross", "pods=0", "", corev1.ResourceQuotaScopeCrossNamespacePodAffinity)), preflight.Refused, `0 available under quota "cross"`, 0},
		{"not counted yet", train(2, gpus), with(corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: "new"}, Spec: corev1.ResourceQuotaSpec{Hard: amounts("pods=1")}}),
			preflight.Unknown, "hasn't counted", 32},
		{"two", train(4, gpus), with(quota("a", "pods=4", ""), quota("b", "requests.nvidia.com/gpu=8", "requests.nvidia.com/gpu=2")), preflight.Refused, `under quota "a"`, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.s.Nodes = nodes(8, "cpu=64 memory=512Gi nvidia.com/gpu=8")
			expect(t, judge(c.job, c.s), c.outcome, c.message, c.largest)
		})
	}
}

// What holds a job back is said in the same words before it is created and while it waits.
func TestQuotaWordsAreTheControllers(t *testing.T) {
	v := judge(train(4, "nvidia.com/gpu=2"), preflight.Snapshot{
		Nodes:  nodes(8, "cpu=64 memory=512Gi nvidia.com/gpu=8"),
		Quotas: []corev1.ResourceQuota{quota("gpus", "requests.nvidia.com/gpu=16", "requests.nvidia.com/gpu=10")},
	})
	waits := mpijob.RefusedText("pods \"p\" is forbidden: exceeded quota: gpus, requested: requests.nvidia.com/gpu=8, used: requests.nvidia.com/gpu=10, limited: requests.nvidia.com/gpu=16")
	if _, said, _ := strings.Cut(waits, "requested"); said == "" || v.Message != "Requested"+said {
		t.Errorf("before: %s\nwhile it waits: %s", v.Message, waits)
	}
}

// Where the Workers name no resources, what there is is the Launcher's, however many they are.
func TestResourcesOfTheLauncherAlone(t *testing.T) {
	job := train(3, "")
	v := judge(job, preflight.Snapshot{Nodes: nodes(8, "cpu=64 memory=512Gi")})
	if want := "It would start now: 1 CPU, 1Gi memory for the Launcher; the 3 Workers ask for none"; v.Message != want {
		t.Errorf("got %q, want %q", v.Message, want)
	}
}
