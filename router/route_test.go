package router

import (
	"slices"
	"strings"
	"testing"

	"domigo/directory"
	"domigo/mailbox"
	"domigo/settings"
)

func TestDecide(t *testing.T) {
	smart := func(s *settings.Snapshot) { s.Router.SmartHost = "[192.0.2.7]" }
	smartAll := func(s *settings.Snapshot) { smart(s); s.Router.SmartHostAll = true }
	const noRoute = "No route found to domain example.org from server Server-704/Acme.  Check DNS configuration."
	tests := []struct {
		name, address string
		change        func(*settings.Snapshot)
		want          Decision
	}{
		{"person by address", "john.doe@ACME.com", nil, Decision{Action: Deliver, Key: LocalDelivery, MailFile: `mail\jdoe.nsf`, Name: "John Doe/Acme", Address: "John.Doe@acme.com"}},
		{"alias domain tries the primary", "jane.roe@acme.example", nil, Decision{Action: Deliver, Key: LocalDelivery, MailFile: "mail/emea/jroe", Name: "Jane Roe/Acme", Address: "jane.roe@acme.com"}},
		{"local part", "jdoe@acme.com", nil, Decision{Action: Deliver, Key: LocalDelivery, MailFile: `mail\jdoe.nsf`, Name: "John Doe/Acme", Address: "John.Doe@acme.com"}},
		{"full name only", "jdoe@acme.com", func(s *settings.Snapshot) { s.Router.Lookup = directory.FullnameOnly },
			Decision{Reason: "User jdoe (jdoe@acme.com) not listed in Domino Directory", Status: "5.1.1"}},
		{"quoted local part", `"John Doe"@acme.com`, nil, Decision{Action: Deliver, Key: LocalDelivery, MailFile: `mail\jdoe.nsf`, Name: "John Doe/Acme", Address: "John.Doe@acme.com"}},
		{"no domain", "jdoe", nil, Decision{Action: Deliver, Key: LocalDelivery, MailFile: `mail\jdoe.nsf`, Name: "John Doe/Acme", Address: "John.Doe@acme.com"}},
		{"Notes name", "John Doe/Acme", nil, Decision{Action: Deliver, Key: LocalDelivery, MailFile: `mail\jdoe.nsf`, Name: "John Doe/Acme", Address: "John.Doe@acme.com"}},
		{"Notes name with domain", "John Doe/Acme @ Acme", nil, Decision{Action: Deliver, Key: LocalDelivery, MailFile: `mail\jdoe.nsf`, Name: "John Doe/Acme", Address: "John.Doe@acme.com"}},
		{"mail-in database", "ideas@acme.com", nil, Decision{Action: Deliver, Key: LocalDelivery, MailFile: "apps/ideas.nsf", Name: "Ideas", Address: "ideas@acme.com"}},
		{"unknown", "nobody@acme.com", nil, Decision{Reason: "User nobody (nobody@acme.com) not listed in Domino Directory", Status: "5.1.1"}},
		{"percent is no route", "a%example.org@acme.com", nil, Decision{Reason: "User a%example.org (a%example.org@acme.com) not listed in Domino Directory", Status: "5.1.1"}},
		{"bang is no route", "example.org!a@acme.com", nil, Decision{Reason: "User example.org!a (example.org!a@acme.com) not listed in Domino Directory", Status: "5.1.1"}},
		{"quoted at is no route", `"a@example.org"@acme.com`, nil, Decision{Reason: `User "a@example.org" ("a@example.org"@acme.com) not listed in Domino Directory`, Status: "5.1.1"}},
		{"not unique", "pat@acme.com", nil, Decision{Reason: "Recipient user name pat@acme.com not unique.  Several matches found in Domino Directory.", Status: "5.1.4"}},
		{"no mail file", "nofile@acme.com", nil, Decision{Reason: reasonMailFile, Status: "5.2.0"}},
		{"other home server", "far@acme.com", nil, Decision{Reason: "No route found to server Mail9/Acme from server Server-704/Acme.  Check Server and Connection documents in the Domino Directory.", Status: "5.4.4"}},
		{"forwarding address", "fred@acme.com", nil, Decision{Action: Readdress, Next: []string{"fred@example.net"}, Name: "Fred Away/Acme"}},
		{"group", "sales@acme.com", nil, Decision{Action: Readdress, Group: true, Name: "Sales", Next: []string{"CN=John Doe/O=Acme", "jane.roe@acme.com", "ext@example.org", "Nested"}}},
		{"group refused", "sales@acme.com", func(s *settings.Snapshot) { s.Router.DisableMailToGroups = true }, Decision{Reason: reasonPolicy, Status: "5.7.1"}},
		{"postmaster", "Postmaster@acme.com", nil, Decision{Action: Deliver, Key: LocalDelivery, MailFile: "mail/postmaster", Name: "Postmaster@acme.com", Address: "Postmaster@acme.com"}},
		{"postmaster alone", "postmaster", smart, Decision{Action: Deliver, Key: LocalDelivery, MailFile: "mail/postmaster", Name: "postmaster", Address: "postmaster"}},
		{"smart host for the unknown", "nobody@acme.com", smart, Decision{Action: Transfer, Key: "smart:192.0.2.7:25"}},
		{"smart host, known", "jdoe@acme.com", smart, Decision{Action: Deliver, Key: LocalDelivery, MailFile: `mail\jdoe.nsf`, Name: "John Doe/Acme", Address: "John.Doe@acme.com"}},
		{"smart host, unknown Notes name", "Nobody/Acme", smart, Decision{Reason: "User Nobody/Acme (Nobody/Acme) not listed in Domino Directory", Status: "5.1.1"}},
		{"smart host for all", "jdoe@acme.com", smartAll, Decision{Action: Transfer, Key: "smart:192.0.2.7:25"}},
		{"smart host for all, group", "nested@acme.com", smartAll, Decision{Action: Readdress, Group: true, Name: "Nested", Next: []string{"Sales", "Jane Roe/Acme", "Fred Away/Acme"}}},
		{"smart host for all, group not expanded", "nested@acme.com", func(s *settings.Snapshot) { smartAll(s); s.Router.SmartHostNoExpansion = true },
			Decision{Action: Transfer, Key: "smart:192.0.2.7:25"}},
		{"external by DNS", "a@Example.ORG", nil, Decision{Action: Transfer, Key: "mx:example.org"}},
		{"U-labels by DNS", "jürgen@BÜCHER.example", nil, Decision{Action: Transfer, Key: "mx:xn--bcher-kva.example"}},
		{"U-labels of an alias domain", "jane.roe@GRÜN.example", func(s *settings.Snapshot) {
			s.Domains.Aliases["xn--grn-ioa.example"], s.Router.Lookup = "acme.com", directory.FullnameOnly
		},
			Decision{Action: Deliver, Key: LocalDelivery, MailFile: "mail/emea/jroe", Name: "Jane Roe/Acme", Address: "jane.roe@acme.com"}},
		{"unknown outside ASCII", "jürgen@acme.com", nil, Decision{Reason: "User jürgen (jürgen@acme.com) not listed in Domino Directory", Status: "5.1.1"}},
		{"Notes name outside ASCII", "Jürgen Müller/Acme@Acme", nil, Decision{Reason: "User Jürgen Müller/Acme (Jürgen Müller/Acme) not listed in Domino Directory", Status: "5.1.1"}},
		{"no UTF-8", "j\xfcrgen@example.org", nil, Decision{Reason: "User j\xfcrgen@example.org (j\xfcrgen@example.org) not listed in Domino Directory", Status: "5.1.1"}},
		{"subdomain is external", "a@mail.acme.com", nil, Decision{Action: Transfer, Key: "mx:mail.acme.com"}},
		{"address literal is foreign", "a@[192.0.2.1]", nil, Decision{Action: Transfer, Key: "mx:[192.0.2.1]"}},
		{"relay host before DNS", "a@example.org", func(s *settings.Snapshot) { s.Router.RelayHost = "Relay.Example"; s.Router.Port = 2525 },
			Decision{Action: Transfer, Key: "relay:relay.example:2525"}},
		{"no way out", "a@example.org", func(s *settings.Snapshot) { s.Router.ExternalSMTP = false }, Decision{Reason: noRoute, Status: "5.4.4"}},
	}
	dir := acmeDirectory()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := acmeSettings()
			if tt.change != nil {
				tt.change(s)
			}
			var trail Trail
			got := Decide(s, dir, tt.address, &trail)
			if !equal(got, tt.want) {
				t.Errorf("Decide(%q)\n got %+v\nwant %+v\ntrail %v", tt.address, got, tt.want, trail.Steps)
			}
			if len(trail.Steps) == 0 {
				t.Errorf("Decide(%q) left no trail", tt.address)
			}
		})
	}
}

