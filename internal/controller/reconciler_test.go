package controller

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	testclock "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	volcano "volcano.sh/apis/pkg/apis/scheduling/v1beta1"

	"github.com/opendatahub-io/mpijob/internal/controller/feed"
	"github.com/opendatahub-io/mpijob/internal/controller/metrics"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// cluster is a reconciler over a fake API server, and what it did there.
type cluster struct {
	*Reconciler
	writes   []string
	recorder *events.FakeRecorder
	refuse   func(obj client.Object) error
}

func newCluster(t *testing.T, objects ...client.Object) *cluster {
	t.Helper()
	c := &cluster{recorder: events.NewFakeRecorder(100)}
	note := func(verb string, o client.Object) { c.writes = append(c.writes, verb+" "+kindOf(o)+" "+o.GetName()) }
	scheme := newScheme()
	api := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).WithStatusSubresource(&kubeflow.MPIJob{}).
		WithIndex(&corev1.Pod{}, indexJob, jobOf).WithIndex(&trainer.TrainJob{}, indexJob, jobOf).WithIndex(&corev1.Event{}, indexSubject, subjectOf).
		Build()
	// The reconciler creates children side by side; the order they are noted in is made stable below.
	lock := make(chan struct{}, 1)
	c.Reconciler = &Reconciler{
		Client: interceptor.NewClient(api, interceptor.Funcs{
			Create: func(ctx context.Context, w client.WithWatch, o client.Object, opts ...client.CreateOption) error {
				lock <- struct{}{}
				defer func() { <-lock }()
				if c.refuse != nil {
					if err := c.refuse(o); err != nil {
						return err
					}
				}
				err := w.Create(ctx, o, opts...)
				if err == nil {
					note("create", o)
				}
				return err
			},
			Delete: func(ctx context.Context, w client.WithWatch, o client.Object, opts ...client.DeleteOption) error {
				err := w.Delete(ctx, o, opts...)
				if err == nil {
					note("delete", o)
				}
				return err
			},
			SubResourceUpdate: func(ctx context.Context, w client.Client, sub string, o client.Object, opts ...client.SubResourceUpdateOption) error {
				note("write status of", o)
				return w.SubResource(sub).Update(ctx, o, opts...)
			},
		}),
		Live: api, Feed: feed.NewHub(func(types.NamespacedName) {}), Recorder: c.recorder,
		Clock: testclock.NewFakePassiveClock(mpijobtest.At(time.Minute)), Settings: mpijob.Settings{AgentImage: "agent:1"},
	}
	return c
}

func kindOf(o client.Object) string {
	switch o.(type) {
	case *kubeflow.MPIJob:
		return "MPIJob"
	case *trainer.TrainJob:
		return "TrainJob"
	case *trainer.TrainingRuntime:
		return "TrainingRuntime"
	case *corev1.Secret:
		return "Secret"
	case *corev1.Service:
		return "Service"
	case *batchv1.Job:
		return "Job"
	case *networkingv1.NetworkPolicy:
		return "NetworkPolicy"
	case *volcano.PodGroup:
		return "PodGroup"
	default:
		return "ConfigMap"
	}
}

// round reconciles once and returns what was written: creations sorted, since they happen at once.
func (c *cluster) round(t *testing.T, job *kubeflow.MPIJob) ([]string, ctrl.Result) {
	t.Helper()
	c.writes = nil
	result, err := c.Reconcile(context.Background(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(job)})
	if err != nil {
		t.Fatalf("Reconcile: %v", err)
	}
	if n := slices.IndexFunc(c.writes, func(w string) bool { return w[:6] != "create" || w[:15] == "create TrainJob" }); n > 0 {
		slices.Sort(c.writes[:n])
	}
	return c.writes, result
}

func owned(name string, by *kubeflow.MPIJob) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: "ns", Name: name, OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(by, kubeflow.SchemeGroupVersionKind)}}
}

