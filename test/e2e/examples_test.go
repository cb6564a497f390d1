//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// mpiOperator is the folder of the released MPI operator's source.
func mpiOperator(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/kubeflow/mpi-operator").Output()
	if err != nil {
		t.Fatalf("finding the MPI operator's module: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// Every example that upstream ships is accepted unchanged: by the schema, and by our rules.
func TestUpstreamExamplesAreAccepted(t *testing.T) {
	t.Parallel()
	e := setup(t)
	found, err := filepath.Glob(filepath.Join(mpiOperator(t), "examples/v2beta1/*/*.yaml"))
	e.must(err, "looking for upstream's examples")
	if len(found) < 5 {
		t.Fatalf("found %d of upstream's examples, want at least 5: %v", len(found), found)
	}
	for _, path := range found {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			e.must(err, "reading an example")
			job := parseJob(t, text)
			job.Namespace = "default"
			if err := e.admin.Client.Create(e.ctx, job, client.DryRunAll); err != nil {
				t.Errorf("refused: %v", err)
			}
		})
	}
}
