package training

import (
	"errors"
	"fmt"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// Implementation is an MPI implementation.
type Implementation = kubeflow.MPIImplementation

// The MPI implementations.
const (
	OpenMPI Implementation = kubeflow.MPIImplementationOpenMPI // 4 and 5
	MPICH   Implementation = kubeflow.MPIImplementationMPICH
	Intel   Implementation = kubeflow.MPIImplementationIntel
)

// The GPUs that GPUsPerWorker can ask for; GPUResource where GPUType says nothing.
const (
	GPUResource    corev1.ResourceName = "nvidia.com/gpu"
	AMDGPUResource corev1.ResourceName = "amd.com/gpu"
)

// Spec is the simple form of an MPIJob: one image, one command, n equal Workers. MPIJob and
// SpecOf convert between it and the full form.
type Spec struct {
	Name      string `json:"name,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	Image     string `json:"image,omitempty"`
	// Command is the program with its arguments, as each rank runs it; without mpirun. Args follow it.
	Command []string `json:"command,omitempty"`
	Args    []string `json:"args,omitempty"`
	Workers int32    `json:"workers,omitempty"`
	// SlotsPerWorker is how many ranks each Worker runs; 0 is one per GPU, or one.
	SlotsPerWorker int32 `json:"slotsPerWorker,omitempty"`
	// CPUPerWorker and MemoryPerWorker are request and limit, as "4" and "16Gi"; zero is not set.
	CPUPerWorker    resource.Quantity `json:"cpuPerWorker,omitzero"`
	MemoryPerWorker resource.Quantity `json:"memoryPerWorker,omitzero"`
	GPUsPerWorker   int32             `json:"gpusPerWorker,omitempty"`
	// GPUType is the one type of GPU the job runs on, as "amd.com/gpu"; empty is GPUResource.
	GPUType corev1.ResourceName `json:"gpuType,omitempty"`
	// LauncherCPU and LauncherMemory are the Launcher's limits; zero is 1 and 512Mi. It asks for a part of that.
	LauncherCPU    resource.Quantity `json:"launcherCPU,omitzero"`
	LauncherMemory resource.Quantity `json:"launcherMemory,omitzero"`
	// MPIRunFlags are options of mpirun, as ["--mca", "btl", "^openib"]; those of ranks and hosts are not among them.
	MPIRunFlags []string `json:"mpirunFlags,omitempty"`
	// PriorityClass of the job's pods, NodeSelector the labels of the nodes that Workers run on.
	PriorityClass string            `json:"priorityClass,omitempty"`
	NodeSelector  map[string]string `json:"nodeSelector,omitempty"`
	// Env reaches every rank, and takes precedence over Secrets and Connections.
	Env []EnvVar `json:"env,omitempty"`
	// Secrets of the namespace reach every rank as environment, or as files.
	Secrets []SecretInput `json:"secrets,omitempty"`
	// Claims are PersistentVolumeClaims of the namespace, mounted in every Worker.
	Claims []ClaimInput `json:"claims,omitempty"`
	// Connections are names of Open Data Hub connections, whose keys become environment of every rank.
	Connections []string `json:"connections,omitempty"`
	// SharedMemory is the size of each Worker's /dev/shm; what is used of it counts as the Worker's
	// memory. nil is half of MemoryPerWorker, or 1Gi; zero what the cluster gives, mostly 64Mi.
	SharedMemory *resource.Quantity `json:"sharedMemory,omitempty"`
	// Queue is a LocalQueue of Kueue, or a queue of Volcano as "volcano:NAME"; empty is none.
	Queue string `json:"queue,omitempty"`
	// Code is a folder of files mounted at CodePath in every pod, and the program's working directory.
	Code *Code `json:"code,omitempty"`
	// Output is where the program leaves its results: "pvc:CLAIM:/folder" on one of Claims, or
	// "s3://BUCKET/PREFIX" with one of Connections; see ParseOutput. Ranks find it in OutputVariable.
	Output string `json:"output,omitempty"`
	// OutputConnection is the connection of an Output in S3; empty is the first of Connections.
	OutputConnection string `json:"outputConnection,omitempty"`
	// MPI is the implementation in the image; empty is OpenMPI.
	MPI Implementation `json:"mpi,omitempty"`
	// TimeLimit is how long the job may be active before it is stopped: 0 is DefaultTimeLimit, or what an
	// administrator says for the namespace, NoTimeLimit none. A job may ask for 7 days, or what its namespace
	// allows. In JSON it is a text as "90m", "48h" or "2d", or "none".
	TimeLimit time.Duration `json:"-"`
	// Network is who may reach the job's pods: "" is NetworkDefault.
	Network Network `json:"network,omitempty"`
}

// Time limits of the simple form.
const (
	DefaultTimeLimit = 24 * time.Hour
	NoTimeLimit      = time.Duration(-1)
)

// TimeLimitAnnotation carries a job's time limit, as "24h"; it may be changed while the job runs.
const TimeLimitAnnotation = mpijob.AnnotationTimeout

// Network is a template of NetworkPolicies around a job's pods.
type Network = mpijob.Network

// The templates.
const (
	NetworkDefault    = mpijob.NetworkDefault    // the job's pods talk freely, nobody else reaches them
	NetworkRestricted = mpijob.NetworkRestricted // only on the ports MPI needs
	NetworkIsolated   = mpijob.NetworkIsolated   // and they reach nothing but each other, DNS and what is listed
	NetworkNone       = mpijob.NetworkNone       // as the cluster has it
)

// EnvVar is one variable of the environment.
type EnvVar struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Slots is SlotsPerWorker with its default.
func (s Spec) Slots() int32 {
	if s.SlotsPerWorker == 0 {
		return max(1, s.GPUsPerWorker)
	}
	return s.SlotsPerWorker
}

// Ranks is how many ranks the job has.
func (s Spec) Ranks() int { return int(s.Workers) * int(s.Slots()) }

func (s Spec) implementation() Implementation {
	if s.MPI == "" {
		return OpenMPI
	}
	return s.MPI
}

// MPIJob is the full form. Its pods meet the Kubernetes "restricted" standard and OpenShift's
// restricted-v2; its failures are final, its Workers stop at its end.
func (s Spec) MPIJob() *MPIJob {
	worker := corev1.Container{
		Name: "worker", Image: s.Image, WorkingDir: s.workingDir(), Env: s.env(), EnvFrom: s.envFrom(),
		Resources: s.resources(), SecurityContext: restricted(),
	}
	launcher := corev1.Container{
		Name: "launcher", Image: s.Image, WorkingDir: s.workingDir(), Env: s.env(), EnvFrom: s.envFrom(),
		Resources: s.launcherResources(), SecurityContext: restricted(),
		Command: append(s.mpirun(), s.Command...), Args: s.Args,
	}
	m := &MPIJob{
		TypeMeta:   metav1.TypeMeta{APIVersion: kubeflow.SchemeGroupVersion.String(), Kind: "MPIJob"},
		ObjectMeta: metav1.ObjectMeta{Name: s.Name, Namespace: s.Namespace, Annotations: s.annotations(), Labels: s.labels()},
		Spec: kubeflow.MPIJobSpec{
			SlotsPerWorker:    ptr.To(s.Slots()),
			MPIImplementation: s.implementation(),
			RunPolicy: kubeflow.RunPolicy{
				CleanPodPolicy: ptr.To(kubeflow.CleanPodPolicyRunning),
				BackoffLimit:   ptr.To[int32](0),

				SchedulingPolicy: s.schedulingPolicy(),
			},
			MPIReplicaSpecs: map[kubeflow.MPIReplicaType]*kubeflow.ReplicaSpec{
				kubeflow.MPIReplicaTypeLauncher: replica(1, launcher, s.launcherMounts()),
				kubeflow.MPIReplicaTypeWorker:   replica(s.Workers, worker, s.workerMounts()),
			},
		},
	}
	s.place(m)
	return m
}

func replica(n int32, c corev1.Container, mounts []mount) *kubeflow.ReplicaSpec {
	var volumes []corev1.Volume
	for _, m := range mounts {
		volumes = append(volumes, corev1.Volume{Name: m.name, VolumeSource: m.source})
		c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: m.name, MountPath: m.path, ReadOnly: m.readOnly})
	}
	return &kubeflow.ReplicaSpec{
		Replicas:      ptr.To(n),
		RestartPolicy: kubeflow.RestartPolicyNever,
		Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
			Containers: []corev1.Container{c},
			Volumes:    volumes,
			SecurityContext: &corev1.PodSecurityContext{
				RunAsNonRoot:   ptr.To(true),
				SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
		}},
	}
}

func restricted() *corev1.SecurityContext {
	return &corev1.SecurityContext{
		AllowPrivilegeEscalation: ptr.To(false),
		Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
	}
}

func (s Spec) env() []corev1.EnvVar {
	var out []corev1.EnvVar
	for _, e := range s.Env {
		out = append(out, corev1.EnvVar{Name: e.Name, Value: e.Value})
	}
	if place := s.outputPlace(); place != "" {
		out = append(out, corev1.EnvVar{Name: OutputVariable, Value: place})
	}
	return out
}

func (s Spec) resources() corev1.ResourceRequirements {
	list := corev1.ResourceList{}
	for name, q := range map[corev1.ResourceName]resource.Quantity{
		corev1.ResourceCPU: s.CPUPerWorker, corev1.ResourceMemory: s.MemoryPerWorker,
		s.gpuType(): *resource.NewQuantity(int64(s.GPUsPerWorker), resource.DecimalSI),
	} {
		if !q.IsZero() {
			list[name] = q
		}
	}
	if len(list) == 0 {
		return corev1.ResourceRequirements{}
	}
	return corev1.ResourceRequirements{Requests: list, Limits: list.DeepCopy()}
}

// SpecOf is the simple form of a job, where the job is nothing but that: ok is false for one that
// says more than a Spec can, and converting it would lose something.
func SpecOf(m *MPIJob) (s Spec, ok bool) {
	launcher, worker := onlyContainer(m, kubeflow.MPIReplicaTypeLauncher), onlyContainer(m, kubeflow.MPIReplicaTypeWorker)
	if launcher == nil || worker == nil {
		return Spec{}, false
	}
	s = Spec{
		Name: m.Name, Namespace: m.Namespace, Image: worker.Image, MPI: m.Spec.MPIImplementation,
		Workers:        ptr.Deref(m.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Replicas, 0),
		SlotsPerWorker: ptr.Deref(m.Spec.SlotsPerWorker, 1),
		CPUPerWorker:   worker.Resources.Limits[corev1.ResourceCPU], MemoryPerWorker: worker.Resources.Limits[corev1.ResourceMemory],
		Args: launcher.Args, TimeLimit: timeLimitOf(m), Network: networkOf(m),
	}
	s.GPUsPerWorker, s.GPUType = gpusOf(worker)
	for _, e := range worker.Env {
		s.Env = append(s.Env, EnvVar{e.Name, e.Value})
	}
	s.readInputs(m, worker)
	s.readPlace(m)
	s.readLauncher(launcher)
	if !s.readLine(launcher.Command) {
		return Spec{}, false
	}
	// What the simple form can't say would not come back.
	if saysMore(m) || !sameSpec(s.MPIJob(), m) {
		return Spec{}, false
	}
	return s, true
}

func onlyContainer(m *MPIJob, t kubeflow.MPIReplicaType) *corev1.Container {
	r := m.Spec.MPIReplicaSpecs[t]
	if r == nil || len(r.Template.Spec.Containers) != 1 {
		return nil
	}
	return &r.Template.Spec.Containers[0]
}

// Problems of a Spec that its MPIJob wouldn't show, in the words of the simple form.
func (s Spec) problems() []Problem {
	var out []Problem
	add := func(field, format string, args ...any) {
		out = append(out, Problem{Field: field, Message: fmt.Sprintf(format, args...)})
	}
	if len(s.Command) == 0 {
		add("command", "say what to run: the program and its arguments")
	}
	if s.TimeLimit != NoTimeLimit && s.TimeLimit < 0 {
		add("timeLimit", "%s is not positive: write it as 90m or 24h", s.TimeLimit)
	}
	if p := mpijob.MemoryDoubt(s.MemoryPerWorker); p != "" {
		add("memoryPerWorker", "%s", p)
	}
	if s.SharedMemory != nil {
		if p := mpijob.MemoryDoubt(*s.SharedMemory); p != "" {
			add("sharedMemory", "%s", p)
		}
	}
	if p := s.gpuProblem(); p != "" {
		add("gpuType", "%s", p)
	}
	if len(s.Command) > 0 && s.Command[0] == "mpirun" {
		add("command", "name the program alone: mpirun is put in front of it, with the number of ranks")
	}
	return append(append(out, s.launcherProblems()...), s.inputProblems()...)
}

// Check finds what is wrong with a Spec, as Check does for an MPIJob, and what only a Spec can have.
func (s Spec) Check() error {
	e := &InvalidError{What: title(s.MPIJob()), Problems: s.problems()}
	var full *InvalidError
	if errors.As(Check(s.MPIJob()), &full) {
		e.Problems = append(e.Problems, s.simpleWords(full.Problems)...)
	}
	if len(e.Problems) == 0 {
		return nil
	}
	return e
}
