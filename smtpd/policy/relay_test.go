package policy_test

import (
	"testing"

	"domigo/configdoc/note"
	. "domigo/smtpd/policy"
)

// The ways to bring a host, 203.0.113.9, and a destination, dest.example, into
// each state of a pair of fields.
func hostStates() map[string][][]string {
	return map[string][][]string{
		"explicit allow": {{"SMTPRlyAllowHosts", "[203.0.113.9]"}, {"SMTPRlyAllowHosts", "[203.0.113.9]", "SMTPRlyDenyHosts", "*"}, {"SMTPRlyAllowHosts", "*"}},
		"neutral":        {nil, {"SMTPRlyDenyHosts", "[198.51.100.1]"}},
		"implicit deny":  {{"SMTPRlyAllowHosts", "[198.51.100.1]"}},
		"explicit deny": {{"SMTPRlyDenyHosts", "[203.0.113.9]"}, {"SMTPRlyDenyHosts", "*"}, {"SMTPRlyAllowHosts", "[203.0.113.9]", "SMTPRlyDenyHosts", "[203.0.113.9]"},
			{"SMTPRlyAllowHosts", "*", "SMTPRlyDenyHosts", "*"}, {"SMTPRlyAllowHosts", "[198.51.100.1]", "SMTPRlyDenyHosts", "*"}},
	}
}

func destinationStates() map[string][][]string {
	return map[string][][]string{
		"explicit allow": {{"SMTPRlyAllowDoms", "dest.example"}, {"SMTPRlyAllowDoms", "dest.example", "SMTPRlyDenyDoms", "*"}, {"SMTPRlyAllowDoms", "*"}},
		"neutral":        {nil, {"SMTPRlyDenyDoms", "other.example"}},
		"implicit deny":  {{"SMTPRlyAllowDoms", "other.example"}},
		"explicit deny": {{"SMTPRlyDenyDoms", "dest.example"}, {"SMTPRlyDenyDoms", "*"}, {"SMTPRlyAllowDoms", "dest.example", "SMTPRlyDenyDoms", "dest.example"},
			{"SMTPRlyAllowDoms", "*", "SMTPRlyDenyDoms", "dest.example"}},
	}
}

// TestConflictRules holds both conflict tables cell by cell ("Setting inbound
// relay controls"; SMTPRelayHostsandDomains).
func TestConflictRules(t *testing.T) {
	columns := []string{"explicit allow", "neutral", "implicit deny", "explicit deny"}
	for _, rule := range []struct {
		name, ini string
		cells     map[string][4]bool
	}{
		{"Release 6", "", map[string][4]bool{
			"explicit allow": {true, true, true, true},
			"neutral":        {true, true, false, false},
			"implicit deny":  {true, false, false, false},
			"explicit deny":  {true, false, false, false},
		}},
		{"Release 5", "SMTPRelayHostsandDomains=1\n", map[string][4]bool{
			"explicit allow": {true, true, false, false},
			"neutral":        {true, true, false, false},
			"implicit deny":  {false, false, false, false},
			"explicit deny":  {false, false, false, false},
		}},
	} {
		for row, cells := range rule.cells {
			for i, column := range columns {
				t.Run(rule.name+"/"+row+" host/"+column+" destination", func(t *testing.T) {
					for _, h := range hostStates()[row] {
						for _, d := range destinationStates()[column] {
							s := build(t, rule.ini, config(append(append([]string{}, h...), d...)...))
							v := Relay(s.Snapshot, host("203.0.113.9"), address("u@dest.example"), nil)
							if v.OK() != cells[i] {
								t.Errorf("%q %q: got %s, want allowed %t", h, d, reply(v, ""), cells[i])
							}
						}
					}
				})
			}
		}
	}
}

