package policy

import (
	"fmt"
	"net/netip"
	"strings"

	"domigo/settings"
)

const (
	labelPrivateWhite = "Private Whitelist filter"
	labelPrivateBlack = "Private Blacklist filter"
	labelDNSWhite     = "DNS Whitelist filters"
	labelDNSBlack     = "DNS Blacklist filters"
)

// List is one of the four filters.
type List uint8

// The filters, in the order in which they are asked.
const (
	NoList List = iota
	PrivateWhitelist
	PrivateBlacklist
	DNSWhitelist
	DNSBlacklist
)

// String gives the filter's name: as a tag holds it, of the private lists.
func (l List) String() string {
	return [...]string{"", "PrivateWhitelist", "PrivateBlacklist", "DNSWhitelist", "DNSBlacklist"}[l]
}

// Header fields that tag a message: Domino's items $DNSBLSite and $DNSWLSite.
const (
	TagBlack = "X-DNSBLSite"
	TagWhite = "X-DNSWLSite"
)

// Answer is what DNS said when a site was asked for the client's address.
type Answer struct {
	Site  string       // as the list of sites holds it
	State LookupState  // Failed for an answer that did not come, or not in time
	Addrs []netip.Addr // with Found
}

// Code says what an answer means.
type Code uint8

// The meanings.
const (
	NotListed Code = iota
	Listed
	ListError // the list refuses to answer
)

// Code reads the answer: only addresses in 127.0.0.0/8 list a host (RFC 5782,
// 2.1), and those in 127.255.255.0/24 say that the list does not want to be
// asked so.
func (a Answer) Code() Code {
	code := NotListed
	for _, addr := range a.Addrs {
		switch b := addr.Unmap(); {
		case !b.Is4() || b.As4()[0] != 127:
		case b.As4()[1] == 255 && b.As4()[2] == 255:
			return ListError
		default:
			code = Listed
		}
	}
	return code
}

// FilterFacts are the answers of the DNS lists so far. They are facts about the
// client's address, whatever the settings.
type FilterFacts struct{ Answers []Answer }

// find gives the answer of a site; its zero value is Unknown.
func (f *FilterFacts) find(site string) Answer {
	for _, a := range f.Answers {
		if strings.EqualFold(a.Site, site) {
			return a
		}
	}
	return Answer{}
}

// ListName gives the name to ask a DNS list for: the address backwards, octet
// by octet or, of IPv6, nibble by nibble, in front of the site (RFC 5782, 2.1
// and 2.4).
func ListName(ip netip.Addr, site string) string {
	var b strings.Builder
	if ip = ip.Unmap(); ip.Is4() {
		a := ip.As4()
		fmt.Fprintf(&b, "%d.%d.%d.%d.", a[3], a[2], a[1], a[0])
	} else {
		a := ip.As16()
		for i := len(a) - 1; i >= 0; i-- {
			fmt.Fprintf(&b, "%x.%x.", a[i]&0xf, a[i]>>4)
		}
	}
	b.WriteString(strings.TrimSuffix(site, "."))
	return b.String()
}

// FilterVerdict is what the four filters make of a host. The zero value: it is
// in none of them. Verdicts may be compared.
type FilterVerdict struct {
	Verdict         // accepts, rejects with 554, or asks; Console is the line of a rejection
	List     List   // where the host was found
	Site     string // of a DNS list; with NeedListing the one to ask
	Found    string // console line after "SMTP Server: " that tells it, "" for none; it comes before Console
	TagName  string // header field that tags the messages of the session, "" for none
	TagValue string
}

