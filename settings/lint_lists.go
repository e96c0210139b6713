package settings

import (
	"net/netip"
	"strconv"
	"strings"

	"domigo/settings/match"
)

// pair is an Allow and a Deny field that belong together.
type pair struct {
	allow, deny   string // items
	allowed       []string
	denied        []string
	starGivesWay  bool // "*" in the Deny field gives way to a named Allow entry
	covers        func(denied []string) func(entry string) string
	refusesAllBut bool // "*" in the Deny field refuses everybody
}

// lintShadowed looks at the fields that come in pairs: entries without effect,
// and entries that stand twice.
func (b *builder) lintShadowed(s *Snapshot) {
	r := &s.Relay
	pairs := []pair{
		{"SMTPRlyAllowHosts", "SMTPRlyDenyHosts", r.AllowHosts.Entries(), r.DenyHosts.Entries(), true, hostCover, false},
		{"SMTPRlyAllowDoms", "SMTPRlyDenyDoms", r.AllowDomains.Entries(), r.DenyDomains.Entries(), true, domainCover, false},
		{"SMTPAllowConnHosts", "SMTPDenyConnHosts", s.Connection.Allow.Entries(), s.Connection.Deny.Entries(), false, hostCover, true},
		{"SMTPAllowSenders", "SMTPDenySenders", s.Senders.Allow.Entries(), s.Senders.Deny.Entries(), false, addressCover, false},
		{"SMTPAllowRcpts", "SMTPDenyRcpts", s.Recipients.Allow.Entries(), s.Recipients.Deny.Entries(), false, addressCover, false},
	}
	for _, p := range pairs {
		b.lintPair(s, p)
	}
	for _, l := range checkedLists(s) {
		b.lintTwice(s, l.item, l.list.Entries())
	}
	b.lintOverruled(s)
}

func (b *builder) lintPair(s *Snapshot, p pair) {
	var named []string
	star := false
	for _, d := range p.denied {
		if d == "*" {
			star = true
		} else {
			named = append(named, d)
		}
	}
	if star && p.refusesAllBut {
		b.listFinding(s, p.deny, CodeConnectNobody, "* refuses every host, those of the Allow field included")
		return
	}
	if star && !p.starGivesWay {
		named = append(named, "*")
	}
	if len(p.allowed) == 0 || len(named) == 0 && !star {
		return
	}
	cover := p.covers(named)
	for _, a := range p.allowed {
		by := cover(a)
		if a == "*" && star {
			by = "*"
		}
		if by != "" {
			b.listFinding(s, p.allow, CodeEntryHidden, "entry "+quoted(a)+" has no effect: "+quoted(by)+" in "+p.deny+" covers it, and Deny wins")
		}
	}
}

// lintTwice finds entries that stand in a list twice.
func (b *builder) lintTwice(s *Snapshot, item string, entries []string) {
	seen := map[string]int{}
	for _, e := range entries {
		key := strings.ToLower(e)
		if seen[key]++; seen[key] == 2 {
			b.listFinding(s, item, CodeEntryTwice, "entry "+quoted(e)+" stands there twice")
		}
	}
}

// lintOverruled finds Deny entries of hosts that an Allow entry of
// destinations passes by, and the other way round: since Release 6 Allow goes
// before Deny between the two pairs ("Setting inbound relay controls").
func (b *builder) lintOverruled(s *Snapshot) {
	if s.SMTP.DenyWins || s.Relay.Enforcement == EnforceNone && !s.SMTP.AllHostsExternal {
		return
	}
	for _, x := range []struct {
		deny, allow   string
		denied, names []string
		text          string
	}{
		{"SMTPRlyDenyHosts", "SMTPRlyAllowDoms", s.Relay.DenyHosts.Entries(), s.Relay.AllowDomains.Entries(), "these hosts may all the same relay to what SMTPRlyAllowDoms names"},
		{"SMTPRlyDenyDoms", "SMTPRlyAllowHosts", s.Relay.DenyDomains.Entries(), s.Relay.AllowHosts.Entries(), "the hosts that SMTPRlyAllowHosts names may all the same relay to these domains"},
	} {
		var named []string
		for _, d := range x.denied {
			if d != "*" {
				named = append(named, d)
			}
		}
		if len(named) > 0 && len(x.names) > 0 {
			b.listFinding(s, x.deny, CodeDenyOverruled, few(named, 3)+": "+x.text+" ("+few(x.names, 3)+")")
		}
	}
}

