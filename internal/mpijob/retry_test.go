package mpijob_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// TestRetryLost: which failures of an attempt start another, and what that uses up.
func TestRetryLost(t *testing.T) {
	plain := Job("pi").Started(Epoch).BackoffLimit(2)
	retried := annotated(plain, mpijob.AnnotationRetryLost, "true")
	evicted := failure.Failure{Reason: failure.WorkerEvicted, Where: "Worker 1"}
	tests := []struct {
		name    string
		job     *JobBuilder
		word    failure.Failure
		used    int
		outcome mpijob.Outcome
		renew   int
	}{
		{"not asked for", plain, evicted, 0, mpijob.Failed, 0},
		{"an eviction", retried, evicted, 0, mpijob.Restarting, 1},
		{"another one", retried, evicted, 1, mpijob.Restarting, 2},
		{"one too many", retried, evicted, 2, mpijob.Failed, 0},
		{"a lost node", retried, failure.Failure{Reason: failure.NodeLost, Where: "Worker 1"}, 0, mpijob.Restarting, 1},
		{"a higher priority", retried, failure.Failure{Reason: failure.PreemptedByHigherPriority, Where: "Worker 1"}, 0, mpijob.Restarting, 1},
		{"lack of memory isn't a loss", retried, failure.Failure{Reason: failure.RankOOMKilled, Where: "Worker 1"}, 0, mpijob.Failed, 0},
		{"nor is a container that ends", retried, failure.Failure{Reason: failure.WorkerExited, Where: "Worker 1"}, 0, mpijob.Failed, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			job := tt.job.Obj()
			run := Run(job, 1)
			mpijob.SetRetries(run, tt.used)
			o := &mpijob.Observed{Runs: []*trainer.TrainJob{run}, Pods: []*corev1.Pod{
				Launcher(job, 1).Exited(250, "Error", lastWord(t, 250, &tt.word), At(5*time.Second)).Obj(),
				Worker(job, 1, 0).Running(Epoch).Obj(), Worker(job, 1, 1).Running(Epoch).Obj(),
			}}
			v := mpijob.Judge(job, o, At(time.Hour))
			if v.Outcome != tt.outcome || v.Renew != tt.renew {
				t.Fatalf("outcome %q with %d tries used, want %q with %d", v.Outcome, v.Renew, tt.outcome, tt.renew)
			}
			if tt.renew == 0 {
				return
			}
			p := mpijob.MakePlan(job, o, v, At(time.Hour))
			if p.Bump != 2 || p.Retries != tt.renew || len(p.Delete) != 1 || p.Start != 0 {
				t.Errorf("the plan should move on to attempt 2 and delete the first: %+v", p)
			}
			next := &mpijob.Observed{ConfigAttempt: 2, ConfigRetries: tt.renew}
			if p := mpijob.MakePlan(job, next, mpijob.Judge(job, next, At(time.Hour)), At(time.Hour)); p.Start != 2 || next.Retries() != tt.renew {
				t.Errorf("then attempt 2 should start with %d tries used: %+v", tt.renew, p)
			}
		})
	}
	limit := mpijob.Spend(retried.Obj(), 1)
	if diff := cmp.Diff(int32(1), mpijob.BackoffLimit(limit)); diff != "" {
		t.Errorf("tries that are left: %s", diff)
	}
}

// TestKeepFailed: what stays of a failed job, for how long, and what it says.
func TestKeepFailed(t *testing.T) {
	job := annotated(Job("pi").Started(Epoch), mpijob.AnnotationKeepFailed, "1h").Obj()
	word := failure.Failure{Reason: failure.RankExited, Where: "Worker 1"}
	launcher := Launcher(job, 1).Running(Epoch).With(func(p *corev1.Pod) { p.UID = "l" }).Obj()
	o := &mpijob.Observed{Runs: []*trainer.TrainJob{Run(job, 1)}, Reporter: "l", Report: lastReport(lastWord(t, 3, &word)),
		Pods: []*corev1.Pod{launcher, Worker(job, 1, 0).Running(Epoch).Obj(), Worker(job, 1, 1).Running(Epoch).Obj()}}
	now := At(time.Minute)
	v := mpijob.Judge(job, o, now)
	if v.Outcome != mpijob.Failed {
		t.Fatalf("the first failure is the job's, whatever its backoffLimit: %+v", v)
	}
	p := mpijob.MakePlan(job, o, v, now)
	if p.End != nil || len(p.Delete) > 0 || !p.Recheck.Equal(now.Add(time.Hour)) {
		t.Errorf("nothing may be touched for an hour: %+v", p)
	}
	s, _, _ := mpijob.NextStatus(job, o, v, p, now)
	last := s.Conditions[len(s.Conditions)-1]
	want := "Worker 1: ended. " + word.Advice() + " Its pods are kept for inspection until 2026-01-02 04:04 UTC."
	if diff := cmp.Diff(want, last.Message); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	job.Status = s
	if got := mpijob.KeptUntil(job); !got.Equal(v.At.Add(time.Hour)) {
		t.Errorf("kept until %v", got)
	}
	o.Report = nil // it is gone when the controller starts anew
	if p := mpijob.MakePlan(job, o, mpijob.Judge(job, o, At(30*time.Minute)), At(30*time.Minute)); p.End != nil || len(p.Delete) > 0 {
		t.Errorf("what is kept stays, as the status says: %+v", p)
	}
	if p := mpijob.MakePlan(job, o, v, now.Add(2*time.Hour)); p.End == nil || p.End.Name != launcher.Name {
		t.Errorf("then the Launcher is ended as usual: %+v", p)
	}
}

