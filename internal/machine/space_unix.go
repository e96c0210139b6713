//go:build linux || darwin || freebsd

package machine

import "syscall"

// FreeSpace gives the octets that the process may still write on the file system
// of a path. The error is the system's, fs.ErrNotExist among them.
func FreeSpace(path string) (uint64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return 0, err
	}
	return uint64(st.Bavail) * uint64(st.Bsize), nil
}
