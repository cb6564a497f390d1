// Package mpijobtest builds MPIJobs, their pods and TrainJobs for tests, fluently.
package mpijobtest

import (
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
)

// Epoch is when jobs of tests were created.
var Epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// At is so long after Epoch.
func At(d time.Duration) time.Time { return Epoch.Add(d) }

// JobBuilder builds an MPIJob.
type JobBuilder struct{ job *kubeflow.MPIJob }

// Job begins a valid job of two Workers without a command of their own, in namespace "ns".
func Job(name string) *JobBuilder {
	replica := func(n int32, c corev1.Container) *kubeflow.ReplicaSpec {
		return &kubeflow.ReplicaSpec{Replicas: &n, Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{c}}}}
	}
	return &JobBuilder{&kubeflow.MPIJob{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "ns", UID: types.UID("uid-of-" + name), CreationTimestamp: metav1.NewTime(Epoch)},
		Spec: kubeflow.MPIJobSpec{MPIReplicaSpecs: map[kubeflow.MPIReplicaType]*kubeflow.ReplicaSpec{
			kubeflow.MPIReplicaTypeLauncher: replica(1, corev1.Container{Name: "launcher", Image: "image:1", Command: []string{"mpirun", "true"}}),
			kubeflow.MPIReplicaTypeWorker:   replica(2, corev1.Container{Name: "worker", Image: "image:1"}),
		}},
	}}
}

// Obj is the job.
func (b *JobBuilder) Obj() *kubeflow.MPIJob { return b.job.DeepCopy() }

// With changes the job in a way no other method names.
func (b *JobBuilder) With(change func(*kubeflow.MPIJob)) *JobBuilder {
	next := &JobBuilder{b.job.DeepCopy()}
	change(next.job)
	return next
}

// Workers sets how many there are.
func (b *JobBuilder) Workers(n int32) *JobBuilder {
	return b.With(func(j *kubeflow.MPIJob) { j.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Replicas = &n })
}

// Slots sets how many ranks each Worker takes.
func (b *JobBuilder) Slots(n int32) *JobBuilder {
	return b.With(func(j *kubeflow.MPIJob) { j.Spec.SlotsPerWorker = &n })
}

// Launcher and Worker change the main container of that part.
func (b *JobBuilder) Launcher(change func(*corev1.Container)) *JobBuilder {
	return b.With(func(j *kubeflow.MPIJob) {
		change(&j.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeLauncher].Template.Spec.Containers[0])
	})
}

// Worker changes the Workers' main container.
func (b *JobBuilder) Worker(change func(*corev1.Container)) *JobBuilder {
	return b.With(func(j *kubeflow.MPIJob) {
		change(&j.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Template.Spec.Containers[0])
	})
}

// RunPolicy changes how the job is run.
func (b *JobBuilder) RunPolicy(change func(*kubeflow.RunPolicy)) *JobBuilder {
	return b.With(func(j *kubeflow.MPIJob) { change(&j.Spec.RunPolicy) })
}

// Suspended asks for the job to be suspended.
func (b *JobBuilder) Suspended() *JobBuilder {
	return b.RunPolicy(func(p *kubeflow.RunPolicy) { p.Suspend = ptr.To(true) })
}

// BackoffLimit sets how often a failed Launcher is tried again.
func (b *JobBuilder) BackoffLimit(n int32) *JobBuilder {
	return b.RunPolicy(func(p *kubeflow.RunPolicy) { p.BackoffLimit = &n })
}

// Started says that the status has a start time.
func (b *JobBuilder) Started(at time.Time) *JobBuilder {
	return b.With(func(j *kubeflow.MPIJob) { j.Status.StartTime = ptr.To(metav1.NewTime(at)) })
}

// Condition adds a condition to the status.
func (b *JobBuilder) Condition(kind kubeflow.JobConditionType, on bool, reason, message string, at time.Time) *JobBuilder {
	return b.With(func(j *kubeflow.MPIJob) {
		status := corev1.ConditionFalse
		if on {
			status = corev1.ConditionTrue
		}
		j.Status.Conditions = append(j.Status.Conditions, kubeflow.JobCondition{
			Type: kind, Status: status, Reason: reason, Message: message,
			LastUpdateTime: metav1.NewTime(at), LastTransitionTime: metav1.NewTime(at),
		})
	})
}
