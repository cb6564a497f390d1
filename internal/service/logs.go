package service

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/internal/service/api"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

func logOptions(p api.GetTrainingJobLogsParams) training.LogOptions {
	return training.LogOptions{
		Launcher: deref(p.Launcher), Workers: deref(p.Worker), AllWorkers: deref(p.AllWorkers),
		Tail: deref(p.Tail), Since: time.Duration(deref(p.SinceSeconds)) * time.Second,
	}
}

func apiLine(l training.LogLine) api.LogLine {
	out := api.LogLine{Where: l.Where, Index: l.Index, Rank: l.Rank, Text: l.Text}
	if !l.At.IsZero() {
		out.At = &l.At
	}
	if l.Note {
		out.Note = &l.Note
	}
	return out
}

// GetTrainingJobLogs reads logs as the caller. An error that comes first is the answer; one that comes
// later is a note at the end.
func (s *operations) GetTrainingJobLogs(ctx context.Context, r api.GetTrainingJobLogsRequestObject) (api.GetTrainingJobLogsResponseObject, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Limits.Time)
	next, stop := iter.Pull2(s.jobs(ctx, r.Namespace, "").Logs(ctx, r.Name, logOptions(r.Params)))
	end := func() { stop(); cancel() }
	first, err, ok := next()
	if err != nil {
		end()
		return nil, err
	}
	if !ok && ctx.Err() != nil {
		end()
		return nil, ctx.Err()
	}
	return &logAnswer{late: ctx.Err, first: first, some: ok, next: next, end: end, most: s.Limits.Log}, nil
}

// logAnswer is lines of JSON.
type logAnswer struct {
	first training.LogLine
	some  bool
	next  func() (training.LogLine, error, bool)
	end   func()
	late  func() error // why reading was given up
	most  int64
}

// VisitGetTrainingJobLogsResponse writes the lines.
func (a *logAnswer) VisitGetTrainingJobLogsResponse(w http.ResponseWriter) error {
	defer a.end()
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.WriteHeader(http.StatusOK)
	encoder := json.NewEncoder(w)
	sent := int64(0)
	for line, ok := a.first, a.some; ok; {
		sent += int64(len(line.Text)) + 64
		if sent > a.most {
			return encoder.Encode(note(fmt.Sprintf("this is as much as one answer holds (%d MiB): ask for less with tail or sinceSeconds, or follow the stream", a.most>>20)))
		}
		if encoder.Encode(apiLine(line)) != nil {
			return nil // the caller has gone
		}
		var err error
		if line, err, ok = a.next(); err != nil {
			return encoder.Encode(note("the log can't be read on: " + asProblem(err).Detail))
		}
	}
	if a.late() != nil {
		return encoder.Encode(note("the log can't be read on: it took too long; ask for less with tail or sinceSeconds, or follow the stream"))
	}
	return nil
}

func note(text string) api.LogLine {
	yes := true
	return api.LogLine{Index: -1, Where: "", Note: &yes, Text: text}
}

// StreamTrainingJobLogs follows logs as the caller.
func (s *operations) StreamTrainingJobLogs(ctx context.Context, r api.StreamTrainingJobLogsRequestObject) (api.StreamTrainingJobLogsResponseObject, error) {
	right := Right{Verb: "get", Resource: "pods", Subresource: "log", Namespace: r.Namespace}
	jobs := s.jobs(ctx, r.Namespace, "")
	if _, err := jobs.Get(ctx, r.Name); err != nil {
		return nil, err
	}
	if err := s.may(ctx, right); err != nil {
		return nil, err
	}
	o := logOptions(api.GetTrainingJobLogsParams{
		Launcher: r.Params.Launcher, Worker: r.Params.Worker, AllWorkers: r.Params.AllWorkers, Tail: r.Params.Tail, SinceSeconds: r.Params.SinceSeconds,
	})
	o.Follow = true
	st := &logStream{s: s.Service, ctx: ctx, jobs: jobs, name: r.Name, options: o, right: right}
	if at, n, ok := parseLogID(deref(r.Params.LastEventID)); ok {
		// The times are the nodes', which need not be ours.
		st.after, st.skip = at, n
		st.options.Tail, st.options.Since, st.options.SinceTime = 0, 0, at
	}
	return st, nil
}

