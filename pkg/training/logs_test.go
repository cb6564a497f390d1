package training

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func stamp(sec, nano int) string {
	return noon.Add(time.Duration(sec)*time.Second + time.Duration(nano)).Format(time.RFC3339Nano)
}

// kubelet is a log that is read in pieces: each time it is opened it gives, from the second asked
// for on, as many lines as there are by then, and breaks off with an error or a clean end.
type kubelet struct {
	lines []string // with their times
	upTo  []int    // how many lines are there at each opening
	opens int
}

func (k *kubelet) open(_ context.Context, since time.Time, _ int64) (io.ReadCloser, error) {
	if k.opens == len(k.upTo) {
		return nil, errors.New("opened too often")
	}
	var b strings.Builder
	for _, l := range k.lines[:k.upTo[k.opens]] {
		at, _ := splitTime(l, time.Time{})
		if !at.Before(since) {
			b.WriteString(l + "\n")
		}
	}
	k.opens++
	return io.NopCloser(strings.NewReader(b.String())), nil
}

// A log that breaks off in the middle of a second, even between lines of the same time, is resumed
// without a line lost or doubled.
func TestFollowResumesWithoutLossOrDoubles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &kubelet{upTo: []int{3, 3, 5, 7}}
		want := []string{"a", "b", "b", "b", "c", "d", "e"}
		for i, at := range []string{stamp(0, 1), stamp(1, 5), stamp(1, 5), stamp(1, 5), stamp(1, 5), stamp(1, 9), stamp(2, 0)} {
			k.lines = append(k.lines, at+" "+want[i])
		}
		out := make(chan LogLine, 100)
		alive := func() bool { return k.opens < 4 }
		if err := newReader(noon, LogOptions{}).follow(t.Context(), k.open, 0, out, alive); err != nil {
			t.Fatal(err)
		}
		close(out)
		var got []string
		for l := range out {
			got = append(got, l.Text)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("lines (-want +got):\n%s", d)
		}
	})
}

func TestFollowGivesUpOnlyOnMissingRights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opens := 0
		open := func(context.Context, time.Time, int64) (io.ReadCloser, error) {
			if opens++; opens < 5 {
				return nil, &ServerError{Code: 400, Message: "container is waiting to start"}
			}
			return nil, &DeniedError{Message: "no right to logs"}
		}
		err := newReader(noon, LogOptions{}).follow(t.Context(), open, 0, nil, func() bool { return true })
		var denied *DeniedError
		if !errors.As(err, &denied) || opens != 5 {
			t.Errorf("after %d openings: %v", opens, err)
		}
	})
}

func TestLongLinesComeInPieces(t *testing.T) {
	text := stamp(0, 0) + " " + strings.Repeat("x", 3*maxLine) + "\n" + stamp(1, 0) + " short, no newline"
	open := func(context.Context, time.Time, int64) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text)), nil
	}
	out := make(chan LogLine, 10)
	if err := newReader(noon, LogOptions{}).once(t.Context(), open, 0, out); err != nil {
		t.Fatal(err)
	}
	close(out)
	total, last := 0, ""
	for l := range out {
		if len(l.Text) > maxLine {
			t.Errorf("a piece of %d bytes", len(l.Text))
		}
		if strings.HasPrefix(l.Text, "x") {
			total += len(l.Text)
		}
		last = l.Text
	}
	if total != 3*maxLine || last != "short, no newline" {
		t.Errorf("%d bytes of the long line, then %q", total, last)
	}
}

func TestMergeOrdersByTimeAndKeepsEachLogsOrder(t *testing.T) {
	const logs, each = 100, 200
	sources := make([]<-chan LogLine, logs)
	for i := range logs {
		c := make(chan LogLine, 4)
		sources[i] = c
		go func() {
			defer close(c)
			for n := range each {
				c <- LogLine{Index: i, At: noon.Add(time.Duration(n/3) * time.Second), Text: fmt.Sprint(n)}
			}
		}()
	}
	next, seen, last := make([]int, logs), 0, time.Time{}
	merge(t.Context(), sources, func(l LogLine) bool {
		if l.At.Before(last) {
			t.Fatalf("line %v after %v", l.At, last)
		}
		if l.Text != fmt.Sprint(next[l.Index]) {
			t.Fatalf("log %d: line %s, want %d", l.Index, l.Text, next[l.Index])
		}
		next[l.Index]++
		last = l.At
		seen++
		return true
	})
	if seen != logs*each {
		t.Errorf("%d lines of %d", seen, logs*each)
	}
}

// Lines of two live logs that arrive a little out of order are put into order; none waits longer
// than the window, none is lost at the end.
func TestReorder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := make(chan LogLine)
		go func() {
			for _, l := range []LogLine{{Index: 0, At: noon, Text: "1"}, {Index: 1, At: noon.Add(3), Text: "3"}, {Index: 0, At: noon.Add(2), Text: "2"}} {
				in <- l
			}
			time.Sleep(time.Second)
			in <- LogLine{Index: 1, At: noon.Add(4), Text: "4"}
			close(in)
		}()
		var got []string
		var waited time.Duration
		begin := time.Now()
		reorder(t.Context(), in, reorderWindow, 10, func(l LogLine) bool {
			if l.Text == "3" {
				waited = time.Since(begin)
			}
			got = append(got, l.Text)
			return true
		})
		if d := cmp.Diff([]string{"1", "2", "3", "4"}, got); d != "" || waited > 2*reorderWindow {
			t.Errorf("waited %s, lines (-want +got):\n%s", waited, d)
		}
	})
}

func TestSplitRank(t *testing.T) {
	for line, want := range map[string]string{
		"[1,3]<stdout>:hello":  "3 hello",
		"[1,12]<stderr>: oops": "12 oops",
		"[1,3] plain":          "- [1,3] plain",
		"[notes]":              "- [notes]",
		"plain":                "- plain",
	} {
		rank, text := splitRank(line)
		got := "- " + text
		if rank != nil {
			got = fmt.Sprint(*rank, " ", text)
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}
