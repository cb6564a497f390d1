// Package control is the two ends of a control session: the Worker's agent tells what happens in its
// container, the Launcher's agent listens to every Worker.
package control

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/agent/procs"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Hub is the Worker's end. It watches ranks and memory, and tells every open control session.
type Hub struct {
	hello wire.ControlMessage
	// look wakes the watcher before its time.
	look chan struct{}

	mu       sync.Mutex
	starts   int
	lastFast time.Time
	records  []wire.ControlMessage // of ranks, for sessions that open later
	memory   *wire.ControlMessage
	shared   *wire.ControlMessage
	progress progress
	sessions map[*listener]bool
	stopping bool
}

// listener is one open control session.
type listener struct {
	queue chan wire.ControlMessage
	ask   int // to be answered after the next look
	// stopped is closed when it was told that the container stops, or is over.
	stopped chan struct{}
}

// progress is what programs in the Worker told, last.
type progress struct {
	newest *wire.Progress
	told   bool // the sessions have it
	at     time.Time
}

// NewHub returns a hub that introduces itself with the given hello.
func NewHub(hello wire.ControlMessage) *Hub {
	hello.Kind, hello.Version = wire.ControlHello, wire.Version
	return &Hub{hello: hello, look: make(chan struct{}, 1), sessions: map[*listener]bool{}}
}

// Started counts a remote start.
func (h *Hub) Started() {
	h.mu.Lock()
	h.starts++
	h.lastFast = time.Now()
	h.mu.Unlock()
	h.wake()
}

func (h *Hub) wake() {
	select {
	case h.look <- struct{}{}:
	default:
	}
}

// Watch looks at ranks and memory until the context ends. busy says whether a command is running.
func (h *Hub) Watch(ctx context.Context, busy func() bool) {
	ranks := procs.NewRankWatcher(h.wake)
	first, known := procs.Memory()
	seen := first.Kills
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-h.look:
		}
		asked := h.asked() // what comes during the look is answered after the next one
		// Before the ranks: a kill then never comes later than the end of the rank it ended.
		if m, ok := procs.Memory(); ok && known && m.Kills > seen {
			seen = m.Kills
			m.Kills -= first.Kills
			h.tellMemory(m)
		}
		if m, ok := procs.SharedMemory(); ok && float64(m.Peak) >= limits.SharedFull*float64(m.Limit) {
			h.tellShared(m)
		}
		h.tellProgress(len(asked) > 0)
		started, ended := ranks.Scan()
		h.tellRanks(wire.ControlRankStarted, started)
		h.tellRanks(wire.ControlRankEnded, ended)
		h.answer(asked)
		timer.Reset(h.pause(busy()))
	}
}

func (h *Hub) pause(busy bool) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case time.Since(h.lastFast) < limits.ScanFastFor:
		return limits.ScanFast
	case busy || h.starts > 0:
		return limits.ScanSlow
	default:
		return limits.ScanIdle
	}
}

func (h *Hub) tellRanks(kind wire.ControlKind, ranks []wire.ControlRank) {
	if len(ranks) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range ranks {
		m := wire.ControlMessage{Kind: kind, Rank: &r}
		if len(h.records) >= 2*limits.RankRecords {
			h.records = append(h.records[:0], h.records[limits.RankRecords:]...)
		}
		h.records = append(h.records, m)
		h.broadcast(m)
	}
}

func (h *Hub) tellMemory(state wire.MemoryState) {
	h.mu.Lock()
	defer h.mu.Unlock()
	m := wire.ControlMessage{Kind: wire.ControlMemory, Memory: &state}
	h.memory = &m
	h.broadcast(m)
}

// tellShared tells that /dev/shm is nearly full, again only when it is fuller.
func (h *Hub) tellShared(state wire.MemoryState) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.shared != nil && state.Peak <= h.shared.Memory.Peak {
		return
	}
	m := wire.ControlMessage{Kind: wire.ControlShared, Memory: &state}
	h.shared = &m
	h.broadcast(m)
}

// Progress takes what a program told. The first, and one after a while, is passed on at once; of more,
// the newest.
func (h *Hub) Progress(p wire.Progress) {
	h.mu.Lock()
	h.progress.newest, h.progress.told = &p, false
	h.mu.Unlock()
	h.tellProgress(false)
}

