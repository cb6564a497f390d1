// Package iostreams is where a command reads and writes: the result goes to Out, everything else to
// Err. It knows whether there is a person at the other end.
package iostreams

import (
	"io"
	"os"

	"golang.org/x/term"
)

// IOStreams are a command's streams, and what they are connected to.
type IOStreams struct {
	In       io.Reader
	Out, Err io.Writer
	// InTTY, OutTTY and ErrTTY say that the stream is a terminal.
	InTTY, OutTTY, ErrTTY bool
	// NoColor is the user's wish for no colours ($NO_COLOR, TERM=dumb).
	NoColor bool
	size    func() (width, height int)
}

// System returns the process's own streams.
func System() *IOStreams {
	out := int(os.Stdout.Fd())
	dumb := os.Getenv("TERM") == "dumb"
	return &IOStreams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		InTTY: term.IsTerminal(int(os.Stdin.Fd())), OutTTY: term.IsTerminal(out) && !dumb, ErrTTY: term.IsTerminal(int(os.Stderr.Fd())) && !dumb,
		NoColor: os.Getenv("NO_COLOR") != "" || dumb,
		size: func() (int, int) {
			w, h, err := term.GetSize(out)
			if err != nil || w <= 0 {
				return 80, 24
			}
			return w, h
		},
	}
}

// Test returns streams for a test; tty pretends that all of them are a terminal of that width.
func Test(in io.Reader, out, err io.Writer, tty bool, width int) *IOStreams {
	return &IOStreams{In: in, Out: out, Err: err, InTTY: tty, OutTTY: tty, ErrTTY: tty, size: func() (int, int) { return width, 24 }}
}

// Size is the terminal's width and height; 80 by 24 where there is none.
func (s *IOStreams) Size() (width, height int) {
	if s.size == nil {
		return 80, 24
	}
	return s.size()
}

// Width is the terminal's width.
func (s *IOStreams) Width() int {
	w, _ := s.Size()
	return w
}
