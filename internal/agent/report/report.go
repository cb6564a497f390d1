// Package report writes what a run failed of: the block in the Launcher's log, the termination
// message, and lines of the feed, each cut to the room there is.
package report

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Block is what the Launcher's log ends with after a failure.
func Block(f *failure.Failure) string {
	var b strings.Builder
	fmt.Fprintf(&b, "mpi-agent: the job failed: %s\n", f.Sentence())
	if f.Confidence == failure.Likely {
		fmt.Fprintf(&b, "mpi-agent: that is likely, not certain; seen in: %s\n", f.Evidence)
	}
	if a := f.Advice(); a != "" {
		fmt.Fprintf(&b, "mpi-agent: what to do: %s\n", a)
	}
	return b.String()
}

// LastWord encodes a last word in at most limit bytes: of a failure, what the program told of its progress
// goes first if that is enough, else the Workers, then both, then lines of the log from the oldest on, then
// the ends of long texts.
func LastWord(w wire.LastWord, limit int) []byte {
	if data := encode(w); len(data) <= limit {
		return data
	}
	if w.Failure != nil && w.Progress != nil {
		// The last report of the feed carries it too, and a status that has it already keeps it.
		rest := w
		rest.Progress = nil
		if data := encode(rest); len(data) <= limit {
			return data
		}
	}
	w.Workers = nil
	if w.Failure != nil && len(encode(w)) > limit {
		w.Progress = nil
		f := *w.Failure
		w.Failure = &f
		shrink(&f, func() bool { return len(encode(w)) <= limit })
	}
	return encode(w)
}

// Line encodes a report as one line of the feed, in at most limit bytes with the line's end.
func Line(r wire.Report, limit int) []byte {
	fits := func() bool { return len(encode(r)) < limit }
	if r.Failure != nil && !fits() {
		f := *r.Failure
		r.Failure = &f
		// The Workers need the room more than the log does, which the last word carries too.
		const most = 8 << 10
		shrink(&f, func() bool { return len(encode(f)) <= most })
	}
	if !fits() {
		workers := append([]wire.WorkerReport(nil), r.Workers...)
		for i := range workers {
			workers[i].Message = clip(workers[i].Message, 60)
		}
		r.Workers = workers
		for i := len(workers) - 1; i >= 0 && !fits(); i-- {
			workers[i].Ranks = nil
		}
	}
	if !fits() {
		r.Workers = nil
	}
	return append(encode(r), '\n')
}

// shrink cuts a failure until it fits.
func shrink(f *failure.Failure, fits func() bool) {
	lines := make([]string, len(f.LogTail))
	for i, l := range f.LogTail {
		lines[i] = clip(l, 300)
	}
	f.LogTail = lines
	for len(f.LogTail) > 0 && !fits() {
		f.LogTail = f.LogTail[1:]
	}
	for most := 1000; most >= 50 && !fits(); most /= 2 {
		f.Detail, f.Evidence, f.Where = clip(f.Detail, most), clip(f.Evidence, most), clip(f.Where, most)
		f.Signal, f.Reason = clip(f.Signal, most), failure.Reason(clip(string(f.Reason), most))
		f.Confidence = failure.Confidence(clip(string(f.Confidence), most))
	}
}

// clip cuts a text between characters and marks the cut.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	s = s[:most]
	for len(s) > 0 {
		if r, n := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || n > 1 {
			break
		}
		s = s[:len(s)-1]
	}
	return s + "…"
}

func encode(v any) []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	// A log line's < and & are no danger here and would take six bytes each.
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		// Times beyond the year 9999, which nothing sets.
		return []byte("{}")
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

// Leave writes a last word where the kubelet reads it. A pod without that file has no use for it.
func Leave(path string, word []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Write(word)
	return err
}
