// Package cli is the odh command.
package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/clone"
	"github.com/opendatahub-io/mpijob/internal/cli/compare"
	"github.com/opendatahub-io/mpijob/internal/cli/create"
	"github.com/opendatahub-io/mpijob/internal/cli/delete"
	"github.com/opendatahub-io/mpijob/internal/cli/describe"
	"github.com/opendatahub-io/mpijob/internal/cli/events"
	"github.com/opendatahub-io/mpijob/internal/cli/exec"
	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/export"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/internal/cli/list"
	"github.com/opendatahub-io/mpijob/internal/cli/logs"
	"github.com/opendatahub-io/mpijob/internal/cli/outputs"
	"github.com/opendatahub-io/mpijob/internal/cli/preflight"
	"github.com/opendatahub-io/mpijob/internal/cli/retry"
	"github.com/opendatahub-io/mpijob/internal/cli/run"
	"github.com/opendatahub-io/mpijob/internal/cli/serve"
	"github.com/opendatahub-io/mpijob/internal/cli/suspend"
	"github.com/opendatahub-io/mpijob/internal/cli/template"
	"github.com/opendatahub-io/mpijob/internal/cli/top"
	"github.com/opendatahub-io/mpijob/internal/cli/usage"
	"github.com/opendatahub-io/mpijob/internal/cli/watch"
)

// Main runs a command line of odh and returns the exit code.
func Main(args []string, io *iostreams.IOStreams) int { return MainAs("odh", args, io) }

// MainAs runs a command line of the program under the name it was called by: as a plugin of kubectl or
// oc it is the training commands alone.
func MainAs(program string, args []string, io *iostreams.IOStreams) int {
	// The first Ctrl-C lets the command end in good order; the second ends it.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)

	plugin := pluginName(program)
	if plugin != "" {
		io.Err = renamer{to: io.Err, name: plugin}
	}
	root := newRoot(factory.New(io, version()), plugin)
	root.SetArgs(args)
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return swallowed(cmd, args) }
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil {
		explain(io, cmd, err)
	}
	return exit.Code(err)
}

// explain writes what went wrong and how to mend it, unless the command has.
func explain(io *iostreams.IOStreams, cmd *cobra.Command, err error) {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			explain(io, cmd, e)
		}
		return
	}
	var told *exit.Told
	if errors.As(err, &told) || errors.Is(err, context.Canceled) {
		return
	}
	s := io.ErrStyle()
	fmt.Fprintln(io.Err, s.Red("error:"), err)
	for _, h := range exit.Hints(err) {
		fmt.Fprintln(io.Err, s.Dim("  →"), h)
	}
	if exit.Code(err) == exit.Usage {
		fmt.Fprintf(io.Err, "%s %s --help\n", s.Dim("  →"), cmd.CommandPath())
	}
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

// NewRoot returns the whole tree of commands, as help and documentation show it.
func NewRoot() *cobra.Command { return newRoot(factory.New(iostreams.System(), version()), "") }

func newRoot(f *factory.Factory, plugin string) *cobra.Command {
	root := newTraining(f)
	if plugin != "" {
		asPlugin(root, plugin, f.Version)
	} else {
		odh := &cobra.Command{
			Use:                        "odh",
			Short:                      "Open Data Hub on the command line",
			Version:                    f.Version,
			SuggestionsMinimumDistance: 2,
			Args:                       cobra.ArbitraryArgs,
			RunE:                       group,
		}
		odh.AddCommand(root)
		root = odh
	}
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetIn(f.IO.In)
	root.SetOut(f.IO.Out)
	root.SetErr(f.IO.Err)
	root.SetFlagErrorFunc(flagError)
	return root
}

func newTraining(f *factory.Factory) *cobra.Command {
	training := &cobra.Command{
		Use:   "training",
		Short: "Create, follow, explain and delete distributed training jobs",
		Long: "Create, follow, explain and delete distributed training jobs.\n\n" +
			"The type of a job may be given after the verb, as in `describe trainjob tune` or `describe trainjob/tune`;\n" +
			"without it, a name is an MPIJob's.\n\n" + exitCodes(),
		SuggestionsMinimumDistance: 2,
		Args:                       cobra.ArbitraryArgs,
		RunE:                       group,
	}
	pf := training.PersistentFlags()
	pf.StringVarP(&f.Namespace, "namespace", "n", "", "`NAMESPACE` of the job (default the kubeconfig's)")
	pf.StringVar(&f.Context, "context", "", "`CONTEXT` of the kubeconfig to use")
	pf.StringVar(&f.Kubeconfig, "kubeconfig", "", "kubeconfig `FILE` (default $KUBECONFIG, then ~/.kube/config)")
	_ = training.RegisterFlagCompletionFunc("namespace", jobarg.CompleteNamespaces(f))
	_ = training.RegisterFlagCompletionFunc("context", jobarg.CompleteContexts(f))
	training.AddCommand(
		create.NewCreateCmd(f, nil), preflight.NewPreflightCmd(f, nil), run.NewRunCmd(f, nil), clone.NewCloneCmd(f, nil), retry.NewRetryCmd(f, nil),
		list.NewListCmd(f, nil), describe.NewDescribeCmd(f, nil), compare.NewCompareCmd(f, nil), events.NewEventsCmd(f, nil),
		watch.NewWatchCmd(f, nil), logs.NewLogsCmd(f, nil), top.NewTopCmd(f, nil), usage.NewUsageCmd(f, nil), exec.NewExecCmd(f, nil), export.NewExportCmd(f, nil),
		outputs.NewOutputsCmd(f, group, nil), template.NewTemplateCmd(f, group),
		suspend.NewSuspendCmd(f, nil), suspend.NewResumeCmd(f, nil), delete.NewDeleteCmd(f, nil), serve.NewServeCmd(f, nil),
	)
	return training
}

// group is a command that only has others: alone it shows help, with a word it doesn't know it says
// which ones it does.
func group(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	message := fmt.Sprintf("%s has no command %q", cmd.CommandPath(), args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		for i, n := range near {
			near[i] = strconv.Quote(n)
		}
		return exit.Usagef("%s: did you mean %s?", message, strings.Join(near, " or "))
	}
	return exit.Usagef("%s: it has %s", message, strings.Join(names, ", "))
}

func exitCodes() string {
	var b strings.Builder
	b.WriteString("Exit codes:\n")
	for _, c := range exit.Codes() {
		fmt.Fprintf(&b, "  %3d  %s\n", c.Code, c.Meaning)
	}
	return strings.TrimRight(b.String(), "\n")
}
