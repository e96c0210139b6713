package mailbox

import (
	"errors"
	"io"
	"io/fs"

	"github.com/cockroachdb/pebble/v2/vfs"
	"golang.org/x/sys/unix"
)

// sharedLock locks a file for reading, as long as nobody has it locked for writing:
// then the error is that of Lock. It works where nothing can be written. A store
// without the file, as out of a backup, belongs to nobody, and a file that only this
// process sees needs no lock. The lock is the descriptor's, as one of the process
// would replace what the process has locked for writing.
func sharedLock(disk vfs.FS, name string) (io.Closer, error) {
	f, err := disk.Open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return io.NopCloser(nil), nil
	case err != nil:
		return nil, err
	case f.Fd() == vfs.InvalidFd:
		return f, nil
	}
	lock := &unix.Flock_t{Type: unix.F_RDLCK, Whence: io.SeekStart}
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, lock); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