func TestANewJobIsStartedAndThenLeftAlone(t *testing.T) {
	job := mpijobtest.Job("pi").Obj()
	run := mpijob.AttemptName(job, 1)
	c := newCluster(t, job)
	got, _ := c.round(t, job)
	want := []string{"create ConfigMap pi-config", "create Secret pi-ssh", "create Service pi", "create TrainingRuntime " + run,
		"create TrainJob " + run, "write status of MPIJob pi"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("first round (-want +got):\n%s", diff)
	}
	if e := <-c.recorder.Events; e != "Normal MPIJobCreated MPIJob ns/pi is created." {
		t.Errorf("event %q", e)
	}
	c.round(t, job) // what is waited for is noted
	if got, _ := c.round(t, job); len(got) > 0 {
		t.Errorf("nothing changed, yet it wrote %v", got)
	}
}

func TestTrainersStaleCacheIsWaitedFor(t *testing.T) {
	job := mpijobtest.Job("pi").Obj()
	c := newCluster(t, job)
	refusals := 3
	c.refuse = func(o client.Object) error {
		if _, ok := o.(*trainer.TrainJob); ok && refusals > 0 {
			refusals--
			return apierrors.NewForbidden(trainer.GroupVersion.WithResource("trainjobs").GroupResource(), o.GetName(),
				errText("not found: specified trainingRuntime must be created before the TrainJob is created"))
		}
		return nil
	}
	if got, _ := c.round(t, job); !slices.Contains(got, "create TrainJob "+mpijob.AttemptName(job, 1)) {
		t.Errorf("no TrainJob: %v", got)
	}
}

type errText string

func (e errText) Error() string { return string(e) }

func TestStrangersObjectsAreLeftAlone(t *testing.T) {
	job := mpijobtest.Job("pi").Obj()
	stranger := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "pi-ssh"}, Data: map[string][]byte{"theirs": nil}}
	c := newCluster(t, job, stranger)
	got, result := c.round(t, job)
	if slices.ContainsFunc(got, func(w string) bool { return w[:6] == "delete" || w == "create TrainJob "+mpijob.AttemptName(job, 1) }) {
		t.Errorf("it went on: %v", got)
	}
	if result.RequeueAfter != conflictPause {
		t.Errorf("comes back after %v", result.RequeueAfter)
	}
	var after kubeflow.MPIJob
	if err := c.Get(context.Background(), client.ObjectKeyFromObject(job), &after); err != nil {
		t.Fatal(err)
	}
	want := (&mpijob.Conflict{Kind: "Secret", Name: "pi-ssh"}).Message()
	if diff := cmp.Diff(want, after.Status.Conditions[0].Message); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	if got, _ := c.round(t, job); len(got) > 0 {
		t.Errorf("nothing changed, yet it wrote %v", got)
	}
	if err := c.Delete(context.Background(), stranger); err != nil {
		t.Fatal(err)
	}
	if got, _ := c.round(t, job); !slices.Contains(got, "create TrainJob "+mpijob.AttemptName(job, 1)) {
		t.Errorf("the name is free, but nothing starts: %v", got)
	}
}

func TestAFormerJobsLeftoversMakeWay(t *testing.T) {
	former := mpijobtest.Job("pi").With(func(j *kubeflow.MPIJob) { j.UID = "former" }).Obj()
	job := mpijobtest.Job("pi").Obj()
	c := newCluster(t, job, &corev1.Secret{ObjectMeta: owned("pi-ssh", former)}, &corev1.ConfigMap{ObjectMeta: owned("pi-config", former)},
		&corev1.Service{ObjectMeta: owned("pi", former)})
	for range 5 {
		if got, _ := c.round(t, job); slices.Contains(got, "create TrainJob "+mpijob.AttemptName(job, 1)) {
			return
		}
	}
	t.Error("it never started")
}

