package training

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// randomPlace adds what the Launcher has and does, and where pods may run.
func randomPlace(r *rand.Rand, s *Spec) {
	if r.IntN(2) == 0 {
		s.LauncherCPU = resource.MustParse([]string{"50m", "2"}[r.IntN(2)])
	}
	if r.IntN(2) == 0 {
		s.LauncherMemory = resource.MustParse([]string{"64Mi", "4Gi"}[r.IntN(2)])
	}
	if r.IntN(2) == 0 {
		s.MPIRunFlags = [][]string{{"--tag-output"}, {"--mca", "btl", "^openib"}, {"-x", "PATH", "-v"}, {"--map-by", "node"}, {"--map-by", "slot"}, {"--bind-to", "core", "--map-by", "slot"}}[r.IntN(6)]
	}
	s.PriorityClass = []string{"", "high"}[r.IntN(2)]
	if r.IntN(2) == 0 {
		s.NodeSelector = map[string]string{"gpu": "a100", "zone": ""}
	}
}

func TestLauncherAsksForNoMoreThanItsLimit(t *testing.T) {
	for _, c := range []struct{ limit, request, wantLimit string }{{"", "128Mi", "512Mi"}, {"64Mi", "64Mi", "64Mi"}, {"4Gi", "128Mi", "4Gi"}} {
		s := Spec{Workers: 1}
		if c.limit != "" {
			s.LauncherMemory = resource.MustParse(c.limit)
		}
		got := s.MPIJob().Spec.MPIReplicaSpecs["Launcher"].Template.Spec.Containers[0].Resources
		if r, l := got.Requests[corev1.ResourceMemory], got.Limits[corev1.ResourceMemory]; r.String() != c.request || l.String() != c.wantLimit {
			t.Errorf("limit %q: asks for %s of at most %s, want %s of %s", c.limit, r.String(), l.String(), c.request, c.wantLimit)
		}
	}
}

func TestLauncherProblemsAreInSimpleWords(t *testing.T) {
	with := func(change func(*Spec)) Spec {
		s := Spec{Name: "j", Image: "i", Workers: 2, Command: []string{"p"}}
		change(&s)
		return s
	}
	flags := func(words ...string) Spec { return with(func(s *Spec) { s.MPIRunFlags = words }) }
	for name, c := range map[string]struct {
		spec        Spec
		field, text string
	}{
		"ranks":           {flags("--tag-output", "-np", "4"), "mpirunFlags", "Workers and slots"},
		"a program":       {flags("--tag-output", "./p"), "mpirunFlags", "no option of mpirun"},
		"an unknown one":  {flags("--frobnicate"), "mpirunFlags", "no option that is known"},
		"half of one":     {flags("--mca", "btl"), "mpirunFlags", "takes 2 more"},
		"another program": {flags("--mca", "btl", ":"), "mpirunFlags", "begins another program"},
		"negative CPU":    {with(func(s *Spec) { s.LauncherCPU = resource.MustParse("-1") }), "launcherCPU", ""},
		"doubtful memory": {with(func(s *Spec) { s.LauncherMemory = resource.MustParse("512m") }), "launcherMemory", ""},
		"priority":        {with(func(s *Spec) { s.PriorityClass = "High!" }), "priorityClass", ""},
		"label's name":    {with(func(s *Spec) { s.NodeSelector = map[string]string{"a b": "c"} }), "nodeSelector", ""},
	} {
		var invalid *InvalidError
		if !errors.As(c.spec.Check(), &invalid) {
			t.Errorf("%s: nothing is wrong with it", name)
			continue
		}
		found := false
		for _, p := range invalid.Problems {
			found = found || p.Field == c.field && strings.Contains(p.Message, c.text)
		}
		if !found {
			t.Errorf("%s: got %+v", name, invalid.Problems)
		}
	}
	if err := flags("--mca", "btl", "^openib", "-x", "A").Check(); err != nil {
		t.Errorf("good options: %v", err)
	}
}
