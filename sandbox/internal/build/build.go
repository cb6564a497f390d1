// Package build compiles the components from pinned modules into a cache: once for each content of
// their sources, Go version and flags.
package build

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Unit is a set of commands of one module that are built together.
type Unit struct {
	Name     string
	Dir      string   // of the module
	Sources  []string // what its hash covers, below Dir: files and folders
	Packages []string
	Flags    []string
	Env      []string // beside the caller's
	// Expect is about how long it takes on two cores with nothing compiled yet.
	Expect time.Duration
}

// undebugged leaves out what debuggers read. The commands are stripped of it anyway, and others' are built by
// nothing else that could share it: a fifth of the compiler's work is saved.
const undebugged = "-gcflags=all=-dwarf=false"

// Kubernetes is the control plane, the node, DNS, JobSet and Trainer: all on one Kubernetes version,
// so that they share one build.
func Kubernetes(repo string) Unit {
	return Unit{
		Name:    "kubernetes",
		Dir:     filepath.Join(repo, "sandbox", "components", "kubernetes"),
		Sources: []string{"go.mod", "go.sum", "coredns"},
		Packages: []string{
			"k8s.io/kubernetes/cmd/kube-apiserver",
			"k8s.io/kubernetes/cmd/kube-controller-manager",
			"k8s.io/kubernetes/cmd/kube-scheduler",
			"k8s.io/kubernetes/cmd/kubelet",
			"go.etcd.io/etcd/server/v3",
			"github.com/kubeflow/trainer/v2/cmd/trainer-controller-manager",
			"sigs.k8s.io/jobset",
			"./coredns",
		},
		// Without a version of its own the API server calls itself v0.0.0 and refuses its own kubelet.
		Flags: []string{undebugged, "-ldflags", "-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3 " +
			"-X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36"},
		Expect: 6 * time.Minute,
	}
}

// Controller is the product's own controller.
func Controller(repo string) Unit {
	return Unit{
		Name:     "controller",
		Dir:      repo,
		Sources:  []string{"go.mod", "go.sum", "cmd/controller", "internal", "pkg"},
		Packages: []string{"./cmd/controller"},
		Flags:    []string{"-ldflags", "-s -w"},
		Env:      []string{"CGO_ENABLED=0"}, // its image holds nothing else
		Expect:   40 * time.Second,
	}
}

// Service is the product's training service.
func Service(repo string) Unit {
	return Unit{
		Name:     "training-service",
		Dir:      repo,
		Sources:  []string{"go.mod", "go.sum", "cmd/training-service", "dashboard/embed.go", "dashboard/dist", "internal", "openapi", "pkg"},
		Packages: []string{"./cmd/training-service"},
		Flags:    []string{"-ldflags", "-s -w"},
		Env:      []string{"CGO_ENABLED=0"}, // its image holds nothing else
		Expect:   20 * time.Second,
	}
}

// MPIOperator is the released MPI operator, on the Kubernetes version it was released with.
func MPIOperator(repo string) Unit {
	return Unit{
		Name:     "mpi-operator",
		Dir:      filepath.Join(repo, "sandbox", "components", "mpi-operator"),
		Sources:  []string{"go.mod", "go.sum"},
		Packages: []string{"github.com/kubeflow/mpi-operator/cmd/mpi-operator"},
		Flags:    []string{undebugged, "-ldflags", "-s -w"},
		Expect:   4 * time.Minute,
	}
}

// TrainingOperator is the last released training operator v1, on the Kubernetes version it was released with.
func TrainingOperator(repo string) Unit {
	return Unit{
		Name:     "training-operator",
		Dir:      filepath.Join(repo, "sandbox", "components", "training-operator"),
		Sources:  []string{"go.mod", "go.sum"},
		Packages: []string{"github.com/kubeflow/training-operator/cmd/training-operator.v1"},
		Flags:    []string{undebugged, "-ldflags", "-s -w"},
		Env:      []string{"CGO_ENABLED=0"}, // its image holds nothing else
		Expect:   4 * time.Minute,
	}
}

