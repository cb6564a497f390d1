package mpijob_test

import (
	"strings"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	jobset "sigs.k8s.io/jobset/api/jobset/v1alpha2"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// kept is a Worker whose Job JobSet has deleted, and which the JobSet keeps.
func kept(b *PodBuilder) *corev1.Pod {
	return b.With(func(p *corev1.Pod) {
		p.OwnerReferences = []metav1.OwnerReference{{Kind: "JobSet", Name: p.Labels[jobset.JobSetNameKey]}}
	}).Obj()
}

// What cleanPodPolicy leaves of the Workers of a finished job.
func TestCleanPodPolicy(t *testing.T) {
	for policy, want := range map[kubeflow.CleanPodPolicy]string{"None": "", "Running": "runs", "All": ""} {
		job := Job("pi").RunPolicy(func(p *kubeflow.RunPolicy) { p.CleanPodPolicy = &policy }).Condition(kubeflow.JobSucceeded, true, "", "", Epoch).
			With(func(j *kubeflow.MPIJob) { j.Status.CompletionTime = ptr.To(metav1.NewTime(Epoch)) }).Obj()
		o := &mpijob.Observed{Runs: []*trainer.TrainJob{Run(job, 1)}, Pods: []*corev1.Pod{
			Launcher(job, 1).Exited(0, "", "", Epoch).Obj(),
			Worker(job, 1, 0).Named("its-job-is-there-still", Epoch).Running(Epoch).Obj(),
			kept(Worker(job, 1, 0).Named("runs", Epoch).Running(Epoch)),
			kept(Worker(job, 1, 1).Named("going", Epoch).Running(Epoch).Deleted(Epoch)),
			kept(Worker(job, 1, 1).Named("ended", Epoch).Exited(1, "Error", "", Epoch)),
		}}
		var got []string
		for _, p := range mpijob.MakePlan(job, o, mpijob.Judge(job, o, Epoch), Epoch).Clean {
			got = append(got, p.Name)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: cleans %q, want %q", policy, s, want)
		}
		worker := mpijob.Runtime(mpijob.WithDefaults(job), mpijob.Settings{}, 1).Spec.Template.Spec.ReplicatedJobs[1].Template.Spec.Template
		if keeps := worker.Labels[mpijob.LabelKeep] == "true"; keeps != (policy != kubeflow.CleanPodPolicyAll) {
			t.Errorf("%s: Workers are labelled to be kept: %v", policy, keeps)
		}
	}
}

// A Worker that was kept still tells why it ended, and still holds its hostname.
func TestKeptWorkersAreTheJobs(t *testing.T) {
	job := mpijob.WithDefaults(Job("pi").Obj())
	o := &mpijob.Observed{Runs: []*trainer.TrainJob{Run(job, 1)}, Pods: []*corev1.Pod{
		Launcher(job, 1).Exited(1, "Error", "", At(time.Second)).Obj(),
		kept(Worker(job, 1, 1).Exited(137, "OOMKilled", "", Epoch)),
	}}
	job.Spec.RunPolicy.BackoffLimit = ptr.To[int32](0)
	if v := mpijob.Judge(job, o, At(time.Minute)); v.Failure == nil || v.Failure.Where != "Worker 1" {
		t.Errorf("verdict %+v, want Worker 1's end", v.Failure)
	}
	job.UID = "its-successor"
	again := &mpijob.Observed{Pods: []*corev1.Pod{kept(Worker(Job("pi").Obj(), 1, 0).Running(Epoch))}}
	if p := mpijob.MakePlan(job, again, mpijob.Verdict{}, Epoch); p.Start != 0 || p.Blocked == "" {
		t.Errorf("plan %+v: started beside a Worker that holds its hostname", p)
	}
}
