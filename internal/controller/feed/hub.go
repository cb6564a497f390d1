// Package feed is the controller's end of the live feed: Launchers' agents report what they see of
// their Workers, and may be told to stop.
package feed

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Hub keeps the latest report of every connected Launcher: one, whatever the job's size or age.
type Hub struct {
	// Changed is called after each report, where that tells of progress alone no more often than progressEvery,
	// and when a Launcher comes or goes. It must not block.
	Changed func(job types.NamespacedName)

	mu       sync.Mutex
	sessions map[key]*session
}

// key is one attempt of one job.
type key struct {
	uid     string
	attempt int
}

// linger is how long the last word of a Launcher that has ended is kept: by then the kubelet has told
// of it too.
const linger = 10 * time.Second

// State is what is known of a job's Launcher over the feed.
type State struct {
	// Report is the last one, nil where none came. It must not be changed.
	Report *wire.Report
	// Pod is the UID of the pod it came from.
	Pod types.UID
	// Connected says that the Launcher can be told to stop.
	Connected bool
}

// session is one Launcher that is connected, or has just left with its last word said.
type session struct {
	key   key
	job   types.NamespacedName
	state State
	// progress is what it told of its program's.
	progress progress
	// orders holds the one order there may be.
	orders chan wire.Order
	// replaced is closed when a newer connection of the same attempt takes over.
	replaced chan struct{}
}

// NewHub returns a hub that tells of changes.
func NewHub(changed func(types.NamespacedName)) *Hub {
	return &Hub{Changed: changed, sessions: map[key]*session{}}
}

// Latest is what is known of the Launcher of a job's attempt.
func (h *Hub) Latest(uid string, attempt int) State {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.sessions[key{uid, attempt}]; s != nil {
		return s.state
	}
	return State{}
}

// Stop asks the Launcher of a job's attempt to stop for a reason. Asking again changes nothing.
func (h *Hub) Stop(uid string, attempt int, why *failure.Failure) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.sessions[key{uid, attempt}]; s != nil && s.state.Connected {
		select {
		case s.orders <- wire.Order{Stop: why}:
		default:
		}
	}
}

// join registers a Launcher. A Launcher that is tried again, or whose connection broke unseen,
// replaces its former self.
func (h *Hub) join(k key, job types.NamespacedName, pod types.UID) *session {
	s := &session{key: k, job: job, state: State{Pod: pod, Connected: true}, orders: make(chan wire.Order, 1), replaced: make(chan struct{})}
	h.mu.Lock()
	if old := h.sessions[k]; old != nil {
		close(old.replaced)
	}
	h.sessions[k] = s
	h.mu.Unlock()
	h.Changed(job)
	return s
}

// leave notes that a Launcher has gone, and forgets it: at once, or a while after its last word.
func (h *Hub) leave(s *session) {
	h.mu.Lock()
	s.state.Connected = false
	said := s.state.Report != nil && s.state.Report.LastWord != ""
	h.mu.Unlock()
	if !said {
		h.forget(s)
		return
	}
	time.AfterFunc(linger, func() { h.forget(s) })
	h.Changed(s.job)
}

// forget drops a session, unless another has taken its place.
func (h *Hub) forget(s *session) {
	h.mu.Lock()
	if h.sessions[s.key] == s {
		delete(h.sessions, s.key)
	}
	h.mu.Unlock()
	h.Changed(s.job)
}

func (h *Hub) take(s *session, r *wire.Report) {
	now := time.Now()
	h.mu.Lock()
	r.Progress = s.progress.take(r.Progress, now)
	wait := s.progress.wait(s.state.Report, r, now)
	s.state.Report = r
	h.mu.Unlock()
	switch {
	case wait == 0:
		h.Changed(s.job)
	case wait > 0:
		time.AfterFunc(wait, func() {
			h.mu.Lock()
			s.progress.due, s.progress.shown = false, time.Now()
			h.mu.Unlock()
			h.Changed(s.job)
		})
	}
}
