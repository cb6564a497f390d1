// Package exit is the one place where errors become exit codes and advice.
package exit

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// The exit codes, fixed: scripts rely on them.
const (
	OK        = 0   // done; of a job: it succeeded
	Error     = 1   // anything not below
	Usage     = 2   // the command line can't be read, or contradicts itself
	JobFailed = 3   // the job ran and failed
	TimedOut  = 4   // the time given ran out, the job goes on
	NotFound  = 5   // no such job
	Denied    = 6   // not logged in, or without the right
	Quota     = 7   // a quota refused it
	Invalid   = 8   // it can be read, and the job it describes can't be
	Detached  = 130 // interrupted; a job that was followed goes on
)

// Codes is the table of exit codes, for help and documentation.
func Codes() []struct {
	Code    int
	Meaning string
} {
	return []struct {
		Code    int
		Meaning string
	}{
		{OK, "done; where a job is followed: it succeeded"},
		{Error, "anything not below, as a name that is taken"},
		{Usage, "the command line makes no sense: a flag, a value or a file that can't be read"},
		{JobFailed, "the job failed"},
		{TimedOut, "the time given ran out; the job goes on"},
		{NotFound, "no such job"},
		{Denied, "not logged in, or without the right"},
		{Quota, "a quota refused it"},
		{Invalid, "the job can't be as it is written in the flags or the file"},
		{Detached, "interrupted (Ctrl-C); a job that was followed goes on"},
	}
}

// UsageError: the command line makes no sense.
type UsageError struct{ Message string }

func (e *UsageError) Error() string { return e.Message }

// Usagef returns a UsageError.
func Usagef(format string, args ...any) error { return &UsageError{fmt.Sprintf(format, args...)} }

// Told wraps an error that the command has already explained on the terminal: only its code is left
// to be given.
type Told struct{ Err error }

func (e *Told) Error() string { return e.Err.Error() }

// Unwrap returns the error.
func (e *Told) Unwrap() error { return e.Err }

// ErrDetached says that the user stopped following; the job goes on.
var ErrDetached = errors.New("detached")

// Code is the exit code of an error.
func Code(err error) int {
	var (
		usage     *UsageError
		failed    *training.JobFailedError
		timeout   *training.TimeoutError
		missing   *training.NotFoundError
		denied    *training.DeniedError
		quota     *training.QuotaExceededError
		invalid   *training.InvalidError
		ran       *training.ExitError
		cancelled = errors.Is(err, ErrDetached) || errors.Is(err, context.Canceled)
	)
	switch {
	case err == nil:
		return OK
	case cancelled:
		return Detached
	case errors.As(err, &ran):
		return ran.Code
	case errors.As(err, &usage):
		return Usage
	case errors.As(err, &failed):
		return JobFailed
	case errors.As(err, &timeout):
		return TimedOut
	case errors.As(err, &missing):
		return NotFound
	case errors.As(err, &denied):
		return Denied
	case errors.As(err, &quota):
		return Quota
	case errors.As(err, &invalid):
		return Invalid
	}
	return Error
}

