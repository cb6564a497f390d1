package service

import (
	"context"
	"sync"
	"time"

	"k8s.io/client-go/rest"

	"github.com/opendatahub-io/mpijob/internal/service/index"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// ringSize is how many changes an index remembers for streams that resume.
const ringSize = 8192

// One is the index of a whole cluster, kept by the service's own account.
type One struct{ *index.Index }

// NewOne starts to keep an index of all jobs that a client may see, until the context ends.
func NewOne(ctx context.Context, c *training.Client) One {
	x := index.New(training.Types(), ringSize, time.Now)
	x.Feed(ctx, c.AllJobs().Sources())
	return One{x}
}

// Of is the index, once it is ready.
func (o One) Of(context.Context, *Caller, string) (*index.Index, error) { return o.Index, o.Ready() }

// probe looks whether the API server answers.
type probe struct {
	mu  sync.Mutex
	err error
}

// How often the probe looks, and how long it waits for an answer.
const (
	probeEvery = 2 * time.Second
	probeLimit = 2 * time.Second
)

// newProbe looks until the context ends.
func newProbe(ctx context.Context, client rest.Interface, host string) *probe {
	p := &probe{}
	go func() {
		tick := time.NewTicker(probeEvery)
		defer tick.Stop()
		failed := 0
		for {
			limited, cancel := context.WithTimeout(ctx, probeLimit)
			err := client.Get().AbsPath("/livez").Do(limited).Error()
			cancel()
			if err == nil {
				failed = 0
				p.set(nil)
			} else if failed++; failed > 1 { // one lost answer is no outage
				p.set(&training.UnreachableError{Host: host, Err: err})
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	return p
}

func (p *probe) set(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
}

// reachable is nil while the API server answers.
func (p *probe) reachable() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}
