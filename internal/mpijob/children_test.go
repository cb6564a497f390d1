package mpijob_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

var settings = mpijob.Settings{AgentImage: "agent:1", Feed: &wire.Feed{Address: "10.0.0.1:9444", ServerName: "10.0.0.1", CA: "PEM"}}

func templates(b *JobBuilder) (launcher, worker corev1.PodTemplateSpec) {
	jobs := mpijob.Runtime(mpijob.WithDefaults(b.Obj()), settings, 1).Spec.Template.Spec.ReplicatedJobs
	return jobs[0].Template.Spec.Template, jobs[1].Template.Spec.Template
}

func containers(cs []corev1.Container) map[string][]string {
	out := map[string][]string{}
	for _, c := range cs {
		out[c.Name] = append(append([]string{}, c.Command...), c.Args...)
	}
	return out
}

func TestPodsOfEachShape(t *testing.T) {
	tests := []struct {
		name                             string
		job                              *JobBuilder
		launcherInit, launcher, workerOf map[string][]string
	}{
		{"built-in transport", Job("pi"),
			map[string][]string{"mpi-agent-install": {"/mpi-agent", "install", "/opt/mpi-agent"}},
			map[string][]string{"launcher": {"/opt/mpi-agent/mpi-agent", "launch", "--", "mpirun", "true"}},
			map[string][]string{"worker": {"/opt/mpi-agent/mpi-agent", "serve"}}},
		{"Workers with a command of their own, Launcher with arguments", Job("pi").
			Launcher(func(c *corev1.Container) { c.Args = []string{"-x", "A=1"} }).
			Worker(func(c *corev1.Container) { c.Command, c.Args = []string{"/usr/sbin/sshd"}, []string{"-De"} }),
			map[string][]string{"mpi-agent-install": {"/mpi-agent", "install", "/opt/mpi-agent"}},
			map[string][]string{"launcher": {"/opt/mpi-agent/mpi-agent", "launch", "--", "mpirun", "true", "-x", "A=1"}},
			map[string][]string{"worker": {"/usr/sbin/sshd", "-De"}}},
		{"Launcher that is only an ENTRYPOINT", Job("pi").Launcher(func(c *corev1.Container) { c.Command, c.Args = nil, []string{"mpirun", "x"} }),
			map[string][]string{"mpi-agent-install": {"/mpi-agent", "install", "/opt/mpi-agent"}, "mpi-agent-wait": {"/opt/mpi-agent/mpi-agent", "wait"}},
			map[string][]string{"launcher": {"mpirun", "x"}},
			map[string][]string{"worker": {"/opt/mpi-agent/mpi-agent", "serve"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, w := templates(tt.job)
			for _, c := range []struct {
				what      string
				want, got map[string][]string
			}{
				{"init containers of the Launcher", tt.launcherInit, containers(l.Spec.InitContainers)},
				{"Launcher", tt.launcher, containers(l.Spec.Containers)},
				{"Worker", tt.workerOf, containers(w.Spec.Containers)},
			} {
				if diff := cmp.Diff(c.want, c.got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", c.what, diff)
				}
			}
		})
	}
}

// TestPodsKeepWhatTheManifestSays: what the product needs is added, nothing is taken away.
func TestPodsKeepWhatTheManifestSays(t *testing.T) {
	sc := &corev1.SecurityContext{ReadOnlyRootFilesystem: ptr.To(true), RunAsNonRoot: ptr.To(true)}
	job := Job("pi").Worker(func(c *corev1.Container) {
		c.Resources.Limits, c.SecurityContext = resources("memory", "1Gi"), sc
	}).With(func(j *kubeflow.MPIJob) {
		t := &j.Spec.MPIReplicaSpecs["Worker"].Template
		t.Labels, t.Spec.NodeSelector, t.Spec.HostNetwork = map[string]string{"mine": "1"}, map[string]string{"zone": "a"}, true
		t.Spec.RestartPolicy = corev1.RestartPolicyAlways
	})
	_, w := templates(job)
	if w.Labels["mine"] != "1" || w.Spec.NodeSelector["zone"] != "a" {
		t.Error("labels or node selector are gone")
	}
	if w.Spec.DNSPolicy != corev1.DNSClusterFirstWithHostNet || w.Spec.RestartPolicy != corev1.RestartPolicyNever {
		t.Errorf("dnsPolicy %s, restartPolicy %s", w.Spec.DNSPolicy, w.Spec.RestartPolicy)
	}
	init := w.Spec.InitContainers[0]
	if diff := cmp.Diff(sc, init.SecurityContext); diff != "" {
		t.Errorf("the agent's init container has another security context (-want +got):\n%s", diff)
	}
	main := w.Spec.Containers[0]
	if diff := cmp.Diff(main.Resources, init.Resources); diff != "" || main.Resources.Requests.Memory().Cmp(*main.Resources.Limits.Memory()) != 0 {
		t.Errorf("resources of init and main container differ, or limits aren't requested:\n%s", diff)
	}
	tmp := false
	for _, m := range main.VolumeMounts {
		tmp = tmp || m.MountPath == "/tmp"
	}
	if !tmp {
		t.Error("a read-only root without a writable /tmp")
	}
}

func TestJobFile(t *testing.T) {
	job := mpijob.WithDefaults(Job("pi").Slots(2).Obj())
	var got wire.Job
	if err := json.Unmarshal([]byte(mpijob.Config(job, settings, 3).Data[wire.JobFileKey]), &got); err != nil {
		t.Fatal(err)
	}
	want := wire.Job{
		Version: wire.Version, Namespace: "ns", Name: "pi", UID: "uid-of-pi", Attempt: 3, Transport: wire.TransportBuiltin,
		Port: mpijob.Port("uid-of-pi"), Launcher: "pi-launcher.pi.ns.svc", Workers: []string{"pi-worker-0.pi.ns.svc", "pi-worker-1.pi.ns.svc"},
		Slots: 2, Implementation: "OpenMPI", WaitSeconds: got.WaitSeconds, GraceSeconds: 30, Feed: settings.Feed,
	}
	if diff := cmp.Diff(want, got); diff != "" || got.WaitSeconds < 3600 {
		t.Errorf("job.json waits %d s (-want +got):\n%s", got.WaitSeconds, diff)
	}
}

func FuzzLastWord(f *testing.F) {
	f.Add(`{"version":1,"exitCode":3,"failure":{"reason":"RankExited","rank":3}}`)
	f.Add(`{"version":2}`)
	f.Add("the program's own words")
	f.Fuzz(func(t *testing.T, message string) {
		if w := mpijob.ParseLastWord(message); w != nil {
			if w.Version != wire.Version {
				t.Errorf("accepted version %d", w.Version)
			}
			if w.Failure != nil {
				_ = w.Failure.Sentence()
			}
		}
	})
}
