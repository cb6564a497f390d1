package training

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

func randomSpec(r *rand.Rand) Spec {
	s := Spec{
		Name: "j", Namespace: "team", Image: "registry/i:1", Command: []string{"./p"},
		Workers: 1 + r.Int32N(200), SlotsPerWorker: 1 + r.Int32N(8), GPUsPerWorker: r.Int32N(9),
		MPI: []Implementation{OpenMPI, MPICH, Intel}[r.IntN(3)],
	}
	s.TimeLimit = []time.Duration{0, NoTimeLimit, 90 * time.Minute, DefaultTimeLimit, 48 * time.Hour}[r.IntN(5)]
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
	randomPlace(r, &s)
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

// A job that the cluster holds has its defaults in it, and is no less simple.
func TestSpecOfKnowsAJobOfTheCluster(t *testing.T) {
	s := Spec{Name: "j", Image: "i", Workers: 2, SlotsPerWorker: 1, MPI: OpenMPI, Command: []string{"p"}}
	m := s.MPIJob()
	m.Spec.LauncherCreationPolicy = "AtStartup"
	m.Spec.RunLauncherAsWorker = ptr.To(false)
	m.Spec.RunPolicy.Suspend = ptr.To(false)
	m.Spec.SSHAuthMountPath = "/root/.ssh"
	m.Annotations[mpijob.AnnotationCreator], m.Annotations[mpijob.AnnotationRequest] = "ann", "digest"
	m.Annotations[TimeLimitAnnotation], m.Annotations[mpijob.AnnotationTimeoutSource] = "4h", "Namespace:4h"
	m.Annotations["kubectl.kubernetes.io/last-applied-configuration"] = "{}"
	back, ok := SpecOf(m)
	if d := cmp.Diff(s, back, cmpopts.EquateEmpty()); !ok || d != "" {
		t.Errorf("ok %v (-want +got):\n%s", ok, d)
	}
	for name, change := range map[string]func(){
		"a Launcher that waits":     func() { m.Spec.LauncherCreationPolicy = "WaitForWorkersReady" },
		"a Launcher that is Worker": func() { m.Spec.RunLauncherAsWorker = ptr.To(true) },
		"one that is suspended":     func() { m.Spec.RunPolicy.Suspend = ptr.To(true) },
		"keys elsewhere":            func() { m.Spec.SSHAuthMountPath = "/home/mpi/.ssh" },
	} {
		m = s.MPIJob()
		change()
		if _, ok := SpecOf(m); ok {
			t.Errorf("%s: SpecOf took it for simple", name)
		}
	}
}

func TestSpecOfRefusesWhatASpecCannotSay(t *testing.T) {
	change := map[string]func(*MPIJob){
		"a label": func(m *MPIJob) { m.Labels = map[string]string{"team": "nlp"} },
		"a label beside a queue": func(m *MPIJob) {
			m.Labels = map[string]string{kueueQueueLabel: "q", "kueue.x-k8s.io/priority-class": "high"}
		},
		"a note": func(m *MPIJob) { m.Annotations["example.com/ticket"] = "17" },
		"node selector of the Launcher": func(m *MPIJob) {
			m.Spec.MPIReplicaSpecs["Launcher"].Template.Spec.NodeSelector = map[string]string{"a": "b"}
		},
		"priority of Workers alone": func(m *MPIJob) { m.Spec.MPIReplicaSpecs["Worker"].Template.Spec.PriorityClassName = "high" },
		"tolerations": func(m *MPIJob) {
			m.Spec.MPIReplicaSpecs["Worker"].Template.Spec.Tolerations = []corev1.Toleration{{Key: "a"}}
		},
		"no limit of the Launcher": func(m *MPIJob) {
			delete(m.Spec.MPIReplicaSpecs["Launcher"].Template.Spec.Containers[0].Resources.Limits, corev1.ResourceMemory)
		},
		"other order of options": func(m *MPIJob) {
			m.Spec.MPIReplicaSpecs["Launcher"].Template.Spec.Containers[0].Command = []string{"mpirun", "-n", "2", "--bind-to", "none", "p"}
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
		{"options", Spec{Workers: 2, MPIRunFlags: []string{"--mca", "btl", "^openib", "--tag-output"}, Command: []string{"./p", "-v"}}, []string{"mpirun", "-n", "2", "--map-by", "slot", "--bind-to", "none", "--mca", "btl", "^openib", "--tag-output", "./p", "-v"}},
		{"another placement", Spec{Workers: 2, MPIRunFlags: []string{"-map-by", "node"}, Command: []string{"./p"}}, []string{"mpirun", "-n", "2", "--bind-to", "none", "-map-by", "node", "./p"}},
		{"another binding", Spec{Workers: 2, MPIRunFlags: []string{"--bind-to", "core"}, Command: []string{"./p"}}, []string{"mpirun", "-n", "2", "--map-by", "slot", "--bind-to", "core", "./p"}},
		{"an option's value", Spec{Workers: 2, MPIRunFlags: []string{"--output", "--bind-to"}, Command: []string{"./p"}}, []string{"mpirun", "-n", "2", "--map-by", "slot", "--bind-to", "none", "--output", "--bind-to", "./p"}},
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

// A limit that nobody asked for is told as such, gives way to the namespace's, and is asked for by no copy.
func TestTheDefaultTimeLimit(t *testing.T) {
	for limit, want := range map[time.Duration]bool{0: true, DefaultTimeLimit: false, 48 * time.Hour: false, NoTimeLimit: false} {
		if j := Summarize(Spec{Name: "pi", Image: "i", Workers: 1, TimeLimit: limit}.MPIJob()); j.TimeLimitIsDefault != want || j.TimeLimitIsNamespaces {
			t.Errorf("%s: %t, want %t", limit, j.TimeLimitIsDefault, want)
		}
	}
	m := Spec{Name: "pi", Image: "i", Workers: 1}.MPIJob()
	m.CreationTimestamp = metav1.Unix(1_700_000_000, 0)
	if j := Summarize(m); j.TimeLimitSeconds != 86400 || j.StopsAt == nil || j.StopsAt.Sub(m.CreationTimestamp.Time) != DefaultTimeLimit {
		t.Errorf("before admission it is the default: %v, %v", j.TimeLimitSeconds, j.StopsAt)
	}
	m.Annotations[TimeLimitAnnotation] = "4h" // as admission writes it where the namespace says so
	m.Annotations[mpijob.AnnotationTimeoutSource] = "Namespace:4h"
	j := Summarize(m)
	if j.TimeLimitIsDefault || !j.TimeLimitIsNamespaces || j.TimeLimitSeconds != 4*3600 || j.StopsAt.Sub(m.CreationTimestamp.Time) != 4*time.Hour {
		t.Errorf("the namespace's: %+v", j)
	}
	if s, ok := SpecOf(m); !ok || s.TimeLimit != 0 {
		t.Errorf("nobody asked for it: %v, %t", s.TimeLimit, ok)
	}
	if copied := afresh(m).Annotations; copied[TimeLimitAnnotation] != "" || copied[mpijob.AnnotationDefaultTimeout] != "24h" {
		t.Errorf("a copy asks for none either: %v", copied)
	}
	// Whose word it is, is what admission wrote, not what the lengths suggest.
	for source, want := range map[string]struct{ ours, namespaces bool }{
		"Job:24h": {ours: true}, "Namespace:24h": {namespaces: true}, "Product:24h": {}, "Namespace:4h": {}, "": {},
	} {
		same := m.DeepCopy()
		same.Annotations[TimeLimitAnnotation], same.Annotations[mpijob.AnnotationTimeoutSource] = "24h", source
		if j := Summarize(same); j.TimeLimitIsDefault != want.ours || j.TimeLimitIsNamespaces != want.namespaces {
			t.Errorf("%q: ours %t, the namespace's %t", source, j.TimeLimitIsDefault, j.TimeLimitIsNamespaces)
		}
	}
	// A manifest without a limit has none to ask for either, in a copy or as a form.
	bare := m.DeepCopy()
	delete(bare.Annotations, mpijob.AnnotationDefaultTimeout)
	if s, ok := SpecOf(bare); !ok || s.TimeLimit != NoTimeLimit {
		t.Errorf("a manifest's: %v, %t", s.TimeLimit, ok)
	}
	if copied := afresh(bare).Annotations; copied[TimeLimitAnnotation] != "" || copied[mpijob.AnnotationTimeoutSource] != "" {
		t.Errorf("a copy of a manifest's asks for none: %v", copied)
	}
	m.Annotations[mpijob.AnnotationDefaultTimeout], m.Annotations[TimeLimitAnnotation], m.Annotations[mpijob.AnnotationTimeoutSource] = "10h", "10h", "Job:10h"
	if Summarize(m).TimeLimitIsDefault {
		t.Error("a manifest's 10h are called the default of jobs made from flags")
	}
	if _, ok := SpecOf(m); ok {
		t.Error("the simple form has no word for another default")
	}
}

func TestParseTimeLimit(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90m": 90 * time.Minute, "1.5h": 90 * time.Minute, "48h": 48 * time.Hour, "2d": 48 * time.Hour, "1d12h": 36 * time.Hour, "1w": 168 * time.Hour,
		"1s": time.Second, "1500ms": 1500 * time.Millisecond,
		"": 0, "0": 0, "-1h": 0, "1us": 0, "999ms": 0, "2 days": 0, "2": 0, "999999999999d": 0,
	} {
		got, err := ParseTimeLimit(text)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
}

// A field that can't be read hides nothing of the others, and what only follows from it isn't said.
func TestEveryProblemOfASpecAtOnce(t *testing.T) {
	text := `{"name":"Bad Name","image":"a b","workers":"two","slotsPerWorker":-1,"cpuPerWorker":"2 cores","memoryPerWorker":"10 TB","gpusPerWorker":"1 gpu","sharedMemory":["x"],
		"timeLimit":"1 day","command":"./p","env":[{"name":"A","vlaue":"x"},{"name":5}],"comand":1,"nodeSelector":{"a":1},"launcherMemory":500e-1,"priorityClass":"A B"}`
	var s Spec
	err := Together(json.Unmarshal([]byte(text), &s), s.Check(), s.Check())
	var invalid *InvalidError
	if !errors.As(err, &invalid) || invalid.What != `MPIJob "Bad Name"` {
		t.Fatalf("%v", err)
	}
	got := map[string]string{}
	for _, p := range invalid.Problems {
		if _, twice := got[p.Field]; twice {
			t.Errorf("%s is told twice: %v", p.Field, invalid)
		}
		got[p.Field] = p.Message
	}
	want := map[string]string{
		"name":            `"Bad Name" becomes part of hostnames: use lower-case letters, digits and '-' only, begin with a letter, end with a letter or digit (no dots)`,
		"image":           `"a b" must not contain spaces: write registry/name:tag`,
		"workers":         `is "two", but should be a whole number`,
		"slotsPerWorker":  `-1 must be 0 to 4096: how many ranks a Worker takes, 0 for one per GPU`,
		"cpuPerWorker":    `"2 cores" is no amount: did you mean 2?`,
		"memoryPerWorker": `"10 TB" is no amount: did you mean 10T, or 10Ti?`,
		"gpusPerWorker":   `is "1 gpu", but should be a whole number: did you mean 1?`,
		"sharedMemory":    `is a list, but should be an amount, as 500m, 4 or 16Gi`,
		"timeLimit":       `"1 day" is no time limit: did you mean 1d?`,
		"command":         "is text, but should be a list (lines that begin with `- `)",
		"env[0].vlaue":    `there is no such field: did you mean "value"?`,
		"env[1].name":     `is a number, but should be text: put it in quotes`,
		"comand":          `there is no such field: did you mean "command"?`,
		"nodeSelector[a]": `is a number, but should be text: put it in quotes`,
		"launcherMemory":  `50 bytes is less than 4Mi, which nothing runs with: did you mean 50Mi?`,
		"priorityClass":   `"A B" must have lower-case letters, digits, '-' and '.' only, and begin and end with a letter or digit`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for text, want := range map[string]string{`[]`: "is a list", `"x"`: "is text", `3`: "is a number", `true`: "is true or false"} {
		if err := json.Unmarshal([]byte(text), &Spec{}); err == nil || !strings.Contains(err.Error(), want+", but should be a mapping") {
			t.Errorf("%s: %v", text, err)
		}
	}
	if err := json.Unmarshal([]byte(`null`), &s); err != nil {
		t.Error(err)
	}
}

// Whatever the JSON, it is read, or each problem has its field; what was read survives being written.
func FuzzSpec(f *testing.F) {
	for _, s := range []string{`{"name":"a","workers":2,"memoryPerWorker":"16Gi","timeLimit":"2d"}`, `{"memoryPerWorker":"10 TB","workers":1e99}`, `{"env":[null,1],"claims":{}}`, `[[[`, `{"a":{"a":{}}}`, `{"sharedMemory":1e400}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var s Spec
		err := json.Unmarshal(text, &s)
		var invalid *InvalidError
		if errors.As(err, &invalid) {
			for _, p := range invalid.Problems {
				if p.Message == "" || !utf8.ValidString(p.Message) {
					t.Fatalf("%q: %+v", text, p)
				}
			}
		}
		_ = Together(err, s.Check())
		var again Spec
		if err := json.Unmarshal(must(json.Marshal(s)), &again); err != nil {
			t.Fatalf("%q was read as %+v, which isn't: %v", text, s, err)
		}
	})
}
