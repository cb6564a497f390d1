package training

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

func mem(s string) *resource.Quantity { return ptr.To(resource.MustParse(s)) }

// worker changes the Worker's first container.
func worker(f func(*corev1.Container)) func(*MPIJob) {
	return func(m *MPIJob) { f(mainContainer(m, kubeflow.MPIReplicaTypeWorker)) }
}

func launcher(f func(*corev1.Container)) func(*MPIJob) {
	return func(m *MPIJob) { f(mainContainer(m, kubeflow.MPIReplicaTypeLauncher)) }
}

func line(argv ...string) func(*MPIJob) {
	return launcher(func(c *corev1.Container) { c.Command, c.Args = argv[:1], argv[1:] })
}

func withMemory(request, limit string) func(*MPIJob) {
	return worker(func(c *corev1.Container) {
		c.Resources = corev1.ResourceRequirements{Requests: corev1.ResourceList{}, Limits: corev1.ResourceList{}}
		if request != "" {
			c.Resources.Requests["memory"] = resource.MustParse(request)
		}
		if limit != "" {
			c.Resources.Limits["memory"] = resource.MustParse(limit)
		}
	})
}

// What changes asked of jobs of any form come to.
func TestChanges(t *testing.T) {
	for _, c := range []struct {
		name    string
		job     *MPIJob
		changes Changes
		want    []Difference
		request string // the Worker's memory request afterwards
	}{
		{name: "nothing", job: aJob()},
		{name: "memory", job: aJob(withMemory("512Mi", "512Mi")), changes: Changes{MemoryPerWorker: mem("1Gi")},
			want: []Difference{{"memoryPerWorker", "512Mi", "1Gi"}}, request: "1Gi"},
		{name: "a request below the limit stays", job: aJob(withMemory("256Mi", "512Mi")), changes: Changes{MemoryPerWorker: mem("1Gi")},
			want: []Difference{{"memoryPerWorker", "512Mi", "1Gi"}}, request: "256Mi"},
		{name: "but not above it", job: aJob(withMemory("256Mi", "512Mi")), changes: Changes{MemoryPerWorker: mem("128Mi")},
			want: []Difference{{"memoryPerWorker", "512Mi", "128Mi"}}, request: "128Mi"},
		{name: "no limit before", job: aJob(), changes: Changes{MemoryPerWorker: mem("1Gi")}, want: []Difference{{"memoryPerWorker", "", "1Gi"}}},
		{name: "no limit after", job: aJob(withMemory("1Gi", "1Gi")), changes: Changes{MemoryPerWorker: mem("0")}, want: []Difference{{"memoryPerWorker", "1Gi", ""}}},
		{name: "as it was", job: aJob(withMemory("", "1Gi")), changes: Changes{MemoryPerWorker: mem("1Gi")}},
		{name: "workers", job: aJob(), changes: Changes{Workers: ptr.To[int32](3), SlotsPerWorker: ptr.To[int32](2)}, want: []Difference{
			{"workers", "2", "3"}, {"slotsPerWorker", "1", "2"},
			{"command", "mpirun -n 2 --map-by slot --bind-to none p", "mpirun -n 6 --map-by slot --bind-to none p"}}},
		{name: "upstream's line", job: aJob(line("mpirun", "-np", "2", "-x", "A", "/home/mpiuser/pi", "-n", "2")), changes: Changes{Workers: ptr.To[int32](4)},
			want: []Difference{{"workers", "2", "4"}, {"command", "mpirun -np 2 -x A /home/mpiuser/pi -n 2", "mpirun -np 4 -x A /home/mpiuser/pi -n 2"}}},
		{name: "another number of ranks stays", job: aJob(line("mpirun", "-n", "1", "p")), changes: Changes{Workers: ptr.To[int32](4)}, want: []Difference{{"workers", "2", "4"}}},
		{name: "a shell stays", job: aJob(line("sh", "-c", "mpirun -n 2 p")), changes: Changes{Workers: ptr.To[int32](4)}, want: []Difference{{"workers", "2", "4"}}},
		{name: "the program", job: aJob(), changes: Changes{Command: []string{"q", "a b"}},
			want: []Difference{{"command", "mpirun -n 2 --map-by slot --bind-to none p", "mpirun -n 2 --map-by slot --bind-to none q 'a b'"}}},
		{name: "the whole line", job: aJob(), changes: Changes{Command: []string{"mpirun", "-n", "1", "q"}},
			want: []Difference{{"command", "mpirun -n 2 --map-by slot --bind-to none p", "mpirun -n 1 q"}}},
		{name: "in place of a shell", job: aJob(line("sh", "-c", "mpirun p")), changes: Changes{Command: []string{"sh", "-c", "mpirun q"}},
			want: []Difference{{"command", "sh -c 'mpirun p'", "sh -c 'mpirun q'"}}},
		{name: "image of both", job: aJob(), changes: Changes{Image: "i:2"}, want: []Difference{{"image", "i", "i:2"}}},
		{name: "env", job: aJob(worker(func(c *corev1.Container) { c.Env = []corev1.EnvVar{{Name: "A", Value: "1"}, {Name: "B", Value: "1"}} })),
			changes: Changes{Env: []EnvVar{{"A", "2"}, {"C", "3"}}}, want: []Difference{{"env A", "1", "2"}, {"env C", "", "3"}}},
		{name: "GPUs under their own name", job: aJob(worker(func(c *corev1.Container) {
			c.Resources.Limits = corev1.ResourceList{"amd.com/gpu": resource.MustParse("1")}
		})), changes: Changes{GPUsPerWorker: ptr.To[int32](2)}, want: []Difference{{"gpusPerWorker", "1", "2"}}},
		{name: "a time limit", job: annotated("timeout", "10s"), changes: Changes{TimeLimit: "1d"}, want: []Difference{{"timeLimit", "10s", "24h"}}},
		{name: "one that nobody asked for before", job: annotated("default-timeout", "24h", "timeout", "4h", "timeout-source", "Namespace:4h"),
			changes: Changes{TimeLimit: "2h"}, want: []Difference{{"timeLimit", "", "2h"}}},
		{name: "no time limit", job: annotated("timeout", "10s"), changes: Changes{TimeLimit: "none"}, want: []Difference{{"timeLimit", "10s", ""}}},
		{name: "a time limit stays", job: annotated("timeout", "10s")},
		{name: "CPU", job: aJob(), changes: Changes{CPUPerWorker: mem("500m")}, want: []Difference{{"cpuPerWorker", "", "500m"}}},
	} {
		source := c.job.DeepCopy()
		got, problems := c.changes.apply(c.job)
		if len(problems) > 0 {
			t.Errorf("%s: %v", c.name, problems)
			continue
		}
		if d := cmp.Diff(append([]Difference{}, c.want...), differences(c.job, got)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
		request := mainContainer(got, kubeflow.MPIReplicaTypeWorker).Resources.Requests[corev1.ResourceMemory]
		if c.request != "" && request.String() != c.request {
			t.Errorf("%s: the request is %s, want %s", c.name, request.String(), c.request)
		}
		if !equality.Semantic.DeepEqual(source, c.job) {
			t.Errorf("%s: the source was changed", c.name)
		}
		if err := Check(named(got, "copy")); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func named(m *MPIJob, name string) *MPIJob {
	m.Name = name
	return m
}

// annotated is a job with annotations of ours, keys and values in turn.
func annotated(pairs ...string) *MPIJob {
	return aJob(func(m *MPIJob) {
		m.Annotations = map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m.Annotations["training.opendatahub.io/"+pairs[i]] = pairs[i+1]
		}
	})
}

// A copy's time limit is asked for, in place of one that nobody asked for; what is none is refused.
func TestChangesOfTheTimeLimit(t *testing.T) {
	usual := annotated("default-timeout", "24h", "timeout", "4h", "timeout-source", "Namespace:4h")
	for limit, want := range map[string]map[string]string{
		"":     {"training.opendatahub.io/default-timeout": "24h"},
		"2d":   {"training.opendatahub.io/timeout": "48h"},
		"none": {},
		"None": {},
	} {
		m, problems := Changes{TimeLimit: limit}.apply(usual)
		if len(problems) > 0 {
			t.Errorf("%q: %v", limit, problems)
			continue
		}
		delete(m.Annotations, "training.opendatahub.io/cloned-from")
		if d := cmp.Diff(want, m.Annotations); d != "" {
			t.Errorf("%q (-want +got):\n%s", limit, d)
		}
	}
	if _, problems := (Changes{TimeLimit: "soon"}).apply(usual); len(problems) != 1 || problems[0].Field != "timeLimit" || problems[0].Message != `"soon" is no time limit: write it as 90m, 48h or 2d, or none` {
		t.Errorf("what is no time limit: %v", problems)
	}
}

// An own image of the Launcher is its own; a Launcher that is a Worker gets what Workers get.
func TestChangesOfTheLauncher(t *testing.T) {
	own := aJob(launcher(func(c *corev1.Container) { c.Image = "launcher" }))
	m, _ := Changes{Image: "i:2", Env: []EnvVar{{"A", "1"}}}.apply(own)
	if l := mainContainer(m, kubeflow.MPIReplicaTypeLauncher); l.Image != "launcher" || len(l.Env) != 1 {
		t.Errorf("the Launcher has image %s and environment %v", l.Image, l.Env)
	}
	both := aJob(func(m *MPIJob) { m.Spec.RunLauncherAsWorker = ptr.To(true) }, line("mpirun", "-n", "3", "p"))
	m, _ = Changes{MemoryPerWorker: mem("1Gi"), Workers: ptr.To[int32](4)}.apply(both)
	l := mainContainer(m, kubeflow.MPIReplicaTypeLauncher)
	if got := l.Resources.Limits[corev1.ResourceMemory]; got.String() != "1Gi" || l.Args[1] != "5" {
		t.Errorf("a Launcher that is a Worker has limit %s and runs %v", got.String(), l.Args)
	}
	alone := aJob(func(m *MPIJob) { delete(m.Spec.MPIReplicaSpecs, kubeflow.MPIReplicaTypeWorker) })
	if m, problems := (Changes{Image: "i:2", Command: []string{"q"}}).apply(alone); len(problems) > 0 || mainContainer(m, kubeflow.MPIReplicaTypeLauncher).Image != "i:2" {
		t.Errorf("a job without Workers: %v", problems)
	}
	if _, problems := (Changes{Workers: ptr.To[int32](2), MemoryPerWorker: mem("1Gi")}).apply(alone); len(problems) != 2 {
		t.Errorf("changing the Workers of a job without any: %v, want two problems", problems)
	}
}

// A copy is what the user wrote, not what the cluster made of it.
func TestAfresh(t *testing.T) {
	m := afresh(aJob(cond(kubeflow.JobFailed, "RankExited", "…"), func(m *MPIJob) {
		m.Labels = map[string]string{"team": "vision"}
		m.Annotations = map[string]string{CreatorAnnotation: "ann", "note": "mine", "training.opendatahub.io/wait-timeout": "2m",
			"kubectl.kubernetes.io/last-applied-configuration": "{}"}
		m.OwnerReferences, m.Finalizers = []metav1.OwnerReference{{Name: "o"}}, []string{"f"}
		m.ManagedFields, m.GenerateName = []metav1.ManagedFieldsEntry{{}}, "pi-"
	}))
	want := metav1.ObjectMeta{Namespace: "team", Labels: map[string]string{"team": "vision"},
		Annotations: map[string]string{"note": "mine", "training.opendatahub.io/wait-timeout": "2m", "training.opendatahub.io/cloned-from": "pi"}}
	if d := cmp.Diff(want, m.ObjectMeta); d != "" || len(m.Status.Conditions) > 0 {
		t.Errorf("status %v; metadata (-want +got):\n%s", m.Status, d)
	}
}

func TestParseMpirun(t *testing.T) {
	for _, c := range []struct {
		argv    []string
		program int // -1: not understood
		ranks   int
	}{
		{[]string{"mpirun", "-n", "4", "p"}, 3, 2},
		{[]string{"/usr/bin/mpiexec", "--np", "4", "--mca", "btl", "tcp", "--allow-run-as-root", "p", "-n", "2"}, 7, 2},
		{[]string{"mpirun", "p"}, 1, -1},
		{[]string{"mpirun", "-n", "1", "a", ":", "-n", "2", "b"}, -1, 0},
		{[]string{"mpirun", "--new-option", "x", "p"}, -1, 0},
		{[]string{"mpirun", "-n"}, -1, 0},
		{[]string{"horovodrun", "-np", "2", "p"}, -1, 0},
		{nil, -1, 0},
	} {
		l, ok := parseMpirun(c.argv)
		if ok != (c.program >= 0) || ok && (l.program != c.program || l.ranks != c.ranks) {
			t.Errorf("%q: %+v %v, want program %d and ranks %d", c.argv, l, ok, c.program, c.ranks)
		}
	}
}

func FuzzParseMpirun(f *testing.F) {
	f.Add("mpirun", "-n", "4", "p")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		argv := []string{a, b, c, d}
		if l, ok := parseMpirun(argv); ok && (l.program >= len(argv) || l.ranks >= l.program) {
			t.Errorf("%q: %+v", argv, l)
		}
	})
}

func TestWrongChangesAreSaidInASentence(t *testing.T) {
	var c Changes
	if err := json.Unmarshal([]byte(`{"workers":"x"}`), &c); err == nil || !strings.HasPrefix(err.Error(), "what is to be changed is invalid: workers: ") {
		t.Errorf("%v", err)
	}
}
