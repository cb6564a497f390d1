package crd

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// TestOnlyPrinterColumnsDiffer proves that the definition is upstream's, printer columns aside.
func TestOnlyPrinterColumnsDiffer(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/kubeflow/mpi-operator").Output()
	if err != nil {
		t.Fatalf("finding the module: %v", err)
	}
	released, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "manifests/base/kubeflow.org_mpijobs.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var want, got map[string]any
	if err := yaml.Unmarshal(bytes.TrimPrefix(released, []byte("---\n")), &want); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(MPIJobs, &got); err != nil {
		t.Fatal(err)
	}
	for _, v := range got["spec"].(map[string]any)["versions"].([]any) {
		version := v.(map[string]any)
		if _, ok := version["additionalPrinterColumns"]; !ok {
			t.Error("no printer columns")
		}
		delete(version, "additionalPrinterColumns")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("definition differs from the released one (-released +ours): run `go generate ./config/crd`:\n%s", diff)
	}
}
