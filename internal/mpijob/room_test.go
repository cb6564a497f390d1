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
