package failure_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

func ptr[T any](v T) *T { return &v }

// In a form nobody is told of flags, of any failure.
func TestAdviceInAForm(t *testing.T) {
	for in, want := range map[*failure.Failure]string{
		{Reason: failure.SlotsExceeded}: "Ask mpirun for fewer ranks (-n), or raise the slots or the number of Workers; --oversubscribe lets ranks share slots.",
		{Reason: failure.CrashLoop}:     "Read the log of the container the message names, and correct its image, command or configuration.",
		{Reason: failure.ContainerCommandNotFound, Detail: failure.NotExecutable("train.sh")}: "It isn't executable: make it so where it comes from (`chmod +x`), or name what runs it, as in `sh train.sh`.",
		{Reason: failure.ContainerCommandNotFound, Detail: "echo a && b: command not found"}:  "It is a line for a shell, not the name of a program: start it by one, as in `sh -c 'echo a && b'`.",
	} {
		if got := in.AdviceInAForm(); got != want {
			t.Errorf("%s: %q, want %q", in.Reason, got, want)
		}
	}
	for _, e := range failure.Catalogue() {
		got := (&failure.Failure{Reason: e.Reason}).AdviceInAForm()
		for _, word := range []string{"`--", "kubectl", "in a manifest", "  ", " ,", " ;"} {
			if strings.Contains(got, word) {
				t.Errorf("%s: %q has %q", e.Reason, got, word)
			}
		}
	}
}

