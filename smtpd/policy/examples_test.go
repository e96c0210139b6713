package policy_test

import (
	"strings"
	"testing"

	"domigo/configdoc/note"
	. "domigo/smtpd/policy"
)

// example is one documented example: the replies to RCPT of a client.
type example struct {
	id     string
	ini    string
	docs   []*note.Document
	client *Client
	rcpt   map[string]string // recipient to reply
}

const (
	ok      = "ok"
	refused = "554 Relay rejected for policy reasons."
)

func one(d *note.Document) []*note.Document { return []*note.Document{d} }

// TestRelayExamples replays the examples of the help topics "SMTP Inbound
// Controls tab" and "Setting inbound relay controls", of the notes.ini
// reference and of the white paper, under their numbers.
func TestRelayExamples(t *testing.T) {
	stranger := host("203.0.113.9", "mail.stranger.example")
	efg, relay := host("198.51.100.1", "smtp.efg.com"), host("198.51.100.2", "relay.abc.com")
	closed := []string{"SMTPRlyDenyDoms", "*", "SMTPRlyDenyHosts", "*"}
	with := func(items ...string) []*note.Document { return one(config(append(items, closed...)...)) }
	e05 := one(config("SMTPRlyAllowDoms", "xyz.com", "SMTPRlyDenyHosts", "smtp.efg.com"))
	e07 := one(config("SMTPRlyDenyDoms", "xyz.com", "SMTPRlyAllowHosts", "relay.abc.com"))
	e15 := []*note.Document{config("SMTPRlyAllowDoms", "AllowMail|Allow.iris.com"),
		document("Group", "ListName", "AllowMail", "GroupType", "1", "Members", "abc.com"),
		document("Group", "ListName", "Allow.iris.com", "GroupType", "1", "Members", "second.example")}
	authRelay := with("SMTPRlyAuthExcpt", "Allow all authenticated users to relay")
	examples := []example{
		{"E01", "", one(config("SMTPRlyAllowDoms", "abc.com, xyz.com")), stranger, map[string]string{"user@abc.com": ok, "user@xyz.com": ok, "user@other.org": refused}},
		{"E02", "", one(config("SMTPRlyAllowDoms", "@xyz.com")), stranger, map[string]string{"User@xyz.com": ok, "User@uvwxyz.com": refused, "User@abc.xyz.com": refused}},
		{"E03", "", one(config("SMTPRlyDenyDoms", "*")), stranger, map[string]string{"a@b.example": refused, "c@ibm.com": refused}},
		{"E04", "", one(config("SMTPRlyDenyDoms", "spamme.com")), stranger, map[string]string{"x@you.spamme.com": refused, "x@spamme.com.": refused, "x@other.org": ok}},
		{"E05", "", e05, efg, map[string]string{"u@xyz.com": ok, "u@foo.org": refused}},
		{"E06", "", e05, stranger, map[string]string{"u@xyz.com": ok}},
		{"E07", "", e07, relay, map[string]string{"u@xyz.com": ok}},
		{"E07 with 0", "SMTPRelayHostsandDomains=0\n", e07, relay, map[string]string{"u@xyz.com": ok}},
		{"E08", "SMTPRelayHostsandDomains=1\n", e07, relay, map[string]string{"u@xyz.com": refused}},
		{"E08 as the help misspells it", "SMTPRelayAllowHostsandDomains=1\n", e07, relay, map[string]string{"u@xyz.com": refused}},
		{"E08 as the white paper misspells it", "SMTPRelayHostsandDomain=1\n", e07, relay, map[string]string{"u@xyz.com": refused}},
		{"E09", "", with(), stranger, map[string]string{"john.doe@ibm.com": refused}},
		{"E10", "", one(config()), stranger, map[string]string{"john.doe@ibm.com": ok}},
		{"E11", "", with("SMTPRlyCheck", "None"), stranger, map[string]string{"john.doe@ibm.com": ok}},
		{"E12", "", authRelay, user("203.0.113.9", "John Doe/Acme"), map[string]string{"john.doe@ibm.com": ok}},
		{"E12 without AUTH", "", authRelay, stranger, map[string]string{"john.doe@ibm.com": refused}},
		{"E12 without the exception", "", with(), user("203.0.113.9", "John Doe/Acme"), map[string]string{"john.doe@ibm.com": refused}},
		{"E13", "", with(), host("10.1.2.3"), map[string]string{"john.doe@ibm.com": refused}},
		{"E14", "", with("SMTPRlyExcpts", "[203.0.113.9]"), stranger, map[string]string{"john.doe@ibm.com": ok}},
		{"E14, another host", "", with("SMTPRlyExcpts", "[203.0.113.8]"), stranger, map[string]string{"john.doe@ibm.com": refused}},
		{"E15", "", e15, stranger, map[string]string{"u@abc.com": ok, "u@second.example": refused}},
		{"E29", "", []*note.Document{document("Server", "ServerName", "Server1/Renovations", "SMTPFullHostDomain", "Server1.renovations.com"), config(closed...)},
			stranger, map[string]string{"u@Server1.renovations.com": ok, "u@renovations.com": ok, "u@other.com": refused, "u@sub.renovations.com": refused, "u@xrenovations.com": refused}},
	}
	for _, e := range examples {
		t.Run(e.id, func(t *testing.T) {
			s := build(t, e.ini, e.docs...)
			for to, want := range e.rcpt {
				v, _ := s.rcpt(e.client, to)
				if got := reply(v, ""); got != want {
					t.Errorf("RCPT %s from %s: got %s (%s), want %s", to, e.client.IP, got, v.Rule, want)
				}
			}
		})
	}
}

