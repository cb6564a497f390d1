package mpijob

import (
	"math"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// TransportOf says who starts ranks on the Workers: the agent, unless they bring a command or
// arguments of their own (sshd, most often).
func TransportOf(job *Job) wire.Transport {
	w := job.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker]
	if w != nil && len(w.Template.Spec.Containers) > 0 {
		if c := w.Template.Spec.Containers[0]; len(c.Command)+len(c.Args) > 0 {
			return wire.TransportOwn
		}
	}
	return wire.TransportBuiltin
}

// workerTemplate is a Worker's pod. Its hostname is set at admission, where its index is known.
func workerTemplate(job *Job, s Settings, attempt int) corev1.PodTemplateSpec {
	t := podTemplate(job, s, RoleWorker, attempt)
	if keepsWorkers(job) {
		t.Labels[LabelKeep] = "true"
	}
	main := &t.Spec.Containers[0]
	// A Worker that fails leaves the end of its own log in its status: nobody needs a right to read logs.
	if main.TerminationMessagePolicy == "" {
		main.TerminationMessagePolicy = corev1.TerminationMessageFallbackToLogsOnError
	}
	withEnv(main, agentEnv(RoleWorker))
	if TransportOf(job) == wire.TransportBuiltin {
		main.Command = []string{wire.AgentPath, "serve"}
		main.Ports = append(main.Ports, corev1.ContainerPort{
			Name: portName, ContainerPort: int32(Port(job.UID)), Protocol: corev1.ProtocolTCP,
		})
	}
	return t
}

// workerJob runs the Workers. It never gives up by itself: a failed Job would make JobSet delete the
// Launcher with its log before anyone could say why.
func workerJob(job *Job, s Settings, attempt int) batchv1.JobSpec {
	n := int32(Workers(job))
	return batchv1.JobSpec{
		Parallelism:          ptr.To(n),
		Completions:          ptr.To(n),
		CompletionMode:       ptr.To(batchv1.IndexedCompletion),
		BackoffLimit:         ptr.To[int32](math.MaxInt32),
		PodReplacementPolicy: ptr.To(batchv1.Failed),
		Template:             workerTemplate(job, s, attempt),
	}
}
