package mpijob_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// annotated gives a job annotations: key, value, key, value.
func annotated(b *JobBuilder, pairs ...string) *JobBuilder {
	return b.With(func(j *kubeflow.MPIJob) {
		if j.Annotations == nil {
			j.Annotations = map[string]string{}
		}
		for i := 0; i < len(pairs); i += 2 {
			j.Annotations[pairs[i]] = pairs[i+1]
		}
	})
}

func deadline(seconds int64) func(*kubeflow.RunPolicy) {
	return func(p *kubeflow.RunPolicy) { p.ActiveDeadlineSeconds = &seconds }
}

func TestStopsAt(t *testing.T) {
	hour := annotated(Job("pi"), mpijob.AnnotationTimeout, "1h")
	for _, tt := range []struct {
		name string
		job  *JobBuilder
		want time.Time
	}{
		{name: "no limit", job: Job("pi")},
		{name: "just created: from its creation", job: hour, want: At(time.Hour)},
		{name: "from its start", job: hour.Started(At(time.Minute)), want: At(61 * time.Minute)},
		{name: "suspended: its time has not begun", job: hour.Suspended()},
		{name: "notify only", job: annotated(hour, mpijob.AnnotationTimeoutPolicy, mpijob.TimeoutNotify)},
		{name: "the deadline is earlier", job: hour.RunPolicy(deadline(60)), want: At(time.Minute)},
		{name: "the deadline is later", job: hour.RunPolicy(deadline(7200)), want: At(time.Hour)},
		{name: "a deadline alone", job: Job("pi").RunPolicy(deadline(60)), want: At(time.Minute)},
		{name: "that of a job for which nobody asked for one, without admission", job: annotated(Job("pi"), mpijob.AnnotationDefaultTimeout, "1h").Started(Epoch), want: Epoch.Add(time.Hour)},
		{name: "what admission made of it", job: annotated(Job("pi"), mpijob.AnnotationDefaultTimeout, "24h", mpijob.AnnotationTimeout, "1h").Started(Epoch), want: Epoch.Add(time.Hour)},
		{name: "nonsense is no limit", job: annotated(Job("pi"), mpijob.AnnotationTimeout, "soon")},
		{name: "not created at all", job: hour.With(func(j *kubeflow.MPIJob) { j.CreationTimestamp = metav1.Time{} })},
	} {
		got, ok := mpijob.StopsAt(tt.job.Obj())
		if !got.Equal(tt.want) || ok == tt.want.IsZero() {
			t.Errorf("%s: %v, %v; want %v", tt.name, got, ok, tt.want)
		}
	}
}