// logStream is an open stream of lines.
type logStream struct {
	s       *Service
	ctx     context.Context
	jobs    *training.Jobs
	name    string
	options training.LogOptions
	right   Right
	// A stream that resumes leaves out what is older than after, and the first skip lines of that time.
	after time.Time
	skip  int
}

type readLine struct {
	line training.LogLine
	err  error
}

// VisitStreamTrainingJobLogsResponse answers the request with the stream.
func (st *logStream) VisitStreamTrainingJobLogsResponse(w http.ResponseWriter) error {
	done, err := st.s.streams.open(callerOf(st.ctx).User)
	if err != nil {
		return err
	}
	defer done()
	ctx, cancel := context.WithCancel(st.ctx)
	defer cancel()
	out, err := startSSE(w)
	if err != nil {
		return nil // the caller has gone
	}
	lines := make(chan readLine, 256)
	go func() {
		defer close(lines)
		defer func() {
			// This isn't the request's goroutine, whose panics are caught.
			if p := recover(); p != nil {
				st.s.panicked(p)
				select {
				case lines <- readLine{err: errInternal}:
				case <-ctx.Done():
				}
			}
		}()
		for l, err := range st.jobs.Logs(ctx, st.name, st.options) {
			select {
			case lines <- readLine{l, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	watch := st.s.watchdog(st.ctx, []Right{st.right})
	defer watch.stop()
	at := &logPlace{at: st.after, n: st.skip}
	for {
		select {
		case l, more := <-lines:
			switch {
			case !more:
				if out.event("end", "", []byte("{}")) == nil {
					_ = out.flush()
				}
				return nil
			case l.err != nil:
				st.s.endStream(out, l.err)
				return nil
			case st.known(l.line):
				continue
			}
			text, err := json.Marshal(apiLine(l.line))
			if err != nil || out.event("line", at.next(l.line), text) != nil {
				return nil
			}
			if len(lines) == 0 && out.flush() != nil {
				return nil
			}
		case <-st.ctx.Done():
			return nil
		case <-watch.tick():
			end, beat := watch.look()
			if end != nil {
				st.s.endStream(out, end)
				return nil
			}
			if beat && out.comment("alive") != nil {
				return nil
			}
		case <-st.s.draining:
			st.s.endStream(out, draining())
			return nil
		}
	}
}

// known says whether a line came before the stream was resumed.
func (st *logStream) known(l training.LogLine) bool {
	switch {
	case st.after.IsZero() || l.Note:
		return false
	case l.At.Before(st.after):
		return true
	case l.At.Equal(st.after) && st.skip > 0:
		st.skip--
		return true
	}
	return false
}

// logPlace numbers lines so that a stream can be resumed: the time of the last one, and how many had it.
type logPlace struct {
	at time.Time
	n  int
}

func (p *logPlace) next(l training.LogLine) string {
	switch {
	case l.Note || l.At.IsZero():
		return ""
	case l.At.After(p.at):
		p.at, p.n = l.At, 1
	case l.At.Equal(p.at):
		p.n++
	}
	return p.at.UTC().Format(time.RFC3339Nano) + "/" + strconv.Itoa(p.n)
}

// parseLogID reads what next wrote.
func parseLogID(s string) (at time.Time, n int, ok bool) {
	stamp, count, found := strings.Cut(s, "/")
	if !found || len(s) > 64 {
		return time.Time{}, 0, false
	}
	at, err := time.Parse(time.RFC3339Nano, stamp)
	n, err2 := strconv.Atoi(count)
	return at, n, err == nil && err2 == nil && n >= 0 && n <= 1_000_000
}
