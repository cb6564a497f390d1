// Package procs watches and ends processes: the list in /proc, the tree below a process, the ranks in
// it, the memory of the container, and the zombies a container's first process has to collect.
package procs

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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
}

// List returns all processes that can be seen, in ascending order of PID.
func List() []Proc {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	var all []Proc
	for _, n := range names {
		pid, err := strconv.Atoi(n)
		if err != nil {
			continue
		}
		// A process may end between the two steps: then there is none.
		if p, ok := read(pid); ok {
			all = append(all, p)
		}
	}
	return all
}

func read(pid int) (Proc, bool) {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
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
	const state, ppid, sid, start, rss, exit = 0, 1, 3, 19, 21, 49
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
