package service

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/netip"
	"time"

	"k8s.io/apimachinery/pkg/util/cache"

	"github.com/opendatahub-io/mpijob/internal/service/index"
)

// Options of a Service. Zero values mean what Defaults says.
type Options struct {
	// Gate says who calls and what they may, Indexes what there is; both are needed.
	Gate    Gate
	Indexes Indexes
	// TrustedProxies may name the caller by X-Forwarded-Access-Token.
	TrustedProxies []netip.Prefix
	// Hosts are the only values of the Host header that are served; none means any.
	Hosts []string
	// Reachable is nil while the cluster answers; nil itself means that nobody looks.
	Reachable func() error
	Log       *slog.Logger
	Limits    Limits
	// Recheck is how often the rights of an open stream are looked at again, Heartbeat how often one that
	// has nothing to say says so.
	Recheck, Heartbeat time.Duration
}

// Limits bound what callers can ask for.
type Limits struct {
	// Body is the largest body, in bytes.
	Body int64
	// Rate is requests a second and caller, Burst how many at once.
	Rate  float64
	Burst int
	// Requests is how many are worked on at once, Streams how many are open, PerCaller of one caller.
	Requests, Streams, PerCaller int
	// Time is how long a request that is no stream may take.
	Time time.Duration
	// Log is how much of a log is sent in one answer, in bytes.
	Log int64
}

// Defaults are the limits of one replica.
func Defaults() Limits {
	return Limits{
		Body: 1<<20 + 64<<10, Rate: 50, Burst: 200, Requests: 400, Streams: 10_000, PerCaller: 200,
		Time: 30 * time.Second, Log: 32 << 20,
	}
}

// Indexes are where jobs are read from.
type Indexes interface {
	// Of is the index that holds a namespace's jobs, all jobs for "". An error says that it isn't ready.
	Of(ctx context.Context, c *Caller, namespace string) (*index.Index, error)
}

// Service is the training service.
type Service struct {
	Options
	gate     Gate
	metrics  *metrics
	contract *contract
	limiters *cache.LRUExpireCache // caller's id → *rate.Limiter
	created  *idempotency
	requests chan struct{}
	streams  *streams
	working  *streams // requests, of which nobody may have most
	// draining is closed when streams are to end.
	draining chan struct{}
	now      func() time.Time
}

// New returns a Service, ready to be served.
func New(o Options) (*Service, error) {
	c, err := newContract()
	if err != nil {
		return nil, err
	}
	if o.Limits == (Limits{}) {
		o.Limits = Defaults()
	}
	if o.Recheck == 0 {
		o.Recheck = 10 * time.Second
	}
	if o.Heartbeat == 0 {
		o.Heartbeat = 15 * time.Second
	}
	if o.Reachable == nil {
		o.Reachable = func() error { return nil }
	}
	s := &Service{
		Options: o, gate: o.Gate, metrics: newMetrics(), contract: c,
		limiters: cache.NewLRUExpireCache(maxCallers), created: newIdempotency(o.Limits.Time),
		requests: make(chan struct{}, o.Limits.Requests), streams: newStreams("streams", o.Limits.Streams, o.Limits.PerCaller),
		working:  newStreams("requests", o.Limits.Requests, max(1, o.Limits.Requests/8)),
		draining: make(chan struct{}), now: time.Now,
	}
	s.metrics.open = s.streams.count
	return s, nil
}

// Drain ends the open streams: their clients come back to another replica.
func (s *Service) Drain() { close(s.draining) }

func newInstance() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
