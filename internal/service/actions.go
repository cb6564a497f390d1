package service

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/opendatahub-io/mpijob/internal/service/api"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// readJob reads the body of a new job: a whole MPIJob, or the simple form.
func readJob(body []byte, namespace string) (*training.MPIJob, error) {
	var form struct {
		Kind       *string `json:"kind"`
		APIVersion *string `json:"apiVersion"`
	}
	if err := json.Unmarshal(body, &form); err != nil {
		return nil, badRequest("the body is not a JSON object: " + firstLine(err.Error()))
	}
	if form.Kind == nil && form.APIVersion == nil {
		return readSpec(body, namespace)
	}
	jobs, err := training.ReadManifest(bytes.NewReader(body), "the body")
	if err != nil {
		return nil, err
	}
	if len(jobs) != 1 {
		return nil, problem(http.StatusUnprocessableEntity, "Invalid", "Can't be as it is written", fmt.Sprintf("the body holds %d jobs: create them one by one", len(jobs)))
	}
	return jobs[0], nil
}

func readSpec(body []byte, namespace string) (*training.MPIJob, error) {
	spec := training.Spec{}
	if err := json.Unmarshal(body, &spec); err != nil {
		return nil, &training.InvalidError{What: "the simple form", Problems: []training.Problem{specProblem(err)}}
	}
	if spec.Code != nil {
		return nil, &training.InvalidError{What: "the simple form", Problems: []training.Problem{{Field: "code", Message: "a folder's content can't be sent here: create the job with `odh training create --code DIR`"}}}
	}
	switch spec.Namespace {
	case "":
		spec.Namespace = namespace
	case namespace:
	default:
		return nil, &training.InvalidError{What: "the simple form", Problems: []training.Problem{{Field: "namespace", Message: fmt.Sprintf("is %q, but the address says %q", spec.Namespace, namespace)}}}
	}
	if err := spec.Check(); err != nil {
		return nil, err
	}
	return spec.MPIJob(), nil
}

// specProblem is what is wrong with a field, without the names that only the program has.
func specProblem(err error) training.Problem {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return training.Problem{Field: strings.TrimPrefix(wrong.Field, "plainSpec."), Message: fmt.Sprintf("is a %s, and must be a %s", wrong.Value, wrong.Type)}
	}
	return training.Problem{Message: strings.TrimPrefix(firstLine(err.Error()), "json: ")}
}

// CreateTrainingJob creates a job with the caller's token; once for each Idempotency-Key.
func (s *operations) CreateTrainingJob(ctx context.Context, r api.CreateTrainingJobRequestObject) (api.CreateTrainingJobResponseObject, error) {
	dry := training.DryRun(deref(r.Params.DryRun))
	if key := deref(r.Params.IdempotencyKey); key != "" && dry == training.DryRunNone {
		return s.created.once(ctx, callerOf(ctx).User, r.Namespace, key, *r.Body, func(ctx context.Context) (api.CreateTrainingJobResponseObject, error) {
			return s.create(ctx, r.Namespace, *r.Body, dry)
		})
	}
	return s.create(ctx, r.Namespace, *r.Body, dry)
}

func (s *operations) create(ctx context.Context, namespace string, body []byte, dry training.DryRun) (api.CreateTrainingJobResponseObject, error) {
	m, err := readJob(body, namespace)
	if err != nil {
		return nil, err
	}
	out, err := s.jobs(ctx, namespace, "").Create(ctx, m, training.CreateOptions{DryRun: dry})
	if err != nil {
		return nil, err
	}
	answer := api.Created{Job: *training.Summarize(out)}
	if w := training.Warnings(out); len(w) > 0 {
		answer.Warnings = &w
	}
	if dry == training.DryRunNone {
		return api.CreateTrainingJob201JSONResponse{Body: answer, Headers: api.CreateTrainingJob201ResponseHeaders{Location: "/api/v1/namespaces/" + namespace + "/trainingjobs/" + out.Name}}, nil
	}
	text, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("writing what would be created: %w", err)
	}
	raw := json.RawMessage(text)
	answer.Manifest = &raw
	return api.CreateTrainingJob200JSONResponse(answer), nil
}

// PreflightTrainingJob reads the cluster as the caller.
func (s *operations) PreflightTrainingJob(ctx context.Context, r api.PreflightTrainingJobRequestObject) (api.PreflightTrainingJobResponseObject, error) {
	m, err := readJob(*r.Body, r.Namespace)
	if err != nil {
		return nil, err
	}
	// Whoever may create nothing there is told nothing of how much room there is.
	if err := s.may(ctx, rightOn(training.TypeMPIJob, "create", r.Namespace, "")); err != nil {
		return nil, err
	}
	v, err := s.jobs(ctx, r.Namespace, "").Preflight(ctx, m, training.PreflightOptions{})
	if err != nil {
		return nil, err
	}
	return api.PreflightTrainingJob200JSONResponse(*v), nil
}

// DeleteTrainingJob deletes with the caller's token.
func (s *operations) DeleteTrainingJob(ctx context.Context, r api.DeleteTrainingJobRequestObject) (api.DeleteTrainingJobResponseObject, error) {
	if err := s.jobs(ctx, r.Namespace, deref(r.Params.Type)).Delete(ctx, r.Name, training.DeleteOptions{}); err != nil {
		return nil, err
	}
	return api.DeleteTrainingJob202Response{}, nil
}