// Hints say how to mend an error, one line each, the likeliest first.
func Hints(err error) []string {
	var (
		usage      *UsageError
		config     *training.ConfigError
		failed     *training.JobFailedError
		timeout    *training.TimeoutError
		missing    *training.NotFoundError
		denied     *training.DeniedError
		quota      *training.QuotaExceededError
		exists     *training.AlreadyExistsError
		down       *training.UnreachableError
		absent     *training.NotInstalledError
		silent     *training.NoLogError
		idle       *training.NotRunningError
		replaced   *training.ReplacedError
		unmeasured *training.NoMetricsError
		server     *training.ServerError
		nowhere    *training.NoOutputError
		output     *training.OutputError
	)
	switch {
	case errors.As(err, &usage):
		return nil
	case errors.As(err, &config):
		return []string{config.Hint}
	case errors.As(err, &failed):
		ns := "-n " + failed.Job.Namespace
		return []string{"odh training logs " + failed.Job.Name + " " + ns, "odh training describe " + failed.Job.Name + " " + ns}
	case errors.As(err, &timeout) && timeout.For == "to be gone":
		return []string{"its deletion goes on; see what is left with: odh training list -n " + timeout.Namespace}
	case errors.As(err, &timeout):
		return []string{"the job goes on; come back with: odh training watch " + timeout.Name + " -n " + timeout.Namespace}
	case errors.As(err, &missing):
		return missingHints(missing)
	case errors.As(err, &denied):
		return deniedHints(denied)
	case errors.As(err, &quota) && quota.Verdict != nil && len(quota.Verdict.Suggestions) > 0:
		return quota.Verdict.Suggestions
	case errors.As(err, &quota):
		return []string{"delete a job you no longer need (odh training list -n " + quota.Namespace + "), or ask the namespace's administrator for more"}
	case errors.As(err, &exists) && exists.Kind == "template":
		return []string{"take its place with --replace, or choose another name"}
	case errors.As(err, &exists) && !isJob(exists.Kind):
		return nil
	case errors.As(err, &exists):
		ns := " -n " + exists.Namespace
		return []string{
			"follow the one that is there: odh training logs " + exists.Name + " --follow" + ns,
			"or make room for a new one:   odh training delete " + exists.Name + " --wait" + ns,
			"or choose another name",
		}
	case errors.As(err, &down):
		return []string{"check that the cluster is up and that this machine may reach it; --context and --kubeconfig choose another"}
	case errors.As(err, &absent) && absent.Type != "" && absent.Type != training.TypeMPIJob:
		return []string{fmt.Sprintf("ask the cluster's administrator for %ss (%s), or choose another cluster with --context", absent.Type, absent.Type.Resource())}
	case errors.As(err, &absent):
		return []string{"ask the cluster's administrator to install MPIJob support, or choose another cluster with --context"}
	case errors.As(err, &replaced):
		return []string{"see whose it is, and what it does: odh training describe " + typed(replaced.Type, replaced.Name) + " -n " + replaced.Namespace}
	case errors.As(err, &idle):
		return []string{"see what it waits for, or how it ended: odh training describe " + idle.Job}
	case errors.As(err, &unmeasured) && unmeasured.Broken:
		return []string{"try again in a moment; if it stays, the administrator sees why with: kubectl describe apiservice v1beta1.metrics.k8s.io"}
	case errors.As(err, &unmeasured):
		return []string{"ask the administrator for metrics-server (https://github.com/kubernetes-sigs/metrics-server); on OpenShift, cluster monitoring has it"}
	case errors.As(err, &silent) && silent.Previous:
		return []string{"leave --previous out to read the newest run"}
	case errors.As(err, &silent) && silent.Gone:
		return []string{
			"what its ranks printed is in the Launcher's log: odh training logs " + silent.Job,
			"spec.runPolicy.cleanPodPolicy: None keeps the Workers' pods and logs of later jobs",
		}
	case errors.As(err, &silent) && silent.Never:
		return []string{"why: odh training describe " + silent.Job}
	case errors.As(err, &silent) && silent.Suspended:
		return []string{"start the job again, from its beginning: odh training resume " + silent.Job}
	case errors.As(err, &nowhere):
		return []string{"create it with --output-to pvc:NAME:/folder or s3://BUCKET/PREFIX; for a job that is there: kubectl annotate mpijob " + nowhere.Name + " " + training.OutputAnnotation + "=PLACE -n " + nowhere.Namespace}
	case errors.As(err, &output) && output.Hint != "":
		return []string{output.Hint}
	case errors.As(err, &silent):
		return []string{"add --follow to wait for it"}
	case errors.As(err, &server) && server.Code >= 500 || errors.As(err, &server) && server.Code == 429:
		return []string{"try again in a moment; if it stays, tell the cluster's administrator"}
	}
	return nil
}

func missingHints(e *training.NotFoundError) []string {
	switch {
	case e.Deleted:
		return nil
	case e.Kind == "namespace":
		return []string{"check the name after --namespace, or create the namespace first"}
	case e.Kind == "template":
		return []string{"see what is there: odh training template list -n " + e.Namespace}
	case !isJob(e.Kind):
		return nil
	}
	return []string{"see what is there: odh training list -n " + e.Namespace + "   (or -A for all namespaces)"}
}

// typed is a job's name as a command takes it.
func typed(t training.Type, name string) string {
	if t == "" || t == training.TypeMPIJob {
		return name
	}
	return strings.ToLower(string(t)) + "/" + name
}

// isJob says whether an error is about a job, and not about what one is made with.
func isJob(kind string) bool {
	_, ok := training.ParseType(kind)
	return ok
}

func deniedHints(e *training.DeniedError) []string {
	switch {
	case e.Unauthenticated:
		return []string{"log in again (`oc login …`), or choose other credentials with --context or --kubeconfig"}
	case e.Verb == "":
		return nil
	case e.Namespace == "":
		return []string{"name a namespace you work in with --namespace, or ask an administrator for the right"}
	}
	return []string{fmt.Sprintf("ask an administrator of %q for the right to %s %s; `kubectl auth can-i --list -n %s` shows what you may do", e.Namespace, e.Verb, e.Resource, e.Namespace)}
}
