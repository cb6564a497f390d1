// Package mpirun understands what mpirun says on stderr when a run ends badly: which rank was the
// first to go, where, and how.
package mpirun

import "strings"

// Kind is what a Finding is about.
type Kind int

const (
	// RankEnded: a rank exited with a code other than 0, or was killed.
	RankEnded Kind = iota + 1
	// DaemonLost: mpirun lost its daemon on a host.
	DaemonLost
	// NoCommand: the program doesn't exist on a host.
	NoCommand
	// NotEnoughSlots: more ranks were asked for than the hostfile has room for.
	NotEnoughSlots
	// Misunderstood: mpirun doesn't know an option, or can't read the hostfile.
	Misunderstood
	// ShellRefused: ssh wouldn't, or couldn't, log in.
	ShellRefused
	// ShellUnanswered: ssh found no server where it looked for one, or no address.
	ShellUnanswered
	// NoGPU and SharedMemoryFull: a library says that it misses a device, or room in /dev/shm.
	NoGPU
	SharedMemoryFull
)

// Finding is one thing mpirun said. Zero fields: it didn't say.
type Finding struct {
	Kind     Kind
	Rank     *int
	Host     string
	PID      int
	ExitCode *int
	Signal   string
	Program  string // of a NoCommand
	// NotExecutable says, of a NoCommand, that the file is there but isn't executable. mpirun doesn't tell the two apart.
	NotExecutable bool
	Asked         int    // of NotEnoughSlots: how many ranks
	Text          string // of ShellRefused, ShellUnanswered, NoGPU and SharedMemoryFull: the line
}

// Parser reads stderr line by line. The messages span several lines, so it keeps the few facts of the
// one it is in, and nothing else.
type Parser struct {
	f    Finding // Kind 0: in none
	left int     // lines until the message is given up
	// hydra is the last finding of Hydra's, which a later line may correct: then it comes again.
	hydra Finding
}

// messageLines is how many lines after its first one a message may take.
const messageLines = 12

// Line reads one line, and returns a finding where the line completes one.
func (p *Parser) Line(line string) (Finding, bool) {
	line = strings.TrimRight(line, "\r\n")
	if f, ok := clue(line); ok {
		return f, true
	}
	if f, complete := p.single(line); complete {
		p.f = Finding{}
		return f, true
	}
	if f := begins(line); f.Kind != 0 {
		p.f, p.left = f, messageLines
		return Finding{}, false
	}
	if p.f.Kind == 0 {
		return Finding{}, false
	}
	if p.left--; p.left < 0 {
		p.f = Finding{}
		return Finding{}, false
	}
	if !p.f.goesOn(line) {
		return Finding{}, false
	}
	f := p.f
	p.f = Finding{}
	if f.Kind == RankEnded && f.Rank == nil {
		p.hydra = f
	}
	return f, true
}

// single recognises messages whose one line says all.
func (p *Parser) single(line string) (Finding, bool) {
	// Open MPI 4 (mpirun, orterun) and 5 (prterun): "mpirun noticed that process rank 1 with PID 42 on
	// node pi-worker-0 exited on signal 9 (Killed)."
	if rest, ok := after(line, "noticed that process rank "); ok {
		f := Finding{Kind: RankEnded, Rank: number(rest)}
		if rest, ok = after(rest, " with PID "); ok {
			f.PID = integer(rest)
		}
		if rest, ok = after(rest, " on node "); ok {
			f.Host = word(rest)
		}
		if rest, ok = after(rest, " exited on signal "); ok {
			f.Signal = signalName(rest)
		}
		// Open MPI 5 says which signal on the next line.
		if f.Signal != "" || !strings.HasSuffix(line, " exited on") {
			return f, f.Rank != nil && f.Signal != ""
		}
	}
	// MPICH and Intel MPI: "Abort(2) on node 1 (rank 1 in comm 0): application called MPI_Abort(…)"
	if rest, ok := strings.CutPrefix(line, "Abort("); ok {
		if code := number(rest); code != nil {
			if rest, ok = after(rest, ") on node "); ok && strings.Contains(rest, " (rank ") {
				// mpirun makes an exit code of its last byte.
				*code &= 0xff
				return Finding{Kind: RankEnded, Rank: number(rest), ExitCode: code}, true
			}
		}
	}
	// "[proxy:0:1@pi-worker-1] HYDU_create_process (…): execvp error on file x (No such file or directory)"
	if rest, ok := after(line, "execvp error on file "); ok {
		host, _ := after(line, "@")
		host, _, _ = strings.Cut(host, "]")
		if i := strings.LastIndex(rest, " ("); i >= 0 {
			rest = rest[:i]
		}
		return Finding{Kind: NoCommand, Host: host, Program: rest}, host != ""
	}
	// "  Remote daemon: [[5,0],1] on node pi-worker-0"
	if rest, ok := after(strings.TrimLeft(line, " "), "Remote daemon:"); ok {
		rest, ok = after(rest, " on node ")
		return Finding{Kind: DaemonLost, Host: word(rest)}, ok
	}
	// MPICH and Intel MPI say last that an "EXIT CODE" was the number of a signal.
	if rest, ok := strings.CutPrefix(line, "YOUR APPLICATION TERMINATED WITH THE EXIT STRING: "); ok && p.hydra.Kind != 0 {
		if rest, ok = after(rest, "(signal "); ok {
			f := p.hydra
			f.ExitCode, f.Signal = nil, signalName(rest)
			p.hydra = Finding{}
			return f, f.Signal != ""
		}
	}
	return startTrouble(line)
}

