package training

import (
	"fmt"
	"slices"
	"strings"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// Difference is one field that is not the same in two jobs.
type Difference struct {
	// Field in the words of the simple form, as "memoryPerWorker"; "env NAME" is a variable.
	Field string `json:"field"`
	// From and To are its values; empty where it is not set.
	From string `json:"from"`
	To   string `json:"to"`
}

// differences compares two jobs field by field, in the words of the simple form.
func differences(a, b *MPIJob) []Difference {
	before, after := append(words(a), limitWord(a)), append(words(b), limitWord(b))
	out := []Difference{}
	for _, f := range before {
		to := ""
		if at := find(after, f.Field); at >= 0 {
			to = after[at].To
		}
		if f.To != to {
			out = append(out, Difference{Field: f.Field, From: f.To, To: to})
		}
	}
	for _, f := range after {
		if find(before, f.Field) < 0 && f.To != "" {
			out = append(out, Difference{Field: f.Field, To: f.To})
		}
	}
	return out
}

func find(fields []Difference, field string) int {
	return slices.IndexFunc(fields, func(d Difference) bool { return d.Field == field })
}

// words are a job's fields with their values, each in To.
func words(m *MPIJob) []Difference {
	launcher, worker := mainContainer(m, kubeflow.MPIReplicaTypeLauncher), mainContainer(m, kubeflow.MPIReplicaTypeWorker)
	first := worker
	if first == nil {
		first = launcher
	}
	var out []Difference
	add := func(field, value string) { out = append(out, Difference{Field: field, To: value}) }
	if first != nil {
		add("image", first.Image)
	}
	if w := m.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker]; w != nil {
		add("workers", fmt.Sprint(ptr.Deref(w.Replicas, 1)))
	}
	add("slotsPerWorker", fmt.Sprint(*mpijob.WithDefaults(m).Spec.SlotsPerWorker))
	if worker != nil {
		add("cpuPerWorker", quantity(worker, corev1.ResourceCPU))
		add("memoryPerWorker", quantity(worker, corev1.ResourceMemory))
		add("gpusPerWorker", quantity(worker, gpuResource(worker)))
	}
	if first != nil {
		for _, e := range first.Env {
			value := e.Value
			if e.ValueFrom != nil {
				value = "(taken from elsewhere)"
			}
			add("env "+e.Name, value)
		}
	}
	if launcher != nil {
		add("command", commandText(append(slices.Clone(launcher.Command), launcher.Args...)))
	}
	return out
}

// limitWord is the time limit that was asked for a job. It isn't among words, as a comparison shows what a job has
// beside them by its paths.
func limitWord(m *MPIJob) Difference {
	d := Difference{Field: "timeLimit"}
	if limit := mpijob.Timeout(m); limit > 0 && mpijob.SourceOfTimeout(m.Annotations) == mpijob.TimeoutAsked {
		d.To = mpijob.Plain(limit)
	}
	return d
}

func quantity(c *corev1.Container, name corev1.ResourceName) string {
	if q, ok := c.Resources.Limits[name]; ok {
		return q.String()
	}
	if q, ok := c.Resources.Requests[name]; ok {
		return q.String()
	}
	return ""
}

// commandText is a command as one would type it.
func commandText(argv []string) string {
	parts := make([]string, len(argv))
	for i, a := range argv {
		if a == "" || strings.ContainsAny(a, " \t\n\"'\\$`|&;()<>*?[]{}#~") {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		parts[i] = a
	}
	return strings.Join(parts, " ")
}
