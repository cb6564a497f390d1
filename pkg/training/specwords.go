package training

import (
	"errors"
	"slices"
	"strings"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

const launcherLimit = "spec.mpiReplicaSpecs[Launcher].template.spec.containers[0].resources.limits"

// fieldWords are the simple form's names for fields of the full one.
var fieldWords = []struct{ path, word string }{
	{"metadata.name", "name"},
	{"metadata.annotations[" + mpijob.AnnotationTimeout + "]", "timeLimit"},
	{"metadata.annotations[" + mpijob.AnnotationDefaultTimeout + "]", "timeLimit"},
	{"metadata.annotations[" + mpijob.AnnotationNetwork + "]", "network"},
	{"metadata.annotations[" + mpijob.AnnotationOutput + "]", "output"},
	{"metadata.annotations[" + mpijob.AnnotationOutputConnection + "]", "outputConnection"},
	{"metadata.annotations[" + mpijob.AnnotationConnections + "]", "connections"},
	{"spec.runPolicy.schedulingPolicy.queue", "queue"},
	{"spec.slotsPerWorker", "slotsPerWorker"},
	{"spec.mpiImplementation", "mpi"},
	{"spec.mpiReplicaSpecs[Worker].replicas", "workers"},
	{"spec.mpiReplicaSpecs[Worker].template.spec.priorityClassName", "priorityClass"},
	{"spec.mpiReplicaSpecs[Worker].template.spec.nodeSelector", "nodeSelector"},
	{launcherLimit + "[cpu]", "launcherCPU"},
	{launcherLimit + "[memory]", "launcherMemory"},
	{"spec.mpiReplicaSpecs[Worker].template.spec.containers[0].image", "image"},
	{"spec.mpiReplicaSpecs[Worker].template.spec.containers[0].env", "env"},
	{"spec.mpiReplicaSpecs[Worker].template.spec.containers[0].resources.limits[cpu]", "cpuPerWorker"},
	{"spec.mpiReplicaSpecs[Worker].template.spec.containers[0].resources.limits[memory]", "memoryPerWorker"},
	{"spec.mpiReplicaSpecs[Worker].template.spec.containers[0].resources.limits[nvidia.com/gpu]", "gpusPerWorker"},
}

// simpleWords says problems of a full job in the words of the simple form it was made from. What is
// wrong with the Launcher's container is wrong with the Workers' too, and said once; but for its limits.
func (s Spec) simpleWords(full []Problem) []Problem {
	var out []Problem
	for _, p := range full {
		if strings.HasPrefix(p.Field, "spec.mpiReplicaSpecs[Launcher]") && !strings.HasPrefix(p.Field, launcherLimit) || strings.Contains(p.Field, ".resources.requests") ||
			strings.Contains(p.Field, "].envFrom[") || p.Field == "metadata.annotations["+mpijob.AnnotationConnections+"]" { // which inputProblems says
			continue
		}
		if strings.HasSuffix(p.Field, ".resources.limits["+string(s.gpuType())+"]") && s.gpuType() != GPUResource {
			if s.gpuProblem() != "" { // which problems says
				continue
			}
			p.Field = "gpusPerWorker"
		}
		if word := s.mountWord(p.Field); word != "" {
			p.Field = word
		}
		p.Field = simpleWord(p.Field)
		out = append(out, p)
	}
	return out
}

func simpleWord(path string) string {
	for _, w := range fieldWords {
		if path == w.path || strings.HasPrefix(path, w.path+"[") {
			return w.word
		}
	}
	return path
}

// InSimpleWords names the fields of an InvalidError, which the cluster answered to a job made from the simple
// form, by the words of that form; other errors pass unchanged.
func InSimpleWords(err error) error {
	var invalid *InvalidError
	if errors.As(err, &invalid) {
		for i, p := range invalid.Problems {
			invalid.Problems[i].Field = simpleWord(p.Field)
		}
	}
	return err
}

// SimpleWarnings are the Warnings of a job made from the simple form, in its words. What the Launcher's container has in
// common with the Workers' is said once.
func SimpleWarnings(m *MPIJob) []string {
	var out []string
	for _, w := range Warnings(m) {
		field, message, ok := strings.Cut(strings.Replace(w, "[Launcher]", "[Worker]", 1), ": ")
		if word := simpleWord(field); ok && word != field {
			w = Problem{Field: word, Message: message}.String()
		}
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// sameSpec compares two jobs by what a user writes: what the cluster puts in where they write nothing means the same.
func sameSpec(a, b *MPIJob) bool {
	return equality.Semantic.DeepEqual(defaulted(a), defaulted(b))
}

// requestLimits requests what only a limit is said of, as the cluster does for each pod.
func requestLimits(r *corev1.ResourceRequirements) {
	for name, limit := range r.Limits {
		if _, said := r.Requests[name]; said {
			continue
		}
		if r.Requests == nil {
			r.Requests = corev1.ResourceList{}
		}
		r.Requests[name] = limit.DeepCopy()
	}
}

// defaulted is a job's spec as the cluster holds it, by the defaults of upstream and of its CRD.
func defaulted(m *MPIJob) kubeflow.MPIJobSpec {
	spec := mpijob.WithDefaults(m).Spec
	spec.RunLauncherAsWorker = ptr.To(ptr.Deref(spec.RunLauncherAsWorker, false))
	spec.RunPolicy.Suspend = ptr.To(ptr.Deref(spec.RunPolicy.Suspend, false))
	for _, r := range spec.MPIReplicaSpecs {
		if r == nil {
			continue
		}
		for i := range r.Template.Spec.Containers {
			requestLimits(&r.Template.Spec.Containers[i].Resources)
		}
	}
	return spec
}
