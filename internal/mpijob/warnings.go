package mpijob

import (
	"fmt"
	"slices"
	"strings"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// manyTries is from where on a backoffLimit looks like one written for the MPI operator, whose
// Launcher spends tries on waiting for its Workers.
const manyTries = 10

// doubt is a rule about what is legal but likely not meant: the fields it concerns, each with what
// follows from it and what to do.
type doubt func(job *Job) []string

// doubts are all such rules; each is one row or more of the test's table.
var doubts = []doubt{
	doubtRanks, doubtTries, doubtWorkerRestarts, doubtKeptGPUs, doubtLauncherGPU, doubtHostNetwork, doubtTTL,
	eachContainer(doubtImage), eachContainer(doubtRequests), eachContainer(doubtMemory), doubtShared, doubtNoGPU,
}

// doubtsOf applies every rule to a job with its defaults filled in.
func doubtsOf(given *Job) []string {
	job := WithDefaults(given)
	var out []string
	for _, d := range doubts {
		out = append(out, d(job)...)
	}
	return out
}

func warn(at *field.Path, format string, args ...any) []string {
	return []string{at.String() + ": " + fmt.Sprintf(format, args...)}
}

// eachContainer applies a rule to the main container of each part: sidecars are others' business.
func eachContainer(rule func(c *corev1.Container, at *field.Path) []string) doubt {
	return func(job *Job) []string {
		var out []string
		for _, r := range replicaSpecs(job) {
			if cs := r.spec.Template.Spec.Containers; len(cs) > 0 {
				out = append(out, rule(&cs[0], containerPath(r))...)
			}
		}
		return out
	}
}

func containerPath(r replica) *field.Path {
	return r.path.Child("template", "spec", "containers").Index(0)
}

// doubtRanks compares the number of ranks mpirun is told with the slots there are, where the command
// says it beyond doubt.
func doubtRanks(job *Job) []string {
	l := job.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeLauncher]
	if l == nil || len(l.Template.Spec.Containers) == 0 || Workers(job) == 0 {
		return nil
	}
	c := &l.Template.Spec.Containers[0]
	call, ok := rankCount(append(slices.Clone(c.Command), c.Args...))
	if !ok {
		return nil
	}
	hosts, slots := Workers(job), int(*job.Spec.SlotsPerWorker)
	who := fmt.Sprintf("%d Workers", hosts)
	if LauncherIsWorker(job) {
		hosts++
		who += " and the Launcher"
	}
	at := field.NewPath("spec", "mpiReplicaSpecs").Key(string(kubeflow.MPIReplicaTypeLauncher)).Child("template", "spec", "containers").Index(0).Child("command")
	switch total := hosts * slots; {
	case call.ranks > total && !call.oversubscribe:
		return warn(at, "mpirun is to start %d ranks, but %s with %d slots each take %d: raise spec.slotsPerWorker or the number of Workers, or start %d ranks", call.ranks, who, slots, total, total)
	case call.ranks < total:
		return warn(at, "mpirun is to start %d ranks, but %s with %d slots each take %d: the rest stays idle; start %d ranks, or ask for fewer Workers or slots", call.ranks, who, slots, total, total)
	}
	return nil
}

func doubtTries(job *Job) []string {
	if n := BackoffLimit(job); n >= manyTries {
		return warn(field.NewPath("spec", "runPolicy", "backoffLimit"), "%d: here the Launcher waits for its Workers and spends no tries on that, so a program that fails is run %d times; 0 to 3 is usual", n, n+1)
	}
	return nil
}

func doubtWorkerRestarts(job *Job) []string {
	w := job.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker]
	if w == nil || w.RestartPolicy != kubeflow.RestartPolicyOnFailure {
		return nil
	}
	return warn(field.NewPath("spec", "mpiReplicaSpecs").Key(string(kubeflow.MPIReplicaTypeWorker)).Child("restartPolicy"),
		"OnFailure has no effect: MPI can't go on without a Worker it lost, so the job ends at once and says why")
}

func doubtKeptGPUs(job *Job) []string {
	if cleanPolicy(job) != kubeflow.CleanPodPolicyNone || gpusOf(job, kubeflow.MPIReplicaTypeWorker) == 0 {
		return nil
	}
	return warn(field.NewPath("spec", "runPolicy", "cleanPodPolicy"), "None, upstream's default, keeps the Workers and their GPUs after the job has ended, until it is deleted: set Running to free them")
}

func doubtLauncherGPU(job *Job) []string {
	if LauncherIsWorker(job) || gpusOf(job, kubeflow.MPIReplicaTypeLauncher) == 0 {
		return nil
	}
	return warn(field.NewPath("spec", "mpiReplicaSpecs").Key(string(kubeflow.MPIReplicaTypeLauncher)).Child("template", "spec", "containers").Index(0).Child("resources"),
		"the Launcher runs no rank and doesn't see the GPU it asks for: remove it, or set spec.runLauncherAsWorker")
}

