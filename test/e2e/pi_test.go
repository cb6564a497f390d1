//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// readJob reads a manifest of the repository as a user would apply it.
func readJob(t *testing.T, path ...string) *kubeflow.MPIJob {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{repoRoot(t)}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return parseJob(t, text)
}

func parseJob(t *testing.T, text []byte) *kubeflow.MPIJob {
	t.Helper()
	var job kubeflow.MPIJob
	if err := yaml.UnmarshalStrict(text, &job); err != nil {
		t.Fatalf("reading the manifest: %v", err)
	}
	return &job
}

var onWorker = regexp.MustCompile(`rank (\d+) of \d+ on (\S+)`)

// hosts is where each rank of examples/pi says it ran, by rank.
func hosts(log string) map[string]string {
	found := map[string]string{}
	for _, m := range onWorker.FindAllStringSubmatch(log, -1) {
		found[m[1]], _, _ = strings.Cut(m[2], ".")
	}
	return found
}

func TestPi(t *testing.T) {
	t.Parallel()
	e := setup(t)
	job := readJob(t, "examples", "pi", "pi.yaml")
	job.Namespace, job.Name = teamA, "e2e-pi"
	job.Annotations = map[string]string{mpijob.AnnotationCreator: "mallory"}
	e.submit(e.scientist, job)
	got := e.awaitCondition(job, kubeflow.JobSucceeded)

	log := e.launcherLog(e.scientist, job)
	want := map[string]string{"0": "e2e-pi-worker-0", "1": "e2e-pi-worker-0", "2": "e2e-pi-worker-1", "3": "e2e-pi-worker-1"}
	if diff := cmp.Diff(want, hosts(log)); diff != "" {
		t.Errorf("where the ranks ran (-want +got):\n%s\n%s", diff, log)
	}
	if !strings.Contains(log, "pi is approximately 3.14159265") {
		t.Errorf("the Launcher's log does not say pi:\n%s", log)
	}

	t.Run("status is as upstream's", func(t *testing.T) {
		for ct, status := range map[kubeflow.JobConditionType]corev1.ConditionStatus{
			kubeflow.JobCreated: corev1.ConditionTrue, kubeflow.JobRunning: corev1.ConditionFalse, kubeflow.JobSucceeded: corev1.ConditionTrue,
		} {
			if c := condition(got, ct); c == nil || c.Status != status {
				t.Errorf("condition %s should be %s:%s", ct, status, conditions(got))
			}
		}
		if got.Status.StartTime == nil || got.Status.CompletionTime == nil {
			t.Errorf("startTime and completionTime should be set: %+v", got.Status)
		}
		if rs := got.Status.ReplicaStatuses[kubeflow.MPIReplicaTypeLauncher]; rs == nil || rs.Succeeded != 1 {
			t.Errorf("the Launcher's replica status should count 1 succeeded: %+v", got.Status.ReplicaStatuses)
		}
	})
	t.Run("launcher started once", func(t *testing.T) { e.in(t).startedOnce(job) })
	t.Run("labels and names are upstream's", func(t *testing.T) {
		e := e.in(t)
		p := e.podsOf(job, "launcher")[0]
		if p.Spec.Hostname != "e2e-pi-launcher" || p.Spec.Subdomain != "e2e-pi" || p.Labels[kubeflow.OperatorNameLabel] != kubeflow.OperatorName {
			t.Errorf("launcher pod: hostname %q, subdomain %q, labels %v", p.Spec.Hostname, p.Spec.Subdomain, p.Labels)
		}
		var cm corev1.ConfigMap
		e.must(e.scientist.Client.Get(e.ctx, client.ObjectKey{Namespace: teamA, Name: "e2e-pi-config"}, &cm), "reading the hostfile")
		// As upstream with --cluster-domain, which the sandbox sets.
		want := "e2e-pi-worker-0.e2e-pi.team-a.svc.cluster.local slots=2\ne2e-pi-worker-1.e2e-pi.team-a.svc.cluster.local slots=2\n"
		if diff := cmp.Diff(want, cm.Data["hostfile"]); diff != "" {
			t.Errorf("hostfile (-want +got):\n%s", diff)
		}
	})
	t.Run("creator can't be forged", func(t *testing.T) {
		e := e.in(t)
		who := e.whoAmI(e.scientist)
		if c := got.Annotations[mpijob.AnnotationCreator]; c != who {
			t.Errorf("creator is %q, want %q", c, who)
		}
		patch := client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"annotations":{"`+mpijob.AnnotationCreator+`":"mallory"}}}`))
		changed := got.DeepCopy()
		e.must(e.scientist.Client.Patch(e.ctx, changed, patch), "patching the creator")
		if c := changed.Annotations[mpijob.AnnotationCreator]; c != who {
			t.Errorf("after an update the creator is %q, want %q", c, who)
		}
	})
	t.Run("events tell the story", func(t *testing.T) {
		e := e.in(t)
		story := []string{"MPIJobCreated", "MPIJobSucceeded"}
		// It is over so soon that nobody may have seen it run, which is said then.
		if running := condition(got, kubeflow.JobRunning); running == nil || !strings.HasSuffix(running.Message, "Running condition was never set.") {
			story = append(story, "MPIJobRunning")
		}
		e.awaitEvents(job, story...)
	})
}

// awaitEvents waits until events of these reasons are there for a job.
func (e *env) awaitEvents(job *kubeflow.MPIJob, reasons ...string) []*corev1.Event {
	e.t.Helper()
	var events []*corev1.Event
	e.await(e.admin.Client, &corev1.EventList{}, "events "+strings.Join(reasons, ", ")+" of "+job.Name, func(objs []client.Object) bool {
		events = nil
		seen := sets.New[string]()
		for _, o := range objs {
			if ev := o.(*corev1.Event); ev.InvolvedObject.UID == job.UID {
				events = append(events, ev)
				seen.Insert(ev.Reason)
			}
		}
		return seen.HasAll(reasons...)
	}, client.InNamespace(job.Namespace))
	return events
}

// startedOnce checks that nothing of a job's Launcher was ever doubled or restarted.
func (e *env) startedOnce(job *kubeflow.MPIJob) {
	e.t.Helper()
	pods := e.podsOf(job, "launcher")
	if len(pods) != 1 {
		e.t.Fatalf("%d launcher pods, want 1", len(pods))
	}
	for _, cs := range append(pods[0].Status.InitContainerStatuses, pods[0].Status.ContainerStatuses...) {
		if cs.RestartCount != 0 {
			e.t.Errorf("container %s of the Launcher was restarted %d times", cs.Name, cs.RestartCount)
		}
	}
}
