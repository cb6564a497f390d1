package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/opendatahub-io/mpijob/internal/service/api"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// problemError is an error that is a Problem already.
type problemError struct {
	api.Problem
	retryAfter int // seconds; 0 says nothing
}

func (e *problemError) Error() string { return e.Detail }

// problem makes an error of one code; detail says what happened.
func problem(status int, code, title, detail string, suggestions ...string) *problemError {
	e := &problemError{Problem: api.Problem{Status: status, Code: code, Title: title, Detail: detail, Type: "/docs#problem-" + code}}
	if len(suggestions) > 0 {
		e.Suggestions = &suggestions
	}
	return e
}

// asProblem is what a caller is told of an error. What isn't known says nothing about itself: that is for
// the log.
func asProblem(err error) *problemError {
	var (
		already     *problemError
		missing     *training.NotFoundError
		denied      *training.DeniedError
		quota       *training.QuotaExceededError
		invalid     *training.InvalidError
		exists      *training.AlreadyExistsError
		conflict    *training.ConflictError
		replaced    *training.ReplacedError
		timeout     *training.TimeoutError
		down        *training.UnreachableError
		absent      *training.NotInstalledError
		unsupported *training.UnsupportedError
		server      *training.ServerError
		silent      *training.NoLogError
		unmeasured  *training.NoMetricsError
		nowhere     *training.NoOutputError
		output      *training.OutputError
		idle        *training.NotRunningError
		tooLarge    *http.MaxBytesError
	)
	switch {
	case errors.As(err, &already):
		return already
	case errors.As(err, &tooLarge):
		return problem(http.StatusRequestEntityTooLarge, "TooLarge", "Too large", fmt.Sprintf("the body has more than %d bytes", tooLarge.Limit),
			"put data into the image, a ConfigMap or a volume")
	case errors.As(err, &denied) && denied.Unauthenticated:
		return problem(http.StatusUnauthorized, "Unauthenticated", "Not logged in", err.Error(), "send a token that is valid now: `Authorization: Bearer $(oc whoami -t)`")
	case errors.As(err, &denied):
		return problem(http.StatusForbidden, "Forbidden", "Not allowed", err.Error(), "ask the namespace's administrator for a role such as training-scientist")
	case errors.As(err, &quota):
		return problem(http.StatusForbidden, "QuotaExceeded", "Quota exceeded", err.Error(),
			"delete a job that is no longer needed", "ask for less", "ask the namespace's administrator for more")
	case errors.As(err, &invalid):
		return invalidProblem(invalid)
	case errors.As(err, &silent):
		p := problem(http.StatusNotFound, "NoLog", "No log", err.Error())
		if !silent.Gone && !silent.Never {
			p.retryAfter = 2
		}
		return p
	case errors.As(err, &unmeasured):
		return noMetrics(unmeasured)
	case errors.As(err, &missing):
		return problem(http.StatusNotFound, "NotFound", "Not found", err.Error(), orElse(listOf[missing.Kind], "list the jobs of the namespace to see what there is"))
	case errors.As(err, &exists):
		return problem(http.StatusConflict, "AlreadyExists", "Already exists", err.Error(), "choose another name", "delete the one that is there")
	case errors.As(err, &replaced):
		return problem(http.StatusConflict, "Replaced", "Another job has its name", err.Error())
	case errors.As(err, &conflict):
		return problem(http.StatusConflict, "Conflict", "Changed meanwhile", err.Error(), "read it again, and try again")
	case errors.As(err, &idle):
		return problem(http.StatusConflict, "NotRunning", "Not running", err.Error(), "try again when it runs; the job's status says what it waits for, or why it ended")
	case errors.As(err, &unsupported):
		return problem(http.StatusConflict, "Unsupported", "Not for this type of job", err.Error())
	case errors.As(err, &absent):
		return notInstalled(orMPIJob(absent.Type))
	case errors.As(err, &timeout), errors.Is(err, context.DeadlineExceeded):
		return later(problem(http.StatusGatewayTimeout, "Timeout", "Took too long", "the cluster did not answer in time; what was asked for may be done or not", "look, and try again"), 2)
	case errors.As(err, &nowhere):
		return problem(http.StatusNotFound, "NoOutput", "No output", err.Error(), "say so when a job is created: `output`, as pvc:CLAIM:/folder or s3://BUCKET/PREFIX")
	case errors.As(err, &output):
		return outputProblem(output)
	case errors.As(err, &down):
		return later(problem(http.StatusServiceUnavailable, "ClusterUnreachable", "The cluster doesn't answer", "the service can't reach the cluster's API server", "try again in a moment"), 5)
	case errors.As(err, &server) && server.Code == http.StatusTooManyRequests:
		return later(problem(http.StatusServiceUnavailable, "ClusterBusy", "The cluster is busy", err.Error(), "try again in a moment"), 2)
	case errors.As(err, &server):
		return later(problem(http.StatusBadGateway, "ClusterError", "The cluster failed", err.Error(), "try again", "tell the cluster's administrator"), 2)
	case errors.Is(err, context.Canceled):
		return problem(499, "Cancelled", "Cancelled", "the caller went away")
	}
	return problem(http.StatusInternalServerError, "Internal", "Something is wrong with the service", "the service's log says more, under this request's instance")
}

