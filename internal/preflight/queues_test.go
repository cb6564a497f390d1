package preflight_test

import (
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
	volcano "volcano.sh/apis/pkg/apis/scheduling/v1beta1"

	"github.com/opendatahub-io/mpijob/internal/preflight"
	"github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

func gang(queue string) func(*kubeflow.RunPolicy) {
	return func(p *kubeflow.RunPolicy) { p.SchedulingPolicy = &kubeflow.SchedulingPolicy{Queue: queue} }
}

func TestVolcanoQueues(t *testing.T) {
	queue := func(capability, allocated, guarantee string, state volcano.QueueState) *volcano.Queue {
		q := &volcano.Queue{ObjectMeta: metav1.ObjectMeta{Name: "research"}}
		q.Spec.Capability, q.Spec.Guarantee.Resource = amounts(capability), amounts(guarantee)
		q.Status.Allocated, q.Status.State = amounts(allocated), state
		return q
	}
	job := train(4, "cpu=8 memory=16Gi nvidia.com/gpu=2").RunPolicy(gang("research"))
	for _, c := range []struct {
		name    string
		job     *mpijobtest.JobBuilder
		s       preflight.Snapshot
		outcome preflight.Outcome
		message string
		largest int32
	}{
		{"room", job, preflight.Snapshot{Queue: queue("nvidia.com/gpu=16", "nvidia.com/gpu=4", "", volcano.QueueStateOpen)}, preflight.Fits, "", 6},
		{"in use", job, preflight.Snapshot{Queue: queue("nvidia.com/gpu=16", "nvidia.com/gpu=10", "", volcano.QueueStateOpen)}, preflight.Waits,
			`Requested 8 nvidia.com/gpu, 6 available in queue "research" (10 of 16 in use)`, 3},
		{"the Launcher counts", job, preflight.Snapshot{Queue: queue("cpu=32", "", "", volcano.QueueStateOpen)}, preflight.Waits, `Requested 33 CPU, 32 available in queue "research"`, 3},
		{"no limit", job, preflight.Snapshot{Queue: queue("", "nvidia.com/gpu=10", "", volcano.QueueStateOpen)}, preflight.Fits, "", 32},
		{"closed", job, preflight.Snapshot{Queue: queue("", "", "", volcano.QueueStateClosed)}, preflight.Waits, `queue "research" is Closed`, 0},
		{"missing", job, preflight.Snapshot{NoQueue: true}, preflight.Waits, `queue "research" doesn't exist`, 0},
		{"not readable", job, preflight.Snapshot{Gaps: []preflight.Gap{{Source: preflight.SourceQueue, Right: "get queues"}}}, preflight.Unknown, `whether queue "research" has room isn't shown to you`, 32},
		{"no Volcano", job, preflight.Snapshot{NoVolcano: true}, preflight.Fits, "", 32},
		{"no gang", train(4, "nvidia.com/gpu=2"), preflight.Snapshot{Queue: queue("nvidia.com/gpu=1", "", "", volcano.QueueStateOpen)}, preflight.Fits, "", 32},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.s.Nodes = big()
			expect(t, judge(c.job, c.s), c.outcome, c.message, c.largest)
		})
	}
	v := judge(job, preflight.Snapshot{Nodes: big(), Queue: queue("nvidia.com/gpu=16", "", "nvidia.com/gpu=8", volcano.QueueStateOpen)})
	if text := v.Checks[0].Message; text != `Requested 8 nvidia.com/gpu, 16 available in queue "research" (0 of 16 in use), kept for this queue` {
		t.Errorf("guaranteed: %s", text)
	}
}

// Built from Kueue's released types, v1beta2; Kueue itself isn't run.
const (
	localQueue   = `{spec: {clusterQueue: research, stopPolicy: None}, status: {pendingWorkloads: 0}}`
	clusterQueue = `
spec:
  resourceGroups:
  - coveredResources: [cpu, memory]
    flavors:
    - {name: any, resources: [{name: cpu, nominalQuota: 100}, {name: memory, nominalQuota: 1Ti}]}
  - coveredResources: [nvidia.com/gpu]
    flavors:
    - {name: a100, resources: [{name: nvidia.com/gpu, nominalQuota: 16}]}
    - {name: h100, resources: [{name: nvidia.com/gpu, nominalQuota: 4}]}
  stopPolicy: None
status:
  conditions: [{type: Active, status: "True"}]
  flavorsReservation:
  - {name: any, resources: [{name: cpu, total: 20}, {name: memory, total: 0}]}
  - {name: a100, resources: [{name: nvidia.com/gpu, total: 10, borrowed: 0}]}
  - {name: h100, resources: [{name: nvidia.com/gpu, total: 0, borrowed: 0}]}
`
)

func kueue(t *testing.T, changes ...func(*preflight.Kueue)) *preflight.Kueue {
	t.Helper()
	k := &preflight.Kueue{Queue: "team"}
	if err := yaml.Unmarshal([]byte(localQueue), &k.Local); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal([]byte(clusterQueue), &k.Cluster); err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		c(k)
	}
	return k
}

func TestKueueQueues(t *testing.T) {
	queued := func(n int32, each string) *mpijobtest.JobBuilder {
		return train(n, each).With(func(j *kubeflow.MPIJob) { j.Labels = map[string]string{preflight.LabelKueue: "team"} })
	}
	stop := "Hold"
	for _, c := range []struct {
		name    string
		job     *mpijobtest.JobBuilder
		k       *preflight.Kueue
		outcome preflight.Outcome
		message string
		largest int32
	}{
		{"room", queued(3, "nvidia.com/gpu=2"), kueue(t), preflight.Fits, "", 3},
		{"in use", queued(4, "nvidia.com/gpu=2"), kueue(t), preflight.Waits, `Requested 8 nvidia.com/gpu, 6 available in Kueue queue "team" (10 of 16 in use, flavor "a100")`, 3},
		{"beyond", queued(9, "nvidia.com/gpu=2"), kueue(t), preflight.Waits, `Requested 18 nvidia.com/gpu`, 3},
		{"first group", queued(10, "cpu=9"), kueue(t), preflight.Waits, `Requested 91 CPU, 80 available in Kueue queue "team" (20 of 100 in use, flavor "any")`, 8},
		{"not covered", queued(1, "amd.com/gpu=1"), kueue(t), preflight.Waits, "has no quota of amd.com/gpu", 0},
		{"cohort", queued(9, "nvidia.com/gpu=2"), kueue(t, func(k *preflight.Kueue) { k.Cluster.Spec.CohortName = "all" }), preflight.Waits, `what cohort "all" may lend isn't known`, 3},
		{"stopped", queued(1, "cpu=1"), kueue(t, func(k *preflight.Kueue) { k.Local.Spec.StopPolicy = &stop }), preflight.Waits, "is stopped", 0},
		{"missing", queued(1, "cpu=1"), &preflight.Kueue{NoQueue: true}, preflight.Waits, `Kueue queue "team" doesn't exist`, 0},
		{"leads nowhere", queued(1, "cpu=1"), kueue(t, func(k *preflight.Kueue) { k.NoClusterQueue = true }), preflight.Waits, `cluster queue "research", which doesn't exist`, 0},
		{"no label", train(9, "nvidia.com/gpu=2"), kueue(t), preflight.Fits, "", 32},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := preflight.Snapshot{Nodes: append(big(), node("amd", "cpu=64 memory=64Gi amd.com/gpu=8")), Kueue: c.k}
			expect(t, judge(c.job, s), c.outcome, c.message, c.largest)
		})
	}
}
