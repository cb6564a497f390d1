package owner

import (
	"context"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// checkEvery is how long another controller may work beside this one unseen.
const checkEvery = 30 * time.Second

// Guard ends this controller when another one of MPIJobs appears.
type Guard struct {
	// Reader asks the API server itself.
	Reader client.Reader
	Clock  clock.WithTicker
	Log    logr.Logger
}

// Check returns a *Refusal where another controller runs.
func (g *Guard) Check(ctx context.Context) error {
	others, err := Find(ctx, g.Reader, g.Clock.Now())
	if err != nil {
		return err
	}
	if len(others) > 0 {
		return &Refusal{others}
	}
	return nil
}

// Start checks on and on, as a manager's runnable does. What ends it is a refusal; an API server that
// doesn't answer is no reason to leave jobs alone.
func (g *Guard) Start(ctx context.Context) error {
	tick := g.Clock.NewTicker(checkEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C():
		}
		others, err := Find(ctx, g.Reader, g.Clock.Now())
		switch {
		case err != nil && ctx.Err() == nil:
			g.Log.Error(err, "looking for other controllers of MPIJobs")
		case len(others) > 0:
			return &Refusal{others}
		}
	}
}
