// Package serve is `odh training serve`.
package serve

import (
	"context"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/internal/service"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options of `serve`.
type Options struct {
	Factory *factory.Factory
	Port    int
	// Open has a browser show the dashboard.
	Open bool
}

// NewServeCmd returns the command; runF replaces what it does, for tests.
func NewServeCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the dashboard and the training service's API on this machine, with your own credentials",
		Long: `Serve the dashboard and the training service's API on this machine, with your own credentials, until Ctrl-C.

It listens on the loopback address alone. The address of the dashboard signs a browser in once, within five
minutes. Whoever has the token that is printed is you to the cluster, so it is another one at each start;
requests that name another host than this machine are refused.

With --open the browser is handed the address on its command line: leave it out on a machine whose other users
may see that.`,
		Example: `  odh training serve
  odh training serve --open
  odh training serve --port 8180`,
		Args: jobarg.None,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Port < 0 || o.Port > 65535 {
				return exit.Usagef("--port %d is no port: it is 0 (any that is free) to 65535", o.Port)
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.Open, "open", false, "open the dashboard in this machine's browser")
	cmd.Flags().IntVar(&o.Port, "port", 0, "`PORT` to listen on (default any that is free)")
	return cmd
}

func run(ctx context.Context, o *Options) error {
	f := o.Factory
	k := training.Kubeconfig{Path: f.Kubeconfig, Context: f.Context, Namespace: f.Namespace, UserAgent: "odh/" + f.Version}
	return service.ServeLocal(ctx, k, o.Port, func(s service.Serving) {
		out := f.IO.Out
		fmt.Fprintf(out, "Serving as %s. The dashboard, in a browser on this machine:\n\n  %s\n\n", s.User, s.Dashboard)
		fmt.Fprint(out, "The API:\n\n")
		fmt.Fprintf(out, "  export TRAINING_TOKEN=%s\n", s.Token)
		fmt.Fprintf(out, "  curl -H \"Authorization: Bearer $TRAINING_TOKEN\" %s/api/v1/me\n\n", s.Address)
		fmt.Fprintf(out, "What else there is: %s/docs. Ctrl-C ends it.\n", s.Address)
		if o.Open {
			// Some openers stay as long as their browser does.
			go func() {
				if err := openBrowser(runtime.GOOS, s.Dashboard); err != nil {
					fmt.Fprintf(f.IO.Err, "%s no browser could be opened: %v; open the dashboard's address yourself\n", f.IO.ErrStyle().Yellow("warning:"), err)
				}
			}()
		}
	})
}
