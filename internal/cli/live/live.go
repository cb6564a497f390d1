// Package live keeps a few lines at the foot of a terminal up to date while other lines scroll by
// above them.
package live

import (
	"fmt"
	"io"
	"strings"
	"sync"
)

// Screen writes to a terminal.
type Screen struct {
	mu    sync.Mutex
	w     io.Writer
	foot  []string
	drawn int
}

// New returns a Screen on a terminal.
func New(w io.Writer) *Screen { return &Screen{w: w} }

// Print writes lines above the foot.
func (s *Screen) Print(lines ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	s.erase(&b)
	for _, l := range lines {
		b.WriteString(l + "\x1b[0m\n")
	}
	s.draw(&b)
	_, _ = io.WriteString(s.w, b.String())
}

// Foot replaces the foot. A line that is too wide is cut by the terminal's own means, since a wrapped
// one couldn't be erased.
func (s *Screen) Foot(lines ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	s.erase(&b)
	s.foot = lines
	s.draw(&b)
	_, _ = io.WriteString(s.w, b.String())
}

// Close removes the foot and leaves the cursor below the last line printed.
func (s *Screen) Close() { s.Foot() }

func (s *Screen) erase(b *strings.Builder) {
	if s.drawn > 0 {
		fmt.Fprintf(b, "\r\x1b[%dA\x1b[J", s.drawn)
	}
	s.drawn = 0
}

// draw writes the foot with automatic wrapping off.
func (s *Screen) draw(b *strings.Builder) {
	if len(s.foot) == 0 {
		return
	}
	b.WriteString("\x1b[?7l")
	for _, l := range s.foot {
		b.WriteString(l + "\x1b[0m\n")
	}
	b.WriteString("\x1b[?7h")
	s.drawn = len(s.foot)
}

// Keep leaves the foot where it is, as ordinary text, and forgets it.
func (s *Screen) Keep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.foot, s.drawn = nil, 0
}
