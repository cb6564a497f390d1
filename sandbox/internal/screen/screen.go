// Package screen shows what the sandbox is doing: steps with elapsed and expected time, in place on a
// terminal, as plain lines elsewhere.
package screen

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// Screen shows steps. Its methods may be called from anywhere.
type Screen struct {
	out   io.Writer
	fancy bool
	color bool
	now   func() time.Time

	mu     sync.Mutex
	active []*Step
	drawn  bool
	stop   chan struct{}
}

// Step is one piece of work on the screen.
type Step struct {
	screen   *Screen
	name     string
	expected time.Duration
	started  time.Time
	told     time.Time // when a plain screen last heard of it
}

// plainEvery is how often a plain screen says that a long step goes on.
const plainEvery = 30 * time.Second

// New makes a screen on a file: with motion if that is a terminal, with colours unless NO_COLOR is
// set too.
func New(f *os.File) *Screen {
	fancy := term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
	return newScreen(f, fancy, fancy && os.Getenv("NO_COLOR") == "", time.Now)
}

func newScreen(out io.Writer, fancy, color bool, now func() time.Time) *Screen {
	return &Screen{out: out, fancy: fancy, color: color, now: now}
}

// Say prints a line.
func (s *Screen) Say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	fmt.Fprintf(s.out, format+"\n", args...)
	s.draw()
}

// Begin shows a step that takes about the expected time; 0 means nobody knows.
func (s *Screen) Begin(name string, expected time.Duration) *Step {
	s.mu.Lock()
	defer s.mu.Unlock()
	step := &Step{screen: s, name: name, expected: expected, started: s.now(), told: s.now()}
	s.active = append(s.active, step)
	switch {
	case s.fancy:
		s.draw()
	case expected >= 2*time.Second:
		fmt.Fprintf(s.out, "  …  %s (about %s)\n", name, Round(expected))
	}
	if s.stop == nil {
		s.stop = make(chan struct{})
		go s.animate(s.stop)
	}
	return step
}

// Done ends the step well.
func (st *Step) Done() { st.end("✓", "32", "") }

// Fail ends the step badly, for a reason.
func (st *Step) Fail(why string) { st.end("✗", "31", ": "+why) }

func (st *Step) end(mark, color, tail string) {
	s := st.screen
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	for i, a := range s.active {
		if a == st {
			s.active = append(s.active[:i:i], s.active[i+1:]...)
			break
		}
	}
	fmt.Fprintf(s.out, "  %s  %s  %s%s\n", s.paint(mark, color), st.name, s.paint(Round(s.now().Sub(st.started)), "2"), tail)
	if len(s.active) == 0 && s.stop != nil {
		close(s.stop)
		s.stop = nil
	}
	s.draw()
}

func (s *Screen) paint(text, code string) string {
	if !s.color {
		return text
	}
	return "\033[" + code + "m" + text + "\033[0m"
}

func (s *Screen) animate(stop <-chan struct{}) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		s.mu.Lock()
		if s.fancy {
			s.clear()
			s.draw()
		} else {
			s.remind()
		}
		s.mu.Unlock()
	}
}

// remind tells a plain screen that long steps go on.
func (s *Screen) remind() {
	for _, a := range s.active {
		now := s.now()
		// A step that takes very long is told of less and less often.
		if now.Sub(a.told) >= max(plainEvery, now.Sub(a.started)/8) {
			a.told = now
			fmt.Fprintf(s.out, "  …  %s\n", a.progress(now))
		}
	}
}

func (st *Step) progress(now time.Time) string {
	passed := now.Sub(st.started)
	text := st.name + "  " + Round(passed)
	switch {
	case st.expected <= 0:
	case passed <= st.expected:
		text += " of about " + Round(st.expected)
	default: // a busy machine
		text += ", usually " + Round(st.expected)
	}
	return text
}

func (s *Screen) clear() {
	if s.fancy && s.drawn {
		fmt.Fprint(s.out, "\r\033[K")
		s.drawn = false
	}
}

// draw shows what is going on in one line, which the next output replaces.
func (s *Screen) draw() {
	if !s.fancy || len(s.active) == 0 {
		return
	}
	var parts []string
	for _, a := range s.active {
		parts = append(parts, a.progress(s.now()))
	}
	line := "  …  " + strings.Join(parts, ", ")
	if f, ok := s.out.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && len([]rune(line)) >= width && width > 1 {
			line = string([]rune(line)[:width-1])
		}
	}
	fmt.Fprint(s.out, line)
	s.drawn = true
}

// Round writes a duration as a person would say it.
func Round(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f min", d.Minutes())
}
