package images

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Compiler compiles MPI programs in C. Its packages are bookworm's, the oldest
// release of any image: programs run with the libraries of a later one too.
type Compiler struct {
	// Name is the MPI implementation's.
	Name     string
	Packages []string
	Command  []string
}

func (c Compiler) system() system { return system{suite, c.Packages} }

// Warnings are errors, since nobody would read them.
var (
	openMPICompiler = Compiler{
		Name:     "Open MPI",
		Packages: []string{"gcc", "libc6-dev", "libopenmpi-dev"},
		Command:  []string{"/usr/bin/mpicc.openmpi", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-s"},
	}
	mpichCompiler = Compiler{
		Name:     "MPICH",
		Packages: []string{"gcc", "libc6-dev", "libmpich-dev"},
		// Its mpicc is a script, and the toolchain has no shell.
		Command: []string{
			"/usr/bin/gcc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-s",
			"-I/usr/include/x86_64-linux-gnu/mpich", "-Wl,--no-as-needed", "-lmpich",
		},
	}
)

// compiler is the one of the spec.
func (s Spec) compiler() Compiler {
	if s.Compiler != nil {
		return *s.Compiler
	}
	return openMPICompiler
}

// compiled is a program as one compiler made it.
type compiled struct{ compiler, source string }

// programs compiles what the cache lacks and returns the file of each program
// the specs want.
func (b *builder) programs(ctx context.Context, specs []Spec) (map[compiled]string, error) {
	files := map[compiled]string{}
	for _, s := range specs {
		for _, p := range s.Programs {
			c := compiled{s.compiler().Name, p.Source}
			if files[c] != "" {
				continue
			}
			file, err := b.program(ctx, s.compiler(), p.Source)
			if err != nil {
				return nil, err
			}
			files[c] = file
		}
	}
	return files, nil
}

func (b *builder) program(ctx context.Context, c Compiler, source string) (string, error) {
	text, err := os.ReadFile(filepath.Join(b.RepoRoot, source))
	if err != nil {
		return "", fmt.Errorf("reading an example program: %w", err)
	}
	file := filepath.Join(b.Cache, "program-"+programKey(c, text))
	if exists(file) {
		return file, nil
	}
	root, err := b.toolchainDir(ctx, c)
	if err != nil {
		return "", err
	}
	return file, b.step("compiling "+source+" for "+c.Name, time.Second, func() error {
		return writeFile(file, func(w io.Writer) error { return compileIn(ctx, root, c.Command, text, w) })
	})
}

// compileIn compiles one C file inside the root file system at root.
func compileIn(ctx context.Context, root string, command []string, source []byte, w io.Writer) error {
	work, err := os.MkdirTemp(root, "work-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	inside := "/" + filepath.Base(work)
	if err := os.WriteFile(filepath.Join(work, "program.c"), source, 0o644); err != nil {
		return err
	}
	args := append([]string{root}, command...)
	args = append(args, "-o", inside+"/program", inside+"/program.c", "-lm")
	cmd := exec.CommandContext(ctx, "chroot", args...)
	cmd.Env = []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C", "TMPDIR=" + inside}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("mpicc: %w:\n%s", err, strings.TrimSpace(string(out)))
	}
	binary, err := os.Open(filepath.Join(work, "program"))
	if err != nil {
		return err
	}
	defer binary.Close()
	_, err = io.Copy(w, binary)
	return err
}

// goTime is what building a small Go program takes with an empty build cache.
const goTime = 20 * time.Second

// goArgs is the command that builds a static Go program. Neither the folder
// nor the state of the repository may show in it, else its hash means nothing.
// Without inlining it is a tenth smaller: the agent is copied into every pod.
func goArgs(out string, b Binary) []string {
	return []string{"build", "-trimpath", "-buildvcs=false", "-gcflags=all=-l", "-ldflags=-s -w", "-o", out, b.Package}
}

// binary builds a static Go program and returns its content. Go's own cache
// knows whether there is anything to do.
func (b *builder) binary(ctx context.Context, bin Binary) ([]byte, error) {
	dir, err := os.MkdirTemp("", "sandbox-binary-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "binary")
	err = b.step("go build "+bin.Package, goTime, func() error {
		cmd := exec.CommandContext(ctx, "go", goArgs(out, bin)...)
		cmd.Dir = filepath.Join(b.RepoRoot, bin.Module)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
		if text, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%w:\n%s", err, strings.TrimSpace(string(text)))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return os.ReadFile(out)
}
