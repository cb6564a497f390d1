package training

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

func randomSpec(r *rand.Rand) Spec {
	s := Spec{
		Name: "j", Namespace: "team", Image: "registry/i:1", Command: []string{"./p"},
		Workers: 1 + r.Int32N(200), SlotsPerWorker: 1 + r.Int32N(8), GPUsPerWorker: r.Int32N(9),
		MPI: []Implementation{OpenMPI, MPICH, Intel}[r.IntN(3)],
	}
	// 24 h are what a Spec means by 0, and come back as that.
	s.TimeLimit = []time.Duration{0, NoTimeLimit, 90 * time.Minute, 48 * time.Hour}[r.IntN(4)]
	s.Network = []Network{"", NetworkRestricted, NetworkIsolated, NetworkNone}[r.IntN(4)]
	if s.GPUsPerWorker > 0 {
		s.GPUType = []corev1.ResourceName{"", AMDGPUResource, "nvidia.com/mig-1g.5gb"}[r.IntN(3)]
	}
	for range r.IntN(4) {
		s.Command = append(s.Command, []string{"-x", "a b", "--", "", "mpirun"}[r.IntN(5)])
	}
	for range r.IntN(3) {
		s.Args = append(s.Args, []string{"--lr=0.1", "$HOME", "ü"}[r.IntN(3)])
	}
	for range r.IntN(3) {
		s.Env = append(s.Env, EnvVar{Name: string(rune('A' + r.IntN(26))), Value: "v=1"})
	}
	if r.IntN(2) == 0 {
		s.CPUPerWorker = resource.MustParse([]string{"500m", "4", "1.5"}[r.IntN(3)])
	}
	if r.IntN(2) == 0 {
		s.MemoryPerWorker = resource.MustParse([]string{"512Mi", "16Gi", "1G"}[r.IntN(3)])
	}
	randomInputs(r, &s)
	return s
}

// Whatever the simple form says survives the way through the full form and back.
func TestSpecRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		s := randomSpec(r)
		back, ok := SpecOf(s.MPIJob())
		if !ok {
			t.Fatalf("SpecOf does not know its own MPIJob of %+v", s)
		}
		if d := cmp.Diff(s, back, cmpopts.EquateEmpty(), cmp.AllowUnexported(CodeFile{})); d != "" {
			t.Fatalf("round trip of %+v (-want +got):\n%s", s, d)
		}
	}
}

func TestSpecOfRefusesWhatASpecCannotSay(t *testing.T) {
	change := map[string]func(*MPIJob){
		"node selector": func(m *MPIJob) {
			m.Spec.MPIReplicaSpecs["Worker"].Template.Spec.NodeSelector = map[string]string{"a": "b"}
		},
		"other command": func(m *MPIJob) { m.Spec.MPIReplicaSpecs["Launcher"].Template.Spec.Containers[0].Command[0] = "sh" },
		"worker command": func(m *MPIJob) {
			m.Spec.MPIReplicaSpecs["Worker"].Template.Spec.Containers[0].Command = []string{"sshd"}
		},
		"other ranks": func(m *MPIJob) { m.Spec.MPIReplicaSpecs["Launcher"].Template.Spec.Containers[0].Command[2] = "9" },
		"no launcher": func(m *MPIJob) { delete(m.Spec.MPIReplicaSpecs, "Launcher") },
		"two containers": func(m *MPIJob) {
			c := &m.Spec.MPIReplicaSpecs["Worker"].Template.Spec
			c.Containers = append(c.Containers, c.Containers[0])
		},
		"notify only":     func(m *MPIJob) { m.Annotations[mpijob.AnnotationTimeoutPolicy] = mpijob.TimeoutNotify },
		"retries":         func(m *MPIJob) { m.Spec.RunPolicy.BackoffLimit = nil },
		"short command":   func(m *MPIJob) { m.Spec.MPIReplicaSpecs["Launcher"].Template.Spec.Containers[0].Command = nil },
		"valueFrom":       func(m *MPIJob) { m.Spec.MPIReplicaSpecs["Worker"].Template.Spec.Containers[0].Env[0].Name = "OTHER" },
		"other resources": func(m *MPIJob) { m.Spec.MPIReplicaSpecs["Worker"].Template.Spec.Containers[0].Resources.Limits = nil },
	}
	for name, f := range change {
		m := Spec{Name: "j", Image: "i", Workers: 2, Command: []string{"p"}, CPUPerWorker: resource.MustParse("1"), Env: []EnvVar{{"A", "1"}}}.MPIJob()
		f(m)
		if s, ok := SpecOf(m); ok {
			t.Errorf("%s: SpecOf took it for simple: %+v", name, s)
		}
	}
}

