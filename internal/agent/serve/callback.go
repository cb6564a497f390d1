package serve

import (
	"context"
	"net"
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// callback waits, before a command is started, until the Launcher's name resolves.
type callback struct {
	launcher string
	lookup   func(ctx context.Context, host string) ([]string, error)
	patience time.Duration
	log      func(format string, args ...any)
}

// callsBack returns the wait for a job whose daemons need it: those of MPICH and Intel MPI connect to the
// Launcher by its name and end at once where a resolver doesn't know it yet, or is silent for a moment.
// Open MPI's are given addresses: nil.
func callsBack(job *wire.Job, log func(string, ...any)) func(context.Context) {
	if job.Implementation != wire.MPICH && job.Implementation != wire.IntelMPI {
		return nil
	}
	c := &callback{launcher: job.Launcher, lookup: net.DefaultResolver.LookupHost, patience: limits.ShellPatience, log: log}
	return c.wait
}

// wait returns when the name resolves, or after the patience: the daemon's own words then say what is wrong.
func (c *callback) wait(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	for attempt := 1; ; attempt++ {
		one, done := context.WithTimeout(ctx, limits.Dial)
		_, err := c.lookup(one, c.launcher+".") // with the dot no search path is tried
		done()
		if err == nil {
			return
		}
		if attempt == 1 {
			c.log("the Launcher's name %s doesn't resolve yet (%v)", c.launcher, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(limits.Backoff(attempt, limits.RetryFirst, limits.RetryMax)):
		}
	}
}
