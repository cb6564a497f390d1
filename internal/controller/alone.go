package controller

import (
	"context"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/opendatahub-io/mpijob/internal/controller/owner"
)

// alone refuses to start beside another controller of MPIJobs, and warns when one appears later.
func alone(ctx context.Context, mgr manager.Manager, o Options) error {
	if o.BesideOthers {
		return nil
	}
	guard := &owner.Guard{Reader: mgr.GetAPIReader(), Reviews: mgr.GetClient(), Clock: clock.RealClock{}, Log: mgr.GetLogger().WithName("owner")}
	if err := guard.Check(ctx); err != nil {
		return err
	}
	return mgr.Add(guard)
}
