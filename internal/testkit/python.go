package testkit

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Python makes a Python environment with packages, as a requirements file names them, and returns its python. It is
// made once for each text, and kept outside the clone.
func Python(t testing.TB, requirements string) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(requirements))
	dir := filepath.Join(cache, "mpijob-test-venv", hex.EncodeToString(sum[:8]))
	python, list, made := filepath.Join(dir, "bin/python"), filepath.Join(dir, "requirements.txt"), filepath.Join(dir, "made")
	if _, err := os.Stat(made); err == nil {
		return python
	}
	run := func(argv ...string) {
		if out, err := exec.CommandContext(t.Context(), argv[0], argv[1:]...).CombinedOutput(); err != nil { //nolint:gosec // its own commands
			t.Fatalf("%s: %v: Python 3.11 with venv, and a package registry, are needed\n%s", strings.Join(argv, " "), err, out)
		}
	}
	run("python3", "-m", "venv", "--clear", dir)
	if err := os.WriteFile(list, []byte(requirements), 0o600); err != nil {
		t.Fatal(err)
	}
	run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", list)
	if err := os.WriteFile(made, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return python
}
