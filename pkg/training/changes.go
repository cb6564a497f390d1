package training

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// Changes are what a clone does differently; the zero value is a plain copy. They work on a job of any
// form: what a Worker gets changes in the first container of the Worker's template (and of the
// Launcher's, where it is a Worker too), what all ranks share in both.
type Changes struct {
	Image          string `json:"image,omitempty"`
	Workers        *int32 `json:"workers,omitempty"`
	SlotsPerWorker *int32 `json:"slotsPerWorker,omitempty"`
	// CPUPerWorker and MemoryPerWorker are the new limit; zero takes it away. The request follows,
	// unless it is smaller than the limit on purpose and still fits.
	CPUPerWorker    *resource.Quantity `json:"cpuPerWorker,omitempty"`
	MemoryPerWorker *resource.Quantity `json:"memoryPerWorker,omitempty"`
	GPUsPerWorker   *int32             `json:"gpusPerWorker,omitempty"`
	// Env is added, or takes the place of variables of the same name.
	Env []EnvVar `json:"env,omitempty"`
	// Command is the program with its arguments. It takes the place of the program that mpirun starts;
	// of the whole line where it begins with mpirun itself, or where the Launcher's line is another's.
	Command []string `json:"command,omitempty"`
	// TimeLimit is how long the copy may be active before it is stopped, as "90m", "48h" or "2d", or "none" for no
	// limit but what an administrator says for the namespace. Empty keeps what was asked for the job.
	TimeLimit string `json:"timeLimit,omitempty"`
}

type plainChanges Changes

// UnmarshalJSON reads changes. Where fields can't be read, the error is an InvalidError that names each of them.
func (c *Changes) UnmarshalJSON(data []byte) error {
	out := plainChanges(*c)
	problems, err := decodeObject(data, &out)
	if err != nil {
		return err
	}
	*c = Changes(out)
	if _, err := timeLimitText(c.TimeLimit).duration(0); err != nil {
		problems = append(problems, Problem{Field: "timeLimit", Message: err.Error()})
	}
	if len(problems) > 0 {
		return &InvalidError{What: "what is to be changed", Problems: problems}
	}
	return nil
}

// apply returns the changed copy of a job, or what can't be changed in it.
func (c Changes) apply(source *MPIJob) (*MPIJob, []Problem) {
	m := afresh(source)
	workers, launcher := workerContainers(m), mainContainer(m, kubeflow.MPIReplicaTypeLauncher)
	var problems []Problem
	for _, p := range []struct {
		field string
		given bool
		has   bool
	}{
		{"workers", c.Workers != nil, m.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker] != nil},
		{"cpuPerWorker", c.CPUPerWorker != nil, len(workers) > 0},
		{"memoryPerWorker", c.MemoryPerWorker != nil, len(workers) > 0},
		{"gpusPerWorker", c.GPUsPerWorker != nil, len(workers) > 0},
	} {
		if p.given && !p.has {
			problems = append(problems, Problem{Field: p.field, Message: fmt.Sprintf("job %q has no Workers: there is nothing to change", source.Name)})
		}
	}
	if c.MemoryPerWorker != nil {
		if doubt := mpijob.MemoryDoubt(*c.MemoryPerWorker); doubt != "" {
			problems = append(problems, Problem{Field: "memoryPerWorker", Message: doubt})
		}
	}
	if problem := c.limitTime(m); problem != "" {
		problems = append(problems, Problem{Field: "timeLimit", Message: problem})
	}
	if len(problems) > 0 {
		return nil, problems
	}
	before := ranks(m)
	if c.Workers != nil {
		m.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Replicas = ptr.To(*c.Workers)
	}
	if c.SlotsPerWorker != nil {
		m.Spec.SlotsPerWorker = ptr.To(*c.SlotsPerWorker)
	}
	for _, w := range workers {
		setQuantity(w, corev1.ResourceCPU, c.CPUPerWorker)
		setQuantity(w, corev1.ResourceMemory, c.MemoryPerWorker)
		if c.GPUsPerWorker != nil {
			setQuantity(w, gpuResource(w), resource.NewQuantity(int64(*c.GPUsPerWorker), resource.DecimalSI))
		}
	}
	c.shared(m)
	if launcher != nil {
		followRanks(launcher, before, ranks(m))
		if len(c.Command) > 0 {
			setProgram(launcher, c.Command)
		}
	}
	return m, nil
}