// TestEnforcement holds the rows of the enforcement table; the four fields
// refuse everything.
func TestEnforcement(t *testing.T) {
	internal, external := host("10.0.0.1", "pc.acme.com"), host("10.0.0.1", "pc.other.example")
	login := func(c *Client) *Client {
		l := *c
		l.User = "John Doe/Acme"
		return &l
	}
	exclude, auth := []string{"SMTPRlyExcpts", "[10.0.0.1]"}, []string{"SMTPRlyAuthExcpt", "1"}
	for _, tt := range []struct {
		name   string
		ini    string
		items  []string
		client *Client
		want   bool
	}{
		{"None", "", []string{"SMTPRlyCheck", "2"}, external, true},
		{"External, internal host", "", nil, internal, true},
		{"External, external host, excluded", "", exclude, external, true},
		{"External, external host, authenticated", "", auth, login(external), true},
		{"External, external host", "", nil, external, false},
		{"External, external host, authenticated without the exception", "", nil, login(external), false},
		{"External, external host, exception without login", "", auth, external, false},
		{"External, no PTR", "", nil, host("10.0.0.1"), false},
		{"External, DNS down", "", nil, &Client{IP: internal.IP, PTR: PTR{State: Failed}}, false},
		{"All, internal host", "", []string{"SMTPRlyCheck", "1"}, internal, false},
		{"All, excluded", "", append([]string{"SMTPRlyCheck", "1"}, exclude...), internal, true},
		{"All, authenticated", "", append([]string{"SMTPRlyCheck", "1"}, auth...), login(internal), true},
		{"All, authenticated without the exception", "", []string{"SMTPRlyCheck", "1"}, login(internal), false},
		{"SMTPAllHostsExternal, internal host", "SMTPAllHostsExternal=1\n", nil, internal, false},
		{"SMTPAllHostsExternal, enforcement None", "SMTPAllHostsExternal=1\n", []string{"SMTPRlyCheck", "2"}, external, false},
		{"SMTPAllHostsExternal, excluded", "SMTPAllHostsExternal=1\n", exclude, internal, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := build(t, tt.ini, config(append([]string{"SMTPRlyDenyDoms", "*", "SMTPRlyDenyHosts", "*"}, tt.items...)...))
			if v := Relay(s.Snapshot, tt.client, address("u@ibm.com"), nil); v.OK() != tt.want {
				t.Errorf("got %s, want allowed %t", reply(v, ""), tt.want)
			}
		})
	}
}

// TestTrustedNames holds that a name helps a host only if it resolves back to
// it, and harms it always; with Domigo_TrustPTR=1 it always counts.
func TestTrustedNames(t *testing.T) {
	const trust = "Domigo_TrustPTR=1\n"
	closed := []string{"SMTPRlyDenyDoms", "*", "SMTPRlyDenyHosts", "*"}
	relay := func(s site, c *Client) Verdict { return Relay(s.Snapshot, c, address("u@ibm.com"), nil) }
	connect := func(s site, c *Client) Verdict { return Connect(s.Snapshot, c, nil) }
	for _, tt := range []struct {
		name               string
		items              []string
		ask                func(site, *Client) Verdict
		host               string
		confirmed, spoofed bool // allowed?
		trusted            bool // spoofed, with Domigo_TrustPTR
	}{
		{"internal host", closed, relay, "pc.acme.com", true, false, true},
		{"a name that only ends like a local domain", closed, relay, "pc.badacme.com", false, false, false},
		{"exclusion", append([]string{"SMTPRlyExcpts", "partner.example"}, closed...), relay, "mx.partner.example", true, false, true},
		{"relay, Allow hosts", append([]string{"SMTPRlyAllowHosts", "partner.example"}, closed...), relay, "mx.partner.example", true, false, true},
		{"relay, Deny hosts", []string{"SMTPRlyDenyHosts", "spam.example"}, relay, "mx.spam.example", false, false, false},
		{"connection, Allow", []string{"SMTPAllowConnHosts", "partner.example"}, connect, "mx.partner.example", true, false, true},
		{"connection, Deny", []string{"SMTPDenyConnHosts", "spam.example"}, connect, "mx.spam.example", false, false, false},
		{"connection, Deny and Allow of one entry", []string{"SMTPDenyConnHosts", "both.example", "SMTPAllowConnHosts", "both.example"}, connect, "mx.both.example", false, false, false},
		{"connection, Allow *", []string{"SMTPAllowConnHosts", "*"}, connect, "any.example", true, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc := []*note.Document{config(tt.items...)}
			plain, trusting := build(t, "", doc...), build(t, trust, doc...)
			for _, c := range []struct {
				name   string
				s      site
				client *Client
				want   bool
			}{
				{"resolves back", plain, host("10.0.0.1", tt.host), tt.confirmed},
				{"does not resolve back", plain, liar("10.0.0.1", tt.host), tt.spoofed},
				{"does not resolve back, trusted", trusting, liar("10.0.0.1", tt.host), tt.trusted},
			} {
				if v := tt.ask(c.s, c.client); v.OK() != c.want {
					t.Errorf("%s: got %s, want allowed %t", c.name, reply(v, "x@y.example"), c.want)
				}
			}
		})
	}
}

