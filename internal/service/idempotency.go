package service

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/cache"

	"github.com/opendatahub-io/mpijob/internal/service/api"
)

// How long an answer is repeated, and how many are kept.
const (
	repeatFor = 10 * time.Minute
	maxKept   = 10_000
)

// idempotency repeats the answer to a request that comes again. It is this replica's memory: at another
// one the name of the job is what keeps a repeated request from creating a second.
type idempotency struct {
	within time.Duration // what an attempt may take
	mu     sync.Mutex
	kept   *cache.LRUExpireCache
}

var errBrokeOff = errors.New("the first request with this Idempotency-Key broke off")

type attempt struct {
	body   [sha256.Size]byte
	done   chan struct{}
	answer api.CreateTrainingJobResponseObject
	err    error
}

func newIdempotency(within time.Duration) *idempotency {
	return &idempotency{within: within, kept: cache.NewLRUExpireCache(maxKept)}
}

// once does it for the first request with a key, and waits for that one's answer for the others. What
// failed may be tried again.
func (i *idempotency) once(ctx context.Context, user, namespace, key string, body []byte, do func(context.Context) (api.CreateTrainingJobResponseObject, error)) (api.CreateTrainingJobResponseObject, error) {
	type known struct{ user, namespace, key string }
	k, sum := known{user, namespace, key}, sha256.Sum256(body)
	i.mu.Lock()
	if have, ok := i.kept.Get(k); ok {
		i.mu.Unlock()
		a := have.(*attempt)
		if a.body != sum {
			return nil, problem(http.StatusUnprocessableEntity, "IdempotencyKeyReused", "The key has been used", "the Idempotency-Key came with another body before", "use a new key for each job")
		}
		select {
		case <-a.done:
			return a.answer, a.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	a := &attempt{body: sum, done: make(chan struct{})}
	i.kept.Add(k, a, repeatFor)
	i.mu.Unlock()
	a.err = errBrokeOff // stays where do panics
	defer func() {
		if a.err != nil {
			i.mu.Lock()
			i.kept.Remove(k)
			i.mu.Unlock()
		}
		close(a.done)
	}()
	// Others may wait for it, and the caller's retry most of all: it doesn't end with the first request.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), i.within)
	defer cancel()
	a.answer, a.err = do(ctx)
	return a.answer, a.err
}
