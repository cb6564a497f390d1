package training

import (
	"strings"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// aJob is a job of two Workers, created at noon.
func aJob(change ...func(*MPIJob)) *MPIJob {
	m := Spec{Name: "pi", Namespace: "team", Image: "i", Workers: 2, Command: []string{"p"}}.MPIJob()
	m.UID, m.ResourceVersion, m.CreationTimestamp = "uid-1", "1", metav1.NewTime(noon)
	for _, f := range change {
		f(m)
	}
	return m
}

func cond(t kubeflow.JobConditionType, reason, message string) func(*MPIJob) {
	return func(m *MPIJob) {
		m.Status.Conditions = append(m.Status.Conditions, kubeflow.JobCondition{Type: t, Status: corev1.ConditionTrue, Reason: reason, Message: message})
	}
}

func activeWorkers(n int32) func(*MPIJob) {
	return func(m *MPIJob) {
		m.Status.ReplicaStatuses = map[kubeflow.MPIReplicaType]*kubeflow.ReplicaStatus{kubeflow.MPIReplicaTypeWorker: {Active: n}}
	}
}

func suspended(m *MPIJob) { m.Spec.RunPolicy.Suspend = ptr.To(true) }

func TestPhases(t *testing.T) {
	created := cond(kubeflow.JobCreated, "MPIJobCreated", "MPIJob team/pi is created.")
	for _, c := range []struct {
		name    string
		job     *MPIJob
		after   time.Duration
		phase   Phase
		message string // contained in the message
	}{
		{"just created", aJob(), time.Second, Pending, "Waiting for the MPIJob controller"},
		{"nobody looks at it", aJob(), time.Minute, Pending, "is it running?"},
		{"created", aJob(created), time.Second, Pending, "Waiting for 2 of 2 Workers"},
		{"waiting, with its cause", aJob(cond(kubeflow.JobCreated, "MPIJobCreated", "Waiting for Worker 1: no room")), time.Second, Pending, "Waiting for Worker 1: no room"},
		{"some Workers run", aJob(created, activeWorkers(1)), time.Second, Initializing, "Waiting for 1 of 2 Workers"},
		{"running", aJob(created, activeWorkers(2), cond(kubeflow.JobRunning, "MPIJobRunning", "")), time.Second, Running, ""},
		{"succeeded", aJob(created, cond(kubeflow.JobSucceeded, "MPIJobSucceeded", "")), time.Second, Succeeded, ""},
		{"failed beats running", aJob(cond(kubeflow.JobRunning, "", ""), cond(kubeflow.JobFailed, "RankExited", "Worker 1: x")), time.Second, Failed, "Worker 1: x"},
		{"advice is not in the message", aJob(cond(kubeflow.JobFailed, "DeadlineExceeded", "too long. Raise spec.runPolicy.activeDeadlineSeconds, or make the job smaller.")), time.Second, Failed, "too long"},
		{"suspended by spec", aJob(suspended), time.Second, Suspended, "resume"},
		{"suspended by condition", aJob(cond(kubeflow.JobSuspended, "MPIJobSuspended", "by Ann")), time.Second, Suspended, "by Ann"},
		{"held by Kueue", aJob(suspended, func(m *MPIJob) { m.Labels = map[string]string{kueueQueueLabel: "gpu"} }), time.Second, Queued, `queue "gpu"`},
		{"restarting", aJob(cond(kubeflow.JobRestarting, "MPIJobRestarting", "Trying again")), time.Second, Pending, "Trying again"},
		{"managed elsewhere", aJob(func(m *MPIJob) { m.Spec.RunPolicy.ManagedBy = ptr.To("kueue.x-k8s.io/multikueue") }), time.Hour, Pending, "multikueue"},
		{"being deleted", aJob(cond(kubeflow.JobSucceeded, "", ""), func(m *MPIJob) { m.DeletionTimestamp = ptr.To(metav1.NewTime(noon)) }), time.Second, Terminating, "Waiting"},
	} {
		j := newJob(c.job, noon.Add(c.after))
		if j.Phase != c.phase || !strings.Contains(j.Message, c.message) || strings.Contains(j.Message, "Raise spec") {
			t.Errorf("%s: got %s %q, want %s %q", c.name, j.Phase, j.Message, c.phase, c.message)
		}
		if (j.Phase == Pending || j.Phase == Initializing) && j.Message == "" {
			t.Errorf("%s: a waiting job must say what it waits for", c.name)
		}
	}
}

func pod(role, index string, change func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "pi-x-" + role + index, Namespace: "team", UID: "p-1", ResourceVersion: "1", CreationTimestamp: metav1.NewTime(noon), Labels: map[string]string{
			kubeflow.OperatorNameLabel: kubeflow.OperatorName, kubeflow.JobNameLabel: "pi", kubeflow.JobRoleLabel: role, kubeflow.ReplicaIndexLabel: index,
		}},
		Spec: corev1.PodSpec{NodeName: "n1", Containers: []corev1.Container{{Name: "main"}}},
	}
	change(p)
	return p
}

