package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/opendatahub-io/mpijob/sandbox/images"
	"github.com/opendatahub-io/mpijob/sandbox/internal/build"
	"github.com/opendatahub-io/mpijob/sandbox/internal/component"
	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
	"github.com/opendatahub-io/mpijob/sandbox/internal/pki"
	"github.com/opendatahub-io/mpijob/sandbox/internal/preflight"
)

// upstream are the modules whose manifests are applied, by short name, and whose build they are in.
var upstream = map[string]map[string]string{
	"kubernetes":     {"jobset": "sigs.k8s.io/jobset", "trainer": "github.com/kubeflow/trainer/v2"},
	"mpi-operator":   {"mpi-operator": "github.com/kubeflow/mpi-operator"},
	"volcano":        {"volcano": "volcano.sh/volcano"},
	"metrics-server": {"metrics-server": "sigs.k8s.io/metrics-server"},

	component.TrainingOperator: {component.TrainingOperator: "github.com/kubeflow/training-operator"},
}

// units are the builds a configuration needs.
func units(c config.Config) []build.Unit {
	out := []build.Unit{build.Kubernetes(c.Repo)}
	if u := build.Controller(c.Repo); u.Exists() {
		out = append(out, u)
	}
	if u := build.Service(c.Repo); u.Exists() {
		out = append(out, u)
	}
	if slices.Contains(c.With, "mpi-operator") {
		out = append(out, build.MPIOperator(c.Repo))
	}
	if slices.Contains(c.With, "kwok") {
		out = append(out, build.Kwok(c.Repo))
	}
	if slices.Contains(c.With, "metrics-server") {
		out = append(out, build.MetricsServer(c.Repo))
	}
	if slices.Contains(c.With, component.TrainingOperator) {
		out = append(out, build.TrainingOperator(c.Repo))
	}
	if slices.Contains(c.With, "volcano") {
		out = append(out, build.Volcano(c.Repo))
	}
	return out
}

