//go:build unix

package smtpd

import (
	"net"
	"syscall"
)

// hungUp reports whether the other end has closed a connection, or its sending
// side, and all that it sent was read. It reads nothing. Of a connection that is
// not the operating system's it says no.
func hungUp(conn net.Conn) bool {
	if above, ok := conn.(interface{ NetConn() net.Conn }); ok { // TLS
		conn = above.NetConn()
	}
	sys, ok := conn.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := sys.SyscallConn()
	if err != nil {
		return true // closed here
	}
	n, no := 0, error(nil)
	err = raw.Control(func(fd uintptr) {
		n, _, no = syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	})
	open := n > 0 || no == syscall.EAGAIN || no == syscall.EWOULDBLOCK || no == syscall.EINTR
	return err != nil || !open
}
