package preflight_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/preflight"
	"github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

func limits(items ...corev1.LimitRangeItem) []corev1.LimitRange {
	return []corev1.LimitRange{{ObjectMeta: metav1.ObjectMeta{Name: "sizes"}, Spec: corev1.LimitRangeSpec{Limits: items}}}
}

func TestLimitRanges(t *testing.T) {
	container := func(change func(*corev1.LimitRangeItem)) []corev1.LimitRange {
		i := corev1.LimitRangeItem{Type: corev1.LimitTypeContainer}
		change(&i)
		return limits(i)
	}
	for _, c := range []struct {
		name    string
		job     *mpijobtest.JobBuilder
		ranges  []corev1.LimitRange
		quotas  []corev1.ResourceQuota
		outcome preflight.Outcome
		message string
		largest int32
	}{
		{"within", train(2, "cpu=2 memory=4Gi"), container(func(i *corev1.LimitRangeItem) {
			i.Max, i.Min = amounts("cpu=2 memory=4Gi"), amounts("cpu=1 memory=1Gi")
		}), nil, preflight.Fits, "", 255},
		{"above", train(2, "cpu=2 memory=4Gi"), container(func(i *corev1.LimitRangeItem) { i.Max = amounts("memory=2Gi") }), nil, preflight.Refused,
			`container "worker" of each Worker: is limited to 4Gi memory, and limit range "sizes" allows at most 2Gi memory`, 0},
		{"below", train(2, "cpu=500m memory=4Gi"), container(func(i *corev1.LimitRangeItem) { i.Min = amounts("cpu=1") }), nil, preflight.Refused,
			`container "worker" of each Worker: asks for 500m CPU, and limit range "sizes" demands at least 1 CPU`, 0},
		{"no limit", train(2, "cpu=1").Worker(func(c *corev1.Container) { c.Resources.Limits = nil }), container(func(i *corev1.LimitRangeItem) { i.Max = amounts("cpu=4") }), nil,
			preflight.Refused, `has no limit of CPU`, 0},
		{"defaults make it fit a quota that counts them", mpijobtest.Job("train"), container(func(i *corev1.LimitRangeItem) {
			i.Default, i.DefaultRequest = amounts("cpu=2"), amounts("cpu=1")
		}), []corev1.ResourceQuota{quota("cpu", "requests.cpu=4 limits.cpu=100", "")}, preflight.Fits, "3 CPU for 2 Workers and the Launcher", 3},
		{"a default below what is asked for", train(2, "memory=4Gi").Worker(func(c *corev1.Container) { c.Resources.Limits = nil }),
			container(func(i *corev1.LimitRangeItem) { i.Default = amounts("memory=1Gi") }), nil, preflight.Refused,
			`container "worker" of each Worker asks for 4Gi memory, but its limit is 1Gi`, 0},
		{"ratio", train(2, "cpu=4").Worker(func(c *corev1.Container) { c.Resources.Requests = amounts("cpu=1") }),
			container(func(i *corev1.LimitRangeItem) { i.MaxLimitRequestRatio = amounts("cpu=2") }), nil, preflight.Refused,
			`has a limit of 4 and a request of 1 CPU, and limit range "sizes" allows a limit of at most 2 times the request`, 0},
		{"pod", train(2, "cpu=3").With(addSidecar("cpu=2")), limits(corev1.LimitRangeItem{Type: corev1.LimitTypePod, Max: amounts("cpu=4")}), nil, preflight.Refused,
			`each Worker: is limited to 5 CPU, and limit range "sizes" allows at most 4 CPU`, 0},
		{"claims are other objects", train(2, "cpu=3"), limits(corev1.LimitRangeItem{Type: corev1.LimitTypePersistentVolumeClaim, Max: amounts("storage=1Gi")}), nil, preflight.Fits, "", 168},
	} {
		t.Run(c.name, func(t *testing.T) {
			expect(t, judge(c.job, preflight.Snapshot{LimitRanges: c.ranges, Quotas: c.quotas, Nodes: big()}), c.outcome, c.message, c.largest)
		})
	}
}

// A field of the manifest is named for everything that is to be mended there.
func TestRefusalsNameTheirField(t *testing.T) {
	s := preflight.Snapshot{Nodes: big(), LimitRanges: limits(corev1.LimitRangeItem{Type: corev1.LimitTypeContainer, Max: amounts("cpu=1")}),
		Quotas: []corev1.ResourceQuota{quota("mem", "limits.memory=1Gi", "")}}
	v := judge(train(1, "cpu=2"), s)
	want := map[string]bool{
		"spec.mpiReplicaSpecs[Worker].template.spec.containers[worker].resources":                true,
		"spec.mpiReplicaSpecs[Worker].template.spec.containers[worker].resources.limits[memory]": true,
	}
	for _, c := range v.Checks {
		if c.Outcome != preflight.Fits && !want[c.Field] {
			t.Errorf("%q names field %q", c.Message, c.Field)
		}
		delete(want, c.Field)
	}
	if len(want) > 0 {
		t.Errorf("not named: %v in %+v", want, v.Checks)
	}
}
