package service

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/opendatahub-io/mpijob/internal/service/api"
)

// How long an answer is repeated, and how many are kept, in all and of one caller.
const (
	repeatFor   = 10 * time.Minute
	maxKept     = 10_000
	maxKeptEach = 500
)

// idempotency repeats the answer to a request that comes again. It is this replica's memory: at another
// one the name of the job is what keeps a repeated request from creating a second.
type idempotency struct {
	within time.Duration // what an attempt may take
	mu     sync.Mutex
	kept   *shares[repeatKey, *attempt]
}

type repeatKey struct{ user, namespace, key string }

var errBrokeOff = errors.New("the first request with this Idempotency-Key broke off")

type attempt struct {
	body   [sha256.Size]byte
	done   chan struct{}
	answer created
	err    error
}

// created is a job that was created, or would be, and its address.
type created struct {
	api.Created
	at string
}

func newIdempotency(within time.Duration) *idempotency {
	return &idempotency{within: within, kept: newShares[repeatKey, *attempt](maxKept, maxKeptEach, time.Now)}
}

// once does it for the first request with a key, and waits for that one's answer for the others. What
// failed may be tried again.
func (i *idempotency) once(ctx context.Context, user, namespace, key string, body []byte, do func(context.Context) (created, error)) (created, error) {
	k, sum := repeatKey{user, namespace, key}, sha256.Sum256(body)
	i.mu.Lock()
	if a, ok := i.kept.get(k); ok {
		i.mu.Unlock()
		if a.body != sum {
			return created{}, problem(http.StatusUnprocessableEntity, "IdempotencyKeyReused", "The key has been used", "the Idempotency-Key came with another body before", "use a new key for each job")
		}
		select {
		case <-a.done:
			return a.answer, a.err
		case <-ctx.Done():
			return created{}, ctx.Err()
		}
	}
	a := &attempt{body: sum, done: make(chan struct{})}
	i.kept.add(user, k, a, repeatFor)
	i.mu.Unlock()
	a.err = errBrokeOff // stays where do panics
	defer func() {
		if a.err != nil {
			i.mu.Lock()
			// It may have been forgotten by now, and another attempt be kept under its key.
			if now, ok := i.kept.get(k); ok && now == a {
				i.kept.remove(k)
			}
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
