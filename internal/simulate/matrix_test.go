package simulate

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawRelay makes random relay controls and nothing else.
func drawRelay(t *rapid.T, prefix string) Site {
	d := drawn{t}
	var c []string
	for item, of := range relayItems() {
		c = append(c, of, d.some(prefix+of, map[bool][]string{true: domainEntries, false: hostEntries}[item < 2], 3))
	}
	c = append(c, "SMTPRlyCheck", d.one(prefix+"check", "0", "1", "2"), "SMTPRlyAuthExcpt", d.one(prefix+"auth", "0", "1"))
	ini := []string{"SMTPRelayHostsandDomains=" + d.one(prefix+"rule", "0", "1"), "Domigo_TrustPTR=" + d.one(prefix+"trust", "0", "1")}
	return build(t, ini, server("SMTP_TCPNP", "1"), config(c...))
}

func relayItems() []string {
	return []string{"SMTPRlyAllowDoms", "SMTPRlyDenyDoms", "SMTPRlyAllowHosts", "SMTPRlyDenyHosts", "SMTPRlyExcpts"}
}

// TestMatrixSaysWhatTheListenerSays has each cell of random sites checked by a
// session of that host to that destination.
func TestMatrixSaysWhatTheListenerSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		site := drawRelay(t, "")
		m := WhoMayRelay(site)
		i := rapid.IntRange(0, len(m.Hosts)-1).Draw(t, "host")
		host := m.Hosts[i].client
		of := Case{Client: host.IP, From: "a@example.org"}
		facts := []string{"any=none"}
		if host.User != "" {
			of.User = "jdoe"
		}
		for _, name := range host.PTR.Names {
			facts = append(facts, "ptr="+name)
		}
		for _, name := range host.PTR.Confirmed {
			facts = append(facts, "addr:"+name+"="+host.IP.String())
		}
		for _, d := range m.Destinations {
			of.To = append(of.To, "somebody@"+d.Domain)
		}
		known, err := NewFacts(of.Client, "", facts, nil)
		if err != nil {
			t.Fatal(err)
		}
		res := Run(t.Context(), site, of, known)
		n := 0
		for _, s := range res.Stages {
			if !strings.HasPrefix(s.Command, "RCPT") {
				continue
			}
			cell := m.Cells[i][n]
			refused := s.Outcome != Accepted
			if refused != (cell.Relay == No) || refused && cell.Control.Setting != s.Control.Setting {
				t.Fatalf("%s to %s: the table says %s by %v, the listener %q by %v", m.Hosts[i].label(), m.Destinations[n].label(), cell.Relay, cell.Control, s.Reply, s.Control)
			}
			n++
		}
		if n != len(m.Destinations) {
			t.Fatalf("%d of %d destinations were tried: %+v", n, len(m.Destinations), res.Stages)
		}
		var out bytes.Buffer
		if err := m.Write(&out); err != nil || strings.Contains(out.String(), "open relay") != m.OpenRelay {
			t.Fatalf("Write: %v\n%s", err, out.String())
		}
	})
}

// TestCompareRelayIsSymmetric compares both ways.
func TestCompareRelayIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawRelay(t, "a "), drawRelay(t, "b ")
		if list := CompareRelay(a, a); len(list) > 0 {
			t.Fatalf("a site differs from itself: %+v", list)
		}
		there := map[string]string{}
		for _, d := range CompareRelay(a, b) {
			there[d.Host.Example+" "+d.Destination.Domain] = d.Before.Relay + d.After.Relay
		}
		back := CompareRelay(b, a)
		for _, d := range back {
			if there[d.Host.Example+" "+d.Destination.Domain] != d.After.Relay+d.Before.Relay {
				// Which host stands for an entry may depend on the order of the sites
				// only where no list tells it from another.
				t.Fatalf("%s: %s to %s one way, %q the other", d.Host.label(), d.Before.Relay, d.After.Relay, there[d.Host.Example+" "+d.Destination.Domain])
			}
		}
		if len(back) != len(there) {
			t.Fatalf("%d differences one way, %d the other", len(there), len(back))
		}
	})
}

// TestClasses names the hosts and domains that a site tells apart, each by one
// that means it and nothing else.
func TestClasses(t *testing.T) {
	site := build(t, nil, server(), config("SMTPRlyAllowHosts", "[203.0.113.*]|Partners|[2001:db8::/32]|*", "SMTPRlyDenyHosts", "[10.0.0.5-9]|.dotted.example|bad entry",
		"SMTPRlyAllowDoms", "@whole.example|unlisted.example", "SMTPRlyDenyDoms", "*|Partners"))
	var hosts, domains []string
	for _, h := range hostClasses(site) {
		hosts = append(hosts, h.label())
	}
	for _, d := range destinationClasses(site) {
		domains = append(domains, d.label())
	}
	wantHosts := []string{
		"unknown host without a name, [198.51.100.1]",
		"unknown host with a name, [198.51.100.1] host.unlisted.example",
		"internal host: its name is local and leads back to it, [192.0.2.1] host.server-704.acme.com",
		"host with a local name that does not lead back, [192.0.2.1] host.server-704.acme.com (unconfirmed)",
		"loopback, [127.0.0.1] localhost",
		"allowed host [203.0.113.*], [203.0.113.1]",
		"allowed host Partners [198.51.100.9], [198.51.100.9]",
		"allowed host Partners partner.example, [198.51.100.1] partner.example",
		"allowed host [2001:db8::/32], [2001:db8::1]",
		"denied host [10.0.0.5-9], [10.0.0.5]",
		"denied host .dotted.example, [198.51.100.1] host.dotted.example",
		"authenticated user on an unknown host, [198.51.100.1] authenticated",
	}
	wantDomains := []string{"local domain: server-704.acme.com", "local domain: acme.com", "allowed @whole.example: whole.example", "allowed unlisted.example",
		"denied Partners: partner.example", "any other domain: unlisted.test"}
	if got, want := strings.Join(hosts, "\n"), strings.Join(wantHosts, "\n"); got != want {
		t.Errorf("hosts: got\n%s\nwant\n%s", got, want)
	}
	if got, want := strings.Join(domains, "\n"), strings.Join(wantDomains, "\n"); got != want {
		t.Errorf("domains: got\n%s\nwant\n%s", got, want)
	}
}

func TestLetters(t *testing.T) {
	for n, want := range map[int]string{0: "a", 25: "z", 26: "aa", 51: "az", 52: "ba", 701: "zz", 702: "aaa"} {
		if got := letter(n); got != want {
			t.Errorf("letter %d: got %s, want %s", n, got, want)
		}
	}
}