// Volcano is the released gang scheduler, on the Kubernetes version it was released with.
func Volcano(repo string) Unit {
	return Unit{
		Name:     "volcano",
		Dir:      filepath.Join(repo, "sandbox", "components", "volcano"),
		Sources:  []string{"go.mod", "go.sum"},
		Packages: []string{"volcano.sh/volcano/cmd/scheduler", "volcano.sh/volcano/cmd/controller-manager"},
		Flags:    []string{undebugged, "-ldflags", "-s -w"},
		Expect:   4 * time.Minute,
	}
}

// Argv is the command that builds the unit into dir.
func (u Unit) Argv(dir string) []string {
	argv := append([]string{"go", "-C", u.Dir, "build", "-trimpath"}, u.Flags...)
	return append(append(argv, "-o", dir+"/"), u.Packages...)
}

// Folder is where the unit's binaries are in the cache. It depends on all that they depend on.
func (u Unit) Folder(cache, toolchain string) (string, error) {
	h, err := Hash(u.Dir, u.Sources, slices.Concat([]string{toolchain}, u.Env, u.Argv("")[4:])...)
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "bin", u.Name+"-"+h), nil
}

// done is a file that is there when a folder of the cache is complete.
const done = ".complete"

// Built says whether the folder holds the unit's binaries.
func Built(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, done))
	return err == nil
}

// Build compiles the unit into folder, which must be its Folder for the toolchain. Others may build the same at the same time: whoever is last
// puts the same there.
func (u Unit) Build(ctx context.Context, folder, toolchain string) error {
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(folder), ".building-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	argv := u.Argv(tmp)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), u.Env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("building %s: %w\n%s", u.Name, err, strings.TrimSpace(string(out)))
	}
	// What was edited while it compiled must not be kept under the name of what was there before.
	if after, err := u.Folder(filepath.Dir(filepath.Dir(folder)), toolchain); err != nil || after != folder {
		return errors.Join(err, fmt.Errorf("the sources of %s changed while they were compiled: run it again", u.Name))
	}
	if err := os.WriteFile(filepath.Join(tmp, done), nil, 0o644); err != nil {
		return err
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	if err := os.Rename(tmp, folder); err != nil && !Built(folder) {
		return err
	}
	return u.prune(folder)
}

// kept is how many builds of a unit stay in the cache.
const kept = 3

// prune removes the oldest builds of the unit, which a machine that follows development collects.
func (u Unit) prune(current string) error {
	all, err := filepath.Glob(filepath.Join(filepath.Dir(current), u.Name+"-*"))
	if err != nil {
		return err
	}
	age := func(path string) time.Time {
		info, err := os.Stat(path)
		if err != nil {
			return time.Time{}
		}
		return info.ModTime()
	}
	slices.SortFunc(all, func(a, b string) int { return age(b).Compare(age(a)) })
	for i, path := range all {
		if i >= kept && path != current {
			if err := os.RemoveAll(path); err != nil {
				return err
			}
		}
	}
	return nil
}

// ModuleDirs are the source folders of modules that a module's build list has, downloaded if need be.
func ModuleDirs(ctx context.Context, dir string, modules ...string) (map[string]string, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"-C", dir, "mod", "download", "-json"}, modules...)...)
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("finding the sources of %s: %w: %s", strings.Join(modules, ", "), err, stderr(err))
	}
	dirs := map[string]string{}
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for decoder.More() {
		var m struct{ Path, Dir, Error string }
		if err := decoder.Decode(&m); err != nil {
			return nil, err
		}
		if m.Error != "" {
			return nil, fmt.Errorf("downloading %s: %s", m.Path, m.Error)
		}
		dirs[m.Path] = m.Dir
	}
	return dirs, nil
}

func stderr(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return strings.TrimSpace(string(exit.Stderr))
	}
	return ""
}

// Exists says whether a unit's sources are there at all.
func (u Unit) Exists() bool {
	for _, p := range u.Packages {
		if strings.HasPrefix(p, "./") {
			files, err := filepath.Glob(filepath.Join(u.Dir, p, "*.go"))
			if err != nil || len(files) == 0 {
				return false
			}
		}
	}
	_, err := os.Stat(filepath.Join(u.Dir, "go.mod"))
	return !errors.Is(err, fs.ErrNotExist)
}
