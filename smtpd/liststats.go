package smtpd

import (
	"net/netip"
	"slices"
	"strings"
	"sync"

	"domigo/smtpd/policy"
)

// maxListHosts bounds how many hosts of each kind of DNS list are counted one
// by one; hits of further ones are in the total only.
const maxListHosts = 1000

// ListHits is how often one host was found in one DNS list.
type ListHits struct {
	Site   string // lower case
	Client netip.Addr
	Hits   int64
}

// name is Domino's name of the statistic.
func (h ListHits) name(family string) string {
	return family + "." + h.Site + "." + h.Client.String() + ".Hits"
}

// each calls f with the statistics of one kind of DNS list.
func each(family string, hosts []ListHits, total int64, f func(name string, value int64)) {
	f(family+".TotalHits", total)
	for _, h := range hosts {
		f(h.name(family), h.Hits)
	}
}

// listCounters count the hits of the black- and whitelists since the listener
// started: "a restart zeroes them" ("Enabling DNS whitelist filters").
type listCounters struct {
	mu    sync.Mutex
	total map[policy.List]int64
	hosts map[policy.List]map[listHost]int64
}

type listHost struct {
	site   string
	client netip.Addr
}

func (c *listCounters) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total, c.hosts = map[policy.List]int64{}, map[policy.List]map[listHost]int64{}
}

// hit counts a host found in a list; expand counts it by itself, too.
func (c *listCounters) hit(l policy.List, site string, client netip.Addr, expand bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total[l]++
	if !expand {
		return
	}
	if c.hosts[l] == nil {
		c.hosts[l] = map[listHost]int64{}
	}
	h := listHost{strings.ToLower(strings.TrimSuffix(site, ".")), client}
	if _, known := c.hosts[l][h]; known || len(c.hosts[l]) < maxListHosts {
		c.hosts[l][h]++
	}
}

// into fills in the values now.
func (c *listCounters) into(s *Stats) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.PrivateWhitelist, s.PrivateBlacklist = c.total[policy.PrivateWhitelist], c.total[policy.PrivateBlacklist]
	s.DNSWhitelist, s.DNSBlacklist = c.total[policy.DNSWhitelist], c.total[policy.DNSBlacklist]
	s.WhitelistHosts, s.BlacklistHosts = c.sorted(policy.DNSWhitelist), c.sorted(policy.DNSBlacklist)
}

// sorted gives the hosts of a list by site and address; c.mu is held.
func (c *listCounters) sorted(l policy.List) []ListHits {
	var out []ListHits
	for h, n := range c.hosts[l] {
		out = append(out, ListHits{h.site, h.client, n})
	}
	slices.SortFunc(out, func(a, b ListHits) int {
		if d := strings.Compare(a.Site, b.Site); d != 0 {
			return d
		}
		return a.Client.Compare(b.Client)
	})
	return out
}
