package training

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// The Launcher runs mpirun alone, which is small however large the job is.
var (
	launcherRequests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m"), corev1.ResourceMemory: resource.MustParse("128Mi")}
	launcherLimits   = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1"), corev1.ResourceMemory: resource.MustParse("512Mi")}
)

// launcherResources ask for no more than the limit allows.
func (s Spec) launcherResources() corev1.ResourceRequirements {
	out := corev1.ResourceRequirements{Requests: launcherRequests.DeepCopy(), Limits: launcherLimits.DeepCopy()}
	for name, q := range map[corev1.ResourceName]resource.Quantity{corev1.ResourceCPU: s.LauncherCPU, corev1.ResourceMemory: s.LauncherMemory} {
		if q.IsZero() {
			continue
		}
		out.Limits[name] = q
		if usual := out.Requests[name]; usual.Cmp(q) > 0 {
			out.Requests[name] = q
		}
	}
	return out
}

func (s *Spec) readLauncher(c *corev1.Container) {
	for name, to := range map[corev1.ResourceName]*resource.Quantity{corev1.ResourceCPU: &s.LauncherCPU, corev1.ResourceMemory: &s.LauncherMemory} {
		if q, usual := c.Resources.Limits[name], launcherLimits[name]; q.Cmp(usual) != 0 {
			*to = q
		}
	}
}

// place says where the job's pods may run, and before which others.
func (s Spec) place(m *MPIJob) {
	for role, r := range m.Spec.MPIReplicaSpecs {
		r.Template.Spec.PriorityClassName = s.PriorityClass
		if role == kubeflow.MPIReplicaTypeWorker && len(s.NodeSelector) > 0 {
			r.Template.Spec.NodeSelector = maps.Clone(s.NodeSelector)
		}
	}
}

func (s *Spec) readPlace(m *MPIJob) {
	pod := m.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Template.Spec
	s.PriorityClass, s.NodeSelector = pod.PriorityClassName, pod.NodeSelector
}

// Slots are filled Worker by Worker, and ranks are not bound to cores: a container knows neither which cores are its
// own nor which ones the next job on the node is bound to. Who says otherwise is not contradicted: mpirun would refuse.
var openMPIDefaults = [][2]string{{"--map-by", "slot"}, {"--bind-to", "none"}}

// mpirun is the launcher's command before the user's own.
func (s Spec) mpirun() []string {
	line := []string{"mpirun", "-n", strconv.Itoa(s.Ranks())}
	if s.implementation() == OpenMPI {
		for _, d := range openMPIDefaults {
			if !hasOption(s.MPIRunFlags, optionName(d[0])) {
				line = append(line, d[0], d[1])
			}
		}
	}
	return append(line, s.MPIRunFlags...)
}

// hasOption says whether one of the options has that name; what an option takes is none.
func hasOption(options []string, name string) bool {
	for i := 0; i < len(options); {
		has := optionName(options[i])
		if has == name {
			return true
		}
		i += 1 + mpirunOptions[has]
	}
	return false
}

// readLine takes a Launcher's line apart; it is false for one that mpirun wouldn't make again.
func (s *Spec) readLine(command []string) bool {
	start := []string{"mpirun", "-n", strconv.Itoa(s.Ranks())}
	if len(command) < len(start) || !slices.Equal(command[:len(start)], start) {
		return false
	}
	rest := command[len(start):]
	if s.implementation() == OpenMPI {
		for _, d := range openMPIDefaults {
			if len(rest) >= 2 && rest[0] == d[0] && rest[1] == d[1] {
				rest = rest[2:]
			}
		}
	}
	if l, ok := parseMpirun(append([]string{"mpirun"}, rest...)); ok && l.program > 1 {
		s.MPIRunFlags, rest = slices.Clone(rest[:l.program-1]), rest[l.program-1:]
	}
	if len(rest) > 0 {
		s.Command = slices.Clone(rest)
	}
	return slices.Equal(append(s.mpirun(), s.Command...), command)
}

// optionName is a word of a line as an option of mpirun, without its dashes; empty for another.
func optionName(word string) string {
	name, dashed := strings.CutPrefix(word, "-")
	if !dashed {
		return ""
	}
	return strings.TrimPrefix(name, "-")
}

// ourOptions are what the simple form says by other fields, or the controller by the hostfile.
var ourOptions = []string{"n", "np", "c", "N", "npernode", "ppn", "perhost", "host", "H", "hosts", "hostfile", "machinefile", "f", "launcher", "bootstrap"}

func (s Spec) launcherProblems() []Problem {
	var out []Problem
	add := func(field, format string, args ...any) {
		out = append(out, Problem{Field: field, Message: fmt.Sprintf(format, args...)})
	}
	if p := mpijob.MemoryDoubt(s.LauncherMemory); p != "" {
		add("launcherMemory", "%s", p)
	}
	for i := 0; i < len(s.MPIRunFlags); {
		word := s.MPIRunFlags[i]
		name := optionName(word)
		follow, known := mpirunOptions[name]
		switch {
		case name == "":
			add("mpirunFlags", "%q is no option of mpirun: the program goes into the command, and what an option takes behind it", word)
			return out
		case slices.Contains(ourOptions, name):
			add("mpirunFlags", "%q is said by Workers and slots per Worker: leave it out", word)
			return out
		case !known:
			add("mpirunFlags", "%q is no option that is known here: check it, or write it into a whole MPIJob", word)
			return out
		case i+follow >= len(s.MPIRunFlags):
			add("mpirunFlags", "%q takes %d more, which are not there", word, follow)
			return out
		case slices.Contains(s.MPIRunFlags[i+1:i+1+follow], ":"): // wherever it stands, mpirun divides its line there
			add("mpirunFlags", "\":\" begins another program of mpirun, also behind %q: leave it out, or write the line into a whole MPIJob", word)
			return out
		}
		i += 1 + follow
	}
	return out
}
