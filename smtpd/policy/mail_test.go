package policy_test

import (
	"testing"

	"domigo/configdoc/note"
	. "domigo/smtpd/policy"
)

func TestSenderControls(t *testing.T) {
	rejected := func(a string) string { return "554 Mail from " + a + " rejected for policy reasons." }
	for _, tt := range []struct {
		name   string
		items  []string
		sender string
		domain LookupState
		want   string
	}{
		{"nothing set", nil, "x@y.example", Unknown, ok},
		{"denied domain", []string{"SMTPDenySenders", "spam.example"}, "x@very.spam.example", Unknown, rejected("x@very.spam.example")},
		{"denied domain with its final dot", []string{"SMTPDenySenders", "spam.example"}, "x@spam.example.", Unknown, rejected("x@spam.example.")},
		{"denied, null sender", []string{"SMTPDenySenders", "*"}, "", Unknown, ok},
		{"allowed domain", []string{"SMTPAllowSenders", "good.example"}, "x@good.example", Unknown, ok},
		{"allowed domain only", []string{"SMTPAllowSenders", "good.example"}, "x@sub.good.example", Unknown, rejected("x@sub.good.example")},
		{"not allowed, null sender", []string{"SMTPAllowSenders", "good.example"}, "", Unknown, ok},
		{"allowed and denied", []string{"SMTPAllowSenders", "good.example", "SMTPDenySenders", "good.example"}, "x@good.example", Unknown, rejected("x@good.example")},
		{"group", []string{"SMTPDenySenders", "Spammers"}, "One@Spam.Example", Unknown, rejected("One@Spam.Example")},
		{"group's person", []string{"SMTPDenySenders", "Spammers"}, "john.doe@acme.com", Unknown, rejected("john.doe@acme.com")},
		{"domain not asked yet", []string{"SMTPVerifySenderDom", "1"}, "x@y.example", Unknown, "ask sender's domain"},
		{"domain found", []string{"SMTPVerifySenderDom", "1"}, "x@y.example", Found, ok},
		{"domain not found", []string{"SMTPVerifySenderDom", "1"}, "x@y.example", NotFound, rejected("x@y.example")},
		{"domain not answered", []string{"SMTPVerifySenderDom", "1"}, "x@y.example", Failed, "451 Sender domain could not be verified, try again later"},
		{"verify, null sender", []string{"SMTPVerifySenderDom", "1"}, "", Unknown, ok},
		{"verify, no domain", []string{"SMTPVerifySenderDom", "1"}, "root", Unknown, ok},
		{"verify, address literal", []string{"SMTPVerifySenderDom", "1"}, "x@[10.0.0.1]", Unknown, ok},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := build(t, "", append(people(), config(tt.items...), document("Group", "ListName", "Spammers", "GroupType", "1", "Members", "one@spam.example|John Doe/Acme"))...)
			if got := reply(Mail(s.Snapshot, host("203.0.113.9"), address(tt.sender), tt.domain, nil), tt.sender); got != tt.want {
				t.Errorf("MAIL FROM:<%s>: got %s, want %s", tt.sender, got, tt.want)
			}
		})
	}
}

