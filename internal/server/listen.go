package server

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"domigo/internal/systemd"
	"domigo/settings"
	"domigo/smtpd"
	"domigo/smtpd/policy"
)

// endpoint is an address that the listener binds to; an address without an IP
// is every address.
type endpoint struct {
	addr netip.AddrPort
	kind smtpd.Kind
}

// endpoints gives what the site's ports and addresses ask for. Domigo_Listen
// names addresses, each with the Server document's ports or with one of its
// own for the TCP/IP port; else the address of the Notes port that
// SMTPNotesPort, or the first of Ports, names; else all addresses.
func (s *Server) endpoints(snap *settings.Snapshot) ([]endpoint, error) {
	return endpointsOf(snap, func(name string) (string, bool, error) { return s.site.Load().Variable(name) })
}

func endpointsOf(snap *settings.Snapshot, variable func(string) (string, bool, error)) ([]endpoint, error) {
	bases, err := baseAddresses(snap, variable)
	if err != nil {
		return nil, err
	}
	var out []endpoint
	seen := map[netip.AddrPort]bool{}
	add := func(ip netip.Addr, port int, kind smtpd.Kind) {
		a := netip.AddrPortFrom(ip, uint16(port))
		if !seen[a] {
			seen[a] = true
			out = append(out, endpoint{a, kind})
		}
	}
	for _, b := range bases {
		if snap.Ports.Enabled {
			port := snap.Ports.Port
			if b.Port() != 0 {
				port = int(b.Port())
			}
			add(b.Addr(), port, smtpd.Plain)
		}
		if snap.Ports.TLSEnabled {
			add(b.Addr(), snap.Ports.TLSPort, smtpd.ImplicitTLS)
		}
		if snap.Own.SubmissionPort > 0 {
			add(b.Addr(), snap.Own.SubmissionPort, smtpd.Submission)
		}
	}
	return out, nil
}

// baseAddresses gives the addresses; port 0 stands for the documents' ports.
func baseAddresses(snap *settings.Snapshot, variable func(string) (string, bool, error)) ([]netip.AddrPort, error) {
	if snap.Own.Listen != "" {
		return parseListen(snap.Own.Listen)
	}
	port, asked := snap.Ports.NotesPort, snap.Ports.NotesPort != ""
	if !asked {
		ports, _, err := variable("Ports")
		if err != nil {
			return nil, err
		}
		port = strings.TrimSpace(strings.Split(ports, ",")[0])
	}
	everywhere := []netip.AddrPort{{}}
	if port == "" {
		return everywhere, nil
	}
	if asked {
		if _, known, err := variable(port); err != nil || !known {
			return nil, fmt.Errorf("SMTPNotesPort=%s: notes.ini has no line %s=", port, port)
		}
	}
	value, ok, err := variable(port + "_TCPIPAddress")
	if err != nil || !ok {
		return everywhere, err
	}
	return parseNotesAddress(port, value)
}

// parseNotesAddress reads the value of PORT_TCPIPAddress: "0,address:port". Its
// port is the one of Notes connections and does not count here.
func parseNotesAddress(port, value string) ([]netip.AddrPort, error) {
	_, addr, ok := strings.Cut(value, ",")
	if !ok {
		addr = value
	}
	host := strings.TrimSpace(addr)
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if err != nil {
		return nil, fmt.Errorf("%s_TCPIPAddress=%s: not an address", port, value)
	}
	return []netip.AddrPort{netip.AddrPortFrom(ip, 0)}, nil
}

func parseListen(list string) ([]netip.AddrPort, error) {
	var out []netip.AddrPort
	for _, entry := range strings.Split(list, ",") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		if ap, err := netip.ParseAddrPort(entry); err == nil {
			out = append(out, ap)
			continue
		}
		ip, err := netip.ParseAddr(strings.Trim(entry, "[]"))
		if err != nil {
			return nil, fmt.Errorf("Domigo_Listen: %q is not an address or address:port", entry)
		}
		out = append(out, netip.AddrPortFrom(ip, 0))
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("Domigo_Listen: %q names no address", list)
	}
	return out, nil
}

func listen(ctx context.Context, e endpoint) (net.Listener, error) {
	host := ""
	if e.addr.Addr().IsValid() {
		host = e.addr.Addr().String()
	}
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(int(e.addr.Port()))))
}

// listening is what the Router must know of our own ports.
type listening struct{ endpoints []endpoint }

// own reports whether an address and port is one of our own listeners.
func (l *listening) own(a netip.AddrPort) bool {
	for _, e := range l.endpoints {
		if e.addr.Port() != a.Port() {
			continue
		}
		ip := e.addr.Addr()
		if ip == a.Addr() || (!ip.IsValid() || ip.IsUnspecified()) && isInterface(a.Addr()) {
			return true
		}
	}
	return false
}

func (l *listening) allLoopback() bool {
	for _, e := range l.endpoints {
		if !e.addr.Addr().IsLoopback() {
			return false
		}
	}
	return len(l.endpoints) > 0
}

// isInterface reports whether an address is one of this machine's.
func isInterface(ip netip.Addr) bool {
	if ip.IsLoopback() || ip.IsUnspecified() {
		return true
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr() == ip {
			return true
		}
	}
	return false
}

// tellOpenRelay says aloud that a view which is allowed to be is an open relay.
func (s *Server) tellOpenRelay(snap *settings.Snapshot) {
	if !policy.OpenRelay(snap, nil) {
		return
	}
	why := "the listener is on loopback addresses only"
	if snap.Own.AllowOpenRelay {
		why = "Domigo_AllowOpenRelay=1"
	}
	s.line("SMTP Server: Warning: this configuration is an open relay; it is served because " + why)
}

// RefuseOpenRelay refuses a view that lets a stranger relay to any domain,
// unless the listener is on loopback addresses only or Domigo_AllowOpenRelay
// says that this is wanted.
func RefuseOpenRelay(s *settings.Snapshot) error { return refuseOpenRelay(s, nil) }

func (s *Server) refuseOpenRelay(snap *settings.Snapshot) error {
	return refuseOpenRelay(snap, s.opt.Sockets)
}

// refuseOpenRelay does so for a server that has sockets handed over, which may be
// bound elsewhere than Domigo_Listen says.
func refuseOpenRelay(s *settings.Snapshot, given []*systemd.Socket) error {
	err := policy.RefuseOpenRelay(s)
	if err == nil {
		return nil
	}
	if s.Own.Listen != "" && !exposed(given) {
		if bases, err := parseListen(s.Own.Listen); err == nil {
			l := listening{}
			for _, b := range bases {
				l.endpoints = append(l.endpoints, endpoint{addr: b})
			}
			if l.allLoopback() {
				return nil
			}
		}
	}
	return err
}