// hostCover gives a function that tells which of some entries for hosts covers
// another one, "" for none.
func hostCover(entries []string) func(string) string {
	l := match.Hosts(entries, match.NoGroups{})
	return func(entry string) string {
		if !strings.HasPrefix(entry, "[") {
			if !strings.Contains(entry, ".") {
				return same(entries, entry)
			}
			return l.Match(netip.Addr{}, []string{strings.ToLower(entry)}).Entry
		}
		low, high, ok := corners(entry)
		if !ok {
			return ""
		}
		hit := l.Match(low, nil)
		if hit.Found() && l.Match(high, nil).Entry == hit.Entry {
			return hit.Entry
		}
		return ""
	}
}

// domainCover does so for entries for destinations.
func domainCover(entries []string) func(string) string {
	l := match.Domains(entries, match.NoGroups{})
	return func(entry string) string {
		if strings.HasPrefix(entry, "%") || !strings.Contains(entry, ".") {
			return same(entries, entry)
		}
		return whole(entry, l.Match(strings.ToLower(strings.TrimPrefix(entry, "@")), nil).Entry)
	}
}

// addressCover does so for entries for addresses and their domains.
func addressCover(entries []string) func(string) string {
	l := match.Addresses(entries, match.NoGroups{}, false)
	return func(entry string) string {
		if !strings.Contains(entry, ".") {
			return same(entries, entry)
		}
		at := strings.LastIndexByte(entry, '@')
		local := entry[:max(at, 0)]
		return whole(entry, l.Match(local, entry[at+1:]).Entry)
	}
}

// whole leaves out a hit of "@domain" for the entry "domain", which is a
// trailing substring and so means more than that domain.
func whole(entry, hit string) string {
	if strings.HasPrefix(hit, "@") && !strings.Contains(entry, "@") {
		return ""
	}
	return hit
}

// same gives the entry that equals another one: for groups, which are not
// taken apart.
func same(entries []string, entry string) string {
	for _, e := range entries {
		if e == "*" || strings.EqualFold(e, entry) {
			return e
		}
	}
	return ""
}

// corners gives the first and the last address of an entry in brackets. An
// entry is a product of ranges, one for each octet, and so is what may cover
// it; both corners inside therefore mean all of it.
func corners(entry string) (low, high netip.Addr, ok bool) {
	text := strings.TrimSuffix(strings.TrimPrefix(entry, "["), "]")
	if p, err := netip.ParsePrefix(text); err == nil {
		p = p.Masked()
		last := p.Addr().AsSlice()
		for bit := p.Bits(); bit < len(last)*8; bit++ {
			last[bit/8] |= 0x80 >> (bit % 8)
		}
		high, ok = netip.AddrFromSlice(last)
		return p.Addr(), high, ok
	}
	if a, err := netip.ParseAddr(text); err == nil {
		return a, a, true
	}
	parts := strings.Split(text, ".")
	if len(parts) != 4 {
		return low, high, false
	}
	var from, to [4]byte
	for i, p := range parts {
		first, last, ranged := strings.Cut(p, "-")
		if p == "*" {
			first, last = "0", "255"
		} else if !ranged {
			last = first
		}
		a, errA := strconv.ParseUint(first, 10, 8)
		b, errB := strconv.ParseUint(last, 10, 8)
		if errA != nil || errB != nil {
			return low, high, false
		}
		from[i], to[i] = byte(a), byte(b)
	}
	return netip.AddrFrom4(from), netip.AddrFrom4(to), true
}
