package smtpd

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/pires/go-proxyproto"
)

// proxyTimeout is how long a proxy may take for its header, which it sends with
// the connection.
const proxyTimeout = 10 * time.Second

// errProxyAddress: the header names a client that is no TCP one.
var errProxyAddress = errors.New("the PROXY header gives no address of a TCP client")

// proxied takes the PROXY header (versions 1 and 2) of a connection that comes
// from Domigo_ProxyFrom; the client is then who the header says. Without a
// header in time such a connection ends without a word. From anybody else a
// header is not a command, and counts for nothing.
func (c *conn) proxied() bool {
	from := &c.view().Own.ProxyFrom
	upstream := c.session.client.IP
	if from.Blank() || !from.Match(upstream, nil).Found() {
		return true
	}
	c.setState("PROXY")
	client, err := c.readProxyHeader(upstream)
	if err != nil {
		c.session.log.Warn().Err(err).Stringer("proxy", upstream).Msg("connection of a proxy without a usable header")
		return false
	}
	c.session.log.Info().Stringer("proxy", upstream).Stringer("client", client).Msg("PROXY header")
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	c.session.client.IP = client
	return true
}

// readProxyHeader reads the header and gives the client's address. What the
// proxy sends by itself (LOCAL, a health check) or does not know (UNKNOWN) is
// the proxy's own.
func (c *conn) readProxyHeader(upstream netip.Addr) (netip.Addr, error) {
	if err := c.link.wait(waitCommand, proxyTimeout); err != nil {
		return upstream, err
	}
	in := bufio.NewReaderSize(c.link, 256)
	h, err := proxyproto.Read(in)
	if err != nil {
		return upstream, fmt.Errorf("PROXY header: %w", err)
	}
	rest, err := in.Peek(in.Buffered())
	if err != nil {
		return upstream, err
	}
	c.link.unread(rest)
	if h.Command.IsLocal() || h.TransportProtocol.IsUnspec() {
		return upstream, nil
	}
	source, _, ok := h.TCPAddrs()
	if !ok {
		return upstream, errProxyAddress
	}
	ip := source.AddrPort().Addr().Unmap().WithZone("")
	if !ip.IsValid() || ip.IsUnspecified() || ip.IsMulticast() {
		return upstream, errProxyAddress
	}
	return ip, nil
}

// unread puts octets in front of what the connection gives.
func (l *link) unread(b []byte) {
	if len(b) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Conn = &readAhead{l.Conn, b}
}

// readAhead is a connection with octets that were read from it before.
type readAhead struct {
	net.Conn
	rest []byte
}

// Read gives those octets first.
func (r *readAhead) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		return r.Conn.Read(p)
	}
	n := copy(p, r.rest)
	if r.rest = r.rest[n:]; len(r.rest) == 0 {
		r.rest = nil
	}
	return n, nil
}
