package mpijob_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// brief is a condition in a line: "Running=True MPIJobRunning: message".
func brief(s kubeflow.JobStatus) []string {
	var out []string
	for _, c := range s.Conditions {
		out = append(out, string(c.Type)+"="+string(c.Status)+" "+c.Reason+": "+c.Message)
	}
	return out
}

func TestNextStatus(t *testing.T) {
	const (
		created   = "Created=True MPIJobCreated: MPIJob ns/pi is created."
		running   = "Running=True MPIJobRunning: MPIJob ns/pi is running."
		succeeded = "Succeeded=True MPIJobSucceeded: MPIJob ns/pi successfully completed."
	)
	old := Job("pi").Started(Epoch).Condition(kubeflow.JobCreated, true, mpijob.ReasonCreated, "MPIJob ns/pi is created.", Epoch)
	ran := old.Condition(kubeflow.JobRunning, true, mpijob.ReasonRunning, "MPIJob ns/pi is running.", At(time.Second))
	failed := func(f *failure.Failure, retries bool) mpijob.Verdict {
		return mpijob.Verdict{Outcome: mpijob.Failed, Failure: f, Retries: retries, At: At(9 * time.Second)}
	}
	tests := []struct {
		name   string
		job    *JobBuilder
		o      mpijob.Observed
		v      mpijob.Verdict
		p      mpijob.Plan
		want   []string
		events []string
	}{
		{name: "created", job: Job("pi"), want: []string{created}, events: []string{"MPIJobCreated"}},
		{name: "waiting", job: old, v: mpijob.Verdict{Waiting: "Waiting for Worker 1: no room"},
			want: []string{"Created=True MPIJobCreated: Waiting for Worker 1: no room"}},
		{name: "in the way", job: old, o: mpijob.Observed{Conflict: &mpijob.Conflict{Kind: "Secret", Name: "pi-ssh"}},
			want: []string{`Created=True MPIJobCreated: Waiting: an object the job needs exists already and isn't the job's: Secret "pi-ssh". ` +
				advice(failure.ResourceConflict)}, events: []string{"!ErrResourceExists"}},
		{name: "running", job: old, v: mpijob.Verdict{Running: true}, want: []string{created, running}, events: []string{"MPIJobRunning"}},
		{name: "succeeded", job: ran, v: mpijob.Verdict{Outcome: mpijob.Succeeded, At: At(9 * time.Second)},
			want: []string{created, "Running=False MPIJobRunning: MPIJob ns/pi is running.", succeeded}, events: []string{"MPIJobSucceeded"}},
		{name: "succeeded before it was seen running", job: old, v: mpijob.Verdict{Outcome: mpijob.Succeeded, At: At(9 * time.Second)},
			want: []string{created, "Running=False MPIJobRunning: MPIJob ns/pi is finished but Running condition was never set.", succeeded}, events: []string{"MPIJobSucceeded"}},
		{name: "failed: the catalogue's reason", job: ran, v: failed(&failure.Failure{Reason: failure.RankExited, Where: "Worker 1", Rank: ptr.To(3), ExitCode: ptr.To(3)}, true),
			want: []string{created, "Running=False MPIJobRunning: MPIJob ns/pi is running.",
				"Failed=True RankExited: Worker 1, rank 3: exited with code 3. " + advice(failure.RankExited)}, events: []string{"!RankExited"}},
		{name: "failed: upstream's reason", job: ran, v: failed(&failure.Failure{Reason: failure.LauncherExited, Where: "Launcher", ExitCode: ptr.To(3)}, true),
			want: []string{created, "Running=False MPIJobRunning: MPIJob ns/pi is running.",
				"Failed=True BackoffLimitExceeded: Launcher: exited with code 3. " + advice(failure.LauncherExited)}, events: []string{"!BackoffLimitExceeded"}},
		{name: "restarting", job: ran, v: mpijob.Verdict{Outcome: mpijob.Restarting, Failure: &failure.Failure{Reason: failure.LauncherExited, Where: "Launcher", ExitCode: ptr.To(3)}},
			want: []string{created, "Restarting=True MPIJobRestarting: Trying again after: Launcher: exited with code 3"}, events: []string{"!MPIJobRestarting"}},
		{name: "suspended", job: ran.Suspended(), want: []string{created, "Running=False MPIJobSuspended: MPIJob ns/pi is suspended.", "Suspended=True MPIJobSuspended: MPIJob suspended"},
			events: []string{"MPIJobSuspended"}},
		{name: "resumed", job: old.Condition(kubeflow.JobSuspended, true, mpijob.ReasonSuspended, "MPIJob suspended", Epoch),
			want: []string{"Suspended=False MPIJobResumed: MPIJob resumed", created}, events: []string{"MPIJobResumed"}},
		{name: "stored without being checked", job: Job("pi"), o: mpijob.Observed{Invalid: "spec: bad"},
			want:   []string{created, "Running=False MPIJobRunning: MPIJob ns/pi is finished but Running condition was never set.", "Failed=True ValidationError: spec: bad"},
			events: []string{"MPIJobCreated", "!ValidationError"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, events, _ := mpijob.NextStatus(mpijob.WithDefaults(tt.job.Obj()), &tt.o, tt.v, tt.p, At(10*time.Second))
			if diff := cmp.Diff(tt.want, brief(s)); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
			var got []string
			for _, e := range events {
				if e.Warning {
					e.Reason = "!" + e.Reason
				}
				got = append(got, e.Reason)
			}
			if diff := cmp.Diff(tt.events, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMinorChangesAreHeldBack: counts of pods wait two seconds, so that a hundred Workers that start
// don't make a hundred writes; transitions don't wait.
func TestMinorChangesAreHeldBack(t *testing.T) {
	job := mpijob.WithDefaults(Job("pi").Obj())
	o := &mpijob.Observed{Runs: []*trainer.TrainJob{Run(job, 1)}}
	status, _, _ := mpijob.NextStatus(job, o, mpijob.Verdict{}, mpijob.Plan{}, Epoch)
	job.Status = status
	o.Pods = []*corev1.Pod{Worker(job, 1, 0).Running(Epoch).Obj()}

	s, _, due := mpijob.NextStatus(job, o, mpijob.Verdict{}, mpijob.Plan{}, At(time.Second))
	if diff := cmp.Diff(status, s); diff != "" || !due.Equal(At(2*time.Second)) {
		t.Errorf("a count was written at once, or is due at %v:\n%s", due, diff)
	}
	s, _, _ = mpijob.NextStatus(job, o, mpijob.Verdict{}, mpijob.Plan{}, At(2*time.Second))
	if n := s.ReplicaStatuses[kubeflow.MPIReplicaTypeWorker].Active; n != 1 {
		t.Errorf("%d Workers active, want 1", n)
	}
	s, _, _ = mpijob.NextStatus(job, o, mpijob.Verdict{Running: true}, mpijob.Plan{}, At(time.Second))
	if last := s.Conditions[len(s.Conditions)-1]; last.Type != kubeflow.JobRunning {
		t.Errorf("the transition to Running was held back: %v", brief(s))
	}
}

func TestMessagesAreBounded(t *testing.T) {
	job := mpijob.WithDefaults(Job("pi").Obj())
	v := mpijob.Verdict{Outcome: mpijob.Failed, Failure: &failure.Failure{Reason: failure.LauncherExited, Detail: strings.Repeat("é", 4000)}}
	s, events, _ := mpijob.NextStatus(job, &mpijob.Observed{}, v, mpijob.Plan{}, Epoch)
	for _, c := range s.Conditions {
		if len(c.Message) > 1024 {
			t.Errorf("%s: a message of %d bytes", c.Type, len(c.Message))
		}
	}
	if m := events[len(events)-1].Message; len(m) > 1024 {
		t.Errorf("an event of %d bytes", len(m))
	}
}

func advice(r failure.Reason) string { return (&failure.Failure{Reason: r}).Advice() }
