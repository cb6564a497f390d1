package wire

import (
	"fmt"
	"strconv"
	"strings"
)

// The MPI implementations, as spec.mpiImplementation names them.
const (
	OpenMPI  = "OpenMPI"
	IntelMPI = "Intel"
	MPICH    = "MPICH"
)

// SSHRetries is what upstream has the image's own ssh do while an sshd is not up yet. The built-in
// remote shell accepts and ignores it.
const SSHRetries = "-o ConnectionAttempts=10"

// maxNodePrefix is ORTE_MAX_NODE_PREFIX, less its end, of Open MPI 4: the buffer that its short form
// of host lists copies what stands before a host's first digit into, without looking at its length.
const maxNodePrefix = 49

// Variable is one environment variable.
type Variable struct{ Name, Value string }

// MPIVariables is what the mpirun of an implementation reads in the Launcher: upstream's variables,
// their successors for Open MPI 5 (which ignores the old ones and would run everything in the
// Launcher), and the remote shell where the transport is the built-in one. hostfile is the path of a
// file with MPIHostfile's text.
func (j *Job) MPIVariables(implementation, hostfile string) []Variable {
	slots := strconv.Itoa(j.Slots)
	builtin := j.Transport == TransportBuiltin
	var out []Variable
	set := func(name, value string) { out = append(out, Variable{name, value}) }
	switch implementation {
	case IntelMPI:
		set("I_MPI_HYDRA_HOST_FILE", hostfile)
		set("I_MPI_PERHOST", slots)
		if builtin {
			set("I_MPI_HYDRA_BOOTSTRAP", "ssh")
			set("I_MPI_HYDRA_BOOTSTRAP_EXEC", RemoteShellPath)
		} else {
			set("I_MPI_HYDRA_BOOTSTRAP_EXEC_EXTRA_ARGS", SSHRetries)
		}
	case MPICH:
		set("HYDRA_HOST_FILE", hostfile)
		if builtin {
			set("HYDRA_LAUNCHER", "ssh")
			set("HYDRA_LAUNCHER_EXEC", RemoteShellPath)
		} else {
			set("HYDRA_LAUNCH_EXTRA_ARGS", SSHRetries)
		}
	default:
		set("OMPI_MCA_orte_keep_fqdn_hostnames", "true")
		set("OMPI_MCA_orte_default_hostfile", hostfile)
		set("OMPI_MCA_orte_set_default_slots", slots)
		set("PRTE_MCA_prte_keep_fqdn_hostnames", "true")
		set("PRTE_MCA_prte_default_hostfile", hostfile)
		set("OMPI_MCA_plm_rsh_args", SSHRetries)
		if name, _, _ := strings.Cut(j.Launcher, "."); len(name+".") > maxNodePrefix {
			// Host lists in full: mpirun would die of its overrun buffer.
			set("OMPI_MCA_regx", "naive")
		}
		if builtin {
			set("OMPI_MCA_plm_rsh_agent", RemoteShellPath)
			set("PRTE_MCA_plm_ssh_agent", RemoteShellPath)
		}
	}
	return out
}

// MPIHostfile is a hostfile in the notation of an implementation: one host a line.
func MPIHostfile(implementation string, hosts []string, slots int) string {
	format := "%s slots=%d\n"
	if implementation != OpenMPI {
		format = "%s:%d\n"
	}
	var b strings.Builder
	for _, h := range hosts {
		fmt.Fprintf(&b, format, h, slots)
	}
	return b.String()
}

// Hosts are the hosts ranks run on, in the order of the hostfile: the Launcher first where it is a
// Worker too.
func (j *Job) Hosts() []string {
	if j.LauncherIsWorker {
		return append([]string{j.Launcher}, j.Workers...)
	}
	return j.Workers
}
