// Package serve is the agent in a Worker: the container's first process, which serves remote starts
// and tells the Launcher what happens. It never ends because a rank died.
package serve

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/control"
	"github.com/opendatahub-io/mpijob/internal/agent/environ"
	"github.com/opendatahub-io/mpijob/internal/agent/jobfile"
	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/agent/procs"
	"github.com/opendatahub-io/mpijob/internal/agent/progress"
	"github.com/opendatahub-io/mpijob/internal/agent/sshd"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Options is where a Worker's agent finds what it needs.
type Options struct {
	JobFile, KeyFile string
	// Address to listen on; empty: all of the pod's.
	Address string
	// Shell is run for commands where it exists.
	Shell string
	// Env is the container's environment.
	Env    []string
	Stderr io.Writer
}

// Run serves until the container is told to stop, and returns the exit code.
func Run(o Options) int {
	if err := run(o); err != nil {
		fmt.Fprintf(o.Stderr, "mpi-agent: %v\n", err)
		return 1
	}
	return 0
}

func run(o Options) error {
	// Before anything else: a signal that comes earlier would end the agent without a word.
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT)
	// A Worker has no terminal to lose, and a broken stderr is no reason to end.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP, syscall.SIGPIPE)
	job, err := jobfile.Load(o.JobFile)
	if err != nil {
		return err
	}
	key, err := jobfile.Key(o.KeyFile)
	if err != nil {
		return err
	}
	if _, err := os.Stat(o.Shell); err != nil {
		o.Shell = ""
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(o.Address, strconv.Itoa(job.Port)))
	if err != nil {
		return fmt.Errorf("listening for the Launcher: %w; with hostNetwork the port must be free on the node", err)
	}
	log := func(format string, args ...any) {
		fmt.Fprintf(o.Stderr, "mpi-agent: "+format+"\n", args...)
	}
	index := indexOf(job, o.Env)
	hub := control.NewHub(wire.ControlMessage{
		Worker: index, Instance: rand.Text(), UID: job.UID, Attempt: job.Attempt, StartedAt: time.Now(),
	})
	reaper := procs.NewReaper()
	env := environment(o.Env)
	var reports *progress.Server
	if job.Feed != nil {
		if reports, err = progress.Listen(job, hub.Progress, func(line string) { log("%s", line) }); err != nil {
			log("%v", err)
		} else {
			env = environ.WithProgress(env, job)
		}
	}
	server := sshd.New(sshd.Config{
		Key: key, Shell: o.Shell, Env: env, Reaper: reaper,
		Control: hub.Serve, Before: callsBack(job, log), Started: hub.Started, Log: log,
	})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go reaper.Run(ctx)
	if reports != nil {
		go reports.Run(ctx)
	}
	go hub.Watch(ctx, func() bool { return server.Running() > 0 })
	go untilStopped(stop, hub, cancel)
	log("%s of job %s/%s serves on port %d", nameOf(index), job.Namespace, job.Name, job.Port)
	return server.Serve(ctx, listener)
}

// untilStopped waits for the signal to stop, and lets the Launcher know before the connections end: else the
// Worker would merely be lost.
func untilStopped(stop <-chan os.Signal, hub *control.Hub, cancel func()) {
	<-stop
	hub.Stopping(limits.StopTold)
	time.Sleep(limits.StopHeard)
	cancel()
}

// environment is what remote commands find: the container's own, with the remote shell first in PATH
// since Workers start ranks on Workers too.
func environment(env []string) []string {
	return environ.WithShell(environ.WithShim(env))
}

// indexOf is this Worker's index: as the Job controller set it, else by the host name.
func indexOf(job *wire.Job, env []string) int {
	set, _ := environ.Lookup(env, wire.EnvWorkerIndex)
	if n, err := strconv.Atoi(set); err == nil && n >= 0 && n < len(job.Workers) {
		return n
	}
	host, err := os.Hostname()
	if err != nil {
		return jobfile.Nowhere
	}
	return jobfile.WorkerOf(job, host)
}

func nameOf(index int) string {
	if index < 0 {
		return "a Worker"
	}
	return jobfile.WorkerName(index)
}
