package resolver

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

const (
	defaultTimeout = 2 * time.Second
	rounds         = 2
	maxChain       = 8  // CNAME records followed for one look-up
	maxRecords     = 64 // records of one answer that count
	resolvConf     = "/etc/resolv.conf"
)

// ExchangeFunc sends a question to a server, "host:port", over "udp" or "tcp"
// and gives the answer to it.
type ExchangeFunc func(ctx context.Context, network, server string, m *dns.Msg) (*dns.Msg, error)

// Config says how a Resolver works. The zero Config is ready for use.
type Config struct {
	// Servers are asked in this order (but see Aside), "host:port"; without a port, 53. None:
	// those of /etc/resolv.conf, and the local host if it names none.
	Servers []string
	// Timeout is for one try with one server; 0 means 2 s. Each server is tried
	// twice; the whole look-up ends with its context.
	Timeout time.Duration
	// MaxEntries bounds the cache; 0 means 10,000 answers.
	MaxEntries int
	// Now is the clock of the cache, of Notice and of Aside; nil means time.Now.
	Now func() time.Time
	// Exchange asks a server; nil means over the network, with Dial.
	Exchange ExchangeFunc
	// Dial opens the connections; nil means net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Notice is told when the servers stop answering, with what each of those that
	// were tried said, while that lasts every five minutes at most, and with nil when
	// one answers again. It is called within look-ups, which wait for it, one call at a
	// time, and must not ask the Resolver; nil: nobody is told.
	Notice func(err error)
	// Aside is told, in the same way, when one server is set aside because it gave no
	// answer to three look-ups in a row that another server answered, with what it
	// said last, and with nil when it answers again. Meanwhile the others are asked
	// before it, but for one look-up a minute; nil: nobody is told.
	Aside func(server string, err error)
}

// Resolver looks names up. It is safe for concurrent use.
type Resolver struct {
	servers  []string
	timeout  time.Duration
	exchange ExchangeFunc
	cache    *cache
	now      func() time.Time
	notice   func(error)
	setAside func(server string, err error) // Config.Aside
	outage   outage
	aside    aside
}

// New makes a Resolver. Without servers in c it reads those of the system,
// once. It fails if it cannot, or if a server is neither an
// address nor one with a port.
func New(c Config) (*Resolver, error) {
	servers, err := serverList(c.Servers, resolvConf)
	if err != nil {
		return nil, err
	}
	r := &Resolver{servers: servers, timeout: c.Timeout, exchange: c.Exchange, notice: c.Notice, setAside: c.Aside}
	if r.timeout <= 0 {
		r.timeout = defaultTimeout
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if r.notice == nil {
		r.notice = func(error) {}
	}
	if r.setAside == nil {
		r.setAside = func(string, error) {}
	}
	r.now = c.Now
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

// PTR gives the names of an address, in lower case without the dot at the end,
// in the order of the answer. Names that are no host names are left out: they
// are the client's own choice and go into headers. Anybody can name his
// addresses as he likes; the caller confirms a name with Addrs. The error is an
// *Error.
func (r *Resolver) PTR(ctx context.Context, addr netip.Addr) ([]string, error) {
	addr = addr.Unmap().WithZone("")
	name, err := dns.ReverseAddr(addr.String())
	if err != nil {
		return nil, &Error{Name: addr.String(), Type: "PTR", Err: ErrNXDomain}
	}
	rrs, err := r.lookup(ctx, name, dns.TypePTR)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, rr := range rrs {
		if ptr, ok := rr.(*dns.PTR); ok {
			if host := hostName(ptr.Ptr); host != "" && !slices.Contains(names, host) {
				names = append(names, host)
			}
		}
	}
	if len(names) == 0 {
		return nil, &Error{Name: strings.TrimSuffix(name, "."), Type: "PTR", Err: ErrNotFound}
	}
	return names, nil
}

// Addrs gives the addresses of a host, those of A before those of AAAA. An
// address as text is its own answer. If one of the two questions fails for the
// time being, the answer to the other is given alone. The error is an *Error,
// the temporary one if only one of the two is.
func (r *Resolver) Addrs(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr.Unmap()}, nil
	}
	addrs, err := r.addrs(ctx, host, dns.TypeA)
	// A name that does not exist has no records of any type (RFC 8020).
	if !errors.Is(err, ErrNXDomain) {
		more, err6 := r.addrs(ctx, host, dns.TypeAAAA)
		addrs = append(addrs, more...)
		if err == nil || errors.Is(err, ErrNotFound) {
			err = err6
		}
	}
	if len(addrs) == 0 {
		return nil, err
	}
	return addrs, nil
}

// A gives the addresses of A records alone, as DNS lists of clients use them
// (RFC 5782). The error is an *Error.
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
		return nil, &Error{Name: name, Type: dns.TypeToString[typ], Err: ErrNotFound}
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
// its own exchanger (RFC 5321, 5.1) is for the caller. The error is an *Error.
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
		return nil, &Error{Name: domain, Type: "MX", Err: ErrNotFound}
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
