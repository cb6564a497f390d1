//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The tour can be taken twice, in a pipe and on a terminal, and leaves the terminal as it was.
func TestTour(t *testing.T) {
	t.Parallel()
	e := setup(t)
	e.follow(teamA, "tour")
	e.follow(teamA, "tour-2")
	tour := filepath.Join(repoRoot(t), "sandbox", "tour.sh")
	for name, argv := range map[string][]string{
		"pipe":     {tour},
		"terminal": {"script", "--quiet", "--return", "--command", tour, "/dev/null"},
	} {
		ctx, cancel := context.WithTimeout(e.ctx, 5*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
		cmd.Env = append(cmd.Environ(), "TERM=xterm-256color")
		var errOut bytes.Buffer
		cmd.Stderr = &errOut
		out, err := cmd.Output()
		text := string(out)
		e.must(err, name+": "+text+errOut.String())
		for _, want := range []string{"odh training clone tour --memory-per-worker 1Gi", "512Mi", "tour-2 succeeded", "rank 3 of 4 on tour-2-worker-1"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: it should show %q:\n%s", name, want, text)
			}
		}
		const escape, hide, show = "\x1b", "\x1b[?25l", "\x1b[?25h"
		if name == "pipe" && strings.Contains(text, escape) {
			t.Errorf("escape sequences in a pipe:\n%q", text)
		}
		if strings.LastIndex(text, hide) > strings.LastIndex(text, show) {
			t.Errorf("%s: the cursor stays hidden", name)
		}
		if errOut.Len() > 0 {
			t.Errorf("%s: what goes to stderr would be out of order: %s", name, errOut.String())
		}
	}
}
