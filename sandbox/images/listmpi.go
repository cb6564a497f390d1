package images

import "path"

// Optional components that are nothing but images.
const (
	// ComponentMPI are the images beside the demo's that come as Debian packages:
	// Open MPI 4.1 with sshd, Open MPI 5 and MPICH.
	ComponentMPI = "mpi-images"
	// ComponentMatrix are those that the matrix of implementations and
	// transports needs beyond that: each with sshd, and Intel MPI.
	ComponentMatrix = "mpi-matrix-images"
)

// Components are the optional components that are nothing but images.
func Components() []string { return []string{ComponentMPI, ComponentMatrix} }

// Names of the images of other MPI implementations, without tag.
const (
	OpenMPI5     = "mpijob.sandbox/openmpi5"
	OpenMPI5SSHD = "mpijob.sandbox/openmpi5-sshd"
	MPICH        = "mpijob.sandbox/mpich"
	MPICHSSHD    = "mpijob.sandbox/mpich-sshd"
	IntelMPI     = "mpijob.sandbox/intel-mpi"
	IntelMPISSHD = "mpijob.sandbox/intel-mpi-sshd"
)

const intelRoot = "/opt/intel/mpi"

// intelWheel is Intel MPI's runtime, of the last version whose wheel brings the
// libfabric it needs. It is downloaded from PyPI, under Intel's licence, and
// never part of the repository.
var intelWheel = Wheel{
	Name: "impi-rt", Version: "2021.14.2",
	SHA256: "85b442ecde084d338842186aea0a5c1e7ede2302d5c02f013d6808a4fa8bc41d",
	Prefix: intelRoot,
	Keep: []string{
		"bin/mpirun", "bin/mpiexec", "bin/mpiexec.hydra", "bin/hydra_*_proxy",
		"lib/libmpi.so.12", "lib/libmpi_shm_heap_proxy.so",
		"lib/libfabric/libfabric.so.1", "lib/libfabric/prov/libtcp-fi.so",
		"lib/libfabric/prov/librxm-fi.so", "lib/libfabric/prov/libshm-fi.so",
		"opt/mpi/etc/*", "share/doc/mpi/licensing/*",
	},
}

var intelEnv = []string{
	"PATH=" + intelRoot + "/bin:" + searchPath[len("PATH="):],
	"I_MPI_ROOT=" + intelRoot,
	"LD_LIBRARY_PATH=" + intelRoot + "/lib:" + intelRoot + "/lib/libfabric",
	"FI_PROVIDER_PATH=" + intelRoot + "/lib/libfabric/prov",
	// Left to itself it takes shared memory between pods of one node, which have
	// none, and waits for ever.
	"FI_PROVIDER=tcp",
}

// mpiSpecs are images of the other MPI implementations: barest ones, and ones
// whose workers run sshd.
func mpiSpecs() []Spec {
	openMPI5 := Spec{
		Name: OpenMPI5, Component: ComponentMPI, Tag: "5.0",
		// Open MPI 5 runs programs that were compiled for 4.
		Suite: "trixie", Packages: []string{"openmpi-bin"},
		Config: Config{User: "1000", Env: []string{searchPath}},
	}
	mpich := Spec{
		Name: MPICH, Component: ComponentMPI, Tag: "4.2",
		// Programs of bookworm's MPICH 4.0 often hang in MPI_Finalize.
		Suite: "trixie", Packages: []string{"mpich"}, Compiler: &mpichCompiler,
		Config: Config{User: "1000", Env: []string{searchPath}},
	}
	intel := Spec{
		Name: IntelMPI, Component: ComponentMatrix, Tag: "2021.14",
		// Beside the C library it brings all it needs.
		Packages: []string{"libc6"}, Wheels: []Wheel{intelWheel},
		// MPICH and Intel MPI have one binary interface; Debian's MPICH only
		// calls its library by another name.
		Links:    []Link{{Path: intelRoot + "/lib/libmpich.so.12", Target: "libmpi.so.12"}},
		Compiler: &mpichCompiler,
		Config:   Config{User: "1000", Env: intelEnv},
	}
	all := []Spec{openMPI5, mpich, intel}
	for i, s := range all {
		all[i].Programs = []Program{
			{Source: "examples/pi/pi.c", Paths: []string{"/usr/local/bin/pi"}},
			{Source: "test/programs/mpi-fault.c", Paths: []string{"/usr/local/bin/mpi-fault"}},
		}
		s.Programs = all[i].Programs
		all = append(all, withSSHD(s))
	}
	return all
}

// withSSHD is the same image with sshd on 2222, for root and for mpiuser, set
// up as the one for Open MPI 4.1.
func withSSHD(s Spec) Spec {
	s.Name, s.Component = s.Name+"-sshd", ComponentMatrix
	s.Packages = append([]string{"openssh-client", "openssh-server"}, s.Packages...)
	s.Users = []User{{Name: "mpiuser", ID: 1000, Home: "/home/mpiuser", Shell: "/bin/sh"}}
	s.Dirs = []Dir{
		{Path: "/home/mpiuser", Mode: 0o755, Owner: 1000},
		{Path: "/run/sshd", Mode: 0o755},
	}
	const from = "images/openmpi-sshd"
	s.Files = []File{
		{Path: "/etc/ssh/ssh_config.d/mpi.conf", Source: path.Join(from, "ssh_config"), Mode: 0o644},
		{Path: "/etc/ssh/sshd_config.d/mpi.conf", Source: path.Join(from, "sshd_config"), Mode: 0o644},
		{Path: "/home/mpiuser/.sshd_config", Source: path.Join(from, "sshd_config.mpiuser"), Mode: 0o644, Owner: 1000},
	}
	s.Config.User, s.Config.WorkingDir = "", "/home/mpiuser"
	return s
}
