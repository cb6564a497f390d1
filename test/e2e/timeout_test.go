//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

func annotation(key, value string) option {
	return func(job *kubeflow.MPIJob) {
		if job.Annotations == nil {
			job.Annotations = map[string]string{}
		}
		job.Annotations[key] = value
	}
}

// awaitEvent waits for an event of that reason about a job, and returns its message.
func (e *env) awaitEvent(job *kubeflow.MPIJob, reason string) string {
	e.t.Helper()
	var message string
	e.await(e.admin.Client, &corev1.EventList{}, "event "+reason+" of "+job.Name, func(objs []client.Object) bool {
		for _, o := range objs {
			ev := o.(*corev1.Event)
			if ev.InvolvedObject.UID == job.UID && ev.Reason == reason {
				message = ev.Message
				return true
			}
		}
		return false
	}, client.InNamespace(job.Namespace))
	return message
}

// patch changes a job as a user.
func (e *env) patch(job *kubeflow.MPIJob, change func(*kubeflow.MPIJob)) {
	e.t.Helper()
	now := &kubeflow.MPIJob{}
	e.must(e.admin.Client.Get(e.ctx, client.ObjectKeyFromObject(job), now), "reading the job")
	old := now.DeepCopy()
	change(now)
	e.must(e.admin.Client.Patch(e.ctx, now, client.MergeFrom(old)), "changing the job")
}

// A job's time limit, set while it runs: a warning, then SIGTERM to every rank, which saves its state,
// then the end, with its reason; and everyone could see from the start when that would be.
func TestTimeLimit(t *testing.T) {
	t.Parallel()
	e := setup(t)
	const script = `trap 'echo "rank $RANK saved"; exit 0' TERM; echo "rank $RANK runs"; while :; do sleep 0.2; done`
	job := e.submit(e.scientist, newJob(teamA, "e2e-time-limit", ranks(script), annotation(mpijob.AnnotationTimeout, "2h")))
	at, ok := mpijob.StopsAt(job)
	if view := training.Summarize(job); !ok || view.StopsAt == nil || !view.StopsAt.Equal(at) {
		t.Errorf("a job that was just created should say when it stops: %v", view.StopsAt)
	}
	running := e.awaitCondition(job, kubeflow.JobRunning)
	if m := condition(running, kubeflow.JobRunning).Message; !strings.Contains(m, "It stops at ") || !strings.Contains(m, "limit of 2h") {
		t.Errorf("condition Running should say when the job stops: %q", m)
	}
	e.awaitLog(job, "rank 3 runs")
	// A little later than now: 80 % of it are still to come, and the warning has time before the end.
	elapsed := time.Since(running.Status.StartTime.Time)
	limit := (elapsed*5/4 + 30*time.Second).Round(time.Second)
	e.patch(job, annotation(mpijob.AnnotationTimeout, limit.String()))
	if m := e.awaitEvent(job, mpijob.ReasonTimeoutNear); !strings.Contains(m, "80 % of the time limit of "+mpijob.Plain(limit)) {
		t.Errorf("the warning should name the limit: %q", m)
	}
	ended := e.awaitCondition(job, kubeflow.JobFailed)
	c := condition(ended, kubeflow.JobFailed)
	if c.Reason != "TimeoutReached" || !strings.Contains(c.Message, "time limit: "+mpijob.Plain(limit)) {
		t.Errorf("Failed should say TimeoutReached and the limit: %s: %s", c.Reason, c.Message)
	}
	log := e.launcherLog(e.scientist, job)
	for rank := range 4 {
		if want := fmt.Sprintf("rank %d saved", rank); !strings.Contains(log, want) {
			t.Errorf("the log should have %q:\n%s", want, log)
		}
	}
	e.awaitEvent(job, "TimeoutReached")
}

// A job that is only to be told of goes on.
func TestTimeLimitNotifies(t *testing.T) {
	t.Parallel()
	e := setup(t)
	job := e.submit(e.scientist, newJob(teamA, "e2e-notify", ranks("sleep 6"),
		annotation(mpijob.AnnotationTimeout, "2s"), annotation(mpijob.AnnotationTimeoutPolicy, mpijob.TimeoutNotify)))
	if m := e.awaitEvent(job, "TimeoutReached"); !strings.Contains(m, "goes on") {
		t.Errorf("the event should say that the job goes on: %q", m)
	}
	e.awaitCondition(job, kubeflow.JobSucceeded)
}