func state(phase corev1.PodPhase, s corev1.ContainerState) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Status.Phase = phase
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "main", State: s}}
	}
}

var runs = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(noon)}}

func TestMembers(t *testing.T) {
	for _, c := range []struct {
		name    string
		pod     *corev1.Pod
		phase   PodPhase
		message string
	}{
		{"none yet", nil, PodAbsent, "not created yet"},
		{"running", pod("worker", "0", state(corev1.PodRunning, runs)), PodRunning, ""},
		{"unscheduled", pod("worker", "0", func(p *corev1.Pod) {
			p.Spec.NodeName = ""
			p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: "0/3 nodes: Insufficient nvidia.com/gpu"}}
		}), PodPending, "Insufficient nvidia.com/gpu"},
		{"a claim that isn't there", pod("worker", "0", func(p *corev1.Pod) {
			p.Spec.NodeName = ""
			p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: `0/1 nodes are available: persistentvolumeclaim "data" not found. not found`}}
		}), PodPending, `PersistentVolumeClaim "data" doesn't exist`},
		{"stopped by the controller", pod("worker", "0", func(p *corev1.Pod) {
			state(corev1.PodFailed, corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff"}})(p)
			p.Status.Reason, p.Status.Message = "DeadlineExceeded", "Pod was active on the node longer than the specified deadline"
			p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: mpijob.ConditionStopped, Status: corev1.ConditionTrue})
		}), PodFailed, "stopped, since the job can't succeed any more"},
		{"image", pod("worker", "0", state(corev1.PodPending, corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff", Message: "no such image"}})), PodPending, "ImagePullBackOff: no such image"},
		{"starting", pod("worker", "0", state(corev1.PodPending, corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}})), PodStarting, "n1"},
		{"out of memory", pod("worker", "0", state(corev1.PodFailed, corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "OOMKilled", ExitCode: 137}})), PodFailed, "lack of memory"},
		{"exit code", pod("worker", "0", state(corev1.PodFailed, corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 3}})), PodFailed, "code 3"},
		{"signal", pod("worker", "0", state(corev1.PodFailed, corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 139}})), PodFailed, "signal 11"},
		{"going", pod("worker", "0", func(p *corev1.Pod) {
			state(corev1.PodRunning, runs)(p)
			p.DeletionTimestamp = ptr.To(metav1.NewTime(noon))
		}), PodTerminating, ""},
	} {
		m := member("Worker 0", 0, c.pod, Pending)
		if m.Phase != c.phase || !strings.Contains(m.Message, c.message) || m.Where != "Worker 0" {
			t.Errorf("%s: got %+v, want %s %q", c.name, m, c.phase, c.message)
		}
	}
}

