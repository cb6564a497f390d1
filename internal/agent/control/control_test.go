package control

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/agent/remote"
	"github.com/opendatahub-io/mpijob/internal/agent/supervise"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// session opens a control session to a hub over a pipe.
func session(t *testing.T, h *Hub) (net.Conn, *bufio.Scanner) {
	t.Helper()
	mine, theirs := net.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		h.Serve(ctx, theirs)
		_ = theirs.Close()
		close(done)
	}()
	t.Cleanup(func() {
		cancel()
		_ = mine.Close()
		<-done
	})
	_ = mine.SetDeadline(time.Now().Add(30 * time.Second))
	return mine, bufio.NewScanner(mine)
}

func expect(t *testing.T, lines *bufio.Scanner, kind wire.ControlKind) wire.ControlMessage {
	t.Helper()
	for {
		m, err := readMessage(lines)
		if err != nil {
			t.Fatalf("no %s: %v", kind, err)
		}
		if m.Kind == kind {
			return m
		}
	}
}

func TestHub(t *testing.T) {
	h := NewHub(wire.ControlMessage{Worker: 3, Instance: "i", UID: "u", Attempt: 2})
	h.Started()
	h.tellRanks(wire.ControlRankStarted, []wire.ControlRank{{Rank: 5, PID: 50}})
	conn, lines := session(t, h)
	if m := expect(t, lines, wire.ControlHello); m.Worker != 3 || m.Instance != "i" || m.Starts != 1 || m.Version != wire.Version {
		t.Errorf("hello %+v", m)
	}
	// What came before is told to a new session too.
	if m := expect(t, lines, wire.ControlRankStarted); m.Rank == nil || m.Rank.Rank != 5 {
		t.Errorf("rank %+v", m)
	}
	h.tellMemory(wire.MemoryState{Kills: 1})
	expect(t, lines, wire.ControlMemory)
	expect(t, lines, wire.ControlBeat)
	ctx, cancel := context.WithCancel(context.Background())
	watched := make(chan struct{})
	go func() {
		h.Watch(ctx, func() bool { return false })
		close(watched)
	}()
	if err := json.NewEncoder(conn).Encode(wire.ControlAsk{Ask: 7}); err != nil {
		t.Fatal(err)
	}
	// Plain beats come in between.
	for expect(t, lines, wire.ControlBeat).Answer != 7 {
		continue
	}
	told := make(chan struct{})
	go func() {
		h.Stopping(time.Minute)
		close(told)
	}()
	expect(t, lines, wire.ControlStopping)
	select {
	case <-told:
	case <-time.After(20 * time.Second):
		t.Error("it isn't noticed that the word was sent")
	}
	cancel()
	<-watched
}

// Of what programs tell, the first is passed on at once, the newest a while later or when it is asked for, and
// the last to a session that opens later.
func TestHubProgress(t *testing.T) {
	h := NewHub(wire.ControlMessage{})
	percent := func(n int) wire.Progress { return wire.Progress{At: time.Now(), Percent: &n} }
	_, lines := session(t, h)
	expect(t, lines, wire.ControlHello)
	h.Progress(percent(1))
	for n := range 50 {
		h.Progress(percent(n + 2))
	}
	if m := expect(t, lines, wire.ControlProgress); *m.Progress.Percent != 1 {
		t.Errorf("first %+v", *m.Progress.Percent)
	}
	conn, late := session(t, h)
	if m := expect(t, late, wire.ControlHello); m.Progress == nil || *m.Progress.Percent != 51 {
		t.Errorf("to a late session %+v", m.Progress)
	}
	h.Progress(percent(100))
	ctx, cancel := context.WithCancel(context.Background())
	watched := make(chan struct{})
	go func() {
		h.Watch(ctx, func() bool { return false })
		close(watched)
	}()
	if err := json.NewEncoder(conn).Encode(wire.ControlAsk{Ask: 7}); err != nil {
		t.Fatal(err)
	}
	if m := expect(t, late, wire.ControlProgress); *m.Progress.Percent != 100 {
		t.Errorf("when asked %+v", *m.Progress.Percent)
	}
	if m := expect(t, lines, wire.ControlProgress); *m.Progress.Percent != 100 {
		t.Errorf("after it %+v", *m.Progress.Percent)
	}
	cancel()
	<-watched
}

