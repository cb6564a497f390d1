package preflight_test

import (
	"strings"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	volcano "volcano.sh/apis/pkg/apis/scheduling/v1beta1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/preflight"
	"github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// running is a job of four GPUs that started a minute ago and is stopped after that long; 0 for never.
func running(name string, limit time.Duration) *mpijob.Job {
	b := train(2, "nvidia.com/gpu=2").With(func(j *kubeflow.MPIJob) { j.Name = name }).Started(mpijobtest.At(-time.Minute))
	if limit > 0 {
		b = b.RunPolicy(func(p *kubeflow.RunPolicy) { p.ActiveDeadlineSeconds = ptr.To(int64(limit / time.Second)) })
	}
	return b.Obj()
}

// done is a job like that which succeeded after so long.
func done(name string, took time.Duration) *mpijob.Job {
	return train(2, "nvidia.com/gpu=2").With(func(j *kubeflow.MPIJob) {
		j.Name = name
		j.Status.CompletionTime = ptr.To(metav1.NewTime(mpijobtest.At(-time.Hour)))
	}).Started(mpijobtest.At(-time.Hour-took)).Condition(kubeflow.JobSucceeded, true, "", "", mpijobtest.At(-time.Hour)).Obj()
}

func TestWait(t *testing.T) {
	// Twelve of sixteen GPUs are used by three jobs, whatever counts them.
	quotas := []corev1.ResourceQuota{quota("gpus", "requests.nvidia.com/gpu=16", "requests.nvidia.com/gpu=12")}
	full := []corev1.Pod{bound("a", "node-0", "nvidia.com/gpu=4"), bound("b", "node-1", "nvidia.com/gpu=4"), bound("c", "node-2", "nvidia.com/gpu=4")}
	research := &volcano.Queue{ObjectMeta: metav1.ObjectMeta{Name: "research"}}
	research.Spec.Capability, research.Status.Allocated = amounts("nvidia.com/gpu=16"), amounts("nvidia.com/gpu=12")
	four := nodes(4, "cpu=64 memory=512Gi nvidia.com/gpu=4")
	for _, c := range []struct {
		name  string
		gpus  int32
		jobs  []*mpijob.Job
		until time.Duration // 0: not known
		basis string
	}{
		{"the first frees enough", 8, []*mpijob.Job{running("a", 3*time.Hour), running("b", time.Hour), running("c", 2*time.Hour)}, 59 * time.Minute, "b stops at its time limit at the latest"},
		{"the second does", 12, []*mpijob.Job{running("a", 3*time.Hour), running("b", time.Hour), running("c", 2*time.Hour)}, 119 * time.Minute, "b stops at its time limit at the latest; c stops"},
		{"no limits", 8, []*mpijob.Job{running("a", 0), running("b", 0), running("c", 0)}, 0, ""},
		{"one without limit isn't counted on", 16, []*mpijob.Job{running("a", 0), running("b", time.Hour), running("c", time.Hour)}, 0, ""},
		{"runs like it", 8, []*mpijob.Job{running("a", 0), running("b", 3*time.Hour), done("x", 20*time.Minute), done("y", 10*time.Minute), done("z", 40*time.Minute)}, 19 * time.Minute, "probably ends: 3 runs like it took 20m0s"},
		{"a run like it that is over", 8, []*mpijob.Job{running("a", time.Hour), done("x", 30*time.Second)}, 59 * time.Minute, "a stops at its time limit"},
		{"nobody runs", 8, nil, 0, ""},
	} {
		gangs := func(jobs []*mpijob.Job) []*mpijob.Job {
			var out []*mpijob.Job
			for _, j := range jobs {
				j = j.DeepCopy()
				gang("research")(&j.Spec.RunPolicy)
				out = append(out, j)
			}
			return out
		}
		for what, s := range map[string]preflight.Snapshot{
			"quota": {Quotas: quotas, Nodes: big(), Jobs: c.jobs},
			"nodes": {Nodes: four, Pods: full, Jobs: c.jobs},
			"queue": {Nodes: big(), Queue: research, Jobs: gangs(c.jobs)},
		} {
			t.Run(c.name+"/"+what, func(t *testing.T) {
				job := train(c.gpus/2, "nvidia.com/gpu=2").With(func(j *kubeflow.MPIJob) { j.Name = "mine" })
				if what == "queue" {
					job = job.RunPolicy(gang("research"))
				}
				v := judge(job, s)
				switch {
				case v.Outcome != preflight.Waits:
					t.Fatalf("%s: %s", v.Outcome, v.Message)
				case c.until == 0 && v.Wait != nil:
					t.Errorf("waits until %s: %s", v.Wait.Until, v.Wait.Basis)
				case c.until > 0 && (v.Wait == nil || !v.Wait.Until.Equal(mpijobtest.At(c.until)) || v.Wait.Seconds != c.until.Seconds() || !strings.Contains(v.Wait.Basis, c.basis)):
					t.Errorf("got %+v, want until %s: %s", v.Wait, mpijobtest.At(c.until), c.basis)
				}
			})
		}
	}
}
