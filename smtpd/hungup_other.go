//go:build !unix

package smtpd

import "net"

// hungUp reports whether the other end has closed a connection, which these
// systems do not tell without reading from it.
func hungUp(net.Conn) bool { return false }
