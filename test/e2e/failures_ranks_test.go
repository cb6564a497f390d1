//go:build e2e && failures

package e2e

import (
	"github.com/opendatahub-io/mpijob/internal/failure"
)

// rankFailures are failures of the program itself.
func rankFailures() []failureCase {
	return []failureCase{
		{name: "launcher-exit", reason: failure.LauncherExited, provoked: "a Launcher's script that exits with 3",
			opts: []option{once, command("sh", "-c", "echo "+quoted(started)+" >&2; exit 3")}, where: "Launcher", says: []string{"code 3"}, log: started},
		{name: "rank-exit", reason: failure.RankExited, not: failure.WorkerExited, provoked: "rank 3 of 4 exits with 3, the others go on",
			opts:  []option{once, ranks(`if [ $RANK = 3 ]; then echo "` + started + `" >&2; exit 3; fi; exec sleep 600`)},
			where: "Worker 1", rank: ptr(3), says: []string{"code 3"}, log: started},
		{name: "rank-exit-mpi", reason: failure.RankExited, provoked: "rank 2 of an MPI program exits with 7",
			opts:  []option{once, command("mpirun", "-n", "4", "mpi-fault", "--exit-rank", "2", "--exit-code", "7", "--sleep", "600")},
			where: "Worker 1", rank: ptr(2), says: []string{"code 7"}},
		{name: "rank-killed", reason: failure.RankKilledBySignal, not: failure.RankOOMKilled, provoked: "rank 1 kills itself with SIGKILL",
			opts:  []option{once, ranks(`if [ $RANK = 1 ]; then echo "` + started + `" >&2; kill -9 $$$$; fi; exec sleep 600`)},
			where: "Worker 0", rank: ptr(1), says: []string{"SIGKILL"}, log: started},
		{name: "rank-segfault", reason: failure.RankKilledBySignal, provoked: "rank 0 of an MPI program dies of SIGSEGV",
			opts:  []option{once, command("mpirun", "-n", "4", "mpi-fault", "--signal-rank", "0", "--signal", "11", "--sleep", "600")},
			where: "Worker 0", rank: ptr(0), says: []string{"SIGSEGV"}},
		{name: "rank-oom", reason: failure.RankOOMKilled, not: failure.RankKilledBySignal, provoked: "rank 2 takes memory until the kernel kills it",
			opts:  []option{once, command("mpirun", "-n", "4", "mpi-fault", "--after", "1", "--alloc-rank", "2", "--alloc-mb", "-1", "--sleep", "600")},
			where: "Worker 1", rank: ptr(2), says: []string{"memory", "512Mi"}, limit: true, confidence: failure.Certain},
		{name: "rank-shm", reason: failure.SharedMemoryTooSmall, not: failure.RankKilledBySignal, provoked: "rank 1 writes more to /dev/shm than fits",
			opts:  []option{once, command("mpirun", "-n", "4", "mpi-fault", "--after", "1", "--shm-rank", "1", "--sleep", "600")},
			where: "Worker 0", rank: ptr(1), says: []string{"SIGBUS", "/dev/shm has 64Mi"}, limit: true, confidence: failure.Certain},
		{name: "rank-bus", reason: failure.RankKilledBySignal, not: failure.SharedMemoryTooSmall, provoked: "rank 1 dies of SIGBUS with /dev/shm empty",
			opts:  []option{once, command("mpirun", "-n", "4", "mpi-fault", "--after", "1", "--signal-rank", "1", "--signal", "7", "--sleep", "600")},
			where: "Worker 0", rank: ptr(1), says: []string{"SIGBUS"}},
		{name: "no-gpu", reason: failure.GPUNotVisible, provoked: "rank 2 prints CUDA's message and exits with 1 (no GPU here)",
			opts:  []option{once, ranks(`if [ $RANK = 2 ]; then echo "CUDA error: no CUDA-capable device is detected" >&2; exit 1; fi; exec sleep 600`)},
			where: "Worker 1", rank: ptr(2), says: []string{"no CUDA-capable device", "ask for no GPU"}, confidence: failure.Likely, log: "CUDA"},
		{name: "no-gpu-needed", not: failure.GPUNotVisible, provoked: "every rank prints CUDA's message, and goes on without",
			opts: []option{once, ranks(`echo "no CUDA-capable device is detected, using the CPU" >&2`)}},
		{name: "local-ranks", reason: failure.RanksNotDistributed, provoked: "mpirun told to start everything on localhost",
			opts: []option{once, command("mpirun", "-n", "4", "--host", "localhost:4", "mpi-fault", "--sleep", "600")}, says: []string{"4 ranks"}},
	}
}
