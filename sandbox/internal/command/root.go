// Package command is the sandbox's command line: one file for each verb.
package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
	"github.com/opendatahub-io/mpijob/sandbox/internal/preflight"
	"github.com/opendatahub-io/mpijob/sandbox/internal/supervisor"
)

// Main runs the command line and returns the exit code: 0 ok, 1 error, 2 usage.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	// Flags and arguments are checked before this runs: what fails earlier is the command line's fault.
	understood := false
	root.PersistentPreRun = func(*cobra.Command, []string) { understood = true }
	cmd, err := root.ExecuteContextC(ctx)
	switch {
	case err == nil:
		return 0
	case understood:
		fmt.Fprintln(stderr, "sandbox:", err)
		return 1
	}
	fmt.Fprintf(stderr, "sandbox: %v\n  → %s --help\n", err, cmd.CommandPath())
	return 2
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "sandbox",
		Short: "A real Kubernetes with Trainer, JobSet and the MPIJob controller on this machine",
		Long: `sandbox runs a real Kubernetes on this machine, with Kubeflow Trainer, JobSet and the MPIJob
controller, for a demo, for tests and for benchmarks. It needs root on Debian 12, Go, and package
registries; what it changes on the machine, "sandbox down" takes back.

SANDBOX_STATE   where everything is that "down" removes (/var/lib/mpijob-sandbox)
XDG_CACHE_HOME  below it, in mpijob-sandbox, is what "down" keeps: built components, images (~/.cache)`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(newUp(), newDown(), newStatus(), newLogs(), newKubeconfig(), newToken(), newLoad(), newSetup(), newSupervise())
	return root
}

// load reads the configuration from the environment.
func load() (config.Config, error) {
	self, err := os.Executable()
	if err != nil {
		return config.Config{}, err
	}
	repo, err := findRepo(self)
	if err != nil {
		return config.Config{}, err
	}
	state, err := filepath.Abs(envOr("SANDBOX_STATE", "/var/lib/mpijob-sandbox"))
	if err != nil {
		return config.Config{}, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return config.Config{}, fmt.Errorf("no folder for the cache (%w): set HOME or XDG_CACHE_HOME", err)
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return config.Config{}, err
	}
	return config.Config{
		Repo:         repo,
		State:        state,
		Cache:        filepath.Join(cache, "mpijob-sandbox"),
		Self:         self,
		Bin:          map[string]string{},
		Modules:      map[string]string{},
		NodeName:     "sandbox",
		CgroupV2:     preflight.CgroupV2(),
		MaxOpenFiles: int(min(limit.Max, 1_000_000)),
	}, nil
}

func envOr(name, fallback string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return fallback
}

// findRepo looks for the source tree above the working folder, then above the binary.
func findRepo(self string) (string, error) {
	if repo := os.Getenv("SANDBOX_REPO"); repo != "" {
		return repo, nil
	}
	wd, err := os.Getwd()
	if err != nil {
		wd = "/"
	}
	for _, start := range []string{wd, filepath.Dir(self)} {
		for dir := start; ; dir = filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "sandbox", "components", "kubernetes", "go.mod")); err == nil {
				return dir, nil
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return "", fmt.Errorf("the product's source tree is neither above %s nor above the sandbox binary: run it from a clone", wd)
}

// dirOf is where the supervisor of a sandbox keeps its files.
func dirOf(c config.Config) supervisor.Dir {
	return supervisor.Dir{Run: c.Path("run"), Log: c.Path("log"), Marker: "MPIJOB_SANDBOX_COMPONENT_OF=" + c.State}
}

// lockOperation keeps two commands from changing the sandbox at once.
func lockOperation() (*supervisor.Lock, error) {
	return supervisor.Acquire("/run/lock/mpijob-sandbox.lock")
}
