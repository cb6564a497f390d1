package implementation

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	inPath := write(t, filepath.Join(dir, "bin", "mpirun"), "\x7fELF … libopen-rte.so.40 …")
	hydra := write(t, filepath.Join(dir, "mpich", "mpiexec.hydra"), "\x7fELF … HYDRA build details: … HYDRA_HOST_FILE")
	intel := write(t, filepath.Join(dir, "intel", "mpirun"), "#!/bin/sh\nexport I_MPI_MPIRUN=mpirun\n")
	five := write(t, filepath.Join(dir, "five", "mpirun"), "\x7fELF … prterun …")
	odd := write(t, filepath.Join(dir, "odd", "mpirun"), "#!/bin/sh\nexec srun \"$@\"\n")
	env := []string{"PATH=" + filepath.Dir(inPath)}
	for _, tc := range []struct {
		name           string
		command, env   []string
		path, wantImpl string
	}{
		{"in PATH", []string{"mpirun", "-n", "4", "x"}, env, inPath, wire.OpenMPI},
		{"in a script", []string{"sh", "-c", "set -e; " + hydra + " -n 4 x"}, env, hydra, wire.MPICH},
		{"by its path", []string{intel, "-n", "4", "x"}, env, intel, wire.IntelMPI},
		{"Open MPI 5", []string{five}, env, five, wire.OpenMPI},
		{"of a program that is no starter", []string{"/bin/true"}, env, inPath, wire.OpenMPI},
		{"unknown", []string{odd}, env, odd, ""},
		{"none", []string{"true"}, []string{"PATH=/nowhere"}, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path, impl := Find(tc.command, tc.env)
			if path != tc.path || impl != tc.wantImpl {
				t.Errorf("got %q, %q, want %q, %q", path, impl, tc.path, tc.wantImpl)
			}
		})
	}
	if got := Of(dir); got != "" {
		t.Errorf("a folder is of no implementation, got %q", got)
	}
}

func TestVersion(t *testing.T) {
	for said, want := range map[string]string{
		"mpirun (Open MPI) 4.1.4\n\nReport bugs to …":                                                 "Open MPI 4.1.4",
		"HYDRA build details:\n    Version:                                 4.0.2\n    CC: gcc":       "MPICH (HYDRA) 4.0.2",
		"Intel(R) MPI Library for Linux* OS, Version 2021.14 Build 20250213 (id: 0d7f579)\nCopyright": "Intel MPI 2021.14",
		"whoami: cannot find name for user ID 1000\nmpirun (Open MPI) 5.0.7\n":                        "Open MPI 5.0.7",
		"sh: not found": "",
	} {
		if got := Version(said); got != want {
			t.Errorf("%q: got %q, want %q", said, got, want)
		}
	}
}

func FuzzVersion(f *testing.F) {
	f.Add("mpirun (Open MPI) 4.1.4")
	f.Add("Version:")
	f.Add("Intel(R) MPI Library")
	f.Fuzz(func(t *testing.T, said string) {
		if v := Version(said); strings.ContainsAny(v, "\n\r") {
			t.Errorf("more than a line: %q", v)
		}
	})
}
