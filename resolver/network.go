package resolver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// packetSize is the largest UDP answer that is read. The questions promise no
// more than the 512 octets of RFC 1035; some servers send more nevertheless.
const packetSize = 4096

// network asks servers over sockets: one of its own for each question, so that
// the port is as random as the id.
type network struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// exchange is an ExchangeFunc. A packet that is not the answer to m is passed
// over, and the wait for the right one goes on until ctx ends.
func (n network) exchange(ctx context.Context, proto, server string, m *dns.Msg) (*dns.Msg, error) {
	conn, err := n.dial(ctx, proto, server)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() {
		// Only wakes the read below; if it cannot, the connection is broken.
		_ = conn.SetDeadline(time.Unix(1, 0))
	})
	defer stop()
	co := &dns.Conn{Conn: conn, UDPSize: packetSize}
	if err := co.WriteMsg(m); err != nil {
		return nil, err
	}
	for {
		got, err := co.ReadMsg()
		switch {
		case err == nil && answers(got, m):
			return got, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case got == nil && !errors.Is(err, dns.ErrShortRead):
			return nil, err
		case proto != "udp":
			return nil, fmt.Errorf("%w: answer not understood", ErrServer)
		}
	}
}

// serverList checks the servers of a configuration, or takes those of the
// system. Without any the local host is asked, as by the system's own resolver.
func serverList(servers []string, resolvConf string) ([]string, error) {
	if len(servers) == 0 {
		conf, err := dns.ClientConfigFromFile(resolvConf)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return []string{"127.0.0.1:53"}, nil
		case err != nil:
			return nil, fmt.Errorf("read the DNS servers of the system: %w", err)
		case len(conf.Servers) == 0:
			return []string{"127.0.0.1:53"}, nil
		}
		servers = conf.Servers
	}
	var list []string
	for _, s := range servers {
		addr, err := serverAddr(s)
		if err != nil {
			return nil, err
		}
		list = append(list, addr)
	}
	return list, nil
}

// serverAddr completes the address of a server with port 53.
func serverAddr(s string) (string, error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		host, port = s, "53"
		if n := len(s); n > 1 && s[0] == '[' && s[n-1] == ']' {
			host = s[1 : n-1]
		}
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || host == "" || strings.ContainsAny(host, " []") {
		return "", fmt.Errorf("DNS server %q: want host:port", s)
	}
	// Of the names only those of IPv6 addresses hold colons.
	if _, err := netip.ParseAddr(host); err != nil && strings.Contains(host, ":") {
		return "", fmt.Errorf("DNS server %q: want host:port", s)
	}
	return net.JoinHostPort(host, port), nil
}
