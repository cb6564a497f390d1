package training

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// merger puts the lines of several logs into one order, by time. Each log has a buffer; whoever reads
// a log waits while there is no room, and with it the kubelet that sends it.
type merger struct {
	// window is how long a line waits for earlier ones of other logs; 0 is until each log has said
	// something or ended, which is for logs that do end.
	window time.Duration

	mu      sync.Mutex
	room    *sync.Cond // for those that put
	waiting int        // how many wait for room
	wake    chan struct{}
	buffers []*buffer
	heads   headHeap // of buffers that have lines
	silent  int      // buffers of logs that are being read and have no lines
	bytes   int
	stopped bool // nothing is taken any more
	over    bool // nothing is put any more
}

// How much is buffered: lines and bytes of one log, bytes of all. A log may always have one line, so
// the most there can be is mergeBytes and MaxLogLine for each log.
const (
	bufferLines = 1024
	bufferBytes = 1 << 20
	mergeBytes  = 32 << 20
	// batchLines and batchBytes are handed on at once.
	batchLines = 256
	batchBytes = 256 << 10
	// mergeWindow is how far apart lines of several live logs may arrive and still be put into order;
	// mergeMost how long a line waits at most, behind others whose clock is slow.
	mergeWindow = 150 * time.Millisecond
	mergeMost   = 5 * time.Second
)

func newMerger(window time.Duration) *merger {
	m := &merger{window: window, wake: make(chan struct{}, 1)}
	m.room = sync.NewCond(&m.mu)
	return m
}

// buffer holds lines of one log.
type buffer struct {
	m       *merger
	order   int
	lines   []held
	first   int
	bytes   int
	live    bool      // others wait for what it may still say
	emptied time.Time // since when it has had nothing to say
}

type held struct {
	line    LogLine
	arrived time.Time
}

func (h *held) size() int { return len(h.line.Text) + 160 }

func (b *buffer) len() int    { return len(b.lines) - b.first }
func (b *buffer) head() *held { return &b.lines[b.first] }

// open adds a log.
func (m *merger) open() *buffer {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := &buffer{m: m, order: len(m.buffers)}
	m.buffers = append(m.buffers, b)
	b.attend(true)
	return b
}

// attend says whether others wait for this log.
func (b *buffer) attend(live bool) {
	if b.live == live {
		return
	}
	b.live = live
	if b.len() > 0 {
		return
	}
	if live {
		b.emptied = time.Now()
		b.m.silent++
	} else {
		b.m.silent--
		b.m.stir()
	}
}

// rest says that the log has nothing to say for a while, close that it never will.
func (b *buffer) rest() {
	b.m.mu.Lock()
	defer b.m.mu.Unlock()
	b.attend(false)
}

// put adds a line when there is room. It is false when nobody takes lines any more.
func (b *buffer) put(l LogLine) bool {
	h := held{line: l, arrived: time.Now()}
	m := b.m
	m.mu.Lock()
	defer m.mu.Unlock()
	b.attend(true)
	for b.len() > 0 && (b.len() >= bufferLines || b.bytes+h.size() > bufferBytes || m.bytes+h.size() > mergeBytes) && !m.stopped {
		m.waiting++
		m.room.Wait()
		m.waiting--
	}
	if m.stopped {
		return false
	}
	if b.len() == 0 {
		b.lines, b.first = b.lines[:0], 0
		m.silent--
	} else if len(b.lines) == cap(b.lines) && b.first > 0 {
		n := copy(b.lines, b.lines[b.first:])
		clear(b.lines[n:])
		b.lines, b.first = b.lines[:n], 0
	}
	b.lines = append(b.lines, h)
	b.bytes += h.size()
	m.bytes += h.size()
	if b.len() == 1 {
		heap.Push(&m.heads, b)
		m.stir()
	}
	return true
}

// finish says that no log will say any more.
func (m *merger) finish() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.over = true
	m.stir()
}

// idle is for how long nothing has come, and nothing waited to be taken.
func (m *merger) idle(now time.Time) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.heads) > 0 || m.waiting > 0 {
		return 0
	}
	return now.Sub(m.lastEmptied())
}

func (m *merger) lastEmptied() (at time.Time) {
	for _, b := range m.buffers {
		if b.len() == 0 && b.emptied.After(at) {
			at = b.emptied
		}
	}
	return at
}

func (m *merger) stir() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// drain yields lines until all logs have ended. It is false when yield was, or the context ended.
func (m *merger) drain(ctx context.Context, yield func(LogLine) bool) bool {
	defer func() {
		m.mu.Lock()
		m.stopped = true
		m.room.Broadcast()
		m.mu.Unlock()
	}()
	batch := make([]LogLine, 0, batchLines)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		lines, wait, over := m.take(batch, time.Now())
		for _, l := range lines {
			if ctx.Err() != nil || !yield(l) {
				return false
			}
		}
		clear(lines)
		if over {
			return ctx.Err() == nil
		}
		if len(lines) > 0 {
			continue
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return false
		case <-m.wake:
		case <-timer.C:
		}
	}
}

// take moves what may be yielded into a batch; if there is nothing, it says for how long to wait.
func (m *merger) take(batch []LogLine, now time.Time) (lines []LogLine, wait time.Duration, over bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	size := 0
	wait = time.Hour
	for len(m.heads) > 0 && len(batch) < batchLines && size < batchBytes {
		at := 0
		if m.silent > 0 {
			if at, wait = m.ripe(now); at < 0 {
				break
			}
		}
		b := m.heads[at]
		h := b.head()
		batch = append(batch, h.line)
		size += h.size()
		b.bytes -= h.size()
		m.bytes -= h.size()
		*h = held{}
		if b.first++; b.len() > 0 {
			heap.Fix(&m.heads, at)
			continue
		}
		heap.Remove(&m.heads, at)
		b.emptied = now
		if b.live {
			m.silent++
		}
	}
	if m.waiting > 0 && len(batch) > 0 {
		m.room.Broadcast()
	}
	return batch, wait, m.over && len(m.heads) == 0
}

// ripe is which of the heads may go though some logs are silent: the earliest, when it has waited, or
// when it is so old that what those will say can't be older. It is -1 where none may yet.
func (m *merger) ripe(now time.Time) (at int, wait time.Duration) {
	if m.window == 0 {
		return -1, time.Hour
	}
	h := m.heads[0].head()
	wait = m.window - now.Sub(h.arrived)
	if wait <= 0 || now.Sub(h.line.At) > m.window && now.Sub(m.lastSilent()) > m.window {
		return 0, 0
	}
	for i, b := range m.heads {
		if now.Sub(b.head().arrived) > mergeMost {
			return i, 0
		}
	}
	return -1, wait
}

// lastSilent is when the last of the logs that are silent became it.
func (m *merger) lastSilent() (at time.Time) {
	for _, b := range m.buffers {
		if b.live && b.len() == 0 && b.emptied.After(at) {
			at = b.emptied
		}
	}
	return at
}

// headHeap has the buffer with the oldest line on top.
type headHeap []*buffer

func (h headHeap) Len() int { return len(h) }
func (h headHeap) Less(a, b int) bool {
	if c := h[a].head().line.At.Compare(h[b].head().line.At); c != 0 {
		return c < 0
	}
	return h[a].order < h[b].order
}
func (h headHeap) Swap(a, b int) { h[a], h[b] = h[b], h[a] }

// Push and Pop are for container/heap.
func (h *headHeap) Push(x any) { *h = append(*h, x.(*buffer)) }

// Pop is for container/heap.
func (h *headHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
