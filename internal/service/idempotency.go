package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/opendatahub-io/mpijob/internal/service/api"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// How long an answer is repeated, and how many are kept, in all and of one caller.
const (
	repeatFor   = 10 * time.Minute
	maxKept     = 10_000
	maxKeptEach = 500
)

// idempotency repeats the answer to a request that comes again. It is this replica's memory: at another one, or after
// its end, the job itself remembers the request that created it (training.CreateOptions).
type idempotency struct {
	within time.Duration // what an attempt may take
	mu     sync.Mutex
	kept   *shares[repeatKey, *attempt]
}

type repeatKey struct{ user, namespace, key string }

// request is what comes with an Idempotency-Key.
type request struct {
	repeatKey
	operation string
	body      []byte // and what else has to be the same each time
}

// requestOn is a request on what has a name; said is all else that it says.
func requestOn(namespace, name, key, operation string, said any) (request, error) {
	body, err := json.Marshal([]any{name, said})
	if err != nil {
		return request{}, fmt.Errorf("reading the request: %w", err)
	}
	return request{repeatKey{namespace: namespace, key: key}, operation, body}, nil
}

// digest is the same for the same request, and for no other.
func (r request) digest() string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q %q\n", r.user, r.namespace, r.key, r.operation)
	h.Write(r.body)
	return hex.EncodeToString(h.Sum(nil))
}

var errBrokeOff = errors.New("the first request with this Idempotency-Key broke off")

type attempt struct {
	digest string
	done   chan struct{}
	answer any // what its operation answers
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

// doOnce does what a request asks for once for each Idempotency-Key; do is told what the job that it creates shall
// remember of it. What changes nothing is done each time.
func doOnce[T any](ctx context.Context, s *Service, r request, dryRun training.DryRun, do func(ctx context.Context, remember string) (T, error)) (T, error) {
	if r.key == "" || dryRun != training.DryRunNone {
		return do(ctx, "")
	}
	r.user = callerOf(ctx).User
	return once(ctx, s.repeats, r, func(ctx context.Context) (T, error) { return do(ctx, r.digest()) })
}

// once does it for the first request with a key, and waits for that one's answer for the others. What
// failed may be tried again.
func once[T any](ctx context.Context, i *idempotency, r request, do func(context.Context) (T, error)) (answer T, err error) {
	digest := r.digest()
	i.mu.Lock()
	if a, ok := i.kept.get(r.repeatKey); ok {
		i.mu.Unlock()
		if a.digest != digest {
			return answer, problem(http.StatusUnprocessableEntity, "IdempotencyKeyReused", "The key has been used", "the Idempotency-Key came with another request before", "use a new key for each job")
		}
		select {
		case <-a.done:
			answer, _ = a.answer.(T) // none where it failed
			return answer, a.err
		case <-ctx.Done():
			return answer, ctx.Err()
		}
	}
	a := &attempt{digest: digest, done: make(chan struct{})}
	i.kept.add(r.user, r.repeatKey, a, repeatFor)
	i.mu.Unlock()
	a.err = errBrokeOff // stays where do panics
	defer func() {
		if a.err != nil {
			i.mu.Lock()
			// It may have been forgotten by now, and another attempt be kept under its key.
			if now, ok := i.kept.get(r.repeatKey); ok && now == a {
				i.kept.remove(r.repeatKey)
			}
			i.mu.Unlock()
		}
		close(a.done)
	}()
	// Others may wait for it, and the caller's retry most of all: it doesn't end with the first request.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), i.within)
	defer cancel()
	answer, err = do(ctx)
	a.answer, a.err = answer, err
	return answer, err
}
