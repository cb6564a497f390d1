package mpijob

import (
	"fmt"
	"path"
	"strings"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Limits of a job.
const (
	MaxWorkers  = 10_000
	MaxSlots    = 4096
	maxHostname = 63
)

// Validate finds everything that is wrong with a job, each with the field, the value, why it is wrong
// and how to mend it. It applies the defaults itself.
func Validate(given *Job) field.ErrorList {
	job := WithDefaults(given)
	errs := validateName(job)
	errs = append(errs, ValidateAnnotations(job)...)
	spec := field.NewPath("spec")
	errs = append(errs, validateReplicas(job, spec.Child("mpiReplicaSpecs"))...)
	errs = append(errs, validateRunPolicy(&job.Spec.RunPolicy, spec.Child("runPolicy"))...)
	errs = append(errs, validateGang(job, spec.Child("runPolicy", "schedulingPolicy"))...)
	if given.Spec.SlotsPerWorker != nil {
		if n := *given.Spec.SlotsPerWorker; n < 0 || n > MaxSlots {
			errs = append(errs, field.Invalid(spec.Child("slotsPerWorker"), n, fmt.Sprintf("must be 0 to %d: how many ranks a Worker takes, 0 for one per GPU", MaxSlots)))
		}
	}
	if p := job.Spec.SSHAuthMountPath; !path.IsAbs(p) || path.Clean(p) == "/" {
		errs = append(errs, field.Invalid(spec.Child("sshAuthMountPath"), p, "must be an absolute directory other than /: the SSH key is mounted over it; use /root/.ssh, or .ssh in the home of the image's user"))
	} else if owner := reservedPath(p); owner != "" {
		errs = append(errs, field.Invalid(spec.Child("sshAuthMountPath"), p, "is taken by "+owner+": choose another directory"))
	}
	errs = append(errs, oneOf(spec.Child("mpiImplementation"), job.Spec.MPIImplementation,
		kubeflow.MPIImplementationOpenMPI, kubeflow.MPIImplementationIntel, kubeflow.MPIImplementationMPICH)...)
	errs = append(errs, oneOf(spec.Child("launcherCreationPolicy"), job.Spec.LauncherCreationPolicy,
		kubeflow.LauncherCreationPolicyAtStartup, kubeflow.LauncherCreationPolicyWaitForWorkersReady)...)
	return errs
}

// validateName holds the name to what becomes of it: the hostname of each Worker and of the Launcher.
func validateName(job *Job) field.ErrorList {
	if job.Name == "" {
		return nil // the API server's to refuse, or to generate
	}
	longest := LauncherHost(job)
	if h := WorkerHost(job, min(MaxWorkers, max(0, Workers(job)-1))); len(h) > len(longest) {
		longest = h
	}
	var why []string
	if len(longest) > maxHostname {
		why = append(why, fmt.Sprintf("makes the hostname %q of %d characters, and a hostname has at most %d: shorten the name to %d characters",
			longest, len(longest), maxHostname, maxHostname-(len(longest)-len(job.Name))))
	}
	if problems := validation.IsDNS1035Label(clipName(job.Name)); len(problems) > 0 {
		why = append(why, "becomes part of hostnames: use lower-case letters, digits and '-' only, begin with a letter, end with a letter or digit (no dots)")
	}
	if len(why) == 0 {
		return nil
	}
	return field.ErrorList{field.Invalid(field.NewPath("metadata", "name"), job.Name, strings.Join(why, "; "))}
}

// MaxName is how long the name of a job with these Workers may be.
func MaxName(job *Job) int {
	return maxHostname - max(len(LauncherHost(job)), len(WorkerHost(job, min(MaxWorkers, max(0, Workers(job)-1))))) + len(job.Name)
}

func clipName(s string) string {
	if len(s) > maxHostname {
		return s[:maxHostname-1] + "x"
	}
	return s
}

func validateReplicas(job *Job, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	for kind := range job.Spec.MPIReplicaSpecs {
		if kind != kubeflow.MPIReplicaTypeLauncher && kind != kubeflow.MPIReplicaTypeWorker {
			errs = append(errs, field.NotSupported(at, kind, []string{string(kubeflow.MPIReplicaTypeLauncher), string(kubeflow.MPIReplicaTypeWorker)}))
		}
	}
	if job.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeLauncher] == nil {
		errs = append(errs, field.Required(at.Key(string(kubeflow.MPIReplicaTypeLauncher)), "a job has one Launcher, which runs mpirun: add it with a template of one container"))
	}
	for _, r := range replicaSpecs(job) {
		errs = append(errs, validateReplica(job, r)...)
	}
	return errs
}

