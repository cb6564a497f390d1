package training

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/utils/ptr"
)

func TestBuiltInTemplates(t *testing.T) {
	var got []string
	for _, b := range BuiltInTemplates() {
		got = append(got, b.Name)
		if err := b.Check(); err != nil || b.Description == "" {
			t.Errorf("%s: %v, %q", b.Name, err, b.Description)
		}
		m, err := b.Job("j", Changes{Image: "registry/i:1", Workers: ptr.To[int32](3), Command: []string{"./p"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := Check(m); err != nil {
			t.Errorf("a job of %s: %v", b.Name, err)
		}
		if s, ok := SpecOf(m); !ok || s.Workers != 3 || s.Image != "registry/i:1" || len(m.Annotations) != 2 {
			t.Errorf("a job of %s: %+v, %v", b.Name, s, m.Annotations)
		}
	}
	if _, err := BuiltInTemplate("mpi").Job("j", Changes{Image: "i"}); err == nil || !strings.Contains(err.Error(), "say what to run") {
		t.Errorf("without a program: %v", err)
	}
	if d := cmp.Diff([]string{"deepspeed", "horovod", "mpi", "mpi4py"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A template made of a job, written and read again, makes that job.
func TestTemplateRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for i := range 200 {
		s := randomSpec(r)
		s.Code, s.Env, s.Output, s.OutputConnection = nil, nil, "", ""
		m := s.MPIJob()
		if i%2 == 0 {
			m.Spec.RunPolicy.BackoffLimit = ptr.To[int32](3) // no simple form says that
		}
		made := TemplateOf("t", m)
		if (made.Spec != nil) != (i%2 == 1) {
			t.Fatalf("%+v", made)
		}
		read, err := ReadTemplate(strings.NewReader(string(must(made.YAML()))), "t.yaml")
		if err != nil {
			t.Fatalf("%v\n%s", err, must(made.YAML()))
		}
		back := must(read.Job(m.Name, Changes{}))
		m.Namespace = ""
		if d := cmp.Diff(m, back, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("(-want +got):\n%s", d)
		}
	}
}

func TestBadTemplatesAreExplainedWithTheirLines(t *testing.T) {
	head := "apiVersion: training.opendatahub.io/v1\nkind: TrainingTemplate\nname: t\n"
	for text, want := range map[string]string{
		"":                                "is empty",
		head:                              "has neither spec",
		head + "spec:\n  wrokers: 2\n":    `line 5: spec.wrokers: there is no such field: did you mean "workers"?`,
		head + "spec:\n  workers: many\n": `line 5: spec.workers: is "many", but should be a whole number`,
		head + "spec:\n  workers: -1\n":   "line 5: spec.workers: ",
		head + "spec:\n  workers: 1\n  memoryPerWorker: lots\n": `line 6: spec.memoryPerWorker: "lots" is no amount: write it as 512Mi or 16Gi`,
		head + "spec:\n  workers: 1\n  timeLimit: soon\n":       "line 6: spec.timeLimit: ",
		head + "spec:\n  workers: 1\n  output: here\n":          "line 6: spec.output: ",
		head + "spec:\n  workers: 1\n  workers: 2\n":            "line 6: spec.workers: is given twice: remove one",
		head + "spec: {workers: 1}\nmpijob: {}\n":               "line 5: mpijob: goes beside spec",
		head + "spec: {workers: 1}\n---\nx: 1\n":                "more than one document",
		head + "spec: [\n":                                      "is not YAML",
		strings.Replace(head, "v1", "v9", 1):                    `"training.opendatahub.io/v9"`,
		"apiVersion: v1\nkind: Secret\n":                        "Secret",
		strings.Repeat("#", MaxTemplate+1):                      "larger than 256 KiB",
		head + "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n": "expands to far more",
	} {
		_, err := ReadTemplate(strings.NewReader(text), "t.yaml")
		var invalid *InvalidError
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80q: %v, want %q", text, err, want)
		}
	}
}

func TestTemplatesOfANamespace(t *testing.T) {
	s := newShelf()
	jobs := serve(t, s.ServeHTTP).Jobs("")
	spec := Spec{Image: "i", Workers: 2, Command: []string{"p"}}
	saved, err := jobs.SaveTemplate(t.Context(), &Template{Name: "mine", Description: "ours", Spec: &spec}, SaveTemplateOptions{})
	if err != nil || saved.Spec.Image != "i" || saved.Description != "ours" {
		t.Fatalf("%+v, %v", saved, err)
	}
	var exists *AlreadyExistsError
	if _, err := jobs.SaveTemplate(t.Context(), &Template{Name: "mine", Spec: &spec}, SaveTemplateOptions{}); !errors.As(err, &exists) {
		t.Errorf("a second one: %v", err)
	}
	spec.Workers = 5
	if _, err := jobs.SaveTemplate(t.Context(), &Template{Name: "mine", Spec: &spec}, SaveTemplateOptions{Replace: true}); err != nil {
		t.Errorf("in its place: %v", err)
	}
	if got, err := jobs.Template(t.Context(), "mine"); err != nil || got.Spec.Workers != 5 || got.BuiltIn {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := jobs.Template(t.Context(), "horovod"); err != nil || !got.BuiltIn {
		t.Errorf("%+v, %v", got, err)
	}
	var missing *NotFoundError
	for _, name := range []string{"nowhere", "../secrets/x", ""} {
		if got, err := jobs.Template(t.Context(), name); !errors.As(err, &missing) && !errors.As(err, new(*InvalidError)) {
			t.Errorf("%q: %+v, %v", name, got, err)
		}
	}
	if err := jobs.DeleteTemplate(t.Context(), "mine"); err != nil || len(s.names("configmaps")) != 0 {
		t.Errorf("%v, left %v", err, s.names("configmaps"))
	}
	var invalid *InvalidError
	if err := jobs.DeleteTemplate(t.Context(), "mpi"); !errors.As(err, &invalid) {
		t.Errorf("a built-in one: %v", err)
	}
	// A ConfigMap of that name that is no template is neither read nor deleted.
	s.objects["configmaps/training-template-other"] = map[string]any{"kind": "ConfigMap", "apiVersion": "v1", "metadata": map[string]any{"name": "training-template-other"}}
	if err := jobs.DeleteTemplate(t.Context(), "other"); !errors.As(err, &missing) || len(s.names("configmaps")) != 1 {
		t.Errorf("another's ConfigMap: %v", err)
	}
	code, _ := withCodeFolder("pi")
	if _, err := jobs.SaveTemplate(t.Context(), &Template{Name: "code", Spec: &code}, SaveTemplateOptions{}); !errors.As(err, &invalid) {
		t.Errorf("with a code folder: %v", err)
	}
}

func TestADescriptionIsBounded(t *testing.T) {
	spec := Spec{Image: "i", Workers: 1, Command: []string{"x"}}
	for n, want := range map[int]bool{2000: true, 2001: false} {
		err := (&Template{Name: "mine", Description: strings.Repeat("é", n), Spec: &spec}).Check()
		if (err == nil) != want || err != nil && !strings.Contains(err.Error(), "2000 are allowed") {
			t.Errorf("%d characters: %v", n, err)
		}
	}
}
