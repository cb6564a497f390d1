package training

import (
	"context"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"
	"time"
)

// LogOptions say which logs, and how much of them.
type LogOptions struct {
	// Launcher's log, which has the output of all ranks. It is what the zero value means; of types of job that have no
	// Launcher, it means all of their logs.
	Launcher bool
	// Workers by index, and AllWorkers.
	Workers    []int
	AllWorkers bool
	// Follow waits for what has not started yet, and goes on until the job is over.
	Follow bool
	// Previous reads the run before the newest: that of the container before its restart, or of the
	// Launcher before it was tried again. It doesn't go with Follow.
	Previous bool
	// Tail is the number of lines from the end, of each log; 0 is all. Match counts within these.
	Tail int64
	// Since leaves out what is older than this long; SinceTime what was written before. Zero is all,
	// of both the later counts.
	Since     time.Duration
	SinceTime time.Time
	// After resumes logs, by index (-1 is the Launcher), behind the last line that was read of each: for them
	// neither Tail nor Since and SinceTime count.
	After map[int]LogPoint
	// Match keeps only lines in which this regular expression (Go's, RE2) matches; of at most
	// MaxMatch bytes. Empty keeps all.
	Match string
	// MaxBytes of text, of all logs together, after which a note says that there is more; 0 is all.
	MaxBytes int64
	// MaxLine is how many bytes of a line are kept, up to MaxLogLine, which 0 means too.
	MaxLine int
}

// The bounds of what LogOptions ask for, in bytes.
const (
	MaxLogLine = 1 << 20
	MaxMatch   = 1000
)

// LogLine is one line of a log. Its Text is as the program wrote it, colours, carriage returns and
// invalid UTF-8 included; JSON has U+FFFD for the latter.
type LogLine struct {
	At time.Time `json:"time"`
	// Nth is which one this is of the log's lines of that same time, from 1.
	Nth int `json:"nth,omitempty"`
	// Where is "Launcher" or "Worker 3", Index the Worker's or -1.
	Where string `json:"source"`
	Index int    `json:"index"`
	// Rank whose line it is, where mpirun was asked to tag its output; else nil.
	Rank *int   `json:"rank,omitempty"`
	Text string `json:"text"`
	// Truncated is how many bytes were left out at the line's end, since it is longer than MaxLine.
	Truncated int64 `json:"truncated,omitempty"`
	// Note says that the line is not of the log, but about it: "Worker 3 has no log: its pod is gone".
	Note bool `json:"note,omitempty"`
}

// Whose is the line's beginning in a text: with its Launcher or Worker where the text is of several, with its rank
// where that is known; else nothing.
func (l LogLine) Whose(several bool) string {
	var whose []string
	if several {
		whose = append(whose, fmt.Sprintf("%-9s", l.Where))
	}
	if l.Rank != nil {
		whose = append(whose, fmt.Sprintf("rank %-3d", *l.Rank))
	}
	return strings.Join(whose, " ")
}

// Point is the place in the log behind this line.
func (l LogLine) Point() LogPoint { return LogPoint{At: l.At, Nth: l.Nth} }

// LogPoint is a place in one log: behind the Nth line of a time.
type LogPoint struct {
	At  time.Time `json:"time"`
	Nth int       `json:"nth"`
}

// Several says whether the lines are of more than one log, of a job of a type.
func (o LogOptions) Several(of Type) bool {
	if all, err := o.withoutLauncher(kindOf(of)); err == nil {
		o = all
	}
	return o.AllWorkers || len(o.Workers) > 1 || o.Launcher && len(o.Workers) > 0
}

func (o LogOptions) selects(index int) bool {
	if index < 0 { // the Launcher
		return o.Launcher || !o.AllWorkers && len(o.Workers) == 0
	}
	return o.AllWorkers || slices.Contains(o.Workers, index)
}

// problems are those that need no cluster to be seen.
func (o LogOptions) problems() (list []Problem) {
	bad := func(field, format string, args ...any) {
		list = append(list, Problem{Field: field, Message: fmt.Sprintf(format, args...)})
	}
	if o.Follow && o.Previous {
		bad("previous", "a run that is over can't be followed: leave one of follow and previous out")
	}
	if o.Tail < 0 {
		bad("tail", "is a number of lines from 0, which is all")
	}
	if o.Since < 0 {
		bad("since", "must not be negative")
	}
	if o.MaxBytes < 0 {
		bad("maxBytes", "must not be negative")
	}
	if o.MaxLine < 0 || o.MaxLine > MaxLogLine {
		bad("maxLine", "is a number of bytes from 1 to %d", MaxLogLine)
	}
	if len(o.Match) > MaxMatch {
		bad("match", "is longer than %d bytes", MaxMatch)
	} else if _, err := regexp.Compile(o.Match); err != nil {
		bad("match", "%v; the notation is RE2's: https://github.com/google/re2/wiki/Syntax", err)
	}
	return list
}

// reading is what each log is read with.
func (o LogOptions) reading(now time.Time) logReading {
	r := logReading{tail: o.Tail, since: o.SinceTime, maxLine: o.MaxLine, previous: o.Previous}
	if at := now.Add(-o.Since); o.Since > 0 && at.After(r.since) {
		r.since = at
	}
	if r.maxLine == 0 {
		r.maxLine = MaxLogLine
	}
	if o.Match != "" {
		r.match = regexp.MustCompile(o.Match) // as problems saw
	}
	return r
}

// Logs yields the lines of a job's logs, those of several merged by time. Memory is bounded however
// long they are and however slow the reader is: it then reads no more from the cluster.
//
// Following, a log that breaks off is opened again where it ended, without losing or doubling lines,
// through restarts, new tries of the Launcher and rotation. Where the cluster no longer has some
// lines, a Note says so in their place. Each log keeps its own order; lines of different logs that
// arrive within a moment of one another come in the order of their times.
func (j *Jobs) Logs(ctx context.Context, name string, o LogOptions) iter.Seq2[LogLine, error] {
	return func(yield func(LogLine, error) bool) {
		if p := o.problems(); len(p) > 0 {
			yield(LogLine{}, &InvalidError{What: "what was asked of the logs", Problems: p})
			return
		}
		o, err := o.withoutLauncher(kindOf(j.typ))
		if err != nil {
			yield(LogLine{}, err)
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		left := o.MaxBytes
		limited := func(l LogLine) bool {
			if o.MaxBytes > 0 && !l.Note {
				if left -= int64(len(l.Text)) + 1; left < 0 {
					yield(LogLine{At: l.At, Where: l.Where, Index: l.Index, Note: true,
						Text: fmt.Sprintf("there is more: only %d bytes were asked for", o.MaxBytes)}, nil)
					return false
				}
			}
			return yield(l, nil)
		}
		read := j.readLogs
		if o.Follow {
			read = j.followLogs
		}
		if err := read(ctx, name, o, limited); err != nil && ctx.Err() == nil {
			yield(LogLine{}, err)
		}
	}
}