func validateReplica(job *Job, r replica) field.ErrorList {
	var errs field.ErrorList
	n := *r.spec.Replicas
	switch {
	case r.kind == kubeflow.MPIReplicaTypeLauncher && n != 1:
		errs = append(errs, field.Invalid(r.path.Child("replicas"), n, "must be 1: a job has one Launcher; leave the field out"))
	case r.kind == kubeflow.MPIReplicaTypeWorker && (n < 1 || n > MaxWorkers):
		errs = append(errs, field.Invalid(r.path.Child("replicas"), n, fmt.Sprintf("must be 1 to %d: how many Workers run", MaxWorkers)))
	}
	errs = append(errs, oneOf(r.path.Child("restartPolicy"), r.spec.RestartPolicy, kubeflow.RestartPolicyNever, kubeflow.RestartPolicyOnFailure)...)
	pod := &r.spec.Template.Spec
	at := r.path.Child("template", "spec")
	if len(pod.Containers) == 0 {
		return append(errs, field.Required(at.Child("containers"), "needs at least one container: the first is the one that runs MPI"))
	}
	errs = append(errs, validatePod(job, pod, at)...)
	errs = append(errs, validateTemplate(r)...)
	return errs
}

func validatePod(job *Job, pod *corev1.PodSpec, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	reserved := map[string]bool{volumeAgent: true, volumeJob: true, volumeTmp: true, volumeConfig: true, volumeSSH: true}
	for i, v := range pod.Volumes {
		if reserved[v.Name] {
			errs = append(errs, field.Invalid(at.Child("volumes").Index(i).Child("name"), v.Name, "is a name the product uses itself: rename the volume"))
		}
	}
	names := map[string]bool{containerInstall: true, containerWait: true}
	for _, cs := range containersOf(pod, at) {
		for i := range cs.list {
			c, p := &cs.list[i], cs.path.Index(i)
			errs = append(errs, validateContainer(c, p, names)...)
			errs = append(errs, validateProcess(pod, c, p)...)
			errs = append(errs, validateExtended(c, p.Child("resources"))...)
			errs = append(errs, validateKinds(c, p.Child("resources"))...)
			errs = append(errs, validateHuge(c, p.Child("resources"))...)
			errs = append(errs, validateRole(c, cs.initial, p)...)
		}
	}
	for i, m := range pod.Containers[0].VolumeMounts {
		p := at.Child("containers").Index(0).Child("volumeMounts").Index(i).Child("mountPath")
		if owner := reservedPath(m.MountPath); owner != "" {
			errs = append(errs, field.Invalid(p, m.MountPath, "is taken by "+owner+": mount it elsewhere"))
		} else if path.Clean(m.MountPath) == path.Clean(job.Spec.SSHAuthMountPath) {
			errs = append(errs, field.Invalid(p, m.MountPath, "is where the SSH key is mounted: mount it elsewhere, or change spec.sshAuthMountPath"))
		}
	}
	return errs
}

