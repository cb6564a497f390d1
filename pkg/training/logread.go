package training

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"regexp"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// logRequest is one opening of a log.
type logRequest struct {
	since    time.Time // zero: from its beginning
	tail     int64     // 0: all
	follow   bool
	previous bool
}

type openLog func(ctx context.Context, q logRequest) (io.ReadCloser, error)

// opener reads a container's log from the API server, each line with its time.
func (j *Jobs) opener(t target) openLog {
	return func(ctx context.Context, q logRequest) (io.ReadCloser, error) {
		o := &corev1.PodLogOptions{Container: t.container, Follow: q.follow, Previous: q.previous || t.previous, Timestamps: true}
		if q.tail > 0 {
			o.TailLines = &q.tail
		}
		if !q.since.IsZero() {
			at := metav1.NewTime(q.since)
			o.SinceTime = &at
		}
		r, err := j.c.core.Get().Namespace(j.namespace).Resource("pods").Name(t.pod).SubResource("log").
			VersionedParams(o, j.c.params).Stream(ctx)
		return r, j.c.typed(err, subject{kind: "the log of " + t.where, resource: "pods/log", verb: "get", namespace: j.namespace, name: t.pod})
	}
}

// logReading is what a log is read with.
type logReading struct {
	since    time.Time
	tail     int64
	maxLine  int
	previous bool
	match    *regexp.Regexp // nil: all
}

// reader reads one log, remembering how far it came.
type reader struct {
	logReading
	index int
	where string
	seed  maphash.Seed
	seen  recall
	// put hands a line on, and is false when nobody wants any more.
	put func(LogLine) bool

	// caught is the last line after which all was read that the container wrote in its runs before
	// that many restarts.
	caught   time.Time
	complete int32

	mu    sync.Mutex
	watch *watched      // the reading at present
	most  time.Duration // how long a log may be silent, where less than usual
}

func newReader(how logReading, index int, where string, put func(LogLine) bool) *reader {
	return &reader{logReading: how, index: index, where: where, seed: maphash.MakeSeed(), put: put}
}

// resumeAt begins behind a line that was read before: what is after it is wanted, however old it is.
func (r *reader) resumeAt(p LogPoint) {
	r.since = time.Time{}
	r.seen.resumeAt(p)
}

// How long a log may be silent until it is asked whether it is still there. One that is followed is
// opened again, which costs little and finds out; one that is read is given up.
const (
	silentFollowed = 2 * time.Minute
	silentRead     = 30 * time.Second
)

var (
	errSilent = errors.New("nothing came for some time")
	errUnread = errors.New("nobody reads on")
)

// unretrievable is what a kubelet sends instead of a log that it no longer has.
const unretrievable = "unable to retrieve container logs for "

// once reads a log to its end; from where it came to, if it was read before. What breaks off in the
// middle of a line is not taken, unless it is the log's very end. Where lines seem to be missing
// between what was read before and what comes, gap is called first.
func (r *reader) once(ctx context.Context, open openLog, q logRequest, end bool, gap func() error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silent := silentRead
	if q.follow {
		silent = silentFollowed
	}
	watch := r.watching(silent, func() { cancel(errSilent) })
	defer watch.timer.Stop()
	explain := func(err error) error {
		if errors.Is(context.Cause(ctx), errSilent) {
			return errSilent
		}
		return err
	}

	q.since, q.tail = r.since, r.tail
	again := r.seen.again()
	if again != nil {
		q.tail = 0
		if from := r.seen.from(); from.After(q.since) {
			q.since = from
		}
	}
	body, err := open(ctx, q)
	if err != nil {
		if strings.Contains(err.Error(), unretrievable) {
			return &NoLogError{Where: r.where, Gone: true}
		}
		return explain(err)
	}
	defer body.Close()
	watch.from(body)
	lines := newLineReader(watch, r.maxLine+stampMost)
	at := r.seen.last // lines should have times; one that hasn't gets the last one's
	for {
		line, left, whole, err := lines.next()
		if len(line) > 0 && (whole || errors.Is(err, io.EOF) && end) {
			stamp, text, stamped := splitTime(line)
			if stamped {
				at = stamp
			} else if strings.HasPrefix(string(line), unretrievable) {
				return &NoLogError{Where: r.where, Gone: true}
			}
			if err := r.take(at, text, left, &again, gap); err != nil {
				return err
			}
			lines.shrink()
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return explain(err)
		}
	}
}

// take hands on a line that wasn't seen before.
func (r *reader) take(at time.Time, text []byte, left int64, again **strikes, gap func() error) error {
	hash := maphash.Bytes(r.seed, text)
	if k := *again; k != nil {
		if k.known(at, hash) {
			return nil
		}
		if !k.overlap && gap != nil {
			if err := gap(); err != nil {
				return err
			}
			k.overlap = true
		}
		if k.past(at) {
			*again = nil
		}
	}
	nth := r.seen.add(at, hash)
	if at.Before(r.since) {
		return nil // of the second that was asked for, but not of its part
	}
	kept := cutText(text, r.maxLine)
	l := LogLine{At: at, Nth: nth, Where: r.where, Index: r.index, Truncated: left + int64(len(text)-len(kept))}
	l.Rank, l.Text = splitRank(string(kept))
	if r.match != nil && !r.match.MatchString(l.Text) {
		return nil
	}
	if !r.put(l) {
		return errUnread
	}
	return nil
}

// note says something about the log in its midst.
func (r *reader) note(format string, args ...any) error {
	if !r.put(LogLine{At: r.seen.last, Where: r.where, Index: r.index, Note: true, Text: fmt.Sprintf(format, args...)}) {
		return errUnread
	}
	return nil
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
	for l, err := range here.Logs(ctx, d.Name, LogOptions{Tail: tailLines, MaxLine: 4 << 10}) {
		if err != nil {
			break
		}
		if !l.Note && len(lines) < tailLines {
			lines = append(lines, l.Text)
		}
	}
	return lines
}
