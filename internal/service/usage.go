package service

import (
	"context"

	"github.com/opendatahub-io/mpijob/internal/service/api"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// GetTrainingJobUsage reads what is measured as the caller; GPUs, only of pods that they may list.
func (s *operations) GetTrainingJobUsage(ctx context.Context, r api.GetTrainingJobUsageRequestObject) (api.GetTrainingJobUsageResponseObject, error) {
	u, err := s.jobs(ctx, r.Namespace, deref(r.Params.Type)).Usage(ctx, r.Name, training.UsageOptions{GPU: s.GPU})
	if err != nil {
		return nil, err
	}
	if len(u.Notes) > 0 {
		// They name the service's own Prometheus, which is no matter of the caller's.
		s.Log.Warn("GPUs can't be measured", "error", u.Notes[0])
		u.Notes = []string{"GPUs can't be measured at the moment; the service's log says why"}
	}
	return api.GetTrainingJobUsage200JSONResponse(*u), nil
}
