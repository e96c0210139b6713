package simulate

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"domigo/internal/lockout"
	"domigo/settings"
)

type items = []string

// controlCase is a site where one setting decides.
type controlCase struct {
	name    string
	server  items
	config  items
	ini     items
	of      Case
	facts   items
	stage   string // beginning of the command
	outcome Outcome
	setting string
	place   string // part of it
}

// TestControls has one setting of each kind decide, and holds that it is named
// with its place.
func TestControls(t *testing.T) {
	for _, tt := range []controlCase{
		{"listener is off", items{"SMTPListenerEnabled", "0"}, nil, nil, Case{}, nil, "", Refused, "SMTPListenerEnabled", ""},
		{"port is off", items{"SMTP_PortStatus", "0"}, nil, nil, Case{}, nil, "", Refused, "SMTP_PortStatus", "SMTP_PortStatus"},
		{"no submission port", nil, nil, nil, Case{Submission: true}, nil, "", Refused, "Domigo_SubmissionPort", ""},
		{"site is off", items{"LdISite", "1"}, nil, nil, Case{}, nil, "", Refused, "SiteDocument", ""},
		{"connection denied", nil, items{"SMTPDenyConnHosts", "[203.0.113.7]"}, nil, Case{}, nil, "MAIL", Refused, "SMTPDenyConnHosts", "names.json:8: ServerConfig document 1: SMTPDenyConnHosts"},
		{"connection allowed", nil, items{"SMTPAllowConnHosts", "[203.0.113.7]"}, nil, Case{}, nil, "", Accepted, "SMTPAllowConnHosts", "names.json"},
		{"no name", nil, items{"SMTPVerifyConnHost", "1"}, nil, Case{}, items{"ptr=none"}, "MAIL", Refused, "SMTPVerifyConnHost", "names.json"},
		{"no answer about the name", nil, items{"SMTPVerifyConnHost", "1"}, nil, Case{}, items{"ptr=timeout"}, "MAIL", Deferred, "SMTPVerifyConnHost", "names.json"},
		{"DNS blacklist", nil, items{"SMTPRlyCheck", "1", "SMTPDNSBL", "1", "SMTPDNSBLSites", "l.example", "SMTPDNSBLAction", "2"}, nil, Case{},
			items{"ptr=none", "list:l.example=127.0.0.2"}, "MAIL", Refused, "SMTPDNSBL", "names.json"},
		{"STARTTLS needed", nil, items{"SMTP_NegotiatedSSL", "2"}, nil, Case{}, nil, "MAIL", Refused, "SMTP_NegotiatedSSL", "names.json"},
		{"no AUTH", nil, nil, nil, Case{User: "jdoe"}, nil, "AUTH", Refused, "SMTP_TCPNP", ""},
		{"AUTH under TLS only", items{"SMTP_SSLNP", "1"}, nil, []string{"Domigo_AuthNeedsTLS=1"}, Case{User: "jdoe"}, nil, "AUTH", Refused, "Domigo_AuthNeedsTLS", "notes.ini:2"},
		{"not access server", items{"SMTP_TCPNP", "1", "SMTP_EnforceAccess", "1", "DenyAccess", "*/Acme"}, nil, nil, Case{User: "jdoe"}, nil, "AUTH", Refused, "DenyAccess", "names.json"},
		{"anonymous", items{"SMTP_AllowAnonymous", "0"}, nil, nil, Case{}, nil, "MAIL", Refused, "SMTP_AllowAnonymous", "names.json"},
		{"anonymous on the submission port", nil, nil, []string{"Domigo_SubmissionPort=587"}, Case{Submission: true}, nil, "MAIL", Refused, "Domigo_SubmissionPort", "notes.ini:2"},
		{"size", nil, items{"MailMaxSize", "1"}, nil, Case{Size: 1025}, nil, "MAIL", Refused, "MailMaxSize", "names.json"},
		{"sender denied", nil, items{"SMTPDenySenders", "example.org"}, nil, Case{}, nil, "MAIL", Refused, "SMTPDenySenders", "names.json"},
		{"sender's domain", nil, items{"SMTPVerifySenderDom", "1"}, nil, Case{}, items{"mx:example.org=nxdomain", "addr:example.org=nxdomain"}, "MAIL", Refused, "SMTPVerifySenderDom", "names.json"},
		{"no such user", nil, items{"SMTPVerifyRcpts", "1"}, nil, Case{To: items{"nobody@acme.com"}}, nil, "RCPT", Refused, "SMTPVerifyRcpts", "names.json"},
		{"groups", nil, items{"SMTPVerifyRcpts", "1"}, []string{"SMTPDenyMailToGroups=2"}, Case{To: items{"Sales@acme.com"}}, nil, "RCPT", Refused, "SMTPDenyMailToGroups", "notes.ini:2"},
		{"relay, destination", nil, items{"SMTPRlyDenyDoms", "*"}, nil, Case{To: items{"x@ibm.com"}}, items{"ptr=none"}, "RCPT", Refused, "SMTPRlyDenyDoms", "names.json"},
		{"relay, host", nil, items{"SMTPRlyDenyHosts", "*"}, nil, Case{To: items{"x@ibm.com"}}, items{"ptr=none"}, "RCPT", Refused, "SMTPRlyDenyHosts", "names.json"},
		{"relay, allowed host", nil, items{"SMTPRlyDenyDoms", "*", "SMTPRlyAllowHosts", "[203.0.113.7]"}, nil, Case{To: items{"x@ibm.com"}}, items{"ptr=none"}, "RCPT", Accepted, "SMTPRlyAllowHosts", "names.json"},
		{"relay, allowed destination", nil, items{"SMTPRlyDenyHosts", "*", "SMTPRlyAllowDoms", "ibm.com"}, nil, Case{To: items{"x@ibm.com"}}, items{"ptr=none"}, "RCPT", Accepted, "SMTPRlyAllowDoms", "names.json"},
		{"too many recipients", nil, nil, []string{"SMTPMaxRecipientCount=1"}, Case{To: items{"a@acme.com", "b@acme.com"}}, nil, "RCPT TO:<b", Refused, "SMTPMaxRecipientCount", "notes.ini:2"},
		{"error limit", nil, items{"SMTPVerifyRcpts", "1"}, []string{"SMTPErrorLimit=0"}, Case{To: items{"nobody@acme.com"}}, nil, "RCPT", Deferred, "SMTPErrorLimit", "notes.ini:2"},
		{"another author", items{"SMTP_TCPNP", "1"}, nil, []string{"SMTPVerifyAuthenticatedSender=1"}, Case{User: "jdoe"}, nil, "DATA", Refused, "SMTPVerifyAuthenticatedSender", "notes.ini:2"},
		{"rule", nil, items{"MailRule_2", "WHEN Subject contains test THEN Don't accept message"}, nil, Case{}, nil, "DATA", Refused, "MailRule_2", "names.json"},
	} {
		t.Run(tt.name, tt.check)
	}
}

