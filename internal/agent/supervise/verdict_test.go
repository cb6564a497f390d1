package supervise

import (
	"slices"
	"syscall"
	"testing"

	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/agent/mpirun"
	"github.com/opendatahub-io/mpijob/internal/agent/procs"
	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// TestVerdict plays runs and looks at how they end: the exit code and the sentence users read.
func TestVerdict(t *testing.T) {
	job := wire.Job{
		Version: 1, Namespace: "ns", Name: "pi", Transport: wire.TransportBuiltin, Slots: 2, WaitSeconds: 60,
		Launcher: "pi-launcher.pi.ns.svc", Workers: []string{"pi-worker-0.pi.ns.svc", "pi-worker-1.pi.ns.svc"},
	}
	own := job
	own.Transport = wire.TransportOwn
	graceful := job
	graceful.GraceSeconds = 30
	timeUp := failure.Failure{Reason: failure.TimeoutReached, Detail: "24h"}
	ready := []at{{0, Reachable{Worker: 0}}, {0.1, Reachable{Worker: 1}}, {0.2, Started{}}}
	ranks := slices.Concat(ready, []at{{1, rankStarted(0, 0, 10)}, {1, rankStarted(0, 1, 11)}, {1, rankStarted(1, 2, 10)}, {1, rankStarted(1, 3, 11)}})
	answers := []at{{10, answer(0)}, {10, answer(1)}}
	otherMPI := []at{ready[0], ready[1], {0.2, Started{&Mismatch{Spec: wire.OpenMPI, Found: wire.MPICH, Version: "MPICH (HYDRA) 4.0.2"}}}}
	inLauncher := LocalRanks{Started: []wire.ControlRank{{Rank: 0, PID: 1, World: 4}, {Rank: 1, PID: 2, World: 4}, {Rank: 2, PID: 3, World: 4}, {Rank: 3, PID: 4, World: 4}}}

	for _, tc := range []struct {
		name     string
		job      wire.Job
		before   []at
		events   []at
		code     int
		sentence string
	}{
		{name: "success", before: ranks, events: []at{{9, exit(0)}}},
		{name: "success although a Worker was lost at the end", before: ranks, events: []at{{8.9, Lost{1, "closed", Gone}}, {9, exit(0)}}},
		{name: "rank exits", before: ranks, events: append([]at{{9, rank3Exits}, {9, exit(3)}}, answers...),
			code: 3, sentence: "Worker 1, rank 3: exited with code 3"},
		{name: "rank exits before anyone saw it", before: ranks[:6:6], events: append([]at{{9, rank3Exits}, {9, exit(3)}}, answers...),
			code: 3, sentence: "Worker 1, rank 3: exited with code 3"},
		{name: "mpirun names nobody, and one rank was never seen", before: ranks[:6:6], events: append([]at{{9, exit(3)}}, answers...),
			code: 3, sentence: "Worker 1, rank 3: exited with code 3"},
		{name: "mpirun names nobody, and one rank was killed before anyone saw it", before: ranks[:6:6], events: append([]at{{9, exit(137)}}, answers...),
			code: 137, sentence: "Worker 1, rank 3: killed by SIGKILL"},
		{name: "mpirun names nobody, and two ranks were never seen", before: ranks[:5:5], events: append([]at{{9, exit(3)}}, answers...),
			code: 3, sentence: "Launcher: exited with code 3"},
		{name: "mpirun names nobody, and a Worker with a rank nobody saw doesn't answer", before: ranks[:6:6],
			events: []at{{9, exit(3)}, {9, answer(0)}, {13, Fired{TimerPostMortem}}}, code: 3, sentence: "Launcher: exited with code 3"},
		{name: "ranks out of the slots' order", before: append(ready[:3:3], at{1, rankStarted(0, 2, 10)}),
			events: append([]at{{9, rank3Exits}, {9, exit(3)}}, answers...), code: 3, sentence: "rank 3: exited with code 3"},
		{name: "rank killed on a named host", before: ready,
			events: append([]at{{9, said(mpirun.Finding{Kind: mpirun.RankEnded, Rank: ptr(1), Host: "pi-worker-0", Signal: "SIGSEGV"})}, {9, exit(139)}}, answers...),
			code:   139, sentence: "Worker 0, rank 1: killed by SIGSEGV"},
		{name: "Hydra names only the process", before: ranks,
			events: append([]at{{9, said(mpirun.Finding{Kind: mpirun.RankEnded, PID: 11, Host: "pi-worker-1", ExitCode: ptr(9)})},
				{9, said(mpirun.Finding{Kind: mpirun.RankEnded, PID: 11, Host: "pi-worker-1", Signal: "SIGKILL"})}, {9, exit(9)}}, answers...),
			code: 9, sentence: "Worker 1, rank 3: killed by SIGKILL"},
		{name: "out of memory", before: ranks,
			events: append([]at{{8, outOfMemory(1)}, {8, rankEnded(1, 3, 11, "SIGKILL")},
				{9, said(mpirun.Finding{Kind: mpirun.RankEnded, Rank: ptr(3), Host: "pi-worker-1", Signal: "SIGKILL"})}, {9, exit(137)}}, answers...),
			code: wire.ExitInfrastructure, sentence: "Worker 1, rank 3: killed for lack of memory (limit 512Mi)"},
		{name: "out of memory, and others go with it", before: ranks,
			events: append([]at{{8, outOfMemory(1)}, {8, grown(1, 2, 10, 20<<20)}, {8, grown(1, 3, 11, 400<<20)}, {9, exit(137)}}, answers...),
			code:   wire.ExitInfrastructure, sentence: "Worker 1, rank 3: killed for lack of memory (limit 512Mi)"},
		{name: "the kernel takes the whole container, as with cgroup v2", before: ranks,
			events: []at{{8, outOfMemory(1)}, {8.1, Lost{1, "its container ended", Gone}}, {8.5, exit(255)}, {9, answer(0)}},
			code:   wire.ExitInfrastructure, sentence: "Worker 1: killed for lack of memory (limit 512Mi)"},
		{name: "a plain SIGKILL is no lack of memory", before: ranks,
			events: append([]at{{9, said(mpirun.Finding{Kind: mpirun.RankEnded, Rank: ptr(3), Host: "pi-worker-1", Signal: "SIGKILL"})}, {9, exit(137)}}, answers...),
			code:   137, sentence: "Worker 1, rank 3: killed by SIGKILL"},
		{name: "SIGBUS with a full /dev/shm", before: ranks,
			events: append([]at{{8, sharedFull(1)}, {9, said(mpirun.Finding{Kind: mpirun.RankEnded, Rank: ptr(3), Host: "pi-worker-1", Signal: "SIGBUS"})}, {9, exit(135)}}, answers...),
			code:   135, sentence: "Worker 1, rank 3: killed by SIGBUS for lack of shared memory (/dev/shm has 64Mi, 64Mi were used)"},
		{name: "SIGBUS with another Worker's /dev/shm full", before: ranks,
			events: append([]at{{8, sharedFull(0)}, {9, said(mpirun.Finding{Kind: mpirun.RankEnded, Rank: ptr(3), Host: "pi-worker-1", Signal: "SIGBUS"})}, {9, exit(135)}}, answers...),
			code:   135, sentence: "Worker 1, rank 3: killed by SIGBUS"},
		{name: "a full /dev/shm that a rank's exit has nothing to do with", before: ranks,
			events: append([]at{{8, sharedFull(1)}, {9, rank3Exits}, {9, exit(3)}}, answers...), code: 3, sentence: "Worker 1, rank 3: exited with code 3"},
		{name: "a library says that /dev/shm is full", before: ranks,
			events: append([]at{{8, said(mpirun.Finding{Kind: mpirun.SharedMemoryFull, Text: "No space left"})}, {9, rank3Exits}, {9, exit(3)}}, answers...),
			code:   3, sentence: "Worker 1, rank 3: exited with code 3 for lack of shared memory: No space left"},
		{name: "a rank finds no GPU", before: ranks,
			events: append([]at{{8, said(mpirun.Finding{Kind: mpirun.NoGPU, Text: "no device"})}, {9, rank3Exits}, {9, exit(3)}}, answers...),
			code:   3, sentence: "Worker 1, rank 3: exited with code 3, since it found no GPU: no device"},
		{name: "another rank finds no GPU", before: ranks,
			events: append([]at{{8, said(mpirun.Finding{Kind: mpirun.NoGPU, Rank: ptr(0), Text: "no device"})}, {9, rank3Exits}, {9, exit(3)}}, answers...),
			code:   3, sentence: "Worker 1, rank 3: exited with code 3"},
		{name: "no GPU, but no failure either", before: ranks, events: []at{{8, said(mpirun.Finding{Kind: mpirun.NoGPU, Text: "no device"})}, {9, exit(0)}}},
		{name: "a Worker falls silent", before: ranks,
			events: []at{{8, Lost{1, "no sign of life for 15s, then no answer", Silent}}, {8.5, exit(255)}, {9, answer(0)}},
			code:   wire.ExitInfrastructure, sentence: "Worker 1: its node, or the network to it, was lost: no sign of life for 15s, then no answer"},
		{name: "a Worker is too busy to answer", before: ranks,
			events: []at{{8, Waiting{1, "it takes connections, but its agent doesn't answer"}}, {98, Lost{1, "no answer", Starved}}, {98.5, exit(255)}, {99, answer(0)}},
			code:   wire.ExitInfrastructure, sentence: "Worker 1: runs, but is too short of CPU or memory to answer: no answer"},
		{name: "a Worker is too busy for a while, and then out of memory", before: ranks,
			events: append([]at{{8, Waiting{1, "it takes connections"}}, {60, Reachable{1, ""}}, {60, outOfMemory(1)},
				{60, said(mpirun.Finding{Kind: mpirun.RankEnded, Rank: ptr(3), Host: "pi-worker-1", Signal: "SIGKILL"})}, {61, exit(137)}}, answers...),
			code: wire.ExitInfrastructure, sentence: "Worker 1, rank 3: killed for lack of memory (limit 512Mi)"},
		{name: "a Worker that was out of sight for a moment", before: ranks,
			events: []at{{8, Waiting{1, "no answer"}}, {10, Reachable{1, ""}}, {20, exit(0)}}},
		{name: "a helper out of memory isn't what another rank failed of", before: ranks,
			events: append([]at{{4, outOfMemory(0)}, {9, rank3Exits}, {9, exit(3)}}, answers...),
			code:   3, sentence: "Worker 1, rank 3: exited with code 3"},
		{name: "Worker lost, mpirun ends by itself", before: ranks, events: []at{{8, Lost{1, "closed", Gone}}, {8.5, exit(255)}, {9, answer(0)}},
			code: wire.ExitInfrastructure, sentence: "Worker 1: lost: closed"},
		{name: "Worker lost, mpirun is stopped", before: ranks,
			events: []at{{8, Lost{1, "closed", Gone}}, {10, Fired{TimerSettle}}, {11, killedByAgent}, {12, answer(0)}},
			code:   wire.ExitInfrastructure, sentence: "Worker 1: lost: closed"},
		{name: "mpirun ends first, then the news of a lost Worker", before: ranks, events: []at{{8, exit(255)}, {8.1, answer(0)}, {8.2, Lost{1, "closed", Gone}}},
			code: wire.ExitInfrastructure, sentence: "Worker 1: lost: closed"},
		{name: "a rank exits, and then its Worker goes", before: ranks, events: []at{{8, rank3Exits}, {8.1, Lost{1, "closed", Gone}}, {8.2, exit(3)}, {8.3, answer(0)}},
			code: 3, sentence: "Worker 1, rank 3: exited with code 3"},
		{name: "Worker told to stop", before: ranks,
			events: []at{{7, Told{1, wire.ControlMessage{Kind: wire.ControlStopping}}}, {8, Lost{1, "closed", Gone}}, {8.5, exit(255)}, {9, answer(0)}},
			code:   wire.ExitInfrastructure, sentence: "Worker 1: lost: its container was told to stop, so its pod was deleted or evicted"},
		{name: "a Worker that doesn't answer is no reason", before: ranks, events: []at{{8, exit(4)}, {8, answer(0)}, {13, Fired{TimerPostMortem}}},
			code: 4, sentence: "Launcher: exited with code 4"},
		{name: "program's own failure", before: ready, events: append([]at{{9, exit(1)}}, answers...), code: 1, sentence: "Launcher: exited with code 1"},
		{name: "program killed", before: ready, events: append([]at{{9, Exited{procs.ExitStatus{Signal: syscall.SIGABRT}}}}, answers...),
			code: 134, sentence: "Launcher: killed by SIGABRT"},
		{name: "more ranks than slots", before: ready, events: append([]at{{9, said(mpirun.Finding{Kind: mpirun.NotEnoughSlots, Asked: 9})}, {9, exit(1)}}, answers...),
			code: wire.ExitInfrastructure, sentence: "Launcher: there are not enough slots: mpirun was asked for 9 ranks, but 2 hosts with slotsPerWorker 2 make 4"},
		{name: "another MPI that doesn't understand", before: otherMPI, events: append([]at{{9, said(mpirun.Finding{Kind: mpirun.Misunderstood})}, {9, exit(255)}}, answers...),
			code:     wire.ExitInfrastructure,
			sentence: "Launcher: mpirun isn't of the MPI the job names: spec.mpiImplementation is OpenMPI, but mpirun in the image is MPICH (HYDRA) 4.0.2; set mpiImplementation: MPICH"},
		{name: "a wrong option of the right MPI", before: ready, events: append([]at{{9, said(mpirun.Finding{Kind: mpirun.Misunderstood})}, {9, exit(255)}}, answers...),
			code: 255, sentence: "Launcher: exited with code 255"},
		{name: "another MPI whose rank exits", before: slices.Concat(otherMPI, ranks[3:]), events: append([]at{{9, rank3Exits}, {9, exit(3)}}, answers...),
			code: 3, sentence: "Worker 1, rank 3: exited with code 3"},
		{name: "another MPI, and a script that fails by itself", before: otherMPI, events: append([]at{{9, exit(3)}}, answers...),
			code: 3, sentence: "Launcher: exited with code 3"},
		{name: "another MPI, all ranks in the Launcher", before: otherMPI,
			events:   append([]at{{1, inLauncher}, {4.5, Fired{TimerLocalRanks}}, {5, killedByAgent}}, answers...),
			code:     wire.ExitInfrastructure,
			sentence: "Launcher: mpirun isn't of the MPI the job names: spec.mpiImplementation is OpenMPI, but mpirun in the image is MPICH (HYDRA) 4.0.2; set mpiImplementation: MPICH"},
		{name: "sshd refuses", job: own, before: []at{{0, Reachable{0, "Permission denied (publickey)."}}, {0, Reachable{1, ""}}, {0, Started{}}},
			events: []at{{1, said(mpirun.Finding{Kind: mpirun.ShellRefused, Text: "u@w: Permission denied (publickey)."})}, {1, exit(1)}},
			code:   wire.ExitInfrastructure, sentence: "Launcher: ssh was refused: u@w: Permission denied (publickey)."},
		{name: "an ssh called by its path finds no sshd", before: ready,
			events: append([]at{{9, said(mpirun.Finding{Kind: mpirun.ShellUnanswered, Host: "pi-worker-1.pi.ns.svc", Text: "ssh: connect to host pi-worker-1.pi.ns.svc port 22: Connection refused"})}, {9, exit(1)}}, answers...),
			code:   wire.ExitInfrastructure, sentence: "Launcher: ssh was refused: ssh: connect to host pi-worker-1.pi.ns.svc port 22: Connection refused; that ssh isn't the job's remote shell, since it was called by a path: call it by its name"},
		{name: "an ssh called by its path finds no account", before: ready,
			events: append([]at{{9, said(mpirun.Finding{Kind: mpirun.ShellRefused, Text: "No user exists for uid 1000770000"})}, {9, exit(1)}}, answers...),
			code:   wire.ExitInfrastructure, sentence: "Launcher: ssh was refused: No user exists for uid 1000770000; that ssh isn't the job's remote shell, since it was called by a path: call it by its name"},
		{name: "a script's ssh to somewhere else", before: ready,
			events: append([]at{{8, said(mpirun.Finding{Kind: mpirun.ShellUnanswered, Host: "github.com", Text: "ssh: connect to host github.com port 22: Connection refused"})},
				{8, said(mpirun.Finding{Kind: mpirun.ShellRefused, Host: "github.com", Text: "git@github.com: Permission denied (publickey)."})}, {9, exit(1)}}, answers...),
			code: 1, sentence: "Launcher: exited with code 1"},
		{name: "told to stop", before: ready, events: []at{{9, Signalled{syscall.SIGTERM}}, {9.1, exit(143)}},
			code: 143, sentence: "Launcher: exited with code 143: it was told to stop by SIGTERM"},
		{name: "told to stop, having said before that there is no GPU", before: ready,
			events: []at{{8, said(mpirun.Finding{Kind: mpirun.NoGPU, Text: "no device"})}, {9, Signalled{syscall.SIGTERM}}, {9.1, exit(143)}},
			code:   143, sentence: "Launcher: exited with code 143: it was told to stop by SIGTERM"},
		{name: "told to stop while waiting", events: []at{{9, Signalled{syscall.SIGTERM}}},
			code: 143, sentence: "Launcher: killed by SIGTERM: it was told to stop while it waited for Workers"},
		{name: "Workers don't come", events: []at{{0, Reachable{Worker: 0}}, {1, Waiting{1, "no such host"}}, {60, Fired{TimerWait}}},
			code: wire.ExitInfrastructure, sentence: "gave up waiting for Workers to become reachable: Worker 1 (no such host)"},
		{name: "no such command", before: ready[:2], events: []at{{1, NotStarted{127, "x: command not found"}}},
			code: 127, sentence: "Launcher: the command can't be started: x: command not found"},
		{name: "ordered to stop", before: ranks,
			events: []at{{5, Ordered{failure.Failure{Reason: failure.DeadlineExceeded}}}, {6, killedByAgent}},
			code:   wire.ExitInfrastructure, sentence: "the job was active longer than its deadline"},
		{name: "time limit: the ranks end within their grace", job: graceful, before: ranks,
			events: []at{{5, Ordered{timeUp}}, {7, rankEnded(0, 0, 10, "SIGTERM")}, {8, exit(1)}},
			code:   wire.ExitInfrastructure, sentence: "the job reached its time limit: 24h"},
		{name: "time limit: the program saves its state and says it is well", job: graceful, before: ranks,
			events: []at{{5, Ordered{timeUp}}, {8, exit(0)}},
			code:   wire.ExitInfrastructure, sentence: "the job reached its time limit: 24h"},
		{name: "time limit: the ranks don't end", job: graceful, before: ranks,
			events: []at{{5, Ordered{timeUp}}, {35, Fired{TimerGrace}}, {36, killedByAgent}},
			code:   wire.ExitInfrastructure, sentence: "the job reached its time limit: 24h"},
		{name: "no such program on a Worker", before: ready,
			events: append([]at{{9, said(mpirun.Finding{Kind: mpirun.NoCommand, Host: "pi-worker-0", Program: "./x"})}, {9, exit(134)}}, answers...),
			code:   wire.ExitInfrastructure, sentence: "Worker 0: the command can't be started: ./x"},
		{name: "a script without its execute bit", before: ready,
			events: append([]at{{9, said(mpirun.Finding{Kind: mpirun.NoCommand, Host: "pi-worker-0", Program: "./x", NotExecutable: true})}, {9, exit(134)}}, answers...),
			code:   wire.ExitInfrastructure, sentence: "Worker 0: the command can't be started: ./x: not executable"},
		{name: "own sshd: ssh refuses, and mpirun calls the daemon lost that it couldn't start", job: own, before: ready,
			events: []at{{8, said(mpirun.Finding{Kind: mpirun.ShellRefused, Text: "No user exists for uid 1000770000"})},
				{9, said(mpirun.Finding{Kind: mpirun.DaemonLost, Host: "pi-worker-1"})}, {9, exit(1)}},
			code: wire.ExitInfrastructure, sentence: "Launcher: ssh was refused: No user exists for uid 1000770000"},
		{name: "own sshd: ssh is given no address, and mpirun calls the daemon lost that it couldn't start", job: own, before: ready,
			events: []at{{8, said(mpirun.Finding{Kind: mpirun.ShellUnanswered, Host: "pi-worker-1", Text: "ssh: Could not resolve hostname pi-worker-1: Temporary failure in name resolution"})},
				{9, said(mpirun.Finding{Kind: mpirun.DaemonLost, Host: "pi-worker-1"})}, {9, exit(250)}},
			code: wire.ExitInfrastructure, sentence: "Worker 1: lost: mpirun couldn't start its daemon there: ssh: Could not resolve hostname pi-worker-1: Temporary failure in name resolution"},
		{name: "own sshd: a script that waited for a Worker's sshd, whose daemon is lost later", job: own, before: ready,
			events: []at{{8, said(mpirun.Finding{Kind: mpirun.ShellUnanswered, Host: "pi-worker-1", Text: "ssh: connect to host pi-worker-1 port 22: Connection refused"})},
				{14, said(mpirun.Finding{Kind: mpirun.DaemonLost, Host: "pi-worker-1"})}, {14, exit(1)}},
			code: wire.ExitInfrastructure, sentence: "Worker 1: lost: mpirun lost its daemon there"},
		{name: "own sshd: a rank that is killed before its Worker is lost", job: own, before: ready,
			events: []at{{8, said(mpirun.Finding{Kind: mpirun.ShellUnanswered, Host: "pi-worker-1", Text: "ssh: connect to host pi-worker-1 port 22: Connection refused"})},
				{10, said(mpirun.Finding{Kind: mpirun.RankEnded, Rank: ptr(0), Host: "pi-worker-0", Signal: "SIGSEGV"})},
				{11, said(mpirun.Finding{Kind: mpirun.DaemonLost, Host: "pi-worker-1"})}, {11, exit(139)}},
			code: 139, sentence: "Worker 0, rank 0: killed by SIGSEGV"},
		{name: "own sshd: a script that waited for a Worker's sshd, and a rank that fails", job: own, before: ready,
			events: []at{{8, said(mpirun.Finding{Kind: mpirun.ShellUnanswered, Host: "pi-worker-1", Text: "ssh: connect to host pi-worker-1 port 22: Connection refused"})}, {9, exit(1)}},
			code:   1, sentence: "Launcher: exited with code 1"},
		{name: "own sshd: mpirun's word about a lost daemon", job: own, before: ready,
			events: []at{{9, said(mpirun.Finding{Kind: mpirun.DaemonLost, Host: "pi-worker-1"})}, {9, exit(1)}},
			code:   wire.ExitInfrastructure, sentence: "Worker 1: lost: mpirun lost its daemon there"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.job.Name == "" {
				tc.job = job
			}
			end := play(t, tc.job, append(tc.before[:len(tc.before):len(tc.before)], tc.events...))
			if end == nil {
				t.Fatal("the run didn't finish")
			}
			got := ""
			if end.Failure != nil {
				got = end.Failure.Sentence()
			}
			if end.Code != tc.code || got != tc.sentence {
				t.Errorf("finished with %d, %q; want %d, %q", end.Code, got, tc.code, tc.sentence)
			}
		})
	}
}

