package service

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"regexp"
	"time"

	"github.com/opendatahub-io/mpijob/internal/service/api"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

func logOptions(p api.GetTrainingJobLogsParams) (training.LogOptions, error) {
	o := training.LogOptions{
		Launcher: deref(p.Launcher), Workers: deref(p.Worker), AllWorkers: deref(p.AllWorkers), Previous: deref(p.Previous),
		Tail: deref(p.Tail), Since: time.Duration(deref(p.SinceSeconds)) * time.Second, Match: deref(p.Match),
	}
	// The contract counts characters, this bytes.
	if len(o.Match) > training.MaxMatch {
		return o, badParameter("match", fmt.Sprintf("is longer than %d bytes", training.MaxMatch))
	}
	if _, err := regexp.Compile(o.Match); err != nil {
		return o, badParameter("match", err.Error()+"; the notation is RE2's: https://github.com/google/re2/wiki/Syntax")
	}
	return o, nil
}

// logsIn is the right to read logs in a namespace.
func logsIn(namespace string) Right {
	return Right{Verb: "get", Resource: "pods", Subresource: "log", Namespace: namespace}
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
	o, err := logOptions(r.Params)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.Limits.Time)
	next, stop := iter.Pull2(s.jobs(ctx, r.Namespace, deref(r.Params.Type)).Logs(ctx, r.Name, o))
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
			return encoder.Encode(note(fmt.Sprintf("this is as much as one answer holds (%d MiB): ask for less with tail or sinceSeconds, or for all with logs/content", a.most>>20)))
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
		return encoder.Encode(note("the log can't be read on: it took too long; ask for less with tail or sinceSeconds, or for all with logs/content"))
	}
	return nil
}

func note(text string) api.LogLine {
	yes := true
	return api.LogLine{Index: -1, Where: "", Note: &yes, Text: text}
}

// StreamTrainingJobLogs follows logs as the caller.
func (s *operations) StreamTrainingJobLogs(ctx context.Context, r api.StreamTrainingJobLogsRequestObject) (api.StreamTrainingJobLogsResponseObject, error) {
	o, err := logOptions(api.GetTrainingJobLogsParams{
		Launcher: r.Params.Launcher, Worker: r.Params.Worker, AllWorkers: r.Params.AllWorkers, Tail: r.Params.Tail,
		SinceSeconds: r.Params.SinceSeconds, Match: r.Params.Match, Previous: r.Params.Previous,
	})
	if err != nil {
		return nil, err
	}
	o.Follow = !o.Previous // a run that is over has an end
	st := &logStream{s: s.Service, ctx: ctx, jobs: s.jobs(ctx, r.Namespace, deref(r.Params.Type)), name: r.Name, options: o, right: logsIn(r.Namespace)}
	if at, ok := parseLogID(cmp.Or(deref(r.Params.LastEventID), deref(r.Params.From))); ok {
		st.place = at
		st.options.Tail, st.options.Since, st.options.SinceTime, st.options.After = 0, 0, at.since, at.points()
	} else {
		st.place.since = wantedSince(o, s.now())
	}
	return st, nil
}

// clockSkew is how far a node's clock may be behind ours.
const clockSkew = time.Minute

// wantedSince is what a log that says nothing while a stream is open is wanted from, when the stream is resumed:
// what was left out at first stays left out.
func wantedSince(o training.LogOptions, now time.Time) time.Time {
	switch {
	case o.Tail > 0:
		return now.Add(-clockSkew)
	case o.Since > 0:
		return now.Add(-o.Since)
	}
	return time.Time{}
}

// logStream is an open stream of lines.
type logStream struct {
	s       *Service
	ctx     context.Context
	jobs    *training.Jobs
	name    string
	options training.LogOptions
	right   Right

	place  logPlace
	behind bool // lines have been told since the place was
	told   time.Time
	due    *time.Timer // when it is told
}

// tellLine tells a line, and sees to it that the place behind it is told.
func (st *logStream) tellLine(out *sse, l training.LogLine) error {
	text, err := json.Marshal(apiLine(l))
	if err != nil {
		return fmt.Errorf("encoding a line: %w", err)
	}
	if err := out.event("line", "", text); err != nil {
		return err
	}
	st.place.reach(l)
	wait := st.s.Places - time.Since(st.told)
	if !st.behind && wait > 0 {
		st.due.Reset(wait)
	}
	st.behind = true
	if wait > 0 {
		return nil
	}
	return st.tellPlace(out)
}

// tellPlace tells the place behind all lines that were told. It is an event of its own, as nobody knows of a line whether
// another one comes with it.
func (st *logStream) tellPlace(out *sse) error {
	if !st.behind {
		return nil
	}
	st.behind, st.told = false, time.Now()
	return out.place(st.place.id())
}

// end is the last that is told: why the stream can't go on, or nil where the log is over.
func (st *logStream) end(out *sse, why error) {
	if st.tellPlace(out) != nil {
		return
	}
	if why != nil {
		st.s.endStream(out, why)
		return
	}
	if out.event("end", "", []byte("{}")) == nil {
		_ = out.flush()
	}
}

type readLine struct {
	line training.LogLine
	err  error
}

// VisitStreamTrainingJobLogsResponse answers the request with the stream.
func (st *logStream) VisitStreamTrainingJobLogsResponse(http.ResponseWriter) error {
	return stream(st.ctx, st.serve)
}

// find says why there is nothing to follow, or not for the caller, in the time that a request has. It asks the cluster:
// whoever comes here has one of the streams' places.
func (st *logStream) find() error {
	ctx, cancel := context.WithTimeout(st.ctx, st.s.Limits.Time)
	defer cancel()
	if _, err := st.jobs.Get(ctx, st.name); err != nil {
		return err
	}
	return st.s.may(ctx, st.right)
}

// serve streams until the log is over, or the caller may not go on.
func (st *logStream) serve(w http.ResponseWriter) error {
	done, err := st.s.streams.open(callerOf(st.ctx).User)
	if err != nil {
		return err
	}
	defer done()
	if err := st.find(); err != nil {
		return err
	}
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
	watch := st.s.watchdog(st.ctx, st.s.holds(st.right))
	defer watch.stop()
	st.due = time.NewTimer(st.s.Places)
	defer st.due.Stop()
	for {
		select {
		case l, more := <-lines:
			if !more || l.err != nil {
				st.end(out, l.err)
				return nil
			}
			if st.tellLine(out, l.line) != nil || len(lines) == 0 && out.flush() != nil {
				return nil
			}
		case <-st.due.C:
			if st.tellPlace(out) != nil || out.flush() != nil {
				return nil
			}
		case <-st.ctx.Done():
			return nil
		case <-watch.tick():
			end, beat := watch.look()
			if end != nil {
				st.end(out, end)
				return nil
			}
			if beat && out.comment("alive") != nil {
				return nil
			}
		case <-st.s.draining:
			st.end(out, draining())
			return nil
		}
	}
}
