package mpijob_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
	"github.com/opendatahub-io/mpijob/internal/testkit/randomjob"
)

// Whatever is refused is explained: which field, with which value, why, and how to mend it. Nothing is
// refused of a job that doesn't change.
func TestPropertyRefusalsAreExplained(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		job := randomjob.Jobs("ns").Draw(t, "job")
		before := job.DeepCopy()
		errs := mpijob.Validate(job)
		for _, e := range errs {
			explained(t, job, e)
		}
		if diff := cmp.Diff(errs.ToAggregate(), mpijob.Validate(job).ToAggregate(), cmp.Comparer(sameText)); diff != "" {
			t.Fatalf("asked twice, it is refused differently:\n%s", diff)
		}
		for _, w := range mpijob.Warnings(job) {
			if !strings.Contains(w, ": ") {
				t.Fatalf("a warning that isn't <field>: <why>: %q", w)
			}
		}
		if len(errs) == 0 {
			if changes := mpijob.ValidateUpdate(job, job.DeepCopy()); len(changes) > 0 {
				t.Fatalf("nothing changed, yet: %v", changes)
			}
		}
		if diff := cmp.Diff(before, job); diff != "" {
			t.Fatalf("checking a job changed it:\n%s", diff)
		}
	})
}

func sameText(a, b error) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// explained holds one refusal to what users were promised.
func explained(t *rapid.T, job *kubeflow.MPIJob, e *field.Error) {
	if !within(job, e.Field) {
		t.Fatalf("the job has no field %q: %v", e.Field, e)
	}
	if len(strings.Fields(e.Detail)) < 3 {
		t.Fatalf("it isn't said why, or what to do: %v", e)
	}
	if e.Type == field.ErrorTypeInvalid && e.BadValue == nil {
		t.Fatalf("the value isn't named: %v", e)
	}
}

// within says whether a job has a field or could have it: each step but the last one exists.
func within(job *kubeflow.MPIJob, at string) bool {
	text, err := json.Marshal(job)
	if err != nil {
		return false
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return false
	}
	steps := steps(at)
	for _, s := range steps[:len(steps)-1] {
		switch here := v.(type) {
		case map[string]any:
			next, ok := here[s]
			if !ok {
				// What holds only absent fields is absent too.
				return !strings.Contains(s, "[")
			}
			v = next
		case []any:
			var i int
			if _, err := fmt.Sscanf(s, "%d", &i); err != nil || i < 0 || i >= len(here) {
				return false
			}
			v = here[i]
		default:
			return false
		}
	}
	return true
}

// steps takes a path as field.Path writes it apart: names, keys and indexes.
func steps(at string) []string {
	var out []string
	for at != "" {
		switch at[0] {
		case '[':
			end := strings.IndexByte(at, ']')
			out, at = append(out, at[1:end]), at[end+1:]
		default:
			end := strings.IndexAny(at, ".[")
			if end < 0 {
				end = len(at)
			}
			if end > 0 {
				out = append(out, at[:end])
			}
			at = strings.TrimPrefix(at[end:], ".")
		}
	}
	return out
}

// What is made for a job that is admitted is the same each time, carries valid names and labels, belongs
// to the job, and keeps what the manifest says.
func TestPropertyChildren(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		given := randomjob.Jobs("ns").Filter(func(j *kubeflow.MPIJob) bool { return len(mpijob.Validate(j)) == 0 }).Draw(t, "job")
		attempt := rapid.IntRange(1, 1000).Draw(t, "attempt")
		job := mpijob.WithDefaults(given)
		before := job.DeepCopy()
		make := func() []client.Object { return children(job, attempt) }
		all := make()
		if diff := cmp.Diff(all, make()); diff != "" {
			t.Fatalf("made twice, they differ:\n%s", diff)
		}
		if diff := cmp.Diff(before, job); diff != "" {
			t.Fatalf("making them changed the job:\n%s", diff)
		}
		for _, o := range all {
			if problems := validation.IsDNS1123Subdomain(o.GetName()); len(problems) > 0 || len(o.GetName()) > 63 {
				t.Fatalf("%T %q: %v", o, o.GetName(), problems)
			}
			for k, v := range o.GetLabels() {
				if len(validation.IsQualifiedName(k))+len(validation.IsValidLabelValue(v)) > 0 {
					t.Fatalf("%T %q: label %s=%q", o, o.GetName(), k, v)
				}
			}
			if o.GetAnnotations()[mpijob.AnnotationUID] != string(job.UID) {
				t.Fatalf("%T %q doesn't say whose it is", o, o.GetName())
			}
		}
		for _, r := range mpijob.Runtime(job, settings, attempt).Spec.Template.Spec.ReplicatedJobs {
			sound(t, &r.Template.Spec.Template)
		}
	})
}

