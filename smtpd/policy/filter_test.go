package policy_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	. "domigo/smtpd/policy"
)

// lists are DNS lists: the addresses that a site answers with.
type lists map[string]string

// filter asks the filters until they have a verdict, and gives the sites they
// asked, in order.
func (s site) filter(t interface{ Fatalf(string, ...any) }, c *Client, l lists) (v FilterVerdict, asked []string) {
	var f FilterFacts
	for range 20 {
		if v = Filter(s.Snapshot, c, &f, nil); v.Action != Ask {
			return v, asked
		}
		switch v.Need {
		case NeedPTR:
			c.PTR = PTR{State: NotFound}
		case NeedConfirmation:
			c.PTR.Confirm = NotFound
		case NeedListing:
			asked = append(asked, v.Site)
			f.Answers = append(f.Answers, l.answer(v.Site))
		default:
			t.Fatalf("asks for %v", v.Need)
		}
	}
	t.Fatalf("does not stop asking: %v", asked)
	return v, asked
}

func (l lists) answer(site string) Answer {
	a := Answer{Site: site, State: NotFound}
	switch text, ok := l[site]; {
	case text == "fails":
		a.State = Failed
	case ok:
		a.State = Found
		for f := range strings.FieldsSeq(text) {
			a.Addrs = append(a.Addrs, netip.MustParseAddr(f))
		}
	}
	return a
}

// summary tells a verdict in one line.
func summary(v FilterVerdict) string {
	words := []string{v.List.String()}
	if v.Site != "" {
		words = append(words, v.Site)
	}
	if v.Found != "" {
		words = append(words, "log")
	}
	if v.TagName != "" {
		words = append(words, v.TagName+"="+v.TagValue)
	}
	if v.Action == Reject {
		words = append(words, reply(v.Verdict, ""))
	}
	return strings.TrimSpace(strings.Join(words, " "))
}

const denied = "554 Connection denied based on policy reason."

// everywhere puts 203.0.113.9, mail.stranger.example, into all four lists.
func everywhere(items ...string) []string {
	return append([]string{"SMTPPrivWL", "1", "SMTPPrivWLHosts", "[203.0.113.9]", "SMTPPrivBL", "1", "SMTPPrivBLHosts", "stranger.example", "SMTPPrivBLAction", "2",
		"SMTPDNSWL", "1", "SMTPDNSWLSites", "wl.example", "SMTPDNSBL", "1", "SMTPDNSBLSites", "bl.example", "SMTPDNSBLAction", "2"}, items...)
}

// with puts values in the place of those of the same name.
func with(items []string, changes ...string) []string {
	out := slices.Clone(items)
	for i := 0; i < len(changes); i += 2 {
		if at := slices.Index(out, changes[i]); at >= 0 {
			out[at+1] = changes[i+1]
		} else {
			out = append(out, changes[i], changes[i+1])
		}
	}
	return out
}