func TestE16AllowConnections(t *testing.T) {
	s := build(t, "", config("SMTPAllowConnHosts", "abc.com"))
	const denied = "554 Connection from [198.51.100.1] rejected for policy reasons."
	broken := &Client{IP: host("198.51.100.1").IP, PTR: PTR{State: Failed}}
	for _, tt := range []struct {
		name   string
		client *Client
		want   string
	}{
		{"smtp.abc.com", host("198.51.100.1", "smtp.abc.com"), ok},
		{"mailhost.abc.com", host("198.51.100.1", "mailhost.abc.com"), ok},
		{"mail.other.org", host("198.51.100.1", "mail.other.org"), denied},
		{"without PTR", host("198.51.100.1"), denied},
		{"DNS down", broken, "451 Connection from [198.51.100.1] rejected for policy reasons."},
	} {
		if got := reply(Connect(s.Snapshot, tt.client, nil), "x@y.example"); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestE17VerifyConnectingHost(t *testing.T) {
	s := build(t, "", config("SMTPVerifyConnHost", "Enabled"))
	v := Connect(s.Snapshot, host("10.1.2.3"), nil)
	if got, want := reply(v, "joe@stranger.example"), "554 Mail from joe@stranger.example rejected for policy reasons."; got != want {
		t.Errorf("without PTR: got %s, want %s", got, want)
	}
	if got, want := reply(v, ""), "554 Mail from <> rejected for policy reasons."; got != want {
		t.Errorf("null sender: got %s, want %s", got, want)
	}
	if want := "Connection from [10.1.2.3] rejected for policy reasons. IP address of connecting host not found in reverse DNS lookup."; v.Console != want {
		t.Errorf("console: got %s, want %s", v.Console, want)
	}
	v = Connect(s.Snapshot, &Client{IP: host("10.1.2.3").IP, PTR: PTR{State: Failed}}, nil)
	if v.Action != Defer || v.Code != 451 {
		t.Errorf("DNS down: got %s, want a 451", reply(v, ""))
	}
	if got := reply(Connect(s.Snapshot, liar("10.1.2.3", "any.name.example"), nil), ""); got != ok {
		t.Errorf("a name is enough: got %s", got)
	}
}

func TestE18DenySender(t *testing.T) {
	s := build(t, "", config("SMTPDenySenders", "bad@spam.example"))
	v := Mail(s.Snapshot, host("203.0.113.9"), address("bad@spam.example"), Unknown, nil)
	if got, want := reply(v, "bad@spam.example"), "554 Mail from bad@spam.example rejected for policy reasons."; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// people are the acme site's directory.
func people() []*note.Document {
	return []*note.Document{
		document("Person", "FullName", "CN=John Doe/O=Acme|John Doe", "ShortName", "jdoe", "FirstName", "John", "LastName", "Doe", "InternetAddress", "john.doe@acme.com"),
		document("Person", "FullName", "CN=Max Muster/O=Acme", "ShortName", "twin", "FirstName", "Max", "LastName", "Muster"),
		document("Person", "FullName", "CN=Mia Muster/O=Acme", "ShortName", "twin", "FirstName", "Mia", "LastName", "Muster"),
		document("Group", "ListName", "Sales", "GroupType", "1", "Members", "John Doe/Acme"),
	}
}

func TestE19E20VerifyRecipients(t *testing.T) {
	for id, item := range map[string][]string{"E19": nil, "E20": {"MailSmartHost", "smart.acme.com"}} {
		s := build(t, "", append(people(), config(append(item, "SMTPVerifyRcpts", "1")...))...)
		c := host("203.0.113.9")
		v, local := s.rcpt(c, "nobody@acme.com")
		if got, want := reply(v, ""), "550 nobody@acme.com... No such user"; got != want || !local {
			t.Errorf("%s: got %s, local %t; want %s", id, got, local, want)
		}
		if v, _ := s.rcpt(c, "john.doe@acme.com"); !v.OK() {
			t.Errorf("%s: a known recipient gets %s", id, reply(v, ""))
		}
	}
}

func TestE28VerifyAuthenticatedSender(t *testing.T) {
	s, off := build(t, "SMTPVerifyAuthenticatedSender=1\n"), build(t, "")
	c := user("10.10.1.8", "John Doe/Acme")
	const address = "john.doe@acme.com"
	for _, tt := range []struct {
		name   string
		s      site
		client *Client
		from   []string
		want   string
	}{
		{"his address", s, c, []string{"John.Doe@Acme.com"}, ok},
		{"another", s, c, []string{"John@acme.com"}, "554 Message rejected for policy reasons."},
		{"none", s, c, nil, "554 Message rejected for policy reasons."},
		{"two", s, c, []string{address, address}, "554 Message rejected for policy reasons."},
		{"not authenticated", s, host("10.10.1.8"), []string{"John@acme.com"}, ok},
		{"variable not set", off, c, []string{"John@acme.com"}, ok},
	} {
		if got := reply(VerifySender(tt.s.Snapshot, tt.client, address, tt.from, nil), ""); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	v := VerifySender(s.Snapshot, c, "John.Doe@acme.com", []string{"John@acme.com"}, nil)
	if want := "Message rejected. Authenticated user John Doe/Acme from host 10.10.1.8 sending mail from John@acme.com failed to match directory address John.Doe@acme.com"; v.Console != want {
		t.Errorf("console: got %s, want %s", v.Console, want)
	}
	if v := VerifySender(s.Snapshot, c, "", []string{""}, nil); v.OK() {
		t.Error("a user without an Internet address may send")
	}
}

// With SMTPTranslateAddresses the match fails (white paper, section 8).
func TestTranslatedSenderNeverMatches(t *testing.T) {
	const address = "John.Doe@acme.com"
	c := user("10.10.1.8", "John Doe/Acme")
	for _, tt := range []struct{ ini, want string }{
		{"SMTPVerifyAuthenticatedSender=1\nSMTPTranslateAddresses=0\n", ok},
		{"SMTPVerifyAuthenticatedSender=1\nSMTPTranslateAddresses=1\n", "554 Message rejected for policy reasons."},
		{"SMTPVerifyAuthenticatedSender=1\nSMTPTranslateAddresses=2\n", "554 Message rejected for policy reasons."},
		{"SMTPTranslateAddresses=2\n", ok},
	} {
		var trail Trail
		v := VerifySender(build(t, tt.ini).Snapshot, c, address, []string{"john.doe@ACME.com"}, &trail)
		if got := reply(v, ""); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.ini, got, tt.want)
		}
		if v.OK() {
			continue
		}
		if !strings.Contains(v.Console, "sending mail from John Doe/Acme failed to match directory address John.Doe@acme.com") {
			t.Errorf("%q: console: %s", tt.ini, v.Console)
		}
		if len(trail.Steps) != 2 || trail.Steps[0].Control != "SMTPTranslateAddresses" || trail.Steps[1].Control != "SMTPVerifyAuthenticatedSender" {
			t.Errorf("%q: trail %+v", tt.ini, trail.Steps)
		}
	}
}
