package serve

import (
	"bufio"
	"context"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/control"
	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// stopping tells a Worker to stop whose Launcher begins to take what it is told after a while, and returns all that
// the Launcher hears. The connection ends as a server's does, with the context.
func stopping(t *testing.T, after time.Duration) (heard string) {
	synctest.Test(t, func(t *testing.T) {
		hub := control.NewHub(wire.ControlMessage{})
		ctx, cancel := context.WithCancel(t.Context())
		mine, theirs := net.Pipe()
		context.AfterFunc(ctx, func() { _ = theirs.Close() })
		go hub.Serve(ctx, theirs)
		synctest.Wait()
		stop := make(chan os.Signal, 1)
		stop <- syscall.SIGTERM
		go untilStopped(stop, hub, cancel)
		time.Sleep(after)
		for lines := bufio.NewScanner(mine); lines.Scan(); {
			heard += lines.Text() + "\n"
		}
		_ = mine.Close()
	})
	return heard
}

// A Worker that is told to stop says so, however late its agent gets the CPU for it; one whose Launcher takes nothing
// stops all the same.
func TestStoppingIsTold(t *testing.T) {
	const told = `"kind":"stopping"`
	if heard := stopping(t, time.Second); !strings.Contains(heard, told) {
		t.Errorf("heard %q", heard)
	}
	if heard := stopping(t, limits.StopTold+limits.StopHeard+time.Second); strings.Contains(heard, told) {
		t.Errorf("heard %q of a Worker that has stopped", heard)
	}
}
