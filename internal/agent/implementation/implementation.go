// Package implementation tells of which MPI implementation an mpirun is, by a look at its file: jobs
// name one in their spec, and images bring what they bring.
package implementation

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opendatahub-io/mpijob/internal/agent/environ"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// starters are the names that start ranks.
var starters = []string{"mpirun", "mpiexec", "mpiexec.hydra", "orterun", "prterun"}

// Find returns the mpirun that a command would use, and its implementation: the first one with a path
// among the command's words, else the first in PATH. Implementation is empty where none is found, or
// none that is known.
func Find(command, env []string) (path, implementation string) {
	path = starter(command)
	if path == "" {
		for _, name := range starters {
			if found, err := environ.LookPath(name, env); err == nil {
				path = found
				break
			}
		}
	}
	if path == "" {
		return "", ""
	}
	return path, Of(path)
}

// starter is the first word that names an mpirun by its path; scripts given to a shell count too.
func starter(command []string) string {
	for _, arg := range command {
		for _, word := range strings.Fields(arg) {
			if filepath.IsAbs(word) && slices.Contains(starters, filepath.Base(word)) && environ.Runnable(word) == nil {
				return word
			}
		}
	}
	return ""
}

// marks are what only the files of one implementation contain, most telling first: Intel MPI's mpirun
// is a descendant of MPICH's.
var marks = []struct{ text, implementation string }{
	{"I_MPI_", wire.IntelMPI},
	{"HYDRA build details", wire.MPICH},
	{"libopen-rte", wire.OpenMPI}, // 4
	{"prterun", wire.OpenMPI},     // 5
	{"libprrte", wire.OpenMPI},
}

// most bounds how much of a file is read: the largest mpirun, Intel's, has 5 MB.
const most = 16 << 20

// Of returns the implementation of an mpirun; empty for one that isn't known.
func Of(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	// A pipe or a device would never end.
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	text, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return ""
	}
	for _, m := range marks {
		if bytes.Contains(text, []byte(m.text)) {
			return m.implementation
		}
	}
	return ""
}

// Version picks the name and version out of what `mpirun --version` prints; empty if it says none.
func Version(said string) string {
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(line)
		switch {
		case strings.Contains(line, "(Open MPI) "):
			_, version, _ := strings.Cut(line, "(Open MPI) ")
			return "Open MPI " + first(version)
		case strings.Contains(line, "Intel(R) MPI Library"):
			_, version, _ := strings.Cut(line, "Version ")
			return "Intel MPI " + first(version)
		case strings.HasPrefix(line, "Version:"):
			return "MPICH (HYDRA) " + first(strings.TrimPrefix(line, "Version:"))
		}
	}
	return ""
}

func first(s string) string {
	f := strings.Fields(s)
	if len(f) == 0 {
		return ""
	}
	return strings.TrimRight(f[0], ",")
}

// Name is what people call an implementation.
func Name(implementation string) string {
	switch implementation {
	case wire.OpenMPI:
		return "Open MPI"
	case wire.IntelMPI:
		return "Intel MPI"
	default:
		return implementation
	}
}
