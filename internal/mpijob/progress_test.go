package mpijob_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

func percent(n int, at time.Time) *wire.Progress { return &wire.Progress{At: at, Percent: &n} }

func TestProgressText(t *testing.T) {
	long := &wire.Progress{Percent: ptr.To(100), RemainingSeconds: ptr.To(wire.MaxRemaining)}
	for i := range wire.MaxMetrics {
		long.Metrics = append(long.Metrics, wire.Metric{Name: fmt.Sprintf("%02d", i) + strings.Repeat("x", wire.MaxMetricName-2), Value: -math.SmallestNonzeroFloat64})
	}
	for want, p := range map[string]*wire.Progress{
		"40% done, 720s left, loss=0.31, train/acc=1e-09": {Percent: ptr.To(40), RemainingSeconds: ptr.To(720), Metrics: []wire.Metric{{Name: "loss", Value: 0.31}, {Name: "train/acc", Value: 1e-9}}},
		"0s left":             {RemainingSeconds: ptr.To(0)},
		"40%=1, loss=-1e+300": {Metrics: []wire.Metric{{Name: "40%", Value: 1}, {Name: "loss", Value: -1e300}}},
		"":                    long,
	} {
		p.At = Epoch
		text := mpijob.ProgressText(p)
		if want != "" && text != want {
			t.Errorf("%q, want %q", text, want)
		}
		if diff := cmp.Diff(p, mpijob.ParseProgress(text, Epoch)); diff != "" {
			t.Errorf("%q read again (-want +got):\n%s", text, diff)
		}
	}
	for _, text := range []string{"", "nonsense", "40% done, 50% done", "101% done", "-1s left", "loss=NaN", "loss=1, loss=2", "40% done,", "loss=", "x s left",
		strings.Repeat("a=1, ", 17) + "b=1", "40% done" + strings.Repeat(" ", 4000)} {
		if p := mpijob.ParseProgress(text, Epoch); p != nil {
			t.Errorf("%q is read as %+v", text, p)
		}
	}
}

func FuzzParseProgress(f *testing.F) {
	f.Add("40% done, 720s left, loss=0.31")
	f.Add("40%=1, +5s left, 007% done")
	f.Fuzz(func(t *testing.T, text string) {
		p := mpijob.ParseProgress(text, Epoch)
		if p == nil {
			return
		}
		if err := p.Check(); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(p, mpijob.ParseProgress(mpijob.ProgressText(p), Epoch)); diff != "" {
			t.Errorf("%q written and read again (-want +got):\n%s", text, diff)
		}
	})
}

// TestProgressInStatus: the first is written at once, later ones no more often than every ten seconds, and
// with anything else that is written.
func TestProgressInStatus(t *testing.T) {
	job := mpijob.WithDefaults(Job("pi").Started(Epoch).
		Condition(kubeflow.JobCreated, true, mpijob.ReasonCreated, "MPIJob ns/pi is created.", Epoch).
		Condition(kubeflow.JobRunning, true, mpijob.ReasonRunning, "MPIJob ns/pi is running.", Epoch).Obj())
	running := mpijob.Verdict{Running: true}
	launcher := Launcher(job, 1).Obj()
	launcher.UID = "launcher"
	writes := 0
	step := func(after time.Duration, v mpijob.Verdict, p *wire.Progress) time.Time {
		t.Helper()
		o := &mpijob.Observed{Pods: []*corev1.Pod{launcher}, Reporter: launcher.UID, Report: &wire.Report{Version: 1, Stage: wire.StageRunning, Progress: p}}
		before := job.Status.DeepCopy()
		status, _, due := mpijob.NextStatus(job, o, v, mpijob.Plan{}, At(after))
		if cmp.Diff(*before, status) != "" {
			writes++
		}
		job.Status = status
		return due
	}
	has := func(want string) {
		t.Helper()
		got := ""
		if p := mpijob.ProgressOf(&job.Status); p != nil {
			got = mpijob.ProgressText(p)
		}
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if last := job.Status.Conditions[len(job.Status.Conditions)-1]; last.Type == mpijob.ConditionProgress {
			t.Error("the condition that columns show is the progress")
		}
	}
	step(0, running, nil)
	has("")
	step(5*time.Second, running, percent(10, At(5*time.Second)))
	has("10% done")
	writes = 0
	if due := step(6*time.Second, running, percent(11, At(6*time.Second))); !due.Equal(At(15*time.Second)) || writes != 0 {
		t.Errorf("due at %v, %d writes", due, writes)
	}
	for s := 7; s < 60; s++ {
		step(time.Duration(s)*time.Second, running, percent(s, At(time.Duration(s)*time.Second)))
	}
	if writes != 5 {
		t.Errorf("%d writes in 55 s", writes)
	}
	has("55% done")
	writes = 0
	step(80*time.Second, running, percent(55, At(80*time.Second)))
	step(81*time.Second, running, percent(200, At(81*time.Second))) // forged
	if writes != 0 {
		t.Errorf("%d writes of nothing new", writes)
	}
	// A clock that is ahead isn't believed, and its report is taken once.
	ahead := percent(60, At(time.Hour))
	ahead.RemainingSeconds = ptr.To(60)
	for s := 100; s < 200; s += 11 {
		step(time.Duration(s)*time.Second, running, ahead)
	}
	if p := mpijob.ProgressOf(&job.Status); !p.At.Equal(At(100*time.Second)) || writes != 1 {
		t.Errorf("told at %v, %d writes", p.At, writes)
	}
	// Nor one that is behind.
	behind := percent(61, time.Unix(0, 0))
	behind.RemainingSeconds = ptr.To(60)
	step(250*time.Second, running, behind)
	step(270*time.Second, running, behind)
	if p := mpijob.ProgressOf(&job.Status); !p.At.Equal(Epoch) || writes != 2 {
		t.Errorf("told at %v, %d writes", p.At, writes)
	}
	step(301*time.Second, mpijob.Verdict{Outcome: mpijob.Succeeded, At: At(301 * time.Second)}, percent(100, At(301*time.Second)))
	has("100% done")
}

