package match

import (
	"net/netip"
	"strconv"
	"strings"
)

// HostList is a list of connecting hosts: host names or parts of one (a
// trailing substring of the name that the address resolves to), addresses in
// square brackets, group names, "*". The zero value is the blank list.
type HostList struct {
	list
	all   bool
	names suffixes
	addrs []addrPattern
}

// Hosts compiles a list. Entries that can never match are kept aside, see
// [HostList.Unusable].
func Hosts(entries []string, g Groups) HostList {
	var l HostList
	l.expand(entries, g, func(entry, origin string) {
		switch {
		case entry == "*":
			l.all = true
		case strings.HasPrefix(entry, "["):
			p, err := parseAddrPattern(entry)
			if err != "" {
				l.bad(Unusable{Entry: origin, Reason: err})
				return
			}
			p.origin = origin
			l.addrs = append(l.addrs, p)
		case looksNumeric(entry):
			l.bad(Unusable{Entry: origin, Reason: "an IP address needs square brackets"})
		case strings.ContainsAny(entry, "@%]/* "):
			l.bad(Unusable{Entry: origin, Reason: "not a host name, an address in square brackets or a group"})
		default:
			l.names.add(withoutDot(entry), origin)
		}
	})
	return l
}

// Dead reports whether the list has entries but none that can match.
func (l *HostList) Dead() bool {
	return !l.Blank() && !l.all && len(l.names.text) == 0 && len(l.addrs) == 0
}

// NeedsName reports whether a host's name can matter to a match.
func (l *HostList) NeedsName() bool { return len(l.names.text) > 0 }

// Names gives the host-name entries, lower case.
func (l *HostList) Names() []string { return l.names.text }

// Match looks a host up by its address and the names it is known by. A named
// entry goes before "*".
func (l *HostList) Match(ip netip.Addr, names []string) Hit {
	if l.Blank() {
		return Hit{}
	}
	ip = ip.Unmap().WithZone("")
	for i := range l.addrs {
		if l.addrs[i].contains(ip) {
			return Hit{Entry: l.addrs[i].origin}
		}
	}
	for _, n := range names {
		if origin, ok := l.names.find(withoutDot(n)); ok {
			return Hit{Entry: origin}
		}
	}
	if l.all {
		return Hit{Entry: "*", All: true}
	}
	return Hit{}
}

// addrPattern is one bracketed address: a prefix, or octet ranges.
type addrPattern struct {
	origin string
	prefix netip.Prefix // valid for a single address and the CIDR form
	octets [4][2]uint8  // else low and high of each octet
}

func (p *addrPattern) contains(ip netip.Addr) bool {
	if p.prefix.IsValid() {
		return p.prefix.Contains(ip)
	}
	if !ip.Is4() {
		return false
	}
	for i, o := range ip.As4() {
		if o < p.octets[i][0] || o > p.octets[i][1] {
			return false
		}
	}
	return true
}

// parseAddrPattern reads "[1.2.3.4]", "[1.2.3.*]", "[1.2.3.1-9]",
// "[10.0.0.0/8]", "[2001:db8::/32]" and "[IPv6:2001:db8::1]". A wildcard or
// range together with a prefix is not valid. It gives the reason why not.
func parseAddrPattern(s string) (p addrPattern, reason string) {
	if !strings.HasSuffix(s, "]") {
		return p, "the closing bracket is missing"
	}
	in := strings.TrimSpace(s[1 : len(s)-1])
	if len(in) > 5 && strings.EqualFold(in[:5], "IPv6:") {
		in = in[5:]
	}
	if strings.Contains(in, "/") {
		if strings.ContainsAny(in, "*-") {
			return p, "a wildcard or range cannot stand together with a prefix length"
		}
		pre, err := netip.ParsePrefix(in)
		if err != nil {
			return p, "not an address with a prefix length"
		}
		if a := pre.Addr(); a.Is4In6() && pre.Bits() >= 96 {
			pre = netip.PrefixFrom(a.Unmap(), pre.Bits()-96)
		}
		p.prefix = pre.Masked()
		return p, ""
	}
	if a, err := netip.ParseAddr(in); err == nil {
		a = a.Unmap().WithZone("")
		p.prefix = netip.PrefixFrom(a, a.BitLen())
		return p, ""
	}
	parts := strings.Split(in, ".")
	if len(parts) != 4 {
		return p, "not an IP address"
	}
	for i, part := range parts {
		lo, hi, ok := parseOctet(part)
		if !ok {
			return p, "not an IP address: octet " + strconv.Quote(part)
		}
		p.octets[i] = [2]uint8{lo, hi}
	}
	return p, ""
}

func parseOctet(s string) (lo, hi uint8, ok bool) {
	if s == "*" {
		return 0, 255, true
	}
	a, b, isRange := strings.Cut(s, "-")
	if !isRange {
		b = a
	}
	l, err1 := strconv.ParseUint(strings.TrimSpace(a), 10, 8)
	h, err2 := strconv.ParseUint(strings.TrimSpace(b), 10, 8)
	return uint8(l), uint8(h), err1 == nil && err2 == nil && l <= h
}

// looksNumeric reports whether an entry is made of digits, dots and the signs
// of an address pattern: an address that somebody wrote without brackets.
func looksNumeric(s string) bool {
	if strings.Contains(s, ":") {
		return true
	}
	for _, c := range s {
		if (c < '0' || c > '9') && !strings.ContainsRune(".*-/", c) {
			return false
		}
	}
	return true
}
