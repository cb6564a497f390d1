package command

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/sandbox/images"
	"github.com/opendatahub-io/mpijob/sandbox/internal/cluster"
	"github.com/opendatahub-io/mpijob/sandbox/internal/component"
	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
	"github.com/opendatahub-io/mpijob/sandbox/internal/host"
	"github.com/opendatahub-io/mpijob/sandbox/internal/supervisor"
)

// newSupervise is the daemon that `up` starts.
func newSupervise() *cobra.Command {
	return &cobra.Command{
		Use:    "supervise",
		Short:  "Run the components (started by up)",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := load()
			if err != nil {
				return err
			}
			return supervise(dirOf(c))
		},
	}
}

func supervise(dir supervisor.Dir) error {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGTERM, os.Interrupt)
	lock, err := supervisor.Acquire(dir.LockFile())
	if err != nil {
		return err
	}
	defer func() { _ = lock.Release() }()
	if err := supervisor.KillOrphans(dir.Marker); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	s := supervisor.New(dir, os.Getpid(), log)
	for {
		list, err := dir.ReadPlan()
		if err != nil {
			return err
		}
		s.Apply(list)
		if sig := <-signals; sig != syscall.SIGHUP {
			log.Info("stopping", "signal", sig)
			s.Stop()
			return nil
		}
	}
}

// newSetup runs one set-up step; the supervisor starts it.
func newSetup() *cobra.Command {
	return &cobra.Command{
		Use:    "setup STEP",
		Short:  "Do one set-up step (started by the supervisor)",
		Hidden: true,
		Args:   cobra.MinimumNArgs(1),
		// What follows the step are the controller's flags, not the sandbox's.
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := load()
			if err != nil {
				return err
			}
			if c, err = savedConfig(c); err != nil {
				return err
			}
			return setUp(cmd.Context(), c, args[0], args[1:])
		},
	}
}

func setUp(ctx context.Context, c config.Config, step string, args []string) error {
	switch step {
	case "host":
		return host.Setup(ctx, c)
	case "pause":
		return ensureImages(ctx, c, "", images.Pause)
	case "images":
		return ensureImages(ctx, c, "")
	case "controller-image":
		return loadProgram(ctx, c, images.ControllerSpec(), c.Binary("controller", "controller"))
	case "service-image":
		return loadProgram(ctx, c, images.ServiceSpec(), c.Binary("training-service", "training-service"))
	case component.TrainingOperator + "-image":
		return loadProgram(ctx, c, images.TrainingOperatorSpec(), c.Binary(component.TrainingOperator, "training-operator.v1"))
	case component.ServiceRollout:
		return serviceRollout(ctx, c, args)
	case component.Rollout:
		return rollout(ctx, c, args)
	}
	if slices.Contains(images.Components(), step) {
		return ensureImages(ctx, c, step)
	}
	do, ok := cluster.Steps()[step]
	if !ok {
		var known []string
		for name := range cluster.Steps() {
			known = append(known, name)
		}
		slices.Sort(known)
		return fmt.Errorf("no step %q; there are: host, pause, images, controller-image, rollout, service-image, service-rollout, training-operator-image, %s", step, strings.Join(known, ", "))
	}
	cl, err := cluster.Open(c)
	if err != nil {
		return err
	}
	return do(ctx, cl)
}

func ensureImages(ctx context.Context, c config.Config, component string, only ...string) error {
	opts := imageOptions(c)
	opts.Component, opts.Only = component, only
	loaded, err := images.Ensure(ctx, opts)
	if err != nil {
		return err
	}
	return agentLoaded(c.AgentImage, loaded)
}

// loadProgram puts the image of one program where the kubelet finds it.
func loadProgram(ctx context.Context, c config.Config, s images.Spec, program string) error {
	image, err := images.BuildProgram(s, program)
	if err != nil {
		return err
	}
	_, err = images.Load(ctx, imageOptions(c), []*images.Image{image})
	return err
}

// agentLoaded says whether the agent that the controller will name is the one that was loaded: were
// it another, every job would wait for an image that is nowhere.
func agentLoaded(want string, loaded map[string]string) error {
	if got := loaded[images.Agent]; want != "" && got != "" && got != want {
		return fmt.Errorf("the agent's image is %s, but %s was to be started: its sources changed in between; `sandbox up` again starts with what is there now", got, want)
	}
	return nil
}
