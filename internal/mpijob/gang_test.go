package mpijob_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	volcano "volcano.sh/apis/pkg/apis/scheduling/v1beta1"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

func quantities(pairs ...string) corev1.ResourceList {
	l := corev1.ResourceList{}
	for i := 0; i < len(pairs); i += 2 {
		l[corev1.ResourceName(pairs[i])] = resource.MustParse(pairs[i+1])
	}
	return l
}

// gpuJob has four Workers of two GPUs each, and a Launcher of one CPU.
func gpuJob() *mpijobtest.JobBuilder {
	return mpijobtest.Job("job").Workers(4).
		Launcher(func(c *corev1.Container) { c.Resources.Requests = quantities("cpu", "1") }).
		Worker(func(c *corev1.Container) { c.Resources.Limits = quantities("cpu", "2", "nvidia.com/gpu", "2") })
}

func policy(p kubeflow.SchedulingPolicy) func(*kubeflow.RunPolicy) {
	return func(r *kubeflow.RunPolicy) { r.SchedulingPolicy = &p }
}

func classes(launcher, worker string) func(*kubeflow.MPIJob) {
	return func(j *kubeflow.MPIJob) {
		j.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeLauncher].Template.Spec.PriorityClassName = launcher
		j.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Template.Spec.PriorityClassName = worker
	}
}

// sidecar gives each Worker one that runs beside its ranks.
func sidecar(cpu string) func(*kubeflow.MPIJob) {
	return func(j *kubeflow.MPIJob) {
		spec := &j.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Template.Spec
		spec.InitContainers = append(spec.InitContainers, corev1.Container{
			Name: "side", Image: "side", RestartPolicy: ptr.To(corev1.ContainerRestartPolicyAlways),
			Resources: corev1.ResourceRequirements{Limits: quantities("cpu", cpu)},
		})
	}
}

func TestPodGroup(t *testing.T) {
	all := quantities("cpu", "9", "nvidia.com/gpu", "8")
	tests := []struct {
		name string
		job  *mpijobtest.JobBuilder
		want volcano.PodGroupSpec
	}{
		{"all together", gpuJob().RunPolicy(policy(kubeflow.SchedulingPolicy{})),
			volcano.PodGroupSpec{MinMember: 5, MinResources: &all}},
		{"queue of the policy before the annotation's", gpuJob().RunPolicy(policy(kubeflow.SchedulingPolicy{Queue: "team"})).
			With(func(j *kubeflow.MPIJob) {
				j.Annotations = map[string]string{volcano.QueueNameAnnotationKey: "other"}
			}),
			volcano.PodGroupSpec{MinMember: 5, Queue: "team", MinResources: &all}},
		{"queue of the annotation", gpuJob().With(func(j *kubeflow.MPIJob) {
			j.Annotations = map[string]string{volcano.QueueNameAnnotationKey: "other"}
		}), volcano.PodGroupSpec{MinMember: 5, Queue: "other", MinResources: &all}},
		{"priority class of the policy", gpuJob().With(classes("l", "w")).RunPolicy(policy(kubeflow.SchedulingPolicy{PriorityClass: "p"})),
			volcano.PodGroupSpec{MinMember: 5, PriorityClassName: "p", MinResources: &all}},
		{"priority class of the Launcher", gpuJob().With(classes("l", "w")), volcano.PodGroupSpec{MinMember: 5, PriorityClassName: "l", MinResources: &all}},
		{"priority class of the Workers", gpuJob().With(classes("", "w")), volcano.PodGroupSpec{MinMember: 5, PriorityClassName: "w", MinResources: &all}},
		{"minResources as given", gpuJob().RunPolicy(policy(kubeflow.SchedulingPolicy{MinResources: ptr.To(quantities("cpu", "1"))})),
			volcano.PodGroupSpec{MinMember: 5, MinResources: ptr.To(quantities("cpu", "1"))}},
		{"the Launcher and some Workers", gpuJob().RunPolicy(policy(kubeflow.SchedulingPolicy{MinAvailable: ptr.To[int32](3)})),
			volcano.PodGroupSpec{MinMember: 3, MinResources: ptr.To(quantities("cpu", "5", "nvidia.com/gpu", "4"))}},
		{"Workers of higher priority first", gpuJob().With(classes("", "high")).RunPolicy(policy(kubeflow.SchedulingPolicy{MinAvailable: ptr.To[int32](3)})),
			volcano.PodGroupSpec{MinMember: 3, PriorityClassName: "high", MinResources: ptr.To(quantities("cpu", "6", "nvidia.com/gpu", "6"))}},
		{"sidecars and what they need beside the Workers", gpuJob().RunPolicy(policy(kubeflow.SchedulingPolicy{})).With(sidecar("3")),
			volcano.PodGroupSpec{MinMember: 5, MinResources: ptr.To(quantities("cpu", "21", "nvidia.com/gpu", "8"))}},
		{"none together", gpuJob().RunPolicy(policy(kubeflow.SchedulingPolicy{MinAvailable: ptr.To[int32](0)})), volcano.PodGroupSpec{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			job := mpijob.WithDefaults(tt.job.Obj())
			got := mpijob.PodGroup(job, 1, map[string]int32{"high": 100})
			if diff := cmp.Diff(tt.want, got.Spec); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got.Name != mpijob.AttemptName(job, 1) || !metav1.IsControlledBy(got, job) {
				t.Errorf("it is the attempt's and the job's: %+v", got.ObjectMeta)
			}
		})
	}
}