func TestSuspendAndResume(t *testing.T) {
	job := mpijobtest.Job("pi").Obj()
	c := newCluster(t, job)
	c.round(t, job)
	ctx := context.Background()
	suspend := func(on bool) {
		t.Helper()
		var j kubeflow.MPIJob
		if err := c.Get(ctx, client.ObjectKeyFromObject(job), &j); err != nil {
			t.Fatal(err)
		}
		j.Spec.RunPolicy.Suspend = ptr.To(on)
		if err := c.Update(ctx, &j); err != nil {
			t.Fatal(err)
		}
	}
	suspend(true)
	first := mpijob.AttemptName(job, 1)
	got, _ := c.round(t, job)
	if diff := cmp.Diff([]string{"delete TrainingRuntime " + first, "delete TrainJob " + first, "write status of MPIJob pi"}, got); diff != "" {
		t.Errorf("suspending (-want +got):\n%s", diff)
	}
	var cm corev1.ConfigMap
	if err := c.Get(ctx, types.NamespacedName{Namespace: "ns", Name: "pi-config"}, &cm); err != nil {
		t.Fatal(err)
	}
	if n := mpijob.AttemptOf(&cm); n != 2 {
		t.Errorf("the next attempt is %d, want 2", n)
	}
	suspend(false)
	second := mpijob.AttemptName(job, 2)
	got, _ = c.round(t, job)
	if diff := cmp.Diff([]string{"create TrainingRuntime " + second, "create TrainJob " + second, "write status of MPIJob pi"}, got); diff != "" {
		t.Errorf("resuming (-want +got):\n%s", diff)
	}
}

// A job that is deleted runs no longer, however long somebody's finalizer keeps it: else it had no time limit.
func TestAJobThatIsBeingDeletedRunsNoLonger(t *testing.T) {
	job := mpijobtest.Job("pi").With(func(j *kubeflow.MPIJob) { j.Finalizers = []string{"me.example/hold"} }).Obj()
	c := newCluster(t, job)
	c.round(t, job)
	if err := c.Delete(context.Background(), job); err != nil {
		t.Fatal(err)
	}
	run := mpijob.AttemptName(job, 1)
	got, _ := c.round(t, job)
	if diff := cmp.Diff([]string{"delete TrainingRuntime " + run, "delete TrainJob " + run}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, _ := c.round(t, job); len(got) > 0 {
		t.Errorf("again: %v", got)
	}
}

func TestAJobStoredUncheckedFails(t *testing.T) {
	job := mpijobtest.Job("pi").Workers(0).Obj()
	c := newCluster(t, job)
	got, _ := c.round(t, job)
	if diff := cmp.Diff([]string{"write status of MPIJob pi"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRuntimesAreSweptUpAfterTheirTrainJobs: not before, and nobody else's.
func TestRuntimesAreSweptUpAfterTheirTrainJobs(t *testing.T) {
	gone := mpijob.WithDefaults(mpijobtest.Job("pi").Obj())
	runtime, run := mpijob.Runtime(gone, mpijob.Settings{}, 1), mpijob.TrainJob(gone, 1)
	others := mpijob.Runtime(mpijob.WithDefaults(mpijobtest.Job("other").Obj()), mpijob.Settings{}, 1)
	handmade := &trainer.TrainingRuntime{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "mine", Labels: map[string]string{mpijob.LabelJob: "pi"}}}
	c := newCluster(t, runtime, run, others, handmade)
	if got, _ := c.round(t, gone); len(got) > 0 {
		t.Errorf("while its TrainJob is there: %v", got)
	}
	if err := c.Delete(context.Background(), run); err != nil {
		t.Fatal(err)
	}
	got, _ := c.round(t, gone)
	if diff := cmp.Diff([]string{"delete TrainingRuntime " + runtime.Name}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestMetricsCountWhatWasWritten: not what was tried, and not what is seen again after a restart.
func TestMetricsCountWhatWasWritten(t *testing.T) {
	job := mpijobtest.Job("pi").Obj()
	c := newCluster(t, job)
	c.Metrics = metrics.New()
	for range 3 {
		c.round(t, job)
	}
	again := *c
	again.Reconciler = &Reconciler{Client: c.Client, Live: c.Live, Feed: c.Feed, Recorder: c.Recorder, Clock: c.Clock, Settings: c.Settings, Metrics: c.Metrics}
	again.round(t, job)
	registry := prometheus.NewRegistry()
	if err := c.Metrics.Register(registry); err != nil {
		t.Fatal(err)
	}
	want := "# HELP mpi_operator_jobs_created_total Jobs seen for the first time; as the MPI operator's.\n# TYPE mpi_operator_jobs_created_total counter\nmpi_operator_jobs_created_total 1\n" +
		"# HELP mpijob_attempts_total Attempts started: one for each job, and one for each time it is resumed.\n# TYPE mpijob_attempts_total counter\nmpijob_attempts_total 1\n"
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "mpi_operator_jobs_created_total", "mpijob_attempts_total"); err != nil {
		t.Error(err)
	}
}
