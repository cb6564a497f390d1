package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/component"
	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
	"github.com/opendatahub-io/mpijob/sandbox/internal/host"
	"github.com/opendatahub-io/mpijob/sandbox/internal/pki"
	"github.com/opendatahub-io/mpijob/sandbox/internal/screen"
	"github.com/opendatahub-io/mpijob/sandbox/internal/supervisor"
)

// patience is how long up waits for all components; they go on afterwards.
const patience = 3 * time.Minute

// startSandbox hands the plan to the supervisor, starting one if none runs, and waits until it is
// carried out.
func startSandbox(ctx context.Context, o *upOptions, dir supervisor.Dir, list []component.Component) error {
	if err := dir.WritePlan(list); err != nil {
		return err
	}
	pid := supervisor.Holder(dir.LockFile())
	if pid != 0 {
		if host.BridgeOwner() != o.config.State {
			if err := host.Setup(ctx, o.config); err != nil {
				return err
			}
		}
		if err := syscall.Kill(pid, syscall.SIGHUP); err != nil {
			return fmt.Errorf("telling the supervisor of a new plan: %w", err)
		}
	} else {
		if err := host.Reboot(o.config); err != nil {
			return err
		}
		if err := spawnSupervisor(o.config, dir); err != nil {
			return err
		}
	}
	return follow(ctx, o, dir, list)
}

// spawnSupervisor starts the supervisor as a daemon: in a session of its own, its output in its log.
func spawnSupervisor(c config.Config, dir supervisor.Dir) error {
	if err := os.MkdirAll(dir.Log, 0o755); err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(dir.Log, "supervisor.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(c.Self, "supervise")
	cmd.Env = append(os.Environ(), "SANDBOX_STATE="+c.State, "SANDBOX_REPO="+c.Repo)
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the supervisor: %w", err)
	}
	return cmd.Process.Release()
}

// follow shows the components becoming ready.
func follow(ctx context.Context, o *upOptions, dir supervisor.Dir, list []component.Component) error {
	plan := supervisor.PlanIdentity(list)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	steps := map[string]*screen.Step{}
	ended := map[string]bool{}
	expect := map[string]time.Duration{}
	var before map[string]string // identity by component, when this began
	for _, c := range list {
		expect[c.Name] = c.Expect
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var st supervisor.Status
	for {
		select {
		case <-ctx.Done():
			return notReady(o.config, st)
		case <-tick.C:
		}
		now, err := dir.ReadStatus()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if now.PID == 0 || now.PID != supervisor.Holder(dir.LockFile()) || now.Plan != plan {
			continue
		}
		st = now
		if before == nil {
			before = map[string]string{}
			for _, c := range st.Components {
				if c.State.OK() && time.Since(c.Since) > time.Second {
					ended[c.Name] = true // untouched
				}
			}
		}
		for _, c := range st.Components {
			switch {
			case ended[c.Name]:
			case c.State.OK():
				if steps[c.Name] == nil {
					steps[c.Name] = o.screen.Begin(c.Name, 0)
				}
				steps[c.Name].Done()
				ended[c.Name] = true
			case c.State == supervisor.Starting && steps[c.Name] == nil:
				steps[c.Name] = o.screen.Begin(c.Name, expect[c.Name])
			case c.State == supervisor.Backoff && c.Restarts >= 8:
				return notReady(o.config, st)
			}
		}
		if st.Ready() {
			return nil
		}
	}
}

// notReady says which components are not ready and what their logs say.
func notReady(c config.Config, st supervisor.Status) error {
	if len(st.Components) == 0 {
		return fmt.Errorf("the supervisor does not run; its log says:\n%s", tail(c.Log("supervisor"), 10))
	}
	var text strings.Builder
	for _, k := range st.Components {
		if k.State == supervisor.Backoff || k.State == supervisor.Starting {
			fmt.Fprintf(&text, "\n%s is %s %s; its log ends with:\n%s", k.Name, strings.ToLower(string(k.State)), k.Message, tail(c.Log(k.Name), 10))
		}
	}
	return fmt.Errorf("not everything is ready; it is tried on (`sandbox status`, `sandbox logs COMPONENT`)%s", text.String())
}

// tail is the end of a file, indented.
func tail(path string, lines int) string {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "    (" + err.Error() + ")"
	}
	all := strings.Split(strings.TrimRight(string(raw), "\n"), "\n")
	return "    " + strings.Join(all[max(0, len(all)-lines):], "\n    ")
}

func configFile(c config.Config) string { return c.Path("config.json") }

// saveConfig leaves the configuration for the set-up steps, which the supervisor starts.
func saveConfig(c config.Config) error {
	raw, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return pki.Write(configFile(c), raw, 0o600)
}

// savedConfig is the configuration of the sandbox that is there.
func savedConfig(c config.Config) (config.Config, error) {
	raw, err := os.ReadFile(configFile(c))
	if err != nil {
		return c, fmt.Errorf("no sandbox is here (%w): `sandbox up` starts one", err)
	}
	err = json.Unmarshal(raw, &c)
	return c, err
}
