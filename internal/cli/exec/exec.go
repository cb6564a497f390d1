// Package exec is `odh training exec`.
package exec

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options of `exec`.
type Options struct {
	Factory *factory.Factory
	Job     jobarg.Ref
	Command []string
	// Worker by index; -1 is the Launcher.
	Worker     int
	Stdin, TTY bool
}

// NewExecCmd returns the command; runF replaces what it does, for tests.
func NewExecCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	var launcher bool
	cmd := &cobra.Command{
		Use:   "exec [TYPE] NAME [flags] -- COMMAND [ARGS…]",
		Short: "Run a command in a job's Launcher or one of its Workers",
		Long: `Run a command in the program's container of a job's Launcher or of a Worker, and exit with the command's
exit code. No shell is put around it: write sh -c '…' where one is wanted. A TrainJob has no Launcher: say which of
its nodes with --worker.`,
		Example: `  odh training exec hello -- ps aux
  odh training exec hello --worker=3 -- nvidia-smi
  odh training exec hello --worker=0 -it -- bash`,
		RunE: func(cmd *cobra.Command, args []string) error {
			at := cmd.ArgsLenAtDash()
			if at < 0 {
				at = len(args)
			}
			var err error
			if o.Job, err = jobarg.OneRef(cmd, args[:at]); err != nil {
				return err
			}
			if o.Command = args[at:]; len(o.Command) == 0 {
				return exit.Usagef("which command? Write it after two dashes: %s %s -- COMMAND", cmd.CommandPath(), o.Job.Name)
			}
			switch {
			case launcher && cmd.Flags().Changed("worker"):
				return exit.Usagef("--worker and --launcher don't go together: choose one")
			case o.Worker < 0 && cmd.Flags().Changed("worker"):
				return exit.Usagef("--worker counts from 0, not %d", o.Worker)
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: jobarg.CompleteAny(f, false),
	}
	fs := cmd.Flags()
	fs.IntVar(&o.Worker, "worker", -1, "in this Worker, by its `NUMBER` from 0 (default the Launcher)")
	fs.Lookup("worker").DefValue = ""
	fs.BoolVar(&launcher, "launcher", false, "in the Launcher, which is the default")
	fs.BoolVarP(&o.Stdin, "stdin", "i", false, "give the command what comes on standard input")
	fs.BoolVarP(&o.TTY, "tty", "t", false, "give the command a terminal")
	return cmd
}

func run(ctx context.Context, o *Options) error {
	jobs, err := o.Factory.Jobs()
	if err != nil {
		return err
	}
	io := o.Factory.IO
	e := training.ExecOptions{Command: o.Command, Stdout: io.Out, Stderr: io.Err}
	if o.Worker >= 0 {
		e.Worker = &o.Worker
	}
	if o.Stdin {
		e.Stdin = io.In
	}
	if e.TTY = o.TTY; o.TTY {
		if !io.InTTY || !o.Stdin {
			fmt.Fprintln(io.Err, io.ErrStyle().Yellow("warning:"), "no terminal: --tty needs --stdin, and standard input that is a terminal")
			e.TTY = false
		} else {
			restore, sizes, err := terminal(ctx, io)
			if err != nil {
				return err
			}
			defer restore()
			e.Sizes = sizes
		}
	}
	err = jobs.Of(o.Job.Type).Exec(ctx, o.Job.Name, e)
	var ended *training.ExitError
	if errors.As(err, &ended) { // which the command has said
		return &exit.Told{Err: err}
	}
	return err
}

// terminal hands keys on as they are, Ctrl-C among them, and tells of the window's size.
func terminal(ctx context.Context, io *iostreams.IOStreams) (restore func(), sizes <-chan training.TerminalSize, err error) {
	in, ok := io.In.(*os.File)
	if !ok {
		return nil, nil, errors.New("standard input is no terminal")
	}
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return nil, nil, fmt.Errorf("setting up the terminal: %w", err)
	}
	out := make(chan training.TerminalSize, 1)
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, syscall.SIGWINCH)
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		for {
			w, h := io.Size()
			select {
			case out <- training.TerminalSize{Width: uint16(min(w, 1<<16-1)), Height: uint16(min(h, 1<<16-1))}:
			case <-ctx.Done():
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() {
		cancel()
		signal.Stop(changed)
		_ = term.Restore(int(in.Fd()), before)
	}, out, nil
}
