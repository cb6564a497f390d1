package images

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// excludedDocs are the paths dpkg leaves out already when it unpacks, which is
// quicker than writing and then dropping them.
var excludedDocs = []string{"/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*"}

// systemVariant is minbase without apt, which nobody runs in there.
const systemVariant = "essential"

// Debian's /bin is a link to /usr/bin. With the links laid before anything is
// unpacked and this package to say so, the system does without the program
// that would lay them, and so without Perl: 50 MB and 10 s less.
const (
	mergedHook    = "/usr/share/mmdebstrap/hooks/merged-usr"
	mergedPackage = "usr-is-merged"
)

// packagesTime and toolchainTime are what mmdebstrap takes on two cores.
const (
	packagesTime  = 30 * time.Second
	toolchainTime = 40 * time.Second
)

// system is a root file system: the packages, sorted, of a Debian release.
type system struct {
	suite    string
	packages []string
}

func newSystem(release string, packages []string) system {
	return system{cmp.Or(release, suite), sorted(packages)}
}

func (s system) String() string {
	name := "Debian packages " + strings.Join(s.packages, " ")
	if s.suite != suite {
		name += " of " + s.suite
	}
	return name
}

// packages returns the file in the cache that holds the root file system, and
// makes it first if it is not there.
func (b *builder) packages(ctx context.Context, s system) (string, error) {
	file := filepath.Join(b.Cache, "packages-"+packagesKey(s)+".tar")
	if exists(file) {
		return file, nil
	}
	name := s.String()
	return file, b.step(name, packagesTime, func() error {
		return writeFile(file, func(w io.Writer) error {
			return mmdebstrap(ctx, systemVariant, s, "-", func(out io.Reader) error {
				return reduce(w, out)
			})
		})
	})
}

// toolchainDir returns the folder in the cache that holds the compiler.
func (b *builder) toolchainDir(ctx context.Context, c Compiler) (string, error) {
	dir := filepath.Join(b.Cache, "toolchain-"+toolchainKey(c))
	if exists(dir) {
		return dir, nil
	}
	partial := dir + ".partial"
	return dir, b.step("C compiler and "+c.Name+"'s headers", toolchainTime, func() error {
		if err := os.RemoveAll(partial); err != nil {
			return err
		}
		// A compiler works unpacked; configuring it would double the time.
		err := mmdebstrap(ctx, "extract", c.system(), partial, nil)
		if err != nil {
			return errors.Join(err, os.RemoveAll(partial))
		}
		return os.Rename(partial, dir)
	})
}

// mmdebstrapArgs is the command line that puts packages into target, where "-"
// stands for a tar stream on standard output.
func mmdebstrapArgs(variant string, s system, target string, sources []string) []string {
	packages := s.packages
	format := "directory"
	if target == "-" {
		format = "tar"
	}
	args := []string{"--mode=root", "--variant=" + variant, "--format=" + format}
	if variant == systemVariant {
		packages = append([]string{mergedPackage}, packages...)
		args = append(args, "--hook-dir="+mergedHook)
	}
	args = append(args,
		"--include="+strings.Join(packages, ","),
		`--aptopt=Acquire::Languages "none"`,
		"--dpkgopt=force-unsafe-io",
	)
	for _, p := range excludedDocs {
		args = append(args, "--dpkgopt=path-exclude="+p)
	}
	return append(append(args, s.suite, target), sources...)
}

// mmdebstrap runs the tool of that name; consume, if set, reads its output.
func mmdebstrap(ctx context.Context, variant string, s system, target string, consume func(io.Reader) error) error {
	sources, remove, err := debianSources("/etc/apt", s.suite)
	if err != nil {
		return err
	}
	defer remove()
	cmd := exec.CommandContext(ctx, "mmdebstrap", mmdebstrapArgs(variant, s, target, sources)...)
	// It unmounts and deletes its work when asked to end, so ask it, and the
	// processes it started, rather than kill.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	var log bytes.Buffer
	cmd.Stderr = &log
	if consume == nil {
		return explain(cmd.Run(), log.String())
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return explain(err, "")
	}
	readErr := consume(out)
	// Its last blocks are padding, which it must be able to write.
	_, drainErr := io.Copy(io.Discard, out)
	if err := explain(cmd.Wait(), log.String()); err != nil {
		return err
	}
	return errors.Join(readErr, drainErr)
}

// explain turns mmdebstrap's end into an error that says how to mend it.
func explain(err error, log string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("mmdebstrap is not installed: run `apt-get install mmdebstrap`: %w", err)
	}
	return fmt.Errorf("mmdebstrap could not install the Debian packages (%w): %s\n"+
		"Check that `apt-get update` works here and that this is root with the right to mount", err, errorLines(log))
}

// errorLines picks what a person needs out of mmdebstrap's log: the errors, or
// in want of any its end.
func errorLines(log string) string {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	var found []string
	for _, l := range lines {
		if strings.HasPrefix(l, "E: ") || strings.HasPrefix(l, "Err:") {
			found = append(found, strings.TrimSpace(l))
		}
	}
	if len(found) == 0 {
		found = lines[max(0, len(lines)-5):]
	}
	return strings.Join(found[:min(len(found), 8)], "; ")
}
