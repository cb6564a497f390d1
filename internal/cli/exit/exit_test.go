package exit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

func TestCodes(t *testing.T) {
	job := &training.Job{Name: "pi", Namespace: "team"}
	covered := map[string]bool{}
	for _, c := range []struct {
		err  error
		want int
		hint bool
	}{
		{nil, OK, false},
		{errors.New("anything"), Error, false},
		{Usagef("what"), Usage, false},
		{&training.JobFailedError{Job: job}, JobFailed, true},
		{&training.TimeoutError{Name: "pi"}, TimedOut, true},
		{&training.NotFoundError{Kind: "MPIJob", Name: "pi"}, NotFound, true},
		{&training.DeniedError{Verb: "get", Namespace: "team"}, Denied, true},
		{&training.DeniedError{Unauthenticated: true}, Denied, true},
		{&training.QuotaExceededError{}, Quota, true},
		{&training.InvalidError{}, Invalid, false},
		{&training.AlreadyExistsError{Kind: "MPIJob"}, Error, true},
		{&training.AlreadyExistsError{Kind: "ConfigMap"}, Error, false},
		{&training.UnreachableError{}, Error, true},
		{&training.NotInstalledError{}, Error, true},
		{&training.ServerError{Code: 500}, Error, true},
		{&training.PanicError{}, Error, false},
		{&training.NoLogError{}, Error, true},
		{&training.NoLogError{Gone: true}, Error, true},
		{&training.NotRunningError{Job: "pi"}, Error, true},
		{&training.NoMetricsError{}, Error, true},
		{&training.NoMetricsError{Broken: true}, Error, true},
		{&Told{&training.ExitError{Code: 42}}, 42, false},
		{&training.NoLogError{Previous: true}, Error, true},
		{&training.NoLogError{Never: true}, Error, true},
		{&training.NoLogError{Suspended: true}, Error, true},
		{&training.ConfigError{Hint: "log in"}, Error, true},
		{&training.ConflictError{}, Error, false},
		{&training.ReplacedError{Name: "pi"}, Error, true},
		{&training.UnsupportedError{}, Error, false},
		{&training.NoOutputError{Name: "pi"}, Error, true},
		{&training.OutputError{Hint: "ask"}, Error, true},
		{&training.PricesError{}, Error, false},
		{&Told{ErrDetached}, Detached, false},
		{fmt.Errorf("deleting: %w", context.Canceled), Detached, false},
		{errors.Join(nil, &training.QuotaExceededError{}), Quota, true},
		{&Told{&training.JobFailedError{Job: job}}, JobFailed, true},
	} {
		var told *Told
		if errors.As(c.err, &told) {
			covered[fmt.Sprintf("%T", told.Err)] = true
		}
		covered[fmt.Sprintf("%T", c.err)] = true
		if got := Code(c.err); got != c.want {
			t.Errorf("%T %v: code %d, want %d", c.err, c.err, got, c.want)
		}
		if got := Hints(c.err); (len(got) > 0) != c.hint {
			t.Errorf("%T: hints %q", c.err, got)
		}
	}
	for _, name := range errorTypes(t) {
		if !covered["*training."+name] {
			t.Errorf("training.%s has no row here: which exit code is its?", name)
		}
	}
}

// errorTypes are the names of the SDK's error types.
func errorTypes(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("../../../pkg/training/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	of := regexp.MustCompile(`(?m)^type ([A-Z]\w*Error) struct`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range of.FindAllStringSubmatch(string(text), -1) {
			names = append(names, m[1])
		}
	}
	return names
}

// A log that is gone until its job is resumed isn't waited for.
func TestHintOfASuspendedJobsLog(t *testing.T) {
	if h := Hints(&training.NoLogError{Job: "a", Suspended: true}); len(h) != 1 || !strings.HasSuffix(h[0], "odh training resume a") {
		t.Errorf("%q", h)
	}
}

// What is said about a template must not lead anybody to a job of the same name.
func TestHintsAreAboutWhatIsMeant(t *testing.T) {
	for _, err := range []error{
		&training.AlreadyExistsError{Kind: "template", Name: "resnet", Namespace: "team"},
		&training.NotFoundError{Kind: "template", Name: "resnet", Namespace: "team"},
		&training.NotFoundError{Kind: "connection", Name: "resnet", Namespace: "team"},
	} {
		for _, h := range Hints(err) {
			if strings.Contains(h, "resnet") || strings.Contains(h, "training list ") || strings.Contains(h, "delete") {
				t.Errorf("%T: %s", err, h)
			}
		}
	}
	if h := Hints(&training.NotInstalledError{Type: training.TypeTrainJob}); len(h) != 1 || !strings.Contains(h[0], "trainjobs.trainer.kubeflow.org") {
		t.Errorf("a cluster without TrainJobs: %q", h)
	}
}
