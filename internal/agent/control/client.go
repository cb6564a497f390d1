package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/opendatahub-io/mpijob/internal/agent/jobfile"
	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/agent/remote"
	"github.com/opendatahub-io/mpijob/internal/agent/supervise"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Watcher is the Launcher's end: it keeps a control session to one Worker.
type Watcher struct {
	Job    *wire.Job
	Index  int
	Key    ssh.Signer
	Events Events
	// Slots bounds the handshakes under way; shared by all Watchers of a job.
	Slots chan struct{}

	mu      sync.Mutex
	session io.Writer // nil while there is none
}

// Events is what a Watcher tells. Calls come one at a time for each Worker.
type Events interface {
	// Waiting: the Worker can't be reached yet, and why.
	Waiting(worker int, why string)
	// Reachable: a control session is up.
	Reachable(worker int)
	// Told: the Worker's agent says something, the hello included.
	Told(worker int, m wire.ControlMessage)
	// Lost: the session broke and the Worker is gone, or is a new one that knows nothing of the run.
	Lost(worker int, why string, how supervise.Loss)
}

// Run keeps a session up until the context ends. started says whether the run has begun: before it a
// broken session is only a Worker to wait for again, after it a Worker that doesn't come back is lost.
func (w *Watcher) Run(ctx context.Context, started func() bool) {
	last := ""
	for attempt := 1; ctx.Err() == nil; attempt++ {
		instance, err := w.attempt(ctx, "")
		if ctx.Err() != nil {
			return
		}
		if instance != "" {
			// There was a session, and it broke.
			last, attempt = instance, 1
		}
		if started() {
			w.restore(ctx, last, err)
			return
		}
		w.Events.Waiting(w.Index, err.Error())
		pause(ctx, limits.Backoff(attempt, limits.RetryFirst, limits.RetryMax))
	}
}

// restore tries to get back a session to the same instance; a network hiccup isn't a lost Worker, and
// neither is one that is too busy to answer.
func (w *Watcher) restore(ctx context.Context, instance string, cause error) {
	broke := time.Now()
	var missed absence
	for attempt := 1; ctx.Err() == nil; attempt++ {
		same, err := w.attempt(ctx, instance)
		if ctx.Err() != nil {
			return
		}
		if same != "" {
			instance, cause, attempt = same, err, 1
			broke, missed = time.Now(), absence{}
			continue
		}
		now := time.Now()
		if why, how, lost := judge(cause, err, now.Sub(broke), missed.after(err, now)); lost {
			w.Events.Lost(w.Index, why, how)
			return
		}
		w.Events.Waiting(w.Index, err.Error())
		pause(ctx, limits.Backoff(attempt, limits.RetryFirst, limits.RetryMax))
	}
}

// absence is since when a Worker's machine is missed; zero while it isn't.
type absence struct{ since time.Time }

// after is how long the machine is missed, after another attempt that failed. It counts from the first one without a
// sign of life, also where that came late: one attempt that fails may be the network's fault.
func (a *absence) after(err error, now time.Time) time.Duration {
	switch {
	case busy(err):
		a.since = time.Time{}
		return 0
	case a.since.IsZero():
		a.since = now
	}
	return now.Sub(a.since)
}

// judge says whether a Worker is lost whose session broke of cause, and that can't be reached now.
// broke and missed are how long ago the session broke, and its machine was first missed.
func judge(cause, now error, broke, missed time.Duration) (why string, how supervise.Loss, lost bool) {
	var gone *goneError
	var unreached *remote.Error
	switch {
	case errors.As(now, &gone):
		return gone.why, supervise.Gone, true
	case errors.As(now, &unreached) && unreached.Refused:
		return "its container ended", supervise.Gone, true
	case busy(now):
		return fmt.Sprintf("no answer from its agent for %v, though its machine takes connections", broke.Round(time.Second)), supervise.Starved, broke > limits.Starved
	case errors.Is(cause, errSilent):
		how = supervise.Silent
	}
	return fmt.Sprintf("%v, then %v", cause, now), how, missed > limits.Reconnect
}

func busy(err error) bool {
	var unreached *remote.Error
	return errors.As(err, &unreached) && unreached.Busy
}

// goneError says that what answers isn't the Worker the run was started on.
type goneError struct{ why string }

func (e *goneError) Error() string { return e.why }

// attempt opens a session and serves it until it breaks. The instance it returns is empty if none came
// up; want, unless empty, is the only instance that will do.
func (w *Watcher) attempt(ctx context.Context, want string) (instance string, err error) {
	o, err := w.connect(ctx)
	if err != nil {
		return "", err
	}
	defer o.client.Close() //nolint:errcheck // broken by then
	if want != "" && o.hello.Instance != want {
		return "", &goneError{"its container was started anew"}
	}
	stop := context.AfterFunc(ctx, func() { o.client.Close() }) //nolint:errcheck // ends the reading
	defer stop()
	w.setSession(o.in)
	defer w.setSession(nil)
	w.Events.Told(w.Index, o.hello)
	w.Events.Reachable(w.Index)
	return o.hello.Instance, w.read(o.client, o.lines)
}

