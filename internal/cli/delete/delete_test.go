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

// Nobody is asked about a job that nobody has looked at: what a list doesn't tell is read by itself, and where that fails
// too only --yes goes on.
func TestNothingUnseen(t *testing.T) {
	const job = `{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJob","metadata":{"name":"pi","namespace":"team","uid":"%s"}}`
	for _, c := range []struct {
		name    string
		list    int
		uids    []string // of the job, each time it is read; "" is that it isn't there, "-" that it can't be read
		yes     bool
		deleted int32
		says    string
	}{
		{"the list lacks it", 200, []string{"u1", "u1"}, false, 1, "deleted"},
		{"the list lacks it, and it is made anew", 200, []string{"u1", "u2"}, false, 0, "you saw is gone"},
		{"no list", 403, []string{"u1", "u1"}, false, 1, "deleted"},
		{"no list, and it is made anew", 403, []string{"u1", "u2"}, false, 0, "you saw is gone"},
		{"it isn't there, and is made", 200, []string{"", "u2"}, false, 0, "not found"},
		{"it can't be read", 200, []string{"-", "u1"}, false, 0, "mpijob/pi wasn't looked at, and nothing was deleted"},
		{"it can't be read, which is no matter", 200, []string{"u1"}, true, 1, "deleted"},
	} {
		var deleted, reads atomic.Int32
		f, out, errOut := clitest.Factory(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			switch {
			case r.Method == http.MethodDelete:
				deleted.Add(1)
				_, _ = fmt.Fprintf(w, job, "u1")
			case strings.HasSuffix(r.URL.Path, "/mpijobs"):
				w.WriteHeader(c.list)
				_, _ = w.Write([]byte(`{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJobList","metadata":{},"items":[]}`))
			case strings.HasSuffix(r.URL.Path, "/pi"):
				switch uid := c.uids[min(int(reads.Add(1)), len(c.uids))-1]; uid {
				case "":
					w.WriteHeader(http.StatusNotFound)
					_, _ = w.Write([]byte(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404,"details":{"name":"pi","kind":"mpijobs"}}`))
				case "-":
					w.WriteHeader(http.StatusForbidden)
					_, _ = w.Write([]byte(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,"message":"no"}`))
				default:
					_, _ = fmt.Fprintf(w, job, uid)
				}
			default:
				http.NotFound(w, r)
			}
		}, "y\n", true)
		err := run(t.Context(), &Options{Options: bulk.Options{
			Factory: f, Refs: []jobarg.Ref{{Type: training.TypeMPIJob, Name: "pi"}}, Yes: c.yes,
			Verb: bulk.Verb{Name: "delete", Done: "deleted", Loses: "Their logs go."},
		}})
		said := out.String() + errOut.String()
		if err != nil {
			said += err.Error()
		}
		if deleted.Load() != c.deleted || (err == nil) != (c.deleted == 1) || !strings.Contains(said, c.says) {
			t.Errorf("%s: deleted %d, error %v, said %q", c.name, deleted.Load(), err, said)
		}
	}
}