// SuspendTrainingJob suspends with the caller's token.
func (s *operations) SuspendTrainingJob(ctx context.Context, r api.SuspendTrainingJobRequestObject) (api.SuspendTrainingJobResponseObject, error) {
	j, err := s.jobs(ctx, r.Namespace, deref(r.Params.Type)).Suspend(ctx, r.Name, training.SuspendOptions{})
	if err != nil {
		return nil, err
	}
	return api.SuspendTrainingJob200JSONResponse{JobJSONResponse: jobAnswer(j)}, nil
}

// ResumeTrainingJob resumes with the caller's token.
func (s *operations) ResumeTrainingJob(ctx context.Context, r api.ResumeTrainingJobRequestObject) (api.ResumeTrainingJobResponseObject, error) {
	j, err := s.jobs(ctx, r.Namespace, deref(r.Params.Type)).Resume(ctx, r.Name)
	if err != nil {
		return nil, err
	}
	return api.ResumeTrainingJob200JSONResponse{JobJSONResponse: jobAnswer(j)}, nil
}

// RetryTrainingJob starts a job again with the caller's token.
func (s *operations) RetryTrainingJob(ctx context.Context, r api.RetryTrainingJobRequestObject) (api.RetryTrainingJobResponseObject, error) {
	out, err := s.jobs(ctx, r.Namespace, "").Retry(ctx, r.Name, training.RetryOptions{Name: deref(r.Params.CopyName), DryRun: training.DryRun(deref(r.Params.DryRun))})
	if err != nil {
		return nil, err
	}
	return api.RetryTrainingJob200JSONResponse(*out), nil
}

// CloneTrainingJob copies a job with the caller's token.
func (s *operations) CloneTrainingJob(ctx context.Context, r api.CloneTrainingJobRequestObject) (api.CloneTrainingJobResponseObject, error) {
	o := training.CloneOptions{Name: deref(r.Body.Name), DryRun: training.DryRun(deref(r.Params.DryRun))}
	c, err := s.jobs(ctx, r.Namespace, "").Clone(ctx, r.Name, deref(r.Body.Changes), o)
	if err != nil {
		return nil, err
	}
	answer := api.Cloned{Job: *training.Summarize(c.Job), From: c.From, Differences: append([]training.Difference{}, c.Differences...)}
	if o.DryRun != training.DryRunNone {
		return api.CloneTrainingJob200JSONResponse(answer), nil
	}
	return api.CloneTrainingJob201JSONResponse(answer), nil
}

// maxBulk is how many jobs are changed by one request, atOnce how many of them side by side.
const (
	maxBulk = 500
	atOnce  = 8
)

// ChangeTrainingJobs tries each with the caller's token, and says what became of each.
func (s *operations) ChangeTrainingJobs(ctx context.Context, r api.ChangeTrainingJobsRequestObject) (api.ChangeTrainingJobsResponseObject, error) {
	names := deref(r.Body.Names)
	selector := deref(r.Body.LabelSelector)
	if (len(names) == 0) == (selector == "") {
		return nil, problem(http.StatusUnprocessableEntity, "Invalid", "Can't be as it is written", "say which jobs: either `names` or `labelSelector`")
	}
	jobs := s.jobs(ctx, r.Namespace, "")
	if selector != "" {
		page, err := jobs.List(ctx, training.ListOptions{LabelSelector: selector, SortBy: training.SortName, Limit: maxBulk + 1})
		if err != nil {
			return nil, err
		}
		if len(page.Items) > maxBulk {
			return nil, problem(http.StatusUnprocessableEntity, "Invalid", "Too many jobs", fmt.Sprintf("the selector fits %d jobs; one request changes at most %d", page.Total, maxBulk), "select fewer, and repeat")
		}
		for _, j := range page.Items {
			names = append(names, j.Name)
		}
	}
	results := make([]api.BulkOutcome, len(names))
	var all errgroup.Group
	all.SetLimit(atOnce)
	for i, name := range names {
		all.Go(func() error {
			results[i] = s.outcome(name, func() error { return change(ctx, jobs, r.Body.Action, name) })
			return nil
		})
	}
	_ = all.Wait() // each has its own result
	return api.ChangeTrainingJobs200JSONResponse{Results: results}, nil
}

// outcome does it to one job of many.
func (s *Service) outcome(name string, do func() error) (out api.BulkOutcome) {
	fail := func(err error) {
		p := asProblem(err)
		if p.Status >= http.StatusInternalServerError {
			s.Log.Error("one of many failed", "job", name, "error", err.Error())
		}
		out.Problem = &p.Problem
	}
	out.Name = name
	defer func() {
		// This isn't the request's goroutine, whose panics are caught.
		if p := recover(); p != nil {
			s.panicked(p)
			fail(errInternal)
		}
	}()
	if err := do(); err != nil {
		fail(err)
		return out
	}
	out.Done = true
	return out
}

func change(ctx context.Context, jobs *training.Jobs, action api.BulkRequestAction, name string) error {
	var err error
	switch action {
	case api.Delete:
		err = jobs.Delete(ctx, name, training.DeleteOptions{})
	case api.Suspend:
		_, err = jobs.Suspend(ctx, name, training.SuspendOptions{})
	case api.Resume:
		_, err = jobs.Resume(ctx, name)
	default:
		err = badRequest("there is no such action")
	}
	return err
}

func isDenied(err error) bool {
	var denied *training.DeniedError
	return errors.As(err, &denied)
}
