package printer

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// EventTable writes events, one a line, oldest first.
func EventTable(w io.Writer, list []training.Event, s iostreams.Style, now time.Time, width int) error {
	rows := [][]string{{"AGE", "ABOUT", "EVENT", "MESSAGE"}}
	for _, e := range list {
		reason, message := eventText(e, s)
		rows = append(rows, []string{Age(now.Sub(e.At)), e.About, reason, message})
	}
	return writeRows(w, rows, s, width)
}

// EventLine is an event as it is followed, with the time it happened.
func EventLine(e training.Event, s iostreams.Style) string {
	reason, message := eventText(e, s)
	return withoutColour(fmt.Sprintf("%s  %s  %s  %s", s.Dim(e.At.UTC().Format("15:04:05")), Pad(e.About, 9), reason, message), s)
}

func eventText(e training.Event, s iostreams.Style) (reason, message string) {
	reason, message = Clean(e.Reason), strings.ReplaceAll(Clean(strings.ReplaceAll(e.Message, "\n", " ")), "  ", " ")
	if e.Count > 1 {
		message = fmt.Sprintf("%s (×%d)", message, e.Count)
	}
	if e.Warning {
		reason = s.Yellow("! " + reason)
	}
	return reason, message
}
