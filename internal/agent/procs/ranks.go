package procs

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// RankWatcher finds the ranks among the processes below this one. MPI implementations tell a rank its
// number in its environment; what a rank starts inherits that, so only the topmost process counts.
type RankWatcher struct {
	known map[identity]*entry
}

type identity struct {
	pid   int
	start uint64
}

type entry struct {
	rank   wire.ControlRank
	isRank bool // its environment names a rank
	top    bool // and it is the rank itself, not something that rank started
	looks  int
}

// environLooks is how often a process without a rank is looked at again: between fork and exec it
// still has its parent's environment.
const environLooks = 4

// NewRankWatcher returns a watcher that has seen nothing yet.
func NewRankWatcher() *RankWatcher { return &RankWatcher{known: map[identity]*entry{}} }

// Scan looks once, and returns the ranks that appeared and those that are gone since the last look.
func (w *RankWatcher) Scan() (started, ended []wire.ControlRank) {
	return w.scan(Below(List(), os.Getpid()), environOf)
}

func (w *RankWatcher) scan(below []Proc, environ func(int) []byte) (started, ended []wire.ControlRank) {
	byPID := map[int]*entry{}
	present := map[identity]bool{}
	// Parents come before their children in below.
	for _, p := range below {
		id := identity{p.PID, p.Start}
		e := w.known[id]
		if p.Zombie {
			if e != nil && e.top {
				setStatus(&e.rank, p.Status)
			}
			continue
		}
		present[id] = true
		if e == nil {
			e = &entry{}
			w.known[id] = e
		}
		byPID[p.PID] = e
		if e.isRank || e.looks >= environLooks {
			continue
		}
		e.looks++
		e.rank, e.isRank = rankOf(environ(p.PID))
		if !e.isRank {
			continue
		}
		e.rank.PID = p.PID
		parent := byPID[p.PPID]
		e.top = parent == nil || !parent.isRank
		if e.top {
			started = append(started, e.rank)
		}
	}
	for id, e := range w.known {
		if !present[id] {
			delete(w.known, id)
			if e.top {
				ended = append(ended, e.rank)
			}
		}
	}
	return started, ended
}

func setStatus(r *wire.ControlRank, status int) {
	// 0 is also what the kernel shows to those who may not know, so it says nothing.
	if status == 0 {
		return
	}
	if s := statusOf(syscall.WaitStatus(status)); s.Signal != 0 {
		r.Signal = SignalName(s.Signal)
	} else {
		r.ExitCode = &s.Code
	}
}

// Variables that tell a rank its number and the number of all: Open MPI's first, then those of MPICH
// and Intel MPI, then PMIx's own.
var (
	rankVariables  = []string{"OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK"}
	worldVariables = []string{"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}
)

func rankOf(environ []byte) (wire.ControlRank, bool) {
	rank, ok := number(environ, rankVariables)
	if !ok {
		return wire.ControlRank{}, false
	}
	world, _ := number(environ, worldVariables)
	return wire.ControlRank{Rank: rank, World: world}, true
}

func number(environ []byte, names []string) (int, bool) {
	for _, name := range names {
		for v := range bytes.SplitSeq(environ, []byte{0}) {
			value, ok := bytes.CutPrefix(v, []byte(name+"="))
			if !ok {
				continue
			}
			if n, err := strconv.Atoi(string(value)); err == nil && n >= 0 {
				return n, true
			}
		}
	}
	return 0, false
}

// environOf reads a process's environment; nothing where it may not be read.
func environOf(pid int) []byte {
	f, err := os.Open(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	if err != nil {
		return nil
	}
	defer f.Close()
	const most = 1 << 20
	data, _ := io.ReadAll(io.LimitReader(f, most))
	return data
}
