package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
	"github.com/opendatahub-io/mpijob/sandbox/internal/host"
	"github.com/opendatahub-io/mpijob/sandbox/internal/screen"
	"github.com/opendatahub-io/mpijob/sandbox/internal/supervisor"
)

// stopPatience is how long the supervisor may take to stop its components.
const stopPatience = 40 * time.Second

func newDown() *cobra.Command {
	return &cobra.Command{
		Use:   "down",
		Short: "Remove the sandbox without a trace; caches stay",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := load()
			if err != nil {
				return err
			}
			return runDown(cmd.Context(), c, screen.New(os.Stderr))
		},
	}
}

func runDown(ctx context.Context, c config.Config, s *screen.Screen) error {
	if os.Getuid() != 0 {
		return errors.New("removing the sandbox takes root: run it with sudo")
	}
	lock, err := lockOperation()
	var held *supervisor.HeldError
	if errors.As(err, &held) {
		return fmt.Errorf("another `sandbox up` or `down` is at work (process %d): wait until it has ended", held.PID)
	}
	if err != nil {
		return err
	}
	defer func() { _ = lock.Release() }()
	if owner := host.BridgeOwner(); owner != "" && owner != c.State {
		return fmt.Errorf("the sandbox on this machine has its state in %s: SANDBOX_STATE=%s sandbox down", owner, owner)
	}
	if _, err := os.Stat(c.State); errors.Is(err, fs.ErrNotExist) && host.BridgeOwner() == "" {
		s.Say("No sandbox is here.")
		return nil
	}
	if err := host.CheckState(c.State); err != nil {
		return err
	}
	dir := dirOf(c)
	step := s.Begin("stop components", 5*time.Second)
	if err := stopSupervisor(ctx, dir); err != nil {
		step.Fail(err.Error())
		return err
	}
	step.Done()
	step = s.Begin("remove containers, network and state", 3*time.Second)
	if err := host.Remove(ctx, c, dir.Marker); err != nil {
		step.Fail("not all of it")
		return fmt.Errorf("%w\nwhat could be removed is removed; run `sandbox down` again", err)
	}
	step.Done()
	return nil
}

// stopSupervisor asks the supervisor to stop everything, and ends it and its children if it doesn't.
func stopSupervisor(ctx context.Context, dir supervisor.Dir) error {
	pid := supervisor.Holder(dir.LockFile())
	if pid == 0 {
		return supervisor.KillOrphans(dir.Marker)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	deadline := time.Now().Add(stopPatience)
	for supervisor.Holder(dir.LockFile()) != 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	return supervisor.KillOrphans(dir.Marker)
}
