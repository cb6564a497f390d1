package training

import (
	"container/heap"
	"context"
	"time"
)

// merge yields the lines of several finished logs in the order of their times; each log's own order
// is kept. It returns false when yield did, or the context ended.
func merge(ctx context.Context, sources []<-chan LogLine, yield func(LogLine) bool) bool {
	heads := &lineHeap{}
	next := func(i int) bool {
		select {
		case l, ok := <-sources[i]:
			if ok {
				heap.Push(heads, queued{line: l, order: i})
			}
			return true
		case <-ctx.Done():
			return false
		}
	}
	for i := range sources {
		if !next(i) {
			return false
		}
	}
	for heads.Len() > 0 {
		q := heap.Pop(heads).(queued)
		if !yield(q.line) || !next(q.order) {
			return false
		}
	}
	return ctx.Err() == nil
}

// reorder yields lines that arrive from several live logs, those that arrive within the window of
// one another in the order of their times. It holds at most limit lines. It returns false when yield
// did, or the context ended before the lines did.
func reorder(ctx context.Context, in <-chan LogLine, window time.Duration, limit int, yield func(LogLine) bool) bool {
	held := &lineHeap{}
	tick := time.NewTicker(window / 3)
	defer tick.Stop()
	order, first, mixed := 0, 0, false
	flush := func(before time.Time, keep int) bool {
		for held.Len() > 0 && (held.Len() > keep || held.oldestArrival().Before(before)) {
			if !yield(heap.Pop(held).(queued).line) {
				return false
			}
		}
		return true
	}
	for {
		select {
		case <-ctx.Done():
			return false
		case l, ok := <-in:
			if !ok {
				return flush(time.Time{}, 0) && ctx.Err() == nil
			}
			if order == 0 {
				first = l.Index
			}
			mixed = mixed || l.Index != first
			order++
			if !mixed { // one log alone has nothing to wait for
				if !yield(l) {
					return false
				}
				continue
			}
			heap.Push(held, queued{line: l, order: order, arrived: time.Now()})
			if !flush(time.Time{}, limit) {
				return false
			}
		case <-tick.C:
			if !flush(time.Now().Add(-window), limit) {
				return false
			}
		}
	}
}

type queued struct {
	line    LogLine
	order   int // breaks ties: the source, or the arrival
	arrived time.Time
}

// lineHeap has the oldest line on top.
type lineHeap []queued

func (h lineHeap) Len() int { return len(h) }
func (h lineHeap) Less(a, b int) bool {
	if !h[a].line.At.Equal(h[b].line.At) {
		return h[a].line.At.Before(h[b].line.At)
	}
	return h[a].order < h[b].order
}
func (h lineHeap) Swap(a, b int) { h[a], h[b] = h[b], h[a] }

// Push and Pop are for container/heap.
func (h *lineHeap) Push(x any) { *h = append(*h, x.(queued)) }

// Pop is for container/heap.
func (h *lineHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

func (h lineHeap) oldestArrival() time.Time { return h[0].arrived }
