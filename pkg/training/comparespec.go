package training

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// restOfSpec is everything in an MPIJob that the words of the simple form don't say, a path each: the
// rest of its spec, its labels, and the annotations users may set.
func restOfSpec(m *MPIJob) []Difference {
	m = m.DeepCopy()
	m.Spec.SlotsPerWorker = nil
	if w := m.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker]; w != nil {
		w.Replicas = nil
	}
	launcher, worker := mainContainer(m, kubeflow.MPIReplicaTypeLauncher), mainContainer(m, kubeflow.MPIReplicaTypeWorker)
	first := worker
	if first == nil {
		first = launcher
	}
	if launcher != nil {
		launcher.Command, launcher.Args = nil, nil
		if launcher.Image == first.Image {
			launcher.Image = ""
		}
		launcher.Env = slices.DeleteFunc(launcher.Env, func(e corev1.EnvVar) bool { return slices.Contains(first.Env, e) })
	}
	if worker != nil {
		withoutWords(worker)
	}
	if first != nil {
		first.Image = ""
		// The words of the simple form say values, not where others come from.
		first.Env = slices.DeleteFunc(first.Env, func(e corev1.EnvVar) bool { return e.ValueFrom == nil })
	}
	for key := range m.Annotations {
		if !usersAnnotation(key) || key == mpijob.AnnotationClonedFrom { // which says whence it is, not what
			delete(m.Annotations, key)
		}
	}
	text, err := json.Marshal(map[string]any{"metadata": map[string]any{"labels": m.Labels, "annotations": m.Annotations}, "spec": m.Spec})
	var tree any
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber() // large ones as they are written
		err = decoder.Decode(&tree)
	}
	if err != nil { // an object that came as JSON
		return nil
	}
	var out []Difference
	flatten("", tree, &out)
	slices.SortStableFunc(out, func(a, b Difference) int { return strings.Compare(a.Field, b.Field) })
	return out
}

// withoutWords takes off a Worker's container what cpuPerWorker, memoryPerWorker and gpusPerWorker say. A
// request below its limit is none of that.
func withoutWords(c *corev1.Container) {
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, gpuResource(c)} {
		limit, limited := c.Resources.Limits[name]
		if request, ok := c.Resources.Requests[name]; ok && (!limited || request.Cmp(limit) == 0) {
			delete(c.Resources.Requests, name)
		}
		delete(c.Resources.Limits, name)
	}
}

// flatten writes each leaf of a tree with its path. Members of a list that have a name go by it.
func flatten(path string, v any, out *[]Difference) {
	join := func(key string) string {
		if path == "" {
			return key
		}
		return path + "." + key
	}
	switch t := v.(type) {
	case map[string]any:
		for key, child := range t {
			flatten(join(key), child, out)
		}
	case []any:
		times := map[string]int{}
		for _, child := range t {
			times[nameOf(child)]++
		}
		for i, child := range t {
			key := nameOf(child)
			if key == "" || times[key] > 1 { // as two mounts of one volume
				key = strings.TrimLeft(key+"#"+fmt.Sprint(i), "#")
			}
			flatten(path+"["+key+"]", child, out)
		}
	case nil:
	case string:
		if t != "" {
			*out = append(*out, Difference{Field: path, To: t})
		}
	default:
		*out = append(*out, Difference{Field: path, To: fmt.Sprint(t)})
	}
}

// nameOf is the name of a list's member; empty where it has none.
func nameOf(member any) string {
	m, _ := member.(map[string]any)
	name, _ := m["name"].(string)
	return name
}