// tellProgress tells the newest progress, unless it is told, or the last one was told just now; last is
// to tell it all the same.
func (h *Hub) tellProgress(last bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := &h.progress
	if p.newest == nil || p.told || !last && time.Since(p.at) < limits.ProgressForward {
		return
	}
	p.told, p.at = true, time.Now()
	h.broadcast(wire.ControlMessage{Kind: wire.ControlProgress, Progress: p.newest})
}

// Stopping tells that the container was asked to stop, and returns when every session has sent it. One that
// doesn't get rid of what it has to tell is waited for no longer than most.
func (h *Hub) Stopping(most time.Duration) {
	h.mu.Lock()
	h.stopping = true
	h.broadcast(wire.ControlMessage{Kind: wire.ControlStopping})
	sessions := slices.Collect(maps.Keys(h.sessions))
	h.mu.Unlock()
	over := time.After(most)
	for _, l := range sessions {
		select {
		case <-l.stopped:
		case <-over:
			return
		}
	}
}

// asked takes the asks that are to be answered.
func (h *Hub) asked() map[*listener]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all map[*listener]int
	for l := range h.sessions {
		if l.ask == 0 {
			continue
		}
		if all == nil {
			all = map[*listener]int{}
		}
		all[l], l.ask = l.ask, 0
	}
	return all
}

// answer replies to asks that were there before a look: everything seen in it is in the queues by now.
func (h *Hub) answer(asked map[*listener]int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l, ask := range asked {
		if h.sessions[l] {
			h.send(l, wire.ControlMessage{Kind: wire.ControlBeat, Starts: h.starts, Answer: ask})
		}
	}
}

func (h *Hub) broadcast(m wire.ControlMessage) {
	for l := range h.sessions {
		h.send(l, m)
	}
}

// send queues a message; a session that doesn't keep up is closed, and its Launcher comes back for a
// fresh account.
func (h *Hub) send(l *listener, m wire.ControlMessage) {
	select {
	case l.queue <- m:
	default:
		if h.sessions[l] {
			delete(h.sessions, l)
			close(l.queue)
		}
	}
}

func (h *Hub) open() *listener {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := &listener{queue: make(chan wire.ControlMessage, limits.ControlQueue), stopped: make(chan struct{})}
	h.sessions[l] = true
	hello := h.hello
	// In the hello, so that a Launcher knows before it begins what an earlier one's run told.
	hello.Starts, hello.Progress = h.starts, h.progress.newest
	h.send(l, hello)
	for _, m := range h.records {
		h.send(l, m)
	}
	if h.memory != nil {
		h.send(l, *h.memory)
	}
	if h.shared != nil {
		h.send(l, *h.shared)
	}
	if h.stopping {
		h.send(l, wire.ControlMessage{Kind: wire.ControlStopping})
	}
	return l
}

// Serve serves one control session until its channel breaks or the context ends.
func (h *Hub) Serve(ctx context.Context, channel io.ReadWriter) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l := h.open()
	stopped := sync.OnceFunc(func() { close(l.stopped) })
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.sessions, l)
		stopped()
	}()
	go func() {
		h.listen(l, channel)
		cancel()
	}()
	out := json.NewEncoder(channel)
	beat := time.NewTicker(limits.Beat)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case m, ok := <-l.queue:
			if !ok || out.Encode(m) != nil {
				return
			}
			if m.Kind == wire.ControlStopping {
				stopped()
			}
		case <-beat.C:
			h.mu.Lock()
			starts := h.starts
			h.mu.Unlock()
			if out.Encode(wire.ControlMessage{Kind: wire.ControlBeat, Starts: starts}) != nil {
				return
			}
		}
	}
}

// listen reads asks until the channel ends.
func (h *Hub) listen(l *listener, channel io.Reader) {
	lines := bufio.NewScanner(channel)
	lines.Buffer(nil, wire.MaxControlMessage)
	for lines.Scan() {
		var ask wire.ControlAsk
		if json.Unmarshal(lines.Bytes(), &ask) != nil || ask.Ask < 1 && !ask.Terminate {
			return
		}
		if ask.Terminate {
			procs.SignalRanks(syscall.SIGTERM)
			continue
		}
		h.mu.Lock()
		l.ask = ask.Ask
		h.mu.Unlock()
		h.wake()
	}
}
