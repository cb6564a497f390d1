package controller

import (
	"context"
	"testing"
	"time"

	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// A job that starts slowly is looked at many times a second: the API server is asked for what its pods can't mount
// once in a while.
func TestMountsAreAskedForOnceInAWhile(t *testing.T) {
	asked := 0
	live := fake.NewClientBuilder().WithInterceptorFuncs(interceptor.Funcs{List: func(_ context.Context, _ client.WithWatch, list client.ObjectList, _ ...client.ListOption) error {
		asked++
		list.(*corev1.EventList).Items = []corev1.Event{{Message: `secret "keys" not found`}}
		return nil
	}}).Build()
	clock := clocktesting.NewFakePassiveClock(mpijobtest.At(20 * time.Second))
	r := &Reconciler{Live: live, Clock: clock}
	job := mpijob.WithDefaults(mpijobtest.Job("pi").Started(mpijobtest.Epoch).With(func(j *mpijob.Job) {
		j.Spec.MPIReplicaSpecs["Worker"].Template.Spec.Volumes = []corev1.Volume{{Name: "s", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "keys"}}}}
	}).Obj())
	worker := mpijobtest.Worker(job, 1, 0).Waiting("ContainerCreating", "").Obj()
	o := &mpijob.Observed{Runs: []*trainer.TrainJob{mpijobtest.Run(job, 1)}, Pods: []*corev1.Pod{worker}}
	look := func(want int) {
		t.Helper()
		m, err := r.mount(t.Context(), job, o)
		if err != nil || m.Pod != worker.Name || m.Message != `secret "keys" not found` || asked != want {
			t.Fatalf("%+v, error %v, asked %d times, want %d", m, err, asked, want)
		}
	}
	look(1)
	look(1)
	clock.SetTime(mpijobtest.At(20*time.Second + mountPause))
	look(2)
	r.mounts.forget(client.ObjectKeyFromObject(job))
	look(3)
}
