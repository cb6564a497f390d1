package training

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// requestMark is what the job of a name remembers of the request that created it. Put on another job, by whoever
// reads it, it says nothing; and it can't be made without the request's own word.
func requestMark(request, name string) string {
	sum := sha256.Sum256([]byte(request + "\x00" + name))
	return hex.EncodeToString(sum[:])
}

// markRequest has a job remember the request that creates it, if that has a word of its own.
func markRequest(m *MPIJob, o CreateOptions) {
	if o.Request != "" && m.Name != "" {
		metav1.SetMetaDataAnnotation(&m.ObjectMeta, mpijob.AnnotationRequest, requestMark(o.Request, m.Name))
	}
}

// isOf says whether a job that is there is what the request has created.
func isOf(m *MPIJob, request string) bool {
	return m.DeletionTimestamp == nil && m.Annotations[mpijob.AnnotationRequest] == requestMark(request, m.Name)
}

// createdBefore is the job of that name where the same request has created it already; else nil.
func (j *Jobs) createdBefore(ctx context.Context, name string, o CreateOptions) *MPIJob {
	if o.Request == "" || name == "" || o.DryRun != DryRunNone {
		return nil
	}
	if there, err := j.getJob(ctx, name); err == nil && isOf(there, o.Request) {
		return there
	}
	return nil
}

// copiedBefore is the copy that the same request has made already, of whatever number; else nil. Who may not list jobs
// finds it where no lower number became free meanwhile.
func (j *Jobs) copiedBefore(ctx context.Context, o CreateOptions) *MPIJob {
	if o.Request == "" || o.DryRun != DryRunNone {
		return nil
	}
	list := &kubeflow.MPIJobList{}
	if err := j.c.jobs.Get().Namespace(j.namespace).Resource("mpijobs").Do(ctx).Into(list); err != nil {
		return nil
	}
	for i := range list.Items {
		if isOf(&list.Items[i], o.Request) {
			return &list.Items[i]
		}
	}
	return nil
}
