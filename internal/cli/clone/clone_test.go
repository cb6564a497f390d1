package clone

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opendatahub-io/mpijob/internal/cli/clitest"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// played runs `clone` with arguments against a server that has the jobs oom and queued, and nothing else.
func played(t *testing.T, args ...string) (stdout, stderr string, created *training.MPIJob) {
	t.Helper()
	job := training.Spec{Name: "oom", Namespace: "team", Image: "reg/p:1", Workers: 2, Command: []string{"p"},
		MemoryPerWorker: resource.MustParse("512Mi"), Env: []training.EnvVar{{Name: "LR", Value: "0.1"}}}.MPIJob()
	f, out, errOut := clitest.Factory(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.Method == http.MethodPost:
			created = &training.MPIJob{}
			if err := json.NewDecoder(r.Body).Decode(created); err != nil {
				t.Error(err)
			}
			w.WriteHeader(http.StatusCreated)
			_ = json.NewEncoder(w).Encode(created)
		case strings.HasSuffix(r.URL.Path, "/queued"):
			job.Name, job.Labels = "queued", map[string]string{"kueue.x-k8s.io/queue-name": "gold"}
			_ = json.NewEncoder(w).Encode(job)
		case strings.HasPrefix(r.URL.Path, "/apis/kueue.x-k8s.io"):
			http.NotFound(w, r)
		case strings.HasSuffix(r.URL.Path, "/oom"):
			_ = json.NewEncoder(w).Encode(job)
		default:
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404,"details":{"kind":"mpijobs","name":"x"}}`))
		}
	}, "", false)
	cmd := NewCloneCmd(f, nil)
	cmd.SetArgs(args)
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	return out.String(), errOut.String(), created
}

func TestCloneShowsWhatIsDifferent(t *testing.T) {
	out, errOut, created := played(t, "mpijob/oom", "--memory-per-worker", "1Gi", "--workers", "3", "-e", "LR=0.2", "--gpu-per-worker", "1", "--time-limit", "1d", "--", "q", "-x")
	want := `✓ mpijob/oom-2 created from oom
    Workers            2 → 3
    memory per Worker  512Mi → 1Gi
    GPUs per Worker    not set → 1
    env LR             0.1 → 0.2
    command            mpirun -n 2 --map-by slot --bind-to none p → mpirun -n 3 --map-by slot --bind-to none q -x
    time limit         not set → 24h
`
	if d := cmp.Diff(want, out); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if !strings.Contains(errOut, "odh training logs oom-2 --follow -n team") {
		t.Errorf("stderr should say how to follow it: %q", errOut)
	}
	if created == nil || created.Annotations["training.opendatahub.io/cloned-from"] != "oom" {
		t.Errorf("created %+v", created)
	}
}

func TestCloneWarnsOfAQueueThatNobodyLooksAfter(t *testing.T) {
	const warning = `queue "gold" has no effect`
	if _, errOut, _ := played(t, "queued"); !strings.Contains(errOut, warning) {
		t.Errorf("stderr: %q", errOut)
	}
	if _, errOut, _ := played(t, "queued", "--dry-run=client"); strings.Contains(errOut, warning) {
		t.Errorf("the client alone knows no cluster: %q", errOut)
	}
}

func TestCloneDryRun(t *testing.T) {
	out, _, created := played(t, "oom", "again", "--dry-run", "client")
	if out != "✓ mpijob/again would be created from oom (checked by the client), unchanged\n" || created != nil {
		t.Errorf("said %q, created %v", out, created)
	}
	if out, _, _ = played(t, "oom", "--dry-run=client", "-o", "name"); out != "mpijob.kubeflow.org/oom-2\n" {
		t.Errorf("-o name: %q", out)
	}
	if out, _, _ = played(t, "oom", "--dry-run=client", "-o", "yaml"); !strings.Contains(out, "cloned-from: oom") || strings.Contains(out, "status") {
		t.Errorf("-o yaml: %s", out)
	}
}
