package training

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	utilexec "k8s.io/client-go/util/exec"
	"k8s.io/streaming/pkg/httpstream"
)

// ExecOptions say what to run, and where.
type ExecOptions struct {
	// Worker to run it in, by index; nil is the Launcher.
	Worker *int
	// Command and its arguments; no shell is put around it.
	Command []string
	// Stdin, Stdout and Stderr of the command; nil is none. With TTY, what it writes to either comes
	// to Stdout.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	TTY            bool
	// Sizes of the terminal, with TTY: the present one and each new one. nil is none.
	Sizes <-chan TerminalSize
}

// TerminalSize is a terminal's size in characters.
type TerminalSize struct{ Width, Height uint16 }

// ExitError: the command ended with another code than 0.
type ExitError struct {
	Where string // "Launcher", "Worker 3"
	Code  int    // 128 and the signal's number, where one ended it
}

func (e *ExitError) Error() string {
	return fmt.Sprintf("the command in %s ended with code %d", e.Where, e.Code)
}

// NotRunningError: something was to be done in a Launcher or Worker that does not run.
type NotRunningError struct {
	Job   string
	Where string
	Why   string
}

func (e *NotRunningError) Error() string {
	return fmt.Sprintf("%s of %q does not run: %s", e.Where, e.Job, e.Why)
}

// Exec runs a command in the program's own container of the Launcher or a Worker, and returns when it
// has ended: with an ExitError where its code is not 0. It needs the right to create pods/exec. When ctx ends, so do the
// connection, and the command's input and terminal; a command that heeds neither may run on until its pod ends.
func (j *Jobs) Exec(ctx context.Context, name string, o ExecOptions) error {
	t, err := j.ExecTarget(ctx, name, o.Worker)
	if err != nil {
		return err
	}
	return t.Exec(ctx, o)
}

// ExecTarget is a Launcher or Worker that runs, and commands can be run in.
type ExecTarget struct {
	// Where is "Launcher" or "Worker 3", Pod the name of its pod.
	Where, Pod string

	jobs      *Jobs
	container string
}

// ExecTarget finds the Launcher (nil) or a Worker of a job, to run commands in it. Where it doesn't run, the error is a
// NotRunningError; for the old types, whose jobs are only read, an UnsupportedError.
func (j *Jobs) ExecTarget(ctx context.Context, name string, worker *int) (*ExecTarget, error) {
	if k := kindOf(j.typ); k.old {
		return nil, &UnsupportedError{Type: k.name, Name: name, Verb: "exec", Instead: "this type is only read: use kubectl exec on one of its pods"}
	}
	index := -1
	if worker != nil {
		index = *worker
	}
	pod, where, err := j.running(ctx, name, index)
	if err != nil {
		return nil, err
	}
	return &ExecTarget{Where: where, Pod: pod.Name, jobs: j, container: mainName(pod)}, nil
}

// Exec runs a command there, as Jobs.Exec does; what the options say of a Worker has been decided.
func (t *ExecTarget) Exec(ctx context.Context, o ExecOptions) error {
	if len(o.Command) == 0 {
		return &InvalidError{What: "the command", Problems: []Problem{{Message: "there is none: say what to run"}}}
	}
	j := t.jobs
	r := j.c.core.Post().Namespace(j.namespace).Resource("pods").Name(t.Pod).SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{
			Container: t.container, Command: o.Command,
			Stdin: o.Stdin != nil, Stdout: o.Stdout != nil, Stderr: o.Stderr != nil && !o.TTY, TTY: o.TTY,
		}, j.c.params)
	run, err := executor(j.c.config, r)
	if err != nil {
		return err
	}
	streams := remotecommand.StreamOptions{Stdin: o.Stdin, Stdout: o.Stdout, Stderr: o.Stderr, Tty: o.TTY}
	if o.TTY {
		streams.Stderr = nil
	}
	if o.TTY && o.Sizes != nil {
		streams.TerminalSizeQueue = sizes{ctx, o.Sizes}
	}
	err = run.StreamWithContext(ctx, streams)
	var exit utilexec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		return &ExitError{Where: t.Where, Code: exit.ExitStatus()}
	}
	about := subject{kind: t.Where, resource: "pods/exec", verb: "create", namespace: j.namespace, name: t.Pod}
	return j.c.typed(refusedStream(err, about), about)
}

// refusedStream finds what client-go has as text only: why the API server opened no stream.
func refusedStream(err error, about subject) error {
	if err == nil {
		return nil
	}
	_, text, ok := strings.Cut(err.Error(), "unable to upgrade connection: ")
	switch {
	case ok && strings.Contains(text, "forbidden"):
		return denied(text, about)
	case ok && strings.Contains(text, "Unauthorized"):
		return &DeniedError{Unauthenticated: true, Message: text}
	}
	return err
}

// executor speaks WebSocket, and SPDY where something on the way doesn't.
func executor(config *rest.Config, r *rest.Request) (remotecommand.Executor, error) {
	spdy, err := remotecommand.NewSPDYExecutor(config, http.MethodPost, r.URL())
	if err != nil {
		return nil, err
	}
	socket, err := remotecommand.NewWebSocketExecutor(config, http.MethodGet, r.URL().String())
	if err != nil {
		return nil, err
	}
	return remotecommand.NewFallbackExecutor(socket, spdy, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	})
}

// running is the pod of the Launcher (-1) or a Worker, which must be running, and what it is called.
func (j *Jobs) running(ctx context.Context, name string, index int) (pod *corev1.Pod, where string, err error) {
	seen, err := j.look(ctx, name)
	if err != nil {
		return nil, "", err
	}
	d := newDetail(seen, j.c.now())
	is, ok := d.Member(index)
	switch {
	case !ok && index == -1:
		return nil, "", noLauncher(seen.of())
	case !ok:
		return nil, "", noSuchPart(seen.parts(), index, d)
	}
	if is.Phase == PodRunning {
		for _, p := range seen.pods {
			if p.Name == is.Pod {
				return p, is.Where, nil
			}
		}
	}
	why := "it is " + string(is.Phase)
	if is.Message != "" {
		why += ", " + is.Message
	}
	return nil, "", &NotRunningError{Job: name, Where: is.Where, Why: why}
}

// sizes is a queue of a terminal's sizes, as the streams want it.
type sizes struct {
	ctx context.Context
	in  <-chan TerminalSize
}

// Next waits for the next size; nil says that no more come.
func (s sizes) Next() *remotecommand.TerminalSize {
	select {
	case size, ok := <-s.in:
		if !ok {
			return nil
		}
		return &remotecommand.TerminalSize{Width: size.Width, Height: size.Height}
	case <-s.ctx.Done():
		return nil
	}
}