// TestFindingsAreBounded is about programs that say for days that they have no GPU, and about what comes after that.
func TestFindingsAreBounded(t *testing.T) {
	rank := ptr[int]
	job := wire.Job{Transport: wire.TransportOwn, Slots: 128, WaitSeconds: 60, Workers: []string{"w-0", "w-1"}}
	events := []at{{0, Reachable{Worker: 0}}, {0, Reachable{Worker: 1}}, {0, Started{}}}
	s, _ := New(&job)
	for i := range 100_000 {
		f := mpirun.Finding{Kind: mpirun.NoGPU, Rank: rank(i % 256), Text: "no device"}
		s.found(finding{Finding: f})
		s.found(finding{Finding: mpirun.Finding{Kind: mpirun.ShellUnanswered, Host: "w-0"}})
		if i < 1000 {
			events = append(events, at{1, said(f)})
		}
	}
	if got, want := len(s.findings), 256+limits.Findings; got != want {
		t.Errorf("%d findings are kept, want %d", got, want)
	}
	// One that makes up ranks takes no place from what mpirun says.
	for i := range 2 * limits.FindingKinds {
		events = append(events, at{2, said(mpirun.Finding{Kind: mpirun.NoGPU, Rank: rank(i), Text: "no device"})})
	}
	code := 3
	events = append(events, at{8, said(mpirun.Finding{Kind: mpirun.RankEnded, Rank: rank(17), ExitCode: &code})})
	for i := range 255 {
		other := 6
		events = append(events, at{9, said(mpirun.Finding{Kind: mpirun.RankEnded, Rank: rank((18 + i) % 256), ExitCode: &other})})
	}
	end := play(t, job, append(events, at{10, exit(3)}))
	if end == nil || end.Failure == nil || end.Failure.Rank == nil || *end.Failure.Rank != 17 || end.Failure.Reason != failure.GPUNotVisible {
		t.Errorf("it ended with %+v, want rank 17 without a GPU", end)
	}
}
