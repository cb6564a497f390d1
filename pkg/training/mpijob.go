package training

import (
	"strings"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// newJob is the Job of an MPIJob, from the object alone.
func newJob(m *MPIJob, now time.Time) *Job {
	j := &Job{
		Name: m.Name, Namespace: m.Namespace, UID: string(m.UID), ResourceVersion: m.ResourceVersion, Type: TypeMPIJob,
		SlotsPerWorker: 1,
		Creator:        m.Annotations[CreatorAnnotation],
		Labels:         m.Labels,
		Created:        m.CreationTimestamp.Time,
		ClonedFrom:     clonedFrom(m),
	}
	if s := m.Spec.SlotsPerWorker; s != nil {
		j.SlotsPerWorker = *s
	}
	if w := m.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker]; w != nil {
		if w.Replicas != nil {
			j.Workers.Total = *w.Replicas
		}
		if len(w.Template.Spec.Containers) > 0 {
			j.Image = w.Template.Spec.Containers[0].Image
		}
	}
	if m.Status.StartTime != nil {
		j.Started = &m.Status.StartTime.Time
	}
	if m.Status.CompletionTime != nil {
		j.Finished = &m.Status.CompletionTime.Time
	}
	if j.Started != nil {
		end := now
		if j.Finished != nil {
			end = *j.Finished
		}
		j.DurationSeconds = max(0, end.Sub(*j.Started).Seconds())
	}
	j.TimeLimitSeconds = mpijob.Timeout(m).Seconds()
	source := mpijob.SourceOfTimeout(m.Annotations)
	j.TimeLimitIsNamespaces = source == mpijob.TimeoutOfNamespace
	// Of another length it is its manifest's word, and no default of ours.
	j.TimeLimitIsDefault = source == mpijob.TimeoutOfJob && mpijob.UsualTimeout(m) == DefaultTimeLimit
	if at, ok := mpijob.StopsAt(m); ok {
		j.StopsAt = &at
	}
	j.ResourcesPerWorker, j.TotalResources = mpijobResources(m)
	j.Queue = queueOf(m.Labels, m.Spec.RunPolicy.SchedulingPolicy)
	j.Timeline = timeline(m.CreationTimestamp, &m.Status)
	v := judge(m, now)
	j.Phase, j.Reason, j.Message = v.phase, v.reason, v.message
	j.Progress = mpijobProgress(m, j.Phase)
	j.Launcher = launcherPhase(m, j.Phase)
	j.Workers = countWorkers(m, j.Phase, j.Workers.Total)
	if j.Phase == Failed {
		j.because(m, &Failure{Reason: failure.Reason(v.reason), Evidence: statusEvidence})
		j.Message = withoutAdvice(j.Message)
	}
	return j
}

// withoutAdvice takes the catalogue's advice off a status message, which has the sentence and the
// advice in one.
func withoutAdvice(message string) string {
	for _, e := range failure.Catalogue() {
		if cut, ok := strings.CutSuffix(message, ". "+e.Advice); ok && e.Advice != "" {
			return cut
		}
	}
	return message
}