// Filter asks the black- and whitelist filters: private whitelist, private
// blacklist, DNS whitelist, DNS blacklist. The first that holds the host
// settles the matter ("Working with private whitelists for SMTP connections").
// They concern hosts that are subject to relay enforcement, whoever
// authenticates there, and not the submission port. A host in a whitelist is
// spared the lists behind it and no other control. The DNS lists are asked one
// by one, in order; an answer that did not come lists nobody.
func Filter(s *settings.Snapshot, c *Client, f *FilterFacts, t *Trail) FilterVerdict {
	if c.Submission {
		t.addClient("submission port", c, "no black- and whitelist filters")
		return FilterVerdict{}
	}
	if !anyFilter(&s.Filters) {
		return FilterVerdict{}
	}
	exempt, need := hostExempted(s, c, t)
	switch {
	case need != NeedNothing:
		return askFor(need, labelEnforcement)
	case exempt:
		t.addClient(labelEnforcement, c, "not subject to it: no black- and whitelist filters")
		return FilterVerdict{}
	}
	for _, ask := range [...]func(*settings.Snapshot, *Client, *FilterFacts, *Trail) (FilterVerdict, bool){
		privateWhite, privateBlack, dnsWhite, dnsBlack,
	} {
		if v, settled := ask(s, c, f, t); settled {
			return v
		}
	}
	return FilterVerdict{}
}

// anyFilter reports whether a filter is on that has something to look in.
func anyFilter(f *settings.Filters) bool {
	return f.PrivateWhite && !f.PrivateWhiteHosts.Blank() || f.PrivateBlack && !f.PrivateBlackHosts.Blank() ||
		f.DNSWhite && len(f.DNSWhiteSites) > 0 || f.DNSBlack && len(f.DNSBlackSites) > 0
}

func askFor(need Need, rule string) FilterVerdict {
	return FilterVerdict{Verdict: Verdict{Action: Ask, Need: need, Rule: rule}}
}

func privateWhite(s *settings.Snapshot, c *Client, _ *FilterFacts, t *Trail) (FilterVerdict, bool) {
	if !s.Filters.PrivateWhite {
		return FilterVerdict{}, false
	}
	entry, need := trustedMatch(s, c, &s.Filters.PrivateWhiteHosts)
	if need != NeedNothing {
		return askFor(need, labelPrivateWhite), true
	}
	if entry == "" {
		return FilterVerdict{}, false
	}
	t.addClient(labelPrivateWhite, c, "matches ", entry, ": no other filter is asked")
	return white(c, PrivateWhitelist, "", s.Filters.PrivateWhiteAction), true
}

func privateBlack(s *settings.Snapshot, c *Client, _ *FilterFacts, t *Trail) (FilterVerdict, bool) {
	hosts := &s.Filters.PrivateBlackHosts
	if !s.Filters.PrivateBlack || hosts.Blank() {
		return FilterVerdict{}, false
	}
	hit := hosts.Match(c.IP, nil)
	if !hit.Found() || hit.All {
		if n := needName(c, hosts.NeedsName()); n != NeedNothing {
			return askFor(n, labelPrivateBlack), true
		}
		hit = hosts.Match(c.IP, c.PTR.Names)
	}
	if !hit.Found() {
		return FilterVerdict{}, false
	}
	v := black(c, PrivateBlacklist, "", s.Filters.PrivateBlackAction, s.Filters.PrivateBlackReply)
	t.addBlack(labelPrivateBlack, c, hit.Entry, v)
	return v, true
}

// addBlack records that a host is in a blacklist and what follows.
func (t *Trail) addBlack(label string, c *Client, entry string, v FilterVerdict) {
	switch {
	case v.Action == Ask:
	case v.Action == Reject:
		t.addClient(label, c, "matches ", entry, ": refused")
	default:
		t.addClient(label, c, "matches ", entry, ": accepted all the same")
	}
}

func dnsWhite(s *settings.Snapshot, c *Client, f *FilterFacts, t *Trail) (FilterVerdict, bool) {
	if !s.Filters.DNSWhite {
		return FilterVerdict{}, false
	}
	site, v, settled := askSites(s, c, f, s.Filters.DNSWhiteSites, labelDNSWhite, t)
	if site == "" {
		return v, settled
	}
	t.addClient(labelDNSWhite, c, "matches ", site, ": the blacklists are not asked")
	return white(c, DNSWhitelist, site, s.Filters.DNSWhiteAction), true
}

func dnsBlack(s *settings.Snapshot, c *Client, f *FilterFacts, t *Trail) (FilterVerdict, bool) {
	if !s.Filters.DNSBlack {
		return FilterVerdict{}, false
	}
	site, v, settled := askSites(s, c, f, s.Filters.DNSBlackSites, labelDNSBlack, t)
	if site == "" {
		return v, settled
	}
	v = black(c, DNSBlacklist, site, s.Filters.DNSBlackAction, s.Filters.DNSBlackReply)
	t.addBlack(labelDNSBlack, c, site, v)
	return v, true
}

