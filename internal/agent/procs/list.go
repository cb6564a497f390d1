// Package procs watches and ends processes: the list in /proc, the tree below a process, the ranks in
// it, the memory of the container, and the zombies a container's first process has to collect.
package procs

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Proc is one line of /proc/<pid>/stat, as far as it matters here.
type Proc struct {
	PID, PPID, SID int
	Zombie         bool
	// Start is in clock ticks after boot: with the PID it identifies a process for ever.
	Start uint64
	// Memory is what it has resident, in bytes.
	Memory int64
	// Status is the wait status of a zombie; 0 also where the kernel hides it.
	Status int
	// Env is where its environment is in its memory, which changes when it executes another program; 0 also where
	// the kernel hides it.
	Env uint64
}

// List returns all processes that can be seen, in ascending order of PID.
func List() []Proc {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	var pids []int
	for _, n := range names {
		if pid, err := strconv.Atoi(n); err == nil {
			pids = append(pids, pid)
		}
	}
	return list(pids, read)
}

// list reads the processes, one after the other: meanwhile some end. Those are left out, and what they had started is
// read again, since it has another parent by then: nobody would find it below that one.
func list(pids []int, read func(int) (Proc, bool)) []Proc {
	var all []Proc
	there := map[int]bool{}
	for _, pid := range pids {
		if p, ok := read(pid); ok {
			all, there[pid] = append(all, p), true
		}
	}
	// Once for each parent that has just ended, and not without end where parents are hidden.
	for again := 0; again < 4; again++ {
		known, adopted := all[:0], false
		for _, p := range all {
			if p.PPID == 0 || there[p.PPID] {
				known = append(known, p)
				continue
			}
			now, ok := read(p.PID)
			if ok {
				known = append(known, now)
			} else {
				delete(there, p.PID)
			}
			adopted = adopted || !ok || now.PPID != p.PPID
		}
		if all = known; !adopted {
			break
		}
	}
	return all
}

// gone says that a process has ended, for certain: where it can't be read for want of something else, it hasn't.
func gone(id identity) bool {
	data, err := os.ReadFile(statOf(id.pid))
	if err != nil {
		return errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH)
	}
	p, ok := parseStat(id.pid, data)
	return ok && (p.Start != id.start || p.Zombie)
}

func statOf(pid int) string { return filepath.Join("/proc", strconv.Itoa(pid), "stat") }

func read(pid int) (Proc, bool) {
	data, err := os.ReadFile(statOf(pid))
	if err != nil {
		return Proc{}, false
	}
	return parseStat(pid, data)
}

// parseStat reads a stat line. The name in parentheses may hold anything, parentheses too.
func parseStat(pid int, data []byte) (Proc, bool) {
	end := bytes.LastIndexByte(data, ')')
	if end < 0 {
		return Proc{}, false
	}
	f := strings.Fields(string(data[end+1:]))
	// f[0] is field 3 (state) of proc(5).
	const state, ppid, sid, start, rss, env, exit = 0, 1, 3, 19, 21, 47, 49
	if len(f) <= start {
		return Proc{}, false
	}
	p := Proc{PID: pid, Zombie: f[state] == "Z" || f[state] == "X"}
	p.PPID, _ = strconv.Atoi(f[ppid])
	p.SID, _ = strconv.Atoi(f[sid])
	p.Start, _ = strconv.ParseUint(f[start], 10, 64)
	if len(f) > rss {
		pages, _ := strconv.ParseInt(f[rss], 10, 64)
		p.Memory = pages * int64(os.Getpagesize())
	}
	if len(f) > env {
		p.Env, _ = strconv.ParseUint(f[env], 10, 64)
	}
	if len(f) > exit {
		p.Status, _ = strconv.Atoi(f[exit])
	}
	return p, true
}

// Below returns the descendants of root, root itself excluded.
func Below(all []Proc, root int) []Proc {
	children := map[int][]Proc{}
	for _, p := range all {
		children[p.PPID] = append(children[p.PPID], p)
	}
	var out []Proc
	seen := map[int]bool{root: true}
	for queue := []int{root}; len(queue) > 0; queue = queue[1:] {
		for _, c := range children[queue[0]] {
			if !seen[c.PID] {
				seen[c.PID] = true
				out = append(out, c)
				queue = append(queue, c.PID)
			}
		}
	}
	return out
}

// OfSession returns the processes of a session and everything below them: what a remote command
// started, less what made itself a session of its own to outlive it, as a daemon does.
func OfSession(all []Proc, sid int) []Proc {
	var out []Proc
	seen := map[int]bool{}
	add := func(p Proc) {
		if !seen[p.PID] {
			seen[p.PID] = true
			out = append(out, p)
		}
	}
	for _, p := range all {
		if p.SID != sid {
			continue
		}
		add(p)
		for _, c := range Below(all, p.PID) {
			add(c)
		}
	}
	return out
}