// notInstalled leaves out the cluster's address, which is the service's own matter. Without MPIJobs the service is of
// no use; a cluster without other types has simply none of their jobs.
func notInstalled(t training.Type) *problemError {
	status := http.StatusNotFound
	if t == training.TypeMPIJob {
		status = http.StatusServiceUnavailable
	}
	return problem(status, "NotInstalled", "Not installed", fmt.Sprintf("the cluster does not know %ss", t), "ask the cluster's administrator to install what runs them")
}

func outputProblem(e *training.OutputError) *problemError {
	switch {
	case e.Missing:
		return problem(http.StatusNotFound, "NotFound", "Not found", e.Error(), "list the outputs of the job to see what there is")
	case e.Hint == "":
		return problem(http.StatusBadGateway, "OutputUnreadable", "The output can't be read", e.Error())
	}
	return problem(http.StatusBadGateway, "OutputUnreadable", "The output can't be read", e.Error(), e.Hint)
}

// listOf says where to find what there is of a kind that is no job.
var listOf = map[string]string{
	"template":   "list the templates of the namespace to see what there is",
	"connection": "list the connections of the namespace to see what there is",
	"namespace":  "list the namespaces to see which ones you have",
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// noMetrics leaves out the cluster's address, which is the service's own matter.
func noMetrics(e *training.NoMetricsError) *problemError {
	const code, title = "NoMetrics", "Nothing is measured"
	if e.Broken {
		return later(problem(http.StatusServiceUnavailable, code, title, e.Error(), "try again in a moment", "ask the cluster's administrator whether metrics-server runs"), 15)
	}
	return problem(http.StatusServiceUnavailable, code, title, "the cluster doesn't measure what pods use: it has no metrics.k8s.io",
		"ask the cluster's administrator to install metrics-server; OpenShift has it in its monitoring")
}

func later(p *problemError, seconds int) *problemError {
	p.retryAfter = seconds
	return p
}

func invalidProblem(e *training.InvalidError) *problemError {
	p := problem(http.StatusUnprocessableEntity, "Invalid", "Can't be as it is written", e.Error(), "mend what `fields` names; `dryRun=client` checks without creating")
	fields := slices.Clone(e.Problems[:min(len(e.Problems), maxFields)])
	for i := range fields {
		fields[i].Field, fields[i].Message = short(fields[i].Field, maxPath), short(fields[i].Message, maxSaid)
	}
	p.Fields = &fields
	if len(p.Detail) > maxDetail {
		p.Detail = fmt.Sprintf("%s is invalid: %d problems, the first ones are in `fields`", e.What, len(e.Problems))
	}
	return p
}

// Bounds of what a problem says: a caller could have it say whatever they sent.
const (
	maxFields = 100
	maxPath   = 512
	maxSaid   = 1 << 10
	maxDetail = 4 << 10
)

// write answers with a problem.
func (p *problemError) write(w http.ResponseWriter, instance string) {
	out := p.Problem
	out.Detail = short(out.Detail, maxDetail)
	if instance != "" {
		out.Instance = &instance
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	h.Del("ETag")
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="training-service"`)
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(out)
}

func short(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
