package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/tools/events"
	testclock "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/opendatahub-io/mpijob/internal/controller/feed"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// world is an API server, one job in it, the part of the cluster that makes and takes its pods, and a
// controller that may die at any write and be started again.
type world struct {
	t     *testing.T
	api   client.WithWatch // undisturbed
	job   *kubeflow.MPIJob
	clock *testclock.FakePassiveClock

	mu sync.Mutex
	// writes is how many the controller made or tried; fault says what becomes of the next one.
	writes int
	fault  func(write int, o client.Object) fault
	dead   bool
	stale  *snapshot // what the cache holds, nil for what the API server does

	controller *Reconciler
}

// fault is what goes wrong with a write.
type fault struct {
	// before keeps the write from happening; after lets it happen and hides that it did.
	before, after error
	// dies says that the controller ends with it.
	dies bool
}

// worldScheme knows what is in a world and no more: the fake API server looks through all of it at each write.
var worldScheme = sync.OnceValue(func() *runtime.Scheme {
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, networkingv1.AddToScheme, kubeflow.AddToScheme, trainer.AddToScheme} {
		utilruntime.Must(add(s))
	}
	return s
})

var errDead = errors.New("the controller is dead")

func newWorld(t *testing.T, job *kubeflow.MPIJob) *world {
	t.Helper()
	w := &world{t: t, job: job, clock: testclock.NewFakePassiveClock(mpijobtest.At(time.Minute)), fault: func(int, client.Object) fault { return fault{} }}
	w.api = fake.NewClientBuilder().WithScheme(worldScheme()).WithObjects(job).WithStatusSubresource(&kubeflow.MPIJob{}).
		WithIndex(&corev1.Pod{}, indexJob, jobOf).WithIndex(&trainer.TrainJob{}, indexJob, jobOf).WithIndex(&corev1.Event{}, indexSubject, subjectOf).
		Build()
	w.restart()
	return w
}

// restart starts a controller that remembers nothing.
func (w *world) restart() {
	w.dead = false
	w.controller = &Reconciler{
		Client: interceptor.NewClient(w.api, w.faulty()), Live: interceptor.NewClient(w.api, interceptor.Funcs{}),
		Feed: feed.NewHub(func(types.NamespacedName) {}), Recorder: events.NewFakeRecorder(1000),
		Clock: w.clock, Settings: mpijob.Settings{AgentImage: "agent:1"},
	}
}

// write carries one write out, as well as the fault lets it.
func (w *world) write(o client.Object, do func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return errDead
	}
	w.writes++
	f := w.fault(w.writes, o)
	w.dead = f.dies
	if f.before != nil {
		return f.before
	}
	if err := do(); err != nil {
		return err
	}
	return f.after
}

func (w *world) faulty() interceptor.Funcs {
	return interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.CreateOption) error {
			return w.write(o, func() error { return c.Create(ctx, o, opts...) })
		},
		Update: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.UpdateOption) error {
			return w.write(o, func() error { return c.Update(ctx, o, opts...) })
		},
		Delete: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.DeleteOption) error {
			return w.write(o, func() error { return c.Delete(ctx, o, opts...) })
		},
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			return w.write(o, func() error { return c.Patch(ctx, o, p, opts...) })
		},
		SubResourceUpdate: func(ctx context.Context, c client.Client, sub string, o client.Object, opts ...client.SubResourceUpdateOption) error {
			return w.write(o, func() error { return c.SubResource(sub).Update(ctx, o, opts...) })
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, o client.Object, p client.Patch, opts ...client.SubResourcePatchOption) error {
			return w.write(o, func() error { return c.SubResource(sub).Patch(ctx, o, p, opts...) })
		},
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
			if w.stale != nil && w.stale.get(key, o) {
				return w.stale.err(key, o)
			}
			return c.Get(ctx, key, o, opts...)
		},
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
			if w.stale != nil && w.stale.list(list) {
				return nil
			}
			return c.List(ctx, list, opts...)
		},
	}
}

// look lets the controller look at the job once.
func (w *world) look() (ctrl.Result, error) {
	return w.controller.Reconcile(context.Background(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(w.job)})
}

// settle lets the controller look, with the cluster doing its part and time going on, until there is
// nothing left to do. A controller that died is started again.
func (w *world) settle() {
	w.t.Helper()
	w.cluster()
	quiet := 0
	for range 200 {
		before := w.writes
		result, err := w.look()
		if w.dead {
			w.restart()
		}
		if w.writes != before {
			w.cluster()
			w.check()
		}
		if err != nil || w.writes != before {
			quiet = 0
		} else if quiet++; quiet == 2 {
			return
		}
		// What it comes back for, the next retry, or the next resync.
		step := result.RequeueAfter
		if step == 0 || step > time.Hour {
			step = 3 * time.Second
		}
		w.clock.SetTime(w.clock.Now().Add(step))
	}
	w.t.Fatal("the controller never comes to rest")
}

