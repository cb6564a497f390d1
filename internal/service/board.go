package service

import (
	"context"
	"slices"

	"github.com/opendatahub-io/mpijob/internal/service/api"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// GetNamespaceUsage counts the jobs that the caller may list; quotas are read as the caller.
func (s *operations) GetNamespaceUsage(ctx context.Context, r api.GetNamespaceUsageRequestObject) (api.GetNamespaceUsageResponseObject, error) {
	b, err := s.board(ctx, r.Namespace)
	if err != nil {
		return nil, err
	}
	return api.GetNamespaceUsage200JSONResponse(*b.Of(r.Namespace, s.now())), nil
}

// ListUsage is GetNamespaceUsage of all namespaces.
func (s *operations) ListUsage(ctx context.Context, _ api.ListUsageRequestObject) (api.ListUsageResponseObject, error) {
	b, err := s.board(ctx, "")
	if err != nil {
		return nil, err
	}
	return api.ListUsage200JSONResponse(*b), nil
}

func (s *operations) board(ctx context.Context, namespace string) (*training.UsageBoard, error) {
	x, types, notes, err := s.reads(ctx, "list", namespace, nil)
	if err != nil {
		return nil, err
	}
	jobs, _, _ := x.List(namespace)
	jobs = slices.DeleteFunc(jobs, func(j *training.Job) bool { return !slices.Contains(types, j.Type) })
	client := callerOf(ctx).Client
	if namespace == "" {
		return client.AllJobs().BoardOf(ctx, jobs, notes)
	}
	return client.Jobs(namespace).BoardOf(ctx, jobs, notes)
}
