package server

import (
	"context"
	"net/netip"
	"strings"

	"domigo/resolver"
	"domigo/settings"
	"domigo/smtpd"
)

// systemHosts is the hosts file of "Local lookup only" when Domigo_Hosts names
// none.
const systemHosts = "/etc/hosts"

// newNames gives DNS and the hosts file. The servers of c are those of the settings.
func newNames(snap *settings.Snapshot, dir string, c resolver.Config) (*names, error) {
	file := systemHosts
	if snap.Own.Hosts != "" {
		file = under(dir, snap.Own.Hosts)
	}
	hosts, err := resolver.Hosts(file)
	if err != nil {
		if snap.Own.Hosts != "" {
			return nil, err
		}
		hosts = &resolver.HostsTable{} // a machine without a hosts file
	}
	c.Servers = dnsServers(snap)
	r, err := resolver.New(c)
	if err != nil {
		return nil, err
	}
	return &names{resolver: r, hosts: hosts, system: len(c.Servers) == 0}, nil
}

// dnsServers gives the servers of Domigo_DNS; none stands for the system's.
func dnsServers(snap *settings.Snapshot) []string {
	var out []string
	for _, server := range strings.Split(snap.Own.DNS, ",") {
		if server = strings.TrimSpace(server); server != "" {
			out = append(out, server)
		}
	}
	return out
}

// forListener gives the listener's resolver. With the system's DNS servers a
// loopback client is "localhost" without a question to them (RFC 6761, 6.3).
func (n *names) forListener() smtpd.Resolver {
	if n.system {
		return loopbackNames{n.resolver}
	}
	return n.resolver
}

type loopbackNames struct{ *resolver.Resolver }

// PTR gives the names of an address.
func (l loopbackNames) PTR(ctx context.Context, addr netip.Addr) ([]string, error) {
	if addr.IsLoopback() {
		return []string{"localhost"}, nil
	}
	return l.Resolver.PTR(ctx, addr)
}

// Addrs gives the addresses of a host.
func (l loopbackNames) Addrs(ctx context.Context, host string) ([]netip.Addr, error) {
	if host == "localhost" {
		return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()}, nil
	}
	return l.Resolver.Addrs(ctx, host)
}
