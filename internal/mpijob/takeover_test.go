package mpijob_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// theirLauncher is the Launcher's Kubernetes Job as the MPI operator makes it.
func theirLauncher(conditions ...batchv1.JobCondition) *batchv1.Job {
	return &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "pi-launcher", UID: "theirs"},
		Spec:       batchv1.JobSpec{ActiveDeadlineSeconds: ptr.To[int64](60)},
		Status:     batchv1.JobStatus{Conditions: conditions},
	}
}

func is(kind batchv1.JobConditionType, reason, message string) batchv1.JobCondition {
	return batchv1.JobCondition{Type: kind, Status: corev1.ConditionTrue, Reason: reason, Message: message, LastTransitionTime: metav1.NewTime(At(time.Second))}
}

// their pods: the Launcher's of its Job, the Workers' of the MPIJob itself.
func theirPod(job *kubeflow.MPIJob, b *PodBuilder, index int) *corev1.Pod {
	return b.With(func(p *corev1.Pod) {
		p.Labels = map[string]string{kubeflow.OperatorNameLabel: kubeflow.OperatorName, kubeflow.JobNameLabel: job.Name, kubeflow.JobRoleLabel: "worker"}
		p.Name = job.Name + "-worker-" + strconv.Itoa(index)
		p.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(job, kubeflow.SchemeGroupVersionKind)}
		if index < 0 {
			p.Name, p.Labels[kubeflow.JobRoleLabel] = job.Name+"-launcher-xyz", "launcher"
			p.OwnerReferences = []metav1.OwnerReference{{Kind: "Job", Name: "pi-launcher", UID: "theirs", Controller: ptr.To(true)}}
		}
	}).Obj()
}

// A job that the MPI operator had taken up is never begun a second time.
func TestTakeOver(t *testing.T) {
	job := Job("pi").Started(Epoch).With(func(j *kubeflow.MPIJob) {
		j.Status.ReplicaStatuses = map[kubeflow.MPIReplicaType]*kubeflow.ReplicaStatus{kubeflow.MPIReplicaTypeLauncher: {}}
	})
	untouched := Job("pi")
	suspendedBefore := func(b *JobBuilder) *JobBuilder {
		return b.Condition(kubeflow.JobSuspended, true, "MPIJobSuspended", "", Epoch)
	}
	cleaned := func(b *JobBuilder, p kubeflow.CleanPodPolicy) *JobBuilder {
		return b.RunPolicy(func(r *kubeflow.RunPolicy) { r.CleanPodPolicy = &p })
	}
	obj := job.Obj()
	suspendedJob := theirLauncher()
	suspendedJob.Spec.Suspend = ptr.To(true)
	going := theirLauncher()
	going.DeletionTimestamp = ptr.To(metav1.NewTime(Epoch))
	launcher := theirPod(obj, Launcher(obj, 1).Running(Epoch), -1)
	crashed := theirPod(obj, Launcher(obj, 1).Exited(3, "Error", "", Epoch), -1)
	w0, w1 := theirPod(obj, Worker(obj, 1, 0).Running(Epoch), 0), theirPod(obj, Worker(obj, 1, 1).Running(Epoch), 1)
	ended := theirPod(obj, Worker(obj, 1, 1).Exited(1, "Error", "", Epoch), 1)
	tests := []struct {
		name     string
		job      *JobBuilder
		launcher *batchv1.Job
		pods     []*corev1.Pod
		want     string // outcome, Running, and the plan, in brief
		says     string // in the failure, or in what is waited for
	}{
		{"runs", job, theirLauncher(), []*corev1.Pod{launcher, w0, w1}, "running", "left to run"},
		{"its Workers are still starting", job, theirLauncher(), []*corev1.Pod{launcher, w0}, "", "left to run"},
		{"between two tries", job, theirLauncher(), []*corev1.Pod{crashed, w0, w1}, "", "left to run"},
		{"succeeded", job, theirLauncher(is(batchv1.JobComplete, "", "")), []*corev1.Pod{w0, w1}, "Succeeded", ""},
		{"succeeded, Workers to be cleaned", cleaned(job, "Running"), theirLauncher(is(batchv1.JobComplete, "", "")), []*corev1.Pod{w0, ended}, "Succeeded clean pi-worker-0", ""},
		{"succeeded, all Workers to be cleaned", cleaned(job, "All"), theirLauncher(is(batchv1.JobComplete, "", "")), []*corev1.Pod{w0, ended}, "Succeeded clean pi-worker-0 pi-worker-1", ""},
		{"failed", job, theirLauncher(is(batchv1.JobFailed, "BackoffLimitExceeded", "tried often enough")), []*corev1.Pod{crashed}, "Failed", "exited with code 3"},
		{"failed, its pods are gone", job, theirLauncher(is(batchv1.JobFailed, "BackoffLimitExceeded", "tried often enough")), nil, "Failed", "tried often enough"},
		{"took too long", job, theirLauncher(is(batchv1.JobFailed, "DeadlineExceeded", "")), nil, "Failed", "60 s"},
		{"had a Launcher that is gone", job, nil, []*corev1.Pod{w0}, "Failed", "another controller began it"},
		{"had a Launcher with a TTL that is gone", job.RunPolicy(func(r *kubeflow.RunPolicy) { r.TTLSecondsAfterFinished = ptr.To[int32](60) }), nil, nil,
			"Failed", "perhaps by its TTL: its result isn't known"},
		{"its Launcher is going", job, going, []*corev1.Pod{launcher, w0, w1}, "", ""},
		{"is suspended now", job.Suspended(), theirLauncher(), []*corev1.Pod{launcher, w0}, "drop clean pi-worker-0", ""},
		{"was suspended then, and is resumed", suspendedBefore(job), suspendedJob, nil, "drop start 1 taking over", ""},
		{"the suspended Launcher is going", suspendedBefore(job), going, nil, "", ""},
		{"the suspended Launcher is gone", suspendedBefore(job), nil, nil, "start 1 taking over", ""},
		{"suspended, nothing left", suspendedBefore(job.Suspended()), nil, nil, "", ""},
		{"has Workers, but never had a Launcher", untouched, nil, []*corev1.Pod{w0}, "clean pi-worker-0", ""},
		{"has a ConfigMap only", untouched, nil, nil, "start 1 taking over", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := mpijob.WithDefaults(tt.job.Obj())
			o := &mpijob.Observed{Inherited: &mpijob.Inherited{Launcher: tt.launcher}, Pods: tt.pods}
			v := mpijob.Judge(j, o, At(time.Minute))
			p := mpijob.MakePlan(j, o, v, At(time.Minute))
			var got []string
			if v.Outcome != "" {
				got = append(got, string(v.Outcome))
			}
			if v.Running {
				got = append(got, "running")
			}
			if p.Drop != nil {
				got = append(got, "drop")
			}
			if len(p.Clean) > 0 {
				got = append(got, "clean")
				for _, pod := range p.Clean {
					got = append(got, pod.Name)
				}
			}
			if p.Start > 0 {
				got = append(got, "start", strconv.Itoa(p.Start))
			}
			if p.TakeOver {
				got = append(got, "taking over")
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("(-want +got):\n%s\nverdict %+v\nplan %+v", diff, v, p)
			}
			said := v.Waiting
			if v.Failure != nil {
				said = v.Failure.Sentence()
			}
			if !strings.Contains(said, tt.says) {
				t.Errorf("says %q, want %q in it", said, tt.says)
			}
		})
	}
}