func TestAuthenticationRequired(t *testing.T) {
	const required = "530 Authentication required"
	anonymousNo := document("Server", "ServerName", "Server-704/Acme", "SMTPFullHostDomain", "server-704.acme.com", "SMTP_AllowAnonymous", "0", "SMTP_TCPNP", "1")
	tlsNo := document("Server", "ServerName", "Server-704/Acme", "SMTPFullHostDomain", "server-704.acme.com", "SMTP_SSLAnonymous", "No")
	allow := config("SMTPAllowConnHosts", "[10.0.0.1]; partner.example")
	tls := host("10.0.0.1")
	tls.TLS = true
	for _, tt := range []struct {
		name   string
		ini    string
		docs   []*note.Document
		client *Client
		want   string
	}{
		{"Anonymous Yes", "", nil, host("10.0.0.1"), ok},
		{"Anonymous No", "", []*note.Document{anonymousNo}, host("10.0.0.1"), required},
		{"Anonymous No, authenticated", "", []*note.Document{anonymousNo}, user("10.0.0.1", "John Doe/Acme"), ok},
		{"Anonymous No, under TLS", "", []*note.Document{anonymousNo}, tls, ok},
		{"TLS Anonymous No", "", []*note.Document{tlsNo}, tls, required},
		{"TLS Anonymous No, without TLS", "", []*note.Document{tlsNo}, host("10.0.0.1"), ok},
		{"variable not set", "", []*note.Document{allow}, host("10.0.0.1"), ok},
		{"variable 0, listed host", "SMTPAllowConnectionsAnonymous=0\n", []*note.Document{allow}, host("10.0.0.1"), required},
		{"variable 0, authenticated", "SMTPAllowConnectionsAnonymous=0\n", []*note.Document{allow}, user("10.0.0.9", "John Doe/Acme"), ok},
		{"variable 1, listed host", "SMTPAllowConnectionsAnonymous=1\n", []*note.Document{allow}, host("10.0.0.1"), ok},
		{"variable 1, listed name", "SMTPAllowConnectionsAnonymous=1\n", []*note.Document{allow}, host("10.0.0.7", "mx.partner.example"), ok},
		{"variable 1, listed name that does not resolve back", "SMTPAllowConnectionsAnonymous=1\n", []*note.Document{allow}, liar("10.0.0.7", "mx.partner.example"), required},
		{"variable 1, another host", "SMTPAllowConnectionsAnonymous=1\n", []*note.Document{allow}, host("10.0.0.9"), required},
		{"variable 1, another host, authenticated", "SMTPAllowConnectionsAnonymous=1\n", []*note.Document{allow}, user("10.0.0.9", "John Doe/Acme"), ok},
		{"variable 1, no list", "SMTPAllowConnectionsAnonymous=1\n", []*note.Document{config()}, host("10.0.0.1"), required},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := build(t, tt.ini, tt.docs...)
			if got := reply(Mail(s.Snapshot, tt.client, address("x@y.example"), Found, nil), ""); got != tt.want {
				t.Errorf("MAIL: got %s, want %s", got, tt.want)
			}
			if v := Connect(s.Snapshot, tt.client, nil); tt.ini != "" && !v.OK() {
				t.Errorf("connect: got %s; with the variable set the Allow field closes no connection", reply(v, ""))
			}
		})
	}
}

