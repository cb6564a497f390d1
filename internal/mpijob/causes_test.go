package mpijob_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// TestCauses is the table of what the cluster shows and what a job is then said to fail of, or "" where
// it must not be failed.
func TestCauses(t *testing.T) {
	job := Job("pi").Started(Epoch)
	own := job.Worker(func(c *corev1.Container) { c.Command = []string{"/usr/sbin/sshd", "-De"} })
	ok := Worker(job.Obj(), 1, 0).Running(Epoch).Obj()
	launcher := Launcher(job.Obj(), 1).Running(Epoch).Obj()
	worker := func() *PodBuilder { return Worker(job.Obj(), 1, 1) }
	conditions := func(ready, containers corev1.ConditionStatus, reason string) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			at := metav1.NewTime(At(50 * time.Second))
			p.Status.Conditions = append(p.Status.Conditions,
				corev1.PodCondition{Type: corev1.PodReady, Status: ready, Reason: reason, LastTransitionTime: at},
				corev1.PodCondition{Type: corev1.ContainersReady, Status: containers, Reason: reason, LastTransitionTime: at})
		}
	}
	nodeGone := conditions(corev1.ConditionFalse, corev1.ConditionTrue, "")
	sidecar := func(restarts int32) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "proxy", RestartCount: restarts,
				State:                corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff", Message: "back-off"}},
				LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 7}}}}
		}
	}
	unplaced := func(message string) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.Spec.NodeName = ""
			p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable",
				Message: message, LastTransitionTime: metav1.NewTime(Epoch)}}
		}
	}
	sees := func(stage wire.Stage, state wire.WorkerState, message string) *wire.Report {
		return &wire.Report{Stage: stage, Workers: []wire.WorkerReport{{Index: 0, State: wire.WorkerReachable}, {Index: 1, State: state, Message: message}}}
	}
	word := func(f failure.Failure) *corev1.Pod {
		return Launcher(job.Obj(), 1).Exited(250, "Error", lastWord(t, 250, &f), At(70*time.Second)).Obj()
	}
	mount := func(message string) mpijob.Mount { return mpijob.Mount{Pod: worker().Obj().Name, Message: message} }
	creating := worker().Waiting("ContainerCreating", "").Obj()

	tests := []struct {
		name     string
		job      *JobBuilder
		launcher *corev1.Pod
		worker   *corev1.Pod
		report   *wire.Report
		mount    mpijob.Mount
		want     string
	}{
		{name: "no such tag", worker: worker().Waiting("ImagePullBackOff", "x: not found").Obj(),
			want: `ImageNotFound: Worker 1: the image doesn't exist: "image:1": not found`},
		{name: "a private registry", worker: worker().Waiting("ImagePullBackOff", "x: 401 Unauthorized").Obj(),
			want: `ImagePullFailed: Worker 1: the image can't be pulled: "image:1": 401 Unauthorized`},
		{name: "an image's name that is none", worker: worker().Waiting("InvalidImageName", "x: invalid reference format").Obj(),
			want: `ImageNotFound: Worker 1: the image doesn't exist: "image:1": invalid reference format`},
		{name: "no ConfigMap for a variable", worker: worker().Waiting("CreateContainerConfigError", `configmap "c" not found`).Obj(),
			want: `ContainerConfigInvalid: Worker 1: the container can't be configured: configmap "c" not found`},
		{name: "no key in a Secret", worker: worker().Waiting("CreateContainerConfigError", `couldn't find key k in Secret ns/s`).Obj(),
			want: `SecretMissing: Worker 1: a Secret it needs doesn't exist: couldn't find key k in Secret ns/s`},
		{name: "no Secret for a volume", worker: creating, mount: mount(`MountVolume.SetUp failed for volume "s3" : secret "keys" not found`),
			want: `SecretMissing: Worker 1: a Secret it needs doesn't exist: volume "s3": secret "keys" not found`},
		{name: "no ConfigMap for a volume", worker: creating, mount: mount(`MountVolume.SetUp failed for volume "c" : configmap "conf" not found`),
			want: `VolumeMissing: Worker 1: a volume can't be mounted: volume "c": configmap "conf" not found`},
		{name: "storage that is slow", worker: creating, mount: mount(`Unable to attach or mount volumes: timed out waiting for the condition`)},
		{name: "events of another pod", worker: creating, mount: mpijob.Mount{Pod: "other", Message: `secret "keys" not found`}},
		{name: "no claim", worker: worker().With(unplaced(`0/1 nodes are available: persistentvolumeclaim "data" not found. not found`)).Obj(),
			want: `VolumeMissing: Worker 1: a volume can't be mounted: persistentvolumeclaim "data" not found`},
		{name: "a claim that isn't bound yet", worker: worker().With(unplaced(`pod has unbound immediate PersistentVolumeClaims`)).Obj()},
		{name: "a sidecar that crashes", worker: worker().Waiting("PodInitializing", "").With(sidecar(2)).Obj(),
			want: `CrashLoop: Worker 1: a container keeps crashing: container "proxy" ended 3 times, last with code 7`},
		{name: "a sidecar that crashed once", worker: worker().Waiting("PodInitializing", "").With(sidecar(1)).Obj()},
		{name: "an init container that fails", worker: worker().With(func(p *corev1.Pod) {
			p.Status.Phase = corev1.PodFailed
			p.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "fetch", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 2, Reason: "Error"}}}}
		}).Obj(), want: `WorkerExited: Worker 1: its container exited with code 2: init container "fetch"`},
		{name: "an own sshd that ends", job: own, worker: worker().Exited(4, "Error", "no\nsshd\n", At(time.Second)).Obj(),
			want: `WorkerExited: Worker 1: its container exited with code 4 [no sshd]`},
		{name: "a node goes", launcher: launcher, worker: worker().Running(Epoch).With(nodeGone).Obj(), report: sees(wire.StageRunning, wire.WorkerLost, "no sign of life"),
			want: `NodeLost: Worker 1: its node was lost: its kubelet no longer answers`},
		{name: "a kubelet is restarted, its pods live", launcher: launcher, worker: worker().Running(Epoch).With(nodeGone).Obj(), report: sees(wire.StageRunning, wire.WorkerReachable, "")},
		{name: "a Worker isn't ready by its own probe", launcher: launcher,
			worker: worker().Running(Epoch).With(conditions(corev1.ConditionFalse, corev1.ConditionFalse, "ContainersNotReady")).Obj(), report: sees(wire.StageRunning, wire.WorkerLost, "")},
		{name: "its pod is deleted", worker: worker().Running(Epoch).Exited(0, "Completed", "", At(2*time.Second)).Deleted(At(2 * time.Second)).Obj(),
			want: `WorkerLost: Worker 1: lost: its pod was deleted`},
		{name: "its pod is deleted, seen at the last step only", worker: worker().Running(Epoch).Exited(0, "Completed", "", At(2*time.Second)).With(goes(At(3 * time.Second))).Obj(),
			want: `WorkerLost: Worker 1: lost: its pod was deleted`},
		{name: "its pod is deleted, and its program heeds no SIGTERM", worker: worker().Running(Epoch).Exited(137, "Error", "", At(2*time.Second)).With(goes(At(3 * time.Second))).Obj(),
			want: `WorkerLost: Worker 1: lost: its pod was deleted`},
		{name: "it had ended long before its pod was deleted", worker: worker().Running(Epoch).Exited(0, "Completed", "", At(2*time.Second)).With(goes(At(time.Hour))).Obj(),
			want: `WorkerExited: Worker 1: its container exited with code 0`},
		{name: "it had exited before its pod was deleted", worker: worker().Running(Epoch).Exited(4, "Error", "", At(2*time.Second)).Deleted(At(3 * time.Second)).Obj(),
			want: `WorkerExited: Worker 1: its container exited with code 4`},
		{name: "it had exited before its pod was deleted, seen at the last step only", worker: worker().Running(Epoch).Exited(4, "Error", "", At(2*time.Second)).With(goes(At(3 * time.Second))).Obj(),
			want: `WorkerExited: Worker 1: its container exited with code 4`},
		{name: "the node's object is deleted", worker: worker().Running(Epoch).Condition(corev1.DisruptionTarget, "DeletionByPodGC", "PodGC: node no longer exists", At(time.Second)).Obj(),
			want: `NodeLost: Worker 1: its node was lost: PodGC: node no longer exists`},
		{name: "taken off a lost node", worker: worker().Running(Epoch).With(nodeGone).Condition(corev1.DisruptionTarget, "DeletionByTaintManager", "taint", At(time.Second)).Obj(),
			want: `NodeLost: Worker 1: its node was lost: taint`},
		{name: "taken off a node someone tainted", worker: worker().Running(Epoch).Condition(corev1.DisruptionTarget, "DeletionByTaintManager", "taint", At(time.Second)).Obj(),
			want: `WorkerEvicted: Worker 1: its pod was evicted: taint`},
		{name: "the Launcher loses sight of a Worker whose node is gone", worker: worker().Running(Epoch).With(nodeGone).Obj(),
			launcher: word(failure.Failure{Reason: failure.NodeLost, Where: "Worker 1", Detail: "no sign of life", Confidence: failure.Likely}),
			want:     `NodeLost: Worker 1: its node was lost: its kubelet no longer answers`},
		{name: "the Launcher loses sight of a Worker, and nobody knows more", worker: worker().Running(Epoch).Obj(),
			launcher: word(failure.Failure{Reason: failure.NodeLost, Where: "Worker 1", Detail: "no sign of life", Confidence: failure.Likely}),
			want:     `NodeLost: Worker 1: its node, or the network to it, was lost: no sign of life`},
		{name: "a rank finds no GPU that nobody asked for", worker: ok,
			launcher: word(failure.Failure{Reason: failure.GPUNotVisible, Where: "Worker 1", Detail: "no device"}),
			want:     `GPUNotVisible: Worker 1: ended, since it found no GPU: no device; the Workers ask for no GPU`},
		{name: "a name that isn't known", launcher: launcher, worker: worker().Running(Epoch).Obj(), report: sees(wire.StageWaiting, wire.WorkerWaiting, "no such host"),
			want: `WorkerUnreachable: Worker 1: runs, but the Launcher can't reach it: its name isn't in the cluster's DNS for 10m0s`},
		{name: "a Worker behind a wall", launcher: launcher, worker: worker().Running(Epoch).With(func(p *corev1.Pod) { p.Status.PodIP = "10.0.0.7" }).Obj(), report: sees(wire.StageWaiting, wire.WorkerWaiting, "no answer"),
			want: `WorkerUnreachable: Worker 1: runs, but the Launcher can't reach it: no answer from 10.0.0.7 for 10m0s`},
		{name: "a Worker that refuses", launcher: launcher, worker: worker().Running(Epoch).Obj(), report: sees(wire.StageWaiting, wire.WorkerWaiting, "connection refused"),
			want: `LauncherTimeoutWaitingForWorkers: Launcher: gave up waiting for Workers to become reachable: Worker 1 wasn't reachable within 10m0s: connection refused`},
		{name: "a Worker that doesn't run yet", launcher: launcher, worker: creating, report: sees(wire.StageWaiting, wire.WorkerWaiting, "no such host")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.job == nil {
				tt.job = job
			}
			o := &mpijob.Observed{Runs: []*trainer.TrainJob{Run(tt.job.Obj(), 1)}, Pods: []*corev1.Pod{Worker(tt.job.Obj(), 1, 0).Running(Epoch).Obj(), tt.worker},
				Report: tt.report, Mount: tt.mount}
			if tt.launcher != nil {
				o.Pods = append(o.Pods, tt.launcher)
			}
			v := mpijob.Judge(tt.job.Obj(), o, At(time.Hour))
			got := ""
			if f := v.Failure; f != nil {
				got = string(f.Reason) + ": " + f.Sentence()
				if len(f.LogTail) > 0 {
					got += " [" + f.LogTail[0] + " " + f.LogTail[1] + "]"
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// goes has a pod at the last step of its deletion, which is one without grace.
func goes(at time.Time) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.DeletionTimestamp, p.DeletionGracePeriodSeconds = ptr.To(metav1.NewTime(at)), ptr.To[int64](0)
	}
}
