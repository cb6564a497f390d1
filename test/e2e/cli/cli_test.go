//go:build e2e

// Package cli proves the odh command on a running sandbox, as the scientist of team-a.
package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/opendatahub-io/mpijob/internal/cli"
	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/internal/testkit"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"odh":                  func() { os.Exit(cli.Main(os.Args[1:], iostreams.System())) },
		"rest":                 func() { os.Exit(rest(os.Args[1:])) },
		"kubectl-odh_training": func() { os.Exit(cli.MainAs(os.Args[0], os.Args[1:], iostreams.System())) },
	})
}

// Each script gets names of its own, $J and $J2, and deletes the jobs at its end.
func TestScripts(t *testing.T) {
	kubeconfigs := filepath.Dir(testkit.OpenSandbox(t).Kubeconfig("scientist"))
	repository, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	run := fmt.Sprintf("%x", time.Now().UnixNano()&0xffffff)
	testscript.Run(t, testscript.Params{
		Dir:      "testdata/script",
		Deadline: time.Now().Add(15 * time.Minute), // all of them share it
		Cmds:     map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		Setup: func(e *testscript.Env) error {
			script := strings.TrimSuffix(filepath.Base(e.WorkDir), ".txtar")
			name := "cli-" + strings.TrimPrefix(script, "script-") + "-" + run
			e.Setenv("J", name)
			e.Setenv("J2", name+"-2")
			e.Setenv("IMAGE", "mpijob.sandbox/openmpi:4.1")
			e.Setenv("REPO", repository)
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("USERS", kubeconfigs)
			e.Setenv("SERVICE", "https://127.0.0.1:8443")
			e.Setenv("KUBECONFIG", filepath.Join(kubeconfigs, "scientist.yaml"))
			return nil
		},
	})
}

// exits runs a command and compares its exit code: `exits 3 odh training watch pi`.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARGS…]")
	}
	shell := []string{"-c", `code=$1; shift; "$@"; got=$?; [ $got = $code ] || { echo "exit code $got, want $code" >&2; exit 1; }`, "sh"}
	ts.Check(ts.Exec("sh", append(shell, args...)...))
}
