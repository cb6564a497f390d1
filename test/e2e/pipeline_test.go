//go:build e2e

package e2e

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opendatahub-io/mpijob/internal/testkit"
)

// STORY-2: an engineer's pipeline, which is a service account. It has a job checked, created and run to its end, and
// fetches what it left; each way in which that can go wrong has an exit code of its own, and says why.
func TestPipeline(t *testing.T) {
	t.Parallel()
	e := setup(t)
	engineer := e.sandbox.User(t, "engineer")
	const claim = "pipeline"
	folder := e.volume(teamA, claim)
	e.must(os.Mkdir(filepath.Join(folder, "model"), 0o777), "making the output's folder")
	e.must(os.Chmod(filepath.Join(folder, "model"), 0o777), "opening it to any user")
	dir := t.TempDir()
	step := func(u *testkit.User, want int, says string, args ...string) string {
		t.Helper()
		out, err := e.odhAs(u, dir, args...)
		got := 0
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			got = exit.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		if got != want || !strings.Contains(out, says) {
			t.Fatalf("odh training %s: exit code %d, want %d with %q:\n%s", strings.Join(args, " "), got, want, says, out)
		}
		return out
	}
	job := func(name string, more ...string) []string {
		e.follow(teamA, name)
		return append([]string{"create", name, "--image", imageOpenMPI, "--workers", "2", "--cpu-per-worker", "20m", "--memory-per-worker", "96Mi"}, more...)
	}
	trains := job("pipeline-fine", "--pvc", claim+":/data", "--output-to", "pvc:"+claim+":/model")
	program := []string{"--", "sh", "-c", "[ $OMPI_COMM_WORLD_RANK = 0 ] && echo weights > $TRAINING_OUTPUT/model.pt || true"}

	step(engineer, 0, "would be created", append(append(trains, "--dry-run=server"), program...)...)
	step(engineer, 0, "", append(append(trains, "--wait", "--timeout", "2m"), program...)...)
	step(engineer, 0, "1 of 1 files fetched", "outputs", "download", "pipeline-fine", "-o", "artifacts")
	if text, err := os.ReadFile(filepath.Join(dir, "artifacts/model.pt")); err != nil || string(text) != "weights\n" {
		t.Errorf("the model: %q, %v", text, err)
	}
	step(e.scientist, 0, "pipeline-fine", "list", "--creator", "engineer", "--search", "pipeline", "-o", "name")

	// Out of memory in a Worker: the report and its log are at hand.
	step(engineer, 3, "memory", job("pipeline-hungry", "--wait", "--timeout", "2m", "--", "mpi-fault", "--alloc-rank", "1", "--alloc-mb", "200")...)
	step(engineer, 0, "RankOOMKilled", "describe", "pipeline-hungry", "-o", "json")
	step(engineer, 0, "", "logs", "pipeline-hungry", "--worker", "1")
	// The time that was given: the job goes on.
	step(engineer, 4, "the job goes on", job("pipeline-long", "--wait", "--timeout", "2s", "--", "sleep", "600")...)
	// What makes no sense is refused before anything is there.
	step(engineer, 8, "memory", "create", "pipeline-wrong", "--image", imageOpenMPI, "--workers", "2", "--memory-per-worker", "-1", "--", "true")
	step(engineer, 5, "not found", "describe", "pipeline-wrong")
	// A quota that can't take it says which, and what would fit.
	ns := e.limited("pipeline", corev1.ResourceList{"requests.cpu": resource.MustParse("320m")})
	out := step(e.admin, 7, "Requested 500m CPU, 320m available", "create", "too-large", "-n", ns, "--image", imageOpenMPI, "--workers", "4", "--cpu-per-worker", "100m", "--memory-per-worker", "96Mi", "--", "true")
	if !strings.Contains(out, "at most 2 Workers") {
		t.Errorf("what would fit isn't said:\n%s", out)
	}
}
