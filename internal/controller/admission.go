package controller

import (
	"context"
	"fmt"
	"net/http"

	admissionv1 "k8s.io/api/admission/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// AdmissionPath is where the API server asks whether an MPIJob may be stored.
const AdmissionPath = "/validate-kubeflow-org-v2beta1-mpijob"

// Admission checks MPIJobs before they are stored, by the rules of internal/mpijob alone.
type Admission struct {
	Decoder admission.Decoder
	// Volcano says whether it may start gangs here; nil: it may not.
	Volcano func() (bool, error)
}

// Handle answers one review.
func (a Admission) Handle(_ context.Context, req admission.Request) admission.Response {
	if req.Operation != admissionv1.Create && req.Operation != admissionv1.Update {
		return admission.Allowed("")
	}
	var job mpijob.Job
	if err := a.Decoder.DecodeRaw(req.Object, &job); err != nil {
		return admission.Errored(http.StatusBadRequest, fmt.Errorf("the MPIJob can't be read: %w", err))
	}
	var errs field.ErrorList
	if req.Operation == admissionv1.Create {
		if job.Name == "" {
			// generateName: the API server makes the name before it asks, so that this is no job yet.
			job.Name = job.GenerateName
		}
		errs = mpijob.Validate(&job)
	} else {
		var old mpijob.Job
		if err := a.Decoder.DecodeRaw(req.OldObject, &old); err != nil {
			return admission.Errored(http.StatusBadRequest, fmt.Errorf("the stored MPIJob can't be read: %w", err))
		}
		// A job that is going away must be able to lose its finalizers, whatever it looks like.
		if job.DeletionTimestamp.IsZero() {
			errs = append(mpijob.ValidateUpdate(&old, &job), mpijob.ValidateAnnotations(&job)...)
		}
	}
	if len(errs) > 0 {
		kind := schema.GroupKind{Group: req.Kind.Group, Kind: req.Kind.Kind}
		status := apierrors.NewInvalid(kind, job.Name, errs).Status()
		return admission.Response{AdmissionResponse: admissionv1.AdmissionResponse{Allowed: false, Result: &status}}
	}
	return admission.Allowed("").WithWarnings(append(mpijob.Warnings(&job), a.gangWarnings(&job)...)...)
}
