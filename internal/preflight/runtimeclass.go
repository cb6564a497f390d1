package preflight

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	nodev1 "k8s.io/api/node/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// RuntimeClassesOf are the names of the runtime classes that a job's pods ask for.
func RuntimeClassesOf(job *mpijob.Job) []string {
	var out []string
	for _, spec := range job.Spec.MPIReplicaSpecs {
		if spec == nil {
			continue
		}
		if name := ptr.Deref(spec.Template.Spec.RuntimeClassName, ""); name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

func (s *Snapshot) runtimeClass(name string) *nodev1.RuntimeClass {
	for i := range s.RuntimeClasses {
		if s.RuntimeClasses[i].Name == name {
			return &s.RuntimeClasses[i]
		}
	}
	return nil
}

// applyRuntimeClass adds what a runtime class adds to a pod, as its admission does: what the runtime takes for
// itself, and which nodes have it.
func applyRuntimeClass(class *nodev1.RuntimeClass, pod *corev1.Pod) {
	if class == nil {
		return
	}
	if class.Overhead != nil {
		pod.Spec.Overhead = class.Overhead.PodFixed
	}
	if class.Scheduling != nil {
		selector := maps.Clone(class.Scheduling.NodeSelector)
		if selector == nil {
			selector = map[string]string{}
		}
		maps.Copy(selector, pod.Spec.NodeSelector)
		pod.Spec.NodeSelector = selector
		pod.Spec.Tolerations = append(pod.Spec.Tolerations[:len(pod.Spec.Tolerations):len(pod.Spec.Tolerations)], class.Scheduling.Tolerations...)
	}
}

// runtimeClassChecks find pods that no runtime class admits.
func (j *judge) runtimeClassChecks() []Check {
	var out []Check
	for _, p := range j.parts() {
		name := ptr.Deref(p.pod.Spec.RuntimeClassName, "")
		refuse := func(field, mend, format string, args ...any) {
			out = append(out, Check{
				Name: fmt.Sprintf("runtime class %q", name), Object: name, Kind: KindRuntimeClass, Outcome: Refused, Permanent: true,
				Message: p.name + " " + fmt.Sprintf(format, args...), Field: p.path + ".template.spec." + field, Suggestion: mend,
			})
		}
		class := j.runtimeClass(name)
		switch g := j.gap(SourceRuntimeClasses); {
		case name == "" && p.overhead != nil:
			refuse("overhead", "leave it out: the cluster fills it in", "says what its runtime takes for itself, and names no runtime class")
			continue
		case name == "":
			continue
		case class == nil && g != nil:
			return append(out, g.unknown(KindRuntimeClass, fmt.Sprintf("runtime class %q exists, and what it adds to each pod", name)))
		case class == nil:
			refuse("runtimeClassName", "name another class, or leave it out", "names runtime class %q, which doesn't exist", name)
			continue
		}
		if p.overhead != nil && (class.Overhead == nil || !equality.Semantic.DeepEqual(class.Overhead.PodFixed, p.overhead)) {
			refuse("overhead", "leave it out: the cluster fills it in", "says that its runtime takes something else for itself than runtime class %q does", name)
		}
		if class.Scheduling == nil {
			continue
		}
		for key, value := range class.Scheduling.NodeSelector {
			if own := p.pod.Spec.NodeSelector[key]; own != value {
				refuse("nodeSelector", fmt.Sprintf("leave %s out of it, or set it to %s", key, value), "asks for nodes with %s=%s, and runtime class %q is on those with %s=%s", key, own, name, key, value)
			}
		}
	}
	return out
}
