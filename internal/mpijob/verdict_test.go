package mpijob_test

import (
	"encoding/json"
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
	"github.com/opendatahub-io/mpijob/internal/wire"
)

func lastWord(t *testing.T, code int, f *failure.Failure) string {
	t.Helper()
	b, err := json.Marshal(wire.LastWord{Version: wire.Version, ExitCode: code, Failure: f, At: At(5 * time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestJudge is the table of what becomes of a job: state of its pods, verdict.
func TestJudge(t *testing.T) {
	job := Job("pi").Started(Epoch)
	own := job.Worker(func(c *corev1.Container) { c.Command = []string{"/usr/sbin/sshd", "-De"} })
	at := At(5 * time.Second)
	up := Epoch
	ok := func(j *JobBuilder, i int) *corev1.Pod { return Worker(j.Obj(), 1, i).Running(up).Obj() }
	rejected := Launcher(own.Obj(), 1).Exited(wire.ExitInfrastructure, "Error", lastWord(t, 250, &failure.Failure{
		Reason: failure.SSHRejected, Where: "Launcher", Detail: "No user exists for uid 1000"}), at).Obj()
	notFound := Worker(own.Obj(), 1, 1).Exited(128, "StartError", `failed to create: exec: "no-such-sshd": not found: unknown`, at).Obj()
	launch := func(j *JobBuilder) *corev1.Pod { return Launcher(j.Obj(), 1).Running(up).Obj() }

	type verdict struct {
		Outcome  mpijob.Outcome
		Sentence string // of Failure
		Stop     string // of Stop
		Waiting  string
		Running  bool
		Retries  bool
		Recheck  time.Time
	}
	tests := []struct {
		name      string
		job       *JobBuilder
		pods      []*corev1.Pod
		report    *wire.Report
		connected bool
		refused   map[string]string
		run       *trainer.TrainJob
		now       time.Time
		want      verdict
	}{
		{name: "nothing created yet", job: job,
			want: verdict{Waiting: "Waiting for 2 of 2 Workers and the Launcher to start"}},
		{name: "all run", job: job, pods: []*corev1.Pod{launch(job), ok(job, 0), ok(job, 1)}, want: verdict{Running: true}},
		{name: "all run, but a Worker isn't reachable", job: job, connected: true,
			pods: []*corev1.Pod{launch(job), ok(job, 0), ok(job, 1)},
			report: &wire.Report{Stage: wire.StageWaiting, Workers: []wire.WorkerReport{
				{Index: 0, State: wire.WorkerReachable}, {Index: 1, State: wire.WorkerWaiting, Message: "connection refused"}}},
			want: verdict{Waiting: "Waiting for Worker 1: connection refused", Recheck: At(10 * time.Minute)}},
		{name: "a Worker is never reachable", job: job, connected: true, now: At(10 * time.Minute),
			pods:   []*corev1.Pod{launch(job), ok(job, 0), ok(job, 1)},
			report: &wire.Report{Stage: wire.StageWaiting, Workers: []wire.WorkerReport{{Index: 1, State: wire.WorkerWaiting, Message: "connection refused"}}},
			want: verdict{Waiting: "Waiting for Worker 1: connection refused", Recheck: At(10*time.Minute + 15*time.Second),
				Stop: "Launcher: gave up waiting for Workers to become reachable: Worker 1 wasn't reachable within 10m0s: connection refused"}},
		{name: "Launcher done", job: job, pods: []*corev1.Pod{Launcher(job.Obj(), 1).Exited(0, "Completed", "", at).Obj(), ok(job, 0), ok(job, 1)},
			want: verdict{Outcome: mpijob.Succeeded}},
		{name: "Launcher done while a Worker is already deleted", job: job,
			pods: []*corev1.Pod{Launcher(job.Obj(), 1).Exited(0, "Completed", "", at).Obj(), Worker(job.Obj(), 1, 0).Running(up).Deleted(at).Obj()},
			want: verdict{Outcome: mpijob.Succeeded}},
		{name: "program fails, tries left", job: job.BackoffLimit(1),
			pods: []*corev1.Pod{Launcher(job.Obj(), 1).Exited(3, "Error", "", at).Obj(), ok(job, 0), ok(job, 1)},
			want: verdict{Outcome: mpijob.Restarting, Sentence: "Launcher: exited with code 3"}},
		{name: "program fails, no tries left", job: job.BackoffLimit(0),
			pods: []*corev1.Pod{Launcher(job.Obj(), 1).Exited(3, "Error", "", at).Obj(), ok(job, 0), ok(job, 1)},
			want: verdict{Outcome: mpijob.Failed, Sentence: "Launcher: exited with code 3", Retries: true}},
		{name: "a rank's failure is named by the agent", job: job.BackoffLimit(0),
			pods: []*corev1.Pod{Launcher(job.Obj(), 1).Exited(3, "Error", lastWord(t, 3, &failure.Failure{
				Reason: failure.RankExited, Where: "Worker 1", Rank: ptr.To(3), ExitCode: ptr.To(3)}), at).Obj(), ok(job, 0), ok(job, 1)},
			want: verdict{Outcome: mpijob.Failed, Sentence: "Worker 1, rank 3: exited with code 3", Retries: true}},
		{name: "Launcher deleted", job: job.BackoffLimit(0),
			pods: []*corev1.Pod{Launcher(job.Obj(), 1).Exited(1, "Error", lastWord(t, 1, &failure.Failure{
				Reason: failure.LauncherExited, Where: "Launcher", ExitCode: ptr.To(1), Detail: "it was told to stop by SIGTERM"}), at).Deleted(at).Obj()},
			want: verdict{Outcome: mpijob.Failed, Sentence: "Launcher: lost: its pod was deleted", Retries: true}},
		{name: "command doesn't exist: final whatever the limit", job: job.BackoffLimit(5),
			pods: []*corev1.Pod{Launcher(job.Obj(), 1).Exited(wire.ExitNotFound, "Error", lastWord(t, 127, &failure.Failure{
				Reason: failure.ContainerCommandNotFound, Where: "Launcher", Detail: `"mpirum": no such file`}), at).Obj()},
			want: verdict{Outcome: mpijob.Failed, Sentence: `Launcher: the command can't be started: "mpirum": no such file`}},
		{name: "a lost Worker is final", job: job.BackoffLimit(5), now: At(10 * time.Second),
			pods: []*corev1.Pod{Launcher(job.Obj(), 1).Exited(wire.ExitInfrastructure, "Error", lastWord(t, 250, &failure.Failure{
				Reason: failure.WorkerLost, Where: "Worker 1"}), at).Obj(), ok(job, 0)},
			want: verdict{Outcome: mpijob.Failed, Sentence: "Worker 1: lost"}},
		{name: "a lost Worker: the kubelet's view is awaited for a moment", job: job, now: At(6 * time.Second),
			pods: []*corev1.Pod{Launcher(job.Obj(), 1).Exited(wire.ExitInfrastructure, "Error", lastWord(t, 250, &failure.Failure{
				Reason: failure.WorkerLost, Where: "Worker 1"}), at).Obj(), ok(job, 0), ok(job, 1)},
			want: verdict{Recheck: At(10 * time.Second)}},
		{name: "a Worker too busy to answer: the kubelet's view is awaited as well", job: job, now: At(6 * time.Second),
			pods: []*corev1.Pod{Launcher(job.Obj(), 1).Exited(wire.ExitInfrastructure, "Error", lastWord(t, 250, &failure.Failure{
				Reason: failure.WorkerStarved, Where: "Worker 1"}), at).Obj(), ok(job, 0), ok(job, 1)},
			want: verdict{Recheck: At(10 * time.Second)}},
		{name: "a lost Worker: the kubelet knows it was out of memory", job: job, now: At(6 * time.Second),
			pods: []*corev1.Pod{Launcher(job.Obj(), 1).Exited(wire.ExitInfrastructure, "Error", lastWord(t, 250, &failure.Failure{
				Reason: failure.WorkerLost, Where: "Worker 1", Rank: ptr.To(2)}), at).Obj(), ok(job, 0),
				Worker(job.Obj(), 1, 1).Exited(137, "OOMKilled", "", at).Obj()},
			want: verdict{Outcome: mpijob.Failed, Sentence: "Worker 1, rank 2: killed for lack of memory (limit 64Mi)"}},
		{name: "ssh is refused, and a Worker's command turns out not to exist", job: own, now: At(6 * time.Second),
			pods: []*corev1.Pod{rejected, ok(own, 0), notFound},
			want: verdict{Outcome: mpijob.Failed, Sentence: `Worker 1: the command can't be started: exec: "no-such-sshd": not found`}},
		{name: "the same, and the Worker's successor is being started", job: own, now: At(6 * time.Second),
			pods: []*corev1.Pod{rejected, ok(own, 0), notFound, Worker(own.Obj(), 1, 1).Named("next", At(6*time.Second)).Waiting("ContainerCreating", "").Obj()},
			want: verdict{Outcome: mpijob.Failed, Sentence: `Worker 1: the command can't be started: exec: "no-such-sshd": not found`}},
		{name: "ssh is refused, and nothing is heard of a Worker yet", job: own, now: At(6 * time.Second),
			pods: []*corev1.Pod{rejected, ok(own, 0), Worker(own.Obj(), 1, 1).Waiting("ContainerCreating", "").Obj()},
			want: verdict{Recheck: At(10 * time.Second)}},
		{name: "ssh is refused, and nothing was heard of a Worker", job: own, now: At(10 * time.Second),
			pods: []*corev1.Pod{rejected, ok(own, 0), Worker(own.Obj(), 1, 1).Waiting("ContainerCreating", "").Obj()},
			want: verdict{Outcome: mpijob.Failed, Sentence: "Launcher: ssh was refused: No user exists for uid 1000"}},
		{name: "ssh is refused by Workers that run", job: own, now: At(6 * time.Second),
			pods: []*corev1.Pod{rejected, ok(own, 0), ok(own, 1)},
			want: verdict{Outcome: mpijob.Failed, Sentence: "Launcher: ssh was refused: No user exists for uid 1000"}},
		{name: "a program fails while a Worker's image is pulled in vain", job: own.BackoffLimit(0), now: At(6 * time.Second),
			pods: []*corev1.Pod{Launcher(own.Obj(), 1).Exited(1, "Error", lastWord(t, 1, &failure.Failure{
				Reason: failure.LauncherExited, Where: "Launcher", ExitCode: ptr.To(1)}), at).Obj(), ok(own, 0),
				Worker(own.Obj(), 1, 1).Waiting("ErrImagePull", "rpc error: x: not found").Obj()},
			want: verdict{Outcome: mpijob.Failed, Sentence: `Worker 1: the image doesn't exist: "image:1": not found`, Retries: true}},
		{name: "a program that isn't there is no Worker's fault", job: own, now: At(6 * time.Second),
			pods: []*corev1.Pod{Launcher(own.Obj(), 1).Exited(wire.ExitNotFound, "Error", lastWord(t, 127, &failure.Failure{
				Reason: failure.ContainerCommandNotFound, Where: "Launcher", Detail: `"mpirum": no such file`}), at).Obj(), ok(own, 0), notFound},
			want: verdict{Outcome: mpijob.Failed, Sentence: `Launcher: the command can't be started: "mpirum": no such file`}},
		{name: "under the agent a program that fails at once waits for no word of the kubelet's", job: job.BackoffLimit(0), now: At(6 * time.Second),
			pods: []*corev1.Pod{Launcher(job.Obj(), 1).Exited(3, "Error", lastWord(t, 3, &failure.Failure{
				Reason: failure.LauncherExited, Where: "Launcher", ExitCode: ptr.To(3)}), at).Obj(), ok(job, 0),
				Worker(job.Obj(), 1, 1).Waiting("ContainerCreating", "").Obj()},
			want: verdict{Outcome: mpijob.Failed, Sentence: "Launcher: exited with code 3", Retries: true}},
		{name: "Worker killed: the agent is told", job: job, connected: true, now: At(6 * time.Second),
			pods: []*corev1.Pod{launch(job), ok(job, 0), Worker(job.Obj(), 1, 1).Exited(137, "Error", "", at).Obj()},
			want: verdict{Stop: "Worker 1: its container was killed by SIGKILL", Recheck: At(20 * time.Second)}},
		{name: "Worker killed, no feed: the agent notices by itself", job: job, now: At(6 * time.Second),
			pods: []*corev1.Pod{launch(job), ok(job, 0), Worker(job.Obj(), 1, 1).Exited(137, "Error", "", at).Obj()},
			want: verdict{Recheck: At(10 * time.Second)}},
		{name: "Worker killed, no agent", job: own, now: At(6 * time.Second),
			pods: []*corev1.Pod{launch(own), ok(own, 0), Worker(own.Obj(), 1, 1).Exited(137, "Error", "", at).Obj()},
			want: verdict{Outcome: mpijob.Failed, Sentence: "Worker 1: its container was killed by SIGKILL"}},
		{name: "Worker deleted", job: own, now: At(6 * time.Second),
			pods: []*corev1.Pod{launch(own), ok(own, 0), Worker(own.Obj(), 1, 1).Running(up).Deleted(at).Obj()},
			want: verdict{Outcome: mpijob.Failed, Sentence: "Worker 1: lost: its pod was deleted"}},
		{name: "Worker evicted", job: own, now: At(6 * time.Second),
			pods: []*corev1.Pod{launch(own), ok(own, 0), Worker(own.Obj(), 1, 1).Running(up).
				Condition(corev1.DisruptionTarget, "EvictionByEvictionAPI", "Eviction API: evicting", at).Obj()},
			want: verdict{Outcome: mpijob.Failed, Sentence: "Worker 1: its pod was evicted: Eviction API: evicting"}},
		{name: "Worker replaced unseen", now: At(60 * time.Second),
			job:  own.Condition(kubeflow.JobRunning, true, "", "", At(3*time.Second)),
			pods: []*corev1.Pod{launch(own), ok(own, 0), Worker(own.Obj(), 1, 1).Named("other", At(30*time.Second)).Running(at).Obj()},
			want: verdict{Outcome: mpijob.Failed, Sentence: "Worker 1: lost: its pod was replaced while the job ran"}},
		{name: "image doesn't exist, first pull", job: job, now: At(5 * time.Second),
			pods: []*corev1.Pod{launch(job), ok(job, 0), Worker(job.Obj(), 1, 1).Waiting("ErrImagePull", "rpc error: x: not found").Obj()},
			want: verdict{Waiting: `Waiting for Worker 1: "image:1": not found`, Recheck: At(15 * time.Second)}},
		{name: "image doesn't exist, a couple of pulls later", job: job, now: At(16 * time.Second), connected: true,
			pods: []*corev1.Pod{launch(job), ok(job, 0), Worker(job.Obj(), 1, 1).Waiting("ImagePullBackOff", "rpc error: x: not found").Obj()},
			want: verdict{Waiting: `Waiting for Worker 1: "image:1": not found`, Recheck: At(30 * time.Second),
				Stop: `Worker 1: the image doesn't exist: "image:1": not found`}},
		{name: "registry down: waited for", job: job, now: At(60 * time.Second), connected: true,
			pods: []*corev1.Pod{launch(job), ok(job, 0), Worker(job.Obj(), 1, 1).Waiting("ImagePullBackOff", "dial tcp: i/o timeout").Obj()},
			want: verdict{Waiting: `Waiting for Worker 1: "image:1": i/o timeout`, Recheck: At(5 * time.Minute)}},
		{name: "missing Secret", job: job, now: At(60 * time.Second),
			pods: []*corev1.Pod{Launcher(job.Obj(), 1).Waiting("CreateContainerConfigError", `secret "s3" not found`).Obj(), ok(job, 0), ok(job, 1)},
			want: verdict{Outcome: mpijob.Failed, Waiting: `Waiting for the Launcher: Secret "s3" doesn't exist in namespace "ns": create it by 2026-01-02T03:05:05Z, or the job fails`,
				Sentence: `Launcher: a Secret it needs doesn't exist: secret "s3" not found`}},
		{name: "no room", job: job, now: At(time.Hour),
			pods: []*corev1.Pod{launch(job), ok(job, 0), Worker(job.Obj(), 1, 1).With(func(p *corev1.Pod) {
				p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: "0/1 nodes are available: 1 Insufficient cpu."}}
			}).Obj()},
			want: verdict{Waiting: "Waiting for a place for 1 of 2 Workers: insufficient cpu; 1 of 2 Workers and the Launcher hold what they have meanwhile"}},
		{name: "no quota", job: job, pods: []*corev1.Pod{launch(job), ok(job, 0)},
			refused: map[string]string{mpijob.JobName(mpijob.AttemptName(job.Obj(), 1), mpijob.RoleWorker): `Error creating: pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2`},
			want:    verdict{Waiting: "Waiting for Worker 1: the namespace's quota doesn't admit it: requested 1 pods, 0 available under quota \"q\" (2 of 2 in use)"}},
		{name: "deadline", now: At(61 * time.Second), connected: true,
			job:  job.RunPolicy(func(p *kubeflow.RunPolicy) { p.ActiveDeadlineSeconds = ptr.To[int64](60) }),
			pods: []*corev1.Pod{launch(job), ok(job, 0), ok(job, 1)},
			want: verdict{Running: true, Stop: "the job was active longer than its deadline: 60 s", Recheck: At(75 * time.Second)}},
		{name: "deadline, and the agent doesn't stop", now: At(75 * time.Second), connected: true,
			job:  job.RunPolicy(func(p *kubeflow.RunPolicy) { p.ActiveDeadlineSeconds = ptr.To[int64](60) }),
			pods: []*corev1.Pod{launch(job), ok(job, 0), ok(job, 1)},
			want: verdict{Outcome: mpijob.Failed, Stop: "the job was active longer than its deadline: 60 s", Sentence: "the job was active longer than its deadline: 60 s"}},
		{name: "suspended: pods that end now end because of that", job: job.Suspended(), now: at,
			pods: []*corev1.Pod{Launcher(job.Obj(), 1).Exited(143, "Error", "", at).Obj(), Worker(job.Obj(), 1, 0).Running(up).Deleted(at).Obj()},
			want: verdict{}},
		{name: "Trainer says failed and no pod is left", job: job, run: EndedRun(job.Obj(), 1, trainer.TrainJobFailed, at),
			want: verdict{Outcome: mpijob.Failed, Sentence: "Launcher: lost"}},
		{name: "Trainer says complete and no pod is left", job: job, run: EndedRun(job.Obj(), 1, trainer.TrainJobComplete, at),
			want: verdict{Outcome: mpijob.Succeeded}},
		{name: "a stranger's pod with the job's labels doesn't count", job: job,
			pods: []*corev1.Pod{launch(job), ok(job, 0), ok(job, 1), Worker(job.Obj(), 1, 0).Exited(1, "Error", "", at).
				With(func(p *corev1.Pod) { p.OwnerReferences[0].Name = "mine" }).Obj()},
			want: verdict{Running: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := mpijob.WithDefaults(tt.job.Obj())
			run := tt.run
			if run == nil {
				run = Run(j, 1)
			}
			o := &mpijob.Observed{Runs: []*trainer.TrainJob{run}, Pods: tt.pods, Report: tt.report, Connected: tt.connected, Refused: tt.refused}
			now := tt.now
			if now.IsZero() {
				now = At(time.Minute)
			}
			v := mpijob.Judge(j, o, now)
			got := verdict{Outcome: v.Outcome, Waiting: v.Waiting, Running: v.Running, Retries: v.Retries, Recheck: v.Recheck}
			if v.Failure != nil {
				got.Sentence = v.Failure.Sentence()
			}
			if v.Stop != nil {
				got.Stop = v.Stop.Sentence()
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("Judge() (-want +got):\n%s", diff)
			}
		})
	}
}
