package controller

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

func raw(t *testing.T, job *kubeflow.MPIJob) runtime.RawExtension {
	t.Helper()
	b, err := json.Marshal(job)
	if err != nil {
		t.Fatal(err)
	}
	return runtime.RawExtension{Raw: b}
}

func TestAdmission(t *testing.T) {
	valid := mpijobtest.Job("pi")
	tests := []struct {
		name     string
		op       admissionv1.Operation
		old, new *mpijobtest.JobBuilder
		says     []string // of a refusal; none: allowed
		warns    string
	}{
		{name: "valid", op: admissionv1.Create, new: valid},
		{name: "every problem at once", op: admissionv1.Create, new: mpijobtest.Job("a.b").Workers(0),
			says: []string{"metadata.name", "no dots", "spec.mpiReplicaSpecs[Worker].replicas", "must be 1 to 10000"}},
		{name: "generated name", op: admissionv1.Create, new: mpijobtest.Job("").With(func(j *kubeflow.MPIJob) { j.GenerateName = "pi-x" })},
		{name: "an annotation that doesn't exist", op: admissionv1.Create,
			new:   valid.With(func(j *kubeflow.MPIJob) { j.Annotations = map[string]string{"training.opendatahub.io/wait": "1m"} }),
			warns: "training.opendatahub.io/wait"},
		{name: "suspending", op: admissionv1.Update, old: valid, new: valid.Suspended()},
		{name: "another size", op: admissionv1.Update, old: valid, new: valid.Workers(3), says: []string{"spec.mpiReplicaSpecs[Worker]", "can't change"}},
		{name: "losing a finalizer of a job that would not be accepted today", op: admissionv1.Update,
			old: valid.Workers(0), new: valid.Workers(0).With(func(j *kubeflow.MPIJob) { j.DeletionTimestamp = ptr.To(metav1.NewTime(mpijobtest.Epoch)) })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := admission.Request{AdmissionRequest: admissionv1.AdmissionRequest{
				Operation: tt.op, Kind: metav1.GroupVersionKind{Group: "kubeflow.org", Version: "v2beta1", Kind: "MPIJob"}, Object: raw(t, tt.new.Obj()),
			}}
			if tt.old != nil {
				req.OldObject = raw(t, tt.old.Obj())
			}
			got := Admission{Decoder: admission.NewDecoder(newScheme())}.Handle(context.Background(), req)
			if got.Allowed != (len(tt.says) == 0) {
				t.Fatalf("allowed: %v, %v", got.Allowed, got.Result)
			}
			for _, s := range tt.says {
				if !strings.Contains(got.Result.Message, s) {
					t.Errorf("%q isn't in %q", s, got.Result.Message)
				}
			}
			if !strings.Contains(strings.Join(got.Warnings, "\n"), tt.warns) {
				t.Errorf("warnings %v lack %q", got.Warnings, tt.warns)
			}
		})
	}
}

func TestAdmissionOfGarbage(t *testing.T) {
	for _, text := range []string{"", "[]", "{", `{"spec":{"mpiReplicaSpecs":[]}}`, `{"spec":{"mpiReplicaSpecs":{"Worker":null}}}`} {
		req := admission.Request{AdmissionRequest: admissionv1.AdmissionRequest{Operation: admissionv1.Create, Object: runtime.RawExtension{Raw: []byte(text)}}}
		if (Admission{Decoder: admission.NewDecoder(newScheme())}).Handle(context.Background(), req).Allowed {
			t.Errorf("%q is allowed", text)
		}
	}
}

func TestOptions(t *testing.T) {
	o := Options{FeedAddress: "nohost", CertDir: t.TempDir()}
	_, err := o.check()
	for _, want := range []string{"--agent-image is missing", `--feed-address "nohost"`, "ca.crt"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v doesn't say %q", err, want)
		}
	}
}
