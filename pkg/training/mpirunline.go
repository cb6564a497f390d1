package training

import (
	"path"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// mpirunOptions are how many words follow an option of the mpirun of Open MPI, MPICH or Intel MPI. A
// line with another option is not understood: guessing would take a value for the program.
var mpirunOptions = map[string]int{
	"n": 1, "np": 1, "c": 1, "N": 1, "npernode": 1, "ppn": 1, "perhost": 1,
	"host": 1, "H": 1, "hosts": 1, "hostfile": 1, "machinefile": 1, "f": 1,
	"map-by": 1, "bind-to": 1, "rank-by": 1, "x": 1, "mca": 2, "gmca": 2, "prtemca": 2,
	"env": 2, "genv": 2, "genvlist": 1, "envlist": 1, "genvall": 0, "envall": 0,
	"wdir": 1, "wd": 1, "prefix": 1, "path": 1, "timeout": 1, "iface": 1, "launcher": 1, "bootstrap": 1, "output": 1, "output-filename": 1,
	"allow-run-as-root": 0, "oversubscribe": 0, "nooversubscribe": 0, "report-bindings": 0, "tag-output": 0, "timestamp-output": 0,
	"display-map": 0, "display-allocation": 0, "v": 0, "verbose": 0, "q": 0, "quiet": 0, "l": 0, "prepend-rank": 0, "noprefix": 0,
}

// mpirunLine is where things are in a line that starts mpirun.
type mpirunLine struct {
	program int // index of the program
	ranks   int // index of the number of ranks; -1 where it is not given
}

// parseMpirun reads a line of mpirun; ok is false for one that starts something else, or says
// something it doesn't know.
func parseMpirun(argv []string) (l mpirunLine, ok bool) {
	if len(argv) == 0 || !isMpirun(argv[0]) || slices.Contains(argv, ":") {
		return l, false
	}
	l.ranks = -1
	for i := 1; i < len(argv); {
		if !strings.HasPrefix(argv[i], "-") {
			l.program = i
			return l, true
		}
		name := strings.TrimPrefix(strings.TrimPrefix(argv[i], "-"), "-")
		follow, known := mpirunOptions[name]
		if !known {
			return l, false
		}
		if name == "n" || name == "np" || name == "c" {
			l.ranks = i + 1
		}
		i += 1 + follow
	}
	return l, false
}

func isMpirun(command string) bool {
	switch path.Base(command) {
	case "mpirun", "mpiexec", "mpiexec.hydra", "orterun", "prterun":
		return true
	}
	return false
}

// argv is what a container runs, as far as its manifest says; set puts a changed one back.
func argv(c *corev1.Container) []string { return append(slices.Clone(c.Command), c.Args...) }

func setArgv(c *corev1.Container, argv []string) {
	if len(c.Command) == 0 { // the image's ENTRYPOINT stays in front
		c.Args = argv
		return
	}
	at := min(len(c.Command), len(argv))
	c.Command, c.Args = argv[:at:at], argv[at:]
	if len(c.Args) == 0 {
		c.Args = nil
	}
}

// followRanks changes the number of ranks in the Launcher's line along with the Workers, where it was
// the number that fits on them.
func followRanks(c *corev1.Container, before, after int) {
	line := argv(c)
	l, ok := parseMpirun(line)
	if !ok || before == after || l.ranks < 0 || l.ranks >= len(line) || line[l.ranks] != strconv.Itoa(before) {
		return
	}
	line[l.ranks] = strconv.Itoa(after)
	setArgv(c, line)
}

// setProgram puts a program in place of the one mpirun starts, or in place of the whole line.
func setProgram(c *corev1.Container, program []string) {
	line := argv(c)
	if l, ok := parseMpirun(line); ok && !isMpirun(program[0]) {
		program = append(line[:l.program:l.program], program...)
	}
	c.Args = nil
	if len(c.Command) == 0 && len(line) > 0 {
		c.Args = program
		return
	}
	c.Command = program
}