// begins recognises the first lines of longer messages, and what they say already.
func begins(line string) Finding {
	// Open MPI 5: "prterun noticed that process rank 3 with PID 42 on node pi-worker-1 exited on" /
	// "signal 9 (Killed)."
	if rest, ok := after(line, "noticed that process rank "); ok && strings.HasSuffix(line, " exited on") {
		f := Finding{Kind: RankEnded, Rank: number(rest)}
		if rest, ok = after(rest, " with PID "); ok {
			f.PID = integer(rest)
		}
		if rest, ok = after(rest, " on node "); ok {
			f.Host = word(rest)
		}
		if f.Rank != nil {
			return f
		}
	}
	// "MPI_ABORT was invoked on rank 0 in communicator MPI_COMM_WORLD" / "with errorcode 3."
	if rest, ok := strings.CutPrefix(line, "MPI_ABORT was invoked on rank "); ok {
		if rank := number(rest); rank != nil && strings.Contains(rest, " in communicator MPI_COMM_WORLD") {
			return Finding{Kind: RankEnded, Rank: rank}
		}
	}
	// "  Process name: [[5,1],3]", in Open MPI 5 "[prterun-host-42@1,3]"; then "  Exit code:    3".
	if rest, ok := strings.CutPrefix(strings.TrimLeft(line, " "), "Process name:"); ok {
		if rank := lastOf(rest); rank != nil {
			return Finding{Kind: RankEnded, Rank: rank}
		}
	}
	// "mpirun has exited due to process rank 2 with PID 0 on" / "node pi-worker-1 exiting improperly."
	if rest, ok := after(line, " has exited due to process rank "); ok {
		if rank := number(rest); rank != nil {
			f := Finding{Kind: RankEnded, Rank: rank}
			if rest, ok = after(rest, " with PID "); ok {
				f.PID = integer(rest)
			}
			return f
		}
	}
	// MPICH: "=   PID 42 RUNNING AT pi-worker-0" / "=   EXIT CODE: 3"; Intel MPI: "=   RANK 1 PID 42
	// RUNNING AT pi-worker-0" / "=   EXIT STATUS: 3" or "=   KILLED BY SIGNAL: 9 (Killed)"
	if rest, ok := strings.CutPrefix(line, "="); ok {
		f := Finding{Kind: RankEnded}
		if rank, ok := strings.CutPrefix(strings.TrimLeft(rest, " "), "RANK "); ok {
			f.Rank = number(rank)
			_, rest, _ = strings.Cut(rank, " ")
		}
		if rest, ok = strings.CutPrefix(strings.TrimLeft(rest, " "), "PID "); ok {
			f.PID = integer(rest)
			if rest, ok = after(rest, " RUNNING AT "); ok && f.PID > 0 {
				f.Host = word(rest)
				return f
			}
		}
	}
	// "… was unable to find the specified executable file, and therefore" or "… was unable to launch the
	// specified application as it could not access", then "Executable: x" and "Node: y" in any order.
	if strings.Contains(line, "was unable to find the specified executable") ||
		strings.Contains(line, "was unable to launch the specified application") {
		return Finding{Kind: NoCommand}
	}
	return Finding{}
}

// goesOn takes up the facts on the lines after the first; true: that is all.
func (f *Finding) goesOn(line string) bool {
	trimmed := strings.TrimLeft(line, " ")
	if f.Kind == NoCommand {
		if rest, ok := strings.CutPrefix(trimmed, "Node:"); ok {
			f.Host = word(rest)
		} else if rest, ok := strings.CutPrefix(trimmed, "Executable:"); ok {
			f.Program = strings.TrimSpace(rest)
		}
		return f.Host != "" && f.Program != ""
	}
	if rest, ok := strings.CutPrefix(line, "signal "); ok && f.Rank != nil && f.Host != "" {
		f.Signal = signalName(rest)
		return f.Signal != ""
	}
	if rest, ok := after(line, "errorcode "); ok {
		f.ExitCode = number(rest)
		return f.ExitCode != nil
	}
	if rest, ok := strings.CutPrefix(trimmed, "Exit code:"); ok {
		f.ExitCode = number(rest)
		return f.ExitCode != nil
	}
	if strings.HasPrefix(line, "=") {
		return f.hydra(line)
	}
	if rest, ok := strings.CutPrefix(line, "node "); ok && f.Rank != nil {
		f.Host = word(rest)
		return f.Host != ""
	}
	return false
}

// hydra takes up a line of Hydra's box, which ends with a line of its frame.
func (f *Finding) hydra(line string) bool {
	if rest, ok := after(line, "EXIT CODE: "); ok {
		f.ExitCode = number(rest)
	} else if rest, ok := after(line, "EXIT STATUS: "); ok {
		f.ExitCode = number(rest)
	} else if rest, ok := after(line, "KILLED BY SIGNAL: "); ok {
		f.Signal = signalName(rest)
	}
	return f.Host != "" && (f.ExitCode != nil || f.Signal != "") && strings.Trim(line, "=") == ""
}
