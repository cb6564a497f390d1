package delete

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/opendatahub-io/mpijob/internal/cli/bulk"
	"github.com/opendatahub-io/mpijob/internal/cli/clitest"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

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
		f, out, errOut := clitest.Factory(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete {
				deleted.Add(1)
			}
			w.Header().Set("Content-Type", "application/json")
			if strings.HasSuffix(r.URL.Path, "/mpijobs") {
				_, _ = w.Write([]byte(`{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJobList","metadata":{},"items":[]}`))
				return
			}
			_, _ = w.Write([]byte(`{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJob","metadata":{"name":"pi","uid":"u"}}`))
		}, c.answer, c.tty)
		err := run(t.Context(), &Options{Options: bulk.Options{
			Factory: f, Refs: []jobarg.Ref{{Type: training.TypeMPIJob, Name: "pi"}}, Yes: c.yes,
			Verb: bulk.Verb{Name: "delete", Done: "deleted", Loses: "Their logs go."},
		}})
		if (err == nil) != (c.want == 1) || deleted.Load() != c.want || strings.Contains(out.String(), "deleted") != (c.want == 1) {
			t.Errorf("%+v: deleted %d, error %v, said %q %q", c, deleted.Load(), err, out.String(), errOut.String())
		}
	}
}

// A job that somebody makes anew while a person thinks it over isn't the one they said yes to.
func TestOnlyWhatWasShown(t *testing.T) {
	const job = `{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJob","metadata":{"name":"pi","namespace":"team","uid":"%s"}}`
	for _, c := range []struct {
		name    string
		refs    []jobarg.Ref
		all     bool
		now     string
		deleted int32
	}{
		{"named, as it was shown", []jobarg.Ref{{Type: training.TypeMPIJob, Name: "pi"}}, false, "u1", 1},
		{"named, and made anew", []jobarg.Ref{{Type: training.TypeMPIJob, Name: "pi"}}, false, "u2", 0},
		{"found, and made anew", nil, true, "u2", 0},
	} {
		var deleted atomic.Int32
		f, _, errOut := clitest.Factory(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete {
				deleted.Add(1)
			}
			w.Header().Set("Content-Type", "application/json")
			switch {
			case strings.HasSuffix(r.URL.Path, "/mpijobs"):
				_, _ = fmt.Fprintf(w, `{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJobList","metadata":{},"items":[`+job+`]}`, "u1")
			case strings.HasSuffix(r.URL.Path, "/pi"):
				_, _ = fmt.Fprintf(w, job, c.now)
			default:
				http.NotFound(w, r)
			}
		}, "y\n", true)
		err := run(t.Context(), &Options{Options: bulk.Options{
			Factory: f, Refs: c.refs, All: c.all, Type: training.TypeMPIJob,
			Verb: bulk.Verb{Name: "delete", Done: "deleted", Loses: "Their logs go."},
		}})
		var replaced *training.ReplacedError
		if deleted.Load() != c.deleted || errors.As(err, &replaced) != (c.deleted == 0) {
			t.Errorf("%s: deleted %d, error %v, said %q", c.name, deleted.Load(), err, errOut.String())
		}
	}
}
