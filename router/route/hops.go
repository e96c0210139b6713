package route

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

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

// MX is one MX record. "" is the host of the null MX (RFC 7505).
type MX struct {
	Host       string
	Preference uint16
}

// Facts are what NextHops knows from outside.
type Facts struct {
	MXState FactState
	MX      []MX  // of the domain that Hops.Domain named
	Err     error // with TempError: what the look-up said; may be nil
}

// Hops are the hosts to try for a next hop, in order. With NeedMX the caller
// looks up the MX records of Domain and asks again. Otherwise Hosts is not
// empty, or Reason says why there is none.
type Hops struct {
	NeedMX     bool
	Domain     string   // what the next hop is called: a domain, host name or address
	Hosts      []string // host names, or addresses as text
	Port       int
	Configured bool // a host that a document names, not an answer of DNS
	Temporary  bool // with Reason: try again later
	Reason     string
	Status     string
	Class      Class
	Err        error // with ReasonDNS: Facts.Err, which names DNS servers and is not for senders
}

// String gives the hops in one line.
func (h Hops) String() string {
	switch {
	case h.NeedMX:
		return "look up MX"
	case h.Reason != "":
		return "fail " + h.Status + ": " + h.Reason
	}
	return strings.Join(h.Hosts, ", ") + " port " + strconv.Itoa(h.Port)
}

func (h Hops) fail(class Class, status, reason string) Hops {
	h.Hosts, h.NeedMX = nil, false
	h.Class, h.Status, h.Reason = class, status, reason
	return h
}

// maxHosts bounds the hosts of one destination; more MX records are not tried.
const maxHosts = 50

// NextHops gives the hosts of a transfer's key: MX by rising preference, the
// name itself when it has none (RFC 5321, 5.1), an address literal as it
// stands. A host that a document names may be a host name, a domain name or an
// address, so it is looked up like a domain ("Routing mail to a relay host").
// It does no I/O. MX records of equal preference stay in the order of the facts.
func NextHops(s *settings.Snapshot, key string, f Facts, t *Trail) Hops {
	h, ok := place(s, key)
	if !ok {
		h = h.fail(ClassDomain, "5.4.4", NoRoute(h.Domain, s.Identity))
	} else if h = hosts(s, h, f, t); !h.Configured {
		h = restrict(s, h, f, t)
	}
	if t.on() && !h.NeedMX {
		t.add(Verdict, h.Domain, h.String())
	}
	return h
}

// place reads a key.
func place(s *settings.Snapshot, key string) (Hops, bool) {
	h := Hops{Port: s.Router.Port}
	if domain, ok := strings.CutPrefix(key, MXPrefix); ok {
		h.Domain = domain
		return h, domain != ""
	}
	h.Configured = true
	hostPort, ok := cutHostKey(key)
	h.Domain = hostPort
	if !ok {
		h.Domain = key
		return h, false
	}
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return h, false
	}
	h.Domain = host
	h.Port, err = strconv.Atoi(port)
	return h, err == nil && host != "" && h.Port > 0 && h.Port <= 65535
}

func hosts(s *settings.Snapshot, h Hops, f Facts, t *Trail) Hops {
	if addr, ok := literal(h.Domain); ok {
		t.add("Address literal", h.Domain, "no look-up")
		h.Hosts = []string{addr.String()}
		return h
	}
	if s.Router.HostLookup == settings.LocalOnly {
		t.add("Host name lookup", "Local lookup only", "no MX")
		return itself(s, h, t)
	}
	switch f.MXState {
	case Unknown:
		h.NeedMX = true
		return h
	case TempError:
		if t.on() {
			t.add("MX", h.Domain, f.silence())
		}
		h.Temporary, h.Err = true, f.Err
		return h.fail(ClassTransfer, "4.4.3", ReasonDNS)
	case NotFound:
		t.add("MX", h.Domain, "none: the name itself")
		return itself(s, h, t)
	case NXDomain:
		if s.Router.HostLookup == settings.DynamicThenLocal {
			t.add("Host name lookup", "Dynamic then local", "no such domain: local look-up of the name")
			return itself(s, h, t)
		}
		t.add("MX", h.Domain, "no such domain")
		return h.fail(ClassDomain, "5.1.2", NoRoute(h.Domain, s.Identity))
	}
	return mxHops(s, h, f.MX, t)
}

// silence words for a trail that DNS did not answer.
func (f *Facts) silence() string {
	if f.Err == nil {
		return "DNS did not answer"
	}
	return "DNS did not answer: " + f.Err.Error()
}

func mxHops(s *settings.Snapshot, h Hops, records []MX, t *Trail) Hops {
	list := slices.Clone(records)
	slices.SortStableFunc(list, func(a, b MX) int { return int(a.Preference) - int(b.Preference) })
	// Hosts of our own preference would send it back as well (RFC 5321, 5.1).
	for i, m := range list {
		if !self(s, h, hostName(m.Host)) {
			continue
		}
		t.add("MX", hostName(m.Host), "this server itself: nothing from its preference on")
		for i > 0 && list[i-1].Preference == m.Preference {
			i--
		}
		if list = list[:i]; i == 0 {
			return h.fail(ClassTransfer, "5.4.6", ReasonSelf)
		}
		break
	}
	usable := false
	for _, m := range list {
		host := hostName(m.Host)
		if host == "" || slices.Contains(h.Hosts, host) {
			continue
		}
		usable = true
		if !smtpwire.IsDomain(host) {
			t.add("MX", host, "no host name")
			continue
		}
		if t.on() {
			t.add("MX", host, "preference "+strconv.Itoa(int(m.Preference)))
		}
		if h.Hosts = append(h.Hosts, host); len(h.Hosts) == maxHosts {
			break
		}
	}
	switch {
	case len(h.Hosts) > 0:
		return h
	case usable:
		return h.fail(ClassDomain, "5.4.4", NoRoute(h.Domain, s.Identity))
	}
	t.add("MX", h.Domain, "null MX: takes no mail")
	return h.fail(ClassDomain, "5.1.10", NoRoute(h.Domain, s.Identity))
}

// itself gives a next hop without MX records: its name, unless it is this server.
func itself(s *settings.Snapshot, h Hops, t *Trail) Hops {
	if self(s, h, h.Domain) {
		t.add("Fully qualified Internet host name", h.Domain, "this server itself")
		return h.fail(ClassTransfer, "5.4.6", ReasonSelf)
	}
	h.Hosts = []string{h.Domain}
	return h
}

// self reports whether a host is this server. For a name that DNS gives the port
// does not count: what stands before our listener may have another one.
func self(s *settings.Snapshot, h Hops, host string) bool {
	if h.Configured {
		return isSelf(s, host, strconv.Itoa(h.Port))
	}
	return ownName(s, host)
}

// hostName gives a name of DNS in lower case without its final dot.
func hostName(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// literal reads an address, with or without the brackets of a literal.
func literal(s string) (netip.Addr, bool) {
	if addr, ok := smtpwire.ParseLiteral(s); ok {
		return addr.Unmap(), true
	}
	addr, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return addr.Unmap(), err == nil && addr.Zone() == ""
}