func (tt *controlCase) check(t *testing.T) {
	srv := tt.server
	if srv == nil || srv[0] != "SMTPListenerEnabled" {
		srv = append(items{"SMTPListenerEnabled", "1"}, srv...)
	}
	srv = append(items{"ServerName", "Server-704/Acme", "SMTPFullHostDomain", "server-704.acme.com"}, srv...)
	site := build(t, tt.ini, document("Server", srv...), config(append(tt.config, "SMTPExtSize", "1")...))
	of := tt.of
	of.Client, of.From = tester, "a@example.org"
	if of.To == nil {
		of.To = items{"john.doe@acme.com"}
	}
	facts, err := NewFacts(of.Client, "", tt.facts, nil)
	if err != nil {
		t.Fatal(err)
	}
	res := Run(t.Context(), site, of, facts)
	i := slices.IndexFunc(res.Stages, func(s Stage) bool { return strings.HasPrefix(s.Command, tt.stage) })
	if i < 0 {
		t.Fatalf("no stage %q in %+v", tt.stage, res.Stages)
	}
	s := res.Stages[i]
	if s.Outcome != tt.outcome || s.Control == nil || s.Control.Setting != tt.setting || !strings.Contains(s.Control.Place, tt.place) {
		t.Errorf("%q: got %s, %q by %+v, want %s by %s at %s (%q)", s.Command, s.Outcome, s.Reply, s.Control, tt.outcome, tt.setting, tt.place, s.Missing)
	}
	var out bytes.Buffer
	if err := res.Write(&out); err != nil || !strings.Contains(out.String(), string(tt.outcome)+" by "+s.Control.String()) {
		t.Errorf("Write: %v, without the control:\n%s", err, out.String())
	}
}

