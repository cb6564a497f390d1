package procs

import (
	"os"
	"syscall"
	"time"
)

// KillSession ends the processes of a session: SIGTERM, a grace period, SIGKILL. It returns when none
// is left. What belongs to it is looked up each time anew: while some end, others may be born.
func KillSession(sid int, grace time.Duration) {
	kill(grace, func() []Proc { return OfSession(List(), sid) })
}

// KillBelow ends everything below this process in the same way.
func KillBelow(grace time.Duration) {
	self := os.Getpid()
	kill(grace, func() []Proc { return Below(List(), self) })
}

// SignalBelow sends a signal to everything below this process, deepest last.
func SignalBelow(sig syscall.Signal) {
	signalAll(Below(List(), os.Getpid()), sig)
}

// SignalRanks sends a signal to every rank below this process, and to what those started.
func SignalRanks(sig syscall.Signal) (sent int) {
	var ranks []Proc
	for _, p := range Below(List(), os.Getpid()) {
		if _, ok := rankOf(environOf(p.PID)); ok {
			ranks = append(ranks, p)
		}
	}
	return signalAll(ranks, sig)
}

func kill(grace time.Duration, members func() []Proc) {
	const look = 20 * time.Millisecond
	sig := syscall.SIGTERM
	if grace <= 0 {
		sig = syscall.SIGKILL
	}
	if signalAll(members(), sig) == 0 {
		return
	}
	for waited := time.Duration(0); ; waited += look {
		time.Sleep(look)
		if waited >= grace {
			// Again each time: a process may have been born between two looks.
			if signalAll(members(), syscall.SIGKILL) == 0 {
				return
			}
			// One stuck in the kernel can't be helped, nor waited for without end.
			if waited >= grace+5*time.Second {
				return
			}
		} else if alive(members()) == 0 {
			return
		}
	}
}

func signalAll(all []Proc, sig syscall.Signal) (sent int) {
	for _, p := range all {
		if !p.Zombie && syscall.Kill(p.PID, sig) == nil {
			sent++
		}
	}
	return sent
}

func alive(all []Proc) (n int) {
	for _, p := range all {
		if !p.Zombie {
			n++
		}
	}
	return n
}
