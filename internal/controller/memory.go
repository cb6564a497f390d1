package controller

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// memoryEvery is how often memory is looked at.
	memoryEvery = 20 * time.Second
	// memoryMin is how much has to be unused for a collection to be worth its time, in bytes.
	memoryMin = 8 << 20
)

// returnMemory gives back to the machine what a burst took, such as reading everything at the start: the runtime
// keeps it until its next collection, which on a quiet cluster is minutes away. Each replica does.
type returnMemory struct{}

func (returnMemory) NeedLeaderElection() bool { return false }

func (returnMemory) Start(ctx context.Context) error {
	tick := time.NewTicker(memoryEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if readHeap().returns() {
				debug.FreeOSMemory()
			}
		}
	}
}

// heap is what the runtime holds, in bytes.
type heap struct {
	live    uint64 // in use when it last collected
	objects uint64 // the same, and what came and went since
	free    uint64 // held in reserve
}

func readHeap() heap {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/free:bytes"}}
	metrics.Read(s)
	return heap{s[0].Value.Uint64(), s[1].Value.Uint64(), s[2].Value.Uint64()}
}

// returns says whether enough is unused, by size and beside what is in use, to be given back.
func (h heap) returns() bool {
	unused := h.free
	if h.objects > h.live {
		unused += h.objects - h.live
	}
	return unused >= memoryMin && unused > h.live/4
}
