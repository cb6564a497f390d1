package procs

import (
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ending follows a process to its end through a descriptor of the kernel's. The end is known at once; and
// how it ended also when its parent, mpirun's daemon, was quicker to collect it: always since Linux 6.15,
// before that only if it was still a zombie when looked at.
type ending struct {
	file *os.File
	// seen is its wait status as a zombie, 0 for unknown.
	seen atomic.Int64
}

// follow calls ended once the process has ended, from a goroutine that lives until then or until close.
// It returns nil where the kernel doesn't let it.
func follow(p Proc, ended func()) *ending {
	fd, err := unix.PidfdOpen(p.PID, unix.PIDFD_NONBLOCK)
	if err != nil {
		return nil
	}
	e := &ending{file: os.NewFile(uintptr(fd), "pidfd")}
	// The number may have become another process's since it was listed.
	now, ok := read(p.PID)
	conn, err := e.file.SyscallConn()
	if !ok || now.Start != p.Start || err != nil {
		e.close()
		return nil
	}
	go func() {
		if conn.Read(hasEnded) != nil {
			return // closed
		}
		if now, ok := read(p.PID); ok && now.Zombie && now.Start == p.Start {
			e.seen.Store(int64(now.Status))
		}
		ended()
	}()
	return e
}

// hasEnded says whether the process of a descriptor has: its descriptor is readable then.
func hasEnded(fd uintptr) bool {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
	return n > 0 && err == nil
}

func (e *ending) close() { _ = e.file.Close() }

// pidfdInfo is struct pidfd_info of linux/pidfd.h in its first version, which every later kernel knows.
type pidfdInfo struct {
	mask, _  uint64
	_        [11]uint32
	exitCode int32
}

const (
	pidfdGetInfo  = 0xc040ff0b // _IOWR(0xFF, 11, struct pidfd_info)
	pidfdInfoExit = 1 << 3
)

// status is the process's wait status, if it can be told.
func (e *ending) status() (syscall.WaitStatus, bool) {
	info := pidfdInfo{mask: pidfdInfoExit}
	conn, err := e.file.SyscallConn()
	if err != nil {
		return 0, false
	}
	told := false
	err = conn.Control(func(fd uintptr) {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, pidfdGetInfo, uintptr(unsafe.Pointer(&info)))
		told = errno == 0 && info.mask&pidfdInfoExit != 0
	})
	if err == nil && told {
		return syscall.WaitStatus(info.exitCode), true
	}
	seen := e.seen.Load()
	return syscall.WaitStatus(seen), seen != 0
}
