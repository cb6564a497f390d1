package mpijob

import (
	"path"
	"strconv"
	"strings"
)

// mpirunCall is what a command line says about the ranks it starts.
type mpirunCall struct {
	ranks         int
	oversubscribe bool
}

var (
	mpiruns = words("mpirun mpiexec orterun prterun mpiexec.hydra mpirun.openmpi mpiexec.openmpi mpirun.mpich mpiexec.mpich horovodrun")
	shells  = words("sh bash dash ash ksh zsh")

	// countOptions are how MPIs are told the number of ranks.
	countOptions = words("-n -np --np --n -c")
	// Options of Open MPI, MPICH, Intel MPI and horovodrun by how many words follow them. A command
	// line with any other is not judged: what stands behind it might be its value, or the program's.
	options = []map[string]bool{
		words(`--allow-run-as-root -allow-run-as-root --oversubscribe -oversubscribe --nooversubscribe -nooversubscribe
			--tag-output -tag-output --timestamp-output --report-bindings -report-bindings --display-map -display-map
			--display-allocation -v --verbose -q --quiet -l -prepend-rank --bind-to-core --bynode --byslot
			-genvall -envall -genvnone -envnone --disable-cache`),
		words(`-x -H -host --host -hostfile --hostfile -machinefile --machinefile -f --map-by -map-by --bind-to -bind-to
			--rank-by -rank-by --prefix -wd -wdir --wdir -N -npernode --npernode --npersocket -ppn -perhost -genvlist -envlist
			--output-filename --timeout -iface -launcher -bootstrap -rmk --hosts -p --ssh-port --verbose-level --mpi-args
			--network-interface -rr`),
		words("-mca --mca -gmca --gmca -genv -env --prtemca -prtemca --pmca"),
	}
)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// rankCount is what a container's command says about its ranks, and whether it says so beyond doubt:
// one mpirun, called directly or from a shell's script, with a plain number.
func rankCount(argv []string) (mpirunCall, bool) {
	if len(argv) == 0 {
		return mpirunCall{}, false
	}
	if mpiruns[path.Base(argv[0])] {
		return parseMpirun(argv[1:])
	}
	if !shells[path.Base(argv[0])] {
		return mpirunCall{}, false
	}
	for i, a := range argv[1:] {
		if strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--") && strings.HasSuffix(a, "c") && i+2 < len(argv) {
			return scriptCount(argv[i+2])
		}
	}
	return mpirunCall{}, false
}

// scriptCount reads the one mpirun of a script; one that has several, or none, says nothing.
func scriptCount(script string) (mpirunCall, bool) {
	script = strings.ReplaceAll(script, "\\\n", " ")
	var calls [][]string
	for _, line := range strings.FieldsFunc(script, func(r rune) bool { return strings.ContainsRune("\n;&|()", r) }) {
		fields := strings.Fields(line)
		for i, w := range fields {
			if strings.HasPrefix(w, "#") {
				break
			}
			if mpiruns[path.Base(w)] {
				calls = append(calls, fields[i+1:])
				break
			}
		}
	}
	if len(calls) != 1 {
		return mpirunCall{}, false
	}
	return parseMpirun(calls[0])
}

// parseMpirun reads mpirun's own options, up to the program.
func parseMpirun(args []string) (mpirunCall, bool) {
	call := mpirunCall{}
	for _, a := range args {
		// Several programs, each with a count of its own.
		if a == ":" {
			return call, false
		}
		if strings.Contains(strings.ToLower(a), "oversubscribe") && !strings.Contains(strings.ToLower(a), "nooversubscribe") {
			call.oversubscribe = true
		}
	}
	for i := 0; i < len(args); i++ {
		a := args[i]
		name, value, joined := strings.Cut(a, "=")
		switch {
		case countOptions[name]:
			if !joined && i+1 < len(args) {
				value = args[i+1]
			}
			n, err := strconv.Atoi(value)
			call.ranks = n
			return call, err == nil && n > 0
		case !strings.HasPrefix(a, "-"):
			return call, false
		case options[0][a] || joined && strings.HasPrefix(a, "--"):
		case options[1][a]:
			i++
		case options[2][a]:
			i += 2
		default:
			return call, false
		}
	}
	return call, false
}