func TestFilterActions(t *testing.T) {
	listed := lists{"wl.example": "127.0.0.2", "bl.example": "127.0.0.2"}
	all := everywhere()
	off := func(names ...string) []string {
		items := all
		for _, n := range names {
			items = with(items, n, "0")
		}
		return items
	}
	for _, tt := range []struct {
		name  string
		items []string
		want  string
		asked string
	}{
		{"private whitelist, preset: silent", all, "PrivateWhitelist", ""},
		{"private whitelist, log only", with(all, "SMTPPrivWLAction", "1"), "PrivateWhitelist log", ""},
		{"private whitelist, tag", with(all, "SMTPPrivWLAction", "Log and tag message"), "PrivateWhitelist log X-DNSWLSite=PrivateWhitelist", ""},
		{"private blacklist goes before the DNS whitelist", off("SMTPPrivWL"), "PrivateBlacklist log " + denied, ""},
		{"private blacklist, preset: log only", with(off("SMTPPrivWL"), "SMTPPrivBLAction", ""), "PrivateBlacklist log", ""},
		{"private blacklist, log only, ends the search", with(off("SMTPPrivWL"), "SMTPPrivBLAction", "0"), "PrivateBlacklist log", ""},
		{"private blacklist, tag", with(off("SMTPPrivWL"), "SMTPPrivBLAction", "1"), "PrivateBlacklist log X-DNSBLSite=PrivateBlacklist", ""},
		{"DNS whitelist, preset: silent", off("SMTPPrivWL", "SMTPPrivBL"), "DNSWhitelist wl.example", "wl.example"},
		{"DNS whitelist, log only", with(off("SMTPPrivWL", "SMTPPrivBL"), "SMTPDNSWLAction", "1"), "DNSWhitelist wl.example log", "wl.example"},
		{"DNS whitelist, tag", with(off("SMTPPrivWL", "SMTPPrivBL"), "SMTPDNSWLAction", "2"), "DNSWhitelist wl.example log X-DNSWLSite=wl.example", "wl.example"},
		{"DNS blacklist, reject", off("SMTPPrivWL", "SMTPPrivBL", "SMTPDNSWL"), "DNSBlacklist bl.example log " + denied, "bl.example"},
		{"DNS blacklist, log only", with(off("SMTPPrivWL", "SMTPPrivBL", "SMTPDNSWL"), "SMTPDNSBLAction", "Log only"), "DNSBlacklist bl.example log", "bl.example"},
		{"DNS blacklist, tag", with(off("SMTPPrivWL", "SMTPPrivBL", "SMTPDNSWL"), "SMTPDNSBLAction", "1"), "DNSBlacklist bl.example log X-DNSBLSite=bl.example", "bl.example"},
		{"all off", off("SMTPPrivWL", "SMTPPrivBL", "SMTPDNSWL", "SMTPDNSBL"), "", ""},
		{"not set", nil, "", ""},
		{"lists blank", with(all, "SMTPPrivWLHosts", "", "SMTPPrivBLHosts", "", "SMTPDNSWLSites", "", "SMTPDNSBLSites", ""), "", ""},
		{"another host in the private lists", with(all, "SMTPPrivWLHosts", "[203.0.113.8]", "SMTPPrivBLHosts", "friend.example"), "DNSWhitelist wl.example", "wl.example"},
	} {
		s := build(t, "", config(tt.items...))
		v, asked := s.filter(t, host("203.0.113.9", "mail.stranger.example"), listed)
		if got := summary(v); got != tt.want || strings.Join(asked, " ") != tt.asked {
			t.Errorf("%s: got %q and asked %q, want %q and %q", tt.name, got, asked, tt.want, tt.asked)
		}
	}
}

// TestFilterAnswers holds which answers list a host, and that sites are asked
// in order until one does.
func TestFilterAnswers(t *testing.T) {
	s := build(t, "", config("SMTPDNSBL", "1", "SMTPDNSBLSites", "a.example|b.example|A.example|c.example", "SMTPDNSBLAction", "2"))
	for _, tt := range []struct {
		name  string
		lists lists
		want  string
		asked string
	}{
		{"nobody lists", lists{}, "", "a.example b.example c.example"},
		{"the first", lists{"a.example": "127.0.0.2", "b.example": "127.0.0.2"}, "a.example", "a.example"},
		{"the last", lists{"c.example": "127.0.0.99"}, "c.example", "a.example b.example c.example"},
		{"not in 127/8", lists{"a.example": "203.0.113.1 128.0.0.2"}, "", "a.example b.example c.example"},
		{"one of several", lists{"a.example": "203.0.113.1 127.3.4.5"}, "a.example", "a.example"},
		{"an error code", lists{"a.example": "127.255.255.254", "b.example": "127.255.255.252"}, "", "a.example b.example c.example"},
		{"an error code beside a listing", lists{"a.example": "127.0.0.2 127.255.255.255"}, "", "a.example b.example c.example"},
		{"almost an error code", lists{"a.example": "127.255.254.2"}, "a.example", "a.example"},
		{"fails, the next is asked", lists{"a.example": "fails", "b.example": "127.0.0.2"}, "b.example", "a.example b.example"},
		{"IPv6 answers", lists{"a.example": "2001:db8::1 ::ffff:127.0.0.2"}, "a.example", "a.example"},
	} {
		v, asked := s.filter(t, host("203.0.113.9"), tt.lists)
		if v.Site != tt.want || strings.Join(asked, " ") != tt.asked {
			t.Errorf("%s: got %q and asked %q, want %q and %q", tt.name, v.Site, asked, tt.want, tt.asked)
		}
	}
}

