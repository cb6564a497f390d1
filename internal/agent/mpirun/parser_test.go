package mpirun

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func ptr(n int) *int { return &n }

// The texts are what the implementations print; Open MPI's of 4.1.4 were recorded.
func TestParser(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       []Finding
	}{
		{"Open MPI 4, exit code", `
--------------------------------------------------------------------------
Primary job  terminated normally, but 1 process returned
a non-zero exit code. Per user-direction, the job has been aborted.
--------------------------------------------------------------------------
--------------------------------------------------------------------------
mpirun detected that one or more processes exited with non-zero status, thus causing
the job to be terminated. The first process to do so was:

  Process name: [[15451,1],1]
  Exit code:    3
--------------------------------------------------------------------------
`, []Finding{{Kind: RankEnded, Rank: ptr(1), ExitCode: ptr(3)}}},
		{"Open MPI 4, signal", "mpirun noticed that process rank 1 with PID 0 on node pi-worker-0.pi.ns.svc exited on signal 9 (Killed).\n",
			[]Finding{{Kind: RankEnded, Rank: ptr(1), Host: "pi-worker-0.pi.ns.svc", Signal: "SIGKILL"}}},
		{"Open MPI 5, exit code", "   Process name: [prterun-pi-launcher-42@1,12]\n   Exit code:    1\n",
			[]Finding{{Kind: RankEnded, Rank: ptr(12), ExitCode: ptr(1)}}},
		{"Open MPI 5, signal", "prterun noticed that process rank 0 with PID 77 on node n exited on\nsignal 11\nprterun noticed that process rank 0 with PID 77 on node n exited on signal 11 (Segmentation fault).\n",
			[]Finding{{Kind: RankEnded, Rank: ptr(0), PID: 77, Host: "n", Signal: "SIGSEGV"}}},
		{"MPI_Abort", `
MPI_ABORT was invoked on rank 2 in communicator MPI_COMM_WORLD
with errorcode 77.

NOTE: invoking MPI_ABORT causes Open MPI to kill all MPI processes.
`, []Finding{{Kind: RankEnded, Rank: ptr(2), ExitCode: ptr(77)}}},
		{"MPI_Abort, Open MPI 5", "MPI_ABORT was invoked on rank 2 in communicator MPI_COMM_WORLD\n  Proc: [[1,1],2]\n  Errorcode: 1\nwith errorcode 5.\n",
			[]Finding{{Kind: RankEnded, Rank: ptr(2), ExitCode: ptr(5)}}},
		{"ended without finalize", "mpirun has exited due to process rank 2 with PID 9 on\nnode pi-worker-1 exiting improperly. There are three reasons this could occur:\n",
			[]Finding{{Kind: RankEnded, Rank: ptr(2), PID: 9, Host: "pi-worker-1"}}},
		{"lost daemon", "  HNP daemon   : [[5,0],0] on node pi-launcher\n  Remote daemon: [[5,0],1] on node pi-worker-0\n",
			[]Finding{{Kind: DaemonLost, Host: "pi-worker-0"}}},
		{"no program", `
mpirun was unable to launch the specified application as it could not access
or execute an executable:

Executable: ./nope
Node: pi-worker-1

while attempting to start process rank 0.
`, []Finding{{Kind: NoCommand, Host: "pi-worker-1", Program: "./nope"}}},
		{"no program, other words", "mpirun was unable to find the specified executable file, and therefore\ndid not launch the job.\n\nNode:       w\nExecutable: my prog\n",
			[]Finding{{Kind: NoCommand, Host: "w", Program: "my prog"}}},
		{"Hydra, exit code", `
===================================================================================
=   BAD TERMINATION OF ONE OF YOUR APPLICATION PROCESSES
=   PID 42 RUNNING AT pi-worker-1
=   EXIT CODE: 3
=   CLEANING UP REMAINING PROCESSES
=   YOU CAN IGNORE THE BELOW CLEANUP MESSAGES
===================================================================================
`, []Finding{{Kind: RankEnded, PID: 42, Host: "pi-worker-1", ExitCode: ptr(3)}}},
		{"Hydra, signal", `
=   PID 42 RUNNING AT pi-worker-1
=   EXIT CODE: 9
=   CLEANING UP REMAINING PROCESSES
===================================================================================
YOUR APPLICATION TERMINATED WITH THE EXIT STRING: Killed (signal 9)
`, []Finding{{Kind: RankEnded, PID: 42, Host: "pi-worker-1", ExitCode: ptr(9)}, {Kind: RankEnded, PID: 42, Host: "pi-worker-1", Signal: "SIGKILL"}}},
		{"a message that never goes on", "  Process name: [[1,1],1]\n" + strings.Repeat("x\n", messageLines) + "  Exit code: 3\n", nil},
		{"a program's own talk", "Exit code: 3\nexited on signal 9\nnode x exiting\nerrorcode 7\nPID 3 RUNNING AT x\n", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var p Parser
			var got []Finding
			for line := range strings.Lines(tc.text) {
				if f, ok := p.Line(line); ok {
					got = append(got, f)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func FuzzParser(f *testing.F) {
	f.Add("  Process name: [[1,1],1]\n  Exit code: 3\n=   PID 42 RUNNING AT w\n=   EXIT CODE: 9\n===\n")
	f.Add("mpirun noticed that process rank 1 with PID 0 on node x exited on signal 9 (Killed).")
	f.Add("Executable:\nNode:\nwas unable to launch the specified application\n")
	f.Fuzz(func(t *testing.T, text string) {
		var p Parser
		for line := range strings.Lines(text) {
			if x, ok := p.Line(line); ok && x.Kind == 0 {
				t.Errorf("a finding about nothing: %+v", x)
			}
		}
	})
}