func TestHubClosesOnNonsense(t *testing.T) {
	h := NewHub(wire.ControlMessage{})
	conn, lines := session(t, h)
	expect(t, lines, wire.ControlHello)
	if _, err := io.WriteString(conn, "nonsense\n"); err != nil {
		t.Fatal(err)
	}
	// To the end, which is what counts.
	for lines.Scan() {
		continue
	}
	if err := lines.Err(); err != nil {
		t.Errorf("the session didn't end: %v", err)
	}
}

// A Launcher that doesn't read must cost a Worker a bounded amount, and may come back.
func TestHubDropsSlowSession(t *testing.T) {
	h := NewHub(wire.ControlMessage{})
	l := h.open()
	for i := range limits.ControlQueue + 10 {
		h.tellRanks(wire.ControlRankEnded, []wire.ControlRank{{Rank: i}})
	}
	if len(h.sessions) != 0 {
		t.Error("the session is still served")
	}
	n := 0
	for range l.queue {
		n++
	}
	if n != limits.ControlQueue || len(h.records) > 2*limits.RankRecords {
		t.Errorf("%d messages queued, %d records", n, len(h.records))
	}
	if again := h.open(); len(again.queue) < limits.RankRecords/2 {
		t.Errorf("%d messages for the next session", len(again.queue))
	}
}

