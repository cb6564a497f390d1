package printer

import (
	"fmt"
	"strings"

	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// LogLine is a line of a log as it is printed: with its Worker where there are several, with its
// rank where it is known; fit for a terminal where it goes to one, else byte for byte: what reads a pipe may want the program's
// colours, or compare bytes, as it does with kubectl logs.
func LogLine(l training.LogLine, s iostreams.Style, several, tty bool) string {
	text := l.Text
	if tty {
		text = Clean(text)
		if strings.HasPrefix(text, "mpi-agent: ") { // ours, not the program's
			text = s.Dim(text)
		}
	}
	if l.Truncated > 0 {
		text += s.Dim(fmt.Sprintf(" … %d more bytes of this line are left out", l.Truncated))
	}
	prefix := l.Whose(several)
	if prefix == "" {
		return text
	}
	hue := l.Index + 1
	if l.Rank != nil && !several {
		hue = *l.Rank
	}
	return s.Hue(hue, prefix+" │") + " " + text
}
