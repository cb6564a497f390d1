package service

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"k8s.io/apimachinery/pkg/util/remotecommand"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// shell is a command that runs, and the WebSocket of who runs it.
type shell struct {
	s       *Service
	ctx     context.Context
	entry   *entry
	options training.ExecOptions
	stdin   bool

	namespace, job string
	of             training.Type
	worker         *int // nil is the Launcher

	target *training.ExecTarget // find has found it
	right  Right

	conn  *websocket.Conn
	moved atomic.Int64 // when anything last came or went, in Unix nanoseconds

	mu     sync.Mutex // of writing messages
	out    []byte     // the one that is written
	closed bool       // the last one has been written
}

// shellPatience is how long a shell outlives an outage of the cluster's reviews: nobody can take it up again as they can
// other streams, and who has lost the right keeps it for no longer.
const shellPatience = time.Minute

// Codes of shells that nobody used, and of those whose commands took no input.
const (
	codeIdle    = "Idle"
	codeNoInput = "InputNotTaken"
)

// closeWithin is how long the caller's Close frame is waited for.
const closeWithin = 2 * time.Second

// inputWithin is how long a command may take no input while more of it comes than waits for it.
const inputWithin = time.Minute

// errLeft is that the caller has gone, and needs to be told nothing.
var errLeft = errors.New("the caller has gone")

// VisitExecTrainingJobResponse answers the request with the shell.
func (sh *shell) VisitExecTrainingJobResponse(http.ResponseWriter) error {
	return stream(sh.ctx, sh.serve)
}

// serve makes the connection a WebSocket, where it can, and runs the command.
func (sh *shell) serve(w http.ResponseWriter) error {
	done, err := sh.s.shells.open(callerOf(sh.ctx).User)
	if err != nil {
		return err
	}
	defer done()
	if err := sh.find(); err != nil {
		return err
	}
	if err := upgradable(sh.entry.request); err != nil {
		if sh.entry.request.ProtoMajor == 1 { // HTTP/2 has no such header
			w.Header().Set("Upgrade", "websocket")
		}
		return err
	}
	upgrader := websocket.Upgrader{
		Subprotocols: []string{remotecommand.StreamProtocolV5Name}, HandshakeTimeout: writeFor,
		CheckOrigin: func(*http.Request) bool { return true }, // ownOrigin has looked
		Error: func(w http.ResponseWriter, r *http.Request, _ int, reason error) {
			sh.s.fail(w, r, badRequest(reason.Error()))
		},
	}
	if sh.conn, err = upgrader.Upgrade(w, sh.entry.request, nil); err != nil {
		return nil // it has been answered
	}
	sh.entry.status, sh.entry.begun = http.StatusSwitchingProtocols, true
	sh.run()
	return nil
}

// run runs the command until it ends or its connection may not go on, and waits for all that it began here.
func (sh *shell) run() {
	ctx, cancel := context.WithCancelCause(sh.ctx)
	in, read := newBacklog(), make(chan struct{})
	sizes := make(chan training.TerminalSize, 1)
	var helpers sync.WaitGroup
	defer func() {
		// Each of these lets one of the helpers end, or what the command's streams are copied with.
		cancel(nil)
		in.end()
		sh.awaitClose(read)
		_ = sh.conn.Close()
		helpers.Wait()
	}()
	sh.touch()
	o := sh.options
	o.Stdout, o.Stderr, o.Sizes = &channelWriter{sh, remotecommand.StreamStdOut}, &channelWriter{sh, remotecommand.StreamStdErr}, sizes
	if sh.stdin {
		o.Stdin = in
	}
	helpers.Go(func() { sh.guard(ctx, cancel) })
	helpers.Go(func() {
		defer close(read)
		sh.read(ctx, in, sizes, cancel)
	})
	err := sh.target.Exec(ctx, o)
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if sh.ctx.Err() != nil { // the request's, which ends with its connection
		err = errLeft
	}
	sh.end(err)
}

// touch notes that something came or went.
func (sh *shell) touch() { sh.moved.Store(sh.s.now().UnixNano()) }