// limitTime gives a job another time limit, or says why the text is none.
func (c Changes) limitTime(m *MPIJob) (problem string) {
	limit, err := timeLimitText(c.TimeLimit).duration(0)
	switch {
	case err != nil:
		return err.Error()
	case limit == 0:
		return ""
	case limit == NoTimeLimit:
		delete(m.Annotations, mpijob.AnnotationTimeout)
	default:
		m.Annotations[mpijob.AnnotationTimeout] = mpijob.Plain(limit)
	}
	delete(m.Annotations, mpijob.AnnotationDefaultTimeout) // which is of a job for which nobody asked
	return ""
}

// inWords names the fields of an InvalidError that these changes are about by the words of the changes: what is
// asked for may be more than the cluster allows.
func (c Changes) inWords(err error) error {
	var invalid *InvalidError
	if c.TimeLimit != "" && errors.As(err, &invalid) {
		for i, p := range invalid.Problems {
			if word := simpleWord(p.Field); word == "timeLimit" {
				invalid.Problems[i].Field = word
			}
		}
	}
	return err
}

// shared changes what Launcher and Workers have in common. A Launcher with an image of its own keeps it.
func (c Changes) shared(m *MPIJob) {
	launcher, worker := mainContainer(m, kubeflow.MPIReplicaTypeLauncher), mainContainer(m, kubeflow.MPIReplicaTypeWorker)
	same := launcher != nil && worker != nil && launcher.Image == worker.Image
	for _, container := range []*corev1.Container{launcher, worker} {
		if container == nil {
			continue
		}
		if c.Image != "" && (container == worker || worker == nil || same) {
			container.Image = c.Image
		}
		for _, e := range c.Env {
			setEnv(container, e)
		}
	}
}

// ranks is how many ranks fit on the job's Workers, the Launcher among them where it is one.
func ranks(m *MPIJob) int {
	d := mpijob.WithDefaults(m)
	n := mpijob.Workers(d)
	if mpijob.LauncherIsWorker(d) {
		n++
	}
	return n * int(ptr.Deref(d.Spec.SlotsPerWorker, 1))
}

// mainContainer is a role's first container, which is the one that runs MPI; nil where there is none.
func mainContainer(m *MPIJob, t kubeflow.MPIReplicaType) *corev1.Container {
	if r := m.Spec.MPIReplicaSpecs[t]; r != nil && len(r.Template.Spec.Containers) > 0 {
		return &r.Template.Spec.Containers[0]
	}
	return nil
}

// workerContainers are those that ranks run in.
func workerContainers(m *MPIJob) []*corev1.Container {
	var out []*corev1.Container
	if w := mainContainer(m, kubeflow.MPIReplicaTypeWorker); w != nil {
		out = append(out, w)
	}
	if l := mainContainer(m, kubeflow.MPIReplicaTypeLauncher); l != nil && mpijob.LauncherIsWorker(m) {
		out = append(out, l)
	}
	return out
}

func setQuantity(c *corev1.Container, name corev1.ResourceName, q *resource.Quantity) {
	if q == nil {
		return
	}
	r := &c.Resources
	if q.IsZero() {
		delete(r.Limits, name)
		delete(r.Requests, name)
		return
	}
	if r.Limits == nil {
		r.Limits = corev1.ResourceList{}
	}
	limit, limited := r.Limits[name]
	if request, ok := r.Requests[name]; ok && (!limited || request.Cmp(limit) >= 0 || request.Cmp(*q) > 0) {
		r.Requests[name] = *q
	}
	r.Limits[name] = *q
}

// gpuResource is what the container calls its GPUs, NVIDIA's where it has none.
func gpuResource(c *corev1.Container) corev1.ResourceName {
	for name := range c.Resources.Limits {
		if strings.HasSuffix(string(name), "/gpu") {
			return name
		}
	}
	return GPUResource
}

func setEnv(c *corev1.Container, e EnvVar) {
	v := corev1.EnvVar{Name: e.Name, Value: e.Value}
	if at := slices.IndexFunc(c.Env, func(x corev1.EnvVar) bool { return x.Name == e.Name }); at >= 0 {
		c.Env[at] = v
		return
	}
	c.Env = append(c.Env, v)
}