// What a run told that is over isn't that of the next.
func TestProgressOfAnotherRun(t *testing.T) {
	ran := Job("pi").Started(Epoch).Condition(mpijob.ConditionProgress, true, mpijob.ReasonProgress, "40% done", Epoch).
		Condition(kubeflow.JobCreated, true, mpijob.ReasonCreated, "MPIJob ns/pi is created.", Epoch)
	suspended := ran.Condition(kubeflow.JobSuspended, true, mpijob.ReasonSuspended, "MPIJob suspended", Epoch)
	failed := mpijob.Verdict{Outcome: mpijob.Restarting, Failure: &failure.Failure{Reason: failure.LauncherExited}}
	for name, tc := range map[string]struct {
		job  *JobBuilder
		v    mpijob.Verdict
		want bool
	}{
		"runs":       {ran, mpijob.Verdict{Running: true}, true},
		"is resumed": {suspended, mpijob.Verdict{}, false},
		"suspended":  {suspended.Suspended(), mpijob.Verdict{}, true},
		"restarts":   {ran, failed, false},
	} {
		s, _, _ := mpijob.NextStatus(mpijob.WithDefaults(tc.job.Obj()), &mpijob.Observed{}, tc.v, mpijob.Plan{}, At(time.Minute))
		if got := mpijob.ProgressOf(&s) != nil; got != tc.want {
			t.Errorf("a job that %s: %v", name, got)
		}
	}
}

// A Launcher that is tried again in the same attempt runs anew: neither what its forerunner told counts, nor
// what that may still say.
func TestProgressOfAnotherTry(t *testing.T) {
	job := mpijob.WithDefaults(Job("pi").Started(Epoch).Condition(mpijob.ConditionProgress, true, mpijob.ReasonProgress, "40% done", Epoch).
		Condition(kubeflow.JobCreated, true, mpijob.ReasonCreated, "MPIJob ns/pi is created.", Epoch).Obj())
	first, again := Launcher(job, 1).Obj(), Launcher(job, 1).Obj()
	first.UID, again.UID = "first", "again"
	again.Name += "-again"
	again.CreationTimestamp = metav1.NewTime(At(time.Minute))
	for name, tc := range map[string]struct {
		pods []*corev1.Pod
		from types.UID
		tell *wire.Progress
		want string
	}{
		"the first":                     {[]*corev1.Pod{first}, "first", nil, "40% done"},
		"the first tells":               {[]*corev1.Pod{first}, "first", percent(50, At(time.Second)), "50% done"},
		"the second":                    {[]*corev1.Pod{first, again}, "again", nil, ""},
		"the second, the first's words": {[]*corev1.Pod{first, again}, "first", percent(50, At(2*time.Minute)), ""},
		"the second tells":              {[]*corev1.Pod{first, again}, "again", percent(1, At(2*time.Minute)), "1% done"},
	} {
		o := &mpijob.Observed{Pods: tc.pods, Reporter: tc.from, Report: &wire.Report{Version: 1, Stage: wire.StageRunning, Progress: tc.tell}}
		s, _, _ := mpijob.NextStatus(job, o, mpijob.Verdict{Running: true}, mpijob.Plan{}, At(3*time.Minute))
		got := ""
		if p := mpijob.ProgressOf(&s); p != nil {
			got = mpijob.ProgressText(p)
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// Without a feed the last word tells, within its bounds.
func TestProgressOfLastWord(t *testing.T) {
	job := mpijob.WithDefaults(Job("pi").Started(Epoch).Obj())
	for want, p := range map[string]*wire.Progress{"100% done": percent(100, At(time.Second)), "": percent(101, At(time.Second))} {
		word, err := json.Marshal(wire.LastWord{Version: 1, Progress: p})
		if err != nil {
			t.Fatal(err)
		}
		launcher := Launcher(job, 1).Obj()
		launcher.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: launcher.Spec.Containers[0].Name,
			State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Message: string(word)}}}}
		o := &mpijob.Observed{Pods: []*corev1.Pod{launcher}}
		s, _, _ := mpijob.NextStatus(job, o, mpijob.Verdict{Outcome: mpijob.Succeeded, At: At(time.Second)}, mpijob.Plan{}, At(2*time.Second))
		got := ""
		if p := mpijob.ProgressOf(&s); p != nil {
			got = mpijob.ProgressText(p)
		}
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The files that programs look for are in every pod of a job with a feed, and need not be in a ConfigMap of an
// earlier release.
func TestProgressFiles(t *testing.T) {
	job := mpijob.WithDefaults(Job("pi").Obj())
	s := mpijob.Settings{Feed: &wire.Feed{CA: "PEM"}}
	data := mpijob.Config(job, s, 1).Data
	if data[wire.ProgressTokenKey] != string(job.UID) || data[wire.ProgressCAKey] != "PEM" {
		t.Errorf("the ConfigMap has %v", data)
	}
	found := 0
	for _, r := range mpijob.Runtime(job, s, 1).Spec.Template.Spec.ReplicatedJobs {
		for _, v := range r.Template.Spec.Template.Spec.Volumes {
			if v.Projected == nil {
				continue
			}
			for _, source := range v.Projected.Sources {
				if c := source.ConfigMap; c != nil && c.Items[0].Key == wire.ProgressTokenKey && ptr.Deref(c.Optional, false) {
					found++
				}
			}
		}
	}
	if found != 2 {
		t.Errorf("in %d of Launcher and Workers", found)
	}
}
