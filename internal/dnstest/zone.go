package dnstest

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/miekg/dns"
)

const (
	defaultTTL    = 300
	negativeTTL   = 60
	maxCNAMEChain = 16
)

// fault is what a server does instead of answering.
type fault int

const (
	servfail fault = iota + 1
	timeout
)

// zone is the parsed text of a zone; it does not change.
type zone struct {
	records map[string]map[uint16][]dns.RR // by name, lower case with the dot at the end
	exists  map[string]bool                // names with records at or below them
	faults  map[string]fault
}

// parseZone reads zone text. Its own lines are taken out first; what is left
// keeps its line numbers for the messages of the zone parser.
func parseZone(text string) (*zone, error) {
	z := &zone{records: map[string]map[uint16][]dns.RR{}, exists: map[string]bool{}, faults: map[string]fault{}}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		var err error
		switch f[0] {
		case "SERVFAIL", "TIMEOUT":
			err = z.addFault(f)
		case "REVERSE":
			lines[i], err = reverseLine(f)
		default:
			// Indented Go literals are zone text too; a blank first would
			// stand for the owner name of the line before.
			lines[i] = strings.TrimLeft(line, " \t")
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("zone:%d: %w", i+1, err)
		}
		if f[0] != "REVERSE" {
			lines[i] = ""
		}
	}
	zp := dns.NewZoneParser(strings.NewReader(strings.Join(lines, "\n")), ".", "zone")
	zp.SetDefaultTTL(defaultTTL)
	for rr, ok := zp.Next(); ok; rr, ok = zp.Next() {
		z.add(rr)
	}
	if err := zp.Err(); err != nil {
		return nil, fmt.Errorf("parse zone: %w", err)
	}
	return z, nil
}

func (z *zone) add(rr dns.RR) {
	name := dns.CanonicalName(rr.Header().Name)
	if z.records[name] == nil {
		z.records[name] = map[uint16][]dns.RR{}
	}
	typ := rr.Header().Rrtype
	z.records[name][typ] = append(z.records[name][typ], rr)
	for ; !z.exists[name]; name = parent(name) {
		z.exists[name] = true
	}
}

func (z *zone) addFault(f []string) error {
	if len(f) != 2 {
		return fmt.Errorf("%s wants one name", f[0])
	}
	name := f[1]
	if addr, err := netip.ParseAddr(name); err == nil {
		if name, err = dns.ReverseAddr(addr.String()); err != nil {
			return err
		}
	}
	kind := servfail
	if f[0] == "TIMEOUT" {
		kind = timeout
	}
	z.faults[dns.CanonicalName(name)] = kind
	return nil
}

// reverseLine turns "REVERSE address name" into a PTR record.
func reverseLine(f []string) (string, error) {
	if len(f) != 3 {
		return "", fmt.Errorf("REVERSE wants an address and a name")
	}
	name, err := dns.ReverseAddr(f[1])
	if err != nil {
		return "", err
	}
	return name + " PTR " + dns.Fqdn(f[2]), nil
}

// parent gives the name without its first label; the root is its own parent.
func parent(name string) string {
	i, end := dns.NextLabel(name, 0)
	if end {
		return "."
	}
	return name[i:]
}

// answer gives the sections for a question: records and the CNAMEs that lead
// to them, or the SOA record that says how long the absence holds.
func (z *zone) answer(name string, typ uint16) (rcode int, answer, authority []dns.RR) {
	for range maxCNAMEChain {
		key := dns.CanonicalName(name)
		set, found := z.lookup(key)
		if rrs := set[typ]; len(rrs) > 0 {
			return dns.RcodeSuccess, append(answer, owned(rrs, name)...), nil
		}
		cname := set[dns.TypeCNAME]
		if len(cname) == 0 {
			if !found {
				rcode = dns.RcodeNameError
			}
			return rcode, answer, []dns.RR{z.soa(key)}
		}
		answer = append(answer, owned(cname, name)...)
		name = cname[0].(*dns.CNAME).Target
	}
	return dns.RcodeSuccess, answer, nil
}

// lookup gives the records of a name, those of a wildcard above it if the name
// does not exist (RFC 4592), and whether there is such a name at all.
func (z *zone) lookup(key string) (map[uint16][]dns.RR, bool) {
	if z.exists[key] {
		return z.records[key], true
	}
	for key != "." {
		key = parent(key)
		if z.exists[key] {
			set, found := z.records["*."+strings.TrimPrefix(key, ".")]
			return set, found
		}
	}
	return nil, false
}

// owned copies records for the name asked for, which may differ in case or
// come from a wildcard.
func owned(rrs []dns.RR, name string) []dns.RR {
	out := make([]dns.RR, len(rrs))
	for i, rr := range rrs {
		out[i] = dns.Copy(rr)
		out[i].Header().Name = name
	}
	return out
}

// soa gives the SOA record nearest above key, else one of the root.
func (z *zone) soa(key string) dns.RR {
	for {
		if rrs := z.records[key][dns.TypeSOA]; len(rrs) > 0 {
			return rrs[0]
		}
		if key == "." {
			break
		}
		key = parent(key)
	}
	return &dns.SOA{
		Hdr: dns.RR_Header{Name: ".", Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: negativeTTL},
		Ns:  "ns.invalid.", Mbox: "hostmaster.invalid.", Serial: 1, Minttl: negativeTTL,
	}
}