// askSites goes through the sites until one lists the client, and gives that
// one. settled says that a site must be asked first; then v asks for it. An
// IPv6 client is not looked up, as in Domino, unless Domigo_DNSBLIPv6 says so.
func askSites(s *settings.Snapshot, c *Client, f *FilterFacts, sites []string, label string, t *Trail) (site string, v FilterVerdict, settled bool) {
	if !c.IP.Unmap().Is4() && !s.Filters.IPv6 {
		t.addClient(label, c, "an IPv6 host is not looked up")
		return "", FilterVerdict{}, false
	}
	for _, site := range sites {
		a := f.find(site)
		if a.State == Unknown {
			v = askFor(NeedListing, label)
			v.Site = site
			return "", v, true
		}
		switch a.Code() {
		case Listed:
			return site, FilterVerdict{}, true
		case ListError:
			t.addClient(label, c, site, " answers with an error: not listed")
		default:
			t.addClient(label, c, "not in ", site)
		}
	}
	return "", FilterVerdict{}, false
}

// white is the verdict about a host in a whitelist.
func white(c *Client, l List, site string, a settings.WhiteAction) FilterVerdict {
	v := FilterVerdict{List: l, Site: site}
	v.Rule = labelPrivateWhite
	if l == DNSWhitelist {
		v.Rule = labelDNSWhite
	}
	if a == settings.WhiteSilent {
		return v
	}
	if n := needName(c, true); n != NeedNothing {
		return askFor(n, v.Rule)
	}
	v.Found = found(c, "whitelist", site)
	if a == settings.WhiteTag {
		v.TagName, v.TagValue = TagWhite, v.tag()
	}
	return v
}

// black is the verdict about a host in a blacklist.
func black(c *Client, l List, site string, a settings.BlackAction, custom string) FilterVerdict {
	v := FilterVerdict{List: l, Site: site}
	v.Rule = labelPrivateBlack
	if l == DNSBlacklist {
		v.Rule = labelDNSBlack
	}
	if n := needName(c, true); n != NeedNothing {
		return askFor(n, v.Rule)
	}
	v.Found = found(c, "blacklist", site)
	switch a {
	case settings.BlackTag:
		v.TagName, v.TagValue = TagBlack, v.tag()
	case settings.BlackReject:
		kind := "private"
		values := []string{c.IP.String()}
		if l == DNSBlacklist {
			kind = "DNS"
			values = append(values, site)
		}
		v.Action, v.Code, v.Text = Reject, 554, customReply(custom, values)
		v.Console = "Message from " + c.shown() + " rejected by " + kind + " blacklist filter"
	}
	return v
}

// tag is the value of the header field.
func (v *FilterVerdict) tag() string {
	if v.Site != "" {
		return v.Site
	}
	return v.List.String()
}

func found(c *Client, kind, site string) string {
	if site == "" {
		return "Remote host " + c.shown() + " found in private " + kind
	}
	return "Remote host " + c.shown() + " found in " + kind + " at " + site
}

// shown gives the client as the console lines of the filters name it: address
// and, if it has one, name.
func (c *Client) shown() string {
	if len(c.PTR.Names) == 0 {
		return c.IP.String()
	}
	return c.IP.String() + " (" + c.PTR.Names[0] + ")"
}

// defaultReply stands where no custom text is given (Redbook SG24-6930, p. 35).
const defaultReply = "Connection denied based on policy reason."

// maxReply keeps a reply line, with code, blank and line end, within the 512
// octets of RFC 5321, 4.5.3.1.5.
const maxReply = 506

// customReply puts the values in for the first %s each; every further %s and
// any other % is literal.
func customReply(text string, values []string) string {
	if strings.TrimSpace(text) == "" {
		return defaultReply
	}
	parts := strings.SplitN(text, "%s", len(values)+1)
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteString(values[i-1])
		}
		b.WriteString(p)
	}
	out := b.String()
	return strings.ToValidUTF8(out[:min(len(out), maxReply)], "")
}
