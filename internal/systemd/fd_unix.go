//go:build unix

package systemd

import "syscall"

func closeOnExec(fd int) { syscall.CloseOnExec(fd) }

// accepts tells whether a socket listens. One of which the system does not tell
// counts as if it did.
func accepts(fd int) bool {
	n, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_ACCEPTCONN)
	return err != nil || n != 0
}