func TestSentence(t *testing.T) {
	tests := []struct {
		name string
		in   failure.Failure
		want string
	}{
		{"image", failure.Failure{Reason: failure.ImagePullFailed, Where: "Worker 1", Detail: `"x/y:z" not found`},
			`Worker 1: the image can't be pulled: "x/y:z" not found`},
		{"command", failure.Failure{Reason: failure.ContainerCommandNotFound, Where: "Launcher", Detail: `"mpirum": no such file`},
			`Launcher: the command can't be started: "mpirum": no such file`},
		{"config", failure.Failure{Reason: failure.ContainerConfigInvalid, Where: "Launcher", Detail: `secret "s3" not found`},
			`Launcher: the container can't be configured: secret "s3" not found`},
		{"no such image", failure.Failure{Reason: failure.ImageNotFound, Where: "Worker 1", Detail: `"x/y:z": not found`},
			`Worker 1: the image doesn't exist: "x/y:z": not found`},
		{"no Secret", failure.Failure{Reason: failure.SecretMissing, Where: "Worker 1", Detail: `secret "s3" not found`},
			`Worker 1: a Secret it needs doesn't exist: secret "s3" not found`},
		{"no volume", failure.Failure{Reason: failure.VolumeMissing, Where: "Worker 1", Detail: `persistentvolumeclaim "data" not found`},
			`Worker 1: a volume can't be mounted: persistentvolumeclaim "data" not found`},
		{"crash loop", failure.Failure{Reason: failure.CrashLoop, Where: "Launcher", Detail: `container "proxy" ended 3 times`},
			`Launcher: a container keeps crashing: container "proxy" ended 3 times`},
		{"rank oom", failure.Failure{Reason: failure.RankOOMKilled, Where: "Worker 0", Rank: ptr(1), Limit: 512 << 20},
			"Worker 0, rank 1: killed for lack of memory (limit 512Mi)"},
		{"shared memory", failure.Failure{Reason: failure.SharedMemoryTooSmall, Where: "Worker 0", Rank: ptr(1), Signal: "SIGBUS", Limit: 64 << 20, Peak: 63 << 20},
			"Worker 0, rank 1: killed by SIGBUS for lack of shared memory (/dev/shm has 64Mi, 63Mi were used)"},
		{"no gpu", failure.Failure{Reason: failure.GPUNotVisible, Where: "Worker 0", Rank: ptr(1), ExitCode: ptr(1), Detail: "the Workers ask for no GPU"},
			"Worker 0, rank 1: exited with code 1, since it found no GPU: the Workers ask for no GPU"},
		{"node lost", failure.Failure{Reason: failure.NodeLost, Where: "Worker 0", Detail: "its kubelet no longer answers", Confidence: failure.Certain},
			"Worker 0: its node was lost: its kubelet no longer answers"},
		{"node likely lost", failure.Failure{Reason: failure.NodeLost, Where: "Worker 0", Confidence: failure.Likely},
			"Worker 0: its node, or the network to it, was lost"},
		{"unreachable", failure.Failure{Reason: failure.WorkerUnreachable, Where: "Worker 0", Detail: "no answer from 10.0.0.7 for 10m0s"},
			"Worker 0: runs, but the Launcher can't reach it: no answer from 10.0.0.7 for 10m0s"},
		{"launcher exit", failure.Failure{Reason: failure.LauncherExited, Where: "Launcher", ExitCode: ptr(3)},
			"Launcher: exited with code 3"},
		{"launcher lost", failure.Failure{Reason: failure.LauncherLost, Where: "Launcher"},
			"Launcher: lost"},
		{"mismatch", failure.Failure{Reason: failure.MPIImplementationMismatch, Where: "Launcher", Detail: "spec.mpiImplementation is OpenMPI, but …"},
			"Launcher: mpirun isn't of the MPI the job names: spec.mpiImplementation is OpenMPI, but …"},
		{"slots", failure.Failure{Reason: failure.SlotsExceeded, Where: "Launcher", Detail: "mpirun was asked for 9 ranks, but 2 hosts with slotsPerWorker 2 make 4"},
			"Launcher: there are not enough slots: mpirun was asked for 9 ranks, but 2 hosts with slotsPerWorker 2 make 4"},
		{"ssh", failure.Failure{Reason: failure.SSHRejected, Where: "Launcher", Detail: "Host key verification failed."},
			"Launcher: ssh was refused: Host key verification failed."},
		{"rank exit", failure.Failure{Reason: failure.RankExited, Where: "Worker 1", Rank: ptr(3), ExitCode: ptr(3)},
			"Worker 1, rank 3: exited with code 3"},
		{"rank signal", failure.Failure{Reason: failure.RankKilledBySignal, Where: "Worker 0", Rank: ptr(0), Signal: "SIGSEGV"},
			"Worker 0, rank 0: killed by SIGSEGV"},
		{"rank without place", failure.Failure{Reason: failure.RankExited, Rank: ptr(2)}, "rank 2: ended"},
		{"worker exit", failure.Failure{Reason: failure.WorkerExited, Where: "Worker 2", ExitCode: ptr(0)},
			"Worker 2: its container exited with code 0"},
		{"worker killed", failure.Failure{Reason: failure.WorkerExited, Where: "Worker 2", Signal: "SIGKILL"},
			"Worker 2: its container was killed by SIGKILL"},
		{"oom", failure.Failure{Reason: failure.WorkerOOMKilled, Where: "Worker 0", Rank: ptr(1), Limit: 512 << 20, Peak: 512<<20 - 4096},
			"Worker 0, rank 1: killed for lack of memory (limit 512Mi, peak 512.0Mi)"},
		{"oom, limit only", failure.Failure{Reason: failure.WorkerOOMKilled, Where: "Worker 0", Limit: 3 << 29},
			"Worker 0: killed for lack of memory (limit 1.5Gi)"},
		{"oom, nothing known", failure.Failure{Reason: failure.WorkerOOMKilled}, "killed for lack of memory"},
		{"evicted", failure.Failure{Reason: failure.WorkerEvicted, Where: "Worker 1", Detail: "the node was low on memory"},
			"Worker 1: its pod was evicted: the node was low on memory"},
		{"lost", failure.Failure{Reason: failure.WorkerLost, Where: "Worker 1", Detail: "its pod was deleted"},
			"Worker 1: lost: its pod was deleted"},
		{"starved", failure.Failure{Reason: failure.WorkerStarved, Where: "Worker 1", Detail: "no answer from its agent for 1m30s"},
			"Worker 1: runs, but is too short of CPU or memory to answer: no answer from its agent for 1m30s"},
		{"timeout", failure.Failure{Reason: failure.LauncherTimeoutWaitingForWorkers, Where: "Launcher", Detail: "Worker 1: no such host"},
			"Launcher: gave up waiting for Workers to become reachable: Worker 1: no such host"},
		{"not distributed", failure.Failure{Reason: failure.RanksNotDistributed, Where: "Launcher"},
			"Launcher: every rank was started in the Launcher, none on a Worker"},
		{"deadline", failure.Failure{Reason: failure.DeadlineExceeded, Detail: "60 s"},
			"the job was active longer than its deadline: 60 s"},
		{"time limit", failure.Failure{Reason: failure.TimeoutReached, Detail: "24h since 2026-01-02T03:04:05Z"},
			"the job reached its time limit: 24h since 2026-01-02T03:04:05Z"},
		{"unschedulable", failure.Failure{Reason: failure.Unschedulable, Where: "Worker 2", Detail: "insufficient cpu"},
			"Worker 2: no node has room: insufficient cpu"},
		{"gang incomplete", failure.Failure{Reason: failure.GangIncomplete, Detail: "no place for 2 of 4 Workers within 1m0s"},
			"placed in part only: no place for 2 of 4 Workers within 1m0s"},
		{"preempted", failure.Failure{Reason: failure.PreemptedByHigherPriority, Where: "Worker 1", Detail: "volcano: preempting"},
			"Worker 1: removed to make room for a higher priority: volcano: preempting"},
		{"quota", failure.Failure{Reason: failure.QuotaExceeded, Where: "Worker 0", Detail: "requests.cpu: asked 4, 2 left"},
			"Worker 0: the namespace's quota doesn't admit it: requests.cpu: asked 4, 2 left"},
		{"conflict", failure.Failure{Reason: failure.ResourceConflict, Detail: `Secret "pi-ssh"`},
			`an object the job needs exists already and isn't the job's: Secret "pi-ssh"`},
		{"unknown reason", failure.Failure{Reason: "Novel", Where: "Launcher", Detail: "so"}, "Launcher: Novel: so"},
	}
	covered := map[failure.Reason]bool{}
	for _, tt := range tests {
		covered[tt.in.Reason] = true
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.in.Sentence()); diff != "" {
				t.Errorf("Sentence() (-want +got):\n%s", diff)
			}
		})
	}
	for _, e := range failure.Catalogue() {
		if !covered[e.Reason] {
			t.Errorf("reason %s has no sentence in this table", e.Reason)
		}
	}
}

func TestCatalogueIsComplete(t *testing.T) {
	seen := map[failure.Reason]bool{}
	for _, e := range failure.Catalogue() {
		if seen[e.Reason] {
			t.Errorf("%s is there twice", e.Reason)
		}
		seen[e.Reason] = true
		if e.Title == "" || !strings.HasSuffix(e.Advice, ".") {
			t.Errorf("%s: needs a title and an advice that is a sentence, got %q and %q", e.Reason, e.Title, e.Advice)
		}
		if e.Symptom == "" || e.Cause == "" {
			t.Errorf("%s: needs a symptom and a cause in explain.go", e.Reason)
		}
		f := failure.Failure{Reason: e.Reason}
		if f.Advice() != e.Advice || e.Reason.Final() != e.Final {
			t.Errorf("%s: Failure and Entry disagree", e.Reason)
		}
	}
}
