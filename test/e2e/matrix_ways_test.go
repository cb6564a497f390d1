//go:build e2e && matrix

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
)

// way is how a Launcher comes to start ranks on the Workers, other than by an mpirun that is left to
// find its remote shell itself.
type way struct {
	name string // for people
	cell cell
	// options of mpirun.
	options []string
	// entrypoint leaves the Launcher's command to the image.
	entrypoint bool
	// script stands in for the one mpirun; each rank says "rank N of 2 on HOST".
	script string
	// fails: it can't be, and the job says so.
	fails []string
}

// horovodrun starts its workers as Horovod does with Gloo: each host is asked for first, then each rank
// is a command line handed to ssh, with its place in the environment.
const horovodrun = `
for h in $(/etc/mpi/discover_hosts.sh); do
  ssh -o PasswordAuthentication=no -o StrictHostKeyChecking=no $h 'date' >/dev/null || exit 1
done
n=0
for h in $(/etc/mpi/discover_hosts.sh); do
  ssh -o PasswordAuthentication=no -o StrictHostKeyChecking=no $h "/bin/sh -c 'cd $PWD > /dev/null 2>&1 ; HOROVOD_RANK=$n HOROVOD_SIZE=2 sh -c \"echo rank \\\$HOROVOD_RANK of \\\$HOROVOD_SIZE on \\\$(hostname) pid \\\$\\\$: \\\$CELL\"'" &
  n=$((n + 1))
done
wait
ssh ${h%%:*} 'exit 7'
echo "ssh: $?"`

func ways() []way {
	var all []way
	named := map[string][]string{
		openMPI4.name: {"--mca", "plm_rsh_agent", "ssh"}, openMPI5.name: {"--mca", "plm_rsh_agent", "ssh"},
		mpich.name: {"-launcher", "ssh", "-launcher-exec", "ssh"}, intel.name: {"-bootstrap", "ssh", "-bootstrap-exec", "ssh"},
	}
	for _, m := range []mpi{openMPI4, openMPI5, mpich, intel} {
		all = append(all,
			way{name: "`mpirun " + strings.Join(named[m.name], " ") + "`", cell: cell{m, false, userRandom}, options: named[m.name]},
			way{name: "an ENTRYPOINT and arguments only", cell: cell{m, false, userRandom}, entrypoint: true},
			way{name: "an ENTRYPOINT and arguments only", cell: cell{m, true, userMPI}, entrypoint: true})
	}
	path := []string{"--mca", "plm_rsh_agent", "/usr/bin/ssh"}
	return append(all,
		way{name: "`ssh` by name, as `horovodrun` does", cell: cell{openMPI4, false, userRandom}, script: horovodrun},
		way{name: "`mpirun " + strings.Join(path, " ") + "`", cell: cell{openMPI4, true, userMPI}, options: path},
		way{name: "the same, and ssh finds no account for the user", cell: cell{openMPI4, false, userRandom}, options: path, fails: []string{"No user exists for uid", "call it by its name"}},
		way{name: "the same, with ssh in the image and no sshd in the Workers", cell: cell{openMPI4, false, userMPI}, options: path, fails: []string{"call it by its name"}})
}

// wayTable collects what came of each way.
type wayTable struct {
	mu   sync.Mutex
	rows []string
}

func (t *wayTable) add(w way, outcome string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows = append(t.rows, fmt.Sprintf("| %s | %s | %s | %s | %s |", w.cell.mpi.name, w.cell.transport(), w.cell.user, w.name, outcome))
}

func (t *wayTable) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	slices.Sort(t.rows)
	return "## Ways to start ranks\n\nOne rank on each of 2 Workers, and what else a Launcher can run than an mpirun that is left to itself.\n\n" +
		"| MPI | Transport | User | The Launcher runs | |\n|---|---|---|---|---|\n" + strings.Join(t.rows, "\n") + "\n"
}

// runWay returns what came of a job, for the table.
func (e *env) runWay(w way, name, restricted string) string {
	e.t.Helper()
	ns := "default"
	if w.cell.user == userRandom {
		ns = restricted
	}
	script := w.script
	if script == "" {
		script = strings.Join(append(append([]string{"exec", "$MPIRUN"}, w.options...), "mpi-fault", "--print-env", "CELL"), " ")
	}
	job := cellJob(w.cell, ns, name, 2, script)
	if len(w.fails) > 0 && w.cell.user == userMPI {
		launcherPod(job).Containers[0].Image = fmt.Sprintf(w.cell.mpi.image, "-sshd")
	}
	if w.entrypoint {
		c := &launcherPod(job).Containers[0]
		c.Args, c.Command = append(c.Command, c.Args...), nil
	}
	e.submit(e.admin, job)
	if len(w.fails) > 0 {
		got := e.awaitCondition(job, kubeflow.JobFailed)
		message, log := condition(got, kubeflow.JobFailed).Message, e.launcherLog(e.admin, job)
		for _, want := range w.fails {
			if !strings.Contains(message+log, want) {
				e.t.Errorf("neither the message nor the log says %q: %s\n%s", want, message, log)
			}
		}
		first, _, _ := strings.Cut(message, "\n")
		return "fails: " + first
	}
	e.awaitCondition(job, kubeflow.JobSucceeded)
	log := e.launcherLog(e.admin, job)
	for i := range 2 {
		if got := lines(log, fmt.Sprintf("rank %d of 2 on %s-worker-%d pid", i, name, i)); len(got) != 1 {
			e.t.Errorf("%d times rank %d on Worker %d, want 1:\n%s", len(got), i, i, log)
		}
	}
	if n := len(lines(log, `it's "all" $here`)); n != 2 {
		e.t.Errorf("%d ranks have the container's environment, want 2:\n%s", n, log)
	}
	if w.script != "" && len(lines(log, "ssh: 7")) != 1 {
		e.t.Errorf("ssh doesn't give a command's exit code:\n%s", log)
	}
	return "works"
}
