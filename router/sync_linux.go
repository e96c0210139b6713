package router

import (
	"os"
	"syscall"
)

// osFile is a file of the operating system.
type osFile struct{ *os.File }

// startWrite is SYNC_FILE_RANGE_WRITE of sync_file_range(2).
const startWrite = 2

// StartSync begins to write. Whatever fails, Sync tells.
func (f osFile) StartSync() {
	if c, err := f.SyscallConn(); err == nil {
		_ = c.Control(func(fd uintptr) { _ = syscall.SyncFileRange(int(fd), 0, 0, startWrite) })
	}
}
