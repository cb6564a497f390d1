package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/sandbox/internal/component"
	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
	"github.com/opendatahub-io/mpijob/sandbox/internal/screen"
	"github.com/opendatahub-io/mpijob/sandbox/internal/supervisor"
)

var errDown = errors.New("the sandbox is down: `sandbox up` starts it")

func newStatus() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show the components; fails unless all are ready",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := load()
			if err != nil {
				return err
			}
			dir := dirOf(c)
			st, err := dir.ReadStatus()
			if err != nil {
				return errDown
			}
			if supervisor.Holder(dir.LockFile()) != st.PID {
				return errors.New("the sandbox's supervisor has died: `sandbox up` starts it again, `sandbox down` removes what is left")
			}
			printStatus(cmd.OutOrStdout(), st, time.Now())
			if !st.Ready() {
				return errors.New("not everything is ready")
			}
			return nil
		},
	}
}

func printStatus(w io.Writer, st supervisor.Status, now time.Time) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "COMPONENT\tSTATE\tSINCE\tREADY AFTER\tRESTARTS\tPID\tMESSAGE")
	for _, c := range st.Components {
		pid, took := "-", "-"
		if c.PID != 0 {
			pid = fmt.Sprint(c.PID)
		}
		if c.Took != 0 {
			took = screen.Round(c.Took)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", c.Name, c.State, now.Sub(c.Since).Round(time.Second), took, c.Restarts, pid, c.Message)
	}
	_ = table.Flush()
	if slices.ContainsFunc(st.Components, func(c supervisor.ComponentStatus) bool { return c.Name == component.TrainingService && c.State.OK() }) {
		fmt.Fprintf(w, "\nThe dashboard: %s/\nSign in with what this prints: bin/sandbox token scientist\n", component.ServiceURL())
	}
}

func newLogs() *cobra.Command {
	var follow bool
	cmd := &cobra.Command{
		Use:   "logs COMPONENT",
		Short: "Print a component's log",
		Example: `  sandbox logs controller -f    # of all its pods
  sandbox logs audit            # the API server's audit log`,
		Args: cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			c, err := load()
			if err != nil {
				return nil, cobra.ShellCompDirectiveError
			}
			return logNames(c), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := load()
			if err != nil {
				return err
			}
			names := logNames(c)
			if len(names) == 0 {
				return errDown
			}
			if !slices.Contains(names, args[0]) {
				return fmt.Errorf("no log of %q; there are: %s", args[0], strings.Join(names, ", "))
			}
			if args[0] == "controller" {
				return controllerLogs(c).copyTo(cmd.Context(), cmd.OutOrStdout(), follow)
			}
			return printLog(cmd, c.Log(args[0]), follow)
		},
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on as the log grows")
	return cmd
}

func logNames(c config.Config) []string {
	files, _ := filepath.Glob(c.Log("*"))
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = strings.TrimSuffix(filepath.Base(f), ".log")
	}
	return names
}

func printLog(cmd *cobra.Command, path string, follow bool) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for {
		if _, err := io.Copy(cmd.OutOrStdout(), f); err != nil || !follow {
			return err
		}
		select {
		case <-cmd.Context().Done():
			return nil
		case <-time.After(200 * time.Millisecond):
		}
		at, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		// The log was put aside for a new one.
		if info, err := os.Stat(path); err == nil && info.Size() < at {
			f.Close()
			if f, err = os.Open(path); err != nil {
				return err
			}
		}
	}
}

func newKubeconfig() *cobra.Command {
	return &cobra.Command{
		Use:     "kubeconfig [USER]",
		Short:   "Print the path of a user's kubeconfig (admin unless named)",
		Example: "  export KUBECONFIG=$(sandbox kubeconfig scientist)",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := load()
			if err != nil {
				return err
			}
			user := "admin"
			if len(args) == 1 {
				user = args[0]
			}
			path, err := kubeconfigOf(c, user)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), path)
			return err
		},
	}
}

// kubeconfigOf is the path of a user's kubeconfig.
func kubeconfigOf(c config.Config, user string) (string, error) {
	path := c.Kubeconfig(user)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	files, _ := filepath.Glob(c.Kubeconfig("*"))
	if len(files) == 0 {
		return "", errDown
	}
	var users []string
	for _, f := range files {
		users = append(users, strings.TrimSuffix(filepath.Base(f), ".yaml"))
	}
	return "", fmt.Errorf("no user %q; there are: %s", user, strings.Join(users, ", "))
}

func newLoad() *cobra.Command {
	return &cobra.Command{
		Use:     "load IMAGE",
		Short:   "Put an image tarball (docker save, OCI) where pods find it",
		Example: "  docker save my-image:1 -o my-image.tar && sandbox load my-image.tar",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := load()
			if err != nil {
				return err
			}
			if _, err := os.Stat(args[0]); err != nil {
				return fmt.Errorf("%w: IMAGE is the file of a saved image, as `docker save my-image:1 -o my-image.tar` makes it", err)
			}
			if supervisor.Holder(dirOf(c).LockFile()) == 0 {
				return errDown
			}
			ctr := exec.CommandContext(cmd.Context(), "ctr", "-a", c.ContainerdSocket(), "-n", "k8s.io", "image", "import", args[0])
			ctr.Stdout, ctr.Stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			if err := ctr.Run(); err != nil {
				return fmt.Errorf("loading %s: %w: is it a whole image in the format of docker save or OCI?", args[0], err)
			}
			return nil
		},
	}
}