func equal(a, b Decision) bool {
	next := slices.Equal(a.Next, b.Next)
	a.Next, b.Next = nil, nil
	return next && a.Action == b.Action && a.Key == b.Key && a.MailFile == b.MailFile && a.Name == b.Name &&
		a.Address == b.Address && a.Group == b.Group && a.Reason == b.Reason && a.Status == b.Status
}

func TestRouteOne(t *testing.T) {
	tests := []struct{ name, to, want string }{
		{"forwarding address", "fred@acme.com", "fred@example.net mx:example.net via fred@acme.com"},
		{"forwarding to a Notes name", "nora@acme.com", "John Doe/Acme @ Acme [LocalDelivery] via nora@acme.com"},
		{"forwarding in a circle", "loop1@acme.com", "loop1@acme.com " + reasonHops + " via loop1@acme.com,loop2@acme.com"},
		{"nested group that holds itself", "sales@acme.com",
			"CN=John Doe/O=Acme [LocalDelivery] via sales@acme.com\n" +
				"jane.roe@acme.com [LocalDelivery] via sales@acme.com\n" +
				"ext@example.org mx:example.org via sales@acme.com\n" +
				"fred@example.net mx:example.net via sales@acme.com,Nested,Fred Away/Acme"},
		{"group without members", "Hollow", "Hollow User Hollow (Hollow) not listed in Domino Directory via "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			start := mailbox.Target{Recipient: mailbox.Recipient{Address: tt.to}, To: tt.to}
			for _, r := range routeOne(acmeSettings(), acmeDirectory(), start) {
				got = append(got, r.target.To+" "+r.decision.Key+r.decision.Reason+" via "+strings.Join(r.target.Path, ","))
				if r.target.Address != tt.to {
					t.Errorf("recipient as accepted: got %q, want %q", r.target.Address, tt.to)
				}
			}
			// A member reached twice by different names is one delivery later on.
			want := strings.Split(tt.want, "\n")
			got = slices.DeleteFunc(got, func(s string) bool { return strings.HasPrefix(s, "Jane Roe/Acme [LocalDelivery]") })
			if !slices.Equal(got, want) {
				t.Errorf("routeOne(%q)\n got %q\nwant %q", tt.to, got, want)
			}
		})
	}
}

