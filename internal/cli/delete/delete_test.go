package delete

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/opendatahub-io/mpijob/internal/cli/bulk"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

const kubeconfig = `apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: c, namespace: team}}]
clusters: [{name: c, cluster: {server: "URL"}}]
`

// On a terminal nothing is deleted but on a yes; without one, names are answer enough.
func TestConfirmation(t *testing.T) {
	for _, c := range []struct {
		answer string
		tty    bool
		yes    bool
		want   int32
	}{
		{"y\n", true, false, 1}, {"YES\n", true, false, 1}, {"n\n", true, false, 0}, {"\n", true, false, 0}, {"", true, false, 0},
		{"", true, true, 1}, {"", false, false, 1},
	} {
		var deleted atomic.Int32
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete {
				deleted.Add(1)
			}
			w.Header().Set("Content-Type", "application/json")
			if strings.HasSuffix(r.URL.Path, "/mpijobs") {
				_, _ = w.Write([]byte(`{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJobList","metadata":{},"items":[]}`))
				return
			}
			_, _ = w.Write([]byte(`{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJob","metadata":{"name":"pi","uid":"u"}}`))
		}))
		file := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(kubeconfig, "URL", server.URL)), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, errOut bytes.Buffer
		f := factory.New(iostreams.Test(strings.NewReader(c.answer), &out, &errOut, c.tty, 80), "test")
		f.Kubeconfig = file
		err := run(t.Context(), &Options{Options: bulk.Options{
			Factory: f, Refs: []jobarg.Ref{{Type: training.TypeMPIJob, Name: "pi"}}, Yes: c.yes,
			Verb: bulk.Verb{Name: "delete", Done: "deleted", Loses: "Their logs go."},
		}})
		if (err == nil) != (c.want == 1) || deleted.Load() != c.want || strings.Contains(out.String(), "deleted") != (c.want == 1) {
			t.Errorf("%+v: deleted %d, error %v, said %q %q", c, deleted.Load(), err, out.String(), errOut.String())
		}
		server.Close()
	}
}