func validateContainer(c *corev1.Container, at *field.Path, names map[string]bool) field.ErrorList {
	var errs field.ErrorList
	switch {
	case c.Name == "":
		errs = append(errs, field.Required(at.Child("name"), "each container has a name"))
	case names[c.Name]:
		errs = append(errs, duplicate(at.Child("name"), c.Name, "each container of a pod has a name of its own: rename one of them"))
	}
	names[c.Name] = true
	if strings.TrimSpace(c.Image) == "" {
		errs = append(errs, field.Required(at.Child("image"), "name the image to run, with its registry and tag"))
	} else if strings.ContainsAny(c.Image, " \t\n") {
		errs = append(errs, field.Invalid(at.Child("image"), c.Image, "must not contain spaces: write registry/name:tag"))
	}
	seen := map[string]bool{}
	for i, e := range c.Env {
		if seen[e.Name] {
			errs = append(errs, duplicate(at.Child("env").Index(i).Child("name"), e.Name, "only one value can count: remove the other"))
		}
		seen[e.Name] = true
	}
	for _, rs := range []struct {
		name string
		list corev1.ResourceList
	}{{"requests", c.Resources.Requests}, {"limits", c.Resources.Limits}} {
		for _, name := range sortedResources(rs.list) {
			if q := rs.list[corev1.ResourceName(name)]; q.Sign() < 0 {
				errs = append(errs, field.Invalid(at.Child("resources", rs.name).Key(name), q.String(), "must not be negative"))
			}
		}
	}
	for _, name := range sortedResources(c.Resources.Requests) {
		request := c.Resources.Requests[corev1.ResourceName(name)]
		if limit, ok := c.Resources.Limits[corev1.ResourceName(name)]; ok && request.Cmp(limit) > 0 {
			errs = append(errs, field.Invalid(at.Child("resources", "requests").Key(name), request.String(), "must not exceed the limit "+limit.String()))
		}
	}
	return errs
}

// duplicate says of a name that is there twice what to do about it.
func duplicate(at *field.Path, name, mend string) *field.Error {
	e := field.Duplicate(at, name)
	e.Detail = mend
	return e
}

func sortedResources(l corev1.ResourceList) []string {
	m := make(map[string]bool, len(l))
	for k := range l {
		m[string(k)] = true
	}
	return sortedKeys(m)
}

// reservedPath says what of the product's is mounted at or below or above a path; empty for nothing.
func reservedPath(p string) string {
	clean := path.Clean(p)
	for at, owner := range map[string]string{
		wire.BinDir: "the MPI agent", wire.JobDir: "the MPI agent's job description", configMountPath: "the hostfile",
	} {
		if clean == at || strings.HasPrefix(clean, at+"/") || strings.HasPrefix(at, strings.TrimSuffix(clean, "/")+"/") && clean != "/etc" && clean != "/opt" {
			return owner
		}
	}
	return ""
}

func validateRunPolicy(p *kubeflow.RunPolicy, at *field.Path) field.ErrorList {
	errs := oneOf(at.Child("cleanPodPolicy"), *p.CleanPodPolicy, kubeflow.CleanPodPolicyNone, kubeflow.CleanPodPolicyRunning, kubeflow.CleanPodPolicyAll)
	if v := p.TTLSecondsAfterFinished; v != nil && *v < 0 {
		errs = append(errs, field.Invalid(at.Child("ttlSecondsAfterFinished"), *v, "must not be negative: seconds to keep the Launcher and its log after the end, or leave it out to keep them"))
	}
	if v := p.ActiveDeadlineSeconds; v != nil && *v < 1 {
		errs = append(errs, field.Invalid(at.Child("activeDeadlineSeconds"), *v, "must be positive: seconds the job may be active, or leave it out for no limit"))
	}
	if v := p.BackoffLimit; v != nil && *v < 0 {
		errs = append(errs, field.Invalid(at.Child("backoffLimit"), *v, "must not be negative: how often a failed Launcher is tried again"))
	}
	if v := p.ManagedBy; v != nil {
		errs = append(errs, oneOf(at.Child("managedBy"), *v, kubeflow.KubeflowJobController, kubeflow.MultiKueueController)...)
	}
	return errs
}

func oneOf[T ~string](at *field.Path, got T, allowed ...T) field.ErrorList {
	for _, a := range allowed {
		if got == a {
			return nil
		}
	}
	return field.ErrorList{field.NotSupported(at, got, allowed)}
}
