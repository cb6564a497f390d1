// Package feed is the controller's end of the live feed: Launchers' agents report what they see of
// their Workers, and may be told to stop.
package feed

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Hub keeps the latest report of every connected Launcher: one, whatever the job's size or age.
type Hub struct {
	// Changed is called after each report, and when a Launcher comes or goes. It must not block.
	Changed func(job types.NamespacedName)

	mu       sync.Mutex
	sessions map[key]*session
}

// key is one attempt of one job.
type key struct {
	uid     string
	attempt int
}

// session is one connected Launcher.
type session struct {
	key    key
	job    types.NamespacedName
	report *wire.Report
	// orders holds the one order there may be.
	orders chan wire.Order
	// replaced is closed when a newer connection of the same attempt takes over.
	replaced chan struct{}
}

// NewHub returns a hub that tells of changes.
func NewHub(changed func(types.NamespacedName)) *Hub {
	return &Hub{Changed: changed, sessions: map[key]*session{}}
}

// Latest is the last report of a job's attempt, nil where none came, and whether its Launcher is
// connected now. The report must not be changed.
func (h *Hub) Latest(uid string, attempt int) (*wire.Report, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.sessions[key{uid, attempt}]
	if s == nil {
		return nil, false
	}
	return s.report, true
}

// Stop asks the Launcher of a job's attempt to stop for a reason. Asking again changes nothing.
func (h *Hub) Stop(uid string, attempt int, why *failure.Failure) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.sessions[key{uid, attempt}]; s != nil {
		select {
		case s.orders <- wire.Order{Stop: why}:
		default:
		}
	}
}

// join registers a Launcher. A Launcher that is tried again, or whose connection broke unseen,
// replaces its former self.
func (h *Hub) join(k key, job types.NamespacedName) *session {
	s := &session{key: k, job: job, orders: make(chan wire.Order, 1), replaced: make(chan struct{})}
	h.mu.Lock()
	if old := h.sessions[k]; old != nil {
		close(old.replaced)
	}
	h.sessions[k] = s
	h.mu.Unlock()
	h.Changed(job)
	return s
}

// leave forgets a Launcher, unless another has taken its place.
func (h *Hub) leave(s *session) {
	h.mu.Lock()
	if h.sessions[s.key] == s {
		delete(h.sessions, s.key)
	}
	h.mu.Unlock()
	h.Changed(s.job)
}

func (h *Hub) take(s *session, r *wire.Report) {
	h.mu.Lock()
	s.report = r
	h.mu.Unlock()
	h.Changed(s.job)
}
