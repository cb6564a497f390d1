package index

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

func changed(x *Index, version uint64, labels map[string]string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	j := &training.Job{Type: types[0], Namespace: "team", Name: fmt.Sprint("j", version%10), UID: "u", ResourceVersion: fmt.Sprint(version), Labels: labels}
	x.put(0, Key{types[0], "team", j.Name}, j, version, true)
}

func resumes(x *Index, from uint64) bool {
	s, ok := x.Subscribe("", seeAll, func(*training.Job) bool { return true }, Position{from, 1})
	s.End()
	return ok
}

// Changes are remembered for a while, whether others come or not; who was away for longer begins again.
func TestOldChangesAreForgotten(t *testing.T) {
	now := time.Unix(1000, 0)
	x := New(types, 100, func() time.Time { return now })
	for i := range types {
		if err := (&feed{x: x, source: i, Source: training.Source{Type: types[i]}}).Replace(nil, "1"); err != nil {
			t.Fatal(err)
		}
	}
	for v := uint64(2); v < 30; v++ {
		changed(x, v, nil)
		now = now.Add(time.Minute)
	}
	if resumes(x, 12) || !resumes(x, 20) {
		t.Errorf("it resumes from 12 (%v) and 20 (%v)", resumes(x, 12), resumes(x, 20))
	}
	now = now.Add(time.Hour)
	if err := (&feed{x: x, Source: training.Source{Type: types[0]}}).Bookmark("40"); err != nil {
		t.Fatal(err)
	}
	if x.ring.first != x.ring.last+1 || x.ring.bytes != 0 || resumes(x, 28) || !resumes(x, 40) {
		t.Errorf("changes %d to %d of %d bytes are held", x.ring.first, x.ring.last, x.ring.bytes)
	}
	changed(x, 41, nil)
	if !resumes(x, 40) {
		t.Error("a new change isn't remembered")
	}
}

// Jobs with huge labels, changed again and again, don't fill the memory.
func TestTheRingHoldsNoMoreThanFits(t *testing.T) {
	x := New(types, 8192, time.Now)
	labels := map[string]string{}
	for i := range 1000 {
		labels[fmt.Sprint(i)] = strings.Repeat("x", 1000)
	}
	for v := uint64(1); v < 300; v++ {
		changed(x, v, labels)
	}
	if n := x.ring.last - x.ring.first + 1; n > maxBytes/2_000_000 || n < 10 || x.ring.bytes > maxBytes {
		t.Errorf("%d changes of %d bytes are held", n, x.ring.bytes)
	}
}
