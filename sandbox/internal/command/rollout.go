package command

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"slices"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/cluster"
	"github.com/opendatahub-io/mpijob/sandbox/internal/component"
	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// withdrawTime bounds taking the controller's pods away.
const withdrawTime = 20 * time.Second

// rollout brings the controller's pods to the arguments given, says so by a socket that accepts, and
// stands for them until it is told to end. If the plan has no place for them any more, as when a state of
// the sources is started that runs its controller otherwise, it takes them along: there must not be two.
func rollout(ctx context.Context, c config.Config, args []string) error {
	cl, err := cluster.Open(c)
	if err != nil {
		return err
	}
	if err := cl.Rollout(ctx, args); err != nil {
		return err
	}
	socket := component.RolloutSocket(c)
	if err := os.Remove(socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			return err
		}
		conn.Close()
	}
	plan, err := dirOf(c).ReadPlan()
	if err != nil || planned(plan) {
		return err
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), withdrawTime)
	defer cancel()
	return cl.Withdraw(last)
}

// planned says whether a plan runs the controller in pods.
func planned(plan []component.Component) bool {
	return slices.ContainsFunc(plan, func(k component.Component) bool { return slices.Contains(k.Argv, component.Rollout) })
}
