package owner

import (
	"context"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// checkEvery is how long another controller may work beside this one unseen.
const checkEvery = 30 * time.Second

// Guard keeps this controller from starting beside another one of MPIJobs, and warns of those that
// appear later.
type Guard struct {
	// Reader asks the API server itself: a cache would list more than the names it may list.
	Reader client.Reader
	// Reviews creates SubjectAccessReviews.
	Reviews client.Writer
	Clock   clock.WithTicker
	Log     logr.Logger
}

// Check returns a *Refusal where another controller runs.
func (g *Guard) Check(ctx context.Context) error {
	others, err := g.find(ctx)
	if err != nil {
		return err
	}
	if len(others) > 0 {
		return &Refusal{others}
	}
	return nil
}

// Start checks on and on, as a manager's runnable does. It ends nothing: a lease can be made by anyone
// who may make one in some namespace, and jobs that run must not be left alone for that.
func (g *Guard) Start(ctx context.Context) error {
	tick := g.Clock.NewTicker(checkEvery)
	defer tick.Stop()
	told := ""
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C():
		}
		others, err := g.find(ctx)
		if err != nil {
			if ctx.Err() == nil {
				g.Log.Error(err, "looking for other controllers of MPIJobs")
			}
			continue
		}
		told = g.tell(others, told)
	}
}

// tell logs who is there, if that has changed; it returns what to compare with next time.
func (g *Guard) tell(others []Other, told string) string {
	var names []string
	for _, o := range others {
		names = append(names, o.Kind+" "+o.Namespace+"/"+o.Name)
	}
	now := strings.Join(names, ", ")
	switch now {
	case told:
	case "":
		g.Log.Info("The other controllers of MPIJobs are gone", "were", told)
	default:
		g.Log.Error(&Refusal{others}, "Another controller of MPIJobs has appeared; this one works on", "others", now)
	}
	return now
}