// Of a job that ended, a list says how many Workers there were and had failed: not how many run.
func TestWorkersOfAJob(t *testing.T) {
	for _, c := range []struct {
		name string
		job  *MPIJob
		want Workers
		text string
	}{
		{"running", aJob(cond(kubeflow.JobRunning, "", "")), Workers{Ready: 1, Total: 2}, "1/2"},
		{"failed", aJob(cond(kubeflow.JobFailed, "", "")), Workers{Failed: 1, Total: 2}, "2, 1 failed"},
		{"succeeded", aJob(cond(kubeflow.JobSucceeded, "", "")), Workers{Ready: 2, Total: 2}, "2"},
	} {
		c.job.Status.ReplicaStatuses = map[kubeflow.MPIReplicaType]*kubeflow.ReplicaStatus{kubeflow.MPIReplicaTypeWorker: {Active: 1, Failed: 1}}
		j := newJob(c.job, noon)
		if j.Workers != c.want || j.Workers.Text(j.Phase) != c.text {
			t.Errorf("%s: got %+v %q, want %+v %q", c.name, j.Workers, j.Workers.Text(j.Phase), c.want, c.text)
		}
	}
	if got := (Workers{Total: 2}).Text(Failed); got != "2" {
		t.Errorf("none failed: %q", got)
	}
	if got := (Workers{}).Text(Running); got != "" {
		t.Errorf("not known: %q", got)
	}
}

func TestDetailTakesFailureAndRanksFromItsOwnReportOnly(t *testing.T) {
	text := `{"version":1,"uid":"%","failure":{"reason":"RankExited","where":"Worker 1","rank":3,"exitCode":3},"workers":[{"index":1,"ranks":[2,3]},{"index":99}]}`
	job := aJob(cond(kubeflow.JobFailed, "RankExited", "Worker 1, rank 3: exited with code 3"))
	for uid, want := range map[string]string{"uid-1": "Worker 1", "uid-of-another": ""} {
		cm := &corev1.ConfigMap{Data: map[string]string{"report.json": strings.Replace(text, "%", uid, 1)}}
		d := newDetail(observed{job: job, report: cm}, noon)
		if d.Failure.Where != want || (len(d.WorkerPods[1].Ranks) == 2) != (want != "") {
			t.Errorf("report of %s: failure %+v, ranks %v", uid, d.Failure, d.WorkerPods[1].Ranks)
		}
	}
	d := newDetail(observed{job: job, report: &corev1.ConfigMap{Data: map[string]string{"report.json": "{"}}}, noon)
	if len(d.Notes) != 1 {
		t.Errorf("a broken report is worth a note: %v", d.Notes)
	}
}

// What the controller says in numbers stays, as the list shows it; where it only counts Workers, a pod's words say more.
func TestDetailSaysWhatIsWaitedFor(t *testing.T) {
	unplaced := pod("worker", "1", func(p *corev1.Pod) {
		p.Spec.NodeName = ""
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable",
			Message: "0/3 nodes are available: 3 Insufficient memory. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."}}
	})
	for message, want := range map[string]string{
		"Waiting for 8 of 16 nvidia.com/gpu: no room for 1 of 2 Workers": "Waiting for 8 of 16 nvidia.com/gpu: no room for 1 of 2 Workers",
		"Waiting for a place for 1 of 2 Workers":                         "Waiting for a place for 1 of 2 Workers",
		"MPIJob team/pi is created.":                                     "Waiting for Worker 1: no node has room: insufficient memory",
		"Waiting for 1 of 2 Workers and the Launcher to start":           "Waiting for Worker 1: no node has room: insufficient memory",
		"Waiting for 1 of 2 Workers to start":                            "Waiting for Worker 1: no node has room: insufficient memory",
	} {
		d := newDetail(observed{job: aJob(cond(kubeflow.JobCreated, "GangIncomplete", message)), pods: []*corev1.Pod{unplaced}}, noon.Add(time.Minute))
		if d.Message != want {
			t.Errorf("%q: got %q, want %q", message, d.Message, want)
		}
	}
}

// Of a retried Launcher the newest counts; pods of an earlier job of the same name don't.
func TestNewestPods(t *testing.T) {
	made := func(name string, at time.Time) *corev1.Pod {
		p := pod("launcher", "", state(corev1.PodRunning, runs))
		p.Name, p.CreationTimestamp = name, metav1.NewTime(at)
		return p
	}
	leftover := made("leftover", noon.Add(-time.Second))
	if l := newestPods([]*corev1.Pod{made("second", noon.Add(time.Minute)), made("first", noon), leftover}, launcherAndWorkers{}, noon)[-1]; l == nil || l.Name != "second" {
		t.Errorf("of three: got %v", l)
	}
	if l := newestPods([]*corev1.Pod{leftover}, launcherAndWorkers{}, noon)[-1]; l != nil {
		t.Errorf("another job's: got %v", l.Name)
	}
}
