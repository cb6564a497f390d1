// Package printer renders jobs for people and for programs. Everything here is a function of values,
// so that both kinds of output can be compared with files.
package printer

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Age is a duration as short as tables want it: "8s", "3m12s", "5h", "2d".
func Age(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Second && d > 0:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < 10*time.Minute:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 3*time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

// Left is how long is left until something, rounded to what Age shows of it: what has just begun to last a
// day is "24h".
func Left(d time.Duration) string {
	unit := time.Second
	switch {
	case d >= 47*time.Hour+30*time.Minute:
		unit = 24 * time.Hour
	case d >= 3*time.Hour-30*time.Second:
		unit = time.Hour
	case d >= 10*time.Minute-500*time.Millisecond:
		unit = time.Minute
	case d < time.Second:
		return Age(d)
	}
	return Age(d.Round(unit))
}

// Took is how long something took, with tenths while they matter.
func Took(d time.Duration) string {
	if d < 20*time.Second {
		return fmt.Sprintf("%.1fs", max(d, 0).Seconds())
	}
	return Age(d)
}

// Mark is a phase's symbol: colour is never its only sign.
func Mark(p training.Phase) string {
	switch p {
	case training.Succeeded:
		return "✓"
	case training.Failed:
		return "✗"
	case training.Running:
		return "●"
	case training.Terminating:
		return "◌"
	case training.Suspended:
		return "‖"
	case training.Queued, training.Pending, training.Initializing:
	}
	return "○"
}

// Colour paints text in a phase's colour.
func Colour(s iostreams.Style, p training.Phase, text string) string {
	switch p {
	case training.Succeeded:
		return s.Green(text)
	case training.Failed:
		return s.Red(text)
	case training.Running:
		return s.Blue(text)
	case training.Terminating, training.Suspended:
		return s.Dim(text)
	case training.Queued, training.Pending, training.Initializing:
	}
	return s.Yellow(text)
}

// Dots are the Workers at a glance: one symbol each, or counts where they are many.
func Dots(s iostreams.Style, d *training.Detail) string {
	const most = 32
	if len(d.WorkerPods) == 0 || len(d.WorkerPods) > most {
		return dash(d.Workers.Text(d.Phase))
	}
	var b strings.Builder
	for _, w := range d.WorkerPods {
		b.WriteString(Dot(s, w.Phase))
	}
	return b.String() + " " + dash(d.Workers.Text(d.Phase))
}

// Dot is the symbol of a Launcher or Worker.
func Dot(s iostreams.Style, p training.PodPhase) string {
	switch p {
	case training.PodRunning:
		return s.Green("●")
	case training.PodSucceeded:
		return s.Green("✓")
	case training.PodFailed:
		return s.Red("✗")
	case training.PodStarting:
		return s.Yellow("◐")
	case training.PodTerminating:
		return s.Dim("◌")
	case training.PodAbsent:
		return s.Dim("·")
	case training.PodPending:
	}
	return s.Yellow("○")
}

// Ranks are rank numbers as short as they go: "0-3,8".
func Ranks(r []int) string {
	var parts []string
	for i := 0; i < len(r); {
		k := i
		for k+1 < len(r) && r[k+1] == r[k]+1 {
			k++
		}
		if k == i {
			parts = append(parts, fmt.Sprint(r[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", r[i], r[k]))
		}
		i = k + 1
	}
	return strings.Join(parts, ",")
}

// Clean makes text of others fit to be shown on a terminal: of its escape sequences, only colours
// stay; of what a carriage return overwrites, only the last.
func Clean(s string) string {
	if i := strings.LastIndexByte(strings.TrimRight(s, "\r"), '\r'); i >= 0 {
		s = s[i+1:]
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if n := colourSequence(s[i:]); n > 0 {
			b.WriteString(s[i : i+n])
			i += n
			continue
		}
		if n := escapeSequence(s[i:]); n > 0 {
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r == '\t':
			b.WriteString("    ")
		case r == utf8.RuneError && n == 1:
			b.WriteRune('\ufffd')
		case !unicode.IsControl(r) && !isInvisible(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isInvisible says whether a rune changes the direction or order of what follows it.
func isInvisible(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// colourSequence is the length of the SGR sequence s begins with; 0 where it doesn't.
func colourSequence(s string) int {
	if !strings.HasPrefix(s, "\x1b[") {
		return 0
	}
	for i := 2; i < len(s) && i < 32; i++ {
		switch c := s[i]; {
		case c == 'm':
			return i + 1
		case c != ';' && (c < '0' || c > '9'):
			return 0
		}
	}
	return 0
}

// escapeSequence is the length of the control sequence (cursor, screen) or operating system command
// (title, links) s begins with; 0 where it doesn't.
func escapeSequence(s string) int {
	if len(s) < 2 || s[0] != 0x1b || s[1] != '[' && s[1] != ']' {
		return 0
	}
	for i := 2; i < len(s) && i < 512; i++ {
		switch c := s[i]; {
		case s[1] == '[' && c >= 0x40 && c <= 0x7e, s[1] == ']' && c == 0x07:
			return i + 1
		case s[1] == ']' && c == 0x1b && i+1 < len(s) && s[i+1] == '\\':
			return i + 2
		case s[1] == '[' && (c < 0x20 || c > 0x3f):
			return 0
		}
	}
	return 0
}

// withoutColour takes colours of others out of what is printed without any.
func withoutColour(text string, s iostreams.Style) string {
	if s.On() || !strings.Contains(text, "\x1b[") {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		if n := colourSequence(text[i:]); n > 0 {
			i += n
			continue
		}
		b.WriteByte(text[i])
		i++
	}
	return b.String()
}

// Cut shortens plain text to a width, with an ellipsis.
func Cut(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	if width < 1 {
		return ""
	}
	return string([]rune(s)[:width-1]) + "…"
}

// Wrap breaks plain text at spaces into lines of a width.
func Wrap(s string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// visible is the number of columns text takes, colours aside.
func visible(s string) int {
	n := 0
	for i := 0; i < len(s); {
		if k := colourSequence(s[i:]); k > 0 {
			i += k
			continue
		}
		_, k := utf8.DecodeRuneInString(s[i:])
		i += k
		n++
	}
	return n
}

// Pad fills text up to a width, colours aside.
func Pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-visible(s)))
}
