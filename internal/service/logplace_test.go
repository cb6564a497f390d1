package service

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

var logNoon = time.Date(2026, 1, 2, 12, 0, 0, 123456789, time.UTC)

func placeOf100() logPlace {
	p := logPlace{since: time.Unix(1_700_000_000, 0).UTC()}
	for i := -1; i < 100; i++ {
		p.reach(training.LogLine{Index: i, At: logNoon.Add(-time.Duration(i*i) * time.Millisecond), Nth: 1 + i%3})
	}
	return p
}

func TestLogIDs(t *testing.T) {
	p := placeOf100()
	id := p.id()
	back, ok := parseLogID(id)
	if !ok || !slices.Equal(back.of, p.of) || !back.since.Equal(p.since) {
		t.Errorf("%s came back as %v %v", id, ok, back)
	}
	if len(id) > 1000 {
		t.Errorf("an id of 101 logs has %d characters", len(id))
	}
	if got := p.points()[5]; !got.At.Equal(logNoon.Add(-25*time.Millisecond)) || got.Nth != 3 {
		t.Errorf("Worker 5 is at %v", got)
	}
	// A line that was stored late doesn't lead back; notes, and what has no time, lead nowhere.
	p.reach(training.LogLine{Index: 5, At: logNoon.Add(-time.Hour), Nth: 9})
	for _, l := range []training.LogLine{{Index: 5, At: logNoon.Add(time.Hour), Note: true}, {Index: 5}, {Index: 5, At: time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC)}} {
		p.reach(l)
	}
	if p.id() != id {
		t.Errorf("it was led to %v", p.of)
	}
	if empty := (&logPlace{}); empty.id() != "" {
		t.Errorf("nothing read has the id %q", empty.id())
	}
	var many logPlace
	for i := range 5000 {
		many.reach(training.LogLine{Index: i, At: logNoon.Add(-time.Duration(i) * time.Minute), Nth: 1})
	}
	if many.id() != "" {
		t.Errorf("an id has %d characters, and more than a header may", len(many.id()))
	}
	for _, s := range []string{"", "AA", "x/1", "2026-01-02T12:00:00.5Z/3", id + "=", id[:len(id)-1], id + "A", strings.Repeat("_", 400), strings.Repeat("AAAA", 4000)} {
		if p, ok := parseLogID(s); ok {
			t.Errorf("%.80q was read as %v", s, p)
		}
	}
}

// What is left out at first is left out when a stream is resumed, and nothing else is.
func TestWantedSince(t *testing.T) {
	for _, x := range []struct {
		o    training.LogOptions
		want time.Time
	}{
		{training.LogOptions{}, time.Time{}},
		{training.LogOptions{Since: time.Hour}, logNoon.Add(-time.Hour)},
		{training.LogOptions{Tail: 5}, logNoon.Add(-clockSkew)},
		{training.LogOptions{Tail: 5, Since: time.Hour}, logNoon.Add(-clockSkew)},
	} {
		if got := wantedSince(x.o, logNoon); !got.Equal(x.want) {
			t.Errorf("%+v: %s, want %s", x.o, got, x.want)
		}
	}
}

func FuzzLogID(f *testing.F) {
	p := placeOf100()
	f.Add(p.id())
	f.Add("AQIDBA")
	f.Fuzz(func(t *testing.T, s string) {
		p, ok := parseLogID(s)
		if !ok {
			return
		}
		for i, o := range p.of {
			if o.index < -1 || o.Nth < 0 || o.At.UnixNano() < 0 || i > 0 && o.index <= p.of[i-1].index {
				t.Errorf("%q is %+v", s, o)
			}
		}
		again, ok := parseLogID(p.id())
		if !ok || !slices.Equal(again.of, p.of) || !again.since.Equal(p.since) {
			t.Errorf("%q came back as %v %v", s, again, ok)
		}
	})
}

func BenchmarkLogIDOf100(b *testing.B) {
	p := placeOf100()
	for b.Loop() {
		p.id()
	}
}
