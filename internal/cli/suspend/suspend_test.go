package suspend

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/spf13/cobra"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/cli/clitest"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// What is so already is told as such, and is no failure.
func TestWhatIsSoAlready(t *testing.T) {
	cluster := func(w http.ResponseWriter, r *http.Request) {
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
	}
	for _, c := range []struct{ verb, job, want string }{
		{"suspend", "going", "✓ mpijob/going suspended\n"},
		{"suspend", "still", "✓ mpijob/still was suspended already\n"},
		{"suspend", "queued", "✓ mpijob/queued is held by its queue, which starts it once there is room\n"},
		{"resume", "still", "✓ mpijob/still resumed\n"},
		{"resume", "going", "✓ mpijob/going was not suspended: it is Pending\n"},
	} {
		f, out, _ := clitest.Factory(t, cluster, "", false)
		cmd := map[string]*cobra.Command{"suspend": NewSuspendCmd(f, nil), "resume": NewResumeCmd(f, nil)}[c.verb]
		cmd.SetArgs([]string{c.job})
		if err := cmd.ExecuteContext(t.Context()); err != nil || out.String() != c.want {
			t.Errorf("%s %s: %q, error %v, want %q", c.verb, c.job, out.String(), err, c.want)
		}
	}
}
