package mpijob

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

func TestAmountText(t *testing.T) {
	for in, want := range map[string]string{
		"16": "16", "16000m": "16", "15900m": "15900m", "100m": "100m", "1000": "1000", "64Gi": "64Gi", "0": "0",
	} {
		if got := AmountText(resource.MustParse(in)); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

// A part and its whole are told in one unit, or each in its own.
func TestShareText(t *testing.T) {
	for _, c := range []struct {
		part, all string
		name      corev1.ResourceName
		want      string
	}{
		{"796", "800100m", "cpu", "796 of 800.1 CPU"},
		{"3", "9100m", "cpu", "3 of 9.1 CPU"},
		{"500m", "1500m", "cpu", "0.5 of 1.5 CPU"},
		{"4Ti", "4194432Mi", "memory", "4 of 4 TiB memory"},
		{"512Mi", "4Ti", "memory", "512 MiB of 4 TiB memory"},
		{"1536Mi", "10Gi", "ephemeral-storage", "1.5 of 10 GiB ephemeral-storage"},
		{"1G", "2G", "memory", "953.7 MiB of 1.9 GiB memory"},
		{"4Mi", "8Mi", "hugepages-2Mi", "4 of 8 MiB hugepages-2Mi"},
		{"4", "8", "nvidia.com/gpu", "4 of 8 nvidia.com/gpu"},
		{"2k", "4k", "nvidia.com/gpu", "2000 of 4000 nvidia.com/gpu"},
	} {
		if got := ShareText(resource.MustParse(c.part), resource.MustParse(c.all), c.name); got != c.want {
			t.Errorf("%s of %s %s: %q, want %q", c.part, c.all, c.name, got, c.want)
		}
	}
}

func TestResourceWord(t *testing.T) {
	for in, want := range map[corev1.ResourceName]string{
		"requests.cpu": "CPU", "memory": "memory", "limits.memory": "memory limit", "count/pods": "pods", "count/secrets": "secrets",
		"requests.nvidia.com/gpu": "nvidia.com/gpu", "limits.nvidia.com/gpu": "nvidia.com/gpu limit", "pods": "pods",
	} {
		if got := ResourceWord(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestRoom(t *testing.T) {
	q := resource.MustParse
	for _, tt := range []struct {
		room Room
		want string
	}{
		{Room{"requests.nvidia.com/gpu", q("8"), q("10"), q("16"), UnderQuota("team"), ""}, `requested 8 nvidia.com/gpu, 6 available under quota "team" (10 of 16 in use)`},
		{Room{"requests.memory", q("8Gi"), q("20Gi"), q("16Gi"), UnderQuota("team"), ""}, `requested 8Gi memory, 0 available under quota "team" (20Gi of 16Gi in use)`},
		{Room{"cpu", q("500m"), q("0"), q("10"), `in Kueue queue "main"`, `flavor "spot"`}, `requested 500m CPU, 10 available in Kueue queue "main" (0 of 10 in use, flavor "spot")`},
	} {
		if got := tt.room.Text(); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
		if got := tt.room.Sentence(); got != "R"+tt.want[1:] {
			t.Errorf("as a sentence: %s", got)
		}
	}
	if got, want := JobsText(q("12"), q("12"), 0, "runs"), `12/12 jobs running under quota "runs"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := JobsText(q("12"), q("12"), 3, "jobs"), `12/12 jobs, 3 of them finished under quota "jobs"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
