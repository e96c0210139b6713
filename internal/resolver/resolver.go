// Package resolver asks DNS for the listener and the router: the names of a
// client, the addresses of a name, the mail exchangers of a domain. It keeps
// answers as long as their TTL says, and tells a name that is not there from a
// server that does not answer, because the one is a refusal and the other a
// temporary failure.
//
// What an answer means (forward-confirmed names, null MX, list answers, whom
// to deliver to) and how long a look-up may take in all are left to the caller.
// There is no DNSSEC validation, and names are never completed with a search
// list. The local hosts file is a table of its own; see [Hosts].
package resolver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

const (
	// DefaultTimeout is the time a server has for one try.
	DefaultTimeout = 2 * time.Second
	rounds         = 2
	maxChain       = 8  // CNAME records followed for one look-up
	maxRecords     = 64 // records of one answer that count
	resolvConf     = "/etc/resolv.conf"
)

// ErrNotFound: the name does not exist, or has no record of the type. Of an
// error for which it does not hold the cause is temporary. Which of the two it
// is says the field NXDomain of Error.
var ErrNotFound = errors.New("not found in DNS")

// Causes of temporary errors; test them with errors.Is.
var (
	ErrServer = errors.New("DNS server failed")              // SERVFAIL, REFUSED and their like, an answer that makes no sense
	ErrChain  = errors.New("too many CNAME records in turn") // or a loop of them
)

// Error tells how a look-up failed.
type Error struct {
	Name, Type string // what was asked; Type as in a zone file
	Temporary  bool   // the same question may succeed later
	NXDomain   bool   // there is no such name; if neither, the name has no record of the type
	Err        error  // cause of a temporary error
}

// Error gives the question and the cause.
func (e *Error) Error() string {
	switch {
	case e.Temporary:
		return fmt.Sprintf("look up %s %q: %v", e.Type, e.Name, e.Err)
	case e.NXDomain:
		return fmt.Sprintf("look up %s %q: no such name", e.Type, e.Name)
	}
	return fmt.Sprintf("look up %s %q: no such record", e.Type, e.Name)
}

// Unwrap gives the cause of a temporary error.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is ErrNotFound and e such an answer.
func (e *Error) Is(target error) bool { return target == ErrNotFound && !e.Temporary }

// ExchangeFunc sends a question to a server, "host:port", over "udp" or "tcp"
// and gives the answer to it.
type ExchangeFunc func(ctx context.Context, network, server string, m *dns.Msg) (*dns.Msg, error)

// Config says how a Resolver works. The zero Config is ready for use.
type Config struct {
	// Servers are asked in this order, "host:port"; without a port, 53. None:
	// those of /etc/resolv.conf, and the local host if it names none.
	Servers []string
	// HostsFile, if not empty, is where PTR and Addrs look when DNS gives no
	// answer ("Dynamic then local").
	HostsFile string
	// Timeout is for one try with one server; 0 means DefaultTimeout. The
	// whole look-up ends with its context.
	Timeout time.Duration
	// MaxEntries bounds the cache; 0 means 10,000 answers.
	MaxEntries int
	// Now is the clock of the cache; nil means time.Now.
	Now func() time.Time
	// Exchange asks a server; nil means over the network, with Dial.
	Exchange ExchangeFunc
	// Dial opens the connections; nil means net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Resolver looks names up. It is safe for concurrent use.
type Resolver struct {
	servers  []string
	timeout  time.Duration
	exchange ExchangeFunc
	cache    *cache
	hosts    *HostsTable
}

// New makes a Resolver. It reads the files that c names, once, and fails if
// they cannot be read or a server is not an address with a port.
func New(c Config) (*Resolver, error) {
	servers, err := serverList(c.Servers, resolvConf)
	if err != nil {
		return nil, err
	}
	r := &Resolver{servers: servers, timeout: c.Timeout, exchange: c.Exchange, hosts: &HostsTable{}}
	if c.HostsFile != "" {
		if r.hosts, err = Hosts(c.HostsFile); err != nil {
			return nil, err
		}
	}
	if r.timeout <= 0 {
		r.timeout = DefaultTimeout
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	r.cache = newCache(c.Now, c.MaxEntries)
	if r.exchange == nil {
		dial := c.Dial
		if dial == nil {
			dial = new(net.Dialer).DialContext
		}
		r.exchange = network{dial}.exchange
	}
	return r, nil
}

// Local gives the table of Config.HostsFile, which is empty without one, for
// "Local lookup only".
func (r *Resolver) Local() *HostsTable { return r.hosts }

// PTR gives the names of an address, in lower case without the dot at the end,
// in the order of the answer. Names that are no host names are left out: they
// are the client's own choice and go into headers. Anybody can name his
// addresses as he likes; the caller confirms a name with Addrs.
func (r *Resolver) PTR(ctx context.Context, addr netip.Addr) ([]string, error) {
	addr = addr.Unmap().WithZone("")
	name, err := dns.ReverseAddr(addr.String())
	if err != nil {
		return nil, &Error{Name: addr.String(), Type: "PTR", NXDomain: true}
	}
	rrs, err := r.lookup(ctx, name, dns.TypePTR)
	var names []string
	for _, rr := range rrs {
		if ptr, ok := rr.(*dns.PTR); ok {
			if host := hostName(ptr.Ptr); host != "" && !slices.Contains(names, host) {
				names = append(names, host)
			}
		}
	}
	if len(names) > 0 {
		return names, nil
	}
	if local := r.hosts.Names(addr); len(local) > 0 {
		return local, nil
	}
	if err == nil {
		err = &Error{Name: strings.TrimSuffix(name, "."), Type: "PTR"}
	}
	return nil, err
}

// Addrs gives the addresses of a host, those of A before those of AAAA. An
// address as text is its own answer. If one of the two questions fails for the
// time being, the answer to the other is given alone.
func (r *Resolver) Addrs(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr.Unmap()}, nil
	}
	addrs, err := r.addrs(ctx, host, dns.TypeA)
	// A name that does not exist has no records of any type (RFC 8020).
	if e := new(Error); !errors.As(err, &e) || !e.NXDomain {
		more, err6 := r.addrs(ctx, host, dns.TypeAAAA)
		addrs = append(addrs, more...)
		if !errors.As(err, &e) || !e.Temporary {
			err = err6
		}
	}
	if len(addrs) > 0 {
		return addrs, nil
	}
	if local := r.hosts.Addrs(host); len(local) > 0 {
		return local, nil
	}
	return nil, err
}

