//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	authv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/testkit"
)

func (e *env) whoAmI(u *testkit.User) string {
	e.t.Helper()
	r, err := u.Kube.AuthenticationV1().SelfSubjectReviews().Create(context.Background(), &authv1.SelfSubjectReview{}, metav1.CreateOptions{})
	e.must(err, "asking the API server who "+u.Name+" is")
	return r.Status.UserInfo.Username
}

// shapes of jobs that all have to run their ranks on the Workers.
func TestShapes(t *testing.T) {
	t.Parallel()
	e := setup(t)
	onEach := func(c func(*corev1.Container)) option {
		return func(job *kubeflow.MPIJob) {
			c(&launcherPod(job).Containers[0])
			c(&workerPod(job).Containers[0])
		}
	}
	asUser := func(uid int64) option {
		return onEach(func(c *corev1.Container) {
			c.SecurityContext.RunAsUser, c.SecurityContext.RunAsGroup = &uid, ptr(int64(0))
			c.SecurityContext.ReadOnlyRootFilesystem = ptr(true)
		})
	}
	tests := []struct {
		name string
		opts []option
		want map[string]int // how many lines of the launcher's log contain the text
	}{
		{"environment", []option{
			func(job *kubeflow.MPIJob) {
				workerPod(job).Containers[0].Env = []corev1.EnvVar{{Name: "GREETING", Value: "hello \"ranks\" $HOME; it's me"}}
			},
			ranks(`echo "rank $RANK on $(hostname) was told: $GREETING"`),
		}, map[string]int{`was told: hello "ranks" $HOME; it's me`: 4, "on e2e-environment-worker-1 was told": 2}},
		{"uid", []option{asUser(1000770000), ranks(`echo "rank $RANK is $(id -u):$(id -g)"`)},
			map[string]int{"is 1000770000:0": 4, "local probe returned unhandled shell": 0}},
		{"script", []option{command("sh", "-c", "echo before; mpirun -n 4 /usr/local/bin/pi; echo \"ended with $?\"")},
			map[string]int{"before": 1, "on e2e-script-worker-0": 2, "on e2e-script-worker-1": 2, "ended with 0": 1}},
		// A name is published a moment after its pod runs.
		{"names", []option{ranks(`for try in 1 2 3 4 5 6 7 8 9; do getent hosts e2e-names-launcher e2e-names-worker-0.e2e-names.team-a.svc e2e-names-worker-1.e2e-names >/dev/null && echo "rank $RANK resolves" && exit; sleep 1; done; exit 1`)},
			map[string]int{"resolves": 4}},
		{"five-workers", []option{workers(5), command("mpirun", "-n", "10", "--mca", "plm_rsh_num_concurrent", "2", "--mca", "routed_radix", "2", "hostname")},
			map[string]int{"e2e-five-workers-worker-0": 2, "e2e-five-workers-worker-4": 2}},
		{"launcher-as-worker", []option{func(job *kubeflow.MPIJob) { job.Spec.RunLauncherAsWorker = ptr(true) }, command("mpirun", "-n", "6", "hostname")},
			map[string]int{"e2e-launcher-as-worker-launcher": 2, "e2e-launcher-as-worker-worker-0": 2, "e2e-launcher-as-worker-worker-1": 2}},
		{"args-only", []option{func(job *kubeflow.MPIJob) {
			// The image's entry point is the shell; only arguments are given.
			c := &launcherPod(job).Containers[0]
			c.Command, c.Args = nil, []string{"mpirun", "-n", "4", "hostname"}
		}}, map[string]int{"e2e-args-only-worker-0": 2, "e2e-args-only-worker-1": 2}},
		{"tiny", []option{workers(1), func(job *kubeflow.MPIJob) { job.Spec.SlotsPerWorker = ptr(int32(1)) }, command("mpirun", "-n", "1", "hostname")},
			map[string]int{"e2e-tiny-worker-0": 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := e.in(t)
			job := e.submit(e.scientist, newJob(teamA, "e2e-"+tt.name, tt.opts...))
			e.awaitCondition(job, kubeflow.JobSucceeded)
			log := e.launcherLog(e.scientist, job)
			for text, n := range tt.want {
				// On a busy machine Open MPI warns, by the Launcher's name, that a child has gone ahead of it.
				got := slices.DeleteFunc(lines(log, text), func(l string) bool { return strings.Contains(l, "] plm:rsh: Warning: setpgid(") })
				if len(got) != n {
					t.Errorf("%d lines of the Launcher's log contain %q, want %d:\n%s", len(got), text, n, log)
				}
			}
			e.startedOnce(job)
		})
	}
}

// Long names run, also those that are cut in the names of pods.
func TestLongestNamesRun(t *testing.T) {
	t.Parallel()
	e := setup(t)
	for _, n := range []int{1, 38, 39, 44, 45} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			e := e.in(t)
			name := strings.Repeat("n", n)
			job := e.submit(e.scientist, newJob(teamA, name))
			e.awaitCondition(job, kubeflow.JobSucceeded)
			log := e.launcherLog(e.scientist, job)
			if len(lines(log, name+"-worker-0")) != 2 || len(lines(log, name+"-worker-1")) != 2 {
				t.Errorf("want 2 ranks on each Worker:\n%s", log)
			}
		})
	}
}