// TestFilterConcerns holds whom the filters concern.
func TestFilterConcerns(t *testing.T) {
	items := []string{"SMTPPrivBL", "1", "SMTPPrivBLHosts", "[203.0.113.9]", "SMTPPrivBLAction", "2", "SMTPRlyAuthExcpt", "1"}
	submission := user("203.0.113.9", "John Doe/Acme")
	submission.Submission = true
	tls := user("203.0.113.9", "John Doe/Acme")
	tls.TLS = true
	for _, tt := range []struct {
		name   string
		ini    string
		items  []string
		client *Client
		want   string
	}{
		{"external host", "", nil, host("203.0.113.9"), denied},
		{"authenticated, and such users may relay", "", nil, user("203.0.113.9", "John Doe/Acme"), denied},
		{"authenticated under TLS", "", nil, tls, denied},
		{"internal host", "", nil, host("203.0.113.9", "pc.acme.com"), ok},
		{"a local name that does not resolve back", "", nil, liar("203.0.113.9", "pc.acme.com"), denied},
		{"internal host, all hosts are subject", "", []string{"SMTPRlyCheck", "1"}, host("203.0.113.9", "pc.acme.com"), denied},
		{"enforcement None", "", []string{"SMTPRlyCheck", "2"}, host("203.0.113.9"), ok},
		{"SMTPAllHostsExternal goes before None", "SMTPAllHostsExternal=1\n", []string{"SMTPRlyCheck", "2"}, host("203.0.113.9", "pc.acme.com"), denied},
		{"on the exclusion list", "", []string{"SMTPRlyExcpts", "[203.0.113.9]"}, host("203.0.113.9"), ok},
		{"submission port", "", nil, submission, ok},
	} {
		s := build(t, tt.ini, config(append(tt.items, items...)...))
		v, _ := s.filter(t, tt.client, nil)
		if got := reply(v.Verdict, ""); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestFilterNames holds that a name counts for a whitelist only if it resolves
// back, and for a blacklist always.
func TestFilterNames(t *testing.T) {
	white := []string{"SMTPPrivWL", "1", "SMTPPrivWLHosts", "friend.example", "SMTPPrivBL", "1", "SMTPPrivBLHosts", "*", "SMTPPrivBLAction", "2"}
	black := []string{"SMTPPrivBL", "1", "SMTPPrivBLHosts", "spam.example", "SMTPPrivBLAction", "2"}
	for _, tt := range []struct {
		name   string
		ini    string
		items  []string
		client *Client
		want   string
	}{
		{"whitelist, confirmed", "", white, host("203.0.113.9", "mx.friend.example"), ok},
		{"whitelist, not confirmed", "", white, liar("203.0.113.9", "mx.friend.example"), denied},
		{"whitelist, Domigo_TrustPTR", "Domigo_TrustPTR=1\n", white, liar("203.0.113.9", "mx.friend.example"), ok},
		{"blacklist, not confirmed", "", black, liar("203.0.113.9", "mx.spam.example"), denied},
		{"blacklist, DNS down", "", black, &Client{IP: netip.MustParseAddr("203.0.113.9"), PTR: PTR{State: Failed}}, ok},
	} {
		v, _ := build(t, tt.ini, config(tt.items...)).filter(t, tt.client, nil)
		if got := reply(v.Verdict, ""); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestFilterTexts(t *testing.T) {
	long := strings.Repeat("é", 400)
	for _, tt := range []struct{ name, private, dns, wantPrivate, wantDNS string }{
		{"E22", "Your host %s was blacklisted", "%s was found at %s", "Your host 203.0.113.9 was blacklisted", "203.0.113.9 was found at bl.example"},
		{"blank", "", " ", "Connection denied based on policy reason.", "Connection denied based on policy reason."},
		{"further signs", "%s %s %d%%", "%s %s %s %n", "203.0.113.9 %s %d%%", "203.0.113.9 bl.example %s %n"},
		{"none", "no", "50%", "no", "50%"},
		{"too long for a line", long, long, long[:506], long[:506]},
	} {
		for _, x := range []struct {
			list, want string
			items      []string
		}{
			{"private", tt.wantPrivate, []string{"SMTPPrivBL", "1", "SMTPPrivBLHosts", "*", "SMTPPrivBLAction", "2", "SMTPPrivBLReply", tt.private}},
			{"DNS", tt.wantDNS, []string{"SMTPDNSBL", "1", "SMTPDNSBLSites", "bl.example", "SMTPDNSBLAction", "2", "SMTPDNSBLReply", tt.dns}},
		} {
			v, _ := build(t, "", config(x.items...)).filter(t, host("203.0.113.9"), lists{"bl.example": "127.0.0.2"})
			if v.Text != x.want || v.Code != 554 {
				t.Errorf("%s, %s: got %d %q, want %q", tt.name, x.list, v.Code, v.Text, x.want)
			}
		}
	}
}

func TestFilterConsole(t *testing.T) {
	named, nameless := "203.0.113.9 (a.example)", "203.0.113.9"
	for _, tt := range []struct {
		items          []string
		client         *Client
		found, refused string
	}{
		{[]string{"SMTPDNSBL", "1", "SMTPDNSBLSites", "bl.example", "SMTPDNSBLAction", "2"}, host("203.0.113.9", "a.example", "b.example"),
			"Remote host " + named + " found in blacklist at bl.example", "Message from " + named + " rejected by DNS blacklist filter"},
		{[]string{"SMTPPrivBL", "1", "SMTPPrivBLHosts", "*", "SMTPPrivBLAction", "2"}, host("203.0.113.9"),
			"Remote host " + nameless + " found in private blacklist", "Message from " + nameless + " rejected by private blacklist filter"},
		{[]string{"SMTPDNSWL", "1", "SMTPDNSWLSites", "bl.example", "SMTPDNSWLAction", "1"}, host("203.0.113.9", "a.example"),
			"Remote host " + named + " found in whitelist at bl.example", ""},
		{[]string{"SMTPPrivWL", "1", "SMTPPrivWLHosts", "[203.0.113.*]", "SMTPPrivWLAction", "1"}, host("203.0.113.9", "a.example"),
			"Remote host " + named + " found in private whitelist", ""},
	} {
		v, _ := build(t, "", config(tt.items...)).filter(t, tt.client, lists{"bl.example": "127.0.0.2"})
		if v.Found != tt.found || v.Console != tt.refused {
			t.Errorf("%v: got %q and %q, want %q and %q", tt.items, v.Found, v.Console, tt.found, tt.refused)
		}
	}
}

// TestFilterAsksForTheName holds that a console line never lacks a name for
// want of asking, and that nothing is asked for a verdict that needs none.
func TestFilterAsksForTheName(t *testing.T) {
	for _, tt := range []struct {
		items []string
		want  Need
	}{
		{[]string{"SMTPPrivBL", "1", "SMTPPrivBLHosts", "[203.0.113.9]"}, NeedPTR},
		{[]string{"SMTPPrivBL", "1", "SMTPPrivBLHosts", "[203.0.113.8]"}, NeedNothing},
		{[]string{"SMTPPrivWL", "1", "SMTPPrivWLHosts", "[203.0.113.9]"}, NeedNothing},
		{[]string{"SMTPPrivWL", "1", "SMTPPrivWLHosts", "[203.0.113.9]", "SMTPPrivWLAction", "1"}, NeedPTR},
		{[]string{"SMTPPrivBL", "1"}, NeedNothing},
		{nil, NeedNothing},
	} {
		c := &Client{IP: netip.MustParseAddr("203.0.113.9")}
		v := Filter(build(t, "", config(append(tt.items, "SMTPRlyCheck", "1")...)).Snapshot, c, &FilterFacts{}, nil)
		if v.Need != tt.want {
			t.Errorf("%v: needs %v, want %v", tt.items, v.Need, tt.want)
		}
	}
}

func TestFilterIPv6(t *testing.T) {
	items := config("SMTPDNSBL", "1", "SMTPDNSBLSites", "bl.example", "SMTPDNSBLAction", "2", "SMTPDNSWL", "1", "SMTPDNSWLSites", "wl.example")
	for _, tt := range []struct{ ini, ip, want, asked string }{
		{"", "2001:db8::1", ok, ""},
		{"Domigo_DNSBLIPv6=0\n", "2001:db8::1", ok, ""},
		{"Domigo_DNSBLIPv6=1\n", "2001:db8::1", denied, "wl.example bl.example"},
		{"", "::ffff:203.0.113.9", denied, "wl.example bl.example"},
	} {
		v, asked := build(t, tt.ini, items).filter(t, host(tt.ip), lists{"bl.example": "127.0.0.2"})
		if got := reply(v.Verdict, ""); got != tt.want || strings.Join(asked, " ") != tt.asked {
			t.Errorf("%s%s: got %s and asked %q, want %s and %q", tt.ini, tt.ip, got, asked, tt.want, tt.asked)
		}
	}
}

// TestListName holds the examples of RFC 5782, 2.1 and 2.4.
func TestListName(t *testing.T) {
	for _, tt := range []struct{ ip, site, want string }{
		{"192.0.2.99", "bad.example.com", "99.2.0.192.bad.example.com"},
		{"192.0.2.99", "bad.example.com.", "99.2.0.192.bad.example.com"},
		{"::ffff:192.0.2.99", "bad.example.com", "99.2.0.192.bad.example.com"},
		{"2001:db8:1:2:3:4:567:89ab", "ugly.example.com", "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ugly.example.com"},
		{"fe80::1%eth0", "x.example", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.e.f.x.example"},
	} {
		if got := ListName(netip.MustParseAddr(tt.ip), tt.site); got != tt.want {
			t.Errorf("%s at %s: got %s, want %s", tt.ip, tt.site, got, tt.want)
		}
	}
}

// TestFilterFirstHit holds, for any configuration and any answers, that the
// verdict is that of the first list that is on and holds the host, that no list
// behind it is asked, no site twice, and that a trail changes nothing.
func TestFilterFirstHit(t *testing.T) {
	flag, action := rapid.SampledFrom([]string{"0", "1"}), rapid.SampledFrom([]string{"0", "1", "2"})
	hosts := rapid.SampledFrom([]string{"", "[203.0.113.9]", "[203.0.113.8]", "stranger.example", "*"})
	sites := rapid.SampledFrom([]string{"", "a.example", "a.example|b.example", "b.example|c.example"})
	answers := rapid.SampledFrom([]string{"127.0.0.2", "127.255.255.254", "fails", "203.0.113.1"})
	rapid.Check(t, func(r *rapid.T) {
		values := map[string]string{}
		var items []string
		for item, gen := range map[string]*rapid.Generator[string]{
			"SMTPPrivWL": flag, "SMTPPrivBL": flag, "SMTPDNSWL": flag, "SMTPDNSBL": flag,
			"SMTPPrivWLHosts": hosts, "SMTPPrivBLHosts": hosts, "SMTPDNSWLSites": sites, "SMTPDNSBLSites": sites,
			"SMTPPrivWLAction": action, "SMTPPrivBLAction": action, "SMTPDNSWLAction": action, "SMTPDNSBLAction": action,
		} {
			values[item] = gen.Draw(r, item)
			items = append(items, item, values[item])
		}
		l := lists{}
		for _, site := range []string{"a.example", "b.example", "c.example"} {
			if rapid.Bool().Draw(r, site) {
				l[site] = answers.Draw(r, site)
			}
		}
		want := NoList
		var asks []string
		listed := func(kind string) bool {
			for site := range strings.SplitSeq(values[kind+"Sites"], "|") {
				if values[kind] == "1" && site != "" {
					if !slices.Contains(asks, site) {
						asks = append(asks, site)
					}
					if l[site] == "127.0.0.2" {
						return true
					}
				}
			}
			return false
		}
		holds := func(kind string) bool {
			return values[kind] == "1" && values[kind+"Hosts"] != "" && values[kind+"Hosts"] != "[203.0.113.8]"
		}
		switch {
		case holds("SMTPPrivWL"):
			want = PrivateWhitelist
		case holds("SMTPPrivBL"):
			want = PrivateBlacklist
		case listed("SMTPDNSWL"):
			want = DNSWhitelist
		case listed("SMTPDNSBL"):
			want = DNSBlacklist
		}
		s := build(t, "", config(items...))
		c := host("203.0.113.9", "mail.stranger.example")
		v, asked := s.filter(r, c, l)
		if v.List != want || !slices.Equal(asked, asks) {
			r.Fatalf("%v, %v: got %v and asked %v, want %v and %v", values, l, v.List, asked, want, asks)
		}
		rejects := want == PrivateBlacklist && values["SMTPPrivBLAction"] == "2" || want == DNSBlacklist && values["SMTPDNSBLAction"] == "2"
		if (v.Action == Reject) != rejects {
			r.Fatalf("%v: %+v", values, v)
		}
		var f FilterFacts
		for _, site := range asks {
			f.Answers = append(f.Answers, l.answer(site))
		}
		if known := Filter(s.Snapshot, c, &f, &Trail{}); known != v {
			r.Fatalf("with all facts known %+v, asked one by one %+v", known, v)
		}
	})
}

func TestFilterTrail(t *testing.T) {
	s := build(t, "", config(with(everywhere(), "SMTPPrivWL", "0", "SMTPPrivBL", "0", "SMTPDNSBLSites", "a.example|bl.example")...))
	f := FilterFacts{Answers: []Answer{lists{"wl.example": "127.255.255.254"}.answer("wl.example"), {Site: "a.example", State: Failed},
		lists{"bl.example": "127.0.0.2"}.answer("bl.example")}}
	var trail Trail
	Filter(s.Snapshot, host("203.0.113.9"), &f, &trail)
	var got []string
	for _, step := range trail.Steps[1:] {
		got = append(got, step.Control+": "+step.Result)
	}
	want := []string{
		"DNS Whitelist filters: wl.example answers with an error: not listed",
		"DNS Blacklist filters: not in a.example",
		"DNS Blacklist filters: matches bl.example: refused",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestE21UnknownUser: without verification, an unknown local user is taken for
// the smart host.
func TestE21UnknownUser(t *testing.T) {
	s := build(t, "", append(people(), config("SMTPVerifyRcpts", "0", "MailSmartHost", "smart.acme.com", "SMTPRlyDenyDoms", "*"))...)
	v, local := s.rcpt(host("203.0.113.9"), "nobody@acme.com")
	if got := reply(v, ""); got != ok || !local {
		t.Errorf("got %s, local %t", got, local)
	}
}