// prepare builds what is missing and describes the components.
func prepare(ctx context.Context, o *upOptions) ([]component.Component, error) {
	toolchain, err := toolchain(ctx)
	if err != nil {
		return nil, err
	}
	g, gctx := errgroup.WithContext(ctx)
	for _, u := range units(o.config) {
		folder, err := u.Folder(o.config.Cache, toolchain)
		if err != nil {
			return nil, err
		}
		o.config.Bin[u.Name] = folder
		if build.Built(folder) {
			continue
		}
		g.Go(func() error { return buildUnit(gctx, o, u, folder, toolchain) })
	}
	g.Go(func() (err error) {
		o.config.Images, o.config.AgentImage, err = buildImages(gctx, o, toolchain)
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if o.config.Bin["controller"] != "" {
		if o.config.ControllerImage, err = images.ProgramRef(images.ControllerSpec(), o.config.Binary("controller", "controller")); err != nil {
			return nil, err
		}
	}
	if o.config.Bin["training-service"] != "" {
		if o.config.ServiceImage, err = images.ProgramRef(images.ServiceSpec(), o.config.Binary("training-service", "training-service")); err != nil {
			return nil, err
		}
	}
	if o.config.Bin[component.TrainingOperator] != "" {
		if o.config.TrainingOperatorImage, err = images.ProgramRef(images.TrainingOperatorSpec(), o.config.Binary(component.TrainingOperator, "training-operator.v1")); err != nil {
			return nil, err
		}
	}
	for unit, modules := range upstream {
		if folder := o.config.Bin[unit]; folder != "" {
			if err := moduleDirs(ctx, o.config, unit, folder, modules); err != nil {
				return nil, err
			}
		}
	}
	o.config.Manifests, err = build.Hash(o.config.Repo, []string{"config"})
	if err != nil {
		return nil, err
	}
	if err := pki.Ensure(o.config, time.Now()); err != nil {
		return nil, err
	}
	if err := saveConfig(o.config); err != nil {
		return nil, err
	}
	return component.All(o.config)
}

func buildUnit(ctx context.Context, o *upOptions, u build.Unit, folder, toolchain string) error {
	step := o.screen.Begin("build "+u.Name, u.Expect)
	if err := u.Build(ctx, folder, toolchain); err != nil {
		step.Fail("see below")
		return err
	}
	step.Done()
	return nil
}

// moduleDirs finds the folders of modules once for each build and keeps them beside its binaries.
func moduleDirs(ctx context.Context, c config.Config, unit, folder string, modules map[string]string) error {
	path := filepath.Join(folder, "modules.json")
	dirs := map[string]string{}
	if raw, err := os.ReadFile(path); err == nil && json.Unmarshal(raw, &dirs) == nil && allExist(dirs) {
		for name, dir := range dirs {
			c.Modules[name] = dir
		}
		return nil
	}
	var paths []string
	for _, p := range modules {
		paths = append(paths, p)
	}
	found, err := build.ModuleDirs(ctx, filepath.Join(c.Repo, "sandbox", "components", unit), paths...)
	if err != nil {
		return err
	}
	for name, p := range modules {
		dirs[name], c.Modules[name] = found[p], found[p]
	}
	raw, err := json.Marshal(dirs)
	if err != nil {
		return err
	}
	return pki.Write(path, raw, 0o644)
}

func allExist(dirs map[string]string) bool {
	for _, d := range dirs {
		if _, err := os.Stat(d); err != nil {
			return false
		}
	}
	return len(dirs) > 0
}

// installPackages installs the Debian packages that are missing.
func installPackages(ctx context.Context, o *upOptions) error {
	var missing []string
	for _, p := range preflight.Packages {
		if _, err := os.Stat(p.Shows); err != nil {
			missing = append(missing, p.Name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	step := o.screen.Begin("apt-get install "+strings.Join(missing, " "), 30*time.Second)
	for _, args := range [][]string{
		{"update", "-q"},
		append([]string{"install", "-q", "-y", "--no-install-recommends"}, missing...),
	} {
		cmd := exec.CommandContext(ctx, "apt-get", args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			step.Fail("see below")
			return fmt.Errorf("apt-get %s: %w\n%s", args[0], err, strings.TrimSpace(string(out)))
		}
	}
	step.Done()
	return nil
}

// toolchain is what a build depends on beside its sources: Go's version and the settings that change
// what it makes.
func toolchain(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOVERSION", "GOFLAGS", "GOEXPERIMENT", "CGO_ENABLED", "GOARCH", "GOAMD64").Output()
	if err != nil {
		return "", fmt.Errorf("asking Go for its settings: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// kubernetesBuilt says whether the long build is behind us.
func kubernetesBuilt(ctx context.Context, c config.Config) bool {
	v, err := toolchain(ctx)
	if err != nil {
		return false
	}
	folder, err := build.Kubernetes(c.Repo).Folder(c.Cache, v)
	return err == nil && build.Built(folder)
}

// dryRun prints what up would run. Nothing is built or written.
func dryRun(ctx context.Context, o *upOptions, w io.Writer) error {
	v, err := toolchain(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "#!/bin/sh\n# What `sandbox up` runs on this machine. To read, not to run: several processes go on side by side.")
	for _, p := range preflight.Packages {
		if _, err := os.Stat(p.Shows); err != nil {
			fmt.Fprintf(w, "apt-get install -y --no-install-recommends %s\n", p.Name)
		}
	}
	o.config.AgentImage, o.config.ControllerImage, o.config.ServiceImage = images.Agent+":HASH", images.Controller+":HASH", images.Service+":HASH"
	for _, u := range units(o.config) {
		folder, err := u.Folder(o.config.Cache, v)
		if err != nil {
			return err
		}
		o.config.Bin[u.Name] = folder
		if build.Built(folder) {
			fmt.Fprintf(w, "\n# build %s: in the cache\n", u.Name)
		} else {
			fmt.Fprintf(w, "\n# build %s\n", u.Name)
		}
		component.Command(w, u.Env, u.Argv(folder))
	}
	list, err := component.All(o.config)
	if err != nil {
		return err
	}
	component.Script(w, list)
	return nil
}