// TestTimeLimitOverTime walks through a job's time: what is said when, and when it is looked at next.
func TestTimeLimitOverTime(t *testing.T) {
	limited := annotated(Job("pi").Started(Epoch), mpijob.AnnotationTimeout, "100s", mpijob.AnnotationTimeoutGrace, "10s").
		Condition(kubeflow.JobCreated, true, mpijob.ReasonCreated, "MPIJob ns/pi is created.", Epoch).
		With(func(j *kubeflow.MPIJob) { j.Status.LastReconcileTime = ptr.To(metav1.NewTime(Epoch)) })
	notify := annotated(limited, mpijob.AnnotationTimeoutPolicy, mpijob.TimeoutNotify)
	type moment struct {
		After   time.Duration
		Events  []string
		Stop    string
		Outcome mpijob.Outcome
		Recheck time.Duration
	}
	for _, tt := range []struct {
		name    string
		job     *JobBuilder
		moments []moment
	}{
		{name: "terminate", job: limited, moments: []moment{
			{After: time.Second, Events: []string{"MPIJobRunning"}, Recheck: 80 * time.Second},
			{After: 79 * time.Second, Recheck: 80 * time.Second},
			{After: 80 * time.Second, Events: []string{"TimeoutApproaching: 80 % of the time limit of 1m40s is used: the job stops at 2026-01-02T03:05:45Z, in 20s. " +
				"Save what it has done, or raise annotation training.opendatahub.io/timeout"}, Recheck: 100 * time.Second},
			{After: 81 * time.Second, Recheck: 100 * time.Second},
			{After: 100 * time.Second, Stop: "the job reached its time limit: 1m40s since 2026-01-02T03:04:05Z", Recheck: 125 * time.Second},
			{After: 125 * time.Second, Stop: "the job reached its time limit: 1m40s since 2026-01-02T03:04:05Z", Outcome: mpijob.Failed, Events: []string{"TimeoutReached"}},
		}},
		{name: "notify", job: notify, moments: []moment{
			{After: time.Second, Events: []string{"MPIJobRunning"}, Recheck: 80 * time.Second},
			{After: 90 * time.Second, Events: []string{"TimeoutApproaching: 80 % of the time limit of 1m40s is used; 20s are left until 2026-01-02T03:05:45Z. " +
				"The job will go on after that: its timeout-policy is Notify"}, Recheck: 100 * time.Second},
			{After: 1000 * time.Second, Events: []string{"TimeoutReached: The time limit of 1m40s is reached. The job goes on: its timeout-policy is Notify"}},
			{After: 1001 * time.Second},
		}},
		{name: "nobody looked for a while: only what is new", job: notify, moments: []moment{
			{After: 200 * time.Second, Events: []string{"MPIJobRunning", "TimeoutReached: The time limit of 1m40s is reached. The job goes on: its timeout-policy is Notify"}},
		}},
		{name: "nobody looked until it was over", job: limited, moments: []moment{
			{After: 200 * time.Second, Stop: "the job reached its time limit: 1m40s since 2026-01-02T03:04:05Z", Outcome: mpijob.Failed, Events: []string{"TimeoutReached"}},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			job := mpijob.WithDefaults(tt.job.Obj())
			o := &mpijob.Observed{Connected: true, Runs: []*trainer.TrainJob{Run(job, 1)}, Pods: []*corev1.Pod{
				Launcher(job, 1).Running(Epoch).Obj(), Worker(job, 1, 0).Running(Epoch).Obj(), Worker(job, 1, 1).Running(Epoch).Obj(),
			}}
			for _, want := range tt.moments {
				now := At(want.After)
				v := mpijob.Judge(job, o, now)
				status, events, _ := mpijob.NextStatus(job, o, v, mpijob.Plan{}, now)
				job.Status = status
				got := moment{After: want.After, Outcome: v.Outcome}
				if !v.Recheck.IsZero() {
					got.Recheck = v.Recheck.Sub(Epoch)
				}
				if v.Stop != nil {
					got.Stop = v.Stop.Sentence()
				}
				for _, e := range events {
					text := e.Reason
					if e.Warning && v.Outcome == mpijob.Undecided {
						text += ": " + e.Message
					}
					got.Events = append(got.Events, text)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("after %v (-want +got):\n%s", want.After, diff)
				}
			}
		})
	}
}

