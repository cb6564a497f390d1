package cli

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"odh":                  func() { os.Exit(Main(os.Args[1:], iostreams.System())) },
		"kubectl-odh_training": func() { os.Exit(MainAs(os.Args[0], os.Args[1:], iostreams.System())) },
		"oc-odh_training":      func() { os.Exit(MainAs(os.Args[0], os.Args[1:], iostreams.System())) },
	})
}

// What needs no cluster. A script says the exit code of each command that fails with `exits N`.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("KUBECONFIG", e.WorkDir+"/none")
			return nil
		},
	})
}

// exits runs a command and compares its exit code: `exits 2 odh training logs`.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARGS…]")
	}
	shell := []string{"-c", `code=$1; shift; "$@"; got=$?; [ $got = $code ] || { echo "exit code $got, want $code" >&2; exit 1; }`, "sh"}
	ts.Check(ts.Exec("sh", append(shell, args...)...))
}
