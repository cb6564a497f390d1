//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

func backoff() wait.Backoff {
	return wait.Backoff{Steps: 60, Duration: 200 * time.Millisecond, Factor: 1.1, Cap: 2 * time.Second}
}

// killComponentAfter kills a component of the sandbox by SIGKILL once the delay is over; the
// sandbox's supervisor starts it again.
func (e *env) killComponentAfter(name string, delay time.Duration) {
	e.t.Helper()
	time.Sleep(delay) // the point of time is what the test varies; nothing is waited for
	pid := e.componentPID(name)
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		e.t.Fatalf("killing %s: %v; the tests must run on the sandbox's machine, as root", name, err)
	}
}

// componentPID asks the sandbox, again while the component is being restarted.
func (e *env) componentPID(name string) int {
	e.t.Helper()
	pid := 0
	err := wait.ExponentialBackoffWithContext(e.ctx, backoff(), func(ctx context.Context) (bool, error) {
		// It fails while anything restarts; what it prints counts.
		out, _ := exec.CommandContext(ctx, filepath.Join(repoRoot(e.t), "bin/sandbox"), "status").Output()
		table := strings.Split(string(out), "\n")
		column := strings.Index(table[0], "PID")
		for _, row := range table {
			if column > 0 && strings.HasPrefix(row, name+" ") && len(row) > column {
				_, err := fmt.Sscan(row[column:], &pid)
				return err == nil && pid > 0, nil
			}
		}
		return false, nil
	})
	e.must(err, "asking the sandbox for the process of "+name)
	return pid
}
