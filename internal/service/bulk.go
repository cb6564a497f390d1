package service

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/opendatahub-io/mpijob/internal/service/api"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// maxBulk is how many jobs are changed by one request, atOnce how many of them side by side.
const (
	maxBulk = 500
	atOnce  = 8
)

// ChangeTrainingJobs tries each with the caller's token, and says what became of each.
func (s *operations) ChangeTrainingJobs(ctx context.Context, r api.ChangeTrainingJobsRequestObject) (api.ChangeTrainingJobsResponseObject, error) {
	named := deref(r.Body.Jobs)
	selector := deref(r.Body.LabelSelector)
	if (len(named) == 0) == (selector == "") {
		return nil, problem(http.StatusUnprocessableEntity, "Invalid", "Can't be as it is written", "say which jobs: either `jobs` or `labelSelector`")
	}
	var which []jobRef
	for _, j := range named {
		ref := jobRef{orMPIJob(deref(j.Type)), j.Name, deref(j.UID)}
		if !slices.Contains(which, ref) { // an MPIJob may be named with its type and without
			which = append(which, ref)
		}
	}
	if selector != "" {
		page, err := s.jobs(ctx, r.Namespace, "").List(ctx, training.ListOptions{LabelSelector: selector, SortBy: training.SortName, Limit: maxBulk + 1})
		if err != nil {
			return nil, err
		}
		if len(page.Items) > maxBulk {
			return nil, problem(http.StatusUnprocessableEntity, "Invalid", "Too many jobs", fmt.Sprintf("the selector fits %d jobs; one request changes at most %d", page.Total, maxBulk), "select fewer, and repeat")
		}
		for _, j := range page.Items {
			which = append(which, jobRef{j.Type, j.Name, j.UID})
		}
	}
	results := make([]api.BulkOutcome, len(which))
	var all errgroup.Group
	all.SetLimit(atOnce)
	for i, j := range which {
		all.Go(func() error {
			results[i] = s.outcome(j, func() error { return change(ctx, s.jobs(ctx, r.Namespace, j.of), r.Body.Action, j) })
			return nil
		})
	}
	_ = all.Wait() // each has its own result
	return api.ChangeTrainingJobs200JSONResponse{Results: results}, nil
}

// jobRef is a job of a namespace.
type jobRef struct {
	of   training.Type
	name string
	uid  string // of the one that is meant; empty is whichever has the name
}

// outcome does it to one job of many.
func (s *Service) outcome(j jobRef, do func() error) (out api.BulkOutcome) {
	fail := func(err error) {
		p := asProblem(err)
		if p.Status >= http.StatusInternalServerError {
			s.Log.Error("one of many failed", "type", j.of, "job", j.name, "error", err.Error())
		}
		out.Problem = &p.Problem
	}
	out.Name, out.Type = j.name, j.of
	if j.uid != "" {
		out.UID = &j.uid
	}
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

func change(ctx context.Context, jobs *training.Jobs, action api.BulkRequestAction, j jobRef) error {
	var err error
	switch action {
	case api.Delete:
		err = jobs.Delete(ctx, j.name, training.DeleteOptions{UID: j.uid})
	case api.Suspend:
		_, err = jobs.Suspend(ctx, j.name, training.SuspendOptions{UID: j.uid})
	case api.Resume:
		_, err = jobs.Resume(ctx, j.name, training.ResumeOptions{UID: j.uid})
	default:
		err = badRequest("there is no such action")
	}
	return err
}
