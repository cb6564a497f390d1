package screen

import (
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	at := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		expected, passed time.Duration
		want             string
	}{
		{0, 5 * time.Second, "build  5.0 s"},
		{40 * time.Second, 30 * time.Second, "build  30 s of about 40 s"},
		{40 * time.Second, 3 * time.Minute, "build  3 min, usually 40 s"},
	} {
		st := &Step{name: "build", expected: c.expected, started: at}
		if got := st.progress(at.Add(c.passed)); got != c.want {
			t.Errorf("after %s of %s: %q, want %q", c.passed, c.expected, got, c.want)
		}
	}
}

func TestRemindsLessAndLessOften(t *testing.T) {
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	var lines countLines
	s := newScreen(&lines, false, false, func() time.Time { return now })
	s.active = []*Step{{screen: s, name: "build", started: now, told: now}}
	for range 60 * 60 {
		now = now.Add(time.Second)
		s.remind()
	}
	if lines < 15 || lines > 40 {
		t.Errorf("%d lines in an hour, want a few dozen", lines)
	}
}

type countLines int

func (c *countLines) Write(p []byte) (int, error) {
	*c++
	return len(p), nil
}