func doubtHostNetwork(job *Job) []string {
	w := job.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker]
	if w == nil || !w.Template.Spec.HostNetwork || TransportOf(job) != wire.TransportBuiltin || Workers(job) < 2 {
		return nil
	}
	return warn(field.NewPath("spec", "mpiReplicaSpecs").Key(string(kubeflow.MPIReplicaTypeWorker)).Child("template", "spec", "hostNetwork"),
		"each of the %d Workers needs a machine of its own, since all listen on the same port", Workers(job))
}

func doubtTTL(job *Job) []string {
	if n := job.Spec.RunPolicy.TTLSecondsAfterFinished; n == nil || *n != 0 {
		return nil
	}
	return warn(field.NewPath("spec", "runPolicy", "ttlSecondsAfterFinished"), "0 deletes the pods with their logs as soon as the job ends: give people time to read them, 3600 for an hour")
}

func doubtImage(c *corev1.Container, at *field.Path) []string {
	if strings.Contains(c.Image, "@") {
		return nil
	}
	name := c.Image[strings.LastIndex(c.Image, "/")+1:]
	_, tag, tagged := strings.Cut(name, ":")
	switch {
	case !tagged:
		return warn(at.Child("image"), "%q has no tag, which means latest: what runs changes when someone pushes; name a version", c.Image)
	case tag == "latest":
		return warn(at.Child("image"), "%q: what runs changes when someone pushes; name a version", c.Image)
	}
	return nil
}

// doubtRequests is about CPU and memory alone: the requests of other resources must be their limits.
func doubtRequests(c *corev1.Container, at *field.Path) []string {
	var missing []string
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		limit, limited := c.Resources.Limits[name]
		if _, requested := c.Resources.Requests[name]; limited && !requested {
			missing = append(missing, fmt.Sprintf("%s %s", name, limit.String()))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return warn(at.Child("resources", "requests"), "missing, so the limits are requested in full (%s): say what is needed at least, if that is less", strings.Join(missing, ", "))
}

// doubtNoGPU is about images and variables that make sense with a GPU only, where no rank gets one.
func doubtNoGPU(job *Job) []string {
	if gpusOf(job, kubeflow.MPIReplicaTypeWorker) > 0 || LauncherIsWorker(job) && gpusOf(job, kubeflow.MPIReplicaTypeLauncher) > 0 {
		return nil
	}
	for _, r := range replicaSpecs(job) {
		if len(r.spec.Template.Spec.Containers) == 0 {
			continue
		}
		c := &r.spec.Template.Spec.Containers[0]
		at := containerPath(r)
		const mend = "but no Worker asks for a GPU: ask for some (`--gpus-per-worker`, in a manifest resources.limits[nvidia.com/gpu] of the Workers), or use a CPU image"
		if word := gpuWord(c.Image); word != "" {
			return warn(at.Child("image"), "%q looks like an image for GPUs (%s), "+mend, c.Image, word)
		}
		for _, a := range append(slices.Clone(c.Command), c.Args...) {
			if strings.Contains(a, "NCCL_") {
				return warn(at.Child("args"), "NCCL is set up, "+mend)
			}
		}
		for i, e := range c.Env {
			if strings.HasPrefix(e.Name, "NCCL_") {
				return warn(at.Child("env").Index(i), "%s is set, "+mend, e.Name)
			}
		}
	}
	return nil
}

// gpuWord is the part of an image's name that says GPU.
func gpuWord(image string) string {
	if strings.HasPrefix(image, "nvcr.io/") {
		return "nvcr.io"
	}
	for _, word := range strings.FieldsFunc(strings.ToLower(image), func(r rune) bool { return strings.ContainsRune("/:-_.@", r) }) {
		if strings.HasPrefix(word, "cuda") || word == "nvidia" || word == "gpu" || strings.HasPrefix(word, "rocm") {
			return word
		}
	}
	return ""
}

// gpusOf counts the GPUs a part's main container asks for.
func gpusOf(job *Job, kind kubeflow.MPIReplicaType) int64 {
	s := job.Spec.MPIReplicaSpecs[kind]
	if s == nil || len(s.Template.Spec.Containers) == 0 {
		return 0
	}
	var n int64
	for name, q := range s.Template.Spec.Containers[0].Resources.Limits {
		if isGPU(name) {
			n += q.Value()
		}
	}
	return n
}

// runsAsRoot says whether a container is told to run as root and not to.
func runsAsRoot(pod *corev1.PodSpec, c *corev1.Container) bool {
	uid, must := (*int64)(nil), (*bool)(nil)
	if s := pod.SecurityContext; s != nil {
		uid, must = s.RunAsUser, s.RunAsNonRoot
	}
	if s := c.SecurityContext; s != nil {
		if s.RunAsUser != nil {
			uid = s.RunAsUser
		}
		if s.RunAsNonRoot != nil {
			must = s.RunAsNonRoot
		}
	}
	return ptr.Deref(must, false) && uid != nil && *uid == 0
}
