package exit

import (
	"context"
	"errors"
	"fmt"
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
		{&training.AlreadyExistsError{}, Error, true},
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