// What an administrator says about a namespace is part of every job created there, and can't be got
// around.
func TestNamespaceTimeLimits(t *testing.T) {
	t.Parallel()
	e := setup(t)
	const maximum, usual, source = mpijob.AnnotationMaxTimeout, mpijob.AnnotationDefaultTimeout, mpijob.AnnotationTimeoutSource
	both := e.administered(map[string]string{usual: "2h", maximum: "4h"})
	longer := e.administered(map[string]string{maximum: "1000h"})
	cut := e.administered(map[string]string{usual: "9h", maximum: "4h"})
	long := e.administered(map[string]string{usual: "240h"})
	same := e.administered(map[string]string{usual: "24h"})
	mistaken := e.administered(map[string]string{usual: "2d", maximum: "4h"})
	broken := e.administered(map[string]string{maximum: "a week"})
	huge := e.administered(map[string]string{maximum: "99999999999999h"})
	for _, tt := range []struct {
		name, ns, asks, policy string
		own                    string // what the job brings along because nobody asked: 24h from the simple form
		marked                 string // the source its manifest names, as in a copy of what is stored
		limit, source, refusal string
		keeps                  bool // that nobody asked
	}{
		{name: "the default", ns: both, limit: "2h", source: "Namespace:2h"},
		{name: "less than the maximum", ns: both, asks: "3h30m", limit: "3h30m"},
		{name: "the maximum", ns: both, asks: "240m", limit: "240m"},
		{name: "more than the maximum", ns: both, asks: "5h", refusal: "longer than 4h, the most a job may ask for in namespace " + both},
		{name: "only telling, where there is a maximum", ns: both, policy: "Notify", refusal: "has a maximum time (4h)"},
		{name: "a maximum alone is the default too", ns: longer, limit: "1000h", source: "Namespace:1000h"},
		{name: "an administrator allows more than 7 days", ns: longer, asks: "400h", limit: "400h"},
		{name: "a default beyond the maximum", ns: cut, limit: "4h", source: "Namespace:4h"},
		{name: "a default beyond 7 days, without a maximum", ns: long, limit: "168h", source: "Product:168h"},
		{name: "nobody asked, and the namespace has a default", ns: both, own: "24h", limit: "2h", source: "Namespace:2h", keeps: true},
		{name: "nobody asked, and the namespace says the same", ns: same, own: "24h", limit: "24h", source: "Namespace:24h", keeps: true},
		{name: "nobody asked, and the maximum is less", ns: cut, own: "24h", limit: "4h", source: "Namespace:4h", keeps: true},
		{name: "nobody asked, and the maximum is more", ns: longer, own: "24h", limit: "24h", source: "Job:24h", keeps: true},
		{name: "nobody asked, and nothing said", ns: teamA, own: "24h", limit: "24h", source: "Job:24h", keeps: true},
		{name: "nobody asked, and 7 days is less", ns: teamA, own: "200h", limit: "168h", source: "Product:168h", keeps: true},
		{name: "nobody asked, and the administrator's default is none", ns: mistaken, own: "24h", limit: "4h", source: "Namespace:4h", keeps: true},
		{name: "the administrator's default is none", ns: mistaken, refusal: "can't be set: annotation " + usual + " of namespace " + mistaken + " is 2d, which is no duration"},
		{name: "the administrator's default is none, and isn't needed", ns: mistaken, asks: "1h", limit: "1h"},
		{name: "asked all the same", ns: both, own: "24h", asks: "3h", limit: "3h"},
		{name: "asked all the same, for what it would get", ns: both, own: "24h", asks: "2h", limit: "2h"},
		{name: "asked for too much all the same", ns: both, own: "24h", asks: "5h", refusal: "longer than 4h"},
		{name: "a copy of what is stored", ns: both, own: "24h", asks: "9h", marked: "Namespace:9h", limit: "2h", source: "Namespace:2h", keeps: true},
		{name: "a copy of what is stored, where nothing is said", ns: teamA, asks: "9h", marked: "Namespace:9h"},
		{name: "a copy of what is stored, with another limit", ns: both, asks: "3h", marked: "Namespace:9h", limit: "3h"},
		{name: "nothing said", ns: teamA, limit: ""},
		{name: "nothing said, but a source", ns: teamA, marked: "Namespace:9h"},
		{name: "7 days", ns: teamA, asks: "168h", limit: "168h"},
		{name: "more than 7 days", ns: teamA, asks: "168h1s", refusal: "longer than 168h"},
		{name: "no duration", ns: teamA, asks: "7d", refusal: "is not a duration"},
		{name: "more than can be counted", ns: both, asks: "99999999999999h", refusal: "is not a duration"},
		{name: "a duration to some, to pass the maximum by", ns: both, asks: "+9h", refusal: "is not a duration"},
		{name: "the administrator's mistake", ns: broken, asks: "1h", refusal: "a week, which is no duration: ask its administrator"},
		{name: "the administrator's mistake, of a job that asks for nothing", ns: broken, refusal: "a week, which is no duration: ask its administrator"},
		{name: "more than can be counted is the administrator's mistake", ns: huge, own: "24h", refusal: "99999999999999h, which is no duration: ask its administrator"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := e.in(t)
			job := newJob(tt.ns, "e2e-limit")
			for key, value := range map[string]string{mpijob.AnnotationTimeout: tt.asks, mpijob.AnnotationTimeoutPolicy: tt.policy, usual: tt.own, source: tt.marked} {
				if value != "" {
					annotation(key, value)(job)
				}
			}
			err := e.admin.Client.Create(e.ctx, job, client.DryRunAll)
			switch {
			case tt.refusal != "" && (err == nil || !strings.Contains(err.Error(), tt.refusal)):
				t.Errorf("it should be refused with %q: %v", tt.refusal, err)
			case tt.refusal == "" && err != nil:
				t.Error(err)
			case tt.refusal == "" && job.Annotations[mpijob.AnnotationTimeout] != tt.limit:
				t.Errorf("its time limit is %q, want %q", job.Annotations[mpijob.AnnotationTimeout], tt.limit)
			case tt.refusal == "" && job.Annotations[source] != tt.source:
				t.Errorf("whose word that is: %q, want %q", job.Annotations[source], tt.source)
			case tt.refusal == "" && (job.Annotations[usual] != "") != tt.keeps:
				t.Errorf("that nobody asked for it: %q", job.Annotations[usual])
			}
		})
	}
}