// cluster is the garbage collector, and Trainer with those below it as far as pods go away.
func (w *world) cluster() {
	w.t.Helper()
	ctx := context.Background()
	var job kubeflow.MPIJob
	gone := client.IgnoreNotFound(w.api.Get(ctx, client.ObjectKeyFromObject(w.job), &job)) == nil && job.UID == ""
	for _, o := range w.all() {
		owner := metav1.GetControllerOf(o)
		if owner == nil {
			continue
		}
		orphan := owner.Kind == kubeflow.Kind && gone
		if pod, ok := o.(*corev1.Pod); ok {
			orphan = w.api.Get(ctx, client.ObjectKey{Namespace: "ns", Name: runOf(pod)}, &trainer.TrainJob{}) != nil
		}
		if orphan {
			w.must(w.api.Delete(ctx, o))
		}
	}
}

// runOf is the TrainJob a pod belongs to.
func runOf(p *corev1.Pod) string {
	attempt, _ := attemptOfJob(metav1.GetControllerOf(p).Name)
	return attempt
}

// all are the objects in the job's namespace.
func (w *world) all() []client.Object {
	w.t.Helper()
	var out []client.Object
	for _, list := range []client.ObjectList{
		&corev1.SecretList{}, &corev1.ConfigMapList{}, &corev1.ServiceList{}, &corev1.PodList{}, &trainer.TrainJobList{}, &trainer.TrainingRuntimeList{},
	} {
		w.must(w.api.List(context.Background(), list))
		out = append(out, items(list)...)
	}
	return out
}

// check is what must hold at any moment: no second run beside a first.
func (w *world) check() {
	w.t.Helper()
	var runs trainer.TrainJobList
	w.must(w.api.List(context.Background(), &runs))
	if len(runs.Items) > 1 {
		w.t.Fatalf("%d TrainJobs at once: %s and %s", len(runs.Items), runs.Items[0].Name, runs.Items[1].Name)
	}
}

// state is everything that remains, in a form that two ends can be compared by.
func (w *world) state() []string {
	w.t.Helper()
	var out []string
	for _, o := range w.all() {
		line := kindOf(o) + " " + o.GetName() + " attempt " + o.GetLabels()[mpijob.LabelAttempt] + o.GetAnnotations()[mpijob.AnnotationAttempt]
		if p, ok := o.(*corev1.Pod); ok {
			line = "Pod " + p.Name + " " + string(p.Status.Phase)
		}
		out = append(out, line)
	}
	slices.Sort(out)
	var job kubeflow.MPIJob
	if w.api.Get(context.Background(), client.ObjectKeyFromObject(w.job), &job) == nil {
		for _, c := range job.Status.Conditions {
			out = append(out, fmt.Sprintf("%s=%s %s", c.Type, c.Status, c.Reason))
		}
	}
	return out
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// The moves of users and of the cluster.

func (w *world) change(change func(*kubeflow.MPIJob)) {
	w.t.Helper()
	var job kubeflow.MPIJob
	w.must(w.api.Get(context.Background(), client.ObjectKeyFromObject(w.job), &job))
	change(&job)
	w.must(w.api.Update(context.Background(), &job))
}

func (w *world) suspend() {
	w.change(func(j *kubeflow.MPIJob) { j.Spec.RunPolicy.Suspend = ptr.To(true) })
}

func (w *world) resume() {
	w.change(func(j *kubeflow.MPIJob) { j.Spec.RunPolicy.Suspend = ptr.To(false) })
}

func (w *world) deleted() { w.must(w.api.Delete(context.Background(), w.job.DeepCopy())) }

// run has the pods of the attempt that was started run.
func (w *world) run() {
	w.t.Helper()
	attempt, now := w.attempt(), w.clock.Now()
	pods := []*corev1.Pod{mpijobtest.Launcher(w.job, attempt).Running(now).Obj()}
	for i := range 2 {
		pods = append(pods, mpijobtest.Worker(w.job, attempt, i).Running(now).Obj())
	}
	for _, p := range pods {
		p.CreationTimestamp = metav1.NewTime(now)
		w.must(w.api.Create(context.Background(), p))
	}
}

// exit has the Launcher's program end.
func (w *world) exit(code int32) {
	w.t.Helper()
	ended := mpijobtest.Launcher(w.job, w.attempt()).Exited(code, "", "", w.clock.Now()).Obj()
	var pod corev1.Pod
	w.must(w.api.Get(context.Background(), client.ObjectKeyFromObject(ended), &pod))
	pod.Status = ended.Status
	w.must(w.api.Update(context.Background(), &pod))
}

func (w *world) attempt() int {
	w.t.Helper()
	var runs trainer.TrainJobList
	w.must(w.api.List(context.Background(), &runs))
	if len(runs.Items) != 1 {
		w.t.Fatalf("%d TrainJobs, want one", len(runs.Items))
	}
	var attempt int
	_, err := fmt.Sscan(runs.Items[0].Labels[mpijob.LabelAttempt], &attempt)
	w.must(err)
	return attempt
}
