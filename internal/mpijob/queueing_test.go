package mpijob_test

import (
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// admitted is what Kueue's podset information puts into a template.
func admitted(j *kubeflow.MPIJob) {
	for _, r := range j.Spec.MPIReplicaSpecs {
		r.Template.Labels = map[string]string{"kueue.x-k8s.io/podset": "main"}
		r.Template.Annotations = map[string]string{"kueue.x-k8s.io/workload": "w"}
		r.Template.Spec.NodeSelector = map[string]string{"pool": "a100"}
		r.Template.Spec.Tolerations = []corev1.Toleration{{Key: "gpu", Operator: corev1.TolerationOpExists}}
		r.Template.Spec.SchedulingGates = []corev1.PodSchedulingGate{{Name: "kueue.x-k8s.io/topology"}}
	}
}

func TestQueueManagersEdits(t *testing.T) {
	waiting := mpijobtest.Job("job").Suspended()
	running := mpijobtest.Job("job")
	tests := []struct {
		name     string
		old, new *mpijobtest.JobBuilder
		allowed  bool
	}{
		{"while suspended", waiting, waiting.With(admitted), true},
		{"admitted: in the update that resumes", waiting, running.With(admitted), true},
		{"evicted: in the update that suspends", running.With(admitted), waiting, true},
		{"while it runs", running, running.With(admitted), false},
		{"more than scheduling, as it suspends", running, waiting.Workers(3), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			errs := mpijob.ValidateUpdate(tt.old.Obj(), tt.new.Obj())
			if allowed := len(errs) == 0; allowed != tt.allowed {
				t.Errorf("allowed %v, want %v: %v", allowed, tt.allowed, errs)
			}
		})
	}
}

// What Kueue sets in the templates reaches the pods; the job's own queue reaches nothing that Kueue
// would take for another job.
func TestQueueLabelStaysWithTheJob(t *testing.T) {
	const queue = "kueue.x-k8s.io/queue-name"
	job := mpijob.WithDefaults(mpijobtest.Job("job").With(admitted).With(func(j *kubeflow.MPIJob) {
		j.Labels = map[string]string{queue: "team"}
	}).Obj())
	run, runtime := mpijob.TrainJob(job, 1), mpijob.Runtime(job, mpijob.Settings{}, 1)
	has := map[string]map[string]string{
		"TrainJob": run.Labels, "TrainingRuntime": runtime.Labels, "JobSet": runtime.Spec.Template.Labels,
		"PodGroup": mpijob.PodGroup(job, 1, nil).Labels,
	}
	for _, r := range runtime.Spec.Template.Spec.ReplicatedJobs {
		has["Job "+r.Name] = r.Template.Labels
		if r.Name != mpijob.RoleLauncher && r.Name != mpijob.RoleWorker {
			continue // no pods of the job's
		}
		pod := r.Template.Spec.Template
		has["pod "+r.Name] = pod.Labels
		if pod.Labels["kueue.x-k8s.io/podset"] != "main" || pod.Annotations["kueue.x-k8s.io/workload"] != "w" || pod.Spec.NodeSelector["pool"] != "a100" ||
			len(pod.Spec.Tolerations) != 1 || len(pod.Spec.SchedulingGates) != 1 {
			t.Errorf("what Kueue set doesn't reach the pods of the %s: %+v", r.Name, pod)
		}
	}
	for what, labels := range has {
		if labels[queue] != "" {
			t.Errorf("%s has the queue's label", what)
		}
	}
}

func TestSuspendedCountsWhatStillRuns(t *testing.T) {
	job := mpijob.WithDefaults(mpijobtest.Job("job").Suspended().Started(mpijobtest.Epoch).Obj())
	o := &mpijob.Observed{ConfigAttempt: 2, Pods: []*corev1.Pod{
		mpijobtest.Launcher(job, 1).Exited(143, "Error", "", mpijobtest.At(time.Second)).Obj(),
		mpijobtest.Worker(job, 1, 0).Running(mpijobtest.Epoch).Deleted(mpijobtest.Epoch).Obj(),
	}}
	s, _, _ := mpijob.NextStatus(job, o, mpijob.Verdict{}, mpijob.Plan{}, mpijobtest.At(time.Minute))
	launcher, worker := s.ReplicaStatuses[kubeflow.MPIReplicaTypeLauncher], s.ReplicaStatuses[kubeflow.MPIReplicaTypeWorker]
	if *launcher != (kubeflow.ReplicaStatus{}) || *worker != (kubeflow.ReplicaStatus{Active: 1}) || s.StartTime != nil {
		t.Errorf("Launcher %+v, Workers %+v, started %v", launcher, worker, s.StartTime)
	}
	o.Pods = nil
	job.Status = s
	s, _, _ = mpijob.NextStatus(job, o, mpijob.Verdict{}, mpijob.Plan{}, mpijobtest.At(2*time.Minute))
	if w := s.ReplicaStatuses[kubeflow.MPIReplicaTypeWorker]; w.Active != 0 {
		t.Errorf("nothing runs, but %+v", w)
	}
}
