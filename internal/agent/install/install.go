// Package install puts the agent where the other containers of a pod find it.
package install

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Into copies the running executable into dir, and links the names it is called by. Each file appears
// at once or not at all, and doing it again replaces it: a restarted init container meets what the
// first one left. Nothing outside dir is written, and nothing depends on the user id.
func Into(dir string) error {
	shim := filepath.Join(dir, filepath.Base(wire.ShimDir))
	if err := os.MkdirAll(shim, 0o755); err != nil {
		return fmt.Errorf("installing the agent: %w; the volume must be writable for the init container", err)
	}
	agent := filepath.Base(wire.AgentPath)
	if err := copySelf(filepath.Join(dir, agent)); err != nil {
		return fmt.Errorf("installing the agent into %s: %w", dir, err)
	}
	for path, target := range map[string]string{
		filepath.Join(dir, filepath.Base(wire.RemoteShellPath)): agent,
		filepath.Join(shim, "ssh"):                              filepath.Join("..", agent),
		filepath.Join(shim, agent):                              filepath.Join("..", agent),
	} {
		if err := link(target, path); err != nil {
			return fmt.Errorf("installing the remote shell: %w", err)
		}
	}
	return nil
}

func copySelf(to string) error {
	from, err := os.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer from.Close()
	tmp, err := os.CreateTemp(filepath.Dir(to), ".mpi-agent-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err := io.Copy(tmp, from); err != nil {
		tmp.Close()
		return err
	}
	// Whatever the umask: every container of the pod may run it, none may change it.
	if err := tmp.Chmod(0o555); err != nil {
		tmp.Close()
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), to)
}

func link(target, path string) error {
	tmp := fmt.Sprintf("%s.%d", path, os.Getpid())
	os.Remove(tmp)
	if err := os.Symlink(target, tmp); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		os.Remove(tmp)
		return err
	}
	return nil
}
