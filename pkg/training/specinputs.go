package training

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// SecretInput is a Secret that the ranks see.
type SecretInput struct {
	Name string `json:"name"`
	// MountPath is the folder in which each key is a file, read-only; empty makes each key a variable
	// of the environment.
	MountPath string `json:"mountPath,omitempty"`
}

// ClaimInput is a PersistentVolumeClaim that the Workers see.
type ClaimInput struct {
	Name string `json:"name"`
	// MountPath is the folder it appears as.
	MountPath string `json:"mountPath"`
	ReadOnly  bool   `json:"readOnly,omitempty"`
}

// volcanoQueue begins the name of a queue that is Volcano's.
const volcanoQueue = "volcano:"

const (
	shmPath   = "/dev/shm"
	shmVolume = "shared-memory"
)

// defaultSharedMemory is the size of /dev/shm where no memory per Worker is given.
var defaultSharedMemory = resource.MustParse("1Gi")

// mount is a volume and where it appears.
type mount struct {
	word     string // of the simple form, for problems with it
	name     string
	path     string
	readOnly bool
	source   corev1.VolumeSource
}

// launcherMounts are few: the Launcher runs mpirun alone, in the same working directory as the ranks.
func (s Spec) launcherMounts() []mount {
	if s.Code == nil {
		return nil
	}
	return []mount{{word: "code", name: codeVolume, path: CodePath, readOnly: true, source: s.Code.volume(s.Name)}}
}

func (s Spec) workerMounts() []mount {
	out := s.launcherMounts()
	if size := s.SharedMemorySize(); !size.IsZero() {
		out = append(out, mount{word: "sharedMemory", name: shmVolume, path: shmPath, source: corev1.VolumeSource{
			EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory, SizeLimit: &size},
		}})
	}
	for i, in := range s.Secrets {
		if in.MountPath != "" {
			out = append(out, mount{word: "secrets", name: "secret-" + strconv.Itoa(i), path: in.MountPath, readOnly: true, source: corev1.VolumeSource{
				Secret: &corev1.SecretVolumeSource{SecretName: in.Name},
			}})
		}
	}
	for i, in := range s.Claims {
		out = append(out, mount{word: "claims", name: "claim-" + strconv.Itoa(i), path: in.MountPath, readOnly: in.ReadOnly, source: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: in.Name, ReadOnly: in.ReadOnly},
		}})
	}
	return out
}

// SharedMemorySize is SharedMemory with its default: the size of each Worker's /dev/shm, zero for what the
// cluster gives.
func (s Spec) SharedMemorySize() resource.Quantity {
	if s.SharedMemory != nil {
		return *s.SharedMemory
	}
	return sharedMemoryOf(s.MemoryPerWorker)
}

// sharedMemoryOf is the default for a Worker's memory: half of it, in whole MiB where that is one at least.
func sharedMemoryOf(memory resource.Quantity) resource.Quantity {
	if memory.Sign() <= 0 {
		return defaultSharedMemory.DeepCopy()
	}
	half := memory.Value() / 2
	if half >= 1<<20 {
		half &^= 1<<20 - 1
	}
	return *resource.NewQuantity(max(half, 1), resource.BinarySI)
}

// envFrom are the Secrets that become environment. A later one takes precedence.
func (s Spec) envFrom() []corev1.EnvFromSource {
	var out []corev1.EnvFromSource
	add := func(name string) {
		out = append(out, corev1.EnvFromSource{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}}})
	}
	for _, name := range s.Connections {
		add(name)
	}
	for _, in := range s.Secrets {
		if in.MountPath == "" {
			add(in.Name)
		}
	}
	return out
}

func (s Spec) workingDir() string {
	if s.Code == nil {
		return ""
	}
	return CodePath
}

func (s Spec) labels() map[string]string {
	if s.Queue == "" || strings.HasPrefix(s.Queue, volcanoQueue) {
		return nil
	}
	return map[string]string{kueueQueueLabel: s.Queue}
}

func (s Spec) schedulingPolicy() *kubeflow.SchedulingPolicy {
	name, ok := strings.CutPrefix(s.Queue, volcanoQueue)
	if !ok {
		return nil
	}
	return &kubeflow.SchedulingPolicy{Queue: name}
}

// readInputs fills a Spec with what a job's Workers see. Whatever it doesn't understand is missing from
// the job that the Spec makes, and thereby noticed.
func (s *Spec) readInputs(m *MPIJob, worker *corev1.Container) {
	if list := m.Annotations[mpijob.AnnotationConnections]; list != "" {
		s.Connections = strings.Split(list, ",")
	}
	s.Output, s.OutputConnection = m.Annotations[mpijob.AnnotationOutput], m.Annotations[mpijob.AnnotationOutputConnection]
	if n := len(s.Env); s.Output != "" && n > 0 && s.Env[n-1].Name == OutputVariable {
		s.Env = s.Env[:n-1]
	}
	if s.Queue = m.Labels[kueueQueueLabel]; m.Spec.RunPolicy.SchedulingPolicy != nil {
		s.Queue = volcanoQueue + m.Spec.RunPolicy.SchedulingPolicy.Queue
	}
	for _, from := range worker.EnvFrom[min(len(s.Connections), len(worker.EnvFrom)):] {
		if from.SecretRef != nil {
			s.Secrets = append(s.Secrets, SecretInput{Name: from.SecretRef.Name})
		}
	}
	none := resource.Quantity{}
	s.SharedMemory = &none
	volumes := m.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Template.Spec.Volumes
	for i, v := range worker.VolumeMounts {
		if i >= len(volumes) || volumes[i].Name != v.Name {
			break
		}
		s.readMount(v, volumes[i])
	}
	if usual := sharedMemoryOf(s.MemoryPerWorker); s.SharedMemory.Cmp(usual) == 0 {
		s.SharedMemory = nil
	}
}