func TestGangMembers(t *testing.T) {
	asked := gpuJob().RunPolicy(policy(kubeflow.SchedulingPolicy{}))
	named := gpuJob().With(func(j *kubeflow.MPIJob) {
		j.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Template.Spec.SchedulerName = "volcano"
	})
	tests := []struct {
		name    string
		job     *mpijobtest.JobBuilder
		volcano bool
		want    bool
	}{
		{"asked for by a policy", asked, true, true},
		{"asked for by name", named, true, true},
		{"not there", asked, false, false},
		{"not asked for", gpuJob(), true, false},
	}
	for _, tt := range tests {
		for _, creation := range []kubeflow.LauncherCreationPolicy{kubeflow.LauncherCreationPolicyAtStartup, kubeflow.LauncherCreationPolicyWaitForWorkersReady} {
			t.Run(tt.name+", "+string(creation), func(t *testing.T) {
				job := mpijob.WithDefaults(tt.job.With(func(j *kubeflow.MPIJob) { j.Spec.LauncherCreationPolicy = creation }).Obj())
				run := mpijob.Runtime(job, mpijob.Settings{Volcano: tt.volcano}, 2)
				// Both parts are members, and both are made at once: a gang without its Launcher never starts.
				for _, r := range run.Spec.Template.Spec.ReplicatedJobs {
					if r.Name != mpijob.RoleLauncher && r.Name != mpijob.RoleWorker {
						continue // no pods of the job's
					}
					pod := r.Template.Spec.Template
					gang := pod.Spec.SchedulerName == "volcano" && pod.Annotations["scheduling.k8s.io/group-name"] == mpijob.AttemptName(job, 2)
					if gang != tt.want {
						t.Errorf("%s is in a gang: %v, want %v", r.Name, gang, tt.want)
					}
					if len(r.DependsOn) > 0 {
						t.Errorf("%s waits for %v", r.Name, r.DependsOn)
					}
				}
			})
		}
	}
}

const (
	noGPU     = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."
	never     = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
	noGPUGang = "0/1 nodes are unavailable: 1 Insufficient nvidia.com/gpu."
	noNode    = "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."
)

func unplaced(p *mpijobtest.PodBuilder, reason, message string) *corev1.Pod {
	return p.With(func(p *corev1.Pod) {
		p.Spec.NodeName = ""
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: reason, Message: message}}
	}).Obj()
}

// untouched are pods that no scheduler has looked at.
func untouched(pods []*corev1.Pod) []*corev1.Pod {
	for _, p := range pods {
		p.Status.Conditions = nil
	}
	return pods
}

