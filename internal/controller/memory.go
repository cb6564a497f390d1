package controller

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// memoryEvery is how often memory is looked at.
	memoryEvery = 10 * time.Second
	// memoryStill is what may be allocated between two looks on a quiet cluster, in bytes.
	memoryStill = 2 << 20
	// memoryMin is how much has to be unused for a collection to be worth its time, in bytes.
	memoryMin = 8 << 20
)

// returnMemory gives back to the machine, once a burst is over, what it took, such as reading everything at the start:
// the runtime keeps it until its next collection, which on a quiet cluster is minutes away. Each replica does. A
// controller that is at work is left alone.
type returnMemory struct{}

func (returnMemory) NeedLeaderElection() bool { return false }

func (returnMemory) Start(ctx context.Context) error {
	tick := time.NewTicker(memoryEvery)
	defer tick.Stop()
	before := readHeap()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			now := readHeap()
			if now.returns(before) {
				debug.FreeOSMemory()
			}
			before = now
		}
	}
}

// heap is what the runtime holds, in bytes.
type heap struct {
	allocated uint64 // since the start, in all
	live      uint64 // in use when it last collected
	objects   uint64 // the same, and what came and went since
	free      uint64 // held in reserve
}

func readHeap() heap {
	s := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(s)
	return heap{s[0].Value.Uint64(), s[1].Value.Uint64(), s[2].Value.Uint64(), s[3].Value.Uint64()}
}

// returns says whether nothing much happened since a look before, and enough is unused, by size and beside what is in
// use, to be given back.
func (h heap) returns(before heap) bool {
	unused := h.free
	if h.objects > h.live {
		unused += h.objects - h.live
	}
	return h.allocated-before.allocated <= memoryStill && unused >= memoryMin && unused > h.live/4
}