// The condition everyone sees says when a job stops; without a limit of ours it is upstream's.
func TestRunningSaysWhenItStops(t *testing.T) {
	limited := annotated(Job("pi").Started(Epoch), mpijob.AnnotationTimeout, "24h")
	for _, tt := range []struct {
		job  *JobBuilder
		want string
	}{
		{Job("pi").Started(Epoch).RunPolicy(deadline(60)), "MPIJob ns/pi is running."},
		{limited, "MPIJob ns/pi is running. It stops at 2026-01-03T03:04:05Z, its time limit of 24h."},
		{annotated(limited, mpijob.AnnotationTimeoutPolicy, mpijob.TimeoutNotify), "MPIJob ns/pi is running. Its time limit of 24h ends at 2026-01-03T03:04:05Z; it goes on after that."},
	} {
		s, _, _ := mpijob.NextStatus(mpijob.WithDefaults(tt.job.Obj()), &mpijob.Observed{}, mpijob.Verdict{Running: true}, mpijob.Plan{}, At(time.Second))
		if diff := cmp.Diff(tt.want, s.Conditions[len(s.Conditions)-1].Message); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestAnnotationRules: every annotation users may set takes what is right and refuses what isn't.
func TestAnnotationRules(t *testing.T) {
	good := map[string][]string{
		mpijob.AnnotationWaitTimeout:   {"90s", "1h"},
		mpijob.AnnotationClonedFrom:    {"pi"},
		mpijob.AnnotationRetryLost:     {"true", "false"},
		mpijob.AnnotationKeepFailed:    {"30m", "168h"},
		mpijob.AnnotationTimeout:       {"90s", "10m", "24h", "168h", "1h30m", "1.5h", "9000h"},
		mpijob.AnnotationTimeoutPolicy: {"Terminate", "Notify"},
		mpijob.AnnotationTimeoutGrace:  {"10s", "1h"},
		mpijob.AnnotationNetwork:       {"none", "default", "restricted", "isolated"},
		mpijob.AnnotationConnections:   {"models", "models,data-1"},
		mpijob.AnnotationOutput:        {"pvc:data:/out", "s3://models/out"},

		mpijob.AnnotationDefaultTimeout:   {"24h"},
		mpijob.AnnotationOutputConnection: {"models"},
		mpijob.AnnotationEgress:           {"", "10.0.0.0/8", "10.0.0.0/8, 192.0.2.7/32:443", "[2001:db8::/32]:443,2001:db8::/32"},
	}
	bad := map[string][]string{
		mpijob.AnnotationWaitTimeout: {"", "soon", "-1s"},
		mpijob.AnnotationClonedFrom:  {"", "Not A Name"},
		mpijob.AnnotationRetryLost:   {"", "yes", "2"},
		mpijob.AnnotationKeepFailed:  {"", "0s", "-1h", "169h", "long"},
		// The last of these are durations to Go alone: they would pass the namespace's maximum by.
		mpijob.AnnotationTimeout:       {"", "soon", "-1h", "0s", "7d", "1ms", "100000h", "+3h", ".5h", "1.h", "1us", "1h0ns"},
		mpijob.AnnotationTimeoutPolicy: {"", "notify", "Kill"},
		mpijob.AnnotationTimeoutGrace:  {"61m", "0s", "x"},
		mpijob.AnnotationNetwork:       {"", "open", "Default"},
		mpijob.AnnotationConnections:   {"", "models,,x", "models, data"},
		mpijob.AnnotationOutput:        {"", "data", "pvc:data:out", "s3://models/../x"},

		mpijob.AnnotationDefaultTimeout:   {"", "1d", "+3h"},
		mpijob.AnnotationOutputConnection: {"", "Mo dels"},
		mpijob.AnnotationEgress:           {"10.0.0.1", "10.0.0.0/8:0", "10.0.0.0/8:http", "example.com:443", ",", "[10.0.0.0/8", "10.0.0.0/33"},
	}
	for _, a := range mpijob.Annotations() {
		if a.User && (len(good[a.Key]) == 0 || len(bad[a.Key]) == 0) {
			t.Errorf("%s: no example of right and wrong here", a.Key)
		}
	}
	for values, right := range map[*map[string][]string]bool{&good: true, &bad: false} {
		for key, list := range *values {
			for _, v := range list {
				errs := mpijob.ValidateAnnotations(annotated(Job("pi"), key, v).Obj())
				if (len(errs) == 0) != right {
					t.Errorf("%s=%q: %v", key, v, errs)
				}
			}
		}
	}
}

func TestPlain(t *testing.T) {
	for d, want := range map[time.Duration]string{24 * time.Hour: "24h", 90 * time.Second: "1m30s", 10 * time.Minute: "10m", 90 * time.Minute: "1h30m", 30 * time.Second: "30s", 3605 * time.Second: "1h0m5s"} {
		if got := mpijob.Plain(d); got != want {
			t.Errorf("Plain(%v) = %q, want %q", d, got, want)
		}
	}
}
