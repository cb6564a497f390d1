package mpijob_test

import (
	"testing"
	"time"

	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// What isn't there is said while the job waits for it, instead of that no node has room or that pods start.
func TestWhatIsMissingIsSaidWhileItIsWaitedFor(t *testing.T) {
	mounts := Job("pi").Started(Epoch).With(func(j *mpijob.Job) {
		j.Spec.MPIReplicaSpecs["Worker"].Template.Spec.Volumes = []corev1.Volume{{Name: "s3", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "keys"}}}}
	})
	claim := func(p *corev1.Pod) {
		p.Spec.NodeName = ""
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable",
			Message: `0/1 nodes are available: persistentvolumeclaim "data" not found. not found`, LastTransitionTime: metav1.NewTime(Epoch)}}
	}
	job := mpijob.WithDefaults(mounts.Obj())
	worker := func(i int) *PodBuilder { return Worker(job, 1, i) }
	launcher := Launcher(job, 1).Running(Epoch).Obj()
	for _, tt := range []struct {
		name   string
		pods   []*corev1.Pod
		mount  string
		want   string
		reason failure.Reason
	}{
		{"a claim", []*corev1.Pod{launcher, worker(0).With(claim).Obj(), worker(1).With(claim).Obj()}, "",
			`Waiting for Worker 0 and 1 more: PersistentVolumeClaim "data" doesn't exist in namespace "ns": create it by 2026-01-02T03:05:05Z, or the job fails`, failure.VolumeMissing},
		{"a Secret for a variable", []*corev1.Pod{launcher, worker(0).Running(Epoch).Obj(), worker(1).Waiting("CreateContainerConfigError", `secret "keys" not found`).Obj()}, "",
			`Waiting for Worker 1: Secret "keys" doesn't exist in namespace "ns": create it by 2026-01-02T03:05:05Z, or the job fails`, failure.SecretMissing},
		{"a Secret for a volume", []*corev1.Pod{launcher, worker(0).Waiting("ContainerCreating", "").Obj(), worker(1).Waiting("ContainerCreating", "").Obj()},
			`MountVolume.SetUp failed for volume "s3" : secret "keys" not found`,
			`Waiting for Worker 0: Secret "keys" doesn't exist in namespace "ns": create it by 2026-01-02T03:05:05Z, or the job fails`, failure.SecretMissing},
		{"each something else", []*corev1.Pod{Launcher(job, 1).Waiting("CreateContainerConfigError", `secret "keys" not found`).Obj(), worker(0).With(claim).Obj(),
			worker(1).Waiting("CreateContainerConfigError", `configmap "cm" not found`).Obj()}, "",
			`Waiting for Worker 0: PersistentVolumeClaim "data" doesn't exist in namespace "ns": create it by 2026-01-02T03:05:05Z, or the job fails`, failure.VolumeMissing},
		{"the same, since different times", []*corev1.Pod{launcher, worker(0).With(claim).With(func(p *corev1.Pod) {
			p.Status.Conditions[0].LastTransitionTime = metav1.NewTime(At(10 * time.Second))
		}).Obj(), worker(1).With(claim).Obj()}, "",
			`Waiting for Worker 0 and 1 more: PersistentVolumeClaim "data" doesn't exist in namespace "ns": create it by 2026-01-02T03:05:05Z, or the job fails`, failure.VolumeMissing},
		{"an image that is slow", []*corev1.Pod{launcher, worker(0).Waiting("ContainerCreating", "").Obj(), worker(1).Running(Epoch).Obj()}, "",
			"Waiting for 1 of 2 Workers to start", ""},
	} {
		o := &mpijob.Observed{Runs: []*trainer.TrainJob{Run(job, 1)}, Pods: tt.pods}
		now := At(20 * time.Second)
		if stuck, recheck := mpijob.Stuck(job, o, now); tt.mount != "" {
			if stuck == nil || !recheck.After(now) {
				t.Fatalf("%s: nobody asks the kubelet what it can't mount; next look at %v", tt.name, recheck)
			}
			o.Mount = mpijob.Mount{Pod: stuck.Name, Message: tt.mount}
		}
		v := mpijob.Judge(job, o, now)
		if v.Waiting != tt.want || v.Hint != tt.reason || v.Outcome != mpijob.Undecided {
			t.Errorf("%s: %q, hint %q, outcome %q", tt.name, v.Waiting, v.Hint, v.Outcome)
		}
		if _, events, _ := mpijob.NextStatus(job, o, v, mpijob.Plan{}, now); tt.reason != "" && events[len(events)-1] != (mpijob.Event{Warning: true, Reason: string(tt.reason), Message: tt.want}) {
			t.Errorf("%s: an event says what to do after the job failed, while it waits: %+v", tt.name, events)
		}
	}
	if stuck, at := mpijob.Stuck(job, &mpijob.Observed{Runs: []*trainer.TrainJob{Run(job, 1)}, Pods: []*corev1.Pod{worker(0).Waiting("ContainerCreating", "").Obj()}}, At(time.Second)); stuck != nil || at.IsZero() {
		t.Errorf("asked too early: %v, %v", stuck, at)
	}
}