func TestCheck(t *testing.T) {
	w := &Watcher{Job: &wire.Job{UID: "u", Attempt: 2, Workers: []string{"a", "b"}}, Index: 1}
	good := wire.ControlMessage{Kind: wire.ControlHello, Version: wire.Version, UID: "u", Attempt: 2, Worker: 1}
	for _, tc := range []struct {
		name   string
		change func(*wire.ControlMessage)
		want   string
	}{
		{"as it should be", func(*wire.ControlMessage) {}, ""},
		{"doesn't know its index", func(m *wire.ControlMessage) { m.Worker = -1 }, ""},
		{"other release", func(m *wire.ControlMessage) { m.Version = 9 }, "of another release"},
		{"attempt before", func(m *wire.ControlMessage) { m.Attempt = 1 }, "a pod of attempt 1 answers, this is attempt 2"},
		{"other Worker", func(m *wire.ControlMessage) { m.Worker = 0 }, "its name still leads to Worker 0"},
	} {
		m := good
		tc.change(&m)
		if err := w.check(&m); (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
}

// What a Worker's end looks like from outside, and what a Worker that lives must not be taken for.
func TestJudge(t *testing.T) {
	refused := &remote.Error{Why: "connection refused", Refused: true}
	unanswered := &remote.Error{Why: "no answer"}
	for _, tc := range []struct {
		name          string
		cause, now    error
		broke, missed time.Duration
		why           string // empty: not lost
		how           supervise.Loss
	}{
		{name: "another in its place", cause: errClosed, now: &goneError{"its container was started anew"}, why: "started anew"},
		{name: "no agent there", cause: errSilent, now: refused, why: "its container ended"},
		{name: "a hiccup", cause: errClosed, now: unanswered, broke: time.Second, missed: time.Second},
		{name: "cut off", cause: errClosed, now: unanswered, broke: 4 * time.Second, missed: 4 * time.Second, why: "the connection to it closed, then no answer"},
		{name: "its node gone", cause: errSilent, now: unanswered, broke: 4 * time.Second, missed: 4 * time.Second, why: "no sign of life for 15s, then no answer", how: supervise.Silent},
		{name: "busy", cause: errSilent, now: remote.Unanswered(), broke: time.Minute},
		{name: "busy, and its network slow", cause: errSilent, now: unanswered, broke: time.Minute, missed: 2 * time.Second},
		{name: "busy, and then its node gone", cause: errSilent, now: unanswered, broke: time.Minute, missed: 4 * time.Second, why: "then no answer", how: supervise.Silent},
		{name: "stuck", cause: errSilent, now: remote.Unanswered(), broke: 101400 * time.Millisecond, why: "no answer from its agent for 1m41s", how: supervise.Starved},
	} {
		why, how, lost := judge(tc.cause, tc.now, tc.broke, tc.missed)
		if lost != (tc.why != "") || lost && (!strings.Contains(why, tc.why) || how != tc.how) {
			t.Errorf("%s: %q, %v, %v", tc.name, why, how, lost)
		}
	}
}

// One attempt without an answer makes no lost Worker, however long after the last sign of life it came.
func TestOneMissIsNoLoss(t *testing.T) {
	busy, unanswered := remote.Unanswered(), &remote.Error{Why: "no answer"}
	late := limits.RetryMax + limits.Dial + 100*time.Millisecond
	for _, tc := range []struct {
		name  string
		tries []error // each comes late after the one before
		lost  bool
	}{
		{"never any answer", []error{unanswered, unanswered}, true},
		{"the first", []error{unanswered}, false},
		{"one after it was busy", []error{busy, unanswered}, false},
		{"and another one", []error{busy, unanswered, unanswered}, true},
		{"busy in between", []error{unanswered, busy, unanswered}, false},
	} {
		var missed absence
		lost, now := false, time.Now()
		for i, err := range tc.tries {
			if lost {
				t.Errorf("%s: lost after %d attempts", tc.name, i)
			}
			now = now.Add(late)
			_, _, lost = judge(errSilent, err, time.Minute, missed.after(err, now))
		}
		if lost != tc.lost {
			t.Errorf("%s: lost %v, want %v", tc.name, lost, tc.lost)
		}
	}
}

func FuzzReadMessage(f *testing.F) {
	f.Add(`{"kind":"hello","worker":1}` + "\n" + `{"kind":"beat"}`)
	f.Add(strings.Repeat("x", wire.MaxControlMessage+1))
	f.Fuzz(func(_ *testing.T, text string) {
		lines := bufio.NewScanner(strings.NewReader(text))
		lines.Buffer(nil, wire.MaxControlMessage)
		for {
			if _, err := readMessage(lines); err != nil {
				return
			}
		}
	})
}

// FuzzAsks: whatever a Launcher sends, the Worker's end takes it or ends the session, and goes on for others.
func FuzzAsks(f *testing.F) {
	f.Add(`{"ask":1}` + "\n" + `{"ask":2}` + "\n")
	f.Add(`{"ask":-1}` + "\n")
	f.Add(strings.Repeat("x", wire.MaxControlMessage+1))
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(strings.ToLower(text), "terminate") {
			return // it would signal the ranks among the test's own processes
		}
		h := NewHub(wire.ControlMessage{})
		h.listen(h.open(), strings.NewReader(text))
		h.tellRanks(wire.ControlRankStarted, []wire.ControlRank{{Rank: 1}})
		if l := h.open(); len(l.queue) != 2 {
			t.Errorf("a later session is told %d things, want hello and a rank", len(l.queue))
		}
	})
}

// An ask that comes during a look waits for the next one: what ended before it may not have been looked at yet.
func TestAsksDuringALookWait(t *testing.T) {
	h := NewHub(wire.ControlMessage{})
	l := h.open()
	answers := func(asked map[*listener]int) (all []int) {
		h.answer(asked)
		for len(l.queue) > 0 {
			if m := <-l.queue; m.Kind == wire.ControlBeat {
				all = append(all, m.Answer)
			}
		}
		return all
	}
	l.ask = 1
	look := h.asked()
	l.ask = 2
	if got := answers(look); !slices.Equal(got, []int{1}) {
		t.Errorf("answered %v, want 1 alone", got)
	}
	if got := answers(h.asked()); !slices.Equal(got, []int{2}) {
		t.Errorf("answered %v, want 2", got)
	}
}
