package smtpd

import (
	"bufio"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"domigo/internal/dnstest"
	"domigo/resolver"
	"domigo/smtpd/policy"
)

// TestFilterBudget holds that DNS lists which do not answer delay the greeting
// by the budget and no longer, each of them by its own share, and that those
// asked in time count.
func TestFilterBudget(t *testing.T) {
	for _, tt := range []struct {
		name  string
		sites int
		lists string // the site that lists the host
		want  time.Duration
		code  string
	}{
		{"one", 1, "", siteBudget, "250"},
		{"two, and a third lists the host", 3, "site2.example", 2 * siteBudget, "554"},
		{"many", 20, "site19.example", listBudget, "250"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				defer r.close()
				var sites []string
				for i := range tt.sites {
					site := fmt.Sprintf("site%d.example", i)
					sites = append(sites, site)
					r.dns.slow["8.1.10.10."+site] = site != tt.lists
				}
				r.dns.addrs["8.1.10.10."+tt.lists] = []netip.Addr{netip.MustParseAddr("127.0.0.2")}
				r.dns.slow["8.1.10.10.site19.example"] = true
				r.set("Filters.DNSBlack", "on")
				r.set("Filters.DNSBlackSites", strings.Join(sites, " "))
				r.set("Filters.DNSBlackAction", "2")
				began := time.Now()
				c := join(t, r, "220")
				if took := time.Since(began); took != tt.want {
					t.Errorf("the greeting came after %v, want %v", took, tt.want)
				}
				c.say("MAIL FROM:<a@b.com>", tt.code)
				c.conn.Close()
			})
		})
	}
}

// TestFilterAsksDNS holds, against a DNS server, what is asked on the wire: one
// list after the other until one lists the host, nothing twice within the TTL,
// and nothing at all at the submission port or about exempt hosts.
func TestFilterAsksDNS(t *testing.T) {
	server := dnstest.Start(t, `
		8.1.10.10.first.example 60 A 198.51.100.1
		8.1.10.10.second.example 300 A 127.0.0.2
		8.1.10.10.third.example A 127.0.0.2
		REVERSE 10.10.1.8 dial-up.example`)
	var clock atomic.Int64
	clock.Store(time.Date(2009, 7, 25, 0, 0, 0, 0, time.UTC).UnixNano())
	dns, err := resolver.New(resolver.Config{Servers: []string{server.Addr}, Now: func() time.Time { return time.Unix(0, clock.Load()) }})
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, func(c *Config) { c.Resolver = dns })
	defer r.close()
	r.set("Filters.DNSBlack", "on")
	r.set("Filters.DNSBlackSites", "first.example second.example third.example")
	r.set("Filters.DNSBlackAction", "2")
	r.set("Ports.NamePassword", "on")

	visit := func(kind Kind, want string) {
		t.Helper()
		c := &client{t: t, conn: r.dial(kind, "10.10.1.8")}
		c.in = bufio.NewReader(c.conn)
		c.want("220")
		c.say("EHLO abc.com", "250", "AUTH PLAIN AGpkb2UAcGFzc3dvcmQ=", "235", "MAIL FROM:<a@b.com>", want, "QUIT", "221")
		c.conn.Close()
	}
	counts := func(what string, want ...int) {
		t.Helper()
		var got []int
		for _, site := range []string{"first", "second", "third"} {
			got = append(got, server.Count("8.1.10.10."+site+".example", "A"))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: the lists were asked %v times, want %v", what, got, want)
		}
	}

	visit(Submission, "250")
	if all, _ := server.Queries(); all != 0 {
		t.Errorf("the submission listener asked DNS %d times", all)
	}
	visit(Plain, "554")
	counts("the first connection", 1, 1, 0)
	visit(Plain, "554")
	counts("again", 1, 1, 0)
	clock.Add(int64(61 * time.Second))
	visit(Plain, "554")
	counts("after the first TTL", 2, 1, 0)
	clock.Add(int64(240 * time.Second))
	visit(Plain, "554")
	counts("after both", 3, 2, 0)
	r.set("Relay.Exclude", "[10.10.1.8]")
	clock.Add(int64(time.Hour))
	visit(Plain, "250")
	counts("an exempt host", 3, 2, 0)
	if got := server.Count("8.1.10.10.second.example", "AAAA"); got != 0 {
		t.Errorf("%d questions for AAAA", got)
	}
}

// TestListStatistics holds the names and values, that no more hosts are counted
// one by one than the bound, and that a new listener begins at zero.
func TestListStatistics(t *testing.T) {
	counters := &Counters{}
	New(Config{Counters: counters})
	l := &counters.lists
	addr := netip.MustParseAddr
	l.hit(policy.DNSBlacklist, "BL.example.", addr("10.0.0.10"), true)
	l.hit(policy.DNSBlacklist, "bl.example", addr("10.0.0.9"), true)
	l.hit(policy.DNSBlacklist, "bl.example", addr("10.0.0.10"), true)
	l.hit(policy.DNSBlacklist, "bl.example", addr("10.0.0.11"), false)
	l.hit(policy.DNSWhitelist, "wl.example", addr("2001:db8::1"), true)
	l.hit(policy.PrivateBlacklist, "", addr("10.0.0.9"), false)
	l.hit(policy.PrivateWhitelist, "", addr("10.0.0.9"), false)
	var got []string
	counters.Stats().Each(func(name string, v int64) {
		if !strings.HasPrefix(name, "SMTP.Sessions") && v > 0 {
			got = append(got, fmt.Sprintf("%s = %d", name, v))
		}
	})
	want := []string{
		"SMTP.DNSBL.TotalHits = 4", "SMTP.DNSBL.bl.example.10.0.0.9.Hits = 1", "SMTP.DNSBL.bl.example.10.0.0.10.Hits = 2",
		"SMTP.DNSWL.TotalHits = 1", "SMTP.DNSWL.wl.example.2001:db8::1.Hits = 1",
		"SMTP.PrivateBL.TotalHits = 1", "SMTP.PrivateWL.TotalHits = 1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for i := range maxListHosts + 100 {
		l.hit(policy.DNSBlacklist, "bl.example", netip.AddrFrom4([4]byte{192, 0, byte(i >> 8), byte(i)}), true)
	}
	l.hit(policy.DNSBlacklist, "bl.example", addr("10.0.0.10"), true)
	s := counters.Stats()
	if len(s.BlacklistHosts) != maxListHosts || s.DNSBlacklist != maxListHosts+105 || s.BlacklistHosts[1].Hits != 3 {
		t.Errorf("%d hosts, %d hits, %+v", len(s.BlacklistHosts), s.DNSBlacklist, s.BlacklistHosts[1])
	}
	New(Config{Counters: counters})
	s = counters.Stats()
	if s.DNSBlacklist != 0 || s.DNSWhitelist != 0 || s.PrivateBlacklist != 0 || s.PrivateWhitelist != 0 || s.BlacklistHosts != nil || s.WhitelistHosts != nil {
		t.Errorf("after a restart of the task: %+v", s)
	}
}
