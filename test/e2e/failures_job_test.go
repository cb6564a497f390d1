//go:build e2e && failures

package e2e

import (
	"context"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// jobFailures are about the job as a whole, and what it waits for.
func jobFailures() []failureCase {
	return []failureCase{
		{name: "deadline", reason: failure.DeadlineExceeded, provoked: "activeDeadlineSeconds: 5",
			opts: []option{ranks(busy), func(job *kubeflow.MPIJob) { job.Spec.RunPolicy.ActiveDeadlineSeconds = ptr(int64(5)) }}, says: []string{"5 s"}},
		{name: "time-limit", reason: failure.TimeoutReached, provoked: "the annotation timeout: 10s",
			opts: []option{ranks(busy), func(job *kubeflow.MPIJob) {
				job.Annotations = map[string]string{mpijob.AnnotationTimeout: "10s"}
			}}, says: []string{"time limit"}},
		{name: "quota", reason: failure.QuotaExceeded, provoked: "a quota of 2 pods for 3", waits: true, opts: []option{unsized},
			namespace: func(e *env) string {
				return e.limited("quota", corev1.ResourceList{"pods": resource.MustParse("2")})
			}, says: []string{"quota doesn't admit it", "pods"}},
		{name: "stranger", reason: failure.ResourceConflict, provoked: "a Secret of the job's name that is someone else's", waits: true,
			prepare: func(e *env, job *kubeflow.MPIJob) {
				secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: job.Namespace, Name: job.Name + "-ssh"}}
				e.must(e.admin.Client.Create(e.ctx, secret), "creating the stranger")
				e.t.Cleanup(func() { _ = ignoreGone(e.admin.Client.Delete(context.Background(), secret)) })
			}, says: []string{"isn't the job's", "fail-stranger-ssh"}},
	}
}
