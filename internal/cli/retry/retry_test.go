package retry

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/opendatahub-io/mpijob/internal/cli/bulk"
	"github.com/opendatahub-io/mpijob/internal/cli/clitest"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// A job that was found is the one that is tried again, and no other that has its name by then.
func TestOnlyWhatWasFound(t *testing.T) {
	const job = `{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJob","metadata":{"name":"pi","namespace":"team","uid":"%s"},` +
		`"spec":{"mpiReplicaSpecs":{"Launcher":{"template":{"spec":{"containers":[{"name":"m","image":"i"}]}}},"Worker":{"replicas":1,"template":{"spec":{"containers":[{"name":"m","image":"i"}]}}}}},` +
		`"status":{"conditions":[{"type":"Succeeded","status":"True"}]}}`
	for now, made := range map[string]int32{"u1": 1, "u2": 0} {
		var created atomic.Int32
		f, _, errOut := clitest.Factory(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			switch {
			case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/mpijobs"):
				created.Add(1)
				_, _ = fmt.Fprintf(w, job, "u3")
			case strings.HasSuffix(r.URL.Path, "/mpijobs"):
				_, _ = fmt.Fprintf(w, `{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJobList","metadata":{},"items":[`+job+`]}`, "u1")
			case strings.HasSuffix(r.URL.Path, "/pi"):
				_, _ = fmt.Fprintf(w, job, now)
			default:
				http.NotFound(w, r)
			}
		}, "y\n", true)
		err := run(t.Context(), &Options{Options: bulk.Options{
			Factory: f, All: true, Type: training.TypeMPIJob, Verb: bulk.Verb{Name: "retry", Done: "retried"},
		}})
		var replaced *training.ReplacedError
		if created.Load() != made || (err == nil) != (made == 1) || made == 0 && !errors.As(err, &replaced) {
			t.Errorf("now %s: created %d, error %v, said %q", now, created.Load(), err, errOut.String())
		}
	}
}
