package service

import (
	"context"

	"github.com/opendatahub-io/mpijob/internal/service/api"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// ListConnections reads them as the caller.
func (s *operations) ListConnections(ctx context.Context, r api.ListConnectionsRequestObject) (api.ListConnectionsResponseObject, error) {
	list, err := s.jobs(ctx, r.Namespace, "").Connections(ctx)
	if err != nil {
		return nil, err
	}
	return api.ListConnections200JSONResponse(list), nil
}

// ListQueues reads them as the caller.
func (s *operations) ListQueues(ctx context.Context, r api.ListQueuesRequestObject) (api.ListQueuesResponseObject, error) {
	// Where there is no queue manager nobody is refused by it: that is told to those who have rights here.
	if err := s.may(ctx, rightOn(training.TypeMPIJob, "list", r.Namespace, "")); err != nil {
		return nil, err
	}
	list, err := s.jobs(ctx, r.Namespace, "").Queues(ctx)
	if err != nil {
		return nil, err
	}
	return api.ListQueues200JSONResponse(*list), nil
}

// ListImages reads them from the index, of the jobs that the caller may list.
func (s *operations) ListImages(ctx context.Context, r api.ListImagesRequestObject) (api.ListImagesResponseObject, error) {
	list, _, err := s.list(ctx, r.Namespace, training.ListOptions{Types: []training.Type{training.TypeMPIJob}}, "")
	if err != nil {
		return nil, err
	}
	jobs := make([]*training.Job, len(list.Items))
	for i := range list.Items {
		jobs[i] = &list.Items[i]
	}
	return api.ListImages200JSONResponse(training.ImagesOf(jobs)), nil
}
