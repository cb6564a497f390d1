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

// toolchain are the packages that compile MPI programs in C. They are those of
// the images' suite, so that programs find the libraries they were linked to.
var toolchain = []string{"gcc", "libc6-dev", "libopenmpi-dev"}

// compile is how; warnings are errors, since nobody would read them.
var compile = []string{"/usr/bin/mpicc.openmpi", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-s"}

// programs compiles what the cache lacks and returns, by source, the file of
// each program the specs want.
func (b *builder) programs(ctx context.Context, specs []Spec) (map[string]string, error) {
	files := map[string]string{}
	for _, s := range specs {
		for _, p := range s.Programs {
			if files[p.Source] != "" {
				continue
			}
			file, err := b.program(ctx, p.Source)
			if err != nil {
				return nil, err
			}
			files[p.Source] = file
		}
	}
	return files, nil
}

func (b *builder) program(ctx context.Context, source string) (string, error) {
	text, err := os.ReadFile(filepath.Join(b.RepoRoot, source))
	if err != nil {
		return "", fmt.Errorf("reading an example program: %w", err)
	}
	file := filepath.Join(b.Cache, "program-"+programKey(text))
	if exists(file) {
		return file, nil
	}
	root, err := b.toolchainDir(ctx)
	if err != nil {
		return "", err
	}
	return file, b.step("compiling "+source, time.Second, func() error {
		return writeFile(file, func(w io.Writer) error { return compileIn(ctx, root, text, w) })
	})
}

// compileIn compiles one C file inside the root file system at root.
func compileIn(ctx context.Context, root string, source []byte, w io.Writer) error {
	work, err := os.MkdirTemp(root, "work-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	inside := "/" + filepath.Base(work)
	if err := os.WriteFile(filepath.Join(work, "program.c"), source, 0o644); err != nil {
		return err
	}
	args := append([]string{root}, compile...)
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
