package service

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/cache"

	"github.com/opendatahub-io/mpijob/dashboard"
	"github.com/opendatahub-io/mpijob/internal/service/index"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options of a Service. Zero values mean what Defaults says.
type Options struct {
	// Gate says who calls and what they may, Indexes what there is; both are needed.
	Gate    Gate
	Indexes Indexes
	// Namespaces are those of the cluster, for callers who may not list them; nil where nobody can tell.
	Namespaces func(context.Context) ([]string, error)
	// TrustedProxies may name the caller by X-Forwarded-Access-Token.
	TrustedProxies []netip.Prefix
	// Hosts are the only values of the Host header that are served; none means any.
	Hosts []string
	// Reachable is nil while the cluster answers; nil itself means that nobody looks.
	Reachable func() error
	// GPU is where GPUs' utilisation comes from; nil leaves it out.
	GPU *training.Prometheus
	// Stores carries requests to the S3 stores that connections name; nil is NewStores without more networks.
	Stores http.RoundTripper
	// Dashboard is what was built of it, FrameAncestors the pages that may frame it, as the header
	// Content-Security-Policy writes them.
	Dashboard      fs.FS
	FrameAncestors string
	// own is the browser's way into a service that somebody runs for themselves; nil elsewhere.
	own    *ownSession
	Log    *slog.Logger
	Limits Limits
	// Recheck is how often the rights of an open stream are looked at again, Heartbeat how often one that
	// has nothing to say says so.
	Recheck, Heartbeat time.Duration
	// ShellIdle is how long a command's connection over REST stays with nothing coming or going. 0 is half an hour.
	ShellIdle time.Duration
	// Places is how far apart the places of a stream of logs are told: of a thousand logs one is sixty times as long
	// as a line. 0 is one second.
	Places time.Duration
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
	// Shells is how many commands run over REST, ShellsPerCaller of one caller.
	Shells, ShellsPerCaller int
	// Downloads is how many listings of outputs, and downloads of outputs and logs, are under way, DownloadsPerCaller of one caller.
	Downloads, DownloadsPerCaller int
	// Time is how long a request that is no stream may take.
	Time time.Duration
	// Log is how much of a log is sent in one answer, in bytes.
	Log int64
}

// Defaults are the limits of one replica.
func Defaults() Limits {
	return Limits{
		Body: 1<<20 + 64<<10, Rate: 50, Burst: 200, Requests: 400, Streams: 10_000, PerCaller: 200, Shells: 500, ShellsPerCaller: 16, Downloads: 32, DownloadsPerCaller: 4,
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
	limiting sync.Mutex            // of finding and making limiters
	limiters *cache.LRUExpireCache // user → *rate.Limiter, peer → *attempts
	repeats  *idempotency
	requests chan struct{}
	streams  *streams
	curves   *curves
	// downloads are those of outputs and logs, uploads those of code, working requests of which nobody may have most.
	downloads, uploads, working *streams
	// shells are commands that run over a WebSocket.
	shells *streams
	// draining is closed when streams are to end.
	draining chan struct{}
	drain    sync.Once
	now      func() time.Time
	// These are the constants, but in tests.
	closeWithin, inputWithin time.Duration
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
	if o.ShellIdle == 0 {
		o.ShellIdle = 30 * time.Minute
	}
	if o.Places == 0 {
		o.Places = time.Second
	}
	if o.Dashboard == nil {
		o.Dashboard = dashboard.Files()
	}
	if o.Reachable == nil {
		o.Reachable = func() error { return nil }
	}
	s := &Service{
		Options: o, gate: o.Gate, metrics: newMetrics(), contract: c,
		limiters: cache.NewLRUExpireCache(maxCallers), repeats: newIdempotency(o.Limits.Time),
		requests: make(chan struct{}, o.Limits.Requests), streams: newStreams("streams", o.Limits.Streams, o.Limits.PerCaller),
		working:  newStreams("requests", o.Limits.Requests, max(1, o.Limits.Requests/8)),
		draining: make(chan struct{}), now: time.Now, closeWithin: closeWithin, inputWithin: inputWithin,
	}
	s.downloads = newStreams("downloads", o.Limits.Downloads, o.Limits.DownloadsPerCaller)
	s.shells = newStreams("shells", o.Limits.Shells, o.Limits.ShellsPerCaller)
	s.uploads = newStreams("uploads", maxUploads, maxUploadsPerCaller)
	if s.Stores == nil {
		s.Stores = NewStores(nil, nil, o.Log)
	}
	s.curves = newCurves(s, training.NewSampler(training.SamplerOptions{GPU: o.GPU, Members: maxMeasured}))
	s.metrics.open, s.metrics.shells = s.streams.count, s.shells.count
	return s, nil
}

// Drain ends the open streams: their clients come back to another replica. Once more does nothing.
func (s *Service) Drain() { s.drain.Do(func() { close(s.draining) }) }

func newInstance() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