func gangRun(job *kubeflow.MPIJob) *trainer.TrainJob {
	run := mpijobtest.Run(job, 1)
	mpijob.MarkGang(run)
	return run
}

func TestShortage(t *testing.T) {
	group := func(phase volcano.PodGroupPhase, queue string) *volcano.PodGroup {
		return &volcano.PodGroup{
			Spec:   volcano.PodGroupSpec{Queue: queue, MinMember: 5, MinResources: ptr.To(quantities("cpu", "9", "nvidia.com/gpu", "8"))},
			Status: volcano.PodGroupStatus{Phase: phase},
		}
	}
	full := &volcano.Queue{
		Spec:   volcano.QueueSpec{Capability: quantities("nvidia.com/gpu", "12")},
		Status: volcano.QueueStatus{Allocated: quantities("nvidia.com/gpu", "8", "cpu", "9")},
	}
	plain := gpuJob()
	gang := gpuJob().RunPolicy(policy(kubeflow.SchedulingPolicy{}))
	// Two Workers and the Launcher have a place, two Workers have none.
	partly := func(job *kubeflow.MPIJob, message string) []*corev1.Pod {
		return []*corev1.Pod{
			mpijobtest.Launcher(job, 1).Obj(), mpijobtest.Worker(job, 1, 0).Obj(), mpijobtest.Worker(job, 1, 1).Obj(),
			unplaced(mpijobtest.Worker(job, 1, 2), "Unschedulable", message), unplaced(mpijobtest.Worker(job, 1, 3), "Unschedulable", message),
		}
	}
	// Volcano places nothing: two Workers would fit.
	held := func(job *kubeflow.MPIJob, reason, message string) []*corev1.Pod {
		return []*corev1.Pod{
			unplaced(mpijobtest.Launcher(job, 1), reason, message), unplaced(mpijobtest.Worker(job, 1, 0), reason, message),
			unplaced(mpijobtest.Worker(job, 1, 1), reason, message),
			unplaced(mpijobtest.Worker(job, 1, 2), "Unschedulable", message), unplaced(mpijobtest.Worker(job, 1, 3), "Unschedulable", message),
		}
	}
	tests := []struct {
		name string
		job  *mpijobtest.JobBuilder
		pods func(*kubeflow.MPIJob) []*corev1.Pod
		gang *mpijob.Gang
		want string
		hint failure.Reason
	}{
		{"default scheduler, in part", plain, func(j *kubeflow.MPIJob) []*corev1.Pod { return partly(j, noGPU) }, nil,
			"Waiting for 4 of 8 nvidia.com/gpu: no room for 2 of 4 Workers; 2 of 4 Workers and the Launcher hold what they have meanwhile", failure.GangIncomplete},
		{"default scheduler, no such node", plain, func(j *kubeflow.MPIJob) []*corev1.Pod { return held(j, "Unschedulable", noNode) }, nil,
			"Waiting for a place for 4 of 4 Workers and the Launcher: 3 node(s) didn't match Pod's node affinity/selector", failure.Unschedulable},
		{"default scheduler, no node large enough", plain, func(j *kubeflow.MPIJob) []*corev1.Pod { return partly(j, never) }, nil,
			"Waiting for 4 of 8 nvidia.com/gpu: no node has as much as Worker 2 asks for, even with nothing else on it: ask for less; 2 of 4 Workers and the Launcher hold what they have meanwhile", failure.Unschedulable},
		{"gang", gang, func(j *kubeflow.MPIJob) []*corev1.Pod { return held(j, "Schedulable", noGPUGang) }, &mpijob.Gang{Group: group(volcano.PodGroupInqueue, "default")},
			"Waiting for 4 of 8 nvidia.com/gpu; the gang of 5 starts only together", failure.Unschedulable},
		{"gang, not let in by its queue", gang, func(j *kubeflow.MPIJob) []*corev1.Pod { return held(j, "Unschedulable", "all nodes are unavailable") },
			&mpijob.Gang{Group: group(volcano.PodGroupPending, "default"), Queue: &volcano.Queue{}},
			`Waiting for queue "default" to have room for 8 nvidia.com/gpu; the gang of 5 starts only together`, failure.Unschedulable},
		{"gang, its queue is full", gang, func(j *kubeflow.MPIJob) []*corev1.Pod { return held(j, "Unschedulable", "all nodes are unavailable") },
			&mpijob.Gang{Group: group(volcano.PodGroupPending, "team"), Queue: full},
			`Waiting for 4 of 8 nvidia.com/gpu in queue "team", of whose 12 are 8 taken; the gang of 5 starts only together`, failure.Unschedulable},
		{"gang, its queue is full of memory", gang, func(j *kubeflow.MPIJob) []*corev1.Pod { return held(j, "Unschedulable", "all nodes are unavailable") },
			&mpijob.Gang{
				Group: &volcano.PodGroup{
					Spec:   volcano.PodGroupSpec{Queue: "team", MinMember: 5, MinResources: ptr.To(quantities("memory", "4194432Mi"))},
					Status: volcano.PodGroupStatus{Phase: volcano.PodGroupPending},
				},
				Queue: &volcano.Queue{Spec: volcano.QueueSpec{Capability: quantities("memory", "1Ti")}, Status: volcano.QueueStatus{Allocated: quantities("memory", "1536Mi")}},
			},
			`Waiting for 3 of 4 TiB memory in queue "team", of whose 1 TiB are 1.5 GiB taken; the gang of 5 starts only together`, failure.Unschedulable},
		{"gang, no such queue", gang, func(j *kubeflow.MPIJob) []*corev1.Pod { return untouched(held(j, "Unschedulable", "")) },
			&mpijob.Gang{Group: group("", "nope"), NoQueue: true},
			`Waiting for queue "nope", which doesn't exist: have it made, or name another in spec.runPolicy.schedulingPolicy.queue`, failure.Unschedulable},
		{"gang of fewer", gpuJob().RunPolicy(policy(kubeflow.SchedulingPolicy{MinAvailable: ptr.To[int32](3)})),
			func(j *kubeflow.MPIJob) []*corev1.Pod { return held(j, "Schedulable", noGPUGang) }, nil,
			"Waiting for 4 of 8 nvidia.com/gpu; 3 of the gang of 5 start only together", failure.Unschedulable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			job := mpijob.WithDefaults(tt.job.Started(mpijobtest.Epoch).Obj())
			run := mpijobtest.Run(job, 1)
			if strings.HasPrefix(tt.name, "gang") {
				run = gangRun(job)
			}
			o := &mpijob.Observed{Runs: []*trainer.TrainJob{run}, Pods: tt.pods(job), Gang: tt.gang}
			v := mpijob.Judge(job, o, mpijobtest.At(time.Hour))
			if diff := cmp.Diff(tt.want, v.Waiting); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if v.Hint != tt.hint || v.Outcome != mpijob.Undecided {
				t.Errorf("hint %q, want %q; outcome %q: waiting is no failure", v.Hint, tt.hint, v.Outcome)
			}
			s, events, _ := mpijob.NextStatus(job, o, v, mpijob.Plan{}, mpijobtest.At(time.Hour))
			if c := s.Conditions[0]; c.Type != kubeflow.JobCreated || c.Reason != string(tt.hint) || c.Message != tt.want {
				t.Errorf("condition %+v", c)
			}
			if last := events[len(events)-1]; !last.Warning || last.Reason != string(tt.hint) {
				t.Errorf("events %+v", events)
			}
			job.Status = s
			if _, events, _ := mpijob.NextStatus(job, o, v, mpijob.Plan{}, mpijobtest.At(2*time.Hour)); len(events) > 0 {
				t.Errorf("warned again: %+v", events)
			}
		})
	}
}

