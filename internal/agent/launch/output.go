package launch

import (
	"bytes"
	"io"
	"strings"
	"sync"

	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/agent/mpirun"
)

// output is the Launcher's stderr: the command's, unchanged, and lines of the agent's own in between.
type output struct {
	mu      sync.Mutex
	w       io.Writer
	midLine bool
	last    []string // a ring of the command's last lines
	next    int
}

func newOutput(w io.Writer) *output { return &output{w: w} }

// write passes bytes on. A log that can't be written must not stop the program.
func (o *output) write(p []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.put(p)
}

func (o *output) put(p []byte) {
	if len(p) == 0 {
		return
	}
	_, _ = o.w.Write(p)
	o.midLine = p[len(p)-1] != '\n'
}

// say prints a line of the agent's own, never into the middle of another.
func (o *output) say(text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	line := "mpi-agent: " + strings.ReplaceAll(text, "\n", " ") + "\n"
	if o.midLine {
		line = "\n" + line
	}
	o.put([]byte(line))
}

// remember keeps a line of the command's.
func (o *output) remember(line string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.last) < limits.TailLines {
		o.last = append(o.last, line)
		return
	}
	o.last[o.next] = line
	o.next = (o.next + 1) % len(o.last)
}

// tail returns the last lines, oldest first.
func (o *output) tail(n int) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := append(append([]string(nil), o.last[o.next:]...), o.last[:o.next]...)
	return all[max(0, len(all)-n):]
}

// ofRank are the last of the lines that are marked as a rank's, of all where none is: what a rank said
// tells more of its end than what the others went on saying.
func ofRank(all []string, rank *int, n int) []string {
	var own []string
	for _, line := range all {
		if r, ok := mpirun.TaggedRank(line); ok && rank != nil && r == *rank {
			own = append(own, line)
		}
	}
	if len(own) > 0 {
		all = own
	}
	return all[max(0, len(all)-n):]
}

// writerFunc writes with a function that takes everything.
type writerFunc func([]byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}

// lineSplitter calls line for each line written to it; of a long one, for its beginning.
type lineSplitter struct {
	line func(string)
	part []byte
}

func (s *lineSplitter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n')
		piece := rest
		if end >= 0 {
			piece = rest[:end]
		}
		if room := limits.TailLineBytes - len(s.part); room > 0 {
			s.part = append(s.part, piece[:min(room, len(piece))]...)
		}
		if end < 0 {
			break
		}
		s.flush()
		rest = rest[end+1:]
	}
	return len(p), nil
}

// flush ends the line that is under way, if it holds anything.
func (s *lineSplitter) flush() {
	if len(s.part) > 0 {
		s.line(strings.ToValidUTF8(strings.TrimRight(string(s.part), "\r"), "?"))
		s.part = s.part[:0]
	}
}