// opened is a control session whose other end has introduced itself.
type opened struct {
	client *ssh.Client
	in     io.Writer
	lines  *bufio.Scanner
	hello  wire.ControlMessage
}

func (w *Watcher) connect(ctx context.Context) (*opened, error) {
	conn, err := remote.Connect(ctx, w.Job.Workers[w.Index], w.Job.Port)
	if err != nil {
		return nil, err
	}
	// Not before: a Worker that doesn't speak would keep others waiting that do, or that are gone.
	select {
	case w.Slots <- struct{}{}:
		defer func() { <-w.Slots }()
	case <-ctx.Done():
		conn.Close()
		return nil, ctx.Err()
	}
	o := &opened{}
	if o.client, err = remote.Handshake(ctx, conn, remote.AnyUser, w.Key); err != nil {
		return nil, err
	}
	timer := time.AfterFunc(limits.Handshake, func() { o.client.Close() }) //nolint:errcheck // ends what is waited for
	if err = o.subsystem(); err == nil {
		o.hello, err = readMessage(o.lines)
	}
	if !timer.Stop() {
		err = remote.Unanswered()
	}
	if err == nil {
		err = w.check(&o.hello)
	}
	if err != nil {
		o.client.Close() //nolint:errcheck // the error above counts
		return nil, err
	}
	return o, nil
}

// check tells apart the Worker that is meant from another of the job, or of an attempt before, that
// a name still led to.
func (w *Watcher) check(hello *wire.ControlMessage) error {
	switch {
	case hello.Kind != wire.ControlHello || hello.Version != wire.Version:
		return fmt.Errorf("its agent is of another release")
	case hello.UID != w.Job.UID || hello.Attempt != w.Job.Attempt:
		return &goneError{fmt.Sprintf("a pod of attempt %d answers, this is attempt %d", hello.Attempt, w.Job.Attempt)}
	case hello.Worker >= 0 && hello.Worker != w.Index:
		return &goneError{"its name still leads to " + jobfile.WorkerName(hello.Worker)}
	}
	return nil
}

// subsystem has the agent begin a control session.
func (o *opened) subsystem() error {
	session, err := o.client.NewSession()
	if err != nil {
		return fmt.Errorf("its agent offers no session: %w", err)
	}
	if o.in, err = session.StdinPipe(); err != nil {
		return err
	}
	out, err := session.StdoutPipe()
	if err != nil {
		return err
	}
	if err := session.RequestSubsystem(wire.ControlSubsystem); err != nil {
		return fmt.Errorf("its agent offers no control session: %w", err)
	}
	o.lines = bufio.NewScanner(out)
	o.lines.Buffer(nil, wire.MaxControlMessage)
	return nil
}

// read passes messages on until the session breaks or falls silent.
func (w *Watcher) read(client *ssh.Client, lines *bufio.Scanner) error {
	silent := make(chan struct{})
	timer := time.AfterFunc(limits.BeatsMissed, func() {
		close(silent)
		client.Close() //nolint:errcheck // ends the reading
	})
	defer timer.Stop()
	for {
		m, err := readMessage(lines)
		if err != nil {
			select {
			case <-silent:
				return errSilent
			default:
				return err
			}
		}
		timer.Reset(limits.BeatsMissed)
		w.Events.Told(w.Index, m)
	}
}

var (
	errClosed = errors.New("the connection to it closed")
	errSilent = fmt.Errorf("no sign of life for %v", limits.BeatsMissed)
)

func readMessage(lines *bufio.Scanner) (m wire.ControlMessage, err error) {
	if !lines.Scan() {
		if errors.Is(lines.Err(), bufio.ErrTooLong) {
			return m, fmt.Errorf("its agent sent more than %d bytes in a line", wire.MaxControlMessage)
		}
		return m, errClosed
	}
	if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
		return m, fmt.Errorf("its agent sent nonsense: %w", err)
	}
	return m, nil
}

// Ask asks the Worker for news; it answers with a beat. False: there is no session.
func (w *Watcher) Ask(number int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.session != nil && json.NewEncoder(w.session).Encode(wire.ControlAsk{Ask: number}) == nil
}

// Terminate asks the Worker to send its ranks SIGTERM. False: there is no session.
func (w *Watcher) Terminate() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.session != nil && json.NewEncoder(w.session).Encode(wire.ControlAsk{Terminate: true}) == nil
}

func (w *Watcher) setSession(in io.Writer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.session = in
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