func (s *Spec) readMount(at corev1.VolumeMount, v corev1.Volume) {
	switch {
	case v.EmptyDir != nil && v.EmptyDir.SizeLimit != nil:
		size := v.EmptyDir.SizeLimit.DeepCopy()
		s.SharedMemory = &size
	case v.Projected != nil:
		s.Code = codeOf(v.Projected)
	case v.Secret != nil:
		// The number in a volume's name is the Secret's place among all.
		place, err := strconv.Atoi(strings.TrimPrefix(v.Name, "secret-"))
		if err != nil || place < 0 || place > len(s.Secrets) {
			return
		}
		s.Secrets = slices.Insert(s.Secrets, place, SecretInput{Name: v.Secret.SecretName, MountPath: at.MountPath})
	case v.PersistentVolumeClaim != nil:
		s.Claims = append(s.Claims, ClaimInput{Name: v.PersistentVolumeClaim.ClaimName, MountPath: at.MountPath, ReadOnly: at.ReadOnly})
	}
}

var workerMount = regexp.MustCompile(`^spec\.mpiReplicaSpecs\[Worker\]\.template\.spec\.containers\[0\]\.volumeMounts\[(\d+)\]`)

// mountWord is the simple form's word for what is mounted by a field of the full one.
func (s Spec) mountWord(field string) string {
	m := workerMount.FindStringSubmatch(field)
	if m == nil {
		return ""
	}
	mounts := s.workerMounts()
	if i, err := strconv.Atoi(m[1]); err == nil && i < len(mounts) {
		return mounts[i].word
	}
	return ""
}

// inputProblems are those that the full form wouldn't show, or in other words.
func (s Spec) inputProblems() []Problem {
	var out []Problem
	add := func(field, format string, args ...any) {
		out = append(out, Problem{Field: field, Message: fmt.Sprintf(format, args...)})
	}
	object := func(field, name, kind string) {
		if len(validation.IsDNS1123Subdomain(name)) > 0 {
			add(field, "%q is no name of a %s: it has lower-case letters, digits, '-' and '.'", name, kind)
		}
	}
	folder := func(field, name, at string) {
		if !path.IsAbs(at) || path.Clean(at) == "/" || strings.Contains(at, ":") {
			add(field, "%s: %q is no folder to mount at: write an absolute path below /, as /data", name, at)
		}
	}
	fromEnv := map[string]bool{}
	for _, name := range s.Connections {
		if object("connections", name, "connection"); fromEnv[name] {
			add("connections", "%q is given twice", name)
		}
		fromEnv[name] = true
	}
	for _, in := range s.Secrets {
		object("secrets", in.Name, "Secret")
		switch {
		case in.MountPath != "":
			folder("secrets", in.Name, in.MountPath)
		case fromEnv[in.Name]:
			add("secrets", "%q is given twice as environment", in.Name)
		default:
			fromEnv[in.Name] = true
		}
	}
	for _, in := range s.Claims {
		object("claims", in.Name, "PersistentVolumeClaim")
		folder("claims", in.Name, in.MountPath)
	}
	out = append(out, s.nestedMounts()...)
	if q := s.SharedMemorySize(); q.Sign() < 0 {
		add("sharedMemory", "%s is negative: write it as 512Mi or 8Gi, or 0 for what the cluster gives", q.String())
	} else if s.SharedMemory != nil && !s.MemoryPerWorker.IsZero() && q.Cmp(s.MemoryPerWorker) > 0 {
		add("sharedMemory", "%s is more than a Worker's memory, %s, of which it is part: ask for less, or for more memory", q.String(), s.MemoryPerWorker.String())
	}
	if name, volcano := strings.CutPrefix(s.Queue, volcanoQueue); volcano && name == "" {
		add("queue", "%q names no queue: write volcano:NAME", s.Queue)
	} else if !volcano && s.Queue != "" {
		object("queue", s.Queue, "LocalQueue of Kueue (volcano:NAME is one of Volcano)")
	}
	if s.Code != nil {
		out = append(out, s.Code.problems()...)
	}
	return append(out, s.outputProblems()...)
}

// nestedMounts finds folders mounted inside one another, of which one would hide what is in the other.
// The same folder twice the full form finds.
func (s Spec) nestedMounts() []Problem {
	mounts := s.workerMounts()
	slices.SortStableFunc(mounts, func(a, b mount) int { return cmp.Compare(len(a.path), len(b.path)) })
	var out []Problem
	for i, inner := range mounts {
		for _, outer := range mounts[:i] {
			if path.Clean(outer.path) != "/" && strings.HasPrefix(path.Clean(inner.path), path.Clean(outer.path)+"/") {
				out = append(out, Problem{Field: inner.word, Message: fmt.Sprintf("%s lies inside %s, where something else is mounted: choose another folder", inner.path, outer.path)})
				break
			}
		}
	}
	return out
}