func TestSpecWritesTheMpirunLine(t *testing.T) {
	for _, c := range []struct {
		name string
		spec Spec
		want []string
	}{
		{"Open MPI", Spec{Workers: 3, SlotsPerWorker: 2, Command: []string{"./p", "x"}}, []string{"mpirun", "-n", "6", "--map-by", "slot", "--bind-to", "none", "./p", "x"}},
		{"a slot per GPU", Spec{Workers: 2, GPUsPerWorker: 4, Command: []string{"./p"}}, []string{"mpirun", "-n", "8", "--map-by", "slot", "--bind-to", "none", "./p"}},
		{"MPICH", Spec{Workers: 2, MPI: MPICH, Command: []string{"./p"}}, []string{"mpirun", "-n", "2", "./p"}},
		{"Intel", Spec{Workers: 2, MPI: Intel, Command: []string{"./p"}}, []string{"mpirun", "-n", "2", "./p"}},
	} {
		got := c.spec.MPIJob().Spec.MPIReplicaSpecs["Launcher"].Template.Spec.Containers[0].Command
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

func TestSpecCheckSaysEverythingInItsOwnWords(t *testing.T) {
	err := Spec{Name: "X_1", Image: "a b", Workers: 0, GPUsPerWorker: -1, Env: []EnvVar{{"A", "1"}, {"A", "2"}}, Command: []string{"mpirun", "p"}}.Check()
	var invalid *InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("got %v", err)
	}
	var fields []string
	for _, p := range invalid.Problems {
		fields = append(fields, p.Field)
	}
	want := []string{"command", "gpusPerWorker", "name", "workers", "image", "env"}
	less := cmpopts.SortSlices(func(a, b string) bool { return a < b })
	if d := cmp.Diff(want, uniq(fields), less); d != "" {
		t.Errorf("fields (-want +got):\n%s\n%v", d, err)
	}
	if err := (Spec{Name: "ok", Image: "i", Workers: 2, Command: []string{"p"}}).Check(); err != nil {
		t.Errorf("a good spec: %v", err)
	}
}

func TestSpecRunsOnOneTypeOfGPU(t *testing.T) {
	for kind, want := range map[corev1.ResourceName]string{
		"": "", GPUResource: "", AMDGPUResource: "", "nvidia.com/mig-1g.5gb": "",
		"nvidia.com/gpu,amd.com/gpu": "one type of GPU", "cpu": "is no GPU",
	} {
		err := Spec{Name: "ok", Image: "i", Workers: 2, GPUsPerWorker: 1, GPUType: kind, Command: []string{"p"}}.Check()
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", kind, err, want)
		}
	}
	mixed := Spec{Name: "ok", Image: "i", Workers: 2, GPUsPerWorker: 1, Command: []string{"p"}}.MPIJob()
	for _, list := range []corev1.ResourceList{onlyContainer(mixed, "Worker").Resources.Limits, onlyContainer(mixed, "Worker").Resources.Requests} {
		list[AMDGPUResource] = resource.MustParse("1")
	}
	if s, ok := SpecOf(mixed); ok {
		t.Errorf("a mixed job was taken for a simple one: %+v", s)
	}
}

func uniq(in []string) (out []string) {
	seen := map[string]bool{}
	for _, s := range in {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

func TestTheDefaultTimeLimitIsTold(t *testing.T) {
	for limit, want := range map[time.Duration]bool{0: true, DefaultTimeLimit: true, 48 * time.Hour: false, NoTimeLimit: false} {
		if j := Summarize(Spec{Name: "pi", Image: "i", Workers: 1, TimeLimit: limit}.MPIJob()); j.TimeLimitIsDefault != want {
			t.Errorf("%s: %t, want %t", limit, j.TimeLimitIsDefault, want)
		}
	}
}
