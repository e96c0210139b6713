package simulate

import (
	"net/netip"
	"slices"
	"strings"

	"domigo/directory"
	"domigo/settings"
	"domigo/settings/match"
	"domigo/smtpd/policy"
)

// nets are the networks whose hosts stand for what no list mentions: those of
// RFC 5737, then RFC 2544 and RFC 6598.
var nets = [...][3]byte{{203, 0, 113}, {198, 51, 100}, {192, 0, 2}, {198, 18, 0}, {100, 64, 0}}

// unlisted are the domains that stand for what no list mentions (RFC 6761).
var unlisted = [...]string{"unlisted.example", "unlisted.test", "unlisted.invalid"}

// maxMembers bounds the members of one group entry that get a class each.
const maxMembers = 50

// classes collects clients, each once.
type classes struct {
	lists []*match.HostList // of all sites: what stands for something else is in none
	hosts []Host
	seen  map[string]bool
}

// hostClasses gives the classes of clients that the settings of the sites may tell
// apart: with and without a name, with a local name that leads back or does not,
// on loopback, authenticated, and one for each entry of the relay controls'
// lists of hosts.
func hostClasses(sites ...Site) []Host {
	c := &classes{seen: map[string]bool{}}
	for _, site := range sites {
		r := &site.Settings.Relay
		c.lists = append(c.lists, &r.AllowHosts, &r.DenyHosts, &r.Exclude)
	}
	strange := c.spare(0)
	c.add("unknown host without a name", strange, "", true)
	c.add("unknown host with a name", c.spare(1), c.name(), true)
	for _, site := range sites {
		domains := site.Settings.Domains.Primary
		if len(sites) == 1 {
			domains = domains[:min(1, len(domains))] // one is as local as another
		}
		for _, domain := range domains {
			c.add("internal host: its name is local and leads back to it", c.spare(2), "host."+domain, true)
			c.add("host with a local name that does not lead back", c.spare(2), "host."+domain, false)
		}
	}
	c.add("loopback", netip.AddrFrom4([4]byte{127, 0, 0, 1}), "localhost", true)
	for _, site := range sites {
		r := &site.Settings.Relay
		c.listed("allowed host ", &r.AllowHosts, site.Directory)
		c.listed("denied host ", &r.DenyHosts, site.Directory)
		c.listed("excluded host ", &r.Exclude, site.Directory)
	}
	c.user("authenticated user on an unknown host", strange, false)
	for _, site := range sites {
		if site.Settings.Own.SubmissionPort > 0 {
			c.user("authenticated user on the submission port", strange, true)
		}
	}
	return c.hosts
}

// spare gives a host that no list holds but by "*", in a network by its number
// if there is one, else in any; where lists hold them all, the network's first.
func (c *classes) spare(net int) netip.Addr {
	for n := range len(nets) * 254 {
		base := nets[(net+n/254)%len(nets)]
		if ip := netip.AddrFrom4([4]byte{base[0], base[1], base[2], byte(1 + n%254)}); !c.holds(ip, nil) {
			return ip
		}
	}
	return netip.AddrFrom4([4]byte{nets[net][0], nets[net][1], nets[net][2], 1})
}

// name gives a host name that no list holds.
func (c *classes) name() string {
	for _, domain := range unlisted {
		if !c.holds(netip.Addr{}, []string{"host." + domain}) {
			return "host." + domain
		}
	}
	return "host." + unlisted[0]
}

func (c *classes) holds(ip netip.Addr, names []string) bool {
	return slices.ContainsFunc(c.lists, func(l *match.HostList) bool {
		hit := l.Match(ip, names)
		return hit.Found() && !hit.All
	})
}

func (c *classes) add(class string, ip netip.Addr, name string, confirmed bool) {
	client := policy.Client{IP: ip, PTR: policy.PTR{State: policy.NotFound, Confirm: policy.NotFound}}
	example := "[" + ip.String() + "]"
	if name != "" {
		client.PTR.State, client.PTR.Names = policy.Found, []string{name}
		example += " " + name
		if confirmed {
			client.PTR.Confirm, client.PTR.Confirmed = policy.Found, []string{name}
		} else {
			example += " (unconfirmed)"
		}
	}
	c.put(Host{class, example, client})
}

func (c *classes) put(h Host) {
	if !c.seen[h.Example] {
		c.seen[h.Example] = true
		c.hosts = append(c.hosts, h)
	}
}

func (c *classes) user(class string, ip netip.Addr, submission bool) {
	client := policy.Client{IP: ip, PTR: policy.PTR{State: policy.NotFound, Confirm: policy.NotFound},
		User: "Somebody", TLS: true, Submission: submission}
	example := "[" + ip.String() + "] authenticated"
	if submission {
		example += ", submission port"
	}
	c.put(Host{class, example, client})
}

