package exit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

func TestCodes(t *testing.T) {
	job := &training.Job{Name: "pi", Namespace: "team"}
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
		{&training.NoLogError{}, Error, true},
		{&training.NoLogError{Gone: true}, Error, true},
		{&training.NotRunningError{Job: "pi"}, Error, true},
		{&training.NoMetricsError{}, Error, true},
		{&training.NoMetricsError{Broken: true}, Error, true},
		{&Told{&training.ExitError{Code: 42}}, 42, false},
		{&training.NoLogError{Previous: true}, Error, true},
		{&training.NoLogError{Never: true}, Error, true},
		{&training.ConfigError{Hint: "log in"}, Error, true},
		{&Told{ErrDetached}, Detached, false},
		{fmt.Errorf("deleting: %w", context.Canceled), Detached, false},
		{errors.Join(nil, &training.QuotaExceededError{}), Quota, true},
		{&Told{&training.JobFailedError{Job: job}}, JobFailed, true},
	} {
		if got := Code(c.err); got != c.want {
			t.Errorf("%T %v: code %d, want %d", c.err, c.err, got, c.want)
		}
		if got := Hints(c.err); (len(got) > 0) != c.hint {
			t.Errorf("%T: hints %q", c.err, got)
		}
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
