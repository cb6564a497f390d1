package training

import (
	"context"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// roster is what readers of logs know of the job's pods while they follow them.
type roster struct {
	mu      sync.Mutex
	tries   map[int][]*corev1.Pod // by index, -1 the Launcher; the oldest first
	over    bool                  // the job is: no more pods come
	ran     func(index int) bool  // of a job that is over
	leave   bool                  // what still runs is not waited for
	changed chan struct{}         // closed at each change
}

func newRoster() *roster { return &roster{changed: make(chan struct{})} }

func (r *roster) change(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
	close(r.changed)
	r.changed = make(chan struct{})
}

// standing is where a pod stands, as far as its log is concerned.
type standing struct {
	restarts int32
	ended    bool // nothing is added to its log
	left     bool // nobody waits for its log: it is gone, or another pod has taken its place
	changed  <-chan struct{}
}

func (r *roster) standing(t target) standing {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := standing{left: true, changed: r.changed}
	for i, p := range r.tries[t.index] {
		if p.Name != t.pod {
			continue
		}
		s.ended = p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
		s.left = r.leave && !s.ended
		for _, later := range r.tries[t.index][i+1:] {
			s.left = s.left || hasLog(later) && !s.ended
		}
		if c := mainStatus(p); c != nil {
			s.restarts = c.RestartCount
		}
	}
	return s
}

// await waits until a pod stands differently, but no longer than that.
func (r *roster) await(ctx context.Context, t target, before standing, most time.Duration) standing {
	timer := time.NewTimer(most)
	defer timer.Stop()
	for {
		s := r.standing(t)
		if s.restarts != before.restarts || s.ended != before.ended || s.left != before.left {
			return s
		}
		select {
		case <-ctx.Done():
			return s
		case <-timer.C:
			return s
		case <-s.changed:
		}
	}
}

// next waits for a pod with a log that comes after the one that was read before; the first is the
// newest, or the one that wrote what came last before a place. ok is false when there is none and the
// job is over.
func (r *roster) next(ctx context.Context, index int, where, before string, from LogPoint) (t target, ok bool) {
	for {
		r.mu.Lock()
		tries, over, changed := r.tries[index], r.over, r.changed
		r.mu.Unlock()
		begin := 0
		for i, p := range tries {
			switch {
			case before != "" && p.Name == before:
				begin = i + 1
			case before == "" && hasLog(p) && (from.At.IsZero() || !p.CreationTimestamp.After(from.At)):
				begin = i
			}
		}
		for _, p := range tries[begin:] {
			if hasLog(p) {
				return target{index: index, where: where, pod: p.Name, container: mainName(p)}, true
			}
		}
		if over {
			if last := len(tries) - 1; last >= begin && r.ran(index) && !neverRan(tries[last]) {
				return target{index: index, where: where, pod: tries[last].Name, container: mainName(tries[last])}, true
			}
			return t, false
		}
		select {
		case <-ctx.Done():
			return t, false
		case <-changed:
		}
	}
}

// notice gives a silent reading up when the log is no longer waited for, or when its container was
// restarted: then there may be something to catch up on.
func (r *roster) notice(ctx context.Context, t target, log *reader) {
	for before := r.standing(t); ; {
		s := r.standing(t)
		if s.left {
			log.hurry(lingerAfterEnd, true)
			return
		}
		if s.restarts > before.restarts {
			log.hurry(lingerAfterEnd, false)
		}
		before = s
		select {
		case <-ctx.Done():
			return
		case <-s.changed:
		}
	}
}