func TestNextHops(t *testing.T) {
	s := acmeSettings()
	local := acmeSettings()
	local.Router.HostLookup = settings.LocalOnly
	dns := acmeSettings()
	dns.Router.HostLookup = settings.DynamicOnly
	noRoute := reasonNoRoute("example.org", s.Identity)
	tests := []struct {
		name   string
		s      *settings.Snapshot
		key    string
		facts  Facts
		hosts  []string
		need   bool
		reason string
		later  bool
	}{
		{"asks for MX", s, "mx:example.org", Facts{}, nil, true, "", false},
		{"by preference", s, "mx:example.org", Facts{MXState: Found, MX: []MX{{"b.example", 20}, {"A.example.", 10}, {"c.example", 20}}},
			[]string{"a.example", "b.example", "c.example"}, false, "", false},
		{"null MX", s, "mx:example.org", Facts{MXState: Found, MX: []MX{{"", 0}}}, nil, false, noRoute, false},
		{"no MX: the name itself", s, "mx:example.org", Facts{MXState: NotFound}, []string{"example.org"}, false, "", false},
		{"no such domain, then local", s, "mx:example.org", Facts{MXState: NXDomain}, []string{"example.org"}, false, "", false},
		{"no such domain, DNS only", dns, "mx:example.org", Facts{MXState: NXDomain}, nil, false, noRoute, false},
		{"DNS silent", s, "mx:example.org", Facts{MXState: TempError}, nil, false, reasonDNS, true},
		{"local look-up only", local, "mx:example.org", Facts{}, []string{"example.org"}, false, "", false},
		{"literal", s, "mx:[192.0.2.1]", Facts{}, []string{"192.0.2.1"}, false, "", false},
		{"IPv6 literal", s, "mx:[IPv6:2001:db8::1]", Facts{}, []string{"2001:db8::1"}, false, "", false},
		{"IPv6 literal in lower case", s, "mx:[ipv6:2001:db8::1]", Facts{}, []string{"2001:db8::1"}, false, "", false},
		{"relay host asks too", s, "relay:relay.example:25", Facts{}, nil, true, "", false},
		{"relay host by address", s, "relay:192.0.2.1:25", Facts{}, []string{"192.0.2.1"}, false, "", false},
		{"relay host by IPv6 address", s, hostKey(relayPrefix, "[2001:db8::1]", 25), Facts{}, []string{"2001:db8::1"}, false, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := NextHops(tt.s, tt.key, tt.facts, nil)
			if !slices.Equal(h.Hosts, tt.hosts) || h.NeedMX != tt.need || h.Reason != tt.reason || h.Temporary != tt.later {
				t.Errorf("NextHops(%q, %+v) = %+v, want hosts %v need %v reason %q temporary %v",
					tt.key, tt.facts, h, tt.hosts, tt.need, tt.reason, tt.later)
			}
		})
	}
}

func FuzzDecide(f *testing.F) {
	for _, a := range []string{"jdoe@acme.com", "a@b@acme.com", `"a\"b"@acme.com`, "x%y@acme.com", "", "@", "@a:b@c", "a@[1.2.3.4]", "John Doe/Acme @ Acme", "a\r\nb@acme.com"} {
		f.Add(a)
	}
	s, dir := acmeSettings(), acmeDirectory()
	f.Fuzz(func(t *testing.T, address string) {
		d := Decide(s, dir, address, nil)
		switch {
		case d.Action == Transfer && !strings.HasPrefix(d.Key, mxPrefix), d.Action == Deliver && d.MailFile == "",
			d.Action == Readdress && len(d.Next) == 0 && !d.Group, d.Action == Fail && d.Reason == "":
			t.Errorf("Decide(%q) = %+v", address, d)
		}
		for _, r := range routeOne(s, dir, mailbox.Target{To: address}) {
			if r.decision.Action == Readdress {
				t.Errorf("routeOne(%q) ends in %+v", address, r.decision)
			}
		}
	})
}
