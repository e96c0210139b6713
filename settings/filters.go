package settings

import (
	"fmt"
	"strings"

	"domigo/settings/match"
)

// BlackAction is the field "Desired action" of a blacklist.
type BlackAction int

// The values of the field, with its codes.
const (
	BlackLog    BlackAction = iota // 0: Log only
	BlackTag                       // 1: Log and tag message
	BlackReject                    // 2: Log and reject message
)

// WhiteAction is the field "Desired action" of a whitelist.
type WhiteAction int

// The values of the field, with its codes.
const (
	WhiteSilent WhiteAction = iota // 0: Silently skip blacklist filters
	WhiteLog                       // 1: Log only
	WhiteTag                       // 2: Log and tag message
)

// Filters are the inbound black- and whitelist filters, in the order in which
// they are asked: private whitelist, private blacklist, DNS whitelist, DNS
// blacklist ("Working with private whitelists for SMTP connections").
type Filters struct {
	PrivateWhite       bool
	PrivateWhiteHosts  match.HostList
	PrivateWhiteAction WhiteAction
	PrivateBlack       bool
	PrivateBlackHosts  match.HostList
	PrivateBlackAction BlackAction
	PrivateBlackReply  string // "" is Domino's own text
	DNSWhite           bool
	DNSWhiteSites      []string // asked in this order
	DNSWhiteAction     WhiteAction
	DNSBlack           bool
	DNSBlackSites      []string
	DNSBlackAction     BlackAction
	DNSBlackReply      string
	IPv6               bool // Domigo_DNSBLIPv6: IPv6 clients are looked up, too
	ExpandBlack        bool // SMTPExpandDNSBLStats
	ExpandWhite        bool // SMTPExpandDNSWLStats
}

// checkFilters tells which filter is on and can find nobody, and which site is
// no domain.
func (b *builder) checkFilters(s *Snapshot) {
	f := &s.Filters
	for _, x := range []struct {
		on    bool
		item  string
		blank bool
	}{
		{f.PrivateWhite, "SMTPPrivWLHosts", f.PrivateWhiteHosts.Blank()}, {f.PrivateBlack, "SMTPPrivBLHosts", f.PrivateBlackHosts.Blank()},
		{f.DNSWhite, "SMTPDNSWLSites", len(f.DNSWhiteSites) == 0}, {f.DNSBlack, "SMTPDNSBLSites", len(f.DNSBlackSites) == 0},
	} {
		if x.on && x.blank {
			b.listFinding(s, x.item, CodeFilterEmpty, "the filter is enabled and its list is empty: it finds nobody")
		}
	}
	for _, x := range []struct {
		item  string
		sites []string
	}{{"SMTPDNSWLSites", f.DNSWhiteSites}, {"SMTPDNSBLSites", f.DNSBlackSites}} {
		for _, site := range x.sites {
			if !isDomain(site) {
				b.listFinding(s, x.item, CodeFilterSite, fmt.Sprintf("entry %q is no domain name: it lists nobody", site))
			}
		}
	}
}

// isDomain reports whether a site of a DNS list can be asked in DNS: labels of
// letters, digits, hyphens and underscores, of up to 63 octets, short enough
// for an address in nibble form in front (RFC 1035, 2.3.4).
func isDomain(s string) bool {
	s = strings.TrimSuffix(s, ".")
	if s == "" || len(s) > 253-len("f.")*32 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}