// read takes in what the caller sends. It goes on while the command takes none of it in, or nobody would notice that the
// caller has gone: that comes behind it, and is read here too.
func (sh *shell) read(ctx context.Context, stdin *backlog, sizes chan training.TerminalSize, cancel context.CancelCauseFunc) {
	defer sh.recovered(cancel)
	defer close(sizes)
	defer stdin.end()
	sh.conn.SetReadLimit(maxMessage)
	alive := func() { _ = sh.conn.SetReadDeadline(time.Now().Add(sh.s.Heartbeat + writeFor)) }
	sh.conn.SetPongHandler(func(string) error { alive(); return nil })
	for {
		// Not before: room for what came may have been waited for longer.
		alive()
		kind, message, err := sh.conn.ReadMessage()
		if err != nil {
			cancel(errLeft)
			return
		}
		if ctx.Err() != nil {
			continue // to the caller's Close frame
		}
		sh.touch()
		in, err := decodeMessage(kind, message)
		if err == nil && sh.stdin && !stdin.put(ctx, in.input, sh.s.inputWithin) {
			err = problem(http.StatusRequestTimeout, codeNoInput, "Input not taken", "the command took no input for "+sh.s.inputWithin.String()+", and more came than waits for it",
				"run a command that reads its input", "copy the input into the pod first, and have the command read it there")
		}
		if err != nil {
			cancel(err)
			continue
		}
		if in.eof {
			stdin.end()
		}
		if in.size != nil {
			select {
			case <-sizes: // an older one
			default:
			}
			sizes <- *in.size
		}
	}
}

// guard ends the connection to the command with the caller's right to it, with the service, and when nobody uses it; and
// shows that the one to the caller is alive. The command's input and terminal end with it; one that heeds neither may run
// on until its pod ends: Kubernetes has no way to end it.
func (sh *shell) guard(ctx context.Context, cancel context.CancelCauseFunc) {
	defer sh.recovered(cancel)
	watch := sh.s.watchdog(sh.ctx, sh.s.holds(sh.right))
	watch.patience = shellPatience
	defer watch.stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sh.s.draining:
			cancel(draining())
			return
		case <-watch.tick():
			end, beat := watch.look()
			if idle := sh.s.now().Sub(time.Unix(0, sh.moved.Load())); end == nil && idle >= sh.s.ShellIdle {
				end = problem(http.StatusRequestTimeout, codeIdle, "Not used", "nothing came or went for "+sh.s.ShellIdle.String(), "open it again")
			}
			if end != nil {
				cancel(end)
				return
			}
			if beat && sh.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeFor)) != nil {
				cancel(errLeft)
				return
			}
		}
	}
}

// recovered catches panics of what isn't the request's own goroutine.
func (sh *shell) recovered(cancel context.CancelCauseFunc) {
	if p := recover(); p != nil {
		sh.s.panicked(p)
		cancel(errInternal)
	}
}

// channelWriter sends what a command writes.
type channelWriter struct {
	sh      *shell
	channel byte
}

// Write sends messages of a channel. It waits for a client that is slow, not for one that takes nothing in.
func (c *channelWriter) Write(b []byte) (int, error) {
	for sent := 0; sent < len(b); {
		piece := b[sent:min(len(b), sent+outPiece)]
		if err := c.sh.send(c.channel, piece); err != nil {
			return sent, err
		}
		sent += len(piece)
	}
	return len(b), nil
}

// send sends a message. Nothing comes behind the status: what the command still writes is for nobody.
func (sh *shell) send(channel byte, data []byte) error {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.closed {
		return errLeft
	}
	sh.closed = channel == remotecommand.StreamErr
	sh.out = append(append(sh.out[:0], channel), data...)
	_ = sh.conn.SetWriteDeadline(time.Now().Add(writeFor))
	if err := sh.conn.WriteMessage(websocket.BinaryMessage, sh.out); err != nil {
		return err
	}
	sh.touch()
	return nil
}

// end tells how the command ended.
func (sh *shell) end(err error) {
	if errors.Is(err, errLeft) {
		return
	}
	status, code, why := ending(err)
	if code == websocket.CloseInternalServerErr {
		sh.s.Log.Warn("a command broke off", "instance", sh.entry.instance, "code", why, "error", short(err.Error(), maxDetail))
	}
	text, err := json.Marshal(status)
	if err == nil && sh.send(remotecommand.StreamErr, text) == nil {
		_ = sh.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, why), time.Now().Add(writeFor))
	}
}

// awaitClose waits, for a moment, for the caller's Close frame, while all that they still send is read: a connection that
// is closed with anything unread is reset, and some clients lose the exit code then, which is still on its way to them.
func (sh *shell) awaitClose(read <-chan struct{}) {
	late := time.NewTimer(sh.s.closeWithin)
	defer late.Stop()
	select {
	case <-read:
	case <-late.C:
	}
}

// awaitShells waits until the commands have been told that the service ends: a server doesn't wait for connections that
// have become WebSockets.
func (s *Service) awaitShells() { s.shells.awaitNone(drainWithin) }
