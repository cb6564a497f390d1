//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// What can't run is refused at once, by the API server, with every problem named by its field.
func TestAdmissionRefuses(t *testing.T) {
	t.Parallel()
	e := setup(t)
	named := func(name string) option { return func(job *kubeflow.MPIJob) { job.Name = name } }
	tests := []struct {
		name string
		opts []option
		says []string
	}{
		{"no launcher", []option{func(job *kubeflow.MPIJob) { delete(job.Spec.MPIReplicaSpecs, kubeflow.MPIReplicaTypeLauncher) }},
			[]string{"spec.mpiReplicaSpecs[Launcher]"}},
		{"no roles at all", []option{func(job *kubeflow.MPIJob) { job.Spec.MPIReplicaSpecs = nil }}, []string{"spec.mpiReplicaSpecs"}},
		{"two launchers", []option{func(job *kubeflow.MPIJob) {
			job.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeLauncher].Replicas = ptr(int32(2))
		}}, []string{"spec.mpiReplicaSpecs[Launcher].replicas", "2"}},
		{"0 workers", []option{workers(0)}, []string{"spec.mpiReplicaSpecs[Worker].replicas"}},
		{"-1 workers", []option{workers(-1)}, []string{"spec.mpiReplicaSpecs[Worker].replicas", "-1"}},
		{"a million workers", []option{workers(1_000_000)}, []string{"spec.mpiReplicaSpecs[Worker].replicas", "1000000"}},
		{"55 characters", []option{named(strings.Repeat("n", 55))}, []string{"metadata.name"}},
		{"63 characters", []option{named(strings.Repeat("n", 63))}, []string{"metadata.name"}},
		{"64 characters", []option{named(strings.Repeat("n", 64))}, []string{"metadata.name"}},
		{"dots", []option{named("e2e.with.dots")}, []string{"metadata.name", "e2e.with.dots"}},
		{"a digit first", []option{named("1st-job")}, []string{"metadata.name"}},
		{"no containers", []option{func(job *kubeflow.MPIJob) { workerPod(job).Containers = nil }},
			[]string{"Worker", "template.spec.containers"}},
		{"duplicate env", []option{func(job *kubeflow.MPIJob) {
			workerPod(job).Containers[0].Env = []corev1.EnvVar{{Name: "A", Value: "first"}, {Name: "A", Value: "last"}}
		}}, []string{"spec.mpiReplicaSpecs[Worker].template.spec.containers[0].env[1]", "Duplicate"}},
		{"negative slots", []option{func(job *kubeflow.MPIJob) { job.Spec.SlotsPerWorker = ptr(int32(-2)) }}, []string{"spec.slotsPerWorker", "-2"}},
		{"an annotation without sense", []option{func(job *kubeflow.MPIJob) {
			job.Annotations = map[string]string{mpijob.AnnotationWaitTimeout: "soon"}
		}}, []string{mpijob.AnnotationWaitTimeout, "soon", "90s"}},
		{"everything at once", []option{workers(0), named("e2e.dots"), func(job *kubeflow.MPIJob) {
			job.Spec.SlotsPerWorker = ptr(int32(-2))
			job.Spec.RunPolicy.BackoffLimit = ptr(int32(-1))
			job.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeLauncher].Replicas = ptr(int32(3))
		}}, []string{"metadata.name", "spec.mpiReplicaSpecs[Worker].replicas", "spec.slotsPerWorker", "spec.runPolicy.backoffLimit", "spec.mpiReplicaSpecs[Launcher].replicas"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := e.in(t)
			job := newJob(teamA, "e2e-refused", tt.opts...)
			err := e.scientist.Client.Create(e.ctx, job)
			if err == nil {
				e.remove(e.admin, job)
				t.Fatal("the API server accepted it")
			}
			for _, text := range tt.says {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("the refusal should say %q: %v", text, err)
				}
			}
			if !apierrors.IsInvalid(err) && !apierrors.IsForbidden(err) {
				t.Errorf("the refusal should be Invalid or Forbidden: %v", apierrors.ReasonForError(err))
			}
			if err := e.admin.Client.Get(e.ctx, client.ObjectKeyFromObject(job), &kubeflow.MPIJob{}); !apierrors.IsNotFound(err) {
				t.Errorf("a refused job must not be there: %v", err)
			}
		})
	}
}