// A job of another controller that is suspended, and resumed before its pods are gone, isn't lost.
func TestTakeOverOfAJobResumedAtOnce(t *testing.T) {
	suspended := Job("pi").Started(Epoch).Suspended().With(func(j *kubeflow.MPIJob) {
		j.Status.ReplicaStatuses = map[kubeflow.MPIReplicaType]*kubeflow.ReplicaStatus{kubeflow.MPIReplicaTypeLauncher: {Active: 1}}
	}).Obj()
	going := theirLauncher()
	going.DeletionTimestamp = ptr.To(metav1.NewTime(Epoch))
	launcher, w0 := theirPod(suspended, Launcher(suspended, 1).Running(Epoch), -1), theirPod(suspended, Worker(suspended, 1, 0).Running(Epoch), 0)
	status := suspended.Status
	steps := []struct {
		name      string
		suspend   bool
		launcher  *batchv1.Job
		pods      []*corev1.Pod
		suspended bool // by its status, afterwards
		start     int
	}{
		{"suspended", true, theirLauncher(), []*corev1.Pod{launcher, w0}, true, 0},
		{"resumed; the Launcher is going", false, going, []*corev1.Pod{launcher, w0}, true, 0},
		{"the Launcher is gone, a Worker is going", false, nil, []*corev1.Pod{w0}, true, 0},
		{"all are gone", false, nil, nil, false, 1},
	}
	for i, step := range steps {
		now := At(time.Duration(i+1) * time.Minute)
		j := mpijob.WithDefaults(suspended.DeepCopy())
		j.Spec.RunPolicy.Suspend, j.Status = ptr.To(step.suspend), status
		o := &mpijob.Observed{Inherited: &mpijob.Inherited{Launcher: step.launcher}, Pods: step.pods}
		v := mpijob.Judge(j, o, now)
		p := mpijob.MakePlan(j, o, v, now)
		if v.Outcome != "" || p.Start != step.start {
			t.Errorf("%s: judged %q and starts attempt %d, want none and %d", step.name, v.Outcome, p.Start, step.start)
		}
		if step.launcher != nil && !step.suspend && p.Recheck.IsZero() {
			t.Errorf("%s: nothing tells of a Job that is gone: it must be looked for", step.name)
		}
		status, _, _ = mpijob.NextStatus(j, o, v, p, now)
		if got := slices.ContainsFunc(status.Conditions, func(c kubeflow.JobCondition) bool {
			return c.Type == kubeflow.JobSuspended && c.Status == corev1.ConditionTrue
		}); got != step.suspended {
			t.Errorf("%s: condition Suspended is %v, want %v: %q", step.name, got, step.suspended, brief(status))
		}
		if (status.StartTime == nil) != step.suspended {
			t.Errorf("%s: the start time is %v", step.name, status.StartTime)
		}
	}
}
