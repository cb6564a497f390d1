package mpijob_test

import (
	"testing"
	"time"

	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// TestLastWordOverTheFeed shows when a job is decided by what its Launcher's agent said before it
// ended, though the kubelet still calls the pod running.
func TestLastWordOverTheFeed(t *testing.T) {
	done := lastWord(t, 0, nil)
	rankFailed := lastWord(t, 3, &failure.Failure{Reason: failure.RankExited, Where: "Worker 1", Rank: ptr.To(3), ExitCode: ptr.To(3)})
	beside := func(p *corev1.Pod) { p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "sidecar"}) }
	tests := []struct {
		name     string
		word     string
		reporter types.UID
		backoff  int32
		with     func(*corev1.Pod)
		want     mpijob.Outcome
		at       time.Duration // since Epoch
	}{
		{name: "succeeded", word: done, reporter: "launcher", want: mpijob.Succeeded, at: 5 * time.Second},
		{name: "failed for good", word: rankFailed, reporter: "launcher", want: mpijob.Failed, at: 5 * time.Second},
		{name: "failed, tries left", word: rankFailed, reporter: "launcher", backoff: 1, want: mpijob.Restarting, at: 5 * time.Second},
		{name: "of an earlier pod", word: done, reporter: "former"},
		{name: "of nobody", word: done},
		{name: "none yet", reporter: "launcher"},
		{name: "not one", word: "}{", reporter: "launcher"},
		{name: "of another version", word: `{"version":99}`, reporter: "launcher"},
		{name: "of an impossible exit code", word: `{"version":1,"exitCode":256}`, reporter: "launcher"},
		{name: "of a moment that no status can keep", reporter: "launcher", want: mpijob.Succeeded, at: 6 * time.Second,
			word: `{"version":1,"at":"0000-01-01T00:00:00+23:00","exitCode":0}`},
		{name: "another container has a say", word: done, reporter: "launcher", with: beside},
		{name: "the pod is being deleted", word: done, reporter: "launcher",
			with: func(p *corev1.Pod) { p.DeletionTimestamp = ptr.To(metav1.NewTime(At(time.Second))) }},
		{name: "the kubelet knows better", word: done, reporter: "launcher", want: mpijob.Failed, at: 2 * time.Second, with: func(p *corev1.Pod) {
			*p = *Launcher(Job("pi").Obj(), 1).Exited(1, "Error", "", At(2*time.Second)).Obj()
			p.UID = "launcher"
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			job := mpijob.WithDefaults(Job("pi").Started(Epoch).BackoffLimit(tt.backoff).Obj())
			l := Launcher(job, 1).Running(Epoch).Obj()
			l.UID = "launcher"
			if tt.with != nil {
				tt.with(l)
			}
			o := &mpijob.Observed{
				Runs: []*trainer.TrainJob{Run(job, 1)}, Pods: []*corev1.Pod{l, Worker(job, 1, 0).Running(Epoch).Obj(), Worker(job, 1, 1).Running(Epoch).Obj()},
				Report: &wire.Report{Version: wire.Version, Stage: wire.StageExited, LastWord: tt.word}, Reporter: tt.reporter,
			}
			v := mpijob.Judge(job, o, At(6*time.Second))
			if v.Outcome != tt.want {
				t.Errorf("outcome %q, want %q", v.Outcome, tt.want)
			}
			if tt.want != "" && !v.At.Equal(At(tt.at)) {
				t.Errorf("at %v, want %v", v.At, At(tt.at))
			}
			// The container is about to end: nobody needs to end it.
			if p := mpijob.MakePlan(job, o, v, At(6*time.Second)); p.End != nil && tt.want != "" {
				t.Errorf("plans to end %s", p.End.Name)
			}
		})
	}
}