// TestOpenRelay holds that only four blank fields open a relay: an absent field
// or document is what a new document holds.
func TestOpenRelay(t *testing.T) {
	for _, tt := range []struct {
		name string
		docs []*note.Document
		open bool
	}{
		{"four blank fields", one(config()), true},
		{"no document", nil, false},
		{"four absent fields", one(document("ServerConfig", "ServerName", "*")), false},
		{"absent Deny domains", one(document("ServerConfig", "ServerName", "*", "SMTPRlyDenyHosts", "")), false},
		{"absent Deny hosts", one(document("ServerConfig", "ServerName", "*", "SMTPRlyDenyDoms", "")), false},
		{"blank Deny fields, absent Allow fields", one(document("ServerConfig", "ServerName", "*", "SMTPRlyDenyDoms", "", "SMTPRlyDenyHosts", "")), true},
		{"enforcement None", one(document("ServerConfig", "ServerName", "*", "SMTPRlyCheck", "2")), true},
		{"another server's open document", one(document("ServerConfig", "ServerName", "Other/Acme", "SMTPRlyCheck", "2")), false},
		{"Allow list that cannot match", one(config("SMTPRlyAllowHosts", "10.0.0.1")), false},
		{"Allow list with a blank group", []*note.Document{config("SMTPRlyAllowDoms", "Empty"), document("Group", "ListName", "Empty")}, false},
		{"some denied domain", one(config("SMTPRlyDenyDoms", "spam.example")), true},
		{"authenticated users only", one(document("ServerConfig", "ServerName", "*", "SMTPRlyAuthExcpt", "1", "SMTPRlyCheck", "1")), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := build(t, "", tt.docs...)
			if got := OpenRelay(s.Snapshot, nil); got != tt.open {
				t.Errorf("OpenRelay = %t, want %t", got, tt.open)
			}
			if err := RefuseOpenRelay(s.Snapshot); (err != nil) != tt.open {
				t.Errorf("RefuseOpenRelay = %v, want an error %t", err, tt.open)
			}
			s.Own.AllowOpenRelay = true
			if err := RefuseOpenRelay(s.Snapshot); err != nil {
				t.Errorf("RefuseOpenRelay, meant: %v", err)
			}
		})
	}
}

func TestRelayConsoleAndRule(t *testing.T) {
	for _, tt := range []struct {
		items   []string
		console string
		rule    string
	}{
		{[]string{"SMTPRlyDenyDoms", "*"}, "Attempt to relay mail to u@ibm.com from host 10.0.0.1 rejected for policy reasons. Relays to recipient's domain denied in your configuration.",
			"Deny messages to be sent to the following external internet domains"},
		{[]string{"SMTPRlyAllowDoms", "abc.com"}, "Attempt to relay mail to u@ibm.com from host 10.0.0.1 rejected for policy reasons. Relays to recipient's domain denied in your configuration.",
			"Allow messages to be sent only to the following external internet domains"},
		{[]string{"SMTPRlyDenyHosts", "[10.0.0.1]"}, "Attempt to relay mail to u@ibm.com from host 10.0.0.1 rejected for policy reasons. Relays from connecting host denied in your configuration.",
			"Deny messages from the following internet hosts to be sent to external internet domains"},
	} {
		s := build(t, "", config(tt.items...))
		var trail Trail
		v := Relay(s.Snapshot, host("10.0.0.1"), address("u@ibm.com"), &trail)
		if v.Console != tt.console || v.Rule != tt.rule {
			t.Errorf("%q: console %q, rule %q; want %q, %q", tt.items, v.Console, v.Rule, tt.console, tt.rule)
		}
		if len(trail.Steps) != 4 || trail.Steps[3].Result != "relay refused" {
			t.Errorf("%q: trail %+v, want 4 steps that end in a refusal", tt.items, trail.Steps)
		}
	}
}

// TestNotesDomain holds that a %Domain entry means mail to that Notes domain.
func TestNotesDomain(t *testing.T) {
	s := build(t, "", config("SMTPRlyAllowDoms", "%AcmeEast"))
	for to, want := range map[string]string{"jdoe@acmeeast": ok, "jdoe@acmewest": refused, "jdoe@east.example": refused} {
		if got := reply(Relay(s.Snapshot, host("10.0.0.1"), address(to), nil), ""); got != want {
			t.Errorf("%s: got %s, want %s", to, got, want)
		}
	}
}

func TestSubmissionPort(t *testing.T) {
	s := build(t, "", config("SMTPRlyDenyHosts", "*", "SMTPRlyDenyDoms", "*", "SMTPDenyConnHosts", "*", "SMTPDenySenders", "acme.com", "SMTPVerifySenderDom", "1", "SMTPVerifyConnHost", "1"))
	anonymous, joe := host("203.0.113.9"), user("203.0.113.9", "John Doe/Acme")
	anonymous.Submission, joe.Submission = true, true
	for name, v := range map[string]Verdict{
		"connect": Connect(s.Snapshot, anonymous, nil), "mail": Mail(s.Snapshot, joe, address("j@acme.com"), Unknown, nil), "relay": Relay(s.Snapshot, joe, address("u@ibm.com"), nil),
	} {
		if !v.OK() {
			t.Errorf("%s: %s", name, reply(v, ""))
		}
	}
	if got := reply(Mail(s.Snapshot, anonymous, address("j@acme.com"), Unknown, nil), ""); got != "530 Authentication required" {
		t.Errorf("anonymous MAIL: got %s", got)
	}
}