// A gives the addresses of A records alone, as DNS lists of clients use them
// (RFC 5782). The hosts file has no part in it.
func (r *Resolver) A(ctx context.Context, name string) ([]netip.Addr, error) {
	return r.addrs(ctx, name, dns.TypeA)
}

func (r *Resolver) addrs(ctx context.Context, name string, typ uint16) ([]netip.Addr, error) {
	rrs, err := r.lookup(ctx, name, typ)
	if err != nil {
		return nil, err
	}
	var addrs []netip.Addr
	for _, rr := range rrs {
		var ip net.IP
		switch rr := rr.(type) {
		case *dns.A:
			ip = rr.A
		case *dns.AAAA:
			ip = rr.AAAA
		}
		if addr, ok := netip.AddrFromSlice(ip); ok {
			addrs = append(addrs, addr.Unmap())
		}
	}
	if len(addrs) == 0 {
		return nil, &Error{Name: name, Type: dns.TypeToString[typ]}
	}
	return addrs, nil
}

// MX is a mail exchanger.
type MX struct {
	Host string // lower case, without the dot at the end; empty for a null MX (RFC 7505)
	Pref uint16 // the lowest is tried first
}

// MX gives the mail exchangers of a domain by preference, equal ones in the
// order of the answer. A domain that takes no mail has one with an empty Host;
// beside others such a record is left out. That a domain without MX records is
// its own exchanger (RFC 5321, 5.1) is for the caller.
func (r *Resolver) MX(ctx context.Context, domain string) ([]MX, error) {
	rrs, err := r.lookup(ctx, domain, dns.TypeMX)
	if err != nil {
		return nil, err
	}
	var hosts []MX
	null := false
	for _, rr := range rrs {
		mx, ok := rr.(*dns.MX)
		if !ok {
			continue
		}
		if mx.Mx == "." {
			null = true
		} else if host := hostName(mx.Mx); host != "" {
			hosts = append(hosts, MX{Host: host, Pref: mx.Preference})
		}
	}
	switch {
	case len(hosts) == 0 && null:
		return []MX{{}}, nil
	case len(hosts) == 0:
		return nil, &Error{Name: domain, Type: "MX"}
	}
	slices.SortStableFunc(hosts, func(a, b MX) int { return int(a.Pref) - int(b.Pref) })
	return hosts, nil
}

// hostName gives a name of an answer in lower case without the dot at the end;
// empty if it holds anything but letters, digits, hyphens, underscores and
// single dots between them.
func hostName(name string) string {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") || strings.Contains(name, "..") {
		return ""
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.') {
			return ""
		}
	}
	return name
}
