package router

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"domigo/internal/resolver"
	"domigo/internal/smtpwire"
	"domigo/settings"
)

// FactState says what is known of a fact from DNS.
type FactState uint8

// The states of a fact.
const (
	Unknown   FactState = iota // not asked yet
	Found                      // answered
	NotFound                   // the name exists, without such a record
	NXDomain                   // there is no such name
	TempError                  // DNS did not answer
)

// MX is one MX record. Host has no final dot; "" is the null MX (RFC 7505).
type MX struct {
	Host       string
	Preference uint16
}

// Facts are what NextHops knows from outside.
type Facts struct {
	MXState FactState
	MX      []MX // of the domain that Hops.Domain named
}

// Hops are the hosts to try for a next hop, in order. With NeedMX the caller
// looks up the MX records of Domain and asks again. Otherwise Hosts is not
// empty, or Reason says why there is none.
type Hops struct {
	NeedMX     bool
	Domain     string   // what the next hop is called: a domain, host name or address
	Hosts      []string // host names, or addresses as text
	Port       int
	Configured bool // a relay or smart host, not an answer of DNS
	Temporary  bool // with Reason: try again later
	Reason     string
	Status     string
}

// NextHops gives the hosts of a transfer's key: MX by rising preference, the
// name itself when it has none (RFC 5321, 5.1), an address literal as it
// stands. A relay or smart host may be a host name, a domain name or an
// address, so it is looked up like a domain ("Routing mail to a relay host").
// It does no I/O. MX records of equal preference stay in the order of the facts.
func NextHops(s *settings.Snapshot, key string, f Facts, t *Trail) Hops {
	h := Hops{Port: s.Router.Port}
	switch {
	case strings.HasPrefix(key, mxPrefix):
		h.Domain = strings.TrimPrefix(key, mxPrefix)
	default:
		h.Configured = true
		hostPort := strings.TrimPrefix(strings.TrimPrefix(key, relayPrefix), smartPrefix)
		host, port, err := net.SplitHostPort(hostPort)
		if err == nil {
			h.Port, err = strconv.Atoi(port)
		}
		if err != nil {
			h.Domain, h.Reason, h.Status = hostPort, reasonNoRoute(hostPort, s.Identity), "5.4.4"
			return h
		}
		h.Domain = host
	}
	if addr, ok := literal(h.Domain); ok {
		t.add("Address literal", h.Domain, "no look-up")
		h.Hosts = []string{addr.String()}
		return h
	}
	if s.Router.HostLookup == settings.LocalOnly {
		t.add("Host name lookup", "Local lookup only", "no MX")
		h.Hosts = []string{h.Domain}
		return h
	}
	return mxHops(s, h, f, t)
}

func mxHops(s *settings.Snapshot, h Hops, f Facts, t *Trail) Hops {
	switch f.MXState {
	case Unknown:
		h.NeedMX = true
	case TempError:
		h.Temporary, h.Reason, h.Status = true, reasonDNS, "4.4.3"
	case NotFound:
		t.add("MX", h.Domain, "none: the name itself")
		h.Hosts = []string{h.Domain}
	case NXDomain:
		t.add("MX", h.Domain, "no such domain")
		if s.Router.HostLookup == settings.DynamicThenLocal {
			h.Hosts = []string{h.Domain}
			break
		}
		h.Reason, h.Status = reasonNoRoute(h.Domain, s.Identity), "5.1.2"
	case Found:
		list := slices.Clone(f.MX)
		slices.SortStableFunc(list, func(a, b MX) int { return int(a.Preference) - int(b.Preference) })
		for _, m := range list {
			host := strings.ToLower(strings.TrimSuffix(m.Host, "."))
			if host == "" || slices.Contains(h.Hosts, host) {
				continue
			}
			t.add("MX", h.Domain, host)
			h.Hosts = append(h.Hosts, host)
		}
		if len(h.Hosts) == 0 {
			t.add("MX", h.Domain, "null MX: takes no mail")
			h.Reason, h.Status = reasonNoRoute(h.Domain, s.Identity), "5.1.10"
		}
	}
	return h
}

// literal reads an address, with or without the brackets of a literal.
func literal(s string) (netip.Addr, bool) {
	if addr, ok := smtpwire.ParseLiteral(s); ok {
		return addr.Unmap(), true
	}
	addr, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return addr.Unmap(), err == nil && addr.Zone() == ""
}

// hops asks NextHops and fetches what it needs.
func (r *Router) hops(ctx context.Context, s *settings.Snapshot, key string) Hops {
	h := NextHops(s, key, Facts{}, nil)
	if !h.NeedMX {
		return h
	}
	r.stats.waitingDNS.Add(1)
	found, err := r.c.Resolver.MX(ctx, h.Domain)
	r.stats.waitingDNS.Add(-1)
	f := Facts{MXState: stateOf(err), MX: make([]MX, len(found))}
	for i, m := range found {
		f.MX[i] = MX{Host: m.Host, Preference: m.Pref}
	}
	r.c.Shuffle(len(f.MX), func(i, j int) { f.MX[i], f.MX[j] = f.MX[j], f.MX[i] })
	return NextHops(s, key, f, nil)
}

// stateOf reads the resolver's error.
func stateOf(err error) FactState {
	var e *resolver.Error
	switch {
	case err == nil:
		return Found
	case !errors.As(err, &e) || e.Temporary:
		return TempError
	case e.NXDomain:
		return NXDomain
	}
	return NotFound
}

// errNoAddress: the host has no address, for good.
var errNoAddress = errors.New("host has no address")

// addresses looks up a host by the field "Host name lookup". The error is
// errNoAddress, or a temporary one of the resolver.
func (r *Router) addresses(ctx context.Context, s *settings.Snapshot, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr}, nil
	}
	var temporary error
	if s.Router.HostLookup != settings.LocalOnly {
		r.stats.waitingDNS.Add(1)
		list, err := r.c.Resolver.Addrs(ctx, host)
		r.stats.waitingDNS.Add(-1)
		if len(list) > 0 {
			return list, nil
		}
		if err != nil && stateOf(err) == TempError {
			temporary = err
		}
	}
	if s.Router.HostLookup != settings.DynamicOnly && r.c.Hosts != nil {
		if list := r.c.Hosts.Addrs(host); len(list) > 0 {
			return list, nil
		}
	}
	if temporary != nil {
		return nil, temporary
	}
	return nil, errNoAddress
}
