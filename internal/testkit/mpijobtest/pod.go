package mpijobtest

import (
	"fmt"
	"strconv"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	jobset "sigs.k8s.io/jobset/api/jobset/v1alpha2"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// Run is the TrainJob of an attempt, without a verdict of its own.
func Run(job *kubeflow.MPIJob, attempt int) *trainer.TrainJob { return mpijob.TrainJob(job, attempt) }

// EndedRun is the TrainJob of an attempt that Trainer calls Complete or Failed.
func EndedRun(job *kubeflow.MPIJob, attempt int, condition string, at time.Time) *trainer.TrainJob {
	r := Run(job, attempt)
	r.Status.Conditions = []metav1.Condition{{Type: condition, Status: metav1.ConditionTrue, Reason: "x", LastTransitionTime: metav1.NewTime(at)}}
	return r
}

// PodBuilder builds a pod of a job as the Job controller makes it and the kubelet reports on it.
type PodBuilder struct{ pod *corev1.Pod }

// Launcher begins a Launcher's pod that is scheduled and pending.
func Launcher(job *kubeflow.MPIJob, attempt int) *PodBuilder {
	return pod(job, attempt, mpijob.RoleLauncher, "launcher", "launcher")
}

// Worker begins the pod of that Worker.
func Worker(job *kubeflow.MPIJob, attempt, index int) *PodBuilder {
	b := pod(job, attempt, mpijob.RoleWorker, fmt.Sprintf("worker-%d", index), "worker")
	b.pod.Labels["batch.kubernetes.io/job-completion-index"] = strconv.Itoa(index)
	return b
}

func pod(job *kubeflow.MPIJob, attempt int, role, name, container string) *PodBuilder {
	run := mpijob.AttemptName(job, attempt)
	labels := mpijob.PodLabels(job, role, attempt)
	labels[jobset.JobSetNameKey] = run
	return &PodBuilder{&corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: job.Namespace, Name: run + "-" + name, Labels: labels, CreationTimestamp: metav1.NewTime(Epoch),
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "batch/v1", Kind: "Job", Name: mpijob.JobName(run, role), Controller: ptr.To(true)}},
		},
		Spec: corev1.PodSpec{NodeName: "node-1", Containers: []corev1.Container{{
			Name: container, Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("64Mi")}},
		}}},
		Status: corev1.PodStatus{
			Phase: corev1.PodPending, StartTime: ptr.To(metav1.NewTime(Epoch)),
			Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(Epoch)}},
		},
	}}
}

// Obj is the pod, as the controller's cache holds it: what TrimPod drops no test can rest on.
func (b *PodBuilder) Obj() *corev1.Pod {
	p := b.pod.DeepCopy()
	mpijob.TrimPod(p)
	return p
}

// With changes the pod in a way no other method names.
func (b *PodBuilder) With(change func(*corev1.Pod)) *PodBuilder {
	next := &PodBuilder{b.pod.DeepCopy()}
	change(next.pod)
	return next
}

func (b *PodBuilder) state(phase corev1.PodPhase, s corev1.ContainerState) *PodBuilder {
	return b.With(func(p *corev1.Pod) {
		p.Status.Phase = phase
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: p.Spec.Containers[0].Name, Image: "image:1", State: s}}
	})
}

// Running says that the main container runs since then.
func (b *PodBuilder) Running(since time.Time) *PodBuilder {
	return b.state(corev1.PodRunning, corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(since)}})
}

// Waiting says what the kubelet holds the main container back for.
func (b *PodBuilder) Waiting(reason, message string) *PodBuilder {
	return b.state(corev1.PodPending, corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}})
}

// Exited says that the main container ended, and the pod with it.
func (b *PodBuilder) Exited(code int32, reason, message string, at time.Time) *PodBuilder {
	phase := corev1.PodFailed
	if code == 0 {
		phase = corev1.PodSucceeded
	}
	return b.state(phase, corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		ExitCode: code, Reason: reason, Message: message, FinishedAt: metav1.NewTime(at),
	}})
}

// Named gives the pod another name, and a time of creation.
func (b *PodBuilder) Named(name string, created time.Time) *PodBuilder {
	return b.With(func(p *corev1.Pod) { p.Name, p.CreationTimestamp = name, metav1.NewTime(created) })
}

// Deleted says that someone asked for the pod's deletion then.
func (b *PodBuilder) Deleted(at time.Time) *PodBuilder {
	return b.With(func(p *corev1.Pod) {
		p.DeletionGracePeriodSeconds = ptr.To[int64](30)
		p.DeletionTimestamp = ptr.To(metav1.NewTime(at.Add(30 * time.Second)))
	})
}

// Condition adds a condition that is true.
func (b *PodBuilder) Condition(kind corev1.PodConditionType, reason, message string, at time.Time) *PodBuilder {
	return b.With(func(p *corev1.Pod) {
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{
			Type: kind, Status: corev1.ConditionTrue, Reason: reason, Message: message, LastTransitionTime: metav1.NewTime(at),
		})
	})
}
