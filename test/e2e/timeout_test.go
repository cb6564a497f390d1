//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
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
	// A little later than now: 80 % of it are still to come.
	elapsed := time.Since(running.Status.StartTime.Time)
	limit := (elapsed*5/4 + 10*time.Second).Round(time.Second)
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
	ns := func(annotations map[string]string) string {
		name := e.namespace("limits")
		o := &corev1.Namespace{}
		e.must(e.admin.Client.Get(e.ctx, client.ObjectKey{Name: name}, o), "reading the namespace")
		old := o.DeepCopy()
		o.Annotations = annotations
		e.must(e.admin.Client.Patch(e.ctx, o, client.MergeFrom(old)), "annotating the namespace")
		return name
	}
	const maximum, usual = mpijob.AnnotationMaxTimeout, mpijob.AnnotationDefaultTimeout
	both := ns(map[string]string{usual: "2h", maximum: "4h", mpijob.AnnotationNetwork: "restricted"})
	longer := ns(map[string]string{maximum: "1000h"})
	cut := ns(map[string]string{usual: "9h", maximum: "4h"})
	long := ns(map[string]string{usual: "240h"})
	mistaken := ns(map[string]string{usual: "a day", maximum: "4h"})
	broken := ns(map[string]string{maximum: "a week"})
	for _, tt := range []struct {
		name, ns, asks, policy string
		limit, refusal         string
		simple                 bool // as the simple form writes it: nobody asked, and 24h would do
		keeps                  bool // that nobody asked
	}{
		{name: "the default", ns: both, limit: "2h"},
		{name: "less than the maximum", ns: both, asks: "3h30m", limit: "3h30m"},
		{name: "the maximum", ns: both, asks: "240m", limit: "240m"},
		{name: "more than the maximum", ns: both, asks: "5h", refusal: "longer than 4h, the most a job may ask for in namespace " + both},
		{name: "only telling, where there is a maximum", ns: both, policy: "Notify", refusal: "has a maximum time (4h)"},
		{name: "a maximum alone is the default too", ns: longer, limit: "1000h"},
		{name: "an administrator allows more than 7 days", ns: longer, asks: "400h", limit: "400h"},
		{name: "a default beyond the maximum", ns: cut, limit: "4h"},
		{name: "a default beyond 7 days, without a maximum", ns: long, limit: "168h"},
		{name: "nobody asked, and the namespace has a default", ns: both, simple: true, limit: "2h", keeps: true},
		{name: "nobody asked, and the maximum is less", ns: cut, simple: true, limit: "4h", keeps: true},
		{name: "nobody asked, and the maximum is more", ns: longer, simple: true, limit: "24h", keeps: true},
		{name: "nobody asked, and nothing said", ns: teamA, simple: true, limit: "24h", keeps: true},
		{name: "nobody asked, and the administrator's default is none", ns: mistaken, simple: true, limit: "4h", keeps: true},
		{name: "asked all the same", ns: both, simple: true, asks: "3h", limit: "3h"},
		{name: "asked for too much all the same", ns: both, simple: true, asks: "5h", refusal: "longer than 4h"},
		{name: "nothing said", ns: teamA, limit: ""},
		{name: "7 days", ns: teamA, asks: "168h", limit: "168h"},
		{name: "more than 7 days", ns: teamA, asks: "168h1s", refusal: "longer than 168h"},
		{name: "no duration", ns: teamA, asks: "7d", refusal: "is not a duration"},
		{name: "a duration to some, to pass the maximum by", ns: both, asks: "+9h", refusal: "is not a duration"},
		{name: "the administrator's mistake", ns: broken, asks: "1h", refusal: "a week, which is no duration: ask its administrator"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := e.in(t)
			job := newJob(tt.ns, "e2e-limit")
			if tt.asks != "" {
				annotation(mpijob.AnnotationTimeout, tt.asks)(job)
			}
			if tt.policy != "" {
				annotation(mpijob.AnnotationTimeoutPolicy, tt.policy)(job)
			}
			if tt.simple {
				annotation(usual, "24h")(job)
			}
			err := e.admin.Client.Create(e.ctx, job, client.DryRunAll)
			switch {
			case tt.refusal != "" && (err == nil || !strings.Contains(err.Error(), tt.refusal)):
				t.Errorf("it should be refused with %q: %v", tt.refusal, err)
			case tt.refusal == "" && err != nil:
				t.Error(err)
			case tt.refusal == "" && job.Annotations[mpijob.AnnotationTimeout] != tt.limit:
				t.Errorf("its time limit is %q, want %q", job.Annotations[mpijob.AnnotationTimeout], tt.limit)
			case tt.refusal == "" && (job.Annotations[usual] != "") != tt.keeps:
				t.Errorf("that nobody asked for it: %q", job.Annotations[usual])
			}
		})
	}

	job := e.submit(e.admin, newJob(both, "e2e-limited", suspended))
	if got := job.Annotations[mpijob.AnnotationNetwork]; got != "restricted" {
		t.Errorf("the namespace's network template: %q", got)
	}
	e.patch(job, func(j *kubeflow.MPIJob) { delete(j.Annotations, mpijob.AnnotationTimeout) })
	e.must(e.admin.Client.Get(e.ctx, client.ObjectKeyFromObject(job), job), "reading the job")
	if got := job.Annotations[mpijob.AnnotationTimeout]; got != "2h" {
		t.Errorf("a limit that is taken off comes back: %q", got)
	}
	raised := job.DeepCopy()
	annotation(mpijob.AnnotationTimeout, "5h")(raised)
	if err := e.admin.Client.Patch(e.ctx, raised, client.MergeFrom(job)); err == nil || !strings.Contains(err.Error(), "longer than 4h") {
		t.Errorf("raising the limit beyond the maximum: %v", err)
	}
	e.patch(job, annotation(mpijob.AnnotationTimeout, "4h"))
}
