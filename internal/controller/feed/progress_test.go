package feed

import (
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// A job whose program tells all the time is looked at for that no more often than it is written; anything else
// is looked at once.
func TestProgressIsSpaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		h := NewHub(func(types.NamespacedName) { looks++ })
		s := h.join(key{"u", 1}, types.NamespacedName{}, "pod")
		looks = 0
		percent := 0
		tell := func(stage wire.Stage) {
			percent++
			n := percent
			h.take(s, &wire.Report{Stage: stage, At: time.Now(), Progress: &wire.Progress{At: time.Now(), Percent: &n}})
		}
		tell(wire.StageRunning)
		if looks != 1 {
			t.Errorf("%d looks at the first", looks)
		}
		for range 19 {
			time.Sleep(3 * time.Second)
			tell(wire.StageRunning)
		}
		time.Sleep(progressEvery)
		synctest.Wait()
		if looks > 8 {
			t.Errorf("%d looks in 67 s", looks)
		}
		had := looks
		tell(wire.StageRunning)
		tell(wire.StageExited)
		if looks == had {
			t.Error("the end isn't looked at at once")
		}
		// The last of all is never left unseen.
		tell(wire.StageExited)
		had = looks
		time.Sleep(progressEvery)
		synctest.Wait()
		if looks == had {
			t.Error("the last progress isn't looked at")
		}
	})
}

// A time that is ahead becomes that of the arrival, once.
func TestProgressAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub(func(types.NamespacedName) {})
		s := h.join(key{"u", 1}, types.NamespacedName{}, "pod")
		came := time.Now()
		left := 60
		for range 3 {
			h.take(s, &wire.Report{Progress: &wire.Progress{At: came.Add(time.Hour), RemainingSeconds: &left}})
			if at := h.Latest("u", 1).Report.Progress.At; !at.Equal(came) {
				t.Errorf("%v after it came: %v", time.Since(came), at.Sub(came))
			}
			time.Sleep(time.Second)
		}
		h.take(s, &wire.Report{Progress: &wire.Progress{At: came, RemainingSeconds: &left}})
		if at := h.Latest("u", 1).Report.Progress.At; !at.Equal(came) {
			t.Errorf("one that is not: %v", at.Sub(came))
		}
	})
}
