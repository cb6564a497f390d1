//go:build e2e && matrix

package e2e

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var matrixPage = flag.String("matrix.page", "", "write the table of TestMatrix to this file too")

// cell is one combination of the matrix. Each is run on 2 and on 4 Workers.
type cell struct {
	mpi  mpi
	sshd bool
	user string
}

// Users of the matrix: root and random are what they say; mpiuser is uid 1000, which images may have an
// account for; random is what OpenShift gives, with a read-only root file system on top.
const (
	userRoot   = "root"
	userMPI    = "uid 1000"
	userRandom = "random uid"
)

var uids = map[string]int64{userRoot: 0, userMPI: 1000, userRandom: 1000770000}

func (c cell) transport() string {
	if c.sshd {
		return "own sshd"
	}
	return "built-in"
}

func (c cell) name() string {
	words := strings.NewReplacer(" ", "-", ".", "-").Replace(c.mpi.name + " " + c.transport() + " " + c.user)
	return strings.ToLower(words)
}

// cells are all combinations that exist: sshd needs an account for its user.
func cells() []cell {
	var all []cell
	for _, m := range []mpi{openMPI4, openMPI5, mpich, intel} {
		for _, user := range []string{userRoot, userMPI, userRandom} {
			all = append(all, cell{m, false, user})
		}
		all = append(all, cell{m, true, userRoot}, cell{m, true, userMPI})
	}
	return all
}

// TestMatrix runs every MPI implementation over every transport as every user, and in the ways that
// launchers have to start ranks, and prints tables.
func TestMatrix(t *testing.T) {
	e := setup(t)
	restricted := e.namespace("matrix")
	table := &matrixTable{rows: map[string][]string{}}
	waysTable := &wayTable{}
	t.Cleanup(func() {
		text := table.String() + waysTable.String()
		fmt.Print(text)
		if *matrixPage != "" && !t.Failed() && len(table.rows) == len(cells())+len(refusals()) && len(waysTable.rows) == len(ways()) {
			e.must(os.WriteFile(*matrixPage, []byte(matrixHead(time.Now())+text), 0o644), "writing the table")
		}
	})
	t.Run("cells", func(t *testing.T) {
		for _, c := range cells() {
			t.Run(c.name(), func(t *testing.T) {
				t.Parallel()
				ns := "default"
				if !c.sshd && c.user != userRoot {
					ns = restricted
				}
				t.Cleanup(func() { table.set(c, 0, outcome(t)) })
				t.Run("2", func(t *testing.T) { e.in(t).runCell(c, ns); table.set(c, 1, outcome(t)) })
				t.Run("4", func(t *testing.T) { e.in(t).deleteCell(c, ns); table.set(c, 2, outcome(t)) })
			})
		}
		for _, r := range refusals() {
			t.Run("refused-"+r.cell.name(), func(t *testing.T) {
				t.Parallel()
				said := e.in(t).refuse(r, restricted)
				table.set(r.cell, 0, "refused")
				table.set(r.cell, 1, said)
			})
		}
	})
	t.Run("ways", func(t *testing.T) {
		for i, w := range ways() {
			t.Run(fmt.Sprintf("%d %s", i, w.cell.name()), func(t *testing.T) {
				t.Parallel()
				waysTable.add(w, e.in(t).runWay(w, fmt.Sprintf("mxw-%d", i), restricted))
			})
		}
	})
}

func outcome(t *testing.T) string {
	if t.Failed() {
		return "FAILS"
	}
	return "works"
}

// matrixTable collects a row for each cell: its outcome, and that of its runs on 2 and 4 Workers.
type matrixTable struct {
	mu   sync.Mutex
	rows map[string][]string
}

func (m *matrixTable) set(c cell, column int, text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := fmt.Sprintf("| %s | %s | %s |", c.mpi.name, c.transport(), c.user)
	if m.rows[key] == nil {
		m.rows[key] = make([]string, 3)
	}
	m.rows[key][column] = text
}

func (m *matrixTable) String() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var lines []string
	for key, columns := range m.rows {
		for i, text := range columns {
			columns[i] = cmp.Or(text, "–")
		}
		lines = append(lines, key+" "+strings.Join(columns, " | ")+" |")
	}
	slices.Sort(lines)
	return "\n| MPI | Transport | User | | 2 Workers | 4 Workers, by way of others |\n|---|---|---|---|---|---|\n" + strings.Join(lines, "\n") + "\n\n"
}

func matrixHead(at time.Time) string {
	return "<!-- Written by `make test-matrix`, from a run of test/e2e/matrix_test.go. -->\n# MPI implementations, transports and users\n\n" +
		"As run on " + at.UTC().Format(time.DateOnly) + " in the sandbox. On 2 Workers: the host of every rank, the container's environment in " +
		"every rank, a message of 64 MB, stdin to rank 0 alone, and the exact exit code of a rank " +
		"(Intel MPI sometimes makes 255 of it). On 4 Workers, where the " +
		"implementation can with its daemons started by way of other Workers: hosts, environment and message again, and a deletion in mid-run that " +
		"leaves nothing. A random uid runs under the restricted profile with a read-only root file system.\n"
}
