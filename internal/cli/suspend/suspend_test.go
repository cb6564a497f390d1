package suspend

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

const kubeconfig = `apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: c, namespace: team}}]
clusters: [{name: c, cluster: {server: "URL"}}]
`

// What is so already is told as such, and is no failure.
func TestWhatIsSoAlready(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		job := training.Spec{Name: filepath.Base(r.URL.Path), Namespace: "team", Image: "i", Workers: 1, Command: []string{"p"}}.MPIJob()
		if job.Name != "going" {
			job.Spec.RunPolicy.Suspend = ptr.To(true)
		}
		if job.Name == "queued" {
			job.Labels = map[string]string{"kueue.x-k8s.io/queue-name": "gold"}
		}
		if r.Method == http.MethodPatch {
			job.Spec.RunPolicy.Suspend = ptr.To(job.Name == "going")
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(job)
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(kubeconfig, "URL", server.URL)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ verb, job, want string }{
		{"suspend", "going", "✓ mpijob/going suspended\n"},
		{"suspend", "still", "✓ mpijob/still was suspended already\n"},
		{"suspend", "queued", "✓ mpijob/queued is held by its queue, which starts it once there is room\n"},
		{"resume", "still", "✓ mpijob/still resumed\n"},
		{"resume", "going", "✓ mpijob/going was not suspended: it is Pending\n"},
	} {
		var out, errOut bytes.Buffer
		f := factory.New(iostreams.Test(strings.NewReader(""), &out, &errOut, false, 80), "test")
		f.Kubeconfig = file
		cmd := map[string]*cobra.Command{"suspend": NewSuspendCmd(f, nil), "resume": NewResumeCmd(f, nil)}[c.verb]
		cmd.SetArgs([]string{c.job})
		if err := cmd.ExecuteContext(t.Context()); err != nil || out.String() != c.want {
			t.Errorf("%s %s: %q, error %v, want %q", c.verb, c.job, out.String(), err, c.want)
		}
	}
}
