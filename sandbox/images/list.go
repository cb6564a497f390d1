package images

// Names of the sandbox's images, without tag.
const (
	Pause       = "mpijob.sandbox/pause"
	Agent       = "mpijob.sandbox/mpi-agent"
	OpenMPI     = "mpijob.sandbox/openmpi"
	OpenMPISSHD = "mpijob.sandbox/openmpi-sshd"
)

// searchPath is the PATH of the images that have programs to look for.
const searchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Specs returns the images of the sandbox. images/*/Containerfile make the
// same ones for real clusters; a test keeps the two in step.
func Specs() []Spec { return append(standardSpecs(), mpiSpecs()...) }

// standardSpecs are those that each sandbox has.
func standardSpecs() []Spec {
	return []Spec{
		{
			Name:     Pause,
			Tag:      "latest",
			Binaries: []Binary{{Module: "sandbox", Package: "./images/pause", Path: "/pause"}},
			Config:   Config{User: "65535", Entrypoint: []string{"/pause"}},
		},
		{
			Name:     Agent,
			Binaries: []Binary{{Module: ".", Package: "./cmd/mpi-agent", Path: "/mpi-agent"}},
			Config:   Config{User: "65532", Entrypoint: []string{"/mpi-agent"}},
		},
		{
			// What a user's own image looks like at its barest: Open MPI, no
			// sshd, no account for the user it runs as.
			Name:     OpenMPI,
			Tag:      "4.1",
			Packages: []string{"openmpi-bin"},
			Programs: []Program{
				{Source: "examples/pi/pi.c", Paths: []string{"/usr/local/bin/pi"}},
				{Source: "test/programs/mpi-fault.c", Paths: []string{"/usr/local/bin/mpi-fault"}},
			},
			Config: Config{User: "1000", Env: []string{searchPath}},
		},
		{
			// What images made for the MPI operator look like: every worker
			// runs sshd on 2222, as root or as mpiuser, with the job's key.
			Name: OpenMPISSHD, Component: ComponentMPI, Tag: "4.1",
			Packages: []string{"openmpi-bin", "openssh-client", "openssh-server"},
			Users:    []User{{Name: "mpiuser", ID: 1000, Home: "/home/mpiuser", Shell: "/bin/sh"}},
			Dirs: []Dir{
				{Path: "/home/mpiuser", Mode: 0o755, Owner: 1000},
				{Path: "/run/sshd", Mode: 0o755},
			},
			Files: []File{
				{Path: "/etc/ssh/ssh_config.d/mpi.conf", Source: "images/openmpi-sshd/ssh_config", Mode: 0o644},
				{Path: "/etc/ssh/sshd_config.d/mpi.conf", Source: "images/openmpi-sshd/sshd_config", Mode: 0o644},
				{Path: "/home/mpiuser/.sshd_config", Source: "images/openmpi-sshd/sshd_config.mpiuser", Mode: 0o644, Owner: 1000},
			},
			Programs: []Program{
				{Source: "examples/pi/pi.c", Paths: []string{"/home/mpiuser/pi", "/usr/local/bin/pi"}},
				{Source: "test/programs/mpi-fault.c", Paths: []string{"/usr/local/bin/mpi-fault"}},
			},
			Config: Config{Env: []string{searchPath}, WorkingDir: "/home/mpiuser"},
		},
	}
}
