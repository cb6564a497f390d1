package mpirun

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func ptr(n int) *int { return &n }

// The texts are what the implementations print, recorded where the case names a version.
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
		{"Open MPI 5.0.7, exit code", `
--------------------------------------------------------------------------
prterun detected that one or more processes exited with non-zero status,
thus causing the job to be terminated. The first process to do so was:

   Process name: [prterun-vm-21149@1,3]
   Exit code:    3
--------------------------------------------------------------------------
`, []Finding{{Kind: RankEnded, Rank: ptr(3), ExitCode: ptr(3)}}},
		{"Open MPI 5.0.7, signal", `
--------------------------------------------------------------------------
prterun noticed that process rank 3 with PID 28804 on node pi-worker-1 exited on
signal 9 (Killed).
--------------------------------------------------------------------------
`, []Finding{{Kind: RankEnded, Rank: ptr(3), PID: 28804, Host: "pi-worker-1", Signal: "SIGKILL"}}},
		{"Open MPI 5.0.7, no program", `
prterun was unable to find the specified executable file, and therefore did
not launch the job.  This error was first reported for process rank
0; it may have occurred for other processes as well.

NOTE: A common cause for this error is misspelling a prterun command
   line parameter option (remember that prterun interprets the first
   unrecognized command line token as the executable).

   Node:       pi-worker-0
   Executable: no-such-program
`, []Finding{{Kind: NoCommand, Host: "pi-worker-0", Program: "no-such-program"}}},
		{"Open MPI 5.0.7 and 4.1.4, slots", `
There are not enough slots available in the system to satisfy the 9
slots that were requested by the application:
`, []Finding{{Kind: NotEnoughSlots, Asked: 9}}},
		{"Open MPI 5.0.7, unknown option", "An unrecognized option was included on the mpirun command line:\n\n  Option: --ppn\n",
			[]Finding{{Kind: Misunderstood}}},
		{"Open MPI 4.1.4, unknown option", "mpirun: Error: unknown option \"-ppn\"\nType 'mpirun --help' for usage.\n",
			[]Finding{{Kind: Misunderstood}}},
		{"MPICH 4.0.2, unknown option", `
[mpiexec@vm] match_arg (utils/args/args.c:163): unrecognized argument allow-run-as-root
[mpiexec@vm] HYDU_parse_array (utils/args/args.c:178): argument matching returned error
[mpiexec@vm] parse_args (ui/mpich/utils.c:1639): error parsing input array
`, []Finding{{Kind: Misunderstood}}},
		{"MPICH 4.0.2, Open MPI's hostfile", `
[mpiexec@vm] HYDU_process_mfile_token (utils/args/args.c:295): token slots not supported at this time
[mpiexec@vm] HYDU_parse_hostfile (utils/args/args.c:343): unable to process token
[mpiexec@vm] set_default_values (ui/mpich/utils.c:1548): error parsing hostfile
`, []Finding{{Kind: Misunderstood}}},
		{"MPICH 4.0.2, signal", `
===================================================================================
=   BAD TERMINATION OF ONE OF YOUR APPLICATION PROCESSES
=   PID 22980 RUNNING AT pi-worker-0.pi.ns.svc
=   EXIT CODE: 11
=   CLEANING UP REMAINING PROCESSES
=   YOU CAN IGNORE THE BELOW CLEANUP MESSAGES
===================================================================================
[proxy:0:1@vm] HYD_pmcd_pmip_control_cmd_cb (pm/pmiserv/pmip_cb.c:899): assert (!closed) failed
[proxy:0:1@vm] HYDT_dmxu_poll_wait_for_event (tools/demux/demux_poll.c:76): callback returned error status
[proxy:0:1@vm] main (pm/pmiserv/pmip.c:169): demux engine error waiting for event
YOUR APPLICATION TERMINATED WITH THE EXIT STRING: Segmentation fault (signal 11)
`, []Finding{{Kind: RankEnded, PID: 22980, Host: "pi-worker-0.pi.ns.svc", ExitCode: ptr(11)},
			{Kind: RankEnded, PID: 22980, Host: "pi-worker-0.pi.ns.svc", Signal: "SIGSEGV"}}},
		{"MPICH 4.0.2, MPI_Abort", "Abort(2) on node 1 (rank 1 in comm 0): application called MPI_Abort(MPI_COMM_WORLD, 2) - process 1\n",
			[]Finding{{Kind: RankEnded, Rank: ptr(1), ExitCode: ptr(2)}}},
		{"MPICH 4.0.2, fatal error", "Abort(741985807) on node 1 (rank 1 in comm 0): Fatal error in internal_Init: Other MPI error, error stack:\n",
			[]Finding{{Kind: RankEnded, Rank: ptr(1), ExitCode: ptr(15)}}},
		{"MPICH 4.0.2, no program", "[proxy:0:1@pi-worker-1] HYDU_create_process (utils/launch/launch.c:73): execvp error on file no-such-program (Permission denied)\n",
			[]Finding{{Kind: NoCommand, Host: "pi-worker-1", Program: "no-such-program"}}},
		{"MPICH 4.0.2, a line for a shell", "[proxy:0:1@pi-worker-1] HYDU_create_process (utils/launch/launch.c:73): execvp error on file echo (hi) && hostname (No such file or directory)\n",
			[]Finding{{Kind: NoCommand, Host: "pi-worker-1", Program: "echo (hi) && hostname"}}},
		{"Intel MPI 2021.14, signal", `
===================================================================================
=   BAD TERMINATION OF ONE OF YOUR APPLICATION PROCESSES
=   RANK 0 PID 3982 RUNNING AT pi-worker-0
=   KILLED BY SIGNAL: 9 (Killed)
===================================================================================
`, []Finding{{Kind: RankEnded, Rank: ptr(0), PID: 3982, Host: "pi-worker-0", Signal: "SIGKILL"}}},
		{"ssh", "mpiuser@pi-worker-0: Permission denied (publickey).\nHost key verification failed.\r\nNo user exists for uid 1000770000\n",
			[]Finding{{Kind: ShellRefused, Host: "pi-worker-0", Text: "mpiuser@pi-worker-0: Permission denied (publickey)."},
				{Kind: ShellRefused, Text: "Host key verification failed."}, {Kind: ShellRefused, Text: "No user exists for uid 1000770000"}}},
		{"no sshd", "ssh: connect to host pi-worker-1.pi.ns.svc port 22: Connection refused\r\n",
			[]Finding{{Kind: ShellUnanswered, Host: "pi-worker-1.pi.ns.svc", Text: "ssh: connect to host pi-worker-1.pi.ns.svc port 22: Connection refused"}}},
		{"no address", "ssh: Could not resolve hostname pi-worker-1.pi.ns.svc: Temporary failure in name resolution\r\n",
			[]Finding{{Kind: ShellUnanswered, Host: "pi-worker-1.pi.ns.svc", Text: "ssh: Could not resolve hostname pi-worker-1.pi.ns.svc: Temporary failure in name resolution"}}},
		{"ssh's configuration", "/root/.ssh/config: line 3: Bad configuration option: hots\nBad owner or permissions on /root/.ssh/config\n",
			[]Finding{{Kind: ShellRefused, Text: "/root/.ssh/config: line 3: Bad configuration option: hots"},
				{Kind: ShellRefused, Text: "Bad owner or permissions on /root/.ssh/config"}}},
		{"MPI_Abort", `
MPI_ABORT was invoked on rank 2 in communicator MPI_COMM_WORLD
with errorcode 77.

NOTE: invoking MPI_ABORT causes Open MPI to kill all MPI processes.
`, []Finding{{Kind: RankEnded, Rank: ptr(2), ExitCode: ptr(77)}}},
		{"MPI_Abort, Open MPI 5", "MPI_ABORT was invoked on rank 2 in communicator MPI_COMM_WORLD\n  Proc: [[1,1],2]\n  Errorcode: 1\nwith errorcode 5.\n",
			[]Finding{{Kind: RankEnded, Rank: ptr(2), ExitCode: ptr(5)}}},
		{"ended without finalize", "mpirun has exited due to process rank 2 with PID 9 on\nnode pi-worker-1 exiting improperly. There are three reasons this could occur:\n",
			[]Finding{{Kind: RankEnded, Rank: ptr(2), PID: 9, Host: "pi-worker-1"}}},
		{"no GPU", "[1,3]<stderr>:RuntimeError: No CUDA GPUs are available\n",
			[]Finding{{Kind: NoGPU, Rank: ptr(3), Text: "RuntimeError: No CUDA GPUs are available"}}},
		{"no GPU, Hydra", "[0] Cuda failure 'no CUDA-capable device is detected'\n",
			[]Finding{{Kind: NoGPU, Rank: ptr(0), Text: "Cuda failure 'no CUDA-capable device is detected'"}}},
		{"no shared memory", "It appears as if there is not enough space for /dev/shm/vader_segment.w-0.1 (the shared-memory backing\n",
			[]Finding{{Kind: SharedMemoryFull, Text: "It appears as if there is not enough space for /dev/shm/vader_segment.w-0.1 (the shared-memory backing"}}},
		{"a full disk is another matter", "write error: No space left on device\n", nil},
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
		{"a program's own talk", "Exit code: 3\nexited on signal 9\nnode x exiting\nerrorcode 7\nPID 3 RUNNING AT x\ncat: x: Permission denied\nAbort(no)\nsignal 9 (Killed).\n", nil},
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

func FuzzTaggedRank(f *testing.F) {
	f.Add("[1,3]<stderr>:oops")
	f.Add("[3] oops")
	f.Add("[-1] ")
	f.Fuzz(func(t *testing.T, line string) {
		if rank, ok := TaggedRank(line); rank < 0 || !ok && rank != 0 {
			t.Errorf("rank %d, %v", rank, ok)
		}
	})
}
