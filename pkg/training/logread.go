package training

import (
	"bufio"
	"context"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// maxLine bounds a line, in bytes; what is longer comes as several.
const maxLine = 64 << 10

// opener opens a log from a time (zero: from its beginning), the last tail lines of it (0: all).
type opener func(ctx context.Context, since time.Time, tail int64) (io.ReadCloser, error)

// opener reads a container's log from the API server, each line with its time.
func (j *Jobs) opener(t target, follow bool) opener {
	return func(ctx context.Context, since time.Time, tail int64) (io.ReadCloser, error) {
		o := &corev1.PodLogOptions{Container: t.container, Follow: follow, Timestamps: true}
		if tail > 0 {
			o.TailLines = &tail
		}
		if !since.IsZero() {
			at := metav1.NewTime(since)
			o.SinceTime = &at
		}
		r, err := j.c.core.Get().Namespace(j.namespace).Resource("pods").Name(t.pod).SubResource("log").
			VersionedParams(o, j.c.params).Stream(ctx)
		return r, j.c.typed(err, subject{kind: "the log of " + where(t.index), resource: "pods/log", verb: "get", namespace: j.namespace, name: t.pod})
	}
}

// reader reads one log, remembering how far it came.
type reader struct {
	since  time.Time
	tail   int64
	last   time.Time // of the last line
	atLast int       // lines seen with that time
	pulse  *pulse    // nil: nobody asks
}

func newReader(now time.Time, o LogOptions) *reader {
	r := &reader{tail: o.Tail}
	if o.Since > 0 {
		r.since = now.Add(-o.Since)
	}
	return r
}

// once reads a log to its end.
func (r *reader) once(ctx context.Context, open opener, index int, out chan<- LogLine) error {
	since, tail, skip := r.since, r.tail, 0
	resumed := !r.last.IsZero()
	if resumed {
		// The API takes whole seconds, and gives what was at or after them.
		since, tail, skip = r.last.Truncate(time.Second), 0, r.atLast
	}
	body, err := open(ctx, since, tail)
	if err != nil {
		return err
	}
	defer body.Close()
	b := bufio.NewReaderSize(body, maxLine)
	at := r.last // of the last line read; pieces of a long line have no time of their own
	for whole := true; ; {
		raw, err := b.ReadSlice('\n')
		cut := err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull)
		// A line that was cut off is not taken: it comes whole when the log is opened again.
		if len(raw) > 0 && !cut {
			text := strings.TrimSuffix(string(raw), "\n")
			if whole {
				at, text = splitTime(text, at)
			}
			whole = raw[len(raw)-1] == '\n'
			switch {
			case resumed && at.Before(r.last):
			case resumed && at.Equal(r.last) && skip > 0:
				skip--
			default:
				resumed = resumed && at.Equal(r.last)
				if !at.Equal(r.last) {
					r.last, r.atLast = at, 0
				}
				r.atLast++
				l := LogLine{At: at, Where: where(index), Index: index, Text: text}
				l.Rank, l.Text = splitRank(l.Text)
				if !r.pulse.send(ctx, out, l) {
					return ctx.Err()
				}
			}
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// follow reads a log until its container has ended, opening it again whenever it breaks off before.
func (r *reader) follow(ctx context.Context, open opener, index int, out chan<- LogLine, alive func() bool) error {
	wait := retryFirst
	for {
		before := r.last
		err := r.once(ctx, open, index, out)
		var denied *DeniedError
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the caller ended it
		}
		if errors.As(err, &denied) {
			return err
		}
		// A clean end of a container that has ended is the end; one that was cut off deserves another
		// look, since the kubelet may know more.
		if !alive() && (err == nil || r.last.Equal(before)) {
			return nil
		}
		if !r.last.Equal(before) {
			wait = retryFirst
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = min(wait*2, retryMost)
	}
}

// splitTime takes the kubelet's timestamp off a line.
func splitTime(line string, otherwise time.Time) (time.Time, string) {
	stamp, text, ok := strings.Cut(line, " ")
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		return otherwise, line
	}
	if !ok {
		text = ""
	}
	return at, text
}

// Open MPI's tags: "[1,3]<stdout>:text", version 5 with the host and spaces in between.
var rankTag = regexp.MustCompile(`^\[\d+,(\d+)\]<(?:stdout|stderr)>: ?`)

// splitRank takes the tag off a line that mpirun was asked to put one on.
func splitRank(line string) (*int, string) {
	if !strings.HasPrefix(line, "[") {
		return nil, line
	}
	m := rankTag.FindStringSubmatch(line)
	if m == nil {
		return nil, line
	}
	rank, err := strconv.Atoi(m[1])
	if err != nil {
		return nil, line
	}
	return &rank, line[len(m[0]):]
}

func send(ctx context.Context, out chan<- LogLine, l LogLine) bool {
	select {
	case out <- l:
		return true
	case <-ctx.Done():
		return false
	}
}

// tailLines is how much of a failed job's log is shown with its failure.
const tailLines = 15

// tail is the end of the log that matters for a failure: the Launcher's, which has the output of all
// ranks; nil where it can't be read.
func (j *Jobs) tail(ctx context.Context, d *Detail) []string {
	if d.LauncherPod.Pod == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	here := &Jobs{c: j.c, namespace: d.Namespace}
	var lines []string
	for l, err := range here.Logs(ctx, d.Name, LogOptions{Tail: tailLines}) {
		if err != nil {
			break
		}
		if !l.Note && len(lines) < tailLines {
			lines = append(lines, l.Text)
		}
	}
	return lines
}

func itoa(n int) string { return strconv.Itoa(n) }
