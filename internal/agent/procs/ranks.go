package procs

import (
	"bytes"
	"cmp"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// RankWatcher finds the ranks among the processes below this one. MPI implementations tell a rank its
// number in its environment; what a rank starts inherits that, so only the topmost process counts.
type RankWatcher struct {
	known map[identity]*entry
	// ended is called when a rank has, nil where it is enough to look now and then.
	ended    func()
	followed int
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
	env    uint64  // of the process at the last of them
	end    *ending // nil: not followed
}

// environLooks is how often a process without a rank is looked at again: between fork and exec it
// still has its parent's environment. After that, only where it can be seen to have another one: with little CPU it
// may stay there for long.
const environLooks = 4

// NewRankWatcher returns a watcher that has seen nothing yet. It calls ended, unless that is nil, as soon
// as a rank has ended, so that the next look needn't be waited for.
func NewRankWatcher(ended func()) *RankWatcher {
	return &RankWatcher{known: map[identity]*entry{}, ended: ended}
}

// Scan looks once, and returns the ranks that appeared and those that are gone since the last look.
func (w *RankWatcher) Scan() (started, ended []wire.ControlRank) {
	return w.scan(Below(List(), os.Getpid()), environOf, gone)
}

func (w *RankWatcher) scan(below []Proc, environ func(int) []byte, gone func(identity) bool) (started, ended []wire.ControlRank) {
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
		e.rank.Memory = max(e.rank.Memory, p.Memory)
		if e.isRank || e.looks >= environLooks && e.env == p.Env {
			continue
		}
		e.looks++
		env := environ(p.PID)
		if len(env) > 0 { // it may be empty for a moment, in which the place is already the new one
			e.env = p.Env
		}
		e.rank, e.isRank = rankOf(env)
		if !e.isRank {
			continue
		}
		e.rank.PID, e.rank.Memory = p.PID, p.Memory
		parent := byPID[p.PPID]
		e.top = parent == nil || !parent.isRank
		if e.top {
			started = append(started, e.rank)
			w.follow(e, p)
		}
	}
	for id, e := range w.known {
		// One look may miss a process whose parents end just then.
		if !present[id] && gone(id) {
			delete(w.known, id)
			if e.top {
				w.ask(e)
				ended = append(ended, e.rank)
			}
		}
	}
	slices.SortFunc(ended, func(a, b wire.ControlRank) int { return cmp.Compare(a.Rank, b.Rank) })
	return started, ended
}

// follow has the end of a rank noticed at once, of as many as may be.
func (w *RankWatcher) follow(e *entry, p Proc) {
	if w.ended == nil || w.followed >= limits.RanksFollowed {
		return
	}
	if e.end = follow(p, w.ended); e.end != nil {
		w.followed++
	}
}

// ask asks how a rank that is gone has ended, unless its zombie has told.
func (w *RankWatcher) ask(e *entry) {
	if e.end == nil {
		return
	}
	if s, ok := e.end.status(); ok && e.rank.Signal == "" && e.rank.ExitCode == nil {
		setEnd(&e.rank, s)
	}
	e.end.close()
	w.followed--
}

func setStatus(r *wire.ControlRank, status int) {
	// 0 is also what the kernel shows to those who may not know, so it says nothing.
	if status != 0 {
		setEnd(r, syscall.WaitStatus(status))
	}
}

func setEnd(r *wire.ControlRank, status syscall.WaitStatus) {
	if s := statusOf(status); s.Signal != 0 {
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
