package machine

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// ticks are the units of /proc/PID/stat in a second: the kernel's USER_HZ, which is 100 on every platform Go
// runs on.
const ticks = 100

// CPU is what the process has used of CPU up to now, in seconds; 0 once it has ended.
func (p Program) CPU() float64 {
	body, _ := os.ReadFile(filepath.Join(p.proc, strconv.Itoa(p.PID), "stat"))
	// The name, in parentheses, may hold anything; the fields after it begin with the third.
	fields := bytes.Fields(body[bytes.LastIndexByte(body, ')')+1:])
	if len(fields) < 13 {
		return 0
	}
	used := 0.0
	for _, f := range fields[11:13] { // utime, stime
		n, _ := strconv.ParseFloat(string(f), 64)
		used += n / ticks
	}
	return used
}

// OwnCPU is what this process has used of CPU up to now, in seconds.
func OwnCPU() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}