func TestScheduleTimeout(t *testing.T) {
	bounded := gpuJob().RunPolicy(policy(kubeflow.SchedulingPolicy{ScheduleTimeoutSeconds: ptr.To[int32](60)}))
	pods := func(j *kubeflow.MPIJob) []*corev1.Pod {
		out := []*corev1.Pod{mpijobtest.Launcher(j, 1).Obj()}
		for i := range 3 {
			out = append(out, mpijobtest.Worker(j, 1, i).Obj())
		}
		return append(out, unplaced(mpijobtest.Worker(j, 1, 3), "Unschedulable", noGPU))
	}
	job := mpijob.WithDefaults(bounded.Started(mpijobtest.Epoch).Obj())
	o := &mpijob.Observed{Runs: []*trainer.TrainJob{mpijobtest.Run(job, 1)}, Pods: pods(job)}
	early := mpijob.Judge(job, o, mpijobtest.At(30*time.Second))
	if early.Outcome != mpijob.Undecided || !early.Recheck.Equal(mpijobtest.At(time.Minute)) {
		t.Errorf("after 30 s: %+v", early)
	}
	late := mpijob.Judge(job, o, mpijobtest.At(61*time.Second))
	if late.Outcome != mpijob.Failed || late.Failure.Reason != failure.GangIncomplete {
		t.Errorf("after 61 s: %+v", late)
	}
	// A gang holds nothing while it waits, and waits for as long as it takes.
	o.Runs = []*trainer.TrainJob{gangRun(job)}
	if v := mpijob.Judge(job, o, mpijobtest.At(time.Hour)); v.Outcome != mpijob.Undecided {
		t.Errorf("with Volcano: %+v", v)
	}
}

