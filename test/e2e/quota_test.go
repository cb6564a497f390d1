//go:build e2e

package e2e

import (
	"errors"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func asStatus(err error, status *apierrors.APIStatus) bool { return errors.As(err, status) }

// limited makes a namespace with a quota and with defaults for containers that ask for nothing.
func (e *env) limited(prefix string, hard corev1.ResourceList) string {
	e.t.Helper()
	ns := e.namespace(prefix)
	e.must(e.admin.Client.Create(e.ctx, &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "team"}, Spec: corev1.ResourceQuotaSpec{Hard: hard}}), "creating a quota")
	e.must(e.admin.Client.Create(e.ctx, &corev1.LimitRange{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "defaults"}, Spec: corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{{
			Type:           corev1.LimitTypeContainer,
			Default:        corev1.ResourceList{"cpu": resource.MustParse("500m"), "memory": resource.MustParse("256Mi")},
			DefaultRequest: corev1.ResourceList{"cpu": resource.MustParse("20m"), "memory": resource.MustParse("32Mi")},
		}}}}), "creating a limit range")
	return ns
}

// unsized takes the resources off a job's containers, as users leave them out.
func unsized(job *kubeflow.MPIJob) {
	launcherPod(job).Containers[0].Resources = corev1.ResourceRequirements{}
	workerPod(job).Containers[0].Resources = corev1.ResourceRequirements{}
}

func TestQuota(t *testing.T) {
	t.Parallel()
	e := setup(t)
	t.Run("within", func(t *testing.T) {
		t.Parallel()
		e := e.in(t)
		ns := e.limited("within", corev1.ResourceList{
			"pods": resource.MustParse("3"), "requests.cpu": resource.MustParse("60m"), "limits.memory": resource.MustParse("768Mi")})
		job := e.submit(e.admin, newJob(ns, "job", unsized))
		e.awaitCondition(job, kubeflow.JobSucceeded)
	})
	t.Run("over", func(t *testing.T) {
		t.Parallel()
		e := e.in(t)
		ns := e.limited("over", corev1.ResourceList{"pods": resource.MustParse("2")})
		job := e.submit(e.admin, newJob(ns, "job", unsized))
		e.awaitJob(job, "waiting for quota", func(j *kubeflow.MPIJob) bool {
			c := condition(j, kubeflow.JobCreated)
			return c != nil && strings.Contains(c.Message, "quota") && strings.Contains(c.Message, "pods")
		})
		e.remove(e.admin, job)
		e.awaitNothingLeft(ns, "job")
	})
}
