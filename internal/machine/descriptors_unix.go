//go:build unix

package machine

import "syscall"

// Descriptors gives how many files the process may have open, 0 if that is not
// known.
func Descriptors() uint64 {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err != nil {
		return 0
	}
	return uint64(r.Cur)
}