func TestPreempted(t *testing.T) {
	job := mpijob.WithDefaults(gpuJob().Obj())
	pods := []*corev1.Pod{mpijobtest.Launcher(job, 1).Running(mpijobtest.At(time.Second)).Obj()}
	for i := range 4 {
		p := mpijobtest.Worker(job, 1, i).Running(mpijobtest.At(time.Second))
		if i == 2 {
			p = p.Condition(corev1.DisruptionTarget, corev1.PodReasonPreemptionByScheduler, "volcano: preempting to accommodate a higher priority pod", mpijobtest.At(time.Minute)).Deleted(mpijobtest.At(time.Minute))
		}
		pods = append(pods, p.Obj())
	}
	v := mpijob.Judge(job, &mpijob.Observed{Runs: []*trainer.TrainJob{gangRun(job)}, Pods: pods}, mpijobtest.At(2*time.Minute))
	if v.Outcome != mpijob.Failed || v.Failure.Reason != failure.PreemptedByHigherPriority || v.Failure.Where != "Worker 2" {
		t.Errorf("%+v", v.Failure)
	}
}

func TestGangEnds(t *testing.T) {
	job := mpijob.WithDefaults(gpuJob().RunPolicy(policy(kubeflow.SchedulingPolicy{})).Obj())
	run := gangRun(job)
	o := &mpijob.Observed{Runs: []*trainer.TrainJob{run}, Pods: []*corev1.Pod{mpijobtest.Launcher(job, 1).Exited(0, "Completed", "", mpijobtest.At(time.Minute)).Obj()}}
	now := mpijobtest.At(2 * time.Minute)
	v := mpijob.Judge(job, o, now)
	if p := mpijob.MakePlan(job, o, v, now); p.Release != run.Name {
		t.Errorf("the gang of a finished job isn't released: %+v", p)
	}
	job.Status, _, _ = mpijob.NextStatus(job, o, v, mpijob.Plan{}, now)
	if p := mpijob.MakePlan(job, o, v, now); p.Release != "" {
		t.Errorf("released again: %+v", p)
	}
	// A PodGroup that someone deletes under a waiting gang is made again.
	waiting := &mpijob.Observed{Runs: []*trainer.TrainJob{run}, Gang: &mpijob.Gang{}}
	if p := mpijob.MakePlan(mpijob.WithDefaults(gpuJob().Obj()), waiting, mpijob.Verdict{}, now); p.Regroup != 1 {
		t.Errorf("plan %+v", p)
	}
}
