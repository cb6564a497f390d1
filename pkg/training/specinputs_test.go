package training

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// randomInputs adds what comes into a job and out of it.
func randomInputs(r *rand.Rand, s *Spec) {
	for i := range r.IntN(4) {
		s.Secrets = append(s.Secrets, SecretInput{Name: fmt.Sprint("secret", i), MountPath: []string{"", fmt.Sprint("/s", i)}[r.IntN(2)]})
	}
	for i := range r.IntN(3) {
		s.Claims = append(s.Claims, ClaimInput{Name: fmt.Sprint("claim", i), MountPath: fmt.Sprint("/c", i), ReadOnly: r.IntN(2) == 0})
	}
	for i := range r.IntN(3) {
		s.Connections = append(s.Connections, fmt.Sprint("connection", i))
	}
	switch r.IntN(4) {
	case 0:
		s.SharedMemory = ptr.To(resource.MustParse("0"))
	case 1: // nothing that half of some memory is: that is the default, and comes back as it
		s.SharedMemory = ptr.To(resource.MustParse("123Mi"))
	}
	s.Queue = []string{"", "team", "volcano:team"}[r.IntN(3)]
	if r.IntN(2) == 0 {
		s.Code = must(PackCode(fstest.MapFS{"a/b.py": {Data: []byte("x")}, "run.sh": {Data: []byte("#!"), Mode: 0o755}, "big": {Data: make([]byte, []int{MaxCodeFile - 1, 1, 0, 0, 0, 0, 0, 0, 0, 0}[r.IntN(10)])}}))
		for i := range s.Code.Files {
			s.Code.Files[i].content = nil
		}
	}
	switch r.IntN(3) {
	case 0:
		if len(s.Claims) > 0 {
			s.Output = "pvc:claim0:/out/1"
		}
	case 1:
		if s.Output = "s3://models/x"; len(s.Connections) > 1 {
			s.OutputConnection = "connection1"
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// What a Spec says survives JSON, and a text over a Spec changes what it names alone.
func TestSpecAsJSON(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		s := randomSpec(r)
		var back Spec
		if err := json.Unmarshal(must(json.Marshal(s)), &back); err != nil {
			t.Fatal(err)
		}
		for i := range ptr.Deref(s.Code, Code{}).Files { // how a folder is spread over ConfigMaps stays here
			s.Code.Files[i].part, back.Code.Files[i].part = 0, 0
		}
		if d := cmp.Diff(s, back, cmpopts.EquateEmpty(), cmp.AllowUnexported(CodeFile{})); d != "" {
			t.Fatalf("through JSON (-want +got):\n%s", d)
		}
	}
	s := Spec{Name: "a", Image: "i", Workers: 2, TimeLimit: 48 * time.Hour}
	if err := json.Unmarshal([]byte(`{"workers": 4}`), &s); err != nil || s.Workers != 4 || s.Image != "i" || s.TimeLimit != 48*time.Hour {
		t.Errorf("%+v, %v", s, err)
	}
	if text := string(must(json.Marshal(Spec{Workers: 1}))); text != `{"workers":1}` {
		t.Errorf("more than was set: %s", text)
	}
	for text, want := range map[string]string{`{"wrokers": 4}`: `wrokers: there is no such field: did you mean "workers"?`, `{"timeLimit": "soon"}`: "90m, 48h or 2d", `{"timeLimit": "-1h"}`: "is not positive"} {
		if err := json.Unmarshal([]byte(text), &Spec{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestSharedMemoryIsHalfOfTheMemory(t *testing.T) {
	for memory, want := range map[string]string{"": "1Gi", "16Gi": "8Gi", "513Mi": "256Mi", "1": "1"} {
		s := Spec{Name: "j", Image: "i", Workers: 1, Command: []string{"p"}}
		if memory != "" {
			s.MemoryPerWorker = resource.MustParse(memory)
		}
		v := s.MPIJob().Spec.MPIReplicaSpecs["Worker"].Template.Spec.Volumes[0]
		if got := v.EmptyDir.SizeLimit.String(); got != want || v.EmptyDir.Medium != "Memory" {
			t.Errorf("memory %q: %s of %s, want %s", memory, got, v.EmptyDir.Medium, want)
		}
	}
}

func TestInputProblemsAreToldAtOnceInSimpleWords(t *testing.T) {
	s := Spec{
		Name: "j", Image: "i", Workers: 1, Command: []string{"p"}, MemoryPerWorker: resource.MustParse("1Gi"),
		Secrets:      []SecretInput{{Name: "A B"}, {Name: "s", MountPath: "etc"}, {Name: "t", MountPath: "/opt/mpi-agent/x"}, {Name: "u"}, {Name: "u"}},
		Claims:       []ClaimInput{{Name: "c", MountPath: "/data"}, {Name: "d", MountPath: "/data"}, {Name: "e", MountPath: "/data/x"}, {Name: "f", MountPath: "/code/in"}},
		Connections:  []string{"x", "x"},
		SharedMemory: ptr.To(resource.MustParse("2Gi")), Queue: "volcano:", Output: "pvc:other:/x",
		Code: must(PackCode(fstest.MapFS{"p": {Data: []byte("x")}})),
	}
	var invalid *InvalidError
	if !errors.As(s.Check(), &invalid) {
		t.Fatal("no problems")
	}
	var got []string
	for _, p := range invalid.Problems {
		got = append(got, p.Field)
	}
	want := []string{"secrets", "secrets", "secrets", "secrets", "claims", "claims", "claims", "connections", "sharedMemory", "queue", "output"}
	if d := cmp.Diff(want, got, cmpopts.SortSlices(func(a, b string) bool { return a < b })); d != "" {
		t.Errorf("(-want +got):\n%s\n%v", d, invalid)
	}
	for name, c := range map[string]struct {
		change func(*Spec)
		field  string
	}{
		"output's form":          {func(s *Spec) { s.Output = "data" }, "output"},
		"S3 without connection":  {func(s *Spec) { s.Output = "s3://models/x" }, "output"},
		"another's connection":   {func(s *Spec) { s.Output, s.OutputConnection = "s3://models/x", "y"; s.Connections = []string{"x"} }, "outputConnection"},
		"connection, no output":  {func(s *Spec) { s.OutputConnection = "y" }, "outputConnection"},
		"read-only output":       {func(s *Spec) { s.Output = "pvc:c:/x"; s.Claims = []ClaimInput{{"c", "/c", true}} }, "output"},
		"negative shared memory": {func(s *Spec) { s.SharedMemory = ptr.To(resource.MustParse("-1")) }, "sharedMemory"},
		"a queue's name":         {func(s *Spec) { s.Queue = "A" }, "queue"},
	} {
		s := Spec{Name: "j", Image: "i", Workers: 1, Command: []string{"p"}}
		c.change(&s)
		if err := s.Check(); !errors.As(err, &invalid) || len(invalid.Problems) != 1 || invalid.Problems[0].Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRanksFindTheOutput(t *testing.T) {
	s := Spec{Name: "j", Image: "i", Workers: 1, Command: []string{"p"}, Claims: []ClaimInput{{Name: "c", MountPath: "/data"}}, Output: "pvc:c:/runs/1", Env: []EnvVar{{"A", "1"}}}
	m := s.MPIJob()
	for _, role := range []string{"Worker", "Launcher"} {
		env := m.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaType(role)].Template.Spec.Containers[0].Env
		if last := env[len(env)-1]; last.Name != OutputVariable || last.Value != "/data/runs/1" {
			t.Errorf("%s: %v", role, env)
		}
	}
	if m.Annotations[mpijob.AnnotationOutput] != s.Output {
		t.Errorf("annotations: %v", m.Annotations)
	}
	s.Env = append(s.Env, EnvVar{OutputVariable, "/x"})
	if err := s.Check(); err == nil || !strings.Contains(err.Error(), "env") {
		t.Errorf("a variable of that name: %v", err)
	}
}
