package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"

	"domigo/internal/systemd"
	"domigo/smtpd"
)

// source is an endpoint, and the socket that was handed over for it, if any.
type source struct {
	endpoint
	given *systemd.Socket
}

// socketNames are the names (FileDescriptorName=) by which a handed-over socket
// says what it serves.
var socketNames = map[string]smtpd.Kind{"smtp": smtpd.Plain, "smtps": smtpd.ImplicitTLS, "submission": smtpd.Submission}

// assign says which sockets serve what is wanted. A socket with the name of a
// kind serves that kind, wherever it is bound, and then nothing else is bound for
// that kind. A socket of another name serves the endpoint whose address and port
// it has. What the settings do not ask for is left: they decide whether a port is
// open, not the manager.
func assign(wanted []endpoint, given []*systemd.Socket) (plan []source, left []*systemd.Socket) {
	named, matched := map[smtpd.Kind][]source{}, map[endpoint][]source{}
	asked := map[smtpd.Kind]bool{}
	for _, e := range wanted {
		asked[e.kind] = true
	}
	var rest []*systemd.Socket
	for _, g := range given {
		switch kind, known := socketNames[g.Name]; {
		case known && asked[kind]:
			named[kind] = append(named[kind], source{endpoint{g.Addr, kind}, g})
		case known:
			left = append(left, g)
		default:
			rest = append(rest, g)
		}
	}
	for _, g := range rest {
		e, ok := endpointOf(wanted, g.Addr)
		if !ok || named[e.kind] != nil {
			left = append(left, g)
			continue
		}
		matched[e] = append(matched[e], source{endpoint{g.Addr, e.kind}, g})
	}
	for _, e := range wanted {
		switch {
		case named[e.kind] != nil:
			if asked[e.kind] {
				plan = append(plan, named[e.kind]...)
				asked[e.kind] = false
			}
		case matched[e] != nil:
			plan = append(plan, matched[e]...)
		default:
			plan = append(plan, source{endpoint: e})
		}
	}
	return plan, left
}

// endpointOf finds the endpoint of a bound address. All addresses are those of
// either family.
func endpointOf(wanted []endpoint, a netip.AddrPort) (endpoint, bool) {
	for _, e := range wanted {
		ip := e.addr.Addr()
		everywhere := !ip.IsValid() || ip.IsUnspecified()
		if e.addr.Port() == a.Port() && (ip.Unmap() == a.Addr() || everywhere && a.Addr().IsUnspecified()) {
			return e, true
		}
	}
	return endpoint{}, false
}

// open gives a listener.
func (p source) open(ctx context.Context) (net.Listener, error) {
	if p.given != nil {
		l, err := p.given.Listen()
		if err != nil {
			return nil, fmt.Errorf("SMTP Server: Listener failure: %w", err)
		}
		return l, nil
	}
	l, err := listen(ctx, p.endpoint)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("SMTP Server: Listener failure: port %s is taken by another process: %w", p.endpoint, err)
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("SMTP Server: Listener failure: port %s needs CAP_NET_BIND_SERVICE, or a socket of the service manager: %w", p.endpoint, err)
	case err != nil:
		return nil, fmt.Errorf("SMTP Server: Listener failure: %w", err)
	}
	return l, nil
}

// String gives address and port, the port alone for all addresses.
func (e endpoint) String() string {
	if !e.addr.Addr().IsValid() {
		return fmt.Sprint(e.addr.Port())
	}
	return e.addr.String()
}

// exposed reports whether a handed-over socket can be reached from elsewhere.
func exposed(given []*systemd.Socket) bool {
	for _, g := range given {
		if !g.Addr.Addr().IsLoopback() {
			return true
		}
	}
	return false
}