// administered makes a namespace about which an administrator says something.
func (e *env) administered(annotations map[string]string) string {
	e.t.Helper()
	name := e.namespace("limits")
	e.say(name, "restricted", annotations)
	return name
}

// say has an administrator say something about a namespace, and a network's template, which no job named before:
// the policies see a namespace as the API server's cache has it, and once jobs are given that one, or refused for
// what was said, they see it all.
func (e *env) say(namespace, network string, annotations map[string]string) {
	e.t.Helper()
	o := &corev1.Namespace{}
	e.must(e.admin.Client.Get(e.ctx, client.ObjectKey{Name: namespace}, o), "reading the namespace")
	old := o.DeepCopy()
	o.Annotations = maps.Clone(annotations)
	o.Annotations[mpijob.AnnotationNetwork] = network
	e.must(e.admin.Client.Patch(e.ctx, o, client.MergeFrom(old)), "annotating the namespace")
	for until := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		probe := newJob(namespace, "e2e-probe")
		if err := e.admin.Client.Create(e.ctx, probe, client.DryRunAll); err != nil || probe.Annotations[mpijob.AnnotationNetwork] == network {
			return
		}
		if time.Now().After(until) {
			e.t.Fatalf("the policies don't see what was said about %s", namespace)
		}
	}
}

