package wire

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMPIVariables(t *testing.T) {
	job := Job{Transport: TransportBuiltin, Slots: 2, Launcher: "pi-launcher.pi.ns.svc"}
	for impl, want := range map[string][]string{
		OpenMPI: {
			"OMPI_MCA_orte_keep_fqdn_hostnames=true", "OMPI_MCA_orte_default_hostfile=/h", "OMPI_MCA_orte_set_default_slots=2",
			"PRTE_MCA_prte_keep_fqdn_hostnames=true", "PRTE_MCA_prte_default_hostfile=/h",
			"OMPI_MCA_plm_rsh_args=" + SSHRetries, "OMPI_MCA_plm_rsh_agent=" + RemoteShellPath, "PRTE_MCA_plm_ssh_agent=" + RemoteShellPath,
		},
		MPICH: {"HYDRA_HOST_FILE=/h", "HYDRA_LAUNCHER=ssh", "HYDRA_LAUNCHER_EXEC=" + RemoteShellPath},
		IntelMPI: {"I_MPI_HYDRA_HOST_FILE=/h", "I_MPI_PERHOST=2", "I_MPI_HYDRA_BOOTSTRAP=ssh",
			"I_MPI_HYDRA_BOOTSTRAP_EXEC=" + RemoteShellPath},
	} {
		if diff := cmp.Diff(want, words(job.MPIVariables(impl, "/h"))); diff != "" {
			t.Errorf("%s (-want +got)\n%s", impl, diff)
		}
	}
	job.Transport = TransportOwn
	for _, impl := range []string{OpenMPI, MPICH, IntelMPI} {
		got := strings.Join(words(job.MPIVariables(impl, "/h")), " ")
		if strings.Contains(got, RemoteShellPath) || !strings.Contains(got, SSHRetries) {
			t.Errorf("%s with the image's own ssh: %s", impl, got)
		}
	}
}

func words(vs []Variable) []string {
	var out []string
	for _, v := range vs {
		out = append(out, v.Name+"="+v.Value)
	}
	return out
}

func TestMPIHostfile(t *testing.T) {
	job := Job{Launcher: "l", Workers: []string{"w0", "w1"}, LauncherIsWorker: true}
	if got, want := MPIHostfile(OpenMPI, job.Hosts(), 3), "l slots=3\nw0 slots=3\nw1 slots=3\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	job.LauncherIsWorker = false
	for _, impl := range []string{MPICH, IntelMPI} {
		if got, want := MPIHostfile(impl, job.Hosts(), 1), "w0:1\nw1:1\n"; got != want {
			t.Errorf("%s: got %q, want %q", impl, got, want)
		}
	}
}
