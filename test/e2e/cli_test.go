//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestCLI plays what users type, as the sandbox's scientist, with the odh that `make build` made.
func TestCLI(t *testing.T) {
	t.Parallel()
	e := setup(t)
	odh := filepath.Join(repoRoot(t), "bin")
	if _, err := os.Stat(filepath.Join(odh, "odh")); err != nil {
		t.Fatalf("%v: build it with `make build`", err)
	}
	// A script that fails leaves its job; the next run must not find it.
	for _, name := range []string{"cli-file", "cli-flags", "cli-hello", "cli-broken", "cli-slow", "cli-pipeline", "cli-oom", "cli-oom-2", "cli-copy", "cli-pause"} {
		e.follow(teamA, name)
	}
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "interrupted": interrupted},
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", odh+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("KUBECONFIG", e.scientist.Kubeconfig)
			env.Setenv("KUBECONFIGS", filepath.Dir(e.scientist.Kubeconfig))
			env.Setenv("IMAGE", imageOpenMPI)
			return nil
		},
	})
}

// exits runs a command and compares its exit code: `exits 3 odh training watch broken`.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARGS…]")
	}
	err := ts.Exec(args[1], args[2:]...)
	if code := fmt.Sprint(codeOf(err)); code != args[0] {
		ts.Fatalf("%q ended with exit code %s, want %s", args[1:], code, args[0])
	}
}

// interrupted runs a command, presses Ctrl-C once it has printed anything, and expects 130.
func interrupted(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: interrupted COMMAND [ARGS…]")
	}
	// testscript.Exec can't signal, so a shell stands in between; timeout sends the Ctrl-C.
	wrapped := append([]string{"--preserve-status", "--signal=INT", (4 * time.Second).String(), "--"}, args...)
	for i := range wrapped {
		if wrapped[i] == "--" {
			wrapped = append(wrapped[:i], wrapped[i+1:]...)
			break
		}
	}
	if code := codeOf(ts.Exec("timeout", wrapped...)); code != 130 {
		ts.Fatalf("after Ctrl-C %q ended with exit code %d, want 130", args, code)
	}
}

func codeOf(err error) int {
	var exit *exec.ExitError
	if err == nil {
		return 0
	}
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return -1
}