// children are the objects an attempt is made of.
func children(job *kubeflow.MPIJob, attempt int) []client.Object {
	all := []client.Object{
		mpijob.Secret(job, mpijob.KeyPair{PrivatePEM: []byte("k"), AuthorizedKey: []byte("p")}), mpijob.Config(job, settings, attempt),
		mpijob.Service(job), mpijob.Runtime(job, settings, attempt), mpijob.TrainJob(job, attempt),
	}
	if p := mpijob.NetworkPolicy(job, settings); p != nil {
		all = append(all, p)
	}
	return all
}

// sound says that a pod has each name once, and that each mount has its volume.
func sound(t *rapid.T, pod *corev1.PodTemplateSpec) {
	once := func(what string, names []string) map[string]bool {
		seen := map[string]bool{}
		for _, n := range names {
			if seen[n] {
				t.Fatalf("%s %q is there twice", what, n)
			}
			seen[n] = true
		}
		return seen
	}
	var volumes, names []string
	for _, v := range pod.Spec.Volumes {
		volumes = append(volumes, v.Name)
	}
	there := once("volume", volumes)
	for _, c := range append(pod.Spec.InitContainers[:len(pod.Spec.InitContainers):len(pod.Spec.InitContainers)], pod.Spec.Containers...) {
		names = append(names, c.Name)
		var env, paths []string
		for _, e := range c.Env {
			env = append(env, e.Name)
		}
		for _, m := range c.VolumeMounts {
			paths = append(paths, m.MountPath)
			if !there[m.Name] {
				t.Fatalf("container %s mounts %q, which is no volume", c.Name, m.Name)
			}
		}
		once("variable", env)
		once("mount", paths)
	}
	once("container", names)
}

// For any job that is admitted and any state of its pods: deciding, planning and reporting are the same
// each time and change nothing they were given, a status that was written is not written again, and a
// start that was planned is not planned again once it is there.
func TestPropertyPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		given := randomjob.Jobs("ns").Filter(func(j *kubeflow.MPIJob) bool { return len(mpijob.Validate(j)) == 0 }).Draw(t, "job")
		given.CreationTimestamp = metav1.NewTime(Epoch)
		job := mpijob.WithDefaults(given)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "state"), 1))
		o := randomState(r, job)
		now := At(time.Duration(rapid.IntRange(0, 600).Draw(t, "seconds")) * time.Second)
		before := cmp.Diff(nil, []any{job, o})
		v := mpijob.Judge(job, o, now)
		p := mpijob.MakePlan(job, o, v, now)
		status, events, _ := mpijob.NextStatus(job, o, v, p, now)
		if diff := cmp.Diff(p, mpijob.MakePlan(job, o, mpijob.Judge(job, o, now), now)); diff != "" {
			t.Fatalf("planning twice differs:\n%s", diff)
		}
		if before != cmp.Diff(nil, []any{job, o}) {
			t.Fatal("what was given was changed")
		}
		if len(events) > 0 && cmp.Equal(status, job.Status) {
			t.Fatalf("events without a change: %v", events)
		}
		job.Status = status
		if p.Start > 0 {
			o.Runs = append(o.Runs, Run(job, p.Start))
			o.ConfigAttempt = p.Start
		}
		v = mpijob.Judge(job, o, now)
		next := mpijob.MakePlan(job, o, v, now)
		if next.Start > 0 {
			t.Fatalf("attempt %d is there, yet %d is to be started", p.Start, next.Start)
		}
		if p.Start > 0 {
			return // its pods are still to come, and with them other words
		}
		if again, events, _ := mpijob.NextStatus(job, o, v, next, now); !cmp.Equal(status, again) || len(events) > 0 {
			t.Fatalf("the status doesn't settle (events %v):\n%s", events, cmp.Diff(status, again))
		}
	})
}
