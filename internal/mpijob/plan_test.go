package mpijob_test

import (
	"math/rand/v2"
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

func deleted(r *trainer.TrainJob) *trainer.TrainJob {
	r.DeletionTimestamp = ptr.To(metav1.NewTime(Epoch))
	return r
}

func TestMakePlan(t *testing.T) {
	job := Job("pi")
	done := func(b *JobBuilder, kind kubeflow.JobConditionType) *JobBuilder {
		return b.Condition(kind, true, "", "", Epoch).With(func(j *kubeflow.MPIJob) { j.Status.CompletionTime = ptr.To(metav1.NewTime(Epoch)) })
	}
	ttl := func(b *JobBuilder) *JobBuilder {
		return b.RunPolicy(func(p *kubeflow.RunPolicy) { p.TTLSecondsAfterFinished = ptr.To[int32](60) })
	}
	going := job.With(func(j *kubeflow.MPIJob) { j.DeletionTimestamp = ptr.To(metav1.NewTime(Epoch)) })
	run := func(n int) *trainer.TrainJob { return Run(job.Obj(), n) }
	former := Job("pi").With(func(j *kubeflow.MPIJob) { j.UID = "former" }).Obj()
	type plan struct {
		Start, Bump int
		Delete      []string
		End         string
		Blocked     string
		Recheck     time.Time
	}
	names := func(attempts ...int) []string {
		var out []string
		for _, n := range attempts {
			out = append(out, mpijob.AttemptName(job.Obj(), n))
		}
		return out
	}
	tests := []struct {
		name string
		job  *JobBuilder
		o    mpijob.Observed
		now  time.Time
		want plan
	}{
		{name: "new", job: job, want: plan{Start: 1}},
		{name: "runs", job: job, o: mpijob.Observed{Runs: []*trainer.TrainJob{run(1)}}},
		{name: "being deleted", job: going},
		{name: "being deleted, and somebody's finalizer waits: what runs is ended", job: going, o: mpijob.Observed{Runs: []*trainer.TrainJob{deleted(run(1)), run(2)}}, want: plan{Delete: names(2)}},
		{name: "being deleted in the foreground: by the garbage collector", job: going.With(func(j *kubeflow.MPIJob) { j.Finalizers = []string{"mine", metav1.FinalizerDeleteDependents} }),
			o: mpijob.Observed{Runs: []*trainer.TrainJob{run(1)}}},
		{name: "managed elsewhere", job: job.RunPolicy(func(p *kubeflow.RunPolicy) { p.ManagedBy = ptr.To(kubeflow.MultiKueueController) })},
		{name: "created suspended", job: job.Suspended()},
		{name: "suspended while it runs: the number first", job: job.Suspended(), o: mpijob.Observed{Runs: []*trainer.TrainJob{run(1)}, ConfigAttempt: 1},
			want: plan{Bump: 2, Delete: names(1)}},
		{name: "crashed between the number and the deletion", job: job.Suspended(), o: mpijob.Observed{Runs: []*trainer.TrainJob{run(1)}, ConfigAttempt: 2},
			want: plan{Delete: names(1)}},
		{name: "suspended, run going", job: job.Suspended(), o: mpijob.Observed{Runs: []*trainer.TrainJob{deleted(run(1))}, ConfigAttempt: 2}},
		{name: "resumed", job: job, o: mpijob.Observed{ConfigAttempt: 2}, want: plan{Start: 2}},
		{name: "resumed while the old run is still going", job: job, o: mpijob.Observed{Runs: []*trainer.TrainJob{deleted(run(1))}, ConfigAttempt: 2},
			want: plan{Start: 2}},
		{name: "resumed while an old Worker still holds its name", job: job,
			o:    mpijob.Observed{ConfigAttempt: 2, Pods: []*corev1.Pod{Worker(job.Obj(), 1, 0).Running(Epoch).Deleted(Epoch).Obj()}},
			want: plan{Blocked: "Waiting for 1 pods of an earlier run of this name to end, such as " + names(1)[0] + "-worker-0"}},
		{name: "created again while the former job's Worker still holds its name", job: job,
			o:    mpijob.Observed{Pods: []*corev1.Pod{Worker(former, 1, 0).Running(Epoch).Obj()}},
			want: plan{Blocked: "Waiting for 1 pods of an earlier run of this name to end, such as " + mpijob.AttemptName(former, 1) + "-worker-0"}},
		{name: "pods that ended hold no name", job: job,
			o: mpijob.Observed{Pods: []*corev1.Pod{Worker(former, 1, 0).Exited(0, "", "", Epoch).Obj()}}, want: plan{Start: 1}},
		{name: "two runs: the older goes", job: job, o: mpijob.Observed{Runs: []*trainer.TrainJob{run(1), run(2)}}, want: plan{Delete: names(1)}},
		{name: "succeeded: the Launcher's pod stays", job: done(job, kubeflow.JobSucceeded), o: mpijob.Observed{Runs: []*trainer.TrainJob{run(1)}}},
		{name: "succeeded, with a TTL", job: ttl(done(job, kubeflow.JobSucceeded)), o: mpijob.Observed{Runs: []*trainer.TrainJob{run(1)}}, now: At(time.Second),
			want: plan{Recheck: At(time.Minute)}},
		{name: "succeeded, TTL over", job: ttl(done(job, kubeflow.JobSucceeded)), o: mpijob.Observed{Runs: []*trainer.TrainJob{run(1)}}, now: At(time.Minute),
			want: plan{Delete: names(1)}},
		{name: "finished and nothing left: not started again", job: done(job, kubeflow.JobSucceeded)},
		{name: "failed by the controller: the Launcher is ended, not deleted", job: done(job, kubeflow.JobFailed),
			o:    mpijob.Observed{Runs: []*trainer.TrainJob{run(1)}, Pods: []*corev1.Pod{Launcher(job.Obj(), 1).Running(Epoch).Obj()}},
			want: plan{End: names(1)[0] + "-launcher"}},
		{name: "failed by the controller, already marked", job: done(job, kubeflow.JobFailed),
			o: mpijob.Observed{Runs: []*trainer.TrainJob{run(1)}, Pods: []*corev1.Pod{
				Launcher(job.Obj(), 1).Running(Epoch).Condition(mpijob.ConditionStopped, "", "", Epoch).Obj()}}},
		{name: "failed before anything ran", job: done(job, kubeflow.JobFailed), o: mpijob.Observed{Runs: []*trainer.TrainJob{run(1)}}, want: plan{Delete: names(1)}},
		{name: "failed, and Trainer knows", job: done(job, kubeflow.JobFailed), o: mpijob.Observed{Runs: []*trainer.TrainJob{EndedRun(job.Obj(), 1, trainer.TrainJobFailed, Epoch)}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now := tt.now
			if now.IsZero() {
				now = At(time.Second)
			}
			p := mpijob.MakePlan(mpijob.WithDefaults(tt.job.Obj()), &tt.o, mpijob.Verdict{}, now)
			got := plan{Start: p.Start, Bump: p.Bump, Blocked: p.Blocked, Recheck: p.Recheck}
			for _, r := range p.Delete {
				got.Delete = append(got.Delete, r.Name)
			}
			if p.End != nil {
				got.End = p.End.Name
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("MakePlan() (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzPlan: for any job and any state of its pods, planning is deterministic, changes nothing it was
// given, and a status that was written is not written again.
func FuzzPlan(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 1))
		job := mpijob.WithDefaults(randomJob(r))
		o := randomState(r, job)
		now := At(time.Duration(r.IntN(600)) * time.Second)
		before := cmp.Diff(nil, []any{job, o})

		v := mpijob.Judge(job, o, now)
		p := mpijob.MakePlan(job, o, v, now)
		status, events, _ := mpijob.NextStatus(job, o, v, p, now)
		if diff := cmp.Diff(v, mpijob.Judge(job, o, now)); diff != "" {
			t.Fatalf("judging twice differs:\n%s", diff)
		}
		if diff := cmp.Diff(p, mpijob.MakePlan(job, o, v, now)); diff != "" {
			t.Fatalf("planning twice differs:\n%s", diff)
		}
		settings := mpijob.Settings{AgentImage: "agent:1"}
		if diff := cmp.Diff(mpijob.Runtime(job, settings, 1), mpijob.Runtime(job, settings, 1)); diff != "" {
			t.Fatalf("the same attempt has two TrainingRuntimes:\n%s", diff)
		}
		if before != cmp.Diff(nil, []any{job, o}) {
			t.Fatal("what was given was changed")
		}
		if len(events) > 0 && cmp.Equal(status, job.Status) {
			t.Fatalf("events without a change: %v", events)
		}
		// A second round, after the status was written and before anything else happened.
		job.Status = status
		v = mpijob.Judge(job, o, now)
		again, events, _ := mpijob.NextStatus(job, o, v, mpijob.MakePlan(job, o, v, now), now)
		if diff := cmp.Diff(status, again); diff != "" || len(events) > 0 {
			t.Fatalf("the status doesn't settle (events %v):\n%s", events, diff)
		}
	})
}

func randomJob(r *rand.Rand) *kubeflow.MPIJob {
	b := Job("pi").Workers(int32(1 + r.IntN(3))).BackoffLimit(int32(r.IntN(3)))
	if r.IntN(4) == 0 {
		b = b.Suspended()
	}
	if r.IntN(2) == 0 {
		b = b.Worker(func(c *corev1.Container) { c.Command = []string{"sshd"} })
	}
	if r.IntN(3) == 0 {
		b = b.RunPolicy(func(p *kubeflow.RunPolicy) { p.ActiveDeadlineSeconds = ptr.To(int64(r.IntN(300))) })
	}
	if r.IntN(2) == 0 {
		b = b.Started(Epoch).Condition(kubeflow.JobCreated, true, mpijob.ReasonCreated, "MPIJob ns/pi is created.", Epoch)
		if r.IntN(2) == 0 {
			b = b.Condition(kubeflow.JobRunning, true, mpijob.ReasonRunning, "MPIJob ns/pi is running.", At(time.Second))
		}
	}
	return b.Obj()
}

func randomState(r *rand.Rand, job *kubeflow.MPIJob) *mpijob.Observed {
	o := &mpijob.Observed{ConfigAttempt: r.IntN(3), Connected: r.IntN(2) == 0}
	for n := 1; n <= r.IntN(3); n++ {
		o.Runs = append(o.Runs, Run(job, n))
	}
	state := func(b *PodBuilder) *corev1.Pod {
		at := At(time.Duration(r.IntN(100)) * time.Second)
		switch r.IntN(8) {
		case 0:
			b = b.Running(at)
		case 1:
			b = b.Exited(0, "Completed", "", at)
		case 2:
			b = b.Exited(int32(r.IntN(256)), "Error", "", at)
		case 3:
			b = b.Running(at).Deleted(at)
		case 4:
			b = b.Waiting("ImagePullBackOff", "not found")
		case 5:
			b = b.Exited(137, "OOMKilled", "", at)
		case 6:
			b = b.Running(at).Condition(corev1.DisruptionTarget, "Preempted", "", at)
		}
		return b.Obj()
	}
	for n := 1; n <= 2; n++ {
		if r.IntN(3) > 0 {
			o.Pods = append(o.Pods, state(Launcher(job, n)))
		}
		for i := range 3 {
			if r.IntN(3) > 0 {
				o.Pods = append(o.Pods, state(Worker(job, n, i)))
			}
		}
	}
	return o
}
