package training

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMergeOrdersByTimeAndKeepsEachLogsOrder(t *testing.T) {
	const logs, each = 100, 200
	m := newMerger(0)
	left := make(chan bool, logs)
	for i := range logs {
		b := m.open()
		go func() {
			for n := range each {
				b.put(LogLine{Index: i, At: noon.Add(time.Duration(n/3) * time.Second), Text: fmt.Sprint(n)})
			}
			b.rest()
			if left <- true; len(left) == logs {
				m.finish()
			}
		}()
	}
	next, seen, last := make([]int, logs), 0, time.Time{}
	m.drain(t.Context(), func(l LogLine) bool {
		if l.At.Before(last) {
			t.Fatalf("line %v after %v", l.At, last)
		}
		if l.Text != fmt.Sprint(next[l.Index]) {
			t.Fatalf("log %d: line %s, want %d", l.Index, l.Text, next[l.Index])
		}
		next[l.Index]++
		last = l.At
		seen++
		return true
	})
	if seen != logs*each {
		t.Errorf("%d lines of %d", seen, logs*each)
	}
}

// Lines of two live logs that arrive a little out of order are put into order; none waits longer
// than the window, none is lost at the end.
func TestLiveLogsWaitAMomentForOneAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMerger(mergeWindow)
		a, b, quiet := m.open(), m.open(), m.open()
		begin := time.Now()
		at := func(n int) time.Time { return begin.Add(time.Duration(n)) }
		go func() {
			a.put(LogLine{At: at(1), Text: "1"})
			b.put(LogLine{At: at(3), Text: "3"})
			a.put(LogLine{At: at(2), Text: "2"})
			time.Sleep(time.Second)
			b.put(LogLine{At: at(4), Text: "4"})
			for _, l := range []*buffer{a, b, quiet} {
				l.rest()
			}
			m.finish()
		}()
		var got []string
		var waited time.Duration
		m.drain(t.Context(), func(l LogLine) bool {
			if l.Text == "3" {
				waited = time.Since(begin)
			}
			got = append(got, l.Text)
			return true
		})
		if d := cmp.Diff([]string{"1", "2", "3", "4"}, got); d != "" || waited > 2*mergeWindow {
			t.Errorf("waited %s, lines (-want +got):\n%s", waited, d)
		}
	})
}

// A long log is not slowed down by silent ones beside it, and one whose clock is slow doesn't hold up
// the others for ever.
func TestOneLogDoesNotHoldUpOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMerger(mergeWindow)
		long, slow, other := m.open(), m.open(), m.open()
		m.open()
		begin := time.Now()
		go func() {
			for i := range 50_000 {
				long.put(LogLine{At: begin.Add(time.Duration(i) - time.Hour), Text: "old"})
			}
			long.rest()
			if took := time.Since(begin); took > time.Second {
				t.Errorf("50,000 lines of an hour ago took %s", took)
			}
			other.put(LogLine{At: time.Now(), Text: "now"})
			for range 1000 {
				slow.put(LogLine{At: time.Now().Add(-time.Minute), Text: "slow"})
				time.Sleep(10 * time.Millisecond)
			}
			slow.rest()
			other.rest()
			m.finish()
		}()
		came := time.Duration(0)
		m.drain(t.Context(), func(l LogLine) bool {
			if l.Text == "now" {
				came = time.Since(begin)
			}
			return true
		})
		if came == 0 || came > 2*mergeMost {
			t.Errorf("the line of now came after %s", came)
		}
	})
}
