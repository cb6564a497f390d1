package service

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/opendatahub-io/mpijob/internal/service/api"
	"github.com/opendatahub-io/mpijob/internal/yamltext"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// readJob reads the body of a new job: a whole MPIJob, or the simple form, which may bring a folder of code.
func readJob(body []byte, namespace string, code *training.Code) (m *training.MPIJob, simple bool, err error) {
	var form struct {
		Kind       *string `json:"kind"`
		APIVersion *string `json:"apiVersion"`
	}
	if err := json.Unmarshal(body, &form); err != nil {
		return nil, false, badRequest("the body is not a JSON object: " + firstLine(err.Error()))
	}
	if form.Kind == nil && form.APIVersion == nil {
		m, err = readSpec(body, namespace, code)
		return m, true, err
	}
	if code != nil {
		return nil, false, codeProblem("goes with the simple form: a whole MPIJob says itself what its pods mount")
	}
	jobs, err := training.ReadJobs(bytes.NewReader(yamltext.JSON(body)), "the body", "")
	if err != nil {
		return nil, false, ofBody(body, err)
	}
	if len(jobs) != 1 {
		return nil, false, problem(http.StatusUnprocessableEntity, "Invalid", "Can't be as it is written", fmt.Sprintf("the body holds %d jobs: create them one by one", len(jobs)))
	}
	return jobs[0], false, nil
}

// ofBody is what is wrong with a body, without lines where it has but one: whoever wrote it as YAML has others.
func ofBody(body []byte, err error) error {
	var invalid *training.InvalidError
	if errors.As(err, &invalid) && !bytes.Contains(bytes.TrimSpace(body), []byte("\n")) {
		for i := range invalid.Problems {
			invalid.Problems[i].Line = 0
		}
	}
	return err
}

func codeProblem(message string) error { return formProblem("code", message) }

func formProblem(field, message string) error {
	return &training.InvalidError{What: "the simple form", Problems: []training.Problem{{Field: field, Message: message}}}
}

func readSpec(body []byte, namespace string, code *training.Code) (*training.MPIJob, error) {
	spec := training.Spec{}
	problems := []error{json.Unmarshal(body, &spec)} // what can't be read of it; the rest is judged all the same
	if spec.Code != nil {
		problems = append(problems, codeProblem("a folder's content is sent beside the job: as multipart/form-data with the parts `job` and `code`, the latter a tar file compressed with gzip"))
	}
	spec.Code = code
	if spec.Namespace != "" && spec.Namespace != namespace {
		problems = append(problems, formProblem("namespace", fmt.Sprintf("is %q, but the address says %q", short(spec.Namespace, 63), namespace)))
	}
	spec.Namespace = namespace
	if err := training.Together(append(problems, spec.Check())...); err != nil {
		return nil, err
	}
	return spec.MPIJob(), nil
}

// CreateTrainingJob creates a job with the caller's token; once for each Idempotency-Key.
func (s *operations) CreateTrainingJob(ctx context.Context, r api.CreateTrainingJobRequestObject) (api.CreateTrainingJobResponseObject, error) {
	var body []byte
	var code *training.Code
	switch {
	case r.MultipartBody != nil:
		done, err := s.mayUpload(ctx, r.Namespace)
		if err != nil {
			return nil, err
		}
		defer done()
		if body, code, err = s.readWithCode(r.MultipartBody); err != nil {
			return nil, err
		}
	case r.JSONBody != nil:
		body = *r.JSONBody
	}
	o := training.CreateOptions{DryRun: training.DryRun(deref(r.Params.DryRun)), Code: code}
	content := body
	if code != nil {
		content = append(slices.Clip(body), code.Digest...)
	}
	req := request{repeatKey{namespace: r.Namespace, key: deref(r.Params.IdempotencyKey)}, "createTrainingJob", content}
	out, err := doOnce(ctx, s.Service, req, o.DryRun, func(ctx context.Context, remember string) (created, error) {
		o.Request = remember
		m, simple, err := readJob(body, r.Namespace, code)
		if err != nil {
			return created{}, err
		}
		return s.createJob(ctx, r.Namespace, m, simple, o)
	})
	if err != nil {
		return nil, err
	}
	if o.DryRun != training.DryRunNone {
		return api.CreateTrainingJob200JSONResponse(out.Created), nil
	}
	return api.CreateTrainingJob201JSONResponse{Body: out.Created, Headers: api.CreateTrainingJob201ResponseHeaders{Location: out.at}}, nil
}

// createJob creates a job, or tries to; of a simple one, what is wrong is said in the words of the form.
func (s *Service) createJob(ctx context.Context, namespace string, m *training.MPIJob, simple bool, o training.CreateOptions) (c created, err error) {
	out, err := s.jobs(ctx, namespace, "").Create(ctx, m, o)
	switch {
	case err != nil && simple:
		return c, training.InSimpleWords(err)
	case err != nil:
		return c, err
	}
	c.at = "/api/v1/namespaces/" + namespace + "/trainingjobs/" + out.Name
	c.Job = *training.Summarize(out)
	w := training.Warnings(out)
	if simple {
		w = training.SimpleWarnings(out)
	}
	if o.DryRun != training.DryRunClient {
		w = append(w, s.jobs(ctx, namespace, "").Doubts(ctx, out)...)
	}
	if len(w) > 0 {
		c.Warnings = &w
	}
	if o.DryRun != training.DryRunNone {
		if c.Manifest, c.Spec, err = would(out); err != nil {
			return c, err
		}
	}
	return c, nil
}