// TestMissingFact stops at the question, and says which.
func TestMissingFact(t *testing.T) {
	site := build(t, nil, server(), config("SMTPVerifySenderDom", "1", "SMTPVerifyConnHost", "1"))
	for _, tt := range []struct{ fact, want, command string }{
		{"mx=none", "ptr", ""},
		{"ptr=none", "", ""},
		{"ptr=mx.example.org", "mx:example.org", "MAIL FROM:<a@example.org>"},
	} {
		facts, err := NewFacts(tester, "", []string{tt.fact}, nil)
		if err != nil {
			t.Fatal(err)
		}
		res := Run(t.Context(), site, Case{Client: tester, From: "a@example.org", To: []string{"john.doe@acme.com"}}, facts)
		last := res.Stages[len(res.Stages)-1]
		if got := strings.Join(last.Missing, ","); got != tt.want || (tt.want != "") != (res.Outcome == Undecided) || tt.want != "" && last.Command != tt.command {
			t.Errorf("%s: got %q at %q, %s, want %q at %q", tt.fact, got, last.Command, res.Outcome, tt.want, tt.command)
		}
	}
}

// TestLockedOut has a name locked out: the right password does not help, and the
// setting is named.
func TestLockedOut(t *testing.T) {
	site := build(t, nil, server("SMTP_TCPNP", "1"), config("ILEnforce", "1", "ILMaxTries", "1"))
	book := lockout.Memory(nil)
	site.Lockout = book
	of := Case{Client: tester, User: "jdoe", From: "john.doe@acme.com", To: []string{"john.doe@acme.com"}}
	facts, err := NewFacts(tester, "none", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res := Run(t.Context(), site, of, facts); res.Outcome != Accepted {
		t.Fatalf("before: got %s, %+v", res.Outcome, res.Stages)
	}
	for range 20 {
		book.Failed(site.Settings.Lockout, "CN=John Doe/O=Acme", true, netip.MustParseAddr("192.0.2.1"))
	}
	res := Run(t.Context(), site, of, facts)
	last := res.Stages[len(res.Stages)-1]
	if last.Command != "AUTH LOGIN" || last.Reply[0] != "535 Authentication failed" || last.Control == nil || last.Control.Setting != "ILEnforce" {
		t.Errorf("locked out: got %q, %q, %+v", last.Command, last.Reply, last.Control)
	}
}

// TestRunLeavesTheSnapshotAlone plays one site many times: nothing of a session
// stays.
func TestRunLeavesTheSnapshotAlone(t *testing.T) {
	site := build(t, []string{"SMTPGreeting=Acme mail"}, server(), config())
	var before settings.Snapshot = *site.Settings
	var first string
	for range 3 {
		facts, err := NewFacts(tester, "none", nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		res := Run(t.Context(), site, Case{Client: tester, From: "", To: []string{"john.doe@acme.com", "x@ibm.com"}}, facts)
		if err := res.Write(&out); err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = out.String()
		}
		if out.String() != first || res.Taken == nil || len(res.Taken.Recipients) != 2 || site.Settings.Generation != before.Generation {
			t.Errorf("got\n%s\nwant\n%s", out.String(), first)
		}
	}
}
