package mpijob_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

func TestHostfile(t *testing.T) {
	launcherToo := func(j *kubeflow.MPIJob) { j.Spec.RunLauncherAsWorker = ptr.To(true) }
	as := func(m kubeflow.MPIImplementation) func(*kubeflow.MPIJob) {
		return func(j *kubeflow.MPIJob) { j.Spec.MPIImplementation = m }
	}
	tests := []struct {
		name, domain, want, discover string
		job                          *JobBuilder
	}{
		{name: "Open MPI", job: Job("pi").Slots(2),
			want:     "pi-worker-0.pi.ns.svc slots=2\npi-worker-1.pi.ns.svc slots=2\n",
			discover: "#!/bin/sh\necho pi-worker-0.pi.ns.svc\necho pi-worker-1.pi.ns.svc\n"},
		{name: "Launcher is a Worker, with domain", job: Job("pi").Workers(1).With(launcherToo), domain: "cluster.local",
			want:     "pi-launcher.pi.ns.svc.cluster.local slots=1\npi-worker-0.pi.ns.svc.cluster.local slots=1\n",
			discover: "#!/bin/sh\necho pi-launcher.pi.ns.svc.cluster.local\necho pi-worker-0.pi.ns.svc.cluster.local\n"},
		{name: "Intel MPI", job: Job("pi").Workers(1).Slots(4).With(as(kubeflow.MPIImplementationIntel)),
			want: "pi-worker-0.pi.ns.svc:4\n", discover: "#!/bin/sh\necho pi-worker-0.pi.ns.svc\n"},
		{name: "MPICH", job: Job("pi").Workers(1).With(as(kubeflow.MPIImplementationMPICH)),
			want: "pi-worker-0.pi.ns.svc:1\n", discover: "#!/bin/sh\necho pi-worker-0.pi.ns.svc\n"},
		{name: "no slots: one per GPU", want: "pi-worker-0.pi.ns.svc slots=8\n", discover: "#!/bin/sh\necho pi-worker-0.pi.ns.svc\n",
			job: Job("pi").Workers(1).Slots(0).Worker(func(c *corev1.Container) { c.Resources.Limits = resources("nvidia.com/gpu", "8") })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			job := mpijob.WithDefaults(tt.job.Obj())
			if diff := cmp.Diff(tt.want, mpijob.Hostfile(job, tt.domain)); diff != "" {
				t.Errorf("Hostfile() (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.discover, mpijob.DiscoverHosts(job, tt.domain)); diff != "" {
				t.Errorf("DiscoverHosts() (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzHostfile: whatever a valid job's name, namespace and size, each line is one host and its slots.
func FuzzHostfile(f *testing.F) {
	f.Add("pi", "ns", uint8(2), uint8(1), true)
	f.Add("a", "team-a", uint8(0), uint8(0), false)
	line := regexp.MustCompile(`^[a-z][-a-z0-9]*\.[a-z][-a-z0-9]*\.[a-z0-9][-a-z0-9]*\.svc slots=[1-9][0-9]*$`)
	label := regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)
	f.Fuzz(func(t *testing.T, name, namespace string, workers, slots uint8, launcherToo bool) {
		b := Job(name).Workers(int32(workers)).Slots(int32(slots)).With(func(j *kubeflow.MPIJob) {
			j.Namespace, j.Spec.RunLauncherAsWorker = namespace, &launcherToo
		})
		if len(mpijob.Validate(b.Obj())) > 0 || !label.MatchString(namespace) {
			return
		}
		job := mpijob.WithDefaults(b.Obj())
		text := mpijob.Hostfile(job, "")
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		want := int(workers)
		if launcherToo {
			want++
		}
		if len(lines) != want {
			t.Fatalf("%d lines for %d hosts:\n%s", len(lines), want, text)
		}
		for _, l := range lines {
			if !line.MatchString(l) {
				t.Errorf("malformed line %q", l)
			}
		}
		if n := strings.Count(mpijob.DiscoverHosts(job, ""), "\necho "); n != want {
			t.Errorf("discover_hosts.sh names %d hosts, want %d", n, want)
		}
	})
}

// FuzzEnv: our variables stand once each, and those of the manifest are kept in order.
func FuzzEnv(f *testing.F) {
	f.Add("A", "B", uint8(0))
	f.Add("OMPI_MCA_plm_rsh_agent", "K_MPI_JOB_ROLE", uint8(1))
	f.Fuzz(func(t *testing.T, a, b string, implementation uint8) {
		all := []kubeflow.MPIImplementation{kubeflow.MPIImplementationOpenMPI, kubeflow.MPIImplementationIntel, kubeflow.MPIImplementationMPICH}
		job := mpijob.WithDefaults(Job("pi").
			Launcher(func(c *corev1.Container) { c.Env = []corev1.EnvVar{{Name: a, Value: "1"}, {Name: b, Value: "2"}} }).
			With(func(j *kubeflow.MPIJob) { j.Spec.MPIImplementation = all[int(implementation)%len(all)] }).Obj())
		if a == b {
			return
		}
		seen := map[string]bool{}
		runtime := mpijob.Runtime(job, mpijob.Settings{}, 1)
		for _, e := range runtime.Spec.Template.Spec.ReplicatedJobs[0].Template.Spec.Template.Spec.Containers[0].Env {
			if seen[e.Name] {
				t.Errorf("%q is set twice", e.Name)
			}
			seen[e.Name] = true
		}
		if !seen[a] || !seen[b] || !seen["K_MPI_JOB_ROLE"] {
			t.Errorf("a variable is missing: %v", fmt.Sprint(seen))
		}
	})
}
