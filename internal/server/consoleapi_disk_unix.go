//go:build linux || darwin || freebsd

package server

import "syscall"

// freeSpace gives the octets that the server may still write on the file system
// of a path.
func freeSpace(path string) (uint64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return 0, err
	}
	return uint64(st.Bavail) * uint64(st.Bsize), nil
}