// TestNotKept: a Launcher whose last word wasn't heard is kept by nobody, so it ends at a time limit as
// any other, and the message doesn't promise more.
func TestNotKept(t *testing.T) {
	plain := Job("pi").Started(Epoch).RunPolicy(func(p *kubeflow.RunPolicy) {
		p.TTLSecondsAfterFinished, p.CleanPodPolicy = ptr.To[int32](0), ptr.To(kubeflow.CleanPodPolicyRunning)
	})
	limited := annotated(plain, mpijob.AnnotationKeepFailed, "168h", mpijob.AnnotationTimeout, "1m")
	runs := func(j *mpijob.Job) *PodBuilder {
		return Launcher(j, 1).Running(Epoch).With(func(p *corev1.Pod) { p.UID = "l" })
	}
	word := lastReport(lastWord(t, 3, &failure.Failure{Reason: failure.RankExited, Where: "Worker 1"}))
	tests := []struct {
		name     string
		job      *JobBuilder
		launcher func(*mpijob.Job) *PodBuilder
		report   *wire.Report
		reporter types.UID
		end      bool
		del      int
	}{
		{name: "only an ENTRYPOINT", job: limited, launcher: runs, end: true},
		{name: "a deadline", job: annotated(plain, mpijob.AnnotationKeepFailed, "168h").RunPolicy(deadline(60)), launcher: runs, end: true},
		{name: "the feed is down", job: limited, launcher: runs, report: &wire.Report{Stage: wire.StageRunning}, reporter: "l", end: true},
		{name: "an earlier Launcher's last word", job: limited, launcher: runs, report: word, reporter: "former", end: true},
		{name: "a sidecar has a say", job: limited, report: word, reporter: "l", end: true, launcher: func(j *mpijob.Job) *PodBuilder {
			return runs(j).With(func(p *corev1.Pod) { p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "sidecar"}) })
		}},
		{name: "it ended by itself", job: limited, launcher: func(j *mpijob.Job) *PodBuilder { return Launcher(j, 1).Exited(3, "Error", "", At(time.Second)) }},
		{name: "it never began", job: limited, del: 1, launcher: func(j *mpijob.Job) *PodBuilder {
			return Launcher(j, 1).With(func(p *corev1.Pod) { p.Status.StartTime = nil })
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			job := mpijob.WithDefaults(tt.job.Obj())
			o := &mpijob.Observed{Runs: []*trainer.TrainJob{Run(job, 1)}, Report: tt.report, Reporter: tt.reporter,
				Pods: []*corev1.Pod{tt.launcher(job).Obj(), Worker(job, 1, 0).Running(Epoch).Obj(), Worker(job, 1, 1).Running(Epoch).Obj()}}
			now := At(2 * time.Minute)
			v := mpijob.Judge(job, o, now)
			if v.Outcome != mpijob.Failed {
				t.Fatalf("the job should fail: %+v", v)
			}
			check := func(when string) {
				p := mpijob.MakePlan(job, o, v, now)
				if (p.End != nil) != tt.end || len(p.Delete) != tt.del || p.Recheck.IsZero() {
					t.Errorf("%s: ends the Launcher: %v, want %v; deletes %d, want %d", when, p.End != nil, tt.end, len(p.Delete), tt.del)
				}
			}
			check("as it fails")
			job.Status, _, _ = mpijob.NextStatus(job, o, v, mpijob.MakePlan(job, o, v, now), now)
			if m := job.Status.Conditions[len(job.Status.Conditions)-1].Message; strings.Contains(m, "kept") {
				t.Errorf("the message promises what nobody keeps: %s", m)
			}
			check("once it has failed")
		})
	}
}

func lastReport(word string) *wire.Report {
	return &wire.Report{Stage: wire.StageExited, LastWord: word}
}