// would is what a dry run would create, whole and, where it fits in there, in the simple form.
func would(m *training.MPIJob) (*json.RawMessage, *training.Spec, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return nil, nil, fmt.Errorf("writing what would be created: %w", err)
	}
	raw := json.RawMessage(text)
	if spec, simple := training.SpecOf(m); simple {
		return &raw, &spec, nil
	}
	return &raw, nil, nil
}

// PreflightTrainingJob reads the cluster as the caller.
func (s *operations) PreflightTrainingJob(ctx context.Context, r api.PreflightTrainingJobRequestObject) (api.PreflightTrainingJobResponseObject, error) {
	m, _, err := readJob(*r.Body, r.Namespace, nil)
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
	if err := s.jobs(ctx, r.Namespace, deref(r.Params.Type)).Delete(ctx, r.Name, training.DeleteOptions{UID: deref(r.Params.UID)}); err != nil {
		return nil, err
	}
	return api.DeleteTrainingJob202Response{}, nil
}

// SuspendTrainingJob suspends with the caller's token.
func (s *operations) SuspendTrainingJob(ctx context.Context, r api.SuspendTrainingJobRequestObject) (api.SuspendTrainingJobResponseObject, error) {
	j, err := s.jobs(ctx, r.Namespace, deref(r.Params.Type)).Suspend(ctx, r.Name, training.SuspendOptions{UID: deref(r.Params.UID)})
	if err != nil {
		return nil, err
	}
	return api.SuspendTrainingJob200JSONResponse{JobJSONResponse: jobAnswer(j)}, nil
}

// ResumeTrainingJob resumes with the caller's token.
func (s *operations) ResumeTrainingJob(ctx context.Context, r api.ResumeTrainingJobRequestObject) (api.ResumeTrainingJobResponseObject, error) {
	j, err := s.jobs(ctx, r.Namespace, deref(r.Params.Type)).Resume(ctx, r.Name, training.ResumeOptions{UID: deref(r.Params.UID)})
	if err != nil {
		return nil, err
	}
	return api.ResumeTrainingJob200JSONResponse{JobJSONResponse: jobAnswer(j)}, nil
}

// RetryTrainingJob starts a job again with the caller's token; once for each Idempotency-Key.
func (s *operations) RetryTrainingJob(ctx context.Context, r api.RetryTrainingJobRequestObject) (api.RetryTrainingJobResponseObject, error) {
	o := training.RetryOptions{Name: deref(r.Params.CopyName), UID: deref(r.Params.UID), DryRun: training.DryRun(deref(r.Params.DryRun))}
	req, err := requestOn(r.Namespace, r.Name, deref(r.Params.IdempotencyKey), "retryTrainingJob"+string(deref(r.Params.Type))+o.UID, o.Name)
	if err != nil {
		return nil, err
	}
	out, err := doOnce(ctx, s.Service, req, o.DryRun, func(ctx context.Context, remember string) (*training.Retried, error) {
		o.Request = remember
		return s.jobs(ctx, r.Namespace, deref(r.Params.Type)).Retry(ctx, r.Name, o)
	})
	if err != nil {
		return nil, err
	}
	return api.RetryTrainingJob200JSONResponse(*out), nil
}

// wouldBe is the same of a copy, as whoever goes on from there writes it: without what a copy alone has.
func wouldBe(copied *training.MPIJob) (*json.RawMessage, *training.Spec, error) {
	text, err := training.Exported(copied)
	if err != nil {
		return nil, nil, err
	}
	jobs, err := training.ReadJobs(bytes.NewReader(text), "the copy", "")
	if err != nil {
		return nil, nil, err
	}
	return would(jobs[0])
}

// CloneTrainingJob copies a job with the caller's token; once for each Idempotency-Key.
func (s *operations) CloneTrainingJob(ctx context.Context, r api.CloneTrainingJobRequestObject) (api.CloneTrainingJobResponseObject, error) {
	o := training.CloneOptions{Name: deref(r.Body.Name), UID: deref(r.Params.UID), DryRun: training.DryRun(deref(r.Params.DryRun))}
	req, err := requestOn(r.Namespace, r.Name, deref(r.Params.IdempotencyKey), "cloneTrainingJob"+string(deref(r.Params.Type))+o.UID, r.Body)
	if err != nil {
		return nil, err
	}
	answer, err := doOnce(ctx, s.Service, req, o.DryRun, func(ctx context.Context, remember string) (api.Cloned, error) {
		o.Request = remember
		c, err := s.jobs(ctx, r.Namespace, deref(r.Params.Type)).Clone(ctx, r.Name, deref(r.Body.Changes), o)
		if err != nil {
			return api.Cloned{}, err
		}
		out := api.Cloned{Job: *training.Summarize(c.Job), From: c.From, Differences: append([]training.Difference{}, c.Differences...)}
		if o.DryRun != training.DryRunNone {
			out.Manifest, out.Spec, err = wouldBe(c.Job)
		}
		return out, err
	})
	if err != nil {
		return nil, err
	}
	if o.DryRun != training.DryRunNone {
		return api.CloneTrainingJob200JSONResponse(answer), nil
	}
	return api.CloneTrainingJob201JSONResponse(answer), nil
}

func isDenied(err error) bool {
	var denied *training.DeniedError
	return errors.As(err, &denied)
}
