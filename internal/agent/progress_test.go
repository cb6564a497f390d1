package agent_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// reporting is a job whose programs may tell their progress; nobody listens at the other end of its feed.
func reporting(t *testing.T, workers int) *testJob {
	t.Helper()
	j := newJob(t, workers)
	j.job.Feed = &wire.Feed{Address: "127.0.0.1:1", ServerName: "nobody"}
	j.write()
	return j
}

func progressOf(t *testing.T, j *testJob) wire.Progress {
	t.Helper()
	p := j.lastWord().Progress
	if p == nil {
		t.Fatal("the last word has no progress")
	}
	if p.At.IsZero() {
		t.Error("the progress has no time")
	}
	return *p
}

// What a rank on a Worker tells reaches the Launcher, also when it is the last thing before the end.
func TestProgressFromWorker(t *testing.T) {
	t.Parallel()
	j := reporting(t, 2)
	j.workers()
	tell := filepath.Join(j.dir, "mpi-agent") + " progress"
	p := j.launch(`$RSH 127.0.0.2 '` + tell + ` --percent 40 --left 60 loss=0.5; ` + tell + ` --percent 70 loss=0.4; ` + tell + ` --percent 100 --left 0 loss=0.25'`)
	if code := p.wait(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	got := progressOf(t, j)
	want := wire.Progress{At: got.At, Percent: new(int), RemainingSeconds: new(int), Metrics: []wire.Metric{{Name: "loss", Value: 0.25}}}
	*want.Percent = 100
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The environment of what the agent starts says where to report, in the Launcher and in Workers, as Kubeflow
// Trainer has it; a manifest's own address stays.
func TestProgressEnvironment(t *testing.T) {
	t.Parallel()
	j := reporting(t, 1)
	j.env = append(j.env, "HTTP_PROXY=http://proxy:3128", "NO_PROXY=.svc", "no_proxy=")
	j.workers()
	show := `echo at $KUBEFLOW_TRAINER_SERVER_URL $KUBEFLOW_TRAINER_SERVER_TOKEN $KUBEFLOW_TRAINER_SERVER_CA_CERT $NO_PROXY $no_proxy`
	p := j.launch(`$RSH 127.0.0.2 '` + show + `'`)
	if code := p.wait(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	want := "at " + j.job.ProgressURL() + " /etc/mpi-agent/progress-token /etc/mpi-agent/progress-ca.crt .svc,127.0.0.1 127.0.0.1\n"
	if got := p.stdout.String(); got != want {
		t.Errorf("in the Worker %q, want %q", got, want)
	}
	own := reporting(t, 0)
	own.env = append(own.env, wire.EnvProgressURL+"=https://elsewhere")
	if p = own.launch(show); p.wait() != 0 || p.stdout.String() != "at https://elsewhere\n" {
		t.Errorf("a manifest's own: %q", p.stdout.String())
	}
}

// A script in the Launcher reports to its own agent, and a wrong report says what is wrong with it.
func TestProgressFromLauncher(t *testing.T) {
	t.Parallel()
	j := reporting(t, 0)
	tell := filepath.Join(j.dir, "mpi-agent") + " progress"
	p := j.launch(tell + ` --percent 12 loss=nan; ` + tell + ` --percent 12 loss=3; exit 3`)
	if code := p.wait(); code != 3 {
		t.Fatalf("exit code %d", code)
	}
	if got := progressOf(t, j); got.Percent == nil || *got.Percent != 12 || len(got.Metrics) != 1 {
		t.Errorf("progress %+v", got)
	}
	if !strings.Contains(p.stderr.String(), "loss nan: this is no finite number") {
		t.Errorf("stderr %q", p.stderr.String())
	}
}
