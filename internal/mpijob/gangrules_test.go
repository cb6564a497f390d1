package mpijob_test

import (
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

func TestValidateGang(t *testing.T) {
	tests := []struct {
		name string
		in   kubeflow.SchedulingPolicy
		want []string
	}{
		{"nothing", kubeflow.SchedulingPolicy{}, nil},
		{"all of it", kubeflow.SchedulingPolicy{MinAvailable: ptr.To[int32](5), Queue: "team", PriorityClass: "high",
			MinResources: ptr.To(quantities("cpu", "1")), ScheduleTimeoutSeconds: ptr.To[int32](60)}, nil},
		{"more than there are", kubeflow.SchedulingPolicy{MinAvailable: ptr.To[int32](6)}, []string{"schedulingPolicy.minAvailable: Invalid value: 6: must be 0 to 5"}},
		{"everything wrong", kubeflow.SchedulingPolicy{MinAvailable: ptr.To[int32](-1), Queue: "Team_A", PriorityClass: "a b",
			MinResources: ptr.To(quantities("cpu", "-1")), ScheduleTimeoutSeconds: ptr.To[int32](-1)},
			[]string{"minAvailable", "queue", "priorityClass", "minResources", "scheduleTimeoutSeconds"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			errs := mpijob.Validate(gpuJob().RunPolicy(policy(tt.in)).Obj())
			if len(errs) != len(tt.want) {
				t.Fatalf("%d problems, want %d: %v", len(errs), len(tt.want), errs)
			}
			all := errs.ToAggregate()
			for _, w := range tt.want {
				if !strings.Contains(all.Error(), w) {
					t.Errorf("no %q in %v", w, all)
				}
			}
		})
	}
}

func TestGangWarnings(t *testing.T) {
	other := gpuJob().With(func(j *kubeflow.MPIJob) {
		j.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Template.Spec.SchedulerName = "mine"
	})
	named := gpuJob().With(func(j *kubeflow.MPIJob) {
		j.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Template.Spec.SchedulerName = "volcano"
	})
	asks := kubeflow.SchedulingPolicy{}
	tests := []struct {
		name    string
		job     *kubeflow.MPIJob
		volcano bool
		want    []string
	}{
		{"asks for nothing", gpuJob().Obj(), false, nil},
		{"gets what it asks for", gpuJob().RunPolicy(policy(asks)).Obj(), true, nil},
		{"no Volcano", gpuJob().RunPolicy(policy(asks)).Obj(), false, []string{"wait for one another for ever"}},
		{"no Volcano, though named", named.Obj(), false, []string{"is not installed"}},
		{"another scheduler", other.RunPolicy(policy(asks)).Obj(), true, []string{`"mine" is replaced by "volcano"`}},
		{"fewer than all, and a time limit", gpuJob().RunPolicy(policy(kubeflow.SchedulingPolicy{MinAvailable: ptr.To[int32](3), ScheduleTimeoutSeconds: ptr.To[int32](9)})).Obj(),
			true, []string{"3 of 5 may start before the rest", "has no effect with Volcano"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := mpijob.GangWarnings(tt.job, tt.volcano)
			if len(got) != len(tt.want) {
				t.Fatalf("warnings %q, want %d", got, len(tt.want))
			}
			for i, w := range tt.want {
				if !strings.Contains(got[i], w) {
					t.Errorf("no %q in %q", w, got[i])
				}
			}
		})
	}
}
