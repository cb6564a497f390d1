package procs

import (
	"golang.org/x/sys/unix"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// SharedMemory reads the size of /dev/shm and how much of it is used. ok is false where there is none.
func SharedMemory() (wire.MemoryState, bool) { return sharedMemory("/dev/shm") }

func sharedMemory(path string) (wire.MemoryState, bool) {
	var fs unix.Statfs_t
	if err := unix.Statfs(path, &fs); err != nil || fs.Type != unix.TMPFS_MAGIC || fs.Blocks == 0 {
		return wire.MemoryState{}, false
	}
	return wire.MemoryState{
		Limit: int64(fs.Blocks) * fs.Bsize, Peak: int64(fs.Blocks-fs.Bfree) * fs.Bsize,
	}, true
}
