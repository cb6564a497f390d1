package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/sandbox/internal/component"
	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
	"github.com/opendatahub-io/mpijob/sandbox/internal/host"
	"github.com/opendatahub-io/mpijob/sandbox/internal/pki"
	"github.com/opendatahub-io/mpijob/sandbox/internal/preflight"
	"github.com/opendatahub-io/mpijob/sandbox/internal/screen"
	"github.com/opendatahub-io/mpijob/sandbox/internal/supervisor"
)

type upOptions struct {
	config config.Config
	screen *screen.Screen
	dryRun bool
	with   []string
	args   []string
	reset  bool
}

func newUp() *cobra.Command {
	o := &upOptions{}
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start the sandbox, or what is missing of it",
		Long: `up builds what is not in the cache, starts everything and returns when it is ready. On a running
sandbox it starts again only what has changed, and nothing if nothing has. What is asked for by --with
and --arg stays until "sandbox down".`,
		Example: `  sandbox up
  sandbox up --with mpi-operator
  sandbox up --with mpi-images                      # images with sshd, of Open MPI 5 and of MPICH too
  sandbox up --with kwok                            # for fake nodes
  sandbox up --with metrics-server                  # for what pods use
  sandbox up --arg controller=--namespace=team-a    # add an argument
  sandbox up --arg controller=                      # take all added ones back
  sandbox up --reset                                # back to the standard sandbox`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := load()
			if err != nil {
				return err
			}
			o.config, o.screen = c, screen.New(os.Stderr)
			return runUp(cmd.Context(), o, cmd)
		},
	}
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "print every command and file instead")
	cmd.Flags().StringSliceVar(&o.with, "with", nil, "optional components to add: "+strings.Join(component.OptionalNames(), ", "))
	cmd.Flags().StringArrayVar(&o.args, "arg", nil, "COMPONENT=ARG: append an argument to a component's own")
	cmd.Flags().BoolVar(&o.reset, "reset", false, "forget what earlier calls asked for by --with and --arg")
	return cmd
}

func runUp(ctx context.Context, o *upOptions, cmd *cobra.Command) error {
	started := time.Now()
	wanted, err := mergeWanted(o)
	if err != nil {
		return err
	}
	o.config.With, o.config.Args = wanted.With, wanted.Args
	if o.dryRun {
		return dryRun(ctx, o, cmd.OutOrStdout())
	}
	operator := 0
	lock, err := lockOperation()
	var held *supervisor.HeldError
	switch {
	case errors.As(err, &held):
		operator = held.PID
	case err != nil && os.Getuid() == 0:
		return err
	case err == nil:
		defer func() { _ = lock.Release() }()
	}
	dir := dirOf(o.config)
	if err := preflightUp(ctx, o, dir, operator); err != nil {
		return err
	}
	if err := installPackages(ctx, o); err != nil {
		return err
	}
	if err := host.MakeState(o.config.State); err != nil {
		return err
	}
	list, err := prepare(ctx, o)
	if err != nil {
		return err
	}
	if err := saveWanted(o.config, wanted); err != nil {
		return err
	}
	if upToDate(dir, list) && host.BridgeOwner() == o.config.State {
		o.screen.Say("The sandbox is up; nothing has changed (%s).", screen.Round(time.Since(started)))
		return nil
	}
	if err := startSandbox(ctx, o, dir, list); err != nil {
		return err
	}
	o.screen.Say("The sandbox is up after %s.", screen.Round(time.Since(started)))
	return nil
}

// preflightUp reports all problems at once.
func preflightUp(ctx context.Context, o *upOptions, dir supervisor.Dir, operator int) error {
	marked, err := supervisor.Marked(dir.Marker)
	if err != nil {
		return err
	}
	running := supervisor.Holder(dir.LockFile()) != 0 || len(marked) > 0
	problems := preflight.Check(preflight.Gather(ctx, o.config, running, kubernetesBuilt(ctx, o.config), operator))
	if len(problems) == 0 {
		return nil
	}
	o.screen.Say("This machine can't run the sandbox yet:")
	for _, p := range problems {
		o.screen.Say("  ✗  %s", p)
	}
	return fmt.Errorf("%d in the way, nothing has been changed; mend and run `sandbox up` again", len(problems))
}

// upToDate says that the running supervisor has carried out exactly this plan.
func upToDate(dir supervisor.Dir, list []component.Component) bool {
	st, err := dir.ReadStatus()
	return err == nil && st.PID != 0 && supervisor.Holder(dir.LockFile()) == st.PID &&
		st.Plan == supervisor.PlanIdentity(list) && st.Ready()
}

// wanted is what was asked for beyond the standard sandbox; it lasts until `down`.
type wanted struct {
	With []string            `json:"with,omitempty"`
	Args map[string][]string `json:"args,omitempty"`
}

func wantedFile(c config.Config) string { return c.Path("wanted.json") }

// mergeWanted adds the flags to what earlier calls asked for.
func mergeWanted(o *upOptions) (wanted, error) {
	w := wanted{}
	if o.reset {
		return w.add(o.with, o.args)
	}
	if raw, err := os.ReadFile(wantedFile(o.config)); err == nil {
		if err := json.Unmarshal(raw, &w); err != nil {
			return w, fmt.Errorf("%s is damaged (%w): remove it and name --with and --arg again", wantedFile(o.config), err)
		}
	}
	return w.add(o.with, o.args)
}

func (w wanted) add(with, args []string) (wanted, error) {
	for _, name := range with {
		if !slices.Contains(component.OptionalNames(), name) {
			return w, fmt.Errorf("no optional component %q; there are: %s", name, strings.Join(component.OptionalNames(), ", "))
		}
		if !slices.Contains(w.With, name) {
			w.With = append(w.With, name)
		}
	}
	if w.Args == nil {
		w.Args = map[string][]string{}
	}
	for _, a := range args {
		name, arg, ok := strings.Cut(a, "=")
		switch {
		case !ok || name == "":
			return w, fmt.Errorf("--arg %q is not COMPONENT=ARG, such as controller=--namespace=team-a", a)
		case arg == "":
			delete(w.Args, name)
		case !slices.Contains(w.Args[name], arg):
			w.Args[name] = append(w.Args[name], arg)
		}
	}
	return w, nil
}

func saveWanted(c config.Config, w wanted) error {
	raw, err := json.Marshal(w)
	if err != nil {
		return err
	}
	return pki.Write(wantedFile(c), raw, 0o644)
}
