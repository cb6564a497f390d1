package agent_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const program = "github.com/opendatahub-io/mpijob/cmd/mpi-agent"

// The agent is copied into every pod of every job. What makes programs large stays out of it.
func TestImports(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", program).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range strings.Fields(string(out)) {
		if !strings.HasPrefix(p, "github.com/opendatahub-io/mpijob/") && !strings.HasPrefix(p, "golang.org/x/crypto/") && !strings.HasPrefix(p, "golang.org/x/sys/") {
			t.Errorf("imports %s", p)
		}
	}
	all, err := exec.Command("go", "list", "-deps", program).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"net/http", "regexp", "text/template", "flag"} {
		if slices.Contains(strings.Fields(string(all)), p) {
			t.Errorf("imports %s", p)
		}
	}
}

// TestSize builds it as its image has it: the limit is 6 MiB.
func TestSize(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "mpi-agent")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-gcflags=all=-l", "-ldflags=-s -w", "-o", out, program)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	info, err := os.Stat(out)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > 6<<20 {
		t.Errorf("%d bytes, the limit is 6 MiB", info.Size())
	}
}