// What was decided when a job was created stays with it, and a change is weighed as such.
func TestTimeLimitsOnUpdate(t *testing.T) {
	t.Parallel()
	e := setup(t)
	const limit, usual, source, note = mpijob.AnnotationTimeout, mpijob.AnnotationDefaultTimeout, mpijob.AnnotationTimeoutSource, "note"
	const gone = "-"
	ns := e.administered(map[string]string{usual: "2h", mpijob.AnnotationMaxTimeout: "4h"})
	given := map[string]string{usual: "24h", limit: "2h", source: "Namespace:2h"}
	for name, tt := range map[string]struct {
		has, change, want map[string]string
		refusal           string
	}{
		"another thing changes":             {has: map[string]string{usual: "24h"}, change: map[string]string{note: "x"}, want: given},
		"applied twice":                     {has: map[string]string{usual: "24h"}, change: map[string]string{usual: "24h"}, want: given},
		"taken off, it comes back":          {has: map[string]string{usual: "24h"}, change: map[string]string{limit: gone}, want: given},
		"all taken off, it comes back":      {has: map[string]string{usual: "24h"}, change: map[string]string{limit: gone, usual: gone, source: gone}, want: map[string]string{limit: "2h", source: "Namespace:2h"}},
		"raised, it is asked for":           {has: map[string]string{usual: "24h"}, change: map[string]string{limit: "3h"}, want: map[string]string{limit: "3h"}},
		"raised to the maximum":             {has: map[string]string{}, change: map[string]string{limit: "4h"}, want: map[string]string{limit: "4h"}},
		"raised beyond the maximum":         {has: map[string]string{usual: "24h"}, change: map[string]string{limit: "5h"}, refusal: "longer than 4h"},
		"a default beside what was asked":   {has: map[string]string{limit: "3h"}, change: map[string]string{usual: "24h"}, want: map[string]string{limit: "3h"}},
		"called the namespace's":            {has: map[string]string{limit: "3h"}, change: map[string]string{source: "Namespace:3h"}, want: map[string]string{limit: "2h", source: "Namespace:2h"}},
		"called the namespace's, of others": {has: map[string]string{limit: "3h"}, change: map[string]string{source: "Namespace:2h"}, want: map[string]string{limit: "3h"}},
		"what was asked for, taken off":     {has: map[string]string{limit: "3h"}, change: map[string]string{limit: gone}, want: map[string]string{limit: "2h", source: "Namespace:2h"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := e.in(t)
			job := newJob(ns, "", suspended)
			job.GenerateName = "e2e-limited-"
			job.Annotations = tt.has
			e.must(e.admin.Client.Create(e.ctx, job), "creating the job")
			if got := job.Annotations[mpijob.AnnotationNetwork]; got != "restricted" {
				t.Errorf("the namespace's network template: %q", got)
			}
			err := e.change(job, tt.change, gone)
			if tt.refusal != "" {
				if err == nil || !strings.Contains(err.Error(), tt.refusal) {
					t.Errorf("it should be refused with %q: %v", tt.refusal, err)
				}
				return
			}
			e.must(err, "changing the job")
			for _, key := range []string{limit, usual, source} {
				if got := job.Annotations[key]; got != tt.want[key] {
					t.Errorf("%s is %q, want %q", key, got, tt.want[key])
				}
			}
		})
	}

	// What the administrator says later is for later jobs, and for what is asked for later.
	job := e.submit(e.admin, newJob(ns, "e2e-limited", suspended, annotation(limit, "4h")))
	unasked := e.submit(e.admin, newJob(ns, "e2e-unasked", suspended))
	from := e.administered(map[string]string{})
	before := e.submit(e.admin, newJob(from, "e2e-before", suspended))
	e.say(ns, "isolated", map[string]string{mpijob.AnnotationMaxTimeout: "1h"})
	e.say(from, "isolated", map[string]string{mpijob.AnnotationMaxTimeout: "1h"})
	e.must(e.change(job, map[string]string{note: "x"}, gone), "changing something else of a job with more than the maximum")
	e.must(e.change(unasked, map[string]string{note: "x"}, gone), "changing something else of a job that asked for none")
	e.must(e.change(before, map[string]string{note: "x"}, gone), "changing something else of a job without a limit")
	if job.Annotations[limit] != "4h" || unasked.Annotations[limit] != "2h" || unasked.Annotations[source] != "Namespace:2h" || before.Annotations[limit] != "" {
		t.Errorf("the limits they had: %q, %q, %q", job.Annotations[limit], unasked.Annotations[limit], before.Annotations[limit])
	}
	for _, asks := range []string{limit, usual} { // the controller takes a default for the limit where there is no other
		if err := e.change(before, map[string]string{asks: "2h"}, gone); err == nil || !strings.Contains(err.Error(), "longer than 1h") {
			t.Errorf("%s beyond the maximum: %v", asks, err)
		}
	}
	e.must(e.change(before, map[string]string{limit: "30m", source: "Namespace:30m"}, gone), "calling a limit the namespace's")
	if before.Annotations[limit] != "1h" || before.Annotations[source] != "Namespace:1h" {
		t.Errorf("called the namespace's it should be the namespace's: %q, %q", before.Annotations[limit], before.Annotations[source])
	}
}

// change writes annotations of a job as they are given, and takes off those that are gone; the job is then as stored.
func (e *env) change(job *kubeflow.MPIJob, annotations map[string]string, gone string) error {
	e.t.Helper()
	set := map[string]any{}
	for key, value := range annotations {
		set[key] = value
		if value == gone {
			set[key] = nil
		}
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": set}})
	e.must(err, "writing the change")
	return e.admin.Client.Patch(e.ctx, job, client.RawPatch(types.MergePatchType, patch))
}

// A finalizer of somebody's keeps a deleted job, but not what it runs: else it would have no time limit.
func TestADeletedJobRunsNoLonger(t *testing.T) {
	t.Parallel()
	e := setup(t)
	const hold = "me.example/hold"
	job := e.submit(e.scientist, newJob(teamA, "e2e-held", ranks(busy), func(j *kubeflow.MPIJob) { j.Finalizers = []string{hold} }))
	release := func() {
		now := &kubeflow.MPIJob{}
		if err := e.admin.Client.Get(context.Background(), client.ObjectKeyFromObject(job), now); err == nil {
			_ = e.admin.Client.Patch(context.Background(), now, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`)))
		}
	}
	t.Cleanup(release)
	e.awaitCondition(job, kubeflow.JobRunning)
	e.must(e.scientist.Client.Delete(e.ctx, job, client.PropagationPolicy(metav1.DeletePropagationBackground)), "deleting the job")
	e.awaitPods(job, "no pod", func(p []*corev1.Pod) bool { return len(p) == 0 })
	now := &kubeflow.MPIJob{}
	e.must(e.admin.Client.Get(e.ctx, client.ObjectKeyFromObject(job), now), "reading the job that is held")
	release()
	e.awaitNothingLeft(teamA, job.Name)
}
