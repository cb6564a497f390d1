// Package agent is mpi-agent: one static binary in every pod of a job. In Workers it starts ranks, in
// the Launcher it waits for the Workers, runs the user's command and says what went wrong; under the
// names of remote shells it is one.
package agent

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/opendatahub-io/mpijob/internal/agent/install"
	"github.com/opendatahub-io/mpijob/internal/agent/launch"
	"github.com/opendatahub-io/mpijob/internal/agent/outputs"
	"github.com/opendatahub-io/mpijob/internal/agent/progress"
	"github.com/opendatahub-io/mpijob/internal/agent/rsh"
	"github.com/opendatahub-io/mpijob/internal/agent/serve"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

const usage = `mpi-agent runs inside the pods of an MPIJob; the controller starts it.

  mpi-agent install DIR         copy the agent and its remote shells into DIR
  mpi-agent wait                wait until every Worker is reachable
  mpi-agent launch -- COMMAND…  wait, then run COMMAND and watch it and the Workers
  mpi-agent serve               serve remote starts in a Worker
  mpi-agent progress [--percent N] [--left DURATION] [NAME=NUMBER…]   tell how far a program is
  mpi-agent outputs hold        keep a pod that reads results alive
  mpi-agent outputs list FOLDER [PATH…]  list the files of a folder below /output
  mpi-agent outputs send FOLDER write those named on standard input
  mpi-rsh, ssh [options] HOST COMMAND…   run COMMAND on a Worker, with the arguments of OpenSSH's client
`

// Paths is where the agent finds its files, and the little else that differs between a pod and a test.
type Paths struct {
	JobFile, KeyFile, TokenFile, TerminationLog string
	// Address is where a Worker listens; empty: on all of the pod's addresses.
	Address string
	// Shell runs the commands on a Worker, where it exists.
	Shell string
}

// Main runs the agent with the arguments of the process and returns its exit code.
func Main(args []string) int {
	return Paths{
		JobFile: wire.JobFile, KeyFile: wire.PrivateKeyFile,
		TokenFile: wire.TokenFile, TerminationLog: wire.TerminationLog,
		Shell: "/bin/sh",
	}.Main(args)
}

// Main runs the agent with files at these paths.
func (p Paths) Main(args []string) int {
	if len(args) == 0 {
		return misused("no name to be called by")
	}
	name := filepath.Base(args[0])
	if name == "ssh" || name == filepath.Base(wire.RemoteShellPath) {
		return p.shell(name, args[1:])
	}
	if len(args) < 2 {
		return misused("no command given")
	}
	switch verb, rest := args[1], args[2:]; {
	case verb == "install" && len(rest) == 1:
		if err := install.Into(rest[0]); err != nil {
			fmt.Fprintf(os.Stderr, "mpi-agent: %v\n", err)
			return 1
		}
		return 0
	case verb == "wait" && len(rest) == 0:
		return p.launch(nil)
	case verb == "launch" && len(rest) > 1 && rest[0] == "--":
		return p.launch(rest[1:])
	case verb == "serve" && len(rest) == 0:
		return serve.Run(serve.Options{
			JobFile: p.JobFile, KeyFile: p.KeyFile, Address: p.Address, Shell: p.Shell, Env: os.Environ(), Stderr: os.Stderr,
		})
	case verb == "progress" && len(rest) > 0:
		if err := progress.Tell(p.JobFile, rest); err != nil {
			fmt.Fprintf(os.Stderr, "mpi-agent: %v\n", err)
			return 1
		}
		return 0
	case verb == "outputs" && len(rest) > 0:
		return readOutputs(rest)
	default:
		return misused(fmt.Sprintf("%q is not understood", args[1:]))
	}
}

// readOutputs is the agent in a pod of its own, that lets someone at a job's results.
func readOutputs(args []string) int {
	var err error
	switch {
	case args[0] == "hold" && len(args) == 1:
		outputs.Hold()
	case args[0] == "list" && len(args) > 1:
		err = outputs.List(wire.OutputMount, args[1], args[2:], os.Stdout)
	case args[0] == "send" && len(args) == 2:
		err = outputs.Send(wire.OutputMount, args[1], os.Stdin, os.Stdout)
	default:
		return misused(fmt.Sprintf("outputs %q is not understood", args))
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "mpi-agent: %v\n", err)
		return 1
	}
	return 0
}

func (p Paths) launch(command []string) int {
	return launch.Run(launch.Options{
		JobFile: p.JobFile, KeyFile: p.KeyFile, TokenFile: p.TokenFile, TerminationLog: p.TerminationLog,
		Command: command, Env: os.Environ(), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	})
}

func (p Paths) shell(name string, args []string) int {
	s := rsh.Shell{
		JobFile: p.JobFile, KeyFile: p.KeyFile, Role: os.Getenv(wire.EnvRole),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	}
	return s.Run(name, args)
}

func misused(why string) int {
	fmt.Fprintf(os.Stderr, "mpi-agent: %s\n\n%s", why, usage)
	return wire.ExitUsage
}