// What looks odd but is right by upstream's rules is accepted and runs.
func TestAdmissionAccepts(t *testing.T) {
	t.Parallel()
	e := setup(t)
	for name, opts := range map[string][]option{
		"no-worker":   {func(job *kubeflow.MPIJob) { delete(job.Spec.MPIReplicaSpecs, kubeflow.MPIReplicaTypeWorker) }, command("echo", "alone")},
		"own-account": {func(job *kubeflow.MPIJob) { workerPod(job).ServiceAccountName = "default" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := e.in(t)
			job := e.submit(e.scientist, newJob(teamA, "e2e-"+name, opts...))
			e.awaitCondition(job, kubeflow.JobSucceeded)
		})
	}
}

// A job runs as it was created: its spec can't be edited, but for what suspends it.
func TestSpecIsImmutable(t *testing.T) {
	t.Parallel()
	e := setup(t)
	job := e.submit(e.scientist, newJob(teamA, "e2e-immutable", ranks(busy)))
	e.awaitCondition(job, kubeflow.JobRunning)
	for path, change := range map[string]func(*kubeflow.MPIJob){
		"spec.mpiReplicaSpecs": func(j *kubeflow.MPIJob) { launcherPod(j).Containers[0].Image = "other" },
		"spec.slotsPerWorker":  func(j *kubeflow.MPIJob) { j.Spec.SlotsPerWorker = ptr(int32(7)) },
		"[Worker]":             workers(9),
		"cpu": func(j *kubeflow.MPIJob) {
			workerPod(j).Containers[0].Resources.Requests["cpu"] = resource.MustParse("7")
		},
	} {
		changed := &kubeflow.MPIJob{}
		e.must(e.scientist.Client.Get(e.ctx, client.ObjectKeyFromObject(job), changed), "reading the job")
		original := changed.DeepCopy()
		change(changed)
		err := e.scientist.Client.Patch(e.ctx, changed, client.MergeFrom(original))
		if err == nil || !strings.Contains(err.Error(), "spec.") || !strings.Contains(err.Error(), "odh training clone "+job.Name) {
			t.Errorf("changing %s of a running job should be refused by field, offering a clone: %v", path, err)
		}
	}
}

// Bodies no client would send are refused whole, and the API server lives.
func TestMalformedBodies(t *testing.T) {
	t.Parallel()
	e := setup(t)
	var bomb strings.Builder
	bomb.WriteString("a: &a [x,x,x,x,x,x,x,x,x,x]\n")
	for c := 'b'; c <= 'z'; c++ {
		fmt.Fprintf(&bomb, "%c: &%c [%s*%c]\n", c, c, strings.Repeat(fmt.Sprintf("*%c,", c-1), 9), c-1)
	}
	head := "apiVersion: kubeflow.org/v2beta1\nkind: MPIJob\nmetadata: {name: e2e-malformed}\n"
	tests := []struct{ name, body, strict string }{
		{"empty", "", ""},
		{"a list", "- a\n- b\n", ""},
		{"text", "hello", ""},
		{"garbage", "\x00\xff\xfe{{{", ""},
		{"no spec", head, ""},
		{"spec is a list", head + "spec: [1]\n", ""},
		{"wrong types", head + "spec: {slotsPerWorker: many}\n", ""},
		{"a bomb", bomb.String(), ""},
		{"5 MB", head + "spec: {mpiReplicaSpecs: {}}\n# " + strings.Repeat("x", 5<<20), ""},
		{"unknown field", head + "spec: {slotPerWorker: 2}\n", "Strict"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := e.in(t)
			err := e.scientist.Kube.CoreV1().RESTClient().Post().
				AbsPath("/apis/kubeflow.org/v2beta1/namespaces/"+teamA+"/mpijobs").
				Param("fieldValidation", tt.strict).SetHeader("Content-Type", "application/yaml").
				Body([]byte(tt.body)).Do(e.ctx).Error()
			var status apierrors.APIStatus
			if err == nil {
				t.Fatal("the API server accepted it")
			}
			if ok := asStatus(err, &status); !ok || status.Status().Code < 400 || status.Status().Code >= 500 {
				t.Errorf("it should be refused as the client's mistake: %v", err)
			}
			if tt.strict != "" && !strings.Contains(err.Error(), "slotPerWorker") {
				t.Errorf("it should name the field: %v", err)
			}
			e.must(e.scientist.Client.List(e.ctx, &kubeflow.MPIJobList{}, client.InNamespace(teamA)), "asking the API server whether it lives")
		})
	}
}