// listed adds a client for each entry of a list, and of a group one for each
// member, up to a bound. "*" means everybody, and an entry that can never match
// nobody: neither gets a class.
func (c *classes) listed(class string, l *match.HostList, dir *directory.Directory) {
	for _, entry := range l.Entries() {
		for _, m := range membersOf(entry, dir) {
			of := class + entry
			if m != entry {
				of += " " + m
			}
			ip, name, ok := hostOf(m)
			if !ip.IsValid() {
				ip = c.spare(1)
			}
			var names []string
			if name != "" {
				names = []string{name}
			}
			if ok && l.Match(ip, names).Found() {
				c.add(of, ip, name, true)
			}
		}
	}
}

// membersOf gives the members of a group entry, else the entry itself.
func membersOf(entry string, dir *directory.Directory) []string {
	members, ok := dir.Expand(entry)
	if !ok {
		return []string{entry}
	}
	return members[:min(len(members), maxMembers)]
}

// hostOf gives a host that an entry means: an address, or a name for a host at
// any address.
func hostOf(entry string) (ip netip.Addr, name string, ok bool) {
	in, bracket := strings.CutPrefix(strings.TrimSpace(entry), "[")
	if !bracket {
		name = strings.ToLower(entry)
		if name == "" || strings.ContainsAny(name, "*@%[] /") {
			return netip.Addr{}, "", false
		}
		if strings.HasPrefix(name, ".") {
			name = "host" + name
		}
		return netip.Addr{}, name, true
	}
	in = strings.TrimSpace(strings.TrimSuffix(in, "]"))
	if len(in) > 5 && strings.EqualFold(in[:5], "IPv6:") {
		in = in[5:]
	}
	if p, err := netip.ParsePrefix(in); err == nil {
		return inside(p.Masked()), "", true
	}
	parts := strings.Split(in, ".")
	for i, part := range parts {
		if part == "*" {
			part = "1"
		}
		parts[i], _, _ = strings.Cut(part, "-")
	}
	ip, err := netip.ParseAddr(strings.Join(parts, "."))
	return ip.Unmap(), "", err == nil
}

// inside gives an address of a network: the one behind its own, if it has one.
func inside(p netip.Prefix) netip.Addr {
	if next := p.Addr().Next(); p.Contains(next) {
		return next.Unmap()
	}
	return p.Addr().Unmap()
}

// destinationClasses gives the classes of domains that the settings of the sites may
// tell apart: one local, one that nothing mentions, one for each entry of the
// relay controls' lists of domains.
func destinationClasses(sites ...Site) []Destination {
	var out []Destination
	seen := map[string]bool{}
	add := func(class, domain string) {
		if !seen[domain] {
			seen[domain] = true
			out = append(out, Destination{class, domain})
		}
	}
	for _, site := range sites {
		for _, domain := range site.Settings.Domains.Primary {
			add("local domain", domain)
		}
	}
	var lists []*match.DomainList
	for _, site := range sites {
		r := &site.Settings.Relay
		listedDomains(site, "allowed ", &r.AllowDomains, add)
		listedDomains(site, "denied ", &r.DenyDomains, add)
		lists = append(lists, &r.AllowDomains, &r.DenyDomains)
	}
	other := unlisted[0]
	for _, domain := range unlisted {
		if !slices.ContainsFunc(lists, func(l *match.DomainList) bool { hit := l.Match(domain, nil); return hit.Found() && !hit.All }) {
			other = domain
			break
		}
	}
	add("any other domain", other)
	return out
}

// listedDomains adds a domain for each entry of a list, and of a group one for
// each member, up to a bound.
func listedDomains(site Site, class string, l *match.DomainList, add func(class, domain string)) {
	for _, entry := range l.Entries() {
		for _, m := range membersOf(entry, site.Directory) {
			domain, ok := domainOf(site.Settings, m)
			if ok && l.Match(domain, site.Settings.Domains.NotesDomainsOf(domain)).Found() {
				add(class+entry, domain)
			}
		}
	}
}

// domainOf gives a domain that an entry means. "*" means every one.
func domainOf(snap *settings.Snapshot, entry string) (string, bool) {
	entry = strings.ToLower(strings.TrimSpace(entry))
	notes, isNotes := strings.CutPrefix(entry, "%")
	if isNotes {
		for _, n := range snap.Domains.Notes {
			if n.Notes == notes {
				return n.Internet, true
			}
		}
		return notes, notes != ""
	}
	entry = strings.TrimPrefix(entry, "@")
	if strings.HasPrefix(entry, ".") {
		entry = "host" + entry
	}
	return entry, entry != "" && !strings.ContainsAny(entry, "*@[ /")
}