func TestRecipientControls(t *testing.T) {
	const denied = "554 Message rejected for policy reasons."
	verify := func(items ...string) []string { return append([]string{"SMTPVerifyRcpts", "1"}, items...) }
	outside, inside := host("203.0.113.9"), host("10.0.0.1", "pc.acme.com")
	for _, tt := range []struct {
		name   string
		ini    string
		items  []string
		client *Client
		rcpt   string
		want   string
		local  bool
	}{
		{"no verification", "", nil, outside, "nobody@acme.com", ok, true},
		{"known", "", verify(), outside, "john.doe@acme.com", ok, true},
		{"known by short name", "", verify(), outside, "jdoe@acme.com", ok, true},
		{"short name with Fullname only", "", verify("MailAddrLookup", "Fullname only"), outside, "jdoe@acme.com", "550 jdoe@acme.com... No such user", true},
		{"unknown", "", verify(), outside, "nobody@acme.com", "550 nobody@acme.com... No such user", true},
		{"no domain, verification", "", verify(), outside, "jdoe", ok, true},
		{"no domain, verification, unknown", "", verify(), outside, "nobody", "550 nobody... No such user", true},
		{"no domain, no verification, open", "", nil, outside, "jdoe", ok, false},
		{"no domain, no verification, closed", "", []string{"SMTPRlyDenyDoms", "*"}, outside, "jdoe", refused, false},
		{"postmaster", "", verify(), outside, "Postmaster@acme.com", ok, true},
		{"postmaster without a domain", "", []string{"SMTPRlyDenyDoms", "*"}, outside, "postmaster", ok, true},
		{"postmaster elsewhere", "", []string{"SMTPRlyDenyDoms", "*"}, outside, "postmaster@ibm.com", refused, false},
		{"ambiguous, taken", "", verify(), outside, "twin@acme.com", ok, true},
		{"ambiguous, refused", "", verify("SMTPRejectAmbig", "1"), outside, "twin@acme.com", "554 twin@acme.com... Recipient rejected for policy reasons.", true},
		{"ambiguous, the variable wins", "SMTPDenyNotUniqueRCPT=0\n", verify("SMTPRejectAmbig", "1"), outside, "twin@acme.com", ok, true},
		{"ambiguous, without verification", "SMTPDenyNotUniqueRCPT=1\n", nil, outside, "twin@acme.com", ok, true},
		{"group", "", verify(), outside, "sales@acme.com", ok, true},
		{"group, external hosts", "", verify("SMTPDenyGroups", "1"), outside, "sales@acme.com", "554 sales@acme.com... Recipient rejected for policy reasons.", true},
		{"group, internal host", "", verify("SMTPDenyGroups", "1"), inside, "sales@acme.com", ok, true},
		{"group, all hosts", "SMTPDenyMailToGroups=2\n", verify("SMTPDenyGroups", "0"), inside, "sales@acme.com", "554 sales@acme.com... Recipient rejected for policy reasons.", true},
		{"group, without verification", "SMTPDenyMailToGroups=2\n", nil, inside, "sales@acme.com", ok, true},
		{"deny list", "", []string{"SMTPDenyRcpts", "john.doe@acme.com"}, outside, "John.Doe@acme.com", denied, true},
		{"deny list compares the address as given", "", []string{"SMTPDenyRcpts", "john.doe@acme.com"}, outside, "jdoe@acme.com", ok, true},
		{"deny list, group", "", []string{"SMTPDenyRcpts", "Sales"}, outside, "john.doe@acme.com", denied, true},
		{"allow list", "", []string{"SMTPAllowRcpts", "john.doe@acme.com"}, outside, "john.doe@acme.com", ok, true},
		{"allow list, not on it", "", []string{"SMTPAllowRcpts", "john.doe@acme.com"}, outside, "max@acme.com", denied, true},
		{"allow and deny", "", []string{"SMTPAllowRcpts", "acme.com", "SMTPDenyRcpts", "acme.com"}, outside, "max@acme.com", denied, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := build(t, tt.ini, append(people(), config(tt.items...))...)
			v, local := s.rcpt(tt.client, tt.rcpt)
			if got := reply(v, ""); got != tt.want || local != tt.local {
				t.Errorf("RCPT TO:<%s>: got %s, local %t; want %s, local %t", tt.rcpt, got, local, tt.want, tt.local)
			}
		})
	}
}

// TestAliasDomain holds that an alias of a Global Domain document is local, and
// that its primary is looked up in its place.
func TestAliasDomain(t *testing.T) {
	global := document("Domain", "DomainType", "GlobalDomain", "LocalPrimaryInternetDomain", "acme.com", "LocalInternetDomainAliases", "acme.example")
	s := build(t, "", append(people(), global, config("SMTPVerifyRcpts", "1", "MailAddrLookup", "1", "SMTPRlyDenyDoms", "*"))...)
	for to, want := range map[string]string{
		"john.doe@acme.com": ok, "john.doe@ACME.example": ok, "nobody@acme.example": "550 nobody@acme.example... No such user",
		"john.doe@server-704.acme.com": refused, // with a Global Domain the host's name is not local by itself
	} {
		v, _ := s.rcpt(host("203.0.113.9"), to)
		if got := reply(v, ""); got != want {
			t.Errorf("RCPT TO:<%s>: got %s, want %s", to, got, want)
		}
	}
}
