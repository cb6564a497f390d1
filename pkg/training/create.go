package training

import (
	"context"
	"errors"
	"fmt"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// DryRun says how far Create goes.
type DryRun string

const (
	DryRunNone DryRun = ""
	// DryRunClient checks the job without talking to the cluster.
	DryRunClient DryRun = "client"
	// DryRunServer has the cluster check it too (quota of objects, admission, names), and stores nothing.
	DryRunServer DryRun = "server"
)

// CreateOptions change what Create does.
type CreateOptions struct {
	DryRun DryRun
	// Code is the content of the job's code folder: the Code of the Spec that the job was made from. A
	// copy of another job needs none, that job's folder is copied.
	Code *Code
	// Request is a word that is this one request's alone, and that nobody else knows; empty for none. The job
	// remembers a digest: where the request comes again, because its answer was lost, the job it has created is the
	// answer.
	Request string
}

// Create checks a job as the cluster will, every problem at once (InvalidError), and creates it as
// it is written. It returns the object as the cluster holds it; of a dry run, as it would be.
func (j *Jobs) Create(ctx context.Context, m *MPIJob, o CreateOptions) (*MPIJob, error) {
	m, err := j.ready(m)
	if err != nil {
		return nil, err
	}
	markRequest(m, o)
	code, err := j.withCode(ctx, m, o)
	if err != nil || o.DryRun == DryRunClient {
		return m, err
	}
	if there := j.createdBefore(ctx, m.Name, o); there != nil {
		return j.complete(ctx, there, code)
	}
	if err := j.checkConnections(ctx, m); err != nil {
		return nil, err
	}
	if code != nil {
		if err := j.tryCode(ctx, m, code); err != nil {
			return nil, err
		}
	}
	options := metav1.CreateOptions{FieldManager: "odh", FieldValidation: metav1.FieldValidationStrict}
	if o.DryRun == DryRunServer {
		options.DryRun = []string{metav1.DryRunAll}
	}
	out := &MPIJob{}
	err = j.c.jobs.Post().Namespace(j.namespace).Resource("mpijobs").VersionedParams(&options, j.c.params).Body(m).Do(ctx).Into(out)
	if err != nil {
		err = j.c.typed(err, j.about("create", m.Name))
		var quota *QuotaExceededError
		if errors.As(err, &quota) {
			j.explainQuota(ctx, m, quota)
		}
		// It may have come at once to another replica too.
		if there := j.createdBefore(ctx, m.Name, o); there != nil {
			return j.complete(ctx, there, code)
		}
		return nil, err
	}
	if code != nil && o.DryRun == DryRunNone {
		if err := j.createCode(ctx, out, code); err != nil {
			return nil, j.undo(ctx, out, err)
		}
	}
	out.TypeMeta = m.TypeMeta
	return out, nil
}

// complete is a job that the same request has created before: that may have broken off before the job's code folder
// was there. The job is left as it is where that can't be brought now.
func (j *Jobs) complete(ctx context.Context, there *MPIJob, code *Code) (*MPIJob, error) {
	there.TypeMeta = jobMeta
	if code == nil {
		return there, nil
	}
	if err := j.createCode(ctx, there, code); err != nil {
		return nil, fmt.Errorf("%s is there since this request came first, but its code folder can't be created: %w", title(there), err)
	}
	return there, nil
}

// jobMeta is what an MPIJob says of itself.
var jobMeta = metav1.TypeMeta{APIVersion: kubeflow.SchemeGroupVersion.String(), Kind: "MPIJob"}

// ready is a copy of a job as it would be created in this namespace, checked.
func (j *Jobs) ready(m *MPIJob) (*MPIJob, error) {
	m = m.DeepCopy()
	m.TypeMeta = jobMeta
	switch {
	case j.namespace == "":
		return nil, &InvalidError{What: title(m), Problems: []Problem{{Field: "metadata.namespace", Message: "a job is created in one namespace: name it"}}}
	case m.Namespace == "":
		m.Namespace = j.namespace
	case m.Namespace != j.namespace:
		return nil, &InvalidError{What: title(m), Problems: []Problem{{Field: "metadata.namespace", Message: fmt.Sprintf(
			"is %q, but the job is to be created in %q: remove the field, or ask for that namespace", m.Namespace, j.namespace)}}}
	}
	return m, Check(m)
}

// Check finds everything that is wrong with a job that can be known without a cluster: the same
// rules as the cluster's admission. It returns nil or an InvalidError.
func Check(m *MPIJob) error {
	e := &InvalidError{What: title(m)}
	if m.Name == "" && m.GenerateName == "" {
		e.Problems = append(e.Problems, Problem{Field: "metadata.name", Message: "a job needs a name: lower-case letters, digits and '-'"})
	}
	for _, p := range mpijob.Validate(m) {
		e.Problems = append(e.Problems, Problem{Field: p.Field, Message: inOurWords(p.ErrorBody())})
	}
	if len(e.Problems) == 0 {
		return nil
	}
	return e
}

// Warnings names what a job may say but surely doesn't mean.
func Warnings(m *MPIJob) []string { return mpijob.Warnings(m) }

func title(m *MPIJob) string {
	if m.Name == "" {
		return "MPIJob"
	}
	return fmt.Sprintf("MPIJob %q", m.Name)
}
